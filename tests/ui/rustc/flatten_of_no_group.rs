use upsert::{ColumnGroup, Upsertable};

struct Address {
    city: String,
}

#[derive(ColumnGroup)]
struct Name {
    first: String,
}

#[derive(Upsertable)]
struct User {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(flatten)]
    address: Address,
}

#[derive(Upsertable)]
struct Maybe {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(flatten)]
    name: Option<Name>,
}

fn main() {}
