//! The same of tables whose columns nobody knows before the program runs.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::{Column, ColumnRef, ColumnType, Sql, TableSchema, Update};

/// A table that is described at run time: what [`TableSchema`] is to a struct, this is to a DataFrame.
///
/// Its `Display` shows the table as a person would write it.
///
/// ```
/// use upsert::schema::{ColumnBuf, ColumnType, TableSchemaBuf};
///
/// let mut schema = TableSchemaBuf::new("cities", vec![ColumnBuf::new("id", ColumnType::BigInt)]);
/// schema.columns.push(ColumnBuf::new("name", ColumnType::Text).nullable(true));
/// schema.primary_key = vec![0];
/// assert_eq!(schema.to_string(), "cities (\n    id bigint,\n    name text null,\n    primary key (id)\n)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TableSchemaBuf {
    /// The schema (PostgreSQL), database (MySQL) or attached database (SQLite) the table is in; `None` is the connection's own.
    pub schema: Option<String>,
    /// The table's name, unquoted.
    pub table: String,
    /// The columns that are written, in order.
    pub columns: Vec<ColumnBuf>,
    /// Positions in `columns` of the primary key, in the order of the key's index. Empty for a table whose rows are found by
    /// another unique key: one that is created has no primary key then.
    pub primary_key: Vec<usize>,
    /// Positions in `columns` of the unique key by which rows that are already there are found; `None` for the primary key.
    pub conflict_target: Option<Vec<usize>>,
    /// What the database is told of it when it is created.
    pub comment: Option<String>,
}

impl TableSchemaBuf {
    /// A table in the connection's own schema, without a key as yet.
    #[must_use]
    pub fn new(table: impl Into<String>, columns: Vec<ColumnBuf>) -> Self {
        Self {
            schema: None,
            table: table.into(),
            columns,
            primary_key: Vec::new(),
            conflict_target: None,
            comment: None,
        }
    }

    /// Lends it in the form that a struct has it in, whose columns stand in `columns` meanwhile.
    pub(crate) fn lend<'s>(&'s self, columns: &'s mut Vec<Column<'s>>) -> TableSchema<'s> {
        let Self { schema, table, columns: own, primary_key, conflict_target, comment } = self;
        columns.extend(own.iter().map(ColumnBuf::lend));
        TableSchema {
            schema: schema.as_deref(),
            conflict_target: conflict_target.as_deref(),
            comment: comment.as_deref(),
            ..TableSchema::new(table, columns, primary_key)
        }
    }
}

impl fmt::Display for TableSchemaBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lend(&mut Vec::new()).fmt(f)
    }
}

impl From<TableSchema<'_>> for TableSchemaBuf {
    /// What only a struct says of a table (generated columns, indexes, defaults, the labels of an enum) is left out.
    fn from(schema: TableSchema<'_>) -> Self {
        Self {
            schema: schema.schema.map(str::to_owned),
            table: schema.table.to_owned(),
            columns: schema.columns.iter().map(ColumnBuf::from).collect(),
            primary_key: schema.primary_key.to_vec(),
            conflict_target: schema.conflict_target.map(<[usize]>::to_vec),
            comment: schema.comment.map(str::to_owned),
        }
    }
}

/// One column of a [`TableSchemaBuf`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ColumnBuf {
    /// The name in the database, unquoted.
    pub name: String,
    /// The kind of value.
    pub column_type: ColumnType,
    /// Whether a row may have NULL.
    pub nullable: bool,
    /// What happens to it when the row is already there. Not looked at for key columns, which are never updated.
    pub update: Update,
    /// The most characters of a text, or bytes.
    pub max_len: Option<u32>,
    /// The type, where it is not the column type's own.
    pub sql_types: SqlBuf,
    /// Whether nothing but NULL is written to it.
    pub(crate) only_null: bool,
}

impl ColumnBuf {
    /// A column that refuses NULL and takes the new value on update.
    #[must_use]
    pub fn new(name: impl Into<String>, column_type: ColumnType) -> Self {
        Self {
            name: name.into(),
            column_type,
            nullable: false,
            update: Update::Always,
            max_len: None,
            sql_types: SqlBuf::default(),
            only_null: false,
        }
    }

    /// The same column, whose rows may have NULL or not.
    #[must_use]
    pub fn nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }

    /// The same column with other types.
    #[must_use]
    pub fn sql_types(mut self, sql_types: SqlBuf) -> Self {
        self.sql_types = sql_types;
        self
    }

    fn lend(&self) -> Column<'_> {
        let Self { name, column_type, nullable, update, max_len, sql_types, only_null } = self;
        Column {
            nullable: *nullable,
            update: *update,
            max_len: *max_len,
            sql_types: sql_types.lend(),
            only_null: *only_null,
            ..Column::new(name, *column_type)
        }
    }
}

impl From<&Column<'_>> for ColumnBuf {
    fn from(column: &Column<'_>) -> Self {
        let owned = |sql: Option<&str>| sql.map(str::to_owned);
        let Sql { postgres, sqlite, mysql } = column.sql_types;
        Self {
            nullable: column.nullable,
            update: column.update,
            max_len: column.max_len,
            sql_types: SqlBuf { postgres: owned(postgres), sqlite: owned(sqlite), mysql: owned(mysql) },
            only_null: column.only_null,
            ..Self::new(column.name, column.column_type)
        }
    }
}

/// A piece of SQL, as each database has it: what [`Sql`] is to a struct.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SqlBuf {
    /// On PostgreSQL: `numeric(12, 2)`.
    pub postgres: Option<String>,
    /// On SQLite, one of the types of STRICT tables: `INTEGER`, `REAL`, `TEXT`, `BLOB`, `ANY`.
    pub sqlite: Option<String>,
    /// On MySQL and MariaDB: `decimal(12, 2)`.
    pub mysql: Option<String>,
}

impl SqlBuf {
    /// The same everywhere.
    #[must_use]
    pub fn everywhere(sql: impl Into<String>) -> Self {
        let sql = sql.into();
        Self { postgres: Some(sql.clone()), sqlite: Some(sql.clone()), mysql: Some(sql) }
    }

    /// The same with this for PostgreSQL.
    #[must_use]
    pub fn postgres(mut self, sql: impl Into<String>) -> Self {
        self.postgres = Some(sql.into());
        self
    }

    /// The same with this for SQLite.
    #[must_use]
    pub fn sqlite(mut self, sql: impl Into<String>) -> Self {
        self.sqlite = Some(sql.into());
        self
    }

    /// The same with this for MySQL and MariaDB.
    #[must_use]
    pub fn mysql(mut self, sql: impl Into<String>) -> Self {
        self.mysql = Some(sql.into());
        self
    }

    fn lend(&self) -> Sql<'_> {
        let Self { postgres, sqlite, mysql } = self;
        Sql { postgres: postgres.as_deref(), sqlite: sqlite.as_deref(), mysql: mysql.as_deref() }
    }
}

/// The schema of a call: a struct's, or one that was made for it.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub enum AnySchema<'a> {
    Lent(TableSchema<'a>),
    Owned(Arc<TableSchemaBuf>),
}

impl AnySchema<'_> {
    /// Lends it; the columns of one that was made stand in `columns` meanwhile.
    pub(crate) fn lend<'s>(&'s self, columns: &'s mut Vec<Column<'s>>) -> TableSchema<'s> {
        match self {
            Self::Lent(schema) => *schema,
            Self::Owned(schema) => schema.lend(columns),
        }
    }
}

impl<'a> TableSchema<'a> {
    /// As the schema of a call.
    pub(crate) fn lent(&self) -> AnySchema<'a> {
        AnySchema::Lent(*self)
    }
}

/// A column that an option names.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct NamedColumn {
    pub(crate) table: Cow<'static, str>,
    pub(crate) position: usize,
    pub(crate) name: Cow<'static, str>,
}

impl From<ColumnRef> for NamedColumn {
    fn from(ColumnRef { table, position, name }: ColumnRef) -> Self {
        Self { table: table.into(), position, name: name.into() }
    }
}
