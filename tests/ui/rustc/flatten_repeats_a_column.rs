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

/// It is one error for two columns of the same name.
#[derive(Upsertable)]
struct Parcel {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(flatten)]
    from: Address,
    #[upsert(flatten)]
    to: Address,
}

/// And a group that repeats its own is told where it is defined.
#[derive(ColumnGroup)]
struct Addresses {
    #[upsert(flatten)]
    home: Address,
    #[upsert(flatten)]
    work: Address,
}

#[derive(Upsertable)]
struct Customer {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(flatten)]
    addresses: Addresses,
}

fn main() {}
