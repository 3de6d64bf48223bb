//! How much a type holds, by its name: whether one can take the place of another without a loss.

use super::Dialect;

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
    pub(crate) fn of(sql_type: &str, dialect: Dialect) -> Option<Self> {
        let Name { name, numbers, behind } = Name::read(sql_type)?;
        match dialect {
            Dialect::Postgres => on_postgres(&name, &numbers, &behind),
            Dialect::MySql => on_mysql(&name, &numbers, &behind),
            Dialect::Sqlite => None,
        }
    }

    /// Whether it holds all that another type does.
    pub(crate) fn holds(self, other: Self) -> bool {
        /// Bytes of a character, at most.
        const WIDEST: u64 = 4;
        match (self, other) {
            (Self::Integers { min, max }, Self::Integers { min: other_min, max: other_max }) => {
                min <= other_min && max >= other_max
            }
            (Self::Digits { integer, fraction: _ }, Self::Integers { min, max }) => {
                let digits = |number: i128| number.unsigned_abs().checked_ilog10().map_or(1, |log| i64::from(log) + 1);
                integer >= digits(min).max(digits(max))
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
                of == other && digits >= finer
            }
            _ => false,
        }
    }

    /// Whether it holds text.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Characters(_) | Self::TextBytes(_) | Self::AnyText)
    }
}

/// `character varying(20)`, `timestamp(3) without time zone`, `int(11) unsigned` in their parts.
struct Name {
    name: String,
    numbers: Vec<u32>,
    behind: String,
}

impl Name {
    fn read(sql_type: &str) -> Option<Self> {
        let sql_type = sql_type.trim().to_ascii_lowercase();
        let Some((name, rest)) = sql_type.split_once('(') else {
            return Some(Self { name: words(&sql_type), numbers: Vec::new(), behind: String::new() });
        };
        let (numbers, behind) = rest.split_once(')')?;
        let numbers = numbers.split(',').map(|number| number.trim().parse().ok()).collect::<Option<_>>()?;
        Some(Self { name: words(name), numbers, behind: words(behind) })
    }
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn integers(bits: u32) -> Width {
    Width::Integers { min: -(1 << (bits - 1)), max: (1 << (bits - 1)) - 1 }
}

/// Of `numeric(precision, scale)`.
fn digits(precision: u32, scale: u32) -> Width {
    Width::Digits { integer: i64::from(precision) - i64::from(scale), fraction: scale.into() }
}

fn on_postgres(name: &str, numbers: &[u32], behind: &str) -> Option<Width> {
    const FINEST: u32 = 6;
    let seconds = |of| {
        let digits = numbers.first().copied().unwrap_or(FINEST);
        Some(Width::Seconds { of, digits })
    };
    let whole = if behind.is_empty() { name.to_owned() } else { format!("{name} {behind}") };
    match (whole.as_str(), numbers) {
        ("smallint" | "int2", []) => Some(integers(16)),
        ("integer" | "int" | "int4", []) => Some(integers(32)),
        ("bigint" | "int8", []) => Some(integers(64)),
        ("numeric" | "decimal", []) => Some(Width::AnyNumber),
        ("numeric" | "decimal", [precision]) => Some(digits(*precision, 0)),
        ("numeric" | "decimal", [precision, scale]) => Some(digits(*precision, *scale)),
        ("real" | "float4", []) => Some(Width::Float { bits: 24 }),
        ("double precision" | "float8", []) => Some(Width::Float { bits: 53 }),
        ("character varying" | "varchar", [characters]) => Some(Width::Characters((*characters).into())),
        ("character varying" | "varchar" | "text", []) => Some(Width::AnyText),
        ("bytea", []) => Some(Width::AnyBytes),
        ("timestamp" | "timestamp without time zone", _) => seconds(Time::Local),
        ("timestamptz" | "timestamp with time zone", _) => seconds(Time::Instant),
        ("time" | "time without time zone", _) => seconds(Time::OfDay),
        _ => None,
    }
}

fn on_mysql(name: &str, numbers: &[u32], behind: &str) -> Option<Width> {
    // The number behind an integer's name is for displays.
    let bits = match name.split(' ').next().unwrap_or(name) {
        "tinyint" | "boolean" | "bool" => 8,
        "smallint" => 16,
        "mediumint" => 24,
        "int" | "integer" => 32,
        "bigint" => 64,
        _ => 0,
    };
    if bits > 0 {
        let is_unsigned = name.ends_with(" unsigned") || behind.starts_with("unsigned");
        return Some(if is_unsigned { Width::Integers { min: 0, max: (1 << bits) - 1 } } else { integers(bits) });
    }
    if !behind.is_empty() {
        return None;
    }
    let seconds = |of| Some(Width::Seconds { of, digits: numbers.first().copied().unwrap_or(0) });
    match (name, numbers) {
        ("decimal" | "numeric", []) => Some(digits(10, 0)),
        ("decimal" | "numeric", [precision]) => Some(digits(*precision, 0)),
        ("decimal" | "numeric", [precision, scale]) => Some(digits(*precision, *scale)),
        ("float", []) => Some(Width::Float { bits: 24 }),
        ("double", []) => Some(Width::Float { bits: 53 }),
        ("varchar", [characters]) => Some(Width::Characters((*characters).into())),
        ("tinytext", _) => Some(Width::TextBytes(0xFF)),
        ("text", []) => Some(Width::TextBytes(0xFFFF)),
        ("mediumtext", _) => Some(Width::TextBytes(0xFF_FFFF)),
        ("longtext", _) => Some(Width::AnyText),
        ("varbinary", [bytes]) => Some(Width::Bytes((*bytes).into())),
        ("tinyblob", _) => Some(Width::Bytes(0xFF)),
        ("blob", []) => Some(Width::Bytes(0xFFFF)),
        ("mediumblob", _) => Some(Width::Bytes(0xFF_FFFF)),
        ("longblob", _) => Some(Width::AnyBytes),
        ("datetime", _) => seconds(Time::Local),
        ("time", _) => seconds(Time::OfDay),
        _ => None,
    }
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
