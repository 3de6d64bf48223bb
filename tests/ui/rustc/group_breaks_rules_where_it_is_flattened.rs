use upsert::schema::{Column, ColumnType};
use upsert::value::Value;
use upsert::{ColumnGroup, Upsertable};

struct ByHand;

impl ColumnGroup for ByHand {
    const COLUMNS: &'static [Column<'static>] = &[
        Column::new("", ColumnType::Text),
        Column::new("a\0b", ColumnType::Text),
        Column::new("short", ColumnType::Text).max_len(0),
    ];

    fn value(&self, _: usize) -> Value<'_> {
        Value::Null
    }
}

#[derive(ColumnGroup)]
#[upsert(rename_all = "PascalCase")]
struct Address {
    city: String,
    #[upsert(sql_type(sqlite = "INTEGER"))]
    street: String,
}

#[derive(Upsertable)]
#[upsert(db(postgres, sqlite))]
struct Customer {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(flatten)]
    home: Address,
    #[upsert(flatten, prefix = "a prefix before the names, which is so long that they are cut: ")]
    work: Address,
    #[upsert(flatten)]
    by_hand: ByHand,
    city: String,
}

/// No prefix parts them.
#[derive(ColumnGroup)]
struct Place {
    city: String,
    #[upsert(column = "City")]
    again: String,
}

#[derive(Upsertable)]
#[upsert(db(postgres, sqlite))]
struct Shop {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(flatten)]
    place: Place,
}

fn main() {}
