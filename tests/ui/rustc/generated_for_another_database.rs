use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(db(postgres, sqlite))]
struct User {
    #[upsert(primary_key)]
    id: i64,
    name: String,
    #[upsert(generated(postgres = "lower(name)"))]
    lower: String,
}

fn main() {}
