//! One cell on its way to a database.

mod decimal;
mod document;
pub(crate) mod json;
pub(crate) mod jsonb;
pub(crate) mod order;
pub(crate) mod read;
pub(crate) mod text;

use std::borrow::Cow;
use std::net::IpAddr;
use std::{fmt, mem};

use crate::schema::ColumnType;

pub use decimal::Decimal;

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
    /// For [`ColumnType::UnsignedBigInt`].
    UnsignedBigInt(u64),
    /// For [`ColumnType::HugeInt`].
    HugeInt(i128),
    /// For [`ColumnType::UnsignedHugeInt`].
    UnsignedHugeInt(u128),
    /// For [`ColumnType::Real`].
    Real(f32),
    /// For [`ColumnType::Double`].
    Double(f64),
    /// For [`ColumnType::Decimal`].
    Decimal(Decimal<'a>),
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
    /// For [`ColumnType::Duration`]: microseconds.
    Duration {
        /// Microseconds, negative for a span of time that goes back.
        micros: i64,
    },
    /// For [`ColumnType::Uuid`].
    Uuid([u8; 16]),
    /// For [`ColumnType::Inet`].
    Inet(IpAddr),
    /// For [`ColumnType::Json`]: the document as text.
    Json(Cow<'a, str>),
    /// For [`ColumnType::Array`]: its elements, each a value of the array's type or NULL.
    Array(Vec<Value<'a>>),
    /// A Rust value that no column can hold; the call fails, naming row and column.
    Invalid(Invalid),
}

impl Value<'_> {
    /// Bytes that the value takes on its way, for the size of a chunk; 0 for NULL.
    #[must_use]
    #[inline(always)]
    pub fn size(&self) -> usize {
        match self {
            Self::Null | Self::Invalid(_) => 0,
            Self::Bool(_) => 1,
            Self::SmallInt(_) => 2,
            Self::Integer(_) | Self::Real(_) | Self::Date { .. } => 4,
            Self::BigInt(_)
            | Self::UnsignedBigInt(_)
            | Self::Double(_)
            | Self::Time { .. }
            | Self::Timestamp { .. }
            | Self::TimestampTz { .. }
            | Self::Duration { .. }
            | Self::Inet(IpAddr::V4(_)) => 8,
            Self::HugeInt(_) | Self::UnsignedHugeInt(_) | Self::Uuid(_) => 16,
            Self::Inet(IpAddr::V6(_)) => 20,
            Self::Decimal(decimal) => decimal.size(),
            Self::Text(text) | Self::Json(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Array(elements) => sizes(elements),
        }
    }

    /// Drops it. To find out that there is nothing to drop takes a call, and of a billion cells that is felt: of the kinds that are
    /// usual in tables it is known here.
    #[inline(always)]
    pub(crate) fn discard(self) {
        let owns_nothing = matches!(
            self,
            Self::Null
                | Self::Bool(_)
                | Self::SmallInt(_)
                | Self::Integer(_)
                | Self::BigInt(_)
                | Self::Double(_)
                | Self::Text(Cow::Borrowed(_))
                | Self::Date { .. }
                | Self::Time { .. }
                | Self::Timestamp { .. }
                | Self::TimestampTz { .. }
                | Self::Uuid(_)
        );
        if owns_nothing {
            mem::forget(self);
        }
    }

    /// The size of a value that is not needed any more.
    #[inline(always)]
    pub(crate) fn into_size(self) -> usize {
        let size = self.size();
        self.discard();
        size
    }

    /// Appends the value as JSON, in the form that elements of arrays have where a database has no arrays: dates, UUIDs, decimals
    /// and integers of more than 64 bits as strings, bytes in hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`Invalid::NotJson`] for what JSON does not have (NaN and infinity), and the reason of what is invalid.
    pub fn write_json(&self, out: &mut String) -> Result<(), Invalid> {
        json::push(out, self)
    }

    /// The same value, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::SmallInt(value) => Value::SmallInt(value),
            Self::Integer(value) => Value::Integer(value),
            Self::BigInt(value) => Value::BigInt(value),
            Self::UnsignedBigInt(value) => Value::UnsignedBigInt(value),
            Self::HugeInt(value) => Value::HugeInt(value),
            Self::UnsignedHugeInt(value) => Value::UnsignedHugeInt(value),
            Self::Real(value) => Value::Real(value),
            Self::Double(value) => Value::Double(value),
            Self::Decimal(decimal) => Value::Decimal(decimal.into_owned()),
            Self::Text(text) => Value::Text(text.into_owned().into()),
            Self::Bytes(bytes) => Value::Bytes(bytes.into_owned().into()),
            Self::Date { days } => Value::Date { days },
            Self::Time { micros } => Value::Time { micros },
            Self::Timestamp { micros } => Value::Timestamp { micros },
            Self::TimestampTz { micros } => Value::TimestampTz { micros },
            Self::Duration { micros } => Value::Duration { micros },
            Self::Uuid(bytes) => Value::Uuid(bytes),
            Self::Inet(address) => Value::Inet(address),
            Self::Json(document) => Value::Json(document.into_owned().into()),
            Self::Array(elements) => Value::Array(elements.into_iter().map(Value::into_owned).collect()),
            Self::Invalid(invalid) => Value::Invalid(invalid),
        }
    }

    /// Whether a column of this type can take the value.
    #[must_use]
    #[inline(always)]
    pub fn fits(&self, column_type: ColumnType) -> bool {
        match self {
            Self::Null | Self::Invalid(_) => true,
            Self::Bool(_) => column_type == ColumnType::Bool,
            Self::SmallInt(_) => column_type == ColumnType::SmallInt,
            Self::Integer(_) => column_type == ColumnType::Integer,
            Self::BigInt(_) => column_type == ColumnType::BigInt,
            Self::UnsignedBigInt(_) => column_type == ColumnType::UnsignedBigInt,
            Self::HugeInt(_) => column_type == ColumnType::HugeInt,
            Self::UnsignedHugeInt(_) => column_type == ColumnType::UnsignedHugeInt,
            Self::Real(_) => column_type == ColumnType::Real,
            Self::Double(_) => column_type == ColumnType::Double,
            Self::Decimal(_) => column_type == ColumnType::Decimal,
            Self::Text(_) => column_type == ColumnType::Text,
            Self::Bytes(_) => column_type == ColumnType::Bytes,
            Self::Date { .. } => column_type == ColumnType::Date,
            Self::Time { .. } => column_type == ColumnType::Time,
            Self::Timestamp { .. } => column_type == ColumnType::Timestamp,
            Self::TimestampTz { .. } => column_type == ColumnType::TimestampTz,
            Self::Duration { .. } => column_type == ColumnType::Duration,
            Self::Uuid(_) => column_type == ColumnType::Uuid,
            Self::Inet(_) => column_type == ColumnType::Inet,
            Self::Json(_) => column_type == ColumnType::Json,
            Self::Array(elements) => all_fit(elements, column_type),
        }
    }
}

impl Value<'_> {
    /// The name of its kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "Null",
            Self::Bool(_) => "Bool",
            Self::SmallInt(_) => "SmallInt",
            Self::Integer(_) => "Integer",
            Self::BigInt(_) => "BigInt",
            Self::UnsignedBigInt(_) => "UnsignedBigInt",
            Self::HugeInt(_) => "HugeInt",
            Self::UnsignedHugeInt(_) => "UnsignedHugeInt",
            Self::Real(_) => "Real",
            Self::Double(_) => "Double",
            Self::Decimal(_) => "Decimal",
            Self::Text(_) => "Text",
            Self::Bytes(_) => "Bytes",
            Self::Date { .. } => "Date",
            Self::Time { .. } => "Time",
            Self::Timestamp { .. } => "Timestamp",
            Self::TimestampTz { .. } => "TimestampTz",
            Self::Duration { .. } => "Duration",
            Self::Uuid(_) => "Uuid",
            Self::Inet(_) => "Inet",
            Self::Json(_) => "Json",
            Self::Array(_) => "Array",
            Self::Invalid(_) => "Invalid",
        }
    }
}

fn all_fit(elements: &[Value<'_>], column_type: ColumnType) -> bool {
    match column_type {
        ColumnType::Array(of) => elements.iter().all(|element| element.fits(*of)),
        _ => false,
    }
}

fn sizes(elements: &[Value<'_>]) -> usize {
    elements.iter().map(|element| 4 + element.size()).sum()
}

/// Shows the kind of the value, never the value: it may end up in a log.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(..)", self.kind())
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
    /// More digits behind the point than the column has, or a time finer than it holds.
    FinerThanColumn,
    /// No label of the enum that the column holds.
    UnknownLabel,
    /// A value that cannot be written as JSON: NaN, a key of a map that is no text, or, among the elements of an array, a
    /// JSON `null`, which would be read as no element.
    NotJson,
    /// A JSON document that repeats a key, has a zero with a sign, a number that `numeric` does not hold, or half a character, for a
    /// column of type `jsonb`, which would change or refuse it.
    NotKeptByJsonb,
    /// A JSON document that repeats a key, has a number that is neither an integer of 64 bits nor a double, or is nested too deep, for
    /// a column of MySQL's type `json`, which would change or refuse it.
    NotKeptByMySqlJson,
    /// NaN, which MySQL does not have, and SQLite would turn into NULL.
    NotANumber,
    /// Text, bytes or a whole row larger than the database takes.
    TooLarge,
    /// The table's column is of another type than the struct says, and would change the value: round or convert it.
    ChangedByColumn,
    /// A day with a time of day beside it, which a date does not have.
    TimeOfDay,
    /// A text that is not written as a value of the column's type: see [`Value::from_text`].
    Malformed,
    /// A number of more digits than its type holds, which would be rounded.
    MoreDigits,
    /// NULL in a column that refuses it.
    Null,
    /// A number for a column whose numbers the database gives, all of them (`GENERATED ALWAYS AS IDENTITY`).
    GivenByDatabase,
    /// A value of another kind than its [`ColumnType`]: a mistake in an implementation of `ColumnValue` or `Rows`.
    WrongKind,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FinerThanMicrosecond => {
                "the time is finer than a microsecond, which databases cannot hold: round it to microseconds first (a field of a struct \
                 does so by `#[upsert(with = \"upsert::with::TruncateToMicros\")]`)"
            }
            Self::LeapSecond => "a leap second cannot be stored",
            Self::OutOfRange => "the value is outside the range that the column can hold",
            Self::NulInText => "the text holds a NUL character, which PostgreSQL cannot store",
            Self::FinerThanColumn => {
                "the number or time has more digits behind the point than the column, which would round it"
            }
            Self::UnknownLabel => "the column's enum does not have this label (of a struct's enum, `diff` tells all that it lacks)",
            Self::NotJson => "the value cannot be written as JSON (NaN, a key of a map that is no text), or is JSON's `null` in an array",
            Self::NotKeptByJsonb => {
                "the document repeats a key, has a -0.0, a number that `numeric` does not hold, or half a character, and `jsonb` would \
                 change or refuse it (a column of type `json` keeps the text as it is)"
            }
            Self::NotKeptByMySqlJson => {
                "the document repeats a key, has a number that neither 64 bits nor a double hold (or -0), half a character, or more \
                 than 100 levels, and MySQL's `json` would change or refuse it (a column of type `longtext` keeps the text as it is)"
            }
            Self::NotANumber => "NaN cannot be stored: SQLite would turn it into NULL, and MySQL does not have it",
            Self::TooLarge => "the value is larger than the column takes",
            Self::ChangedByColumn => {
                "the column is of another type in the table than in the rows, and would round or convert the value"
            }
            Self::TimeOfDay => "the day has a time of day beside it, which the column would lose: make it a timestamp, or drop the time first",
            Self::Malformed => "the value is not written as one of the column's type",
            Self::MoreDigits => "the number has more digits than the column's type, which would round it",
            Self::Null => "the column refuses NULL",
            Self::GivenByDatabase => "the database gives the column all its values, and takes none from rows",
            Self::WrongKind => "the value is of another kind than its column's type says",
        })
    }
}
