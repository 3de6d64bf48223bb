//! Types of the standard library. Small integers widen to the next type that every database has. A `Duration` is a
//! number of microseconds; a `SystemTime` is an instant.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZero;
use std::time::{Duration, SystemTime};

use super::with::truncated;
use super::{ColumnValue, KeyValue};
use crate::schema::ColumnType;
use crate::value::{Invalid, Value};

macro_rules! number {
    ($($rust:ty => $kind:ident),* $(,)?) => {$(
        impl ColumnValue for $rust {
            const TYPE: ColumnType = ColumnType::$kind;

            #[inline]
            fn value(&self) -> Value<'_> {
                Value::$kind((*self).into())
            }
        }
    )*};
}

number! {
    bool => Bool,
    i8 => SmallInt, i16 => SmallInt,
    u16 => Integer, i32 => Integer,
    u32 => BigInt, i64 => BigInt,
    u64 => UnsignedBigInt,
    i128 => HugeInt, u128 => UnsignedHugeInt,
    f32 => Real, f64 => Double,
    IpAddr => Inet, Ipv4Addr => Inet, Ipv6Addr => Inet,
}

/// In an array it is a byte.
impl ColumnValue for u8 {
    const TYPE: ColumnType = ColumnType::SmallInt;
    const ARRAY: ColumnType = ColumnType::Bytes;

    #[inline]
    fn value(&self) -> Value<'_> {
        Value::SmallInt((*self).into())
    }

    fn array(elements: &[Self]) -> Value<'_> {
        Value::Bytes(elements.into())
    }
}

/// As wide as the widest there is, on every machine.
impl ColumnValue for isize {
    const TYPE: ColumnType = ColumnType::BigInt;

    #[inline]
    fn value(&self) -> Value<'_> {
        i64::try_from(*self).map_or(Value::Invalid(Invalid::OutOfRange), Value::BigInt)
    }
}

impl ColumnValue for usize {
    const TYPE: ColumnType = ColumnType::UnsignedBigInt;

    #[inline]
    fn value(&self) -> Value<'_> {
        u64::try_from(*self).map_or(Value::Invalid(Invalid::OutOfRange), Value::UnsignedBigInt)
    }
}

macro_rules! key {
    ($($rust:ty),* $(,)?) => {$( impl KeyValue for $rust {} )*};
}

key!(bool, i8, u8, i16, u16, i32, u32, i64, u64, isize, usize, i128, u128, char, str, String);
key!(IpAddr, Ipv4Addr, Ipv6Addr, Duration, SystemTime);

macro_rules! non_zero {
    ($($number:ty),* $(,)?) => {$(
        impl ColumnValue for NonZero<$number> {
            const TYPE: ColumnType = <$number>::TYPE;

            #[inline]
            fn value(&self) -> Value<'_> {
                self.get().value().into_owned()
            }
        }

        impl KeyValue for NonZero<$number> {}
    )*};
}

non_zero!(i8, u8, i16, u16, i32, u32, i64, u64, isize, usize, i128, u128);

impl ColumnValue for str {
    const TYPE: ColumnType = ColumnType::Text;

    #[inline]
    fn value(&self) -> Value<'_> {
        Value::Text(self.into())
    }
}

impl ColumnValue for String {
    const TYPE: ColumnType = ColumnType::Text;

    #[inline]
    fn value(&self) -> Value<'_> {
        self.as_str().value()
    }
}

impl ColumnValue for char {
    const TYPE: ColumnType = ColumnType::Text;
    const LONGEST: Option<u32> = Some(1);

    #[inline]
    fn value(&self) -> Value<'_> {
        Value::Text(self.to_string().into())
    }

    #[inline]
    fn size(&self) -> usize {
        self.len_utf8()
    }
}

impl ColumnValue for Duration {
    const TYPE: ColumnType = ColumnType::Duration;

    #[inline]
    fn value(&self) -> Value<'_> {
        whole_micros(*self).map_or_else(Value::Invalid, |micros| Value::Duration { micros })
    }
}

impl ColumnValue for SystemTime {
    const TYPE: ColumnType = ColumnType::TimestampTz;

    #[inline]
    fn value(&self) -> Value<'_> {
        let micros = match self.duration_since(Self::UNIX_EPOCH) {
            Ok(since) => whole_micros(since),
            Err(before) => whole_micros(before.duration()).map(|micros| -micros),
        };
        micros.map_or_else(Value::Invalid, |micros| Value::TimestampTz { micros })
    }
}

/// Microseconds of a span, if nothing is lost.
fn whole_micros(span: Duration) -> Result<i64, Invalid> {
    if !span.subsec_nanos().is_multiple_of(1_000) {
        return Err(Invalid::FinerThanMicrosecond);
    }
    i64::try_from(span.as_micros()).map_err(|_| Invalid::OutOfRange)
}

truncated! {
    [] Duration: |span| *span - Duration::from_nanos(u64::from(span.subsec_nanos() % 1_000)),
    [] SystemTime: |time| match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => *time - Duration::from_nanos(u64::from(since.subsec_nanos() % 1_000)),
        Err(before) => {
            let finer = before.duration().subsec_nanos() % 1_000;
            *time - Duration::from_nanos(u64::from((1_000 - finer) % 1_000))
        }
    },
}
