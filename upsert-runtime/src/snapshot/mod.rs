//! What a table that is there is like, as a struct is held against it where it is compiled.
//!
//! `cargo upsert snapshot` writes one file for each table, and `#[upsert(snapshot)]` reads it. Which values a column takes is found
//! out when the snapshot is taken, by the same judges that a call asks; so the file says it in our own words, and the compiler
//! only compares.

mod compared;
mod text;

pub use self::compared::{InSnapshot, Wanting};
pub(crate) use self::compared::{broken_by_group, broken_by_rest};
use crate::plan::Keeps;
use crate::schema::ColumnType;
use crate::sql::Dialect;

/// A table that is there. Its `Display` is the text of the file that `#[upsert(snapshot)]` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableSnapshot {
    /// The database that it is in.
    pub dialect: Dialect,
    /// Its schema (PostgreSQL), database (MySQL) or attached database (SQLite).
    pub schema: String,
    /// Its name, unquoted.
    pub table: String,
    /// Its columns, in the order of their names.
    pub columns: Vec<ColumnSnapshot>,
    /// The columns of each key by which rows can be found, in the order of their names; `None` of a view, whose keys nobody tells.
    pub keys: Option<Vec<Vec<String>>>,
}

impl TableSnapshot {
    pub(crate) fn new(
        dialect: Dialect,
        schema: String,
        table: &str,
        mut columns: Vec<ColumnSnapshot>,
        keys: Option<Vec<Vec<String>>>,
    ) -> Self {
        columns.sort_by(|left, right| left.name.cmp(&right.name));
        let keys = keys.map(|mut keys| {
            keys.iter_mut().for_each(|key| key.sort());
            keys.sort();
            keys.dedup();
            keys
        });
        Self { dialect, schema, table: table.to_owned(), columns, keys }
    }
}

/// A column of a [`TableSnapshot`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColumnSnapshot {
    /// Its name, unquoted.
    pub name: String,
    /// Its type, as the database writes it.
    pub sql_type: String,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether something fills it where a row does not: a default, an identity, a trigger.
    pub filled: bool,
    /// Whether the database computes it, and takes no value.
    pub generated: bool,
    /// The most characters of a text, or bytes.
    pub max_len: Option<u64>,
    /// The texts of an enum; empty of any other type.
    pub labels: Vec<String>,
    /// The texts that a `CHECK` allows a column of PostgreSQL or SQLite, if it has the form that an enum's has: `CHECK (state IN
    /// ('new', 'old'))`; empty of any other. On MySQL an enum is a type.
    pub checked: Vec<String>,
    /// Kinds whose values are all kept.
    pub takes: Vec<ColumnType>,
    /// Kinds of which some values are kept, and others refused.
    pub takes_some: Vec<ColumnType>,
}

impl ColumnSnapshot {
    /// A column of which it is asked, for each kind of value, what it keeps.
    pub(crate) fn new(name: &str, sql_type: &str, keeps: impl Fn(ColumnType) -> Option<Keeps>) -> Self {
        let mut column = Self {
            name: name.to_owned(),
            sql_type: sql_type.to_owned(),
            nullable: false,
            filled: false,
            generated: false,
            max_len: None,
            labels: Vec::new(),
            checked: Vec::new(),
            takes: Vec::new(),
            takes_some: Vec::new(),
        };
        for kind in KINDS.into_iter().chain(ARRAYS) {
            let Some(keeps) = keeps(kind) else { continue };
            match &keeps {
                Keeps::Characters(most) | Keeps::Bytes(most)
                    if matches!(kind, ColumnType::Text | ColumnType::Bytes) =>
                {
                    column.max_len = u64::try_from(*most).ok();
                }
                Keeps::Labels(labels) => column.labels.clone_from(labels),
                _ => {}
            }
            if is_whole(kind, &keeps) {
                column.takes.push(kind);
            } else {
                column.takes_some.push(kind);
            }
        }
        column
    }

    pub(crate) fn nullable(self, nullable: bool) -> Self {
        Self { nullable, ..self }
    }

    pub(crate) fn filled(self, filled: bool) -> Self {
        Self { filled, ..self }
    }

    pub(crate) fn checked(self, checked: Option<Vec<String>>) -> Self {
        Self { checked: checked.unwrap_or_default(), ..self }
    }

    pub(crate) fn generated(self, generated: bool) -> Self {
        Self { generated, ..self }
    }
}

/// Whether all values of a kind are kept, lengths and labels aside, of which a struct can say its own.
fn is_whole(kind: ColumnType, keeps: &Keeps) -> bool {
    match keeps {
        Keeps::All
        | Keeps::DistinctKeys
        | Keeps::JsonOfMySql
        | Keeps::Nothing
        | Keeps::Labels(_)
        | Keeps::Characters(_)
        | Keeps::Bytes(_) => true,
        Keeps::Integers { min, max } => kind.integers().is_some_and(|(least, most)| *min <= least && *max >= most),
        Keeps::IntegersOfFloat { bits } => {
            kind.integers().is_some_and(|(least, most)| least >= -(1 << bits) && most <= 1 << bits)
        }
        Keeps::Digits { integer, fraction: _ } => kind.integers().is_some_and(|(least, most)| {
            let digits = |number: i128| number.unsigned_abs().checked_ilog10().map_or(1, |log| i64::from(log) + 1);
            *integer >= digits(least).max(digits(most))
        }),
        Keeps::AllCharacters(_)
        | Keeps::NoBlankAtEnd(_)
        | Keeps::AllBytes(_)
        | Keeps::Micros { .. }
        | Keeps::NoNumbers => false,
    }
}

/// Every kind of value but arrays.
const KINDS: [ColumnType; 20] = [
    ColumnType::Bool,
    ColumnType::SmallInt,
    ColumnType::Integer,
    ColumnType::BigInt,
    ColumnType::UnsignedBigInt,
    ColumnType::HugeInt,
    ColumnType::UnsignedHugeInt,
    ColumnType::Real,
    ColumnType::Double,
    ColumnType::Decimal,
    ColumnType::Text,
    ColumnType::Bytes,
    ColumnType::Date,
    ColumnType::Time,
    ColumnType::Timestamp,
    ColumnType::TimestampTz,
    ColumnType::Duration,
    ColumnType::Uuid,
    ColumnType::Inet,
    ColumnType::Json,
];

/// Arrays of each.
const ARRAYS: [ColumnType; 20] = [
    ColumnType::Array(&ColumnType::Bool),
    ColumnType::Array(&ColumnType::SmallInt),
    ColumnType::Array(&ColumnType::Integer),
    ColumnType::Array(&ColumnType::BigInt),
    ColumnType::Array(&ColumnType::UnsignedBigInt),
    ColumnType::Array(&ColumnType::HugeInt),
    ColumnType::Array(&ColumnType::UnsignedHugeInt),
    ColumnType::Array(&ColumnType::Real),
    ColumnType::Array(&ColumnType::Double),
    ColumnType::Array(&ColumnType::Decimal),
    ColumnType::Array(&ColumnType::Text),
    ColumnType::Array(&ColumnType::Bytes),
    ColumnType::Array(&ColumnType::Date),
    ColumnType::Array(&ColumnType::Time),
    ColumnType::Array(&ColumnType::Timestamp),
    ColumnType::Array(&ColumnType::TimestampTz),
    ColumnType::Array(&ColumnType::Duration),
    ColumnType::Array(&ColumnType::Uuid),
    ColumnType::Array(&ColumnType::Inet),
    ColumnType::Array(&ColumnType::Json),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A kind that is new is added here.
    #[test]
    fn every_kind_is_asked_about() {
        for (kind, array) in KINDS.into_iter().zip(ARRAYS) {
            assert!(matches!(array, ColumnType::Array(element) if *element == kind), "{kind:?}");
            match kind {
                ColumnType::Bool
                | ColumnType::SmallInt
                | ColumnType::Integer
                | ColumnType::BigInt
                | ColumnType::UnsignedBigInt
                | ColumnType::HugeInt
                | ColumnType::UnsignedHugeInt
                | ColumnType::Real
                | ColumnType::Double
                | ColumnType::Decimal
                | ColumnType::Text
                | ColumnType::Bytes
                | ColumnType::Date
                | ColumnType::Time
                | ColumnType::Timestamp
                | ColumnType::TimestampTz
                | ColumnType::Duration
                | ColumnType::Uuid
                | ColumnType::Inet
                | ColumnType::Json => {}
                ColumnType::Array(_) => unreachable!("arrays have a list of their own"),
            }
        }
    }

    #[test]
    fn what_a_column_takes_is_told_apart_from_what_it_takes_some_of() {
        let integer = ColumnSnapshot::new("n", "integer", |kind| {
            kind.integers().map(|_| Keeps::Integers { min: i32::MIN.into(), max: i32::MAX.into() })
        });
        assert_eq!(integer.takes, [ColumnType::SmallInt, ColumnType::Integer]);
        let large = [ColumnType::BigInt, ColumnType::UnsignedBigInt, ColumnType::HugeInt, ColumnType::UnsignedHugeInt];
        assert_eq!(integer.takes_some, large.into_iter().chain([ColumnType::Duration]).collect::<Vec<_>>());
        let float = |bits| {
            ColumnSnapshot::new("n", "float", move |kind| kind.integers().map(|_| Keeps::IntegersOfFloat { bits }))
        };
        assert_eq!(float(53).takes, [ColumnType::SmallInt, ColumnType::Integer]);
        assert_eq!(float(24).takes, [ColumnType::SmallInt]);
        let text =
            ColumnSnapshot::new("t", "varchar(9)", |kind| (kind == ColumnType::Text).then_some(Keeps::Characters(9)));
        assert_eq!((text.max_len, text.takes), (Some(9), vec![ColumnType::Text]));
    }
}
