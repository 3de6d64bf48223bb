//! Arrays: native ones on PostgreSQL, JSON elsewhere. Elements may be NULL (`Option`), and are no arrays themselves.
//! Arrays of bytes are bytes.

use super::{ColumnValue, KeyValue};
use crate::schema::ColumnType;
use crate::value::Value;

macro_rules! array {
    ($([$($parameters:tt)*] $array:ty),* $(,)?) => {$(
        impl<$($parameters)*> ColumnValue for $array {
            const TYPE: ColumnType = T::ARRAY;

            fn value(&self) -> Value<'_> {
                T::array(self)
            }

            fn size(&self) -> usize {
                match Self::TYPE {
                    ColumnType::Bytes => self.len(),
                    _ => self.iter().map(|element| 4 + element.size()).sum(),
                }
            }
        }
    )*};
}

array! {
    [T: ColumnValue] [T],
    [T: ColumnValue] Vec<T>,
    [T: ColumnValue, const N: usize] [T; N],
}

impl KeyValue for [u8] {}
impl KeyValue for Vec<u8> {}
impl<const N: usize> KeyValue for [u8; N] {}
