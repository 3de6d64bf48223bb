//! `bytes::Bytes` and `BytesMut`.

use ::bytes::{Bytes, BytesMut};

use super::{ColumnValue, KeyValue};
use crate::schema::ColumnType;
use crate::value::Value;

macro_rules! bytes {
    ($($rust:ty),*) => {$(
        impl ColumnValue for $rust {
            const TYPE: ColumnType = ColumnType::Bytes;

            #[inline]
            fn value(&self) -> Value<'_> {
                Value::Bytes(self[..].into())
            }
        }

        impl KeyValue for $rust {}
    )*};
}

bytes!(Bytes, BytesMut);
