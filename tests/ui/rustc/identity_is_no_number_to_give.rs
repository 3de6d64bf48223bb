use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(conflict_target(name))]
struct Always {
    #[upsert(primary_key, identity)]
    id: i64,
    name: String,
}

#[derive(Upsertable)]
#[upsert(conflict_target(name))]
struct Text {
    #[upsert(primary_key, identity)]
    id: Option<String>,
    name: String,
}

#[derive(Upsertable)]
struct NothingToFindRowsBy {
    #[upsert(primary_key, identity)]
    id: Option<i64>,
    name: String,
}

#[derive(Upsertable)]
#[upsert(db(postgres, sqlite, mysql))]
struct NotTheRowid {
    #[upsert(primary_key, max_len = 20)]
    name: String,
    #[upsert(identity)]
    number: Option<i64>,
}

fn main() {}
