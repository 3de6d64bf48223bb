use upsert::{ColumnGroup, ColumnValue, Upsertable};

#[derive(Upsertable)]
#[upsert(check = "id > 0", foreign_key(id), comment = "cities", engine = "MyISAM", collate = "C", returning(id))]
#[upsert(update_where = "true", soft_delete)]
#[upsert(dialect = "postgres", conflict_columns(id), treat_none_as_null = true, treat_none_as_default_value = true)]
struct City {
    #[upsert(primary_key, serialize_with = "cents", as_text, skip_serializing_if = "Option::is_none")]
    a: i64,
    #[upsert(check = "b > 0", references = "countries(id)", comment = "b", collation = "C", not_null)]
    b: i64,
    #[upsert(alias = "d", enum_name = "color", version, custom_type = "int4", insert_only, jsonb)]
    c: i64,
}

#[derive(ColumnGroup)]
#[upsert(prefix = "home_", rename = "address", dialect = "postgres")]
struct Address {
    #[upsert(comment = "a city", readonly)]
    city: String,
    #[upsert(identity)]
    number: i64,
}

#[derive(ColumnValue)]
#[upsert(rename = "color", db_type = "Enum", tag = "type", mysql_type = "enum")]
enum Color {
    #[upsert(string_value = "r")]
    Red,
    #[upsert(skip)]
    Green,
    #[upsert(other)]
    Blue,
    #[upsert(num_value = 1)]
    White,
}

fn main() {}
