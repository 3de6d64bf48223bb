use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(sqlite)]
struct Alone {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(sqlite())]
struct Empty {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(sqlite = "WITHOUT ROWID")]
struct InQuotes {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(sqlite("strict", without_rowd, rowid = false))]
struct Unknown {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(sqlite(strict = "no", without_rowid = true))]
struct Values {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(sqlite(strict = , without_rowid strict))]
struct NoValue {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(sqlite(strict = false strict, without_rowid, without_rowid))]
struct Twice {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(without_rowid, strict)]
struct Outside {
    #[upsert(primary_key)]
    id: i64,
}

fn main() {}
