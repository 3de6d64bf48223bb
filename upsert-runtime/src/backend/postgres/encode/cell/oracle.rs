//! Our encoders beside those of postgres-types, where both have one: the same bytes.

use std::fmt::Debug;
use std::net::IpAddr;

use ::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use ::uuid::Uuid;
use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};

use super::put_value;
use crate::column_value::ColumnValue;

/// Numbers that look drawn, the same in every run.
struct Drawn(u64);

impl Drawn {
    fn next(&mut self) -> u64 {
        // Marsaglia's xorshift with 13, 7 and 17.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // Of all sizes.
        self.0 >> (self.0 % 64)
    }

    fn signed(&mut self) -> i64 {
        let number = self.next().cast_signed();
        if self.next().is_multiple_of(2) { number } else { number.wrapping_neg() }
    }
}

fn same_bytes<T: ColumnValue + ToSql + Debug>(value: &T, sql_type: &Type) {
    let mut ours = Vec::new();
    put_value(&mut ours, T::TYPE, &value.value()).expect("the value is one that both can encode");
    let mut theirs = BytesMut::new();
    let expected = match value.to_sql(sql_type, &mut theirs).expect("it is one that both can encode") {
        IsNull::Yes => (-1_i32).to_be_bytes().to_vec(),
        IsNull::No => [&u32::try_from(theirs.len()).expect("it is short").to_be_bytes()[..], &theirs].concat(),
    };
    assert_eq!(ours, expected, "{value:?}");
}

#[test]
fn our_bytes_are_those_of_postgres_types() {
    let mut drawn = Drawn(2013);
    for value in [i64::MIN, i64::MAX, 0, -1] {
        same_bytes(&value, &Type::INT8);
    }
    for value in [0.0, -0.0, f64::NAN, f64::INFINITY, f64::MIN, f64::MIN_POSITIVE] {
        same_bytes(&value, &Type::FLOAT8);
    }
    let midnight = NaiveTime::MIN;
    for (year, month, day) in [(-4712, 1, 1), (1, 1, 1), (1970, 1, 1), (2000, 1, 1), (9999, 12, 31), (200_000, 2, 29)] {
        let day = NaiveDate::from_ymd_opt(year, month, day).expect("it is a day");
        same_bytes(&day, &Type::DATE);
        same_bytes(&day.and_time(midnight), &Type::TIMESTAMP);
        same_bytes(&day.and_time(midnight).and_utc(), &Type::TIMESTAMPTZ);
    }
    // Not empty arrays: theirs has one dimension without an element, ours none, as the server itself sends it.

    for _ in 0..20_000 {
        let number = drawn.signed();
        let truncated = i32::try_from(number >> 32).expect("32 bits are left");
        same_bytes(&number, &Type::INT8);
        same_bytes(&truncated, &Type::INT4);
        same_bytes(&i16::try_from(truncated >> 16).expect("16 bits are left"), &Type::INT2);
        same_bytes(&(number % 2 == 0), &Type::BOOL);
        same_bytes(&f64::from_bits(drawn.next()), &Type::FLOAT8);
        same_bytes(&f32::from_bits(truncated.cast_unsigned()), &Type::FLOAT4);
        let text: String = number.to_string().chars().chain("größer 字 🦀".chars()).collect();
        same_bytes(&text, &Type::TEXT);
        same_bytes(&number.to_be_bytes().to_vec(), &Type::BYTEA);
        same_bytes(&Uuid::from_u64_pair(drawn.next(), drawn.next()), &Type::UUID);

        // Within what both can have.
        let micros = number % 200_000_000_000_000_000;
        let instant = DateTime::<Utc>::from_timestamp_micros(micros).expect("chrono goes that far");
        same_bytes(&instant, &Type::TIMESTAMPTZ);
        same_bytes::<NaiveDateTime>(&instant.naive_utc(), &Type::TIMESTAMP);
        same_bytes(&instant.date_naive(), &Type::DATE);
        let of_day = TimeDelta::microseconds(micros.rem_euclid(86_400_000_000));
        same_bytes(&(midnight + of_day), &Type::TIME);

        same_bytes(&IpAddr::from(truncated.to_be_bytes()), &Type::INET);
        same_bytes(&IpAddr::from(Uuid::from_u64_pair(drawn.next(), drawn.next()).into_bytes()), &Type::INET);
        same_bytes(&serde_json::json!({ "number": number, "text": text }), &Type::JSONB);
        same_bytes(&vec![Some(truncated), None, Some(7)], &Type::INT4_ARRAY);
        same_bytes(&vec![text, String::new()], &Type::TEXT_ARRAY);
        same_bytes(&Some(number), &Type::INT8);
        same_bytes(&None::<i64>, &Type::INT8);
    }
}
