//! Arrays as JSON text. What JSON has no kind of value for is a string: dates as in columns of their own, bytes in
//! hexadecimal digits, decimals and integers of more than 64 bits in digits, so that no reader makes floats of them.

use std::borrow::Cow;
use std::collections::HashSet;
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

fn push(out: &mut String, value: &Value<'_>) -> Result<(), Invalid> {
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

/// Whether `jsonb` keeps a document whole. Of a repeated key it keeps the last value alone, and a zero loses its sign
/// ("JSON Types" of PostgreSQL's manual; its numbers are `numeric`).
pub(crate) fn is_kept_by_jsonb(document: &str) -> bool {
    let mut keys: Vec<Option<HashSet<Cow<'_, str>>>> = Vec::new();
    let mut is_key = false;
    let mut rest = document;
    while let Some(next) = rest.bytes().next() {
        let mut taken = 1;
        match next {
            b'{' | b'[' => {
                is_key = next == b'{';
                keys.push(is_key.then(HashSet::new));
            }
            b'}' | b']' => drop(keys.pop()),
            b',' => is_key = matches!(keys.last(), Some(Some(_))),
            // Of an exponent the sign may be any.
            b'-' if document[..document.len() - rest.len()].ends_with(['e', 'E']) => {}
            b'-' => {
                let number = rest[1..].split(|character: char| !character.is_ascii_digit() && character != '.').next();
                if number.is_some_and(|digits| digits.bytes().all(|digit| matches!(digit, b'0' | b'.'))) {
                    return false;
                }
            }
            b'"' => {
                let text = quoted(rest);
                if let (true, Some(Some(keys))) = (std::mem::take(&mut is_key), keys.last_mut())
                    && !keys.insert(unescaped(text))
                {
                    return false;
                }
                taken = text.len() + 2;
            }
            _ => {}
        }
        // Nothing but what is in quotes has characters of several bytes.
        rest = rest.get(taken..).unwrap_or_default();
    }
    true
}

/// What is in the quotes at the beginning.
fn quoted(text: &str) -> &str {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    &text[1..end.map_or(text.len(), |end| end + 1)]
}

/// A string without its escapes; what is no escape stays.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let mut taken = next.len_utf8();
        let escape = (next == '\\').then(|| rest[1..].chars().next()).flatten();
        let hex = || rest.get(2..6).and_then(|digits| u16::from_str_radix(digits, 16).ok());
        match (escape, escape.filter(|&escape| escape == 'u').and_then(|_| hex())) {
            (_, Some(unit)) => {
                units.push(unit);
                taken = 6;
            }
            (Some(escape), None) => {
                let meant = match escape {
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                };
                units.extend_from_slice(meant.encode_utf16(&mut [0; 2]));
                taken = 1 + escape.len_utf8();
            }
            (None, None) => units.extend_from_slice(next.encode_utf16(&mut [0; 2])),
        }
        rest = &rest[taken..];
    }
    String::from_utf16_lossy(&units).into()
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

    #[test]
    fn jsonb_keeps_what_has_each_key_once_and_no_signed_zero() {
        for kept in [
            "{}",
            "[]",
            "null",
            "-1",
            "0.0",
            r#"{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}"#,
            r#"["a","a"]"#,
            r#"{"a":"-0.0"}"#,
            r#"{"a\"":1,"a":2}"#,
            r#"{"a":"{\"a\":1,\"a\":2}"}"#,
            "[-0.5, -10, 1e-0]",
            r#"{"é":1,"e":2}"#,
        ] {
            assert!(is_kept_by_jsonb(kept), "{kept}");
        }
        for changed in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"\u0061":3}"#,
            r#"[{"x":{"k":1, "k" : 2}}]"#,
            "-0",
            "-0.0",
            "[1,-0.00]",
            "-0e5",
            r#"{"a":-0}"#,
            r#"{"\ud83e\udd80":1,"🦀":2}"#,
            r#"{"a":[1],"a":2}"#,
        ] {
            assert!(!is_kept_by_jsonb(changed), "{changed}");
        }
    }
}
