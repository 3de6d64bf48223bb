//! `serde_json::Value`: `jsonb` on PostgreSQL, text on SQLite. `Value::Null` is the JSON document `null`; SQL NULL is
//! `Option::None`.

use serde::Serialize;
use serde_json::Value as Json;

use super::json_floats::are_numbers;
use super::with::{AsJson, AsNullableJson, ColumnAs};
use super::{ColumnValue, KeyValue};
use crate::schema::ColumnType;
use crate::value::{Invalid, Value};

impl ColumnValue for Json {
    const TYPE: ColumnType = ColumnType::Json;

    fn value(&self) -> Value<'_> {
        Value::Json(self.to_string().into())
    }

    fn size(&self) -> usize {
        match self {
            Json::Null | Json::Bool(_) => 5,
            Json::Number(_) => 12,
            Json::String(text) => text.len() + 2,
            Json::Array(items) => items.iter().map(|item| item.size() + 1).sum::<usize>() + 2,
            Json::Object(fields) => fields.iter().map(|(name, field)| name.len() + field.size() + 4).sum::<usize>() + 2,
        }
    }
}

#[derive(Debug)]
pub enum Document {}

#[diagnostic::on_unimplemented(
    message = "`{Found}` is JSON, and so cannot be part of a key, by which rows are found",
    label = "not a key type: databases have no exact equality of JSON",
    note = "use a text, or a field of its own for what tells the documents from each other"
)]
pub trait HasOneForm<Found> {}

impl HasOneForm<String> for Document {}

// `no_key` tells why.
#[doc(hidden)]
impl KeyValue for Json where for<'any> Document: HasOneForm<Self> {}

impl<T: Serialize + ?Sized> ColumnAs<T> for AsJson {
    const TYPE: ColumnType = ColumnType::Json;

    fn value(value: &T) -> Value<'_> {
        match serde_json::to_string(value) {
            // Only a document with a `null` in it may have one in place of a float.
            Ok(document) if !document.contains("null") || are_numbers(value) => Value::Json(document.into()),
            _ => Value::Invalid(Invalid::NotJson),
        }
    }
}

impl<T: Serialize> ColumnAs<Option<T>> for AsNullableJson {
    const TYPE: ColumnType = ColumnType::Json;
    const NULLABLE: bool = true;

    fn value(value: &Option<T>) -> Value<'_> {
        value.as_ref().map_or(Value::Null, AsJson::value)
    }
}
