use upsert::{ColumnGroup, Upsertable};

#[derive(ColumnGroup)]
struct Address {
    city: String,
    country: String,
}

#[derive(Upsertable)]
struct User {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(flatten)]
    home: Address,
    #[upsert(flatten, prefix = "work_")]
    work: Address,
    country: String,
    city: String,
}

fn main() {}
