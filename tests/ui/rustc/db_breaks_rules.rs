use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(db(postgres, sqlite))]
struct Row {
    #[upsert(primary_key)]
    id: u64,
    huge: i128,
    #[upsert(sql_type(sqlite = "TEXT"))]
    digits: u128,
    xmin: i64,
    name: String,
    #[upsert(column = "Name")]
    folded: String,
    #[upsert(column = "a name of more than sixty-three bytes, of which PostgreSQL would cut some")]
    long: String,
    #[upsert(max_len = 20000000)]
    text: String,
    nested: Vec<Vec<i32>>,
}

#[derive(Upsertable)]
#[upsert(table = "sqlite_master", db(postgres, sqlite))]
struct Reserved {
    #[upsert(primary_key)]
    id: i64,
}

fn main() {}
