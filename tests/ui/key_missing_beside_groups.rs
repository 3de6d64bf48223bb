use upsert::{ColumnGroup, Upsertable};

#[derive(ColumnGroup)]
struct Address {
    city: String,
}

#[derive(Upsertable)]
struct User {
    #[upsert(flatten)]
    address: Address,
}

fn main() {}
