//! A column: its name, its kind of values, and who gives them to it.

use super::ColumnType;
use crate::value::{Invalid, Value};

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
    /// the table is [none](super::SqliteTableOptions::not_strict).
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

/// One column of a [`TableSchema`](super::TableSchema).
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
