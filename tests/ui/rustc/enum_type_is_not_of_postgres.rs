use upsert::schema::{ColumnType, EnumType};
use upsert::value::Value;
use upsert::{ColumnValue, Upsertable};

struct LongName;

impl ColumnValue for LongName {
    const TYPE: ColumnType = ColumnType::Text;
    const ENUM: Option<EnumType<'static>> =
        Some(EnumType::new(&["a"]).postgres("the name of a type that is more than sixty-three bytes long, and cut"));

    fn value(&self) -> Value<'_> {
        Value::Text("a".into())
    }
}

struct LongLabel;

impl ColumnValue for LongLabel {
    const TYPE: ColumnType = ColumnType::Text;
    const ENUM: Option<EnumType<'static>> = Some(
        EnumType::new(&["a", "a label of more than sixty-three bytes, which PostgreSQL does not take "]).postgres("label"),
    );

    fn value(&self) -> Value<'_> {
        Value::Text("a".into())
    }
}

#[derive(Upsertable)]
#[upsert(db(postgres, mysql))]
struct Row {
    #[upsert(primary_key)]
    id: i64,
    name: LongName,
    label: LongLabel,
}

fn main() {}
