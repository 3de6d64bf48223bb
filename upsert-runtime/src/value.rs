//! One cell on its way to a database.

use std::borrow::Cow;
use std::fmt;

use crate::schema::ColumnType;

/// The value of one cell, in a form that names no date, uuid or decimal crate.
///
/// Text and bytes are borrowed where the row holds them, owned where they have to be made.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// SQL NULL.
    Null,
    /// For [`ColumnType::Bool`].
    Bool(bool),
    /// For [`ColumnType::SmallInt`].
    SmallInt(i16),
    /// For [`ColumnType::Integer`].
    Integer(i32),
    /// For [`ColumnType::BigInt`].
    BigInt(i64),
    /// For [`ColumnType::Real`].
    Real(f32),
    /// For [`ColumnType::Double`].
    Double(f64),
    /// For [`ColumnType::Text`].
    Text(Cow<'a, str>),
    /// For [`ColumnType::Bytes`].
    Bytes(Cow<'a, [u8]>),
    /// For [`ColumnType::Date`]: days since 1970-01-01.
    Date {
        /// Days since 1970-01-01, negative before it.
        days: i32,
    },
    /// For [`ColumnType::Time`]: microseconds since midnight.
    Time {
        /// Microseconds since midnight, from 0 to 86 399 999 999.
        micros: i64,
    },
    /// For [`ColumnType::Timestamp`]: microseconds since 1970-01-01 00:00:00, no zone.
    Timestamp {
        /// Microseconds since 1970-01-01 00:00:00, negative before it.
        micros: i64,
    },
    /// For [`ColumnType::TimestampTz`]: microseconds since 1970-01-01 00:00:00 UTC.
    TimestampTz {
        /// Microseconds since 1970-01-01 00:00:00 UTC, negative before it.
        micros: i64,
    },
    /// For [`ColumnType::Uuid`].
    Uuid([u8; 16]),
    /// For [`ColumnType::Json`]: the document as text.
    Json(Cow<'a, str>),
    /// A Rust value that no column can hold; the call fails, naming row and column.
    Invalid(Invalid),
}

impl Value<'_> {
    /// Bytes that the value takes on its way, for the size of a chunk; 0 for NULL.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Null | Self::Invalid(_) => 0,
            Self::Bool(_) => 1,
            Self::SmallInt(_) => 2,
            Self::Integer(_) | Self::Real(_) | Self::Date { .. } => 4,
            Self::BigInt(_)
            | Self::Double(_)
            | Self::Time { .. }
            | Self::Timestamp { .. }
            | Self::TimestampTz { .. } => 8,
            Self::Uuid(_) => 16,
            Self::Text(text) | Self::Json(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }

    /// Whether a column of this type can take the value.
    #[must_use]
    pub fn fits(&self, column_type: ColumnType) -> bool {
        match self {
            Self::Null | Self::Invalid(_) => true,
            Self::Bool(_) => column_type == ColumnType::Bool,
            Self::SmallInt(_) => column_type == ColumnType::SmallInt,
            Self::Integer(_) => column_type == ColumnType::Integer,
            Self::BigInt(_) => column_type == ColumnType::BigInt,
            Self::Real(_) => column_type == ColumnType::Real,
            Self::Double(_) => column_type == ColumnType::Double,
            Self::Text(_) => column_type == ColumnType::Text,
            Self::Bytes(_) => column_type == ColumnType::Bytes,
            Self::Date { .. } => column_type == ColumnType::Date,
            Self::Time { .. } => column_type == ColumnType::Time,
            Self::Timestamp { .. } => column_type == ColumnType::Timestamp,
            Self::TimestampTz { .. } => column_type == ColumnType::TimestampTz,
            Self::Uuid(_) => column_type == ColumnType::Uuid,
            Self::Json(_) => column_type == ColumnType::Json,
        }
    }
}

/// Shows the kind of the value, never the value: it may end up in a log.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Null => "Null",
            Self::Bool(_) => "Bool",
            Self::SmallInt(_) => "SmallInt",
            Self::Integer(_) => "Integer",
            Self::BigInt(_) => "BigInt",
            Self::Real(_) => "Real",
            Self::Double(_) => "Double",
            Self::Text(_) => "Text",
            Self::Bytes(_) => "Bytes",
            Self::Date { .. } => "Date",
            Self::Time { .. } => "Time",
            Self::Timestamp { .. } => "Timestamp",
            Self::TimestampTz { .. } => "TimestampTz",
            Self::Uuid(_) => "Uuid",
            Self::Json(_) => "Json",
            Self::Invalid(_) => "Invalid",
        };
        write!(f, "{kind}(..)")
    }
}

/// Why a value cannot be stored unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Invalid {
    /// Databases keep microseconds; cutting the rest would change the value.
    FinerThanMicrosecond,
    /// A leap second, which no database can hold.
    LeapSecond,
    /// A date or time outside the range of the database.
    OutOfRange,
    /// Text with a NUL character, which PostgreSQL cannot hold.
    NulInText,
    /// NaN, which SQLite would turn into NULL.
    NotANumber,
    /// Text, bytes or a whole row larger than the database takes.
    TooLarge,
    /// The table's column is of another type than the struct says, and would change the value: round or convert it.
    ChangedByColumn,
    /// NULL in a column that refuses it.
    Null,
    /// A value of another kind than its [`ColumnType`]: a mistake in an implementation of `ColumnValue` or `Rows`.
    WrongKind,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FinerThanMicrosecond => {
                "the time is finer than a microsecond, which databases cannot hold; round it first (chrono: `.trunc_subsecs(6)`)"
            }
            Self::LeapSecond => "a leap second cannot be stored",
            Self::OutOfRange => "the value is outside the range that the database can hold",
            Self::NulInText => "the text holds a NUL character, which PostgreSQL cannot store",
            Self::NotANumber => "NaN cannot be stored in SQLite, which would turn it into NULL",
            Self::TooLarge => "the value is larger than the column takes",
            Self::ChangedByColumn => {
                "the column is of another type in the table than in the struct, and would round or convert the value"
            }
            Self::Null => "the column refuses NULL",
            Self::WrongKind => "the value is of another kind than its column's type says",
        })
    }
}
