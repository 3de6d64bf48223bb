//! Arrays as JSON text. What JSON has no kind of value for is a string: dates as in columns of their own, bytes in
//! hexadecimal digits, decimals and integers of more than 64 bits in digits, so that no reader makes floats of them.

use std::fmt::Write;

use super::text::{date, time, timestamp};
use super::{Invalid, Value};

pub(crate) fn array(elements: &[Value<'_>]) -> Result<String, Invalid> {
    let mut out = String::from("[");
    for (place, element) in elements.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push(&mut out, element)?;
    }
    out.push(']');
    Ok(out)
}

pub(super) fn push(out: &mut String, value: &Value<'_>) -> Result<(), Invalid> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Invalid(invalid) => return Err(*invalid),
        Value::Bool(value) => push_plain(out, value),
        Value::SmallInt(value) => push_plain(out, value),
        Value::Integer(value) => push_plain(out, value),
        Value::BigInt(value) | Value::Duration { micros: value } => push_plain(out, value),
        Value::UnsignedBigInt(value) => push_plain(out, value),
        Value::HugeInt(value) => push_string(out, &value.to_string()),
        Value::UnsignedHugeInt(value) => push_string(out, &value.to_string()),
        // The shortest text that is read as the same number.
        Value::Real(value) if value.is_finite() => push_plain(out, format_args!("{value:?}")),
        Value::Double(value) if value.is_finite() => push_plain(out, format_args!("{value:?}")),
        Value::Real(_) | Value::Double(_) => return Err(Invalid::NotJson),
        Value::Decimal(decimal) => {
            decimal.check()?;
            push_string(out, &decimal.to_string());
        }
        Value::Text(text) => push_string(out, text),
        // It would be read as no value.
        Value::Json(document) if document.trim() == "null" => return Err(Invalid::NotJson),
        Value::Json(document) => out.push_str(document),
        Value::Bytes(bytes) => push_hexadecimal(out, bytes),
        Value::Uuid(bytes) => push_ascii(out, uuid(bytes).as_bytes()),
        Value::Inet(address) => push_string(out, &address.to_string()),
        Value::Date { days } => push_ascii(out, &date(i64::from(*days))?),
        Value::Time { micros } => push_ascii(out, &time(*micros)?),
        Value::Timestamp { micros } => push_ascii(out, &timestamp(*micros)?[..26]),
        Value::TimestampTz { micros } => push_ascii(out, &timestamp(*micros)?),
        Value::Array(elements) => out.push_str(&array(elements)?),
    }
    Ok(())
}

fn push_plain(out: &mut String, value: impl std::fmt::Display) {
    write!(out, "{value}").expect("a string takes all that is written to it");
}

fn push_ascii(out: &mut String, text: &[u8]) {
    out.push('"');
    out.extend(text.iter().map(|&byte| char::from(byte)));
    out.push('"');
}

fn push_hexadecimal(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for byte in bytes {
        push_plain(out, format_args!("{byte:02x}"));
    }
    out.push('"');
}

/// A UUID as people write it, in the usual groups.
pub(crate) fn uuid(bytes: &[u8; 16]) -> String {
    let mut out = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        push_plain(&mut out, format_args!("{byte:02x}"));
    }
    out
}

/// RFC 8259, section 7.
fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => push_plain(out, format_args!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_json() {
        let elements = [
            Value::Null,
            Value::Bool(true),
            Value::BigInt(i64::MIN),
            Value::UnsignedBigInt(u64::MAX),
            Value::HugeInt(i128::MAX),
            Value::Real(0.1),
            Value::Double(1e300),
            Value::Text("a \"b\" \\ \n \u{1} é".into()),
            Value::Bytes([0, 255].as_slice().into()),
            Value::Date { days: 0 },
            Value::Json("{\"k\":[1]}".into()),
        ];
        let expected = concat!(
            r#"[null,true,-9223372036854775808,18446744073709551615,"170141183460469231731687303715884105727","#,
            "0.1,1e300",
            r#","a \"b\" \\ \n \u0001 é","00ff","1970-01-01",{"k":[1]}]"#
        );
        assert_eq!(array(&elements).as_deref(), Ok(expected));
    }

    #[test]
    fn what_json_has_not_is_refused() {
        for value in [Value::Real(f32::NAN), Value::Double(f64::INFINITY)] {
            assert_eq!(array(&[value]), Err(Invalid::NotJson));
        }
        assert_eq!(array(&[Value::Invalid(Invalid::LeapSecond)]), Err(Invalid::LeapSecond));
    }
}
