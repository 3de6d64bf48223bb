use upsert::schema::ColumnType;
use upsert::value::Value;
use upsert::{ColumnAs, ColumnValue, KeyValue, Upsertable};

/// Rows cannot be found by what the database is yet to give.
#[derive(Upsertable)]
#[upsert(primary_key(code, number))]
struct Given {
    #[upsert(default = "'none'")]
    code: Option<String>,
    number: i64,
}

#[derive(Upsertable)]
#[upsert(conflict_target(number))]
struct Target {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(default)]
    number: Option<i64>,
}

struct AsDegrees;

impl ColumnAs<i64> for AsDegrees {
    const TYPE: ColumnType = ColumnType::Double;

    fn value(_: &i64) -> Value<'_> {
        Value::Double(0.0)
    }
}

#[derive(Upsertable)]
struct Inexact {
    #[upsert(primary_key, with = "AsDegrees")]
    degrees: i64,
    #[upsert(primary_key, default = "0")]
    other: f64,
}

struct AsDocument;

impl ColumnAs<i64> for AsDocument {
    const TYPE: ColumnType = ColumnType::Json;

    fn value(_: &i64) -> Value<'_> {
        Value::Json("0".into())
    }
}

#[derive(Upsertable)]
struct Documents {
    #[upsert(primary_key, with = "AsDocument")]
    document: i64,
    #[upsert(primary_key, default = "'{0}'")]
    list: Vec<i64>,
}

/// Called a key type by hand.
struct Degrees(f64);

impl ColumnValue for Degrees {
    const TYPE: ColumnType = f64::TYPE;

    fn value(&self) -> Value<'_> {
        self.0.value()
    }
}

impl KeyValue for Degrees {}

#[derive(Upsertable)]
#[upsert(db(sqlite))]
struct ByHand {
    #[upsert(primary_key)]
    degrees: Degrees,
}

fn main() {}
