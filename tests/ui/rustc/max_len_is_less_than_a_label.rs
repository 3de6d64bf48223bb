use upsert::{ColumnValue, Upsertable};

#[derive(ColumnValue)]
enum Size {
    Small,
    ExtraLarge,
}

#[derive(Upsertable)]
struct Shirt {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_len = 8)]
    size: Size,
}

fn main() {}
