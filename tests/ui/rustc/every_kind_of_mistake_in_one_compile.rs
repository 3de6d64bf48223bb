use upsert::{ColumnGroup, ColumnValue, Upsertable};

struct Own;

/// What the macro sees, what types cannot do, and what databases do not have.
#[derive(Upsertable)]
#[upsert(db(postgres, sqlite), tabel = "rows", schema = "pg_a schema whose name has more than sixty-three bytes, and is cut")]
struct Row {
    #[upsert(primary_key)]
    id: Option<i64>,
    #[upsert(colum = "own")]
    not_asked: Own,
    own: Own,
    #[upsert(flatten)]
    group: Own,
    number: u64,
    #[upsert(column = "Number")]
    again: i64,
    #[upsert(max_len = 5)]
    limited: i64,
    xmin: Own,
    #[upsert(generated(postgres = "1"))]
    computed: u128,
    #[upsert(prefix = "home_")]
    not_flattened: Own,
    misspelt: Strnig,
    #[upsert(flatten)]
    misspelt_group: Gruop,
}

/// The same without the macro's.
#[derive(Upsertable)]
#[upsert(db(postgres, sqlite), index(other, name = "sqlite_index"))]
struct Others {
    #[upsert(primary_key)]
    id: f64,
    own: Own,
    #[upsert(flatten)]
    group: Own,
    number: u64,
    other: i64,
    #[upsert(column = "Number")]
    again: i64,
    nested: Option<Option<i64>>,
    misspelt: Strnig,
}

/// What borrows is told once.
#[derive(Upsertable)]
#[upsert(db(postgres, sqlite))]
struct Borrowed<'a> {
    #[upsert(primary_key)]
    id: &'a str,
    number: &'a u64,
    own: &'a Own,
}

/// What depends on no parameter is known where the struct is defined.
#[derive(Upsertable)]
#[upsert(db(postgres, sqlite), table = "sqlite_rows", primary_key(key, second))]
struct Generic<K, const N: usize> {
    key: K,
    second: Option<i64>,
    bytes: [u8; N],
    number: u64,
    xmin: K,
}

#[derive(ColumnGroup)]
#[upsert(db(sqlite), rename_al = "camelCase")]
struct Group {
    own: Own,
    number: u64,
}

#[derive(ColumnValue)]
#[upsert(transparant)]
struct Wrapped(Own);

/// What is meant is known.
#[derive(Upsertable)]
#[upsert(db("sqlite", pg), primary_key("id"))]
struct Quoted {
    id: f64,
    number: u64,
    xmin: i64,
}

/// What an index is made of is asked where a name of it cannot be.
#[derive(Upsertable)]
#[upsert(db(mysql))]
struct Word {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_len = 800, unique)]
    word: String,
    #[upsert(update = nevr)]
    seen: i64,
}

fn main() {}
