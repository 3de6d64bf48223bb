//! Types of the crate time, in microseconds, stored as those of chrono are. Of an `OffsetDateTime` the instant is kept, as
//! everywhere.

use ::time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, UtcDateTime};

use super::with::truncated;
use super::{ColumnValue, KeyValue};
use crate::schema::ColumnType;
use crate::value::{Invalid, Value};

/// The Julian day of 1970-01-01.
const UNIX_EPOCH: i32 = 2_440_588;

impl ColumnValue for Date {
    const TYPE: ColumnType = ColumnType::Date;

    #[inline]
    fn value(&self) -> Value<'_> {
        Value::Date { days: self.to_julian_day() - UNIX_EPOCH }
    }
}

impl ColumnValue for Time {
    const TYPE: ColumnType = ColumnType::Time;

    #[inline]
    fn value(&self) -> Value<'_> {
        whole_micros((*self - Self::MIDNIGHT).whole_nanoseconds())
            .map_or_else(Value::Invalid, |micros| Value::Time { micros })
    }
}

impl ColumnValue for PrimitiveDateTime {
    const TYPE: ColumnType = ColumnType::Timestamp;

    #[inline]
    fn value(&self) -> Value<'_> {
        whole_micros(self.assume_utc().unix_timestamp_nanos())
            .map_or_else(Value::Invalid, |micros| Value::Timestamp { micros })
    }
}

macro_rules! instant {
    ($($rust:ty),*) => {$(
        impl ColumnValue for $rust {
            const TYPE: ColumnType = ColumnType::TimestampTz;

            #[inline]
            fn value(&self) -> Value<'_> {
                whole_micros(self.unix_timestamp_nanos())
                    .map_or_else(Value::Invalid, |micros| Value::TimestampTz { micros })
            }
        }

        impl KeyValue for $rust {}
    )*};
}

instant!(OffsetDateTime, UtcDateTime);

impl ColumnValue for Duration {
    const TYPE: ColumnType = ColumnType::Duration;

    #[inline]
    fn value(&self) -> Value<'_> {
        whole_micros(self.whole_nanoseconds()).map_or_else(Value::Invalid, |micros| Value::Duration { micros })
    }
}

impl KeyValue for Date {}
impl KeyValue for Time {}
impl KeyValue for PrimitiveDateTime {}
impl KeyValue for Duration {}

/// Microseconds, if nothing is lost.
fn whole_micros(nanos: i128) -> Result<i64, Invalid> {
    if nanos % 1_000 != 0 {
        return Err(Invalid::FinerThanMicrosecond);
    }
    i64::try_from(nanos / 1_000).map_err(|_| Invalid::OutOfRange)
}

truncated! {
    [] OffsetDateTime: |time| time.truncate_to_microsecond(),
    [] UtcDateTime: |time| time.truncate_to_microsecond(),
    [] PrimitiveDateTime: |time| time.truncate_to_microsecond(),
    [] Time: |time| time.truncate_to_microsecond(),
    [] Duration: |span| {
        let beyond = Duration::nanoseconds(i64::from(span.subsec_nanoseconds().rem_euclid(1_000)));
        span.checked_sub(beyond).unwrap_or(*span)
    },
}
