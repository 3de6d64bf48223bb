//! Kinds of values.

use std::fmt;

/// The kind of value a column holds, the same for every database.
///
/// It names no type of a date, uuid or decimal crate: those say in their own file which kind they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnType {
    /// `true` or `false`.
    Bool,
    /// 16-bit signed integer.
    SmallInt,
    /// 32-bit signed integer.
    Integer,
    /// 64-bit signed integer.
    BigInt,
    /// 64-bit unsigned integer.
    UnsignedBigInt,
    /// 128-bit signed integer.
    HugeInt,
    /// 128-bit unsigned integer.
    UnsignedHugeInt,
    /// IEEE 754, 32 bits.
    Real,
    /// IEEE 754, 64 bits.
    Double,
    /// A decimal number with as many digits as it needs.
    Decimal,
    /// UTF-8 text of any length.
    Text,
    /// Bytes of any length.
    Bytes,
    /// A day of the proleptic Gregorian calendar.
    Date,
    /// A time of day, in microseconds.
    Time,
    /// Date and time without a zone, in microseconds.
    Timestamp,
    /// An instant, in microseconds.
    TimestampTz,
    /// A span of time, in microseconds.
    Duration,
    /// 16 bytes, a UUID.
    Uuid,
    /// An IP address.
    Inet,
    /// A JSON document.
    Json,
    /// An array of elements, some of which may be NULL: a native one on PostgreSQL, a JSON array elsewhere.
    Array(&'static ColumnType),
}

impl ColumnType {
    /// Arrays of values of this type; `None` of addresses, documents and arrays.
    #[must_use]
    pub const fn array(self) -> Option<ColumnType> {
        Some(Self::Array(match self {
            Self::Bool => &Self::Bool,
            Self::SmallInt => &Self::SmallInt,
            Self::Integer => &Self::Integer,
            Self::BigInt => &Self::BigInt,
            Self::UnsignedBigInt => &Self::UnsignedBigInt,
            Self::HugeInt => &Self::HugeInt,
            Self::UnsignedHugeInt => &Self::UnsignedHugeInt,
            Self::Real => &Self::Real,
            Self::Double => &Self::Double,
            Self::Decimal => &Self::Decimal,
            Self::Text => &Self::Text,
            Self::Bytes => &Self::Bytes,
            Self::Date => &Self::Date,
            Self::Time => &Self::Time,
            Self::Timestamp => &Self::Timestamp,
            Self::TimestampTz => &Self::TimestampTz,
            Self::Duration => &Self::Duration,
            Self::Uuid => &Self::Uuid,
            Self::Inet | Self::Json | Self::Array(_) => return None,
        }))
    }

    pub(crate) const fn is_integer(self) -> bool {
        matches!(
            self,
            Self::SmallInt
                | Self::Integer
                | Self::BigInt
                | Self::UnsignedBigInt
                | Self::HugeInt
                | Self::UnsignedHugeInt
        )
    }

    /// The least and the most of its values, if they are integers; what is beyond `i128` counts as its most.
    pub(crate) const fn integers(self) -> Option<(i128, i128)> {
        Some(match self {
            Self::SmallInt => (i16::MIN as i128, i16::MAX as i128),
            Self::Integer => (i32::MIN as i128, i32::MAX as i128),
            Self::BigInt | Self::Duration => (i64::MIN as i128, i64::MAX as i128),
            Self::UnsignedBigInt => (0, u64::MAX as i128),
            Self::HugeInt => (i128::MIN, i128::MAX),
            Self::UnsignedHugeInt => (0, i128::MAX),
            _ => return None,
        })
    }

    /// Bytes of one value where all values have the same width; `None` for others, as text, bytes and JSON.
    #[inline]
    #[must_use]
    pub const fn fixed_width(self) -> Option<usize> {
        match self {
            Self::Bool => Some(1),
            Self::SmallInt => Some(2),
            Self::Integer | Self::Real | Self::Date => Some(4),
            Self::BigInt
            | Self::UnsignedBigInt
            | Self::Double
            | Self::Time
            | Self::Timestamp
            | Self::TimestampTz
            | Self::Duration => Some(8),
            Self::HugeInt | Self::UnsignedHugeInt | Self::Uuid => Some(16),
            Self::Decimal | Self::Text | Self::Bytes | Self::Inet | Self::Json | Self::Array(_) => None,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::SmallInt => "smallint",
            Self::Integer => "integer",
            Self::BigInt => "bigint",
            Self::UnsignedBigInt => "unsigned bigint",
            Self::HugeInt => "hugeint",
            Self::UnsignedHugeInt => "unsigned hugeint",
            Self::Real => "real",
            Self::Double => "double",
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Duration => "duration",
            Self::Uuid => "uuid",
            Self::Inet => "inet",
            Self::Json => "json",
            Self::Array(_) => "array",
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Array(element) => write!(f, "{element}[]"),
            other => f.write_str(other.name()),
        }
    }
}
