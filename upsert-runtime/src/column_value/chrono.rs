//! Types of chrono, in microseconds. On SQLite they are text of one fixed width, so that the same instant is the same
//! key and text order is time order: `YYYY-MM-DD`, `HH:MM:SS.ffffff`, `YYYY-MM-DD HH:MM:SS.ffffff`, and with `+00:00`
//! behind it for an instant, which is always stored in UTC.

use ::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, TimeDelta, TimeZone, Timelike};

use super::with::truncated;
use super::{ColumnValue, KeyValue};
use crate::schema::ColumnType;
use crate::value::{Invalid, Value};

/// Days from 0001-01-01, chrono's day 1, to 1970-01-01.
const UNIX_EPOCH_FROM_COMMON_ERA: i32 = 719_163;

impl ColumnValue for NaiveDate {
    const TYPE: ColumnType = ColumnType::Date;

    #[inline]
    fn value(&self) -> Value<'_> {
        use ::chrono::Datelike;
        Value::Date { days: self.num_days_from_ce() - UNIX_EPOCH_FROM_COMMON_ERA }
    }
}

impl ColumnValue for NaiveTime {
    const TYPE: ColumnType = ColumnType::Time;

    #[inline]
    fn value(&self) -> Value<'_> {
        whole_micros(self.nanosecond()).map_or_else(Value::Invalid, |micros| Value::Time {
            micros: i64::from(self.num_seconds_from_midnight()) * 1_000_000 + micros,
        })
    }
}

impl ColumnValue for NaiveDateTime {
    const TYPE: ColumnType = ColumnType::Timestamp;

    #[inline]
    fn value(&self) -> Value<'_> {
        whole_micros(self.nanosecond()).map_or_else(Value::Invalid, |micros| Value::Timestamp {
            micros: self.and_utc().timestamp() * 1_000_000 + micros,
        })
    }
}

impl<Tz: TimeZone> ColumnValue for DateTime<Tz> {
    const TYPE: ColumnType = ColumnType::TimestampTz;

    #[inline]
    fn value(&self) -> Value<'_> {
        whole_micros(self.timestamp_subsec_nanos())
            .map_or_else(Value::Invalid, |micros| Value::TimestampTz { micros: self.timestamp() * 1_000_000 + micros })
    }
}

impl ColumnValue for TimeDelta {
    const TYPE: ColumnType = ColumnType::Duration;

    #[inline]
    fn value(&self) -> Value<'_> {
        if self.subsec_nanos() % 1_000 != 0 {
            return Value::Invalid(Invalid::FinerThanMicrosecond);
        }
        self.num_microseconds().map_or(Value::Invalid(Invalid::OutOfRange), |micros| Value::Duration { micros })
    }
}

impl KeyValue for NaiveDate {}
impl KeyValue for NaiveTime {}
impl KeyValue for NaiveDateTime {}
impl<Tz: TimeZone> KeyValue for DateTime<Tz> {}
impl KeyValue for TimeDelta {}

/// Microseconds of a second, if nothing is lost. chrono writes a leap second as 1 000 000 000 nanoseconds and more.
#[inline]
fn whole_micros(nanos: u32) -> Result<i64, Invalid> {
    if nanos >= 1_000_000_000 {
        Err(Invalid::LeapSecond)
    } else if !nanos.is_multiple_of(1_000) {
        Err(Invalid::FinerThanMicrosecond)
    } else {
        Ok(i64::from(nanos / 1_000))
    }
}

truncated! {
    [Tz: TimeZone] DateTime<Tz>: |time| time.clone().trunc_subsecs(6),
    [] NaiveDateTime: |time| time.trunc_subsecs(6),
    [] NaiveTime: |time| time.trunc_subsecs(6),
    [] TimeDelta: |span| {
        let beyond = TimeDelta::nanoseconds(i64::from(span.subsec_nanos().rem_euclid(1_000)));
        span.checked_sub(&beyond).unwrap_or(*span)
    },
}
