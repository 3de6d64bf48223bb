//! What PostgreSQL's `jsonb` keeps of a document.

use std::borrow::Cow;
use std::collections::HashSet;

/// Whether `jsonb` keeps a document whole. Of a repeated key it keeps the last value alone, and a zero loses its sign
/// ("JSON Types" of PostgreSQL's manual; its numbers are `numeric`).
pub(crate) fn is_kept(document: &str) -> bool {
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
        ] {
            assert!(!is_kept(changed), "{changed}");
        }
    }
}
