use upsert::{ColumnGroup, Upsertable};

#[derive(ColumnGroup)]
struct Address {
    city: String,
}

#[derive(Upsertable)]
#[upsert(primary_key(id, home))]
struct User {
    id: i64,
    #[upsert(flatten = "home_")]
    home: Address,
    #[upsert(prefix = "work_")]
    work: Address,
    #[upsert(flatten, update = never, column = "address")]
    other: Address,
}

#[derive(Upsertable)]
#[upsert(primary_key(id, city), unique(work.city), index(citty))]
struct Customer {
    id: i64,
    #[upsert(flatten(prefix = "home_"))]
    home: Address,
    #[upsert(flatten, prefix = "work_")]
    work: Address,
}

#[derive(Upsertable)]
struct Generic<T> {
    #[upsert(primary_key)]
    id: T,
    #[upsert(flatten)]
    home: Address,
}

fn main() {}
