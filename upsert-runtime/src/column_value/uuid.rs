//! `uuid::Uuid`: `uuid` on PostgreSQL, a 16-byte BLOB on SQLite.

use ::uuid::Uuid;

use super::{ColumnValue, KeyValue};
use crate::schema::ColumnType;
use crate::value::Value;

impl ColumnValue for Uuid {
    const TYPE: ColumnType = ColumnType::Uuid;

    #[inline]
    fn value(&self) -> Value<'_> {
        Value::Uuid(self.into_bytes())
    }
}

impl KeyValue for Uuid {}
