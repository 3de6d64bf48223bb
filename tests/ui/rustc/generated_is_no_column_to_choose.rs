use upsert::{Upsertable, UpsertOptions};

#[derive(Upsertable)]
struct User {
    #[upsert(primary_key)]
    id: i64,
    name: String,
    #[upsert(generated = "lower(name)")]
    lower: String,
}

fn main() {
    let _ = UpsertOptions::new().update_columns([User::COL.lower]);
}
