//! `serde_json::Value`: `jsonb` on PostgreSQL, text on SQLite. `Value::Null` is the JSON document `null`; SQL NULL is
//! `Option::None`.

use serde_json::Value as Json;

use super::ColumnValue;
use crate::schema::ColumnType;
use crate::value::Value;

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
