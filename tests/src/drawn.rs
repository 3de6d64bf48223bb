//! Values of every type that fits a column, and what each must be in a database: told from what the value was made of,
//! by other code than the library's.

use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZero;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bigdecimal::BigDecimal;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use proptest::prelude::Rng;
use proptest::test_runner::TestRng;
use rust_decimal::Decimal;
use upsert::{ColumnValue, Dialect};
use uuid::Uuid;

/// A type whose values can be drawn.
pub trait Drawn: ColumnValue + Clone + Debug + Sized {
    /// How PostgreSQL is asked for a column, whose name takes the place of `?`, so that the answer is plain.
    const ASKED: &'static str = "?::text";

    /// A value that the database can hold, and the answer to the question for it.
    fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>);
}

/// One of several.
fn any<T: Clone>(dice: &mut TestRng, of: &[T]) -> T {
    of[below(dice, of.len() as u64) as usize].clone()
}

fn below(dice: &mut TestRng, limit: u64) -> u64 {
    dice.next_u64() % limit
}

/// Of any size.
fn bits(dice: &mut TestRng) -> u64 {
    let shift = below(dice, 64);
    dice.next_u64() >> shift
}

macro_rules! integers {
    ($($rust:ty),*) => {$(
        impl Drawn for $rust {
            fn draw(dice: &mut TestRng, _: Dialect) -> (Self, Option<String>) {
                let value = match below(dice, 8) {
                    0 => <$rust>::MIN,
                    1 => <$rust>::MAX,
                    2 => 0,
                    3 => (1 as $rust).wrapping_sub(2),
                    _ => bits(dice) as $rust,
                };
                (value, Some(value.to_string()))
            }
        }
    )*};
}

integers!(i8, i16, i32, i64, isize, u8, u16, u32);

/// SQLite has none above 2^63 - 1.
macro_rules! large_integers {
    ($($rust:ty),*) => {$(
        impl Drawn for $rust {
            fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>) {
                let most = if dialect == Dialect::Sqlite { i64::MAX as $rust } else { <$rust>::MAX };
                let value = match below(dice, 6) {
                    0 => 0,
                    1 => most,
                    2 => (1 << 53) + 1,
                    _ => (bits(dice) as $rust).min(most),
                };
                (value, Some(value.to_string()))
            }
        }
    )*};
}

large_integers!(u64, usize);

impl Drawn for i128 {
    fn draw(dice: &mut TestRng, _: Dialect) -> (Self, Option<String>) {
        let value = any(dice, &[i128::MIN, i128::MAX, 0, -1, 10_i128.pow(38)]);
        let value = if below(dice, 2) == 0 { value } else { i128::from(bits(dice)) * -i128::from(bits(dice) >> 1) };
        (value, Some(value.to_string()))
    }
}

impl Drawn for u128 {
    fn draw(dice: &mut TestRng, _: Dialect) -> (Self, Option<String>) {
        let value = any(dice, &[u128::MAX, 0, 1, 10_u128.pow(38)]);
        let value = if below(dice, 2) == 0 { value } else { u128::from(bits(dice)) * u128::from(bits(dice)) };
        (value, Some(value.to_string()))
    }
}

impl Drawn for NonZero<u32> {
    fn draw(dice: &mut TestRng, _: Dialect) -> (Self, Option<String>) {
        let value = NonZero::new(dice.next_u32() | 1).expect("it is odd");
        (value, Some(value.to_string()))
    }
}

impl Drawn for bool {
    const ASKED: &'static str = "?::int::text";

    fn draw(dice: &mut TestRng, _: Dialect) -> (Self, Option<String>) {
        let value = below(dice, 2) == 1;
        (value, Some(u8::from(value).to_string()))
    }
}

/// PostgreSQL shows the bits; SQLite's only number type for it is a double, which has no NaN, and no zero below zero. MySQL
/// has nothing that is not finite, and MariaDB's newer releases have no zero below zero either.
macro_rules! floats {
    ($($rust:ty, $bits:ty, $asked:literal);*) => {$(
        impl Drawn for $rust {
            const ASKED: &'static str = $asked;

            fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>) {
                let special = [0.0, -0.0, <$rust>::MIN, <$rust>::MAX, <$rust>::MIN_POSITIVE, <$rust>::INFINITY,
                    <$rust>::NEG_INFINITY, <$rust>::EPSILON, 0.1, <$rust>::from_bits(1), 9007199254740993.0];
                let value = if below(dice, 3) == 0 { any(dice, &special) } else { <$rust>::from_bits(dice.next_u64() as $bits) };
                let value = match dialect {
                    // The only NaN that is one and the same everywhere.
                    Dialect::Postgres if value.is_nan() => <$rust>::NAN,
                    Dialect::MySql if !value.is_finite() => 0.5,
                    Dialect::Sqlite if value.is_nan() => 0.5,
                    _ => value,
                };
                let seen = match dialect {
                    Dialect::Postgres => format!("\\x{:0width$x}", value.to_bits(), width = size_of::<$rust>() * 2),
                    Dialect::Sqlite | Dialect::MySql if value == 0.0 => "0".to_owned(),
                    _ => f64::from(value).to_string(),
                };
                (value, Some(seen))
            }
        }
    )*};
}

floats!(f32, u32, "float4send(?)::text"; f64, u64, "float8send(?)::text");

/// Text without a NUL, which PostgreSQL cannot hold.
fn text(dice: &mut TestRng) -> String {
    let characters = [
        'a',
        'Z',
        '0',
        ' ',
        '\'',
        '"',
        '\\',
        '\n',
        '\r',
        '\t',
        '\u{1}',
        '\u{7f}',
        'é',
        'ß',
        '→',
        '漢',
        '😀',
        '\u{10FFFF}',
        '{',
        '}',
        ',',
    ];
    let length = any(dice, &[0, 1, 2, 7, 30]);
    (0..length).map(|_| any(dice, &characters)).collect()
}

macro_rules! texts {
    ($($rust:ty),*) => {$(
        impl Drawn for $rust {
            fn draw(dice: &mut TestRng, _: Dialect) -> (Self, Option<String>) {
                let text = text(dice);
                (text.clone().into(), Some(text))
            }
        }
    )*};
}

texts!(String, Box<str>, Arc<str>);

impl Drawn for char {
    fn draw(dice: &mut TestRng, _: Dialect) -> (Self, Option<String>) {
        let value = any(dice, &['a', ' ', '\u{1}', 'é', '😀', '\u{10FFFF}']);
        (value, Some(String::from(value)))
    }
}

fn seen_bytes(bytes: &[u8], dialect: Dialect) -> Option<String> {
    Some(match dialect {
        Dialect::Postgres => bytes.iter().fold("\\x".to_owned(), |text, byte| text + &format!("{byte:02x}")),
        _ => format!("{bytes:02x?}"),
    })
}

macro_rules! byte_types {
    ($($rust:ty),*) => {$(
        impl Drawn for $rust {
            fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>) {
                let length = any(dice, &[0, 1, 3, 16, 60]);
                let bytes: Vec<u8> = (0..length).map(|_| bits(dice) as u8).collect();
                let seen = seen_bytes(&bytes, dialect);
                (bytes.into(), seen)
            }
        }
    )*};
}

byte_types!(Vec<u8>, Box<[u8]>, Bytes);

impl Drawn for [u8; 5] {
    fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>) {
        let bytes = [0; 5].map(|_: u8| bits(dice) as u8);
        (bytes, seen_bytes(&bytes, dialect))
    }
}

impl Drawn for Uuid {
    fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>) {
        let value = Uuid::from_u64_pair(dice.next_u64(), dice.next_u64());
        let seen = match dialect {
            Dialect::Postgres => value.to_string(),
            _ => format!("{:02x?}", value.as_bytes()),
        };
        (value, Some(seen))
    }
}

impl Drawn for IpAddr {
    const ASKED: &'static str = "?::text";

    fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>) {
        match below(dice, 2) {
            0 => {
                let (value, seen) = Ipv4Addr::draw(dice, dialect);
                (value.into(), seen)
            }
            _ => {
                // PostgreSQL and Rust shorten addresses by the same rules where no IPv4 address is in them; and where one is
                // mapped.
                let bits = match below(dice, 4) {
                    0 => 0xFFFF << 32 | u128::from(dice.next_u64() >> 32 | 1 << 31),
                    1 => any(dice, &[0_u128, 1]),
                    _ => u128::from(dice.next_u64() | 1 << 63) << 64 | u128::from(dice.next_u64()),
                };
                let value = Ipv6Addr::from_bits(bits);
                (value.into(), as_network(value.to_string(), &value.octets(), dialect))
            }
        }
    }
}

impl Drawn for Ipv4Addr {
    const ASKED: &'static str = "?::text";

    fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>) {
        let value = Ipv4Addr::from_bits(any(dice, &[0, u32::MAX, 0x7F00_0001]) ^ bits(dice) as u32);
        (value, as_network(value.to_string(), &value.octets(), dialect))
    }
}

/// PostgreSQL says how many bits of an address are its network's: of one host, all. MySQL has its bytes.
fn as_network(address: String, octets: &[u8], dialect: Dialect) -> Option<String> {
    match dialect {
        Dialect::Postgres => Some(format!("{address}/{}", octets.len() * 8)),
        Dialect::MySql => seen_bytes(octets, dialect),
        _ => Some(address),
    }
}

impl Drawn for Decimal {
    fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>) {
        let mantissa = any(dice, &[0, 1, 79_228_162_514_264_337_593_543_950_335, 10_000, 99_990_000]);
        let mantissa = if below(dice, 2) == 0 { mantissa } else { i128::from(bits(dice)) };
        let sign = any(dice, &[1, -1]);
        let value = Decimal::from_i128_with_scale(sign * mantissa, below(dice, 29) as u32);
        // A zero with a sign is the same zero.
        let value = if value.is_zero() { value.abs() } else { value };
        // A column of MySQL has a number of digits behind the point of its own.
        let seen = if dialect == Dialect::MySql { value.normalize() } else { value };
        (value, Some(seen.to_string()))
    }
}

impl Drawn for BigDecimal {
    fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>) {
        // The widest column of MySQL has 35 digits before the point and 30 behind it.
        let (most_digits, least_scale, scales) = if dialect == Dialect::MySql { (30, -5, 36) } else { (60, -20, 80) };
        let digits = (0..1 + below(dice, most_digits)).map(|_| char::from(b'0' + below(dice, 10) as u8));
        let digits: bigdecimal::num_bigint::BigInt = digits.collect::<String>().parse().expect("they are digits");
        let value = BigDecimal::new(digits * any(dice, &[1, -1]), below(dice, scales) as i64 + least_scale);
        if dialect == Dialect::MySql {
            let seen = value.normalized().to_plain_string();
            return (value, Some(seen));
        }
        // It writes a zero for each that is missing before the point, even of 0.
        let is_zero = value.sign() == bigdecimal::num_bigint::Sign::NoSign;
        let seen = if is_zero { value.with_scale(value.fractional_digit_count().max(0)) } else { value.clone() };
        let seen = seen.to_plain_string();
        (value, Some(seen))
    }
}

impl Drawn for serde_json::Value {
    fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>) {
        let key = text(dice);
        let value = match below(dice, 5) {
            0 => serde_json::Value::Null,
            1 => serde_json::json!(bits(dice)),
            2 => serde_json::json!(text(dice)),
            3 => serde_json::json!([true, null, text(dice)]),
            _ => serde_json::json!({ key: [1.5, -3] }),
        };
        // `jsonb` writes blanks of its own; what it says is compared as JSON.
        let seen = match dialect {
            Dialect::Postgres => canonical_json(&value.to_string()),
            _ => value.to_string(),
        };
        (value, Some(seen))
    }

    const ASKED: &'static str = "'json' || ?::text";
}

/// An answer to be compared as JSON is written in one way.
pub fn canonical_json(text: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
    format!("json{value}")
}

/// Microseconds since 1970, as far as a calendar goes: `widest` tells how far the type of the caller goes.
fn instant(dice: &mut TestRng, dialect: Dialect, widest: std::ops::RangeInclusive<i64>) -> i64 {
    // The years 0 to 9999 on SQLite, 1 to 9999 on MySQL, -4712 and what i64 holds on PostgreSQL.
    let (first, last) = match dialect {
        Dialect::Postgres => (-210_866_803_200_000_000, 9_223_000_000_000_000_000),
        Dialect::MySql => (-62_135_596_800_000_000, 253_402_300_799_999_999),
        _ => (-62_167_219_200_000_000, 253_402_300_799_999_999),
    };
    let (first, last) = (first.max(*widest.start()), last.min(*widest.end()));
    match below(dice, 6) {
        0 => any(dice, &[first, last, 0, -1, 1, 946_684_800_000_000, 946_684_799_999_999]),
        1 => (first + (dice.next_u64() % (last.abs_diff(first))) as i64).clamp(first, last),
        _ => 1_385_164_800_000_000 + bits(dice) as i64 % 1_000_000_000_000_000,
    }
}

/// The years -9999 to 9999 and a bit less, to which time and jiff go.
const FOUR_DIGITS: std::ops::RangeInclusive<i64> = -210_866_803_200_000_000..=253_402_207_200_000_000;
/// The years to which chrono goes.
const CHRONO: std::ops::RangeInclusive<i64> = -8_334_601_228_800_000_000..=8_210_266_876_799_000_000;

const MICROS_OF_DAY: i64 = 86_400_000_000;

/// What is seen of microseconds since 1970 that make a whole day, a time, or both; PostgreSQL tells the number, and MySQL no
/// zone.
fn seen(micros: i64, dialect: Dialect, format: &str) -> Option<String> {
    let format = if dialect == Dialect::MySql { format.trim_end_matches("+00:00") } else { format };
    Some(match dialect {
        Dialect::Postgres => micros.to_string(),
        _ => DateTime::from_timestamp_micros(micros).expect("chrono goes that far").format(format).to_string(),
    })
}

const DATE: &str = "%Y-%m-%d";
const TIME: &str = "%H:%M:%S%.6f";
const TIMESTAMP: &str = "%Y-%m-%d %H:%M:%S%.6f";
const TIMESTAMPTZ: &str = "%Y-%m-%d %H:%M:%S%.6f+00:00";

macro_rules! moments {
    ($($rust:ty, $widest:expr, $format:expr, $asked:literal, |$micros:ident| $made:expr);* $(;)?) => {$(
        impl Drawn for $rust {
            const ASKED: &'static str = $asked;

            fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>) {
                let $micros = instant(dice, dialect, $widest);
                let $micros = match $format {
                    DATE => $micros - $micros.rem_euclid(MICROS_OF_DAY),
                    TIME => $micros.rem_euclid(MICROS_OF_DAY),
                    _ => $micros,
                };
                ($made, seen($micros, dialect, $format))
            }
        }
    )*};
}

fn utc(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).expect("chrono goes that far")
}

fn offset(micros: i64) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).expect("time goes that far")
}

fn stamp(micros: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(micros).expect("jiff goes that far")
}

fn civil(micros: i64) -> jiff::civil::DateTime {
    jiff::tz::TimeZone::UTC.to_datetime(stamp(micros))
}

moments! {
    NaiveDate, CHRONO, DATE, "((? - date '1970-01-01')::bigint * 86400000000)::text", |micros| utc(micros).date_naive();
    NaiveTime, CHRONO, TIME, "(extract(epoch FROM ?) * 1000000)::bigint::text", |micros| utc(micros).time();
    NaiveDateTime, CHRONO, TIMESTAMP, "(extract(epoch FROM ?) * 1000000)::bigint::text", |micros| utc(micros).naive_utc();
    DateTime<Utc>, CHRONO, TIMESTAMPTZ, "(extract(epoch FROM ?) * 1000000)::bigint::text", |micros| utc(micros);
    time::Date, FOUR_DIGITS, DATE, "((? - date '1970-01-01')::bigint * 86400000000)::text", |micros| offset(micros).date();
    time::Time, FOUR_DIGITS, TIME, "(extract(epoch FROM ?) * 1000000)::bigint::text", |micros| offset(micros).time();
    time::PrimitiveDateTime, FOUR_DIGITS, TIMESTAMP, "(extract(epoch FROM ?) * 1000000)::bigint::text",
        |micros| time::PrimitiveDateTime::new(offset(micros).date(), offset(micros).time());
    time::OffsetDateTime, FOUR_DIGITS, TIMESTAMPTZ, "(extract(epoch FROM ?) * 1000000)::bigint::text", |micros| offset(micros);
    jiff::civil::Date, FOUR_DIGITS, DATE, "((? - date '1970-01-01')::bigint * 86400000000)::text", |micros| civil(micros).date();
    jiff::civil::Time, FOUR_DIGITS, TIME, "(extract(epoch FROM ?) * 1000000)::bigint::text", |micros| civil(micros).time();
    jiff::civil::DateTime, FOUR_DIGITS, TIMESTAMP, "(extract(epoch FROM ?) * 1000000)::bigint::text", |micros| civil(micros);
    jiff::Timestamp, FOUR_DIGITS, TIMESTAMPTZ, "(extract(epoch FROM ?) * 1000000)::bigint::text", |micros| stamp(micros);
    SystemTime, FOUR_DIGITS, TIMESTAMPTZ, "(extract(epoch FROM ?) * 1000000)::bigint::text", |micros| {
        let span = Duration::from_micros(micros.unsigned_abs());
        if micros < 0 { SystemTime::UNIX_EPOCH - span } else { SystemTime::UNIX_EPOCH + span }
    };
}

macro_rules! spans {
    ($($rust:ty, $least:expr, |$micros:ident| $made:expr);* $(;)?) => {$(
        impl Drawn for $rust {
            fn draw(dice: &mut TestRng, _: Dialect) -> (Self, Option<String>) {
                let special = [0, 1, -1, i64::MAX / 1_000, 40 * MICROS_OF_DAY];
                let $micros = if below(dice, 3) == 0 { any(dice, &special) } else { bits(dice) as i64 / 1_000 };
                let $micros = $micros.max($least);
                ($made, Some($micros.to_string()))
            }
        }
    )*};
}

spans! {
    Duration, 0, |micros| Duration::from_micros(micros.unsigned_abs());
    TimeDelta, i64::MIN, |micros| TimeDelta::microseconds(micros);
    time::Duration, i64::MIN, |micros| time::Duration::microseconds(micros);
    jiff::SignedDuration, i64::MIN, |micros| jiff::SignedDuration::from_micros(micros);
}

impl<T: Drawn> Drawn for Option<T> {
    const ASKED: &'static str = T::ASKED;

    fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>) {
        if below(dice, 3) == 0 {
            return (None, None);
        }
        let (value, seen) = T::draw(dice, dialect);
        (Some(value), seen)
    }
}

/// Arrays are asked for as JSON, which both databases can be; elements that JSON has not are texts.
macro_rules! arrays {
    ($($rust:ty, $element:ty, |$elements:ident| $json:expr);* $(;)?) => {$(
        impl Drawn for $rust {
            const ASKED: &'static str = "'json' || to_json(?)::text";

            fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>) {
                let length = any(dice, &[0, 1, 2, 5]);
                let $elements: Vec<$element> = (0..length).map(|_| <$element>::draw(dice, dialect).0).collect();
                let json = serde_json::Value::Array($json);
                let seen = match dialect {
                    Dialect::Postgres => canonical_json(&json.to_string()),
                    _ => json.to_string(),
                };
                ($elements, Some(seen))
            }
        }
    )*};
}

arrays! {
    Vec<i32>, i32, |elements| elements.iter().map(|&element| element.into()).collect();
    Vec<bool>, bool, |elements| elements.iter().map(|&element| element.into()).collect();
    Vec<u64>, u64, |elements| elements.iter().map(|&element| element.into()).collect();
    Vec<Option<i64>>, Option<i64>, |elements| elements.iter().map(|&element| serde_json::json!(element)).collect();
    Vec<String>, String, |elements| elements.iter().map(|element| element.clone().into()).collect();
    Vec<Uuid>, Uuid, |elements| elements.iter().map(|element| element.to_string().into()).collect();
}

/// Arrays whose elements JSON has no kind of value for: they are compared as the texts that a column of them shows, of SQLite
/// where they are JSON.
macro_rules! arrays_of_texts {
    ($($asked:literal: $($element:ty),*;)*) => {$($(
        impl Drawn for Vec<$element> {
            const ASKED: &'static str = concat!(
                "'json' || (SELECT coalesce(json_agg(", $asked, " ORDER BY number), '[]')
                FROM unnest(?) WITH ORDINALITY AS elements(element, number))::text"
            );

            fn draw(dice: &mut TestRng, dialect: Dialect) -> (Self, Option<String>) {
                let length = any(dice, &[0, 1, 2, 5]);
                let of = if dialect == Dialect::Postgres { dialect } else { Dialect::Sqlite };
                let (elements, seen): (Self, Vec<_>) = (0..length).map(|_| <$element>::draw(dice, of)).unzip();
                let json = serde_json::json!(seen);
                let seen = match dialect {
                    Dialect::Postgres => canonical_json(&json.to_string()),
                    _ => json.to_string(),
                };
                (elements, Some(seen))
            }
        }
    )*)*};
}

arrays_of_texts! {
    "element::text": Decimal, Ipv4Addr;
    "(extract(epoch FROM element) * 1000000)::bigint::text": NaiveDate, NaiveTime, NaiveDateTime;
}
