//! `rust_decimal::Decimal`: `numeric` on PostgreSQL, plain digits as text on SQLite. The scale is kept: 1.50 comes back as
//! 1.50. As part of a key 1.5 and 1.50 are one; SQLite then has the shorter one.

use ::rust_decimal::Decimal;

use super::{ColumnValue, KeyValue};
use crate::schema::ColumnType;
use crate::value::{self, Value};

impl ColumnValue for Decimal {
    const TYPE: ColumnType = ColumnType::Decimal;

    fn value(&self) -> Value<'_> {
        Value::Decimal(value::Decimal::new(self.mantissa(), self.scale()))
    }

    fn size(&self) -> usize {
        16
    }
}

impl KeyValue for Decimal {}
