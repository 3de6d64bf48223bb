//! What a table is: its name, its columns, its primary key. All of it can be made in a `const`.

mod display;
mod index;
mod length;
mod owned;
mod sqlite;

use std::fmt;

pub use self::index::{Index, IndexOf};
pub(crate) use self::length::Length;
#[doc(hidden)]
pub use self::owned::{AnySchema, NamedColumn};
pub use self::owned::{ColumnBuf, SqlBuf, TableSchemaBuf};
pub use self::sqlite::SqliteTableOptions;
use crate::value::{Invalid, Value};

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

/// What happens to a column of a row that is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Update {
    /// It takes the new value.
    Always,
    /// It keeps the value it was inserted with.
    Never,
}

/// A piece of SQL, as each database has it: the type of a column, its default, the expression it is generated from.
///
/// It is the caller's own, and is written into the statement that creates a table as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Sql<'a> {
    /// On PostgreSQL: `numeric(12, 2)`, `now()`.
    pub postgres: Option<&'a str>,
    /// On SQLite: `TEXT`, `CURRENT_DATE`. A type is one of those of STRICT tables (`INTEGER`, `REAL`, `TEXT`, `BLOB`, `ANY`), unless
    /// the table is [none](SqliteTableOptions::not_strict).
    pub sqlite: Option<&'a str>,
    /// On MySQL and MariaDB: `decimal(12, 2)`, `CURRENT_DATE`.
    pub mysql: Option<&'a str>,
}

impl<'a> Sql<'a> {
    /// Nothing anywhere.
    pub const NONE: Self = Self { postgres: None, sqlite: None, mysql: None };

    /// The same everywhere.
    #[must_use]
    pub const fn everywhere(sql: &'a str) -> Self {
        Self { postgres: Some(sql), sqlite: Some(sql), mysql: Some(sql) }
    }

    /// The same with this for PostgreSQL.
    #[must_use]
    pub const fn postgres(mut self, sql: &'a str) -> Self {
        self.postgres = Some(sql);
        self
    }

    /// The same with this for SQLite.
    #[must_use]
    pub const fn sqlite(mut self, sql: &'a str) -> Self {
        self.sqlite = Some(sql);
        self
    }

    /// The same with this for MySQL and MariaDB.
    #[must_use]
    pub const fn mysql(mut self, sql: &'a str) -> Self {
        self.mysql = Some(sql);
        self
    }
}

/// Who gives a column its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin<'a> {
    /// The row: `None` is NULL.
    Row,
    /// The row; the column's default where the row has `None`. A table is created with the default that is given here; one
    /// that is there keeps its own.
    RowOrDefault(Sql<'a>),
    /// The row; the next number of the table where the row has `None`. A row that is already there keeps its number.
    RowOrIdentity,
}

/// The texts that a column of an enum holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct EnumType<'a> {
    /// The texts, in the order of the variants.
    pub labels: &'a [&'a str],
    /// The name of an enum type of PostgreSQL; `None` for text with a check, as it is everywhere else.
    pub postgres: Option<&'a str>,
}

impl<'a> EnumType<'a> {
    /// Text with a check.
    #[must_use]
    pub const fn new(labels: &'a [&'a str]) -> Self {
        Self { labels, postgres: None }
    }

    /// The same as an enum type of PostgreSQL.
    #[must_use]
    pub const fn postgres(mut self, name: &'a str) -> Self {
        self.postgres = Some(name);
        self
    }
}

/// One column of a [`TableSchema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Column<'a> {
    /// The name in the database, unquoted.
    pub name: &'a str,
    /// The kind of value.
    pub column_type: ColumnType,
    /// Whether a row may have `None`: NULL, unless the [`origin`](Self::origin) says what stands in for it.
    pub nullable: bool,
    /// What happens to it when the row is already there. Not looked at for key columns, which are never updated.
    pub update: Update,
    /// The most characters of a text, or bytes.
    pub max_len: Option<u32>,
    /// The texts of an enum.
    pub enum_type: Option<EnumType<'a>>,
    /// The type, where it is not the column type's own; what a table has is looked up.
    pub sql_types: Sql<'a>,
    /// The most that a value of the type can have, where that is known and little: no limit, for nothing is longer.
    pub(crate) longest: Option<u32>,
    /// Whether nothing but NULL is written to it, which a column of any type takes: the type is that of one that is created.
    pub(crate) only_null: bool,
    /// Who gives it its value.
    pub origin: Origin<'a>,
    /// What the database is told of it when it is created: the first paragraph of the field's doc comment. SQLite has no place for
    /// that.
    pub comment: Option<&'a str>,
}

impl<'a> Column<'a> {
    /// A column that refuses NULL and takes the new value on update.
    #[must_use]
    pub const fn new(name: &'a str, column_type: ColumnType) -> Self {
        Self {
            name,
            column_type,
            nullable: false,
            update: Update::Always,
            max_len: None,
            enum_type: None,
            sql_types: Sql::NONE,
            longest: None,
            only_null: false,
            origin: Origin::Row,
            comment: None,
        }
    }

    /// Whether NULL is written where a row has `None`.
    #[must_use]
    pub const fn takes_null(&self) -> bool {
        self.nullable && matches!(self.origin, Origin::Row)
    }

    /// Whether the database gives a value where a row has `None`.
    #[must_use]
    pub const fn is_given_by_database(&self) -> bool {
        self.nullable && !matches!(self.origin, Origin::Row)
    }

    /// The same column, whose rows may have `None` or not.
    #[must_use]
    pub const fn nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }

    /// The same column with another rule for rows that are already there.
    #[must_use]
    pub const fn update(mut self, update: Update) -> Self {
        self.update = update;
        self
    }

    /// Refuses a value that is of another kind, or longer than the column.
    #[inline]
    pub(crate) fn check(&self, value: &Value<'_>) -> Result<(), Invalid> {
        if !value.fits(self.column_type) {
            return Err(Invalid::WrongKind);
        }
        let Some(most) = self.max_len else { return Ok(()) };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let too_long = match value {
            Value::Text(text) => text.len() > most && text.chars().count() > most,
            Value::Bytes(bytes) => bytes.len() > most,
            _ => false,
        };
        if too_long { Err(Invalid::TooLarge) } else { Ok(()) }
    }

    /// The same column, whose type has no longer values. It is no limit that is looked at.
    #[doc(hidden)]
    #[must_use]
    pub const fn longest(mut self, longest: Option<u32>) -> Self {
        self.longest = longest;
        self
    }

    /// The most characters or bytes that its values have, if anything says so.
    pub(crate) const fn most(&self) -> Option<u32> {
        match self.max_len {
            Some(max_len) => Some(max_len),
            None => self.longest,
        }
    }

    /// The same column with a longest text, in characters, or number of bytes.
    #[must_use]
    pub const fn max_len(mut self, max_len: u32) -> Self {
        self.max_len = Some(max_len);
        self
    }

    /// The same column with the texts of an enum, or any.
    #[must_use]
    pub const fn enum_type(mut self, enum_type: Option<EnumType<'a>>) -> Self {
        self.enum_type = enum_type;
        self
    }

    /// The same column with other types.
    #[must_use]
    pub const fn sql_types(mut self, sql_types: Sql<'a>) -> Self {
        self.sql_types = sql_types;
        self
    }

    /// The same column with a comment.
    #[must_use]
    pub const fn comment(mut self, comment: &'a str) -> Self {
        self.comment = Some(comment);
        self
    }

    /// The same column with a value from elsewhere.
    #[must_use]
    pub const fn origin(mut self, origin: Origin<'a>) -> Self {
        self.origin = origin;
        self
    }
}

/// A column that the database computes from others, and that is never written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct GeneratedColumn<'a> {
    /// Its name and type.
    pub column: Column<'a>,
    /// What it is computed from; it is stored.
    pub expression: Sql<'a>,
}

impl<'a> GeneratedColumn<'a> {
    /// A column that is computed from an expression.
    #[must_use]
    pub const fn new(column: Column<'a>, expression: Sql<'a>) -> Self {
        Self { column, expression }
    }
}

/// A table as a struct describes it: `T::SCHEMA`.
///
/// It is `Copy` and borrows everything, so that the derive can make it in a `const`. Its `Display` shows the table as
/// a person would write it.
///
/// ```
/// use upsert::{Upsertable, schema::ColumnType};
///
/// #[derive(Upsertable)]
/// #[upsert(table = "cities")]
/// struct City {
///     #[upsert(primary_key)]
///     id: i64,
///     name: Option<String>,
/// }
///
/// assert_eq!(City::SCHEMA.columns[1].column_type, ColumnType::Text);
/// assert_eq!(City::SCHEMA.to_string(), "cities (\n    id bigint,\n    name text null,\n    primary key (id)\n)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TableSchema<'a> {
    /// The schema (PostgreSQL), database (MySQL) or attached database (SQLite) the table is in; `None` is the connection's own.
    pub schema: Option<&'a str>,
    /// The table's name, unquoted.
    pub table: &'a str,
    /// The columns that are written, in order.
    pub columns: &'a [Column<'a>],
    /// Positions in `columns` of the primary key, in the order of the key's index.
    pub primary_key: &'a [usize],
    /// Positions in `columns` of the unique key by which rows that are already there are found; `None` for the primary key.
    pub conflict_target: Option<&'a [usize]>,
    /// Columns that the database computes.
    pub generated: &'a [GeneratedColumn<'a>],
    /// Further unique keys and indexes.
    pub indexes: &'a [Index<'a>],
    /// What the database is told of it when it is created: the first paragraph of the struct's doc comment.
    pub comment: Option<&'a str>,
    /// How SQLite keeps the table when it is created.
    pub sqlite: SqliteTableOptions,
}

impl<'a> TableSchema<'a> {
    /// A table in the connection's own schema.
    #[must_use]
    pub const fn new(table: &'a str, columns: &'a [Column<'a>], primary_key: &'a [usize]) -> Self {
        Self {
            schema: None,
            table,
            columns,
            primary_key,
            conflict_target: None,
            generated: &[],
            indexes: &[],
            comment: None,
            sqlite: SqliteTableOptions::new(),
        }
    }

    /// The same table with other options of SQLite.
    #[must_use]
    pub const fn sqlite(mut self, sqlite: SqliteTableOptions) -> Self {
        self.sqlite = sqlite;
        self
    }

    /// The same table with a comment.
    #[must_use]
    pub const fn comment(mut self, comment: &'a str) -> Self {
        self.comment = Some(comment);
        self
    }

    /// The same table, whose rows are found by another unique key.
    #[must_use]
    pub const fn conflict_target(mut self, conflict_target: &'a [usize]) -> Self {
        self.conflict_target = Some(conflict_target);
        self
    }

    /// The same table with columns that the database computes.
    #[must_use]
    pub const fn generated(mut self, generated: &'a [GeneratedColumn<'a>]) -> Self {
        self.generated = generated;
        self
    }

    /// The same table with further unique keys and indexes.
    #[must_use]
    pub const fn indexes(mut self, indexes: &'a [Index<'a>]) -> Self {
        self.indexes = indexes;
        self
    }

    /// The columns by which rows that are already there are found.
    pub(crate) const fn key(&self) -> &'a [usize] {
        match self.conflict_target {
            Some(target) => target,
            None => self.primary_key,
        }
    }

    /// The same table in a named schema.
    #[must_use]
    pub const fn in_schema(mut self, schema: &'a str) -> Self {
        self.schema = Some(schema);
        self
    }
}

/// A column of a derived struct, as [`UpsertOptions`](crate::options::UpsertOptions) takes it: `User::COL.email`.
///
/// Made by the derive, never from a string, so that a column that does not exist does not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColumnRef {
    pub(crate) table: &'static str,
    pub(crate) position: usize,
    pub(crate) name: &'static str,
}

impl ColumnRef {
    /// The column's name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }
}
