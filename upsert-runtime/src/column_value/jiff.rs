//! Types of jiff, in microseconds, stored as those of chrono are. A `Zoned` is an instant and a zone, which no column
//! holds together: store its `timestamp()`, and the zone's name beside it.

use ::jiff::civil::{Date, DateTime, Time};
use ::jiff::{SignedDuration, Timestamp};

use super::with::truncated;
use super::{ColumnValue, KeyValue};
use crate::schema::ColumnType;
use crate::value::{Invalid, Value};

const UNIX_EPOCH: Date = Date::constant(1970, 1, 1);

impl ColumnValue for Date {
    const TYPE: ColumnType = ColumnType::Date;

    #[inline]
    fn value(&self) -> Value<'_> {
        let days = self.duration_since(UNIX_EPOCH).as_hours() / 24;
        i32::try_from(days).map_or(Value::Invalid(Invalid::OutOfRange), |days| Value::Date { days })
    }
}

impl ColumnValue for Time {
    const TYPE: ColumnType = ColumnType::Time;

    #[inline]
    fn value(&self) -> Value<'_> {
        whole_micros(self.duration_since(Self::midnight())).map_or_else(Value::Invalid, |micros| Value::Time { micros })
    }
}

impl ColumnValue for DateTime {
    const TYPE: ColumnType = ColumnType::Timestamp;

    #[inline]
    fn value(&self) -> Value<'_> {
        whole_micros(self.duration_since(UNIX_EPOCH.to_datetime(Time::midnight())))
            .map_or_else(Value::Invalid, |micros| Value::Timestamp { micros })
    }
}

impl ColumnValue for Timestamp {
    const TYPE: ColumnType = ColumnType::TimestampTz;

    #[inline]
    fn value(&self) -> Value<'_> {
        whole_micros(self.as_duration()).map_or_else(Value::Invalid, |micros| Value::TimestampTz { micros })
    }
}

impl ColumnValue for SignedDuration {
    const TYPE: ColumnType = ColumnType::Duration;

    #[inline]
    fn value(&self) -> Value<'_> {
        whole_micros(*self).map_or_else(Value::Invalid, |micros| Value::Duration { micros })
    }
}

impl KeyValue for Date {}
impl KeyValue for Time {}
impl KeyValue for DateTime {}
impl KeyValue for Timestamp {}
impl KeyValue for SignedDuration {}

/// Microseconds of a span, if nothing is lost.
fn whole_micros(span: SignedDuration) -> Result<i64, Invalid> {
    let nanos = span.as_nanos();
    if nanos % 1_000 != 0 {
        return Err(Invalid::FinerThanMicrosecond);
    }
    i64::try_from(nanos / 1_000).map_err(|_| Invalid::OutOfRange)
}

/// Nanoseconds beyond a whole microsecond.
fn beyond(nanos: i128) -> SignedDuration {
    SignedDuration::from_nanos(i64::try_from(nanos.rem_euclid(1_000)).expect("it is less than 1000"))
}

truncated! {
    [] Timestamp: |time| time.checked_sub(beyond(time.as_duration().as_nanos())).unwrap_or(*time),
    [] DateTime: |time| time.checked_sub(beyond(time.subsec_nanosecond().into())).unwrap_or(*time),
    [] Time: |time| time.checked_sub(beyond(time.subsec_nanosecond().into())).unwrap_or(*time),
    [] SignedDuration: |span| span.checked_sub(beyond(span.as_nanos())).unwrap_or(*span),
}
