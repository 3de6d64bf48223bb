use upsert::{ColumnValue, Upsertable};

#[derive(Upsertable)]
#[upsert(db(mysql))]
struct User {
    #[upsert(primary_key)]
    email: String,
    #[upsert(unique)]
    photo: Vec<u8>,
    price: Decimal,
}

#[derive(Upsertable)]
#[upsert(db(mysql), primary_key(left, right))]
struct Long {
    #[upsert(max_len = 500)]
    left: String,
    #[upsert(max_len = 269)]
    right: String,
}

#[derive(Upsertable)]
#[upsert(db(mysql), index(name, where = "name <> ''"), index(expr = "lower(name)", name = "lower_name"))]
struct Indexes {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_len = 10)]
    name: String,
    #[upsert(column = "ends with a blank ")]
    blank: i64,
    #[upsert(column = "seventeen letters seventeen letters seventeen letters seventeen l")]
    long: i64,
    #[upsert(column = "🦀")]
    crab: i64,
    #[upsert(column = "NAME")]
    again: i64,
}

#[derive(ColumnValue)]
enum Plan {
    Free,
    #[upsert(rename = "paid ")]
    Paid,
}

#[derive(ColumnValue)]
enum Mood {
    #[upsert(rename = "漢")]
    Calm,
    #[upsert(rename = "😀")]
    Glad,
}

#[derive(Upsertable)]
#[upsert(db(mysql))]
struct Labelled {
    #[upsert(primary_key)]
    id: i64,
    plan: Plan,
    mood: Mood,
}

struct Decimal(i64);

impl upsert::ColumnValue for Decimal {
    const TYPE: upsert::schema::ColumnType = upsert::schema::ColumnType::Decimal;

    fn value(&self) -> upsert::value::Value<'_> {
        upsert::value::Value::Decimal(upsert::value::Decimal::new(self.0.into(), 2))
    }
}

fn main() {}
