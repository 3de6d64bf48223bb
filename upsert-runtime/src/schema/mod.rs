//! What a table is: its name, its columns, its primary key. All of it can be made in a `const`.

mod column;
mod column_type;
mod display;
mod index;
mod length;
mod owned;
mod sqlite;

pub use self::column::{Column, EnumType, GeneratedColumn, Origin, Sql, Update};
pub use self::column_type::ColumnType;
pub use self::index::{Index, IndexOf};
pub(crate) use self::length::Length;
#[doc(hidden)]
pub use self::owned::{AnySchema, NamedColumn};
pub use self::owned::{ColumnBuf, SqlBuf, TableSchemaBuf};
pub use self::sqlite::SqliteTableOptions;

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
