//! Arrays: native ones on PostgreSQL, JSON elsewhere. Elements may be NULL (`Option`), and are no arrays themselves.
//! Arrays of bytes are bytes.

use super::{ColumnValue, KeyValue};
use crate::schema::ColumnType;
use crate::value::Value;

macro_rules! array {
    ($([$($parameters:tt)*] $array:ty $(, longest $longest:expr)?;)*) => {$(
        impl<$($parameters)*> ColumnValue for $array {
            const TYPE: ColumnType = T::ARRAY;
            $(const LONGEST: Option<u32> = $longest;)?

            #[inline]
            fn value(&self) -> Value<'_> {
                T::array(self)
            }

            #[inline]
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
    [T: ColumnValue] [T];
    [T: ColumnValue] Vec<T>;
    [T: ColumnValue, const N: usize] [T; N], longest longest(T::ARRAY, N);
}

/// So few bytes that it costs nothing to keep them in the row.
const fn longest(array: ColumnType, len: usize) -> Option<u32> {
    // All of it, where it is so little.
    let [few, ..] = len.to_le_bytes();
    let is_little = matches!(array, ColumnType::Bytes) && few > 0 && len < 256;
    if is_little { Some(few as u32) } else { None }
}

/// Those of an array.
#[derive(Debug)]
pub enum Elements {}

#[diagnostic::on_unimplemented(
    message = "an array of `{T}` cannot be part of a key, by which rows are found",
    label = "not a key type: databases have no exact equality of arrays",
    note = "use bytes (`Vec<u8>` or `[u8; N]`), a text, or a field for each element"
)]
pub trait AreBytes<T> {}

impl AreBytes<u8> for Elements {}

impl<T: ColumnValue> KeyValue for [T] where Elements: AreBytes<T> {}
impl<T: ColumnValue> KeyValue for Vec<T> where Elements: AreBytes<T> {}
impl<T: ColumnValue, const N: usize> KeyValue for [T; N] where Elements: AreBytes<T> {}
