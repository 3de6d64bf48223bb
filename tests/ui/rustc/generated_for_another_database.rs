use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(db(postgres, sqlite, mysql))]
struct User {
    #[upsert(primary_key)]
    id: i64,
    name: String,
    #[upsert(generated(postgres = "lower(name)"))]
    lower: String,
    #[upsert(generated(sqlite = "upper(name)", mysql = "upper(name)"))]
    upper: String,
}

fn main() {}
