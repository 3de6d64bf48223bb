use upsert::{UpsertOptions, Upsertable};

#[derive(Upsertable)]
struct User {
    #[upsert(primary_key)]
    id: i64,
    email: String,
}

fn strings() -> UpsertOptions {
    UpsertOptions::new().update_columns(["email"])
}

fn one_string() -> UpsertOptions {
    UpsertOptions::new().conflict_target("email")
}

fn one_column() -> UpsertOptions {
    UpsertOptions::new().update_columns(User::COL.email)
}

fn one_column_as_target() -> UpsertOptions {
    UpsertOptions::new().conflict_target(User::COL.email)
}

fn main() {}
