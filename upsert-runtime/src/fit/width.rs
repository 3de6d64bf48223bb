//! How much a type holds, by its name: whether one can take the place of another without a loss.

use crate::sql::Dialect;

/// What a column type holds, as far as its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Integers {
        min: i128,
        max: i128,
    },
    /// Numbers of so many digits before the point, and behind it.
    Digits {
        integer: i64,
        fraction: i64,
    },
    AnyNumber,
    /// Floats with so many bits of precision.
    Float {
        bits: u32,
    },
    /// Texts of so many characters.
    Characters(u64),
    /// Texts of so many bytes.
    TextBytes(u64),
    AnyText,
    Bytes(u64),
    AnyBytes,
    /// Times of one kind, with so many digits of a second.
    Seconds {
        of: Time,
        digits: u32,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    OfDay,
    Local,
    Instant,
}

impl Width {
    /// Of a type as the database, or whoever wrote `sql_type`, calls it; `None` of one that nothing is known of. On SQLite, types
    /// have no widths.
    pub(crate) const fn of(sql_type: &str, dialect: Dialect) -> Option<Self> {
        let Some(name) = Name::read(sql_type) else { return None };
        match dialect {
            Dialect::Postgres => on_postgres(&name),
            Dialect::MySql => on_mysql(&name),
            Dialect::Sqlite => None,
        }
    }

    /// Whether it holds all that another type does.
    pub(crate) const fn holds(self, other: Self) -> bool {
        /// Bytes of a character, at most.
        const WIDEST: u64 = 4;
        match (self, other) {
            (Self::Integers { min, max }, Self::Integers { min: other_min, max: other_max }) => {
                min <= other_min && max >= other_max
            }
            (Self::Digits { integer, fraction: _ }, Self::Integers { min, max }) => {
                integer >= digits_of(min) && integer >= digits_of(max)
            }
            (Self::Digits { integer, fraction }, Self::Digits { integer: other, fraction: finer }) => {
                integer >= other && fraction >= finer
            }
            (Self::Float { bits }, Self::Float { bits: other }) => bits >= other,
            (Self::AnyNumber, Self::Integers { .. } | Self::Digits { .. } | Self::AnyNumber)
            | (Self::AnyText, Self::AnyText | Self::Characters(_) | Self::TextBytes(_))
            | (Self::AnyBytes, Self::AnyBytes | Self::Bytes(_)) => true,
            (Self::Characters(most), Self::Characters(other) | Self::TextBytes(other))
            | (Self::TextBytes(most), Self::TextBytes(other))
            | (Self::Bytes(most), Self::Bytes(other)) => most >= other,
            (Self::TextBytes(most), Self::Characters(other)) => most >= WIDEST.saturating_mul(other),
            (Self::Seconds { of, digits }, Self::Seconds { of: other, digits: finer }) => {
                matches!(
                    (of, other),
                    (Time::OfDay, Time::OfDay) | (Time::Local, Time::Local) | (Time::Instant, Time::Instant)
                ) && digits >= finer
            }
            _ => false,
        }
    }

    /// Whether it holds text.
    pub(crate) const fn is_text(self) -> bool {
        matches!(self, Self::Characters(_) | Self::TextBytes(_) | Self::AnyText)
    }
}

const fn digits_of(number: i128) -> i64 {
    match number.unsigned_abs().checked_ilog10() {
        Some(log) => widened(log) + 1,
        None => 1,
    }
}

/// Widening, which a const function can do in no other way.
const fn widened(number: u32) -> i64 {
    number as i64
}

/// `character varying(20)`, `timestamp(3) without time zone`, `int(11) unsigned` in their parts.
struct Name {
    /// What stands before the numbers.
    name: Words,
    /// What stands around them.
    whole: Words,
    numbers: [u32; 2],
    count: usize,
    behind: Words,
}

impl Name {
    const fn read(sql_type: &str) -> Option<Self> {
        let bytes = sql_type.as_bytes();
        let (mut open, mut close) = (bytes.len(), bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] == b'(' && open == bytes.len() {
                open = at;
            } else if bytes[at] == b')' && open < at && close == bytes.len() {
                close = at;
            }
            at += 1;
        }
        let name = Words::NONE.and(bytes.split_at(open).0);
        if open == bytes.len() {
            let (numbers, behind) = ([0; 2], Words::NONE);
            return Some(Self { name, whole: name, numbers, count: 0, behind });
        }
        if close == bytes.len() {
            return None;
        }
        let Some((numbers, count)) = numbers_in(bytes.split_at(close).0.split_at(open + 1).1) else { return None };
        let rest = bytes.split_at(close + 1).1;
        Some(Self { name, whole: name.and(b" ").and(rest), numbers, count, behind: Words::NONE.and(rest) })
    }

    const fn numbers(&self) -> &[u32] {
        self.numbers.split_at(self.count).0
    }
}

/// One number, or two with a comma between them.
const fn numbers_in(bytes: &[u8]) -> Option<([u32; 2], usize)> {
    let (mut numbers, mut number) = ([0_u32; 2], 0);
    // Blanks may stand around a number, and none in it.
    let (mut has_digits, mut has_ended) = (false, false);
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            digit @ b'0'..=b'9' if !has_ended => {
                let Some(tens) = numbers[number].checked_mul(10) else { return None };
                let Some(more) = tens.checked_add((digit - b'0') as u32) else { return None };
                numbers[number] = more;
                has_digits = true;
            }
            b',' if has_digits && number == 0 => {
                number = 1;
                (has_digits, has_ended) = (false, false);
            }
            blank if blank.is_ascii_whitespace() => has_ended = has_digits,
            _ => return None,
        }
        at += 1;
    }
    if has_digits { Some((numbers, number + 1)) } else { None }
}

/// Words in small letters, with a blank between each two.
#[derive(Clone, Copy)]
struct Words {
    bytes: [u8; 40],
    len: usize,
}

impl Words {
    const NONE: Self = Self { bytes: [0; 40], len: 0 };

    /// With more of them; what is longer than all that are known is none of them, however it is cut.
    const fn and(mut self, text: &[u8]) -> Self {
        let mut is_behind_blank = false;
        let mut at = 0;
        while at < text.len() {
            if text[at].is_ascii_whitespace() {
                is_behind_blank = true;
            } else {
                if is_behind_blank && self.len > 0 {
                    self = self.with(b' ');
                }
                is_behind_blank = false;
                self = self.with(text[at].to_ascii_lowercase());
            }
            at += 1;
        }
        self
    }

    const fn with(mut self, byte: u8) -> Self {
        if self.len < self.bytes.len() {
            self.bytes[self.len] = byte;
            self.len += 1;
        }
        self
    }

    const fn is(&self, name: &str) -> bool {
        self.len == name.len() && self.begins_with(name)
    }

    const fn begins_with(&self, name: &str) -> bool {
        let name = name.as_bytes();
        let mut at = 0;
        while at < name.len() {
            if at >= self.len || self.bytes[at] != name[at] {
                return false;
            }
            at += 1;
        }
        true
    }

    const fn has_word(&self, word: &str) -> bool {
        let mut start = 0;
        while start < self.len {
            let mut rest = Self::NONE;
            while start + rest.len < self.len && self.bytes[start + rest.len] != b' ' {
                rest = rest.with(self.bytes[start + rest.len]);
            }
            if rest.is(word) {
                return true;
            }
            start += rest.len + 1;
        }
        false
    }
}

/// What is meant by a name, without its numbers.
#[derive(Clone, Copy)]
enum Family {
    Integers(u32),
    Digits,
    Float(u32),
    Characters,
    TextBytes(u64),
    AnyText,
    BytesOfLength,
    Bytes(u64),
    AnyBytes,
    Seconds(Time),
}

const fn family(name: &Words, known: &[(&str, Family)]) -> Option<Family> {
    let mut at = 0;
    while at < known.len() {
        if name.is(known[at].0) {
            return Some(known[at].1);
        }
        at += 1;
    }
    None
}

const fn integers(bits: u32) -> Width {
    Width::Integers { min: -(1 << (bits - 1)), max: (1 << (bits - 1)) - 1 }
}

/// Of `numeric(precision, scale)`.
const fn digits(precision: u32, scale: u32) -> Width {
    Width::Digits { integer: widened(precision) - widened(scale), fraction: widened(scale) }
}

const fn on_postgres(read: &Name) -> Option<Width> {
    const KNOWN: [(&str, Family); 23] = [
        ("smallint", Family::Integers(16)),
        ("int2", Family::Integers(16)),
        ("integer", Family::Integers(32)),
        ("int", Family::Integers(32)),
        ("int4", Family::Integers(32)),
        ("bigint", Family::Integers(64)),
        ("int8", Family::Integers(64)),
        ("numeric", Family::Digits),
        ("decimal", Family::Digits),
        ("real", Family::Float(24)),
        ("float4", Family::Float(24)),
        ("double precision", Family::Float(53)),
        ("float8", Family::Float(53)),
        ("character varying", Family::Characters),
        ("varchar", Family::Characters),
        ("text", Family::AnyText),
        ("bytea", Family::AnyBytes),
        ("timestamp", Family::Seconds(Time::Local)),
        ("timestamp without time zone", Family::Seconds(Time::Local)),
        ("timestamptz", Family::Seconds(Time::Instant)),
        ("timestamp with time zone", Family::Seconds(Time::Instant)),
        ("time", Family::Seconds(Time::OfDay)),
        ("time without time zone", Family::Seconds(Time::OfDay)),
    ];
    const FINEST: u32 = 6;
    let Some(family) = family(&read.whole, &KNOWN) else { return None };
    Some(match (family, read.numbers()) {
        (Family::Integers(bits), []) => integers(bits),
        (Family::Digits, []) => Width::AnyNumber,
        (Family::Digits, [precision]) => digits(*precision, 0),
        (Family::Digits, [precision, scale]) => digits(*precision, *scale),
        (Family::Float(bits), []) => Width::Float { bits },
        (Family::Characters, [characters]) => Width::Characters(*characters as u64),
        (Family::Characters | Family::AnyText, []) => Width::AnyText,
        (Family::AnyBytes, []) => Width::AnyBytes,
        (Family::Seconds(of), []) => Width::Seconds { of, digits: FINEST },
        (Family::Seconds(of), [digits]) => Width::Seconds { of, digits: *digits },
        _ => return None,
    })
}

const fn on_mysql(read: &Name) -> Option<Width> {
    const KNOWN: [(&str, Family); 16] = [
        ("decimal", Family::Digits),
        ("numeric", Family::Digits),
        ("float", Family::Float(24)),
        ("double", Family::Float(53)),
        ("varchar", Family::Characters),
        ("tinytext", Family::TextBytes(0xFF)),
        ("text", Family::TextBytes(0xFFFF)),
        ("mediumtext", Family::TextBytes(0xFF_FFFF)),
        ("longtext", Family::AnyText),
        ("varbinary", Family::BytesOfLength),
        ("tinyblob", Family::Bytes(0xFF)),
        ("blob", Family::Bytes(0xFFFF)),
        ("mediumblob", Family::Bytes(0xFF_FFFF)),
        ("longblob", Family::AnyBytes),
        ("datetime", Family::Seconds(Time::Local)),
        ("time", Family::Seconds(Time::OfDay)),
    ];
    // The number behind an integer's name is for displays.
    let bits = bits_on_mysql(&read.name);
    if bits > 0 {
        let is_unsigned = read.name.has_word("unsigned") || read.behind.begins_with("unsigned");
        return Some(if is_unsigned { Width::Integers { min: 0, max: (1 << bits) - 1 } } else { integers(bits) });
    }
    let (true, Some(family)) = (read.behind.len == 0, family(&read.name, &KNOWN)) else { return None };
    Some(match (family, read.numbers()) {
        (Family::Digits, []) => digits(10, 0),
        (Family::Digits, [precision]) => digits(*precision, 0),
        (Family::Digits, [precision, scale]) => digits(*precision, *scale),
        (Family::Float(bits), []) => Width::Float { bits },
        (Family::Characters, [characters]) => Width::Characters(*characters as u64),
        (Family::TextBytes(most), []) => Width::TextBytes(most),
        (Family::AnyText, []) => Width::AnyText,
        (Family::BytesOfLength, [bytes]) => Width::Bytes(*bytes as u64),
        (Family::Bytes(most), []) => Width::Bytes(most),
        (Family::AnyBytes, []) => Width::AnyBytes,
        (Family::Seconds(of), []) => Width::Seconds { of, digits: 0 },
        (Family::Seconds(of), [digits]) => Width::Seconds { of, digits: *digits },
        _ => return None,
    })
}

/// Bits of an integer, whatever stands behind its name; 0 of what is none.
const fn bits_on_mysql(name: &Words) -> u32 {
    const KNOWN: [(&str, u32); 8] = [
        ("tinyint", 8),
        ("boolean", 8),
        ("bool", 8),
        ("smallint", 16),
        ("mediumint", 24),
        ("int", 32),
        ("integer", 32),
        ("bigint", 64),
    ];
    let mut at = 0;
    while at < KNOWN.len() {
        let (known, bits) = KNOWN[at];
        if name.is(known) || name.begins_with(known) && name.bytes[known.len()] == b' ' {
            return bits;
        }
        at += 1;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widens(dialect: Dialect, from: &str, to: &str) -> bool {
        let of = |name| Width::of(name, dialect);
        let (Some(from), Some(to)) = (of(from), of(to)) else { return false };
        to.holds(from) && !from.holds(to)
    }

    #[test]
    fn a_type_widens_another_that_it_holds_whole() {
        for (from, to) in [
            ("smallint", "integer"),
            ("integer", "bigint"),
            ("bigint", "numeric(20, 0)"),
            ("bigint", "numeric"),
            ("numeric(10,2)", "numeric(12, 3)"),
            ("numeric(10,2)", "numeric"),
            ("real", "double precision"),
            ("character varying(20)", "varchar(21)"),
            ("character varying(20)", "text"),
            ("timestamp(3) without time zone", "timestamp without time zone"),
            ("time(0) without time zone", "time"),
        ] {
            assert!(widens(Dialect::Postgres, from, to), "{from} to {to}");
            assert!(!widens(Dialect::Postgres, to, from), "{to} to {from}");
        }
        for (from, to) in [
            ("tinyint(1)", "smallint"),
            ("int(11)", "bigint"),
            ("int(10) unsigned", "bigint"),
            ("int unsigned", "bigint unsigned"),
            ("decimal(10,2)", "decimal(11, 2)"),
            ("float", "double"),
            ("varchar(20)", "varchar(21)"),
            ("varchar(20)", "longtext"),
            ("varchar(16000)", "text"),
            ("text", "longtext"),
            ("varbinary(16)", "longblob"),
            ("datetime", "datetime(6)"),
            ("time(3)", "time(6)"),
        ] {
            assert!(widens(Dialect::MySql, from, to), "{from} to {to}");
            assert!(!widens(Dialect::MySql, to, from), "{to} to {from}");
        }
    }

    #[test]
    fn what_would_lose_something_widens_nothing() {
        for (from, to) in [
            ("integer", "integer"),
            ("numeric(10,2)", "bigint"),
            ("numeric(10,2)", "numeric(12, 1)"),
            ("numeric(10,2)", "numeric(11, 4)"),
            ("numeric(5,0)", "bigint"),
            ("bigint", "numeric(18, 0)"),
            ("integer", "double precision"),
            ("character(20)", "text"),
            ("integer", "text"),
            ("timestamp(3) with time zone", "timestamp without time zone"),
            ("mood", "text"),
        ] {
            assert!(!widens(Dialect::Postgres, from, to), "{from} to {to}");
        }
        for (from, to) in [
            ("bigint unsigned", "bigint"),
            ("int", "bigint unsigned"),
            ("varchar(20000)", "text"),
            ("text", "varchar(16000)"),
            ("float(7,2)", "double"),
            ("decimal(10,2) unsigned", "decimal(12,2)"),
            ("enum('a')", "longtext"),
            ("timestamp", "datetime(6)"),
        ] {
            assert!(!widens(Dialect::MySql, from, to), "{from} to {to}");
        }
    }
}
