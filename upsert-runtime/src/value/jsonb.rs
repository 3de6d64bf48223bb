//! What binary forms of JSON keep of a document: PostgreSQL's `jsonb`, and MySQL's `json`.

use std::borrow::Cow;
use std::collections::HashSet;

/// Whether `jsonb` keeps a document whole, and takes it: of one that it does not take, the server does not say in which row it is. Of a
/// repeated key it keeps the last value alone, and a zero loses its sign; its numbers are `numeric`, and its text has no halves of
/// characters ("JSON Types" of PostgreSQL's manual).
pub(crate) fn is_kept(document: &str) -> bool {
    has_distinct_keys(document, |part| match part {
        Part::Number(number) => is_numeric(number),
        Part::Key(text) | Part::Text(text) => is_whole(text),
        Part::Depth(_) => true,
    })
}

/// Whether `numeric` has the number, and its sign. It has so many digits on either side of the point ("Numeric Types" of PostgreSQL's
/// manual).
fn is_numeric(number: &str) -> bool {
    const BEFORE: i64 = 131_072;
    const BEHIND: i64 = 16_383;
    // Even of zero the server (15.18) reads no larger ones.
    const EXPONENT: i64 = 1_073_741_823;
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    // Zeros at the end count, as they are kept.
    let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let behind = exponent.parse().ok().zip(i64::try_from(fraction).ok());
    let is_beyond =
        |(exponent, fraction): (i64, i64)| exponent >= EXPONENT || fraction.saturating_sub(exponent) > BEHIND;
    if behind.is_none_or(is_beyond) {
        return false;
    }
    match parts_of(number) {
        (digits, None) => digits.is_empty() && !number.starts_with('-'),
        (digits, Some(power)) => i64::try_from(digits.len()).is_ok_and(|digits| digits.saturating_add(power) <= BEFORE),
    }
}

/// Whether MySQL's `json` keeps a document whole that stands in so many arrays, and takes it: of one that it does not take, the
/// server does not say in which row it is. Of a repeated key it keeps the last value alone. A number is an integer of 64 bits, whose
/// zero has no sign, or else a double; and its text has no halves of characters ("The JSON Data Type" of MySQL's manual).
pub(crate) fn is_kept_by_mysql(document: &str, arrays: usize) -> bool {
    const DEEPEST: usize = 100;
    const LONGEST_KEY: usize = 65_535;
    has_distinct_keys(document, |part| match part {
        Part::Number(number) => is_integer_or_double(number),
        Part::Depth(depth) => arrays + depth <= DEEPEST,
        Part::Key(key) => is_whole(key) && unescaped(key).len() <= LONGEST_KEY,
        Part::Text(text) => is_whole(text),
    })
}

/// What a document is made of: numbers, texts as they are escaped, and how deep it goes where it goes deeper.
enum Part<'d> {
    Number(&'d str),
    Depth(usize),
    Key(&'d str),
    Text(&'d str),
}

/// Whether no key is repeated, and each part is kept.
fn has_distinct_keys(document: &str, is_kept: impl Fn(Part<'_>) -> bool) -> bool {
    let mut keys: Vec<Option<HashSet<Cow<'_, str>>>> = Vec::new();
    let mut is_key = false;
    let mut rest = document;
    while let Some(next) = rest.bytes().next() {
        let mut taken = 1;
        match next {
            b'{' | b'[' => {
                is_key = next == b'{';
                keys.push(is_key.then(HashSet::new));
                if !is_kept(Part::Depth(keys.len())) {
                    return false;
                }
            }
            b'}' | b']' => drop(keys.pop()),
            b',' => is_key = matches!(keys.last(), Some(Some(_))),
            b'-' | b'0'..=b'9' => {
                let is_of_number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
                let number = &rest[..rest.bytes().take_while(|&byte| is_of_number(byte)).count()];
                if !is_kept(Part::Number(number)) {
                    return false;
                }
                taken = number.len();
            }
            b'"' => {
                let text = quoted(rest);
                if let (true, Some(Some(keys))) = (std::mem::take(&mut is_key), keys.last_mut()) {
                    if !is_kept(Part::Key(text)) || !keys.insert(unescaped(text)) {
                        return false;
                    }
                } else if !is_kept(Part::Text(text)) {
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

fn is_integer_or_double(number: &str) -> bool {
    if !number.contains(['.', 'e', 'E']) && (number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok()) {
        return number != "-0";
    }
    // It is read as the nearest double, and shown in as many digits as tell that from others.
    let Ok(double) = number.parse::<f64>() else { return false };
    double.is_finite() && parts_of(&format!("{double:e}")) == parts_of(number)
}

/// The digits of a number without zeros around them, and the power of ten behind the last; `None` of no power at all.
fn parts_of(number: &str) -> (String, Option<i64>) {
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let digits = digits.trim_start_matches('-');
    let (integer, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{integer}{fraction}");
    let significant = all.trim_end_matches('0');
    let behind = i64::try_from(all.len() - significant.len()).ok().zip(i64::try_from(fraction.len()).ok());
    let power = exponent.parse::<i64>().ok().zip(behind);
    let power = power.and_then(|(exponent, (zeros, fraction))| exponent.checked_add(zeros)?.checked_sub(fraction));
    let significant = significant.trim_start_matches('0');
    (significant.to_owned(), power.filter(|_| !significant.is_empty()))
}

/// Whether each escaped half of a character stands beside its other half.
fn is_whole(text: &str) -> bool {
    !text.contains("\\u") || String::from_utf16(&units(text)).is_ok()
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
    String::from_utf16_lossy(&units(text)).into()
}

fn units(text: &str) -> Vec<u16> {
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
    units
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "[1e131071, -1e-16383, 1.5e-16382, 0e131071, 0e1073741822]",
            r#"{"\\ud83d":"\ud83e\udd80"}"#,
        ] {
            assert!(is_kept(kept), "{kept}");
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
            "1e131072",
            "[1e-16384]",
            "1.5e-16383",
            "1e99999999999999999999",
            "0e1073741823",
            r#"["\ud83d"]"#,
            r#"{"\udd80 \ud83e":1}"#,
        ] {
            assert!(!is_kept(changed), "{changed}");
        }
    }

    #[test]
    fn mysql_keeps_what_has_each_key_once_and_numbers_that_are_integers_or_doubles() {
        for kept in [
            "{}",
            "-1",
            "[0, 0.0, -0.0, -0e5, 0.10, 1e2, 100.00e-2, 1E+2]",
            "[18446744073709551615, -9223372036854775808, 100000000000000000000, 9007199254740993]",
            "[5e-324, 1.7976931348623157e308, 0.30000000000000004, 1e23]",
            r#"{"a":"-0 1e400","b":{"a":2},"c":[{"a":3},{"a":4}]}"#,
            r#"{"\\ud83d":"\ud83e\udd80 \u0000"}"#,
        ] {
            assert!(is_kept_by_mysql(kept, 0), "{kept}");
        }
        for changed in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"\u0061":3}"#,
            "-0",
            "[18446744073709551616]",
            "[-9223372036854775809]",
            "[123456789.123456789123456789]",
            "[9007199254740993.0]",
            "[1e-400]",
            "[1e400]",
            "[1e99999999999999999999]",
            r#"["\ud83d"]"#,
            r#"{"\udd80 \ud83e":1}"#,
        ] {
            assert!(!is_kept_by_mysql(changed, 0), "{changed}");
        }
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(
            is_kept_by_mysql(&deep(100), 0) && !is_kept_by_mysql(&deep(101), 0) && !is_kept_by_mysql(&deep(100), 1)
        );
        let long = |key: usize| format!(r#"{{"{}":1}}"#, "k".repeat(key));
        assert!(is_kept_by_mysql(&long(65_535), 0) && !is_kept_by_mysql(&long(65_536), 0));
    }
}
