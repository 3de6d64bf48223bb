use upsert::{ColumnGroup, Upsertable};

#[derive(ColumnGroup)]
#[upsert(db(sqlite))]
struct Counts {
    visits: u64,
}

#[derive(ColumnGroup)]
struct Sizes {
    bytes: u64,
    rows: i64,
    cells: u128,
}

#[derive(Upsertable)]
#[upsert(db(postgres, sqlite))]
struct Page {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(flatten)]
    sizes: Sizes,
}

fn main() {}
