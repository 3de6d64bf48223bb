//! What a table is: its name, its columns, its primary key. All of it can be made in a `const`.

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
    /// IEEE 754, 32 bits.
    Real,
    /// IEEE 754, 64 bits.
    Double,
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
    /// 16 bytes, a UUID.
    Uuid,
    /// A JSON document.
    Json,
}

impl ColumnType {
    /// Whether columns of this type may be part of a key: equality is exact, and an order is defined.
    #[must_use]
    pub const fn can_be_key(self) -> bool {
        !matches!(self, Self::Real | Self::Double | Self::Json)
    }

    /// Bytes of one value where all values have the same width; `None` for text, bytes and JSON.
    #[must_use]
    pub const fn fixed_width(self) -> Option<usize> {
        match self {
            Self::Bool => Some(1),
            Self::SmallInt => Some(2),
            Self::Integer | Self::Real | Self::Date => Some(4),
            Self::BigInt | Self::Double | Self::Time | Self::Timestamp | Self::TimestampTz => Some(8),
            Self::Uuid => Some(16),
            Self::Text | Self::Bytes | Self::Json => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::SmallInt => "smallint",
            Self::Integer => "integer",
            Self::BigInt => "bigint",
            Self::Real => "real",
            Self::Double => "double",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Uuid => "uuid",
            Self::Json => "json",
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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

/// One column of a [`TableSchema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Column<'a> {
    /// The name in the database, unquoted.
    pub name: &'a str,
    /// The kind of value.
    pub column_type: ColumnType,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// What happens to it when the row is already there. Not looked at for key columns, which are never updated.
    pub update: Update,
}

impl<'a> Column<'a> {
    /// A column that refuses NULL and takes the new value on update.
    #[must_use]
    pub const fn new(name: &'a str, column_type: ColumnType) -> Self {
        Self { name, column_type, nullable: false, update: Update::Always }
    }

    /// The same column, with NULL allowed or not.
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
    /// The schema (PostgreSQL) or attached database (SQLite) the table is in; `None` is the connection's own.
    pub schema: Option<&'a str>,
    /// The table's name, unquoted.
    pub table: &'a str,
    /// The columns that are written, in order.
    pub columns: &'a [Column<'a>],
    /// Positions in `columns` of the primary key, in the order of the key's index.
    pub primary_key: &'a [usize],
}

impl<'a> TableSchema<'a> {
    /// A table in the connection's own schema.
    #[must_use]
    pub const fn new(table: &'a str, columns: &'a [Column<'a>], primary_key: &'a [usize]) -> Self {
        Self { schema: None, table, columns, primary_key }
    }

    /// The same table in a named schema.
    #[must_use]
    pub const fn in_schema(mut self, schema: &'a str) -> Self {
        self.schema = Some(schema);
        self
    }
}

impl fmt::Display for TableSchema<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = self.schema {
            write!(f, "{schema}.")?;
        }
        writeln!(f, "{} (", self.table)?;
        for column in self.columns {
            write!(f, "    {} {}", column.name, column.column_type)?;
            if column.nullable {
                f.write_str(" null")?;
            }
            if column.update == Update::Never {
                f.write_str(" update never")?;
            }
            f.write_str(",\n")?;
        }
        f.write_str("    primary key (")?;
        for (place, &key) in self.primary_key.iter().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            f.write_str(self.columns.get(key).map_or("?", |column| column.name))?;
        }
        f.write_str(")\n)")
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
