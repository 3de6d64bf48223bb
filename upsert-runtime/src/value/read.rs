//! Values that are told as text.

use std::borrow::Cow;

use super::document::is_document;
use super::{Decimal, Invalid, Value};
use crate::schema::ColumnType;

impl<'a> Value<'a> {
    /// The value of a type that a text is, if it is one and nothing of it is lost: `-7`, `1.50`, `1e-7`, `true`, `2026-12-01`,
    /// `08:30:00.25`, `2026-12-01T08:30:00` (or a blank for the `T`), the same with `Z` or `+02:00` behind it for an instant, UUIDs,
    /// addresses, JSON.
    ///
    /// A date is no timestamp, and a timestamp with a zone is none without: nothing is dropped or made up.
    ///
    /// ```
    /// use upsert::schema::ColumnType;
    /// use upsert::value::{Invalid, Value};
    ///
    /// assert_eq!(Value::from_text("1969-12-31", ColumnType::Date), Ok(Value::Date { days: -1 }));
    /// assert_eq!(Value::from_text("9007199254740993", ColumnType::Double), Err(Invalid::MoreDigits));
    /// assert_eq!(Value::from_text("2026-02-30", ColumnType::Date), Err(Invalid::Malformed));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Invalid::Malformed`] where it is not written as one, [`Invalid::NotJson`] where it is no document; [`Invalid::OutOfRange`],
    /// [`Invalid::MoreDigits`], [`Invalid::FinerThanMicrosecond`] and [`Invalid::LeapSecond`] where the type does not hold it; and
    /// [`Invalid::WrongKind`] for types that no text is read as: bytes, spans of time, arrays.
    pub fn from_text(text: impl Into<Cow<'a, str>>, column_type: ColumnType) -> Result<Self, Invalid> {
        let text = text.into();
        match column_type {
            ColumnType::Text => Ok(Self::Text(text)),
            ColumnType::Json if is_document(&text) => Ok(Self::Json(text)),
            ColumnType::Json => Err(Invalid::NotJson),
            ColumnType::Bool => truth(&text).map(Self::Bool),
            ColumnType::UnsignedHugeInt if !text.starts_with('-') => {
                whole(&text)?;
                text.parse().map(Self::UnsignedHugeInt).map_err(|_| Invalid::OutOfRange)
            }
            ColumnType::SmallInt
            | ColumnType::Integer
            | ColumnType::BigInt
            | ColumnType::UnsignedBigInt
            | ColumnType::HugeInt
            | ColumnType::UnsignedHugeInt => {
                whole(&text)?;
                let number = text.parse().map_err(|_| Invalid::OutOfRange)?;
                integer(number, column_type)
            }
            ColumnType::Decimal => decimal(&text).ok_or(Invalid::Malformed),
            ColumnType::Real => {
                let number = float::<f32>(&text)?;
                is_same(&text, &format!("{number:e}")).map(|()| Self::Real(number))
            }
            ColumnType::Double => {
                let number = float::<f64>(&text)?;
                is_same(&text, &format!("{number:e}")).map(|()| Self::Double(number))
            }
            ColumnType::Date => day(&text).map(|days| Self::Date { days }),
            ColumnType::Time => time_of_day(&text).map(|micros| Self::Time { micros }),
            ColumnType::Timestamp => timestamp(&text).map(|micros| Self::Timestamp { micros }),
            ColumnType::TimestampTz => instant(&text).map(|micros| Self::TimestampTz { micros }),
            ColumnType::Uuid => uuid(&text).map(Self::Uuid).ok_or(Invalid::Malformed),
            ColumnType::Inet => text.parse().map(Self::Inet).map_err(|_| Invalid::Malformed),
            ColumnType::Bytes | ColumnType::Duration | ColumnType::Array(_) => Err(Invalid::WrongKind),
        }
    }
}

/// An integer as a value of a type.
pub(crate) fn integer(value: i128, to: ColumnType) -> Result<Value<'static>, Invalid> {
    let fitting = match to {
        ColumnType::SmallInt => value.try_into().map(Value::SmallInt),
        ColumnType::Integer => value.try_into().map(Value::Integer),
        ColumnType::BigInt => value.try_into().map(Value::BigInt),
        ColumnType::UnsignedBigInt => value.try_into().map(Value::UnsignedBigInt),
        ColumnType::UnsignedHugeInt => value.try_into().map(Value::UnsignedHugeInt),
        ColumnType::HugeInt => return Ok(Value::HugeInt(value)),
        ColumnType::Decimal => return Ok(Value::Decimal(Decimal::new(value, 0))),
        _ => return Err(Invalid::WrongKind),
    };
    fitting.map_err(|_| Invalid::OutOfRange)
}

fn truth(text: &str) -> Result<bool, Invalid> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Ok(true),
        _ if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(Invalid::Malformed),
    }
}

/// Digits, and a sign before them.
fn whole(text: &str) -> Result<(), Invalid> {
    digits(text.strip_prefix(['-', '+']).unwrap_or(text)).map(drop)
}

fn digits(text: &str) -> Result<&str, Invalid> {
    let are_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then_some(text).ok_or(Invalid::Malformed)
}

/// A number in plain digits: `-12.50`.
fn decimal(text: &str) -> Option<Value<'static>> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let scale = i64::try_from(fraction.len()).ok()?;
    Decimal::from_digits(negative, [whole, fraction].concat(), scale).map(Value::Decimal)
}

/// The nearest number to that which the text is.
fn float<F: std::str::FromStr>(text: &str) -> Result<F, Invalid> {
    // Neither `inf` nor `nan`.
    let is_number = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    if !is_number {
        return Err(Invalid::Malformed);
    }
    text.parse().map_err(|_| Invalid::Malformed)
}

/// Whether two numbers, the second of which is told in the fewest digits that tell it, are one.
fn is_same(text: &str, read: &str) -> Result<(), Invalid> {
    // One that is too large for the type is infinite.
    let (own, other) = (scientific(text), scientific(read));
    (own.is_some() && own == other).then_some(()).ok_or(Invalid::MoreDigits)
}

/// Whether a number is below zero, its digits without zeros at either end, and the power of ten that the last of them counts.
fn scientific(text: &str) -> Option<(bool, String, i64)> {
    let (negative, number) = text.strip_prefix('-').map_or((false, text), |number| (true, number));
    let number = number.strip_prefix('+').unwrap_or(number);
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i64 = exponent.parse().ok()?;
    let power = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let digits = [whole, fraction].concat();
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    let kept = digits.trim_end_matches('0');
    let power = power.checked_add(i64::try_from(digits.len() - kept.len()).ok()?)?;
    let kept = kept.trim_start_matches('0');
    Some((negative, kept.to_owned(), if kept.is_empty() { 0 } else { power }))
}

/// 32 hexadecimal digits, in the usual groups or in none.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let grouped = text.len() == 36 && [8, 13, 18, 23].iter().all(|&place| text.as_bytes()[place] == b'-');
    if !grouped && text.len() != 32 {
        return None;
    }
    let mut digits = text.bytes().enumerate().filter(|(place, _)| !grouped || !matches!(place, 8 | 13 | 18 | 23));
    let mut digit = || digits.next().and_then(|(_, digit)| char::from(digit).to_digit(16));
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        *byte = u8::try_from(digit()? * 16 + digit()?).ok()?;
    }
    Some(bytes)
}

const MICROS_OF_SECOND: i64 = 1_000_000;
const MICROS_OF_DAY: i64 = 86_400 * MICROS_OF_SECOND;

/// Digits of a number, as many as there are to be.
fn number(text: &str, width: usize) -> Result<i64, Invalid> {
    let text = digits(text)?;
    (text.len() == width).then_some(()).ok_or(Invalid::Malformed)?;
    text.parse().map_err(|_| Invalid::Malformed)
}

/// `2026-12-01`, as days since 1970-01-01.
fn day(text: &str) -> Result<i32, Invalid> {
    let mut parts = text.split('-');
    let mut part = |width| number(parts.next().ok_or(Invalid::Malformed)?, width);
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return Err(Invalid::Malformed),
    };
    if parts.next().is_some() || !(1..=last).contains(&day) {
        return Err(Invalid::Malformed);
    }
    // As in `text::civil`: years are taken from 1 March, so that the leap day ends them.
    let (from_march, year) = if month > 2 { (month - 3, year) } else { (month + 9, year - 1) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    let day_of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
    i32::try_from(era * 146_097 + day_of_era - 719_468).map_err(|_| Invalid::OutOfRange)
}

/// `08:30`, `08:30:00` or `08:30:00.25`, as microseconds since midnight.
fn time_of_day(text: &str) -> Result<i64, Invalid> {
    let (clock, fraction) = text.split_once('.').map_or((text, None), |(clock, fraction)| (clock, Some(fraction)));
    let mut parts = clock.split(':');
    let mut part = || parts.next().map(|part| number(part, 2)).transpose();
    let (hour, minute, second) = (part()?, part()?, part()?);
    let (Some(hour), Some(minute)) = (hour, minute) else { return Err(Invalid::Malformed) };
    if second == Some(60) && hour < 24 && minute < 60 {
        return Err(Invalid::LeapSecond);
    }
    let (None, false) = (parts.next(), second.is_none() && fraction.is_some()) else { return Err(Invalid::Malformed) };
    let second = second.unwrap_or(0);
    if hour >= 24 || minute >= 60 || second >= 60 {
        return Err(Invalid::Malformed);
    }
    let micros = fraction.map(micros).transpose()?.unwrap_or(0);
    Ok((hour * 3_600 + minute * 60 + second) * MICROS_OF_SECOND + micros)
}

/// What stands behind the point of a second.
fn micros(fraction: &str) -> Result<i64, Invalid> {
    let fraction = digits(fraction)?.trim_end_matches('0');
    if fraction.len() > 6 {
        return Err(Invalid::FinerThanMicrosecond);
    }
    format!("{fraction:0<6}").parse().map_err(|_| Invalid::Malformed)
}

/// `2026-12-01T08:30:00`, as microseconds since 1970.
fn timestamp(text: &str) -> Result<i64, Invalid> {
    let (date, time) = text.split_once(['T', ' ']).ok_or(Invalid::Malformed)?;
    let (days, micros) = (i64::from(day(date)?), time_of_day(time)?);
    Ok(days * MICROS_OF_DAY + micros)
}

/// The same with `Z`, `+02`, `+0200` or `+02:00` behind it.
fn instant(text: &str) -> Result<i64, Invalid> {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return timestamp(local);
    }
    // Dates have a sign between their parts, too.
    let time = text.find(['T', ' ']).ok_or(Invalid::Malformed)?;
    let sign = text[time..].rfind(['+', '-']).ok_or(Invalid::Malformed)? + time;
    let (local, zone) = text.split_at(sign);
    let is_east = zone.starts_with('+');
    let zone = &zone[1..];
    let (hours, minutes) = match zone.split_once(':') {
        Some(parts) => parts,
        None if zone.len() == 4 => zone.split_at_checked(2).ok_or(Invalid::Malformed)?,
        None => (zone, "00"),
    };
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    if hours >= 24 || minutes >= 60 {
        return Err(Invalid::Malformed);
    }
    let offset = (hours * 60 + minutes) * 60 * MICROS_OF_SECOND;
    Ok(timestamp(local)? + if is_east { -offset } else { offset })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::text;

    fn read(text: &'static str, column_type: ColumnType) -> Result<Value<'static>, Invalid> {
        Value::from_text(text, column_type)
    }

    #[test]
    fn integers_are_digits() {
        for (text, number) in [("0", 0), ("-7", -7), ("+7", 7), ("007", 7), ("-32768", -32_768)] {
            assert_eq!(read(text, ColumnType::SmallInt), Ok(Value::SmallInt(number)), "{text}");
        }
        for text in ["", "-", "+", "--1", "1.0", "1e3", " 1", "1 ", "1_000", "0x1", "١", "NaN"] {
            assert_eq!(read(text, ColumnType::BigInt), Err(Invalid::Malformed), "{text}");
        }
        assert_eq!(read("32768", ColumnType::SmallInt), Err(Invalid::OutOfRange));
        assert_eq!(read("-1", ColumnType::UnsignedBigInt), Err(Invalid::OutOfRange));
        let most = "340282366920938463463374607431768211455";
        assert_eq!(read(most, ColumnType::UnsignedHugeInt), Ok(Value::UnsignedHugeInt(u128::MAX)));
        assert_eq!(read(most, ColumnType::HugeInt), Err(Invalid::OutOfRange));
    }

    #[test]
    fn floats_are_what_they_say() {
        let same = [
            ("0", 0.0),
            ("-0.5", -0.5),
            ("1.50", 1.5),
            ("001.5", 1.5),
            ("1e5", 1e5),
            ("1.5E-07", 1.5e-7),
            (".5", 0.5),
            ("5.", 5.0),
            ("0.1", 0.1),
            ("10.357019999999999", 10.357_019_999_999_999),
            ("9007199254740992", 9_007_199_254_740_992.0),
            ("1e308", 1e308),
            ("5e-324", 5e-324),
        ];
        for (text, number) in same {
            assert_eq!(read(text, ColumnType::Double), Ok(Value::Double(number)), "{text}");
        }
        let others = [
            "9007199254740993",
            "9007199254740993.0",
            "9.9999999999999999",
            "1e-400",
            "1e400",
            "0.10000000000000001",
            "1e99999999999999999999",
        ];
        for text in others {
            assert_eq!(read(text, ColumnType::Double), Err(Invalid::MoreDigits), "{text}");
        }
        for text in ["", ".", "-", "e5", "1e", "inf", "NaN", "1,5", "1.5.2", " 1"] {
            assert_eq!(read(text, ColumnType::Double), Err(Invalid::Malformed), "{text}");
        }
        assert_eq!(read("0.1", ColumnType::Real), Ok(Value::Real(0.1)));
        assert_eq!(read("16777217", ColumnType::Real), Err(Invalid::MoreDigits));
        let Ok(Value::Double(zero)) = read("-0.0", ColumnType::Double) else { unreachable!("it is a number") };
        assert!(zero == 0.0 && zero.is_sign_negative());
    }

    #[test]
    fn every_day_is_read_as_it_is_written() {
        for days in -719_528..2_932_897 {
            let written = String::from_utf8(text::date(days.into()).expect("it has four digits").to_vec());
            assert_eq!(day(&written.expect("digits are ASCII")), Ok(days));
        }
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-1-1",
            "26-01-01",
            "2026-01-01 ",
            "2026/01/01",
            "-001-01-01",
        ] {
            assert_eq!(day(text), Err(Invalid::Malformed), "{text}");
        }
    }

    #[test]
    fn times_are_read_whole_or_refused() {
        for (text, micros) in [
            ("00:00", 0),
            ("23:59:59.999999", 86_399_999_999),
            ("12:34:56.5", 45_296_500_000),
            ("01:02:03.1230000", 3_723_123_000),
        ] {
            assert_eq!(read(text, ColumnType::Time), Ok(Value::Time { micros }), "{text}");
        }
        for text in ["", "24:00", "12:60", "1:00", "12", "12:00:", "12:00.5", "12:00:00.", "12:00:61", "12:00:00:00"] {
            assert_eq!(read(text, ColumnType::Time), Err(Invalid::Malformed), "{text}");
        }
        assert_eq!(read("23:59:60", ColumnType::Time), Err(Invalid::LeapSecond));
        assert_eq!(read("00:00:00.0000001", ColumnType::Time), Err(Invalid::FinerThanMicrosecond));
        let micros = 1_383_285_600_000_000;
        for text in ["2013-11-01T06:00:00", "2013-11-01 06:00", "2013-11-01 06:00:00.000"] {
            assert_eq!(read(text, ColumnType::Timestamp), Ok(Value::Timestamp { micros }), "{text}");
        }
        for text in
            ["2013-11-01T06:00:00Z", "2013-11-01 08:00:00+02:00", "2013-11-01 03:30-0230", "2013-10-31T20:00:00.0-10"]
        {
            assert_eq!(read(text, ColumnType::TimestampTz), Ok(Value::TimestampTz { micros }), "{text}");
        }
        // Nothing is dropped or made up.
        for (text, column_type) in [
            ("2013-11-01T06:00:00Z", ColumnType::Timestamp),
            ("2013-11-01 06:00:00+00:00", ColumnType::Timestamp),
            ("2013-11-01", ColumnType::Timestamp),
            ("2013-11-01T06:00:00", ColumnType::TimestampTz),
            ("2013-11-01", ColumnType::TimestampTz),
            ("2013-11-01T06:00:00", ColumnType::Date),
            ("2013-11-01T06:00:00+25:00", ColumnType::TimestampTz),
            ("2013-11-01T06:00:00+2", ColumnType::TimestampTz),
            ("2013-11-01T06:00:00é", ColumnType::TimestampTz),
        ] {
            assert_eq!(read(text, column_type), Err(Invalid::Malformed), "{text} as {column_type}");
        }
    }

    #[test]
    fn other_types_are_read_or_refused() {
        for (said, plain) in [("-12.50", "-12.50"), ("+7", "7"), (".5", "0.5"), ("3.", "3")] {
            let Ok(Value::Decimal(decimal)) = read(said, ColumnType::Decimal) else {
                unreachable!("{said} is a number")
            };
            assert_eq!(decimal.to_string(), plain);
        }
        for wrong in ["", "-", ".", "1e3", "1,5", "١", "1.2.3", "--1"] {
            assert_eq!(read(wrong, ColumnType::Decimal), Err(Invalid::Malformed), "{wrong}");
        }
        let bytes = *b"\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef";
        for right in ["01234567-89ab-cdef-0123-456789abcdef", "0123456789ABCDEF0123456789abcdef"] {
            assert_eq!(read(right, ColumnType::Uuid), Ok(Value::Uuid(bytes)), "{right}");
        }
        for wrong in [
            "",
            "01234567-89ab-cdef-0123-456789abcde",
            "0123456789abcdef0123456789abcde-",
            "é123456789abcdef0123456789abcde",
        ] {
            assert_eq!(read(wrong, ColumnType::Uuid), Err(Invalid::Malformed), "{wrong}");
        }
        assert_eq!(read("True", ColumnType::Bool), Ok(Value::Bool(true)));
        assert_eq!(read("1", ColumnType::Bool), Err(Invalid::Malformed));
        assert_eq!(read("{}", ColumnType::Json), Ok(Value::Json("{}".into())));
        assert_eq!(read("{a: 1}", ColumnType::Json), Err(Invalid::NotJson));
        assert_eq!(read("::1", ColumnType::Inet), Ok(Value::Inet(std::net::Ipv6Addr::LOCALHOST.into())));
        assert_eq!(read("\\x00", ColumnType::Bytes), Err(Invalid::WrongKind));
    }
}
