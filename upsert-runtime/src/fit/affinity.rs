//! What a column of SQLite is for, by its declared type.

use super::name::begins_with_ignoring_case;
use crate::schema::ColumnType;

/// By the rules of type affinity ("Datatypes In SQLite", section 3.1).
#[derive(Clone, Copy)]
pub(crate) enum Affinity {
    /// None, as SQLite has it for BLOB too.
    Any,
    Blob,
    Text,
    Integer,
    Numeric,
    Real,
}

impl Affinity {
    /// Of a declared type. `ANY` takes everything as it is in a STRICT table, and is no type that others know.
    pub(crate) const fn of(declared: &str, strict: bool) -> Self {
        if has(declared, "INT") {
            Self::Integer
        } else if has(declared, "CHAR") || has(declared, "CLOB") || has(declared, "TEXT") {
            Self::Text
        } else if has(declared, "BLOB") {
            Self::Blob
        } else if declared.is_empty() || (strict && declared.len() == "ANY".len() && has(declared, "ANY")) {
            Self::Any
        } else if has(declared, "REAL") || has(declared, "FLOA") || has(declared, "DOUB") {
            Self::Real
        } else {
            Self::Numeric
        }
    }

    /// Whether values of the kind that is sent are what such a column is for, and stay what they are. An instant, which is
    /// text, would stand beside the integers of a Unix time, and be no key of theirs. What a STRICT table or a rowid refuses
    /// ("STRICT Tables", section 2) is among the rest.
    pub(crate) const fn is_of(self, sent: ColumnType) -> bool {
        match sent {
            ColumnType::SmallInt
            | ColumnType::Integer
            | ColumnType::BigInt
            | ColumnType::UnsignedBigInt
            | ColumnType::HugeInt
            | ColumnType::UnsignedHugeInt
            | ColumnType::Duration => !matches!(self, Self::Blob),
            ColumnType::Bool => matches!(self, Self::Any | Self::Integer | Self::Numeric),
            // 15 digits of them would be made text.
            ColumnType::Real | ColumnType::Double => matches!(self, Self::Any | Self::Numeric | Self::Real),
            // They would be made floats.
            ColumnType::Decimal => matches!(self, Self::Any | Self::Text),
            // What is declared as DATE, JSON or STRING is numeric.
            ColumnType::Text
            | ColumnType::Json
            | ColumnType::Array(_)
            | ColumnType::Inet
            | ColumnType::Date
            | ColumnType::Time
            | ColumnType::Timestamp
            | ColumnType::TimestampTz => matches!(self, Self::Any | Self::Text | Self::Numeric),
            ColumnType::Uuid => matches!(self, Self::Any | Self::Blob | Self::Numeric | Self::Text),
            ColumnType::Bytes => matches!(self, Self::Any | Self::Blob | Self::Numeric),
        }
    }
}

/// Whether a declared type has a word in it, in letters of any case.
const fn has(declared: &str, word: &str) -> bool {
    let mut rest = declared.as_bytes();
    while rest.len() >= word.len() {
        if begins_with_ignoring_case(rest, word.as_bytes()) {
            return true;
        }
        rest = rest.split_at(1).1;
    }
    false
}
