//! Reads what the schema of a database says of a table.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Result};

use super::facts::{checks_of, judge};
use super::known::{Known, TABLES};
use crate::plan::Keeps;
use crate::schema::ColumnType;
use crate::snapshot::{ColumnSnapshot, TableSnapshot};
use crate::sql::sqlite::checked_labels;
use crate::sql::{self, Dialect};

/// The database of a connection that is not attached.
pub(super) const MAIN: &str = "main";

/// Numbers that change with a schema: the one of the table's database, and the connection's temporary one, whose triggers
/// may be of the table as well.
pub(super) type Version = [i64; 2];

pub(super) fn version(connection: &Connection, schema: &str) -> Result<Version> {
    let of = |schema: &str| {
        // The name of a database cannot be a parameter.
        let ask = format!("PRAGMA {}.schema_version", sql::quoted(schema));
        connection.prepare_cached(&ask)?.query_row([], |row| row.get(0))
    };
    Ok([of(schema)?, of("temp")?])
}

/// A table, and the version of the schema in which it is so. One of the main database may be known.
pub(super) fn find(connection: &Connection, schema: &str, table: &str) -> Result<Option<(Arc<CatalogTable>, Version)>> {
    let known = if schema == MAIN {
        let before = version(connection, schema)?;
        Known::read(connection, table)?.map(|known| (known, before))
    } else {
        None
    };
    if let Some((known, before)) = &known
        && let Some(there) = TABLES.recall(known)
    {
        return Ok(Some((there, *before)));
    }
    let Some(kind) = table_kind(connection, table, schema)? else { return Ok(None) };
    let now = version(connection, schema)?;
    let there = Arc::new(CatalogTable::read(connection, schema, table, kind)?);
    // What was told between two looks at the version follows from the statements, if it was the same.
    if let Some((known, before)) = known
        && kind.is_ordinary()
        && version(connection, schema)? == before
    {
        TABLES.remember(known, &there);
    }
    Ok(Some((there, now)))
}

#[derive(Clone, Copy)]
pub(super) struct TableKind {
    pub(super) without_rowid: bool,
    pub(super) strict: bool,
    pub(super) relation: Relation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Table,
    View,
    /// A virtual table, of whose keys SQLite is the judge.
    Virtual,
}

impl TableKind {
    pub(super) fn is_ordinary(self) -> bool {
        self.relation == Relation::Table
    }
}

/// What is found under a name; `None` if nothing is.
fn table_kind(connection: &Connection, table: &str, schema: &str) -> Result<Option<TableKind>> {
    connection
        .prepare_cached(
            "SELECT wr, strict, type FROM pragma_table_list(?1) \
             WHERE schema = ?2 COLLATE NOCASE AND type <> 'shadow'",
        )?
        .query_row([table, schema], |row| {
            let relation = match row.get_ref(2)?.as_str()? {
                "table" => Relation::Table,
                "view" => Relation::View,
                _ => Relation::Virtual,
            };
            Ok(TableKind { without_rowid: row.get(0)?, strict: row.get(1)?, relation })
        })
        .optional()
}

/// Names of databases are compared without regard to case. `temp` is listed only once it has something in it.
pub(super) fn is_attached(connection: &Connection, schema: &str) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT ?1 = 'temp' COLLATE NOCASE \
             OR EXISTS (SELECT 1 FROM pragma_database_list WHERE name = ?1 COLLATE NOCASE)",
        )?
        .query_row([schema], |row| row.get(0))
}

/// A table as its schema has it.
pub(super) struct CatalogTable {
    pub(super) kind: TableKind,
    pub(super) columns: Vec<CatalogColumn>,
    pub(super) indexes: Vec<UniqueIndex>,
    pub(super) has_triggers: bool,
}

/// What a table is like, whatever is to be written to it; `None` if there is none.
pub(super) fn describe(connection: &Connection, schema: &str, table: &str) -> Result<Option<TableSnapshot>> {
    let Some(kind) = table_kind(connection, table, schema)? else { return Ok(None) };
    let there = CatalogTable::read(connection, schema, table, kind)?;
    let create = if kind.is_ordinary() { created_by(connection, schema, table)? } else { None };
    let checks = create.as_deref().and_then(checks_of);
    let column = |column: &CatalogColumn| {
        let is_rowid = there.is_rowid(&column.name);
        let in_key = is_rowid || there.indexes.iter().any(|index| index.has(&column.name));
        let keeps = |sent| judge(sent, &column.declared, kind.strict, in_key).map(|(keeps, _)| keeps);
        let checks = checks.filter(|_| keeps(ColumnType::Text) == Some(Keeps::All));
        ColumnSnapshot::new(&column.name, &column.declared, keeps)
            .checked(checks.and_then(|create| checked_labels(create, &column.name)))
            .nullable(!column.not_null && !is_rowid)
            .filled(is_rowid || column.default.is_some() || there.has_triggers)
            .generated(column.generated)
    };
    let columns = there.columns.iter().map(column).collect();
    let key_of = |index: &UniqueIndex| index.columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    // A column without a name is an expression.
    let keys = there.indexes.iter().map(key_of).filter(|key| !key.iter().any(String::is_empty));
    let rowid = there.rowid_column().map(|column| vec![column.name.clone()]);
    let keys = kind.is_ordinary().then(|| keys.chain(rowid).collect());
    Ok(Some(TableSnapshot::new(Dialect::Sqlite, schema.to_owned(), table, columns, keys)))
}

/// The statement that creates a table.
fn created_by(connection: &Connection, schema: &str, table: &str) -> Result<Option<String>> {
    // The name of a database cannot be a parameter.
    let ask = format!(
        "SELECT sql FROM {}.sqlite_master WHERE type = 'table' AND name = ?1 COLLATE NOCASE",
        sql::quoted(schema)
    );
    connection.prepare_cached(&ask)?.query_row([table], |row| row.get(0)).optional()
}

/// The names of the tables of a database.
pub(super) fn tables(connection: &Connection, schema: &str) -> Result<Vec<String>> {
    connection
        .prepare_cached(
            "SELECT name FROM pragma_table_list \
             WHERE schema = ?1 COLLATE NOCASE AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
        )?
        .query_map([schema], |row| row.get(0))?
        .collect()
}

impl CatalogTable {
    fn read(connection: &Connection, schema: &str, table: &str, kind: TableKind) -> Result<Self> {
        Ok(Self {
            kind,
            columns: columns(connection, table, schema)?,
            indexes: unique_indexes(connection, table, schema)?,
            has_triggers: has_triggers(connection, table, schema)?,
        })
    }

    pub(super) fn find(&self, name: &str) -> Option<&CatalogColumn> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The column that is the rowid: `INTEGER PRIMARY KEY`, which then has no index of its own.
    pub(super) fn rowid_column(&self) -> Option<&CatalogColumn> {
        let mut of_key = self.columns.iter().filter(|column| column.of_primary_key);
        let (Some(column), None) = (of_key.next(), of_key.next()) else { return None };
        let has_index = self.indexes.iter().any(|index| index.of_primary_key);
        (column.declared == "INTEGER" && !has_index && !self.kind.without_rowid).then_some(column)
    }

    pub(super) fn is_rowid(&self, name: &str) -> bool {
        self.rowid_column().is_some_and(|column| column.name.eq_ignore_ascii_case(name))
    }
}

fn columns(connection: &Connection, table: &str, schema: &str) -> Result<Vec<CatalogColumn>> {
    connection
        .prepare_cached(
            "SELECT name, upper(type), pk > 0, hidden IN (2, 3), \"notnull\", dflt_value \
             FROM pragma_table_xinfo(?1, ?2)",
        )?
        .query_map([table, schema], |row| {
            Ok(CatalogColumn {
                name: row.get(0)?,
                declared: row.get(1)?,
                of_primary_key: row.get(2)?,
                generated: row.get(3)?,
                not_null: row.get(4)?,
                default: row.get(5)?,
            })
        })?
        .collect()
}

fn has_triggers(connection: &Connection, table: &str, schema: &str) -> Result<bool> {
    // The name of a database cannot be a parameter.
    let triggers = format!(
        "SELECT EXISTS (SELECT 1 FROM {}.sqlite_master WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE) \
         OR EXISTS (SELECT 1 FROM temp.sqlite_master WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE)",
        sql::quoted(schema)
    );
    connection.prepare_cached(&triggers)?.query_row([table], |row| row.get(0))
}

pub(super) struct CatalogColumn {
    pub(super) name: String,
    pub(super) declared: String,
    of_primary_key: bool,
    pub(super) default: Option<String>,
    pub(super) generated: bool,
    pub(super) not_null: bool,
}

impl CatalogColumn {
    /// NOT NULL without a default.
    pub(super) fn needs_value(&self) -> bool {
        self.not_null && self.default.as_deref().is_none_or(|default| default.eq_ignore_ascii_case("null"))
    }
}

pub(super) struct UniqueIndex {
    of_primary_key: bool,
    /// Names and collations.
    pub(super) columns: Vec<(String, String)>,
}

impl UniqueIndex {
    pub(super) fn has(&self, column: &str) -> bool {
        self.collation(column).is_some()
    }

    /// By which it compares a column, if it is on it.
    pub(super) fn collation(&self, column: &str) -> Option<&str> {
        let found = self.columns.iter().find(|(name, _)| name.eq_ignore_ascii_case(column));
        found.map(|(_, collation)| collation.as_str())
    }
}

fn unique_indexes(connection: &Connection, table: &str, schema: &str) -> Result<Vec<UniqueIndex>> {
    let names = connection
        .prepare_cached("SELECT name, origin = 'pk' FROM pragma_index_list(?1, ?2) WHERE \"unique\" AND NOT partial")?
        .query_map([table, schema], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))?
        .collect::<Result<Vec<_>>>()?;
    let mut columns = connection
        .prepare_cached("SELECT coalesce(name, ''), upper(coll) FROM pragma_index_xinfo(?1, ?2) WHERE key")?;
    names
        .into_iter()
        .map(|(name, of_primary_key)| {
            let columns = columns
                .query_map([&*name, schema], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<Vec<_>>>()?;
            Ok(UniqueIndex { of_primary_key, columns })
        })
        .collect()
}
