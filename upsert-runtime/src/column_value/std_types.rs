//! Types of the standard library. Small integers widen to the next type that every database has.

use super::{ColumnValue, KeyValue};
use crate::schema::ColumnType;
use crate::value::Value;

macro_rules! number {
    ($($rust:ty => $kind:ident),* $(,)?) => {$(
        impl ColumnValue for $rust {
            const TYPE: ColumnType = ColumnType::$kind;

            fn value(&self) -> Value<'_> {
                Value::$kind((*self).into())
            }
        }
    )*};
}

number! {
    bool => Bool,
    i8 => SmallInt, u8 => SmallInt, i16 => SmallInt,
    u16 => Integer, i32 => Integer,
    u32 => BigInt, i64 => BigInt,
    f32 => Real, f64 => Double,
}

macro_rules! key {
    ($($rust:ty),* $(,)?) => {$( impl KeyValue for $rust {} )*};
}

key!(bool, i8, u8, i16, u16, i32, u32, i64, str, String, [u8], Vec<u8>);

impl<const N: usize> KeyValue for [u8; N] {}

impl ColumnValue for str {
    const TYPE: ColumnType = ColumnType::Text;

    fn value(&self) -> Value<'_> {
        Value::Text(self.into())
    }
}

impl ColumnValue for String {
    const TYPE: ColumnType = ColumnType::Text;

    fn value(&self) -> Value<'_> {
        self.as_str().value()
    }
}

impl ColumnValue for [u8] {
    const TYPE: ColumnType = ColumnType::Bytes;

    fn value(&self) -> Value<'_> {
        Value::Bytes(self.into())
    }
}

impl ColumnValue for Vec<u8> {
    const TYPE: ColumnType = ColumnType::Bytes;

    fn value(&self) -> Value<'_> {
        self.as_slice().value()
    }
}

impl<const N: usize> ColumnValue for [u8; N] {
    const TYPE: ColumnType = ColumnType::Bytes;

    fn value(&self) -> Value<'_> {
        self.as_slice().value()
    }
}
