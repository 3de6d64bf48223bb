//! What the table is like, as its schema has it.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Result};

use super::known::{Known, TABLES};
use super::script::Telling;
use crate::evolve::{DefinedColumn, Definition, Look, State};
use crate::fit::affinity::Affinity;
use crate::misfit::{self, Misfit, MoreLabels};
use crate::plan::{ColumnFacts, Comparison, Default, Keeps, MySqlFacts, Sent, TableFacts, UpsertPlan};
use crate::schema::{Column, ColumnType};
use crate::snapshot::{ColumnSnapshot, TableSnapshot};
use crate::sql::sqlite::checked_labels;
use crate::sql::{self, Dialect};

/// The table that a plan is about, borrowing nothing.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) schema: String,
    table: String,
    columns: Vec<WantedColumn>,
    /// Columns that the database computes.
    generated: Vec<String>,
    key: Vec<usize>,
}

/// The database of a connection that is not attached.
pub(super) const MAIN: &str = "main";

/// A column that is written.
#[derive(Clone, Debug)]
struct WantedColumn {
    name: String,
    column_type: ColumnType,
    nullable: bool,
    /// Whether the database gives its value to rows that have none.
    given: bool,
    /// Whether the struct says by itself which type it has.
    of_own_type: bool,
    /// The texts of an enum.
    labels: Vec<String>,
}

impl WantedColumn {
    fn of(column: &Column<'_>) -> Self {
        Self {
            name: column.name.to_owned(),
            column_type: column.column_type,
            nullable: column.nullable,
            given: column.is_given_by_database(),
            of_own_type: column.sql_types.sqlite.is_some(),
            labels: column.enum_type.iter().flat_map(|own| own.labels).map(|&label| label.to_owned()).collect(),
        }
    }
}

impl Wanted {
    /// A table is looked for in the main database unless another one is named, never among the temporary ones.
    pub(super) fn of(plan: &UpsertPlan<'_>) -> Self {
        Self {
            schema: Self::schema_of(plan),
            table: plan.table.clone(),
            columns: plan.columns.iter().map(WantedColumn::of).collect(),
            generated: plan.generated.iter().map(|generated| generated.column.name.to_owned()).collect(),
            key: plan.key.clone(),
        }
    }

    fn schema_of(plan: &UpsertPlan<'_>) -> String {
        plan.schema.clone().unwrap_or_else(|| MAIN.to_owned())
    }
}

/// What a table turned out to be like.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Of the columns that rows fit; of all of them, unless a misfit refuses the table.
    pub(super) facts: TableFacts,
    misfits: Vec<Misfit>,
    pub(super) telling: Telling,
    version: Version,
    /// What a rebuild needs, where a column is of another type.
    definition: Definition,
}

/// Numbers that change with a schema: the one of the table's database, and the connection's temporary one, whose triggers
/// may be of the table as well.
type Version = [i64; 2];

fn version(connection: &Connection, schema: &str) -> Result<Version> {
    let of = |schema: &str| {
        // The name of a database cannot be a parameter.
        let ask = format!("PRAGMA {}.schema_version", sql::quoted(schema));
        connection.prepare_cached(&ask)?.query_row([], |row| row.get(0))
    };
    Ok([of(schema)?, of("temp")?])
}

impl Found {
    /// Whether the table is as it was found. Schemas change for the sake of other tables too: then it is looked up again.
    pub(super) fn holds(&self, connection: &Connection, wanted: &Wanted) -> Result<bool> {
        if version(connection, &wanted.schema)? == self.version {
            return Ok(true);
        }
        let LookedUp::Table(now) = look_up(connection, wanted)? else { return Ok(false) };
        let Self { facts, misfits, telling, version: _, definition: _ } = &*now;
        Ok((facts, misfits, telling) == (&self.facts, &self.misfits, &self.telling))
    }
}

/// What is found under the name of a table.
#[derive(Clone, Debug)]
pub(super) enum LookedUp {
    Table(Box<Found>),
    NoTable,
    /// No database is attached under the schema's name.
    NoDatabase,
}

impl LookedUp {
    /// What it means for a plan, and what the plan has to know of a table that rows fit.
    pub(super) fn judged(self, plan: &UpsertPlan<'_>) -> (Look, Option<Found>) {
        let schema = || Some(Wanted::schema_of(plan));
        match self {
            Self::NoDatabase => (Look { schema: schema(), state: State::NoSchema }, None),
            Self::NoTable => (Look { schema: schema(), state: State::NoTable }, None),
            Self::Table(found) => {
                let misfits = found.misfits.clone();
                let refuses = misfits.iter().any(Misfit::refuses);
                let state = State::Table { misfits, definition: found.definition.clone() };
                (Look { schema: schema(), state }, (!refuses).then_some(*found))
            }
        }
    }
}

/// Looks a table up.
pub(super) fn look_up(connection: &Connection, wanted: &Wanted) -> Result<LookedUp> {
    let Wanted { schema, table, columns: written, .. } = wanted;
    let Some((there, version)) = find(connection, schema, table)? else {
        return Ok(if is_attached(connection, schema)? { LookedUp::NoTable } else { LookedUp::NoDatabase });
    };
    let (there, kind) = (&*there, there.kind);
    let mut misfits = Vec::new();
    let create = if written.iter().any(|own| !own.labels.is_empty()) {
        Some(definition(connection, wanted, there)?.create)
    } else {
        None
    };
    let column_facts = column_facts(wanted, there, create.as_deref(), &mut misfits);
    if kind.is_ordinary {
        misfits.extend(not_filled(wanted, there));
        misfits.extend(without_key(wanted, there));
    }

    let is_view = !kind.is_ordinary;
    let definition = if misfits.iter().any(Misfit::is_of_type) && !is_view {
        definition(connection, wanted, there)?
    } else {
        Definition { is_view, ..Definition::default() }
    };
    let exact_keys = index_of(wanted, &there.indexes)
        .is_none_or(|index| index.columns.iter().all(|(_, collation)| collation == "BINARY"));
    let find = |name: &str| there.find(name);
    let telling = if kind.without_rowid || there.has_triggers {
        Telling::Probe
    } else if let Some(column) = there.rowid_column() {
        let position = written.iter().position(|own| column.name.eq_ignore_ascii_case(&own.name));
        // Where it is not written, AUTOINCREMENT may leave gaps.
        position.map_or_else(|| given(&find, false), Telling::RowidIsColumn)
    } else {
        given(&find, true)
    };

    let facts = TableFacts {
        schema: schema.clone(),
        column_facts,
        exact_keys,
        counts_in_one: true,
        mysql: MySqlFacts::default(),
    };
    Ok(LookedUp::Table(Box::new(Found { facts, misfits, telling, version, definition })))
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
        && kind.is_ordinary
        && version(connection, schema)? == before
    {
        TABLES.remember(known, &there);
    }
    Ok(Some((there, now)))
}

/// What a rebuild of the table needs.
fn definition(connection: &Connection, wanted: &Wanted, there: &CatalogTable) -> Result<Definition> {
    // The name of a database cannot be a parameter. What SQLite makes by itself, for a UNIQUE of the table, has no statement.
    let ask = format!(
        "SELECT type = 'table', sql FROM {}.sqlite_master \
         WHERE tbl_name = ?1 COLLATE NOCASE AND sql IS NOT NULL AND type IN ('table', 'index', 'trigger')",
        sql::quoted(&wanted.schema)
    );
    let statements = connection
        .prepare_cached(&ask)?
        .query_map([&wanted.table], |row| Ok((row.get::<_, bool>(0)?, row.get::<_, String>(1)?)))?
        .collect::<Result<Vec<_>>>()?;
    let (of_table, parts): (Vec<_>, Vec<_>) = statements.into_iter().partition(|(is_table, _)| *is_table);
    let statement = |(_, sql): (bool, String)| sql;
    let taking = there.columns.iter().filter(|column| !column.generated);
    let has_own_rowid = !there.kind.without_rowid && there.rowid_column().is_none();
    Ok(Definition {
        is_view: false,
        create: of_table.into_iter().map(statement).next().unwrap_or_default(),
        parts: parts.into_iter().map(statement).collect(),
        rowid: if has_own_rowid { free_rowid(&|name| there.find(name)) } else { None },
        columns: taking.map(|column| DefinedColumn { name: column.name.clone(), ..DefinedColumn::default() }).collect(),
    })
}

/// What each column that is written does with its values, as far as they fit.
fn column_facts(
    wanted: &Wanted,
    there: &CatalogTable,
    create: Option<&str>,
    misfits: &mut Vec<Misfit>,
) -> Vec<ColumnFacts> {
    let Wanted { columns: written, key, .. } = wanted;
    // Where texts are equal to a label that are not it, a check does not say which it takes.
    let checks = create.filter(|create| !create.to_ascii_uppercase().contains("COLLATE"));
    let TableKind { strict, is_ordinary, .. } = there.kind;
    let mut missing = Vec::new();
    let mut column_facts = Vec::with_capacity(written.len());
    for (position, own) in written.iter().enumerate() {
        let WantedColumn { name, column_type: sent, nullable, given, of_own_type, labels } = own;
        let Some(column) = there.find(name) else {
            missing.push(name.clone());
            continue;
        };
        if column.generated {
            misfits.push(Misfit::Generated { column: name.clone() });
            continue;
        }
        // One of several keys, perhaps: what is equal must be one text for all calls.
        let in_key = key.contains(&position) || there.indexes.iter().any(|index| index.has(name));
        let Some((mut keeps, form)) = judge(*sent, &column.declared, strict, in_key) else {
            let there = column.declared.clone();
            misfits.push(Misfit::WrongType { column: name.clone(), there, sent: *sent, widens: false });
            continue;
        };
        let default = match default_of(column, *given, there.is_rowid(name)) {
            Ok(default) => default,
            Err(misfit) => {
                misfits.push(misfit);
                continue;
            }
        };
        if keeps != Keeps::All && !of_own_type {
            let there = column.declared.clone();
            misfits.push(Misfit::Narrow { column: name.clone(), there, sent: *sent, widens: false });
        }
        // Where the column changes texts, that comes first.
        let checks = checks.filter(|_| keeps == Keeps::All && !labels.is_empty());
        if let Some(kept) = checks.and_then(|create| checked_labels(create, name))
            && let Some(misfit) = misfit::no_labels(name, &column.declared, &kept, labels, MoreLabels::Widen)
        {
            misfits.push(misfit);
            keeps = Keeps::Labels(kept);
        }
        // What a trigger does about a NULL, SQLite knows.
        let takes_null = !column.not_null || *given || there.is_rowid(name) || there.has_triggers;
        if is_ordinary && *nullable && !takes_null {
            misfits.push(Misfit::TakesNoNull { column: name.clone() });
        }
        if is_ordinary && !nullable && !column.not_null && !there.is_rowid(name) {
            misfits.push(Misfit::TakesNull { column: name.clone() });
        }
        let facts = ColumnFacts::new(Comparison::Exact, keeps);
        column_facts.push(ColumnFacts { sent: form, default, takes_null, ..facts });
    }
    for name in &wanted.generated {
        match there.find(name) {
            None => missing.push(name.clone()),
            Some(column) if !column.generated => misfits.push(Misfit::NotGenerated { column: name.clone() }),
            Some(_) => {}
        }
    }
    misfits.extend(misfit::no_columns(missing));
    column_facts
}

/// What stands in for a value that a row does not have, of a column to which the database gives it. Where the rowid is NULL,
/// it is given.
fn default_of(column: &CatalogColumn, is_given: bool, is_rowid: bool) -> std::result::Result<Option<Default>, Misfit> {
    match &column.default {
        _ if !is_given || is_rowid => Ok(None),
        Some(default) if !default.eq_ignore_ascii_case("null") => {
            Ok(Some(Default { sql: format!("({default})"), sql_type: None }))
        }
        _ => Err(Misfit::NoDefault { column: column.name.clone() }),
    }
}

/// Columns that are not written, and that would be NULL and must not. What a trigger does about them, SQLite knows.
fn not_filled<'t>(wanted: &'t Wanted, there: &'t CatalogTable) -> impl Iterator<Item = Misfit> + 't {
    let is_written = |name: &str| wanted.columns.iter().any(|own| own.name.eq_ignore_ascii_case(name));
    there
        .columns
        .iter()
        .filter(|column| column.needs_value() && !column.generated && !there.has_triggers)
        .filter(move |column| !is_written(&column.name) && !there.is_rowid(&column.name))
        .map(|column| Misfit::NotFilled { column: column.name.clone() })
}

/// What is missing for rows to be told apart.
fn without_key(wanted: &Wanted, there: &CatalogTable) -> Option<Misfit> {
    let key: Vec<String> = wanted.key.iter().map(|&column| wanted.columns[column].name.clone()).collect();
    let is_rowid = matches!(key.as_slice(), [name] if there.is_rowid(name));
    let is_unique = is_rowid || index_of(wanted, &there.indexes).is_some();
    let is_there = key.iter().all(|name| there.find(name).is_some());
    (is_there && !is_unique).then_some(Misfit::NoUniqueKey { key, partitioned: None })
}

#[derive(Clone, Copy)]
struct TableKind {
    without_rowid: bool,
    strict: bool,
    /// Neither a view nor a virtual table, of whose keys SQLite is the judge.
    is_ordinary: bool,
}

/// What is found under a name; `None` if nothing is.
fn table_kind(connection: &Connection, table: &str, schema: &str) -> Result<Option<TableKind>> {
    connection
        .prepare_cached(
            "SELECT wr, strict, type = 'table' FROM pragma_table_list(?1) \
             WHERE schema = ?2 COLLATE NOCASE AND type <> 'shadow'",
        )?
        .query_row([table, schema], |row| {
            Ok(TableKind { without_rowid: row.get(0)?, strict: row.get(1)?, is_ordinary: row.get(2)? })
        })
        .optional()
}

/// Names of databases are compared without regard to case. `temp` is listed only once it has something in it.
fn is_attached(connection: &Connection, schema: &str) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT ?1 = 'temp' COLLATE NOCASE \
             OR EXISTS (SELECT 1 FROM pragma_database_list WHERE name = ?1 COLLATE NOCASE)",
        )?
        .query_row([schema], |row| row.get(0))
}

/// A table as its schema has it.
pub(super) struct CatalogTable {
    kind: TableKind,
    columns: Vec<CatalogColumn>,
    indexes: Vec<UniqueIndex>,
    has_triggers: bool,
}

/// What a table is like, whatever is to be written to it; `None` if there is none.
pub(super) fn describe(connection: &Connection, schema: &str, table: &str) -> Result<Option<TableSnapshot>> {
    let Some(kind) = table_kind(connection, table, schema)? else { return Ok(None) };
    let there = CatalogTable::read(connection, schema, table, kind)?;
    let column = |column: &CatalogColumn| {
        let is_rowid = there.is_rowid(&column.name);
        let in_key = is_rowid || there.indexes.iter().any(|index| index.has(&column.name));
        let keeps = |sent| judge(sent, &column.declared, kind.strict, in_key).map(|(keeps, _)| keeps);
        ColumnSnapshot::new(&column.name, &column.declared, keeps)
            .nullable(!column.not_null && !is_rowid)
            .filled(is_rowid || column.default.is_some() || there.has_triggers)
            .generated(column.generated)
    };
    let columns = there.columns.iter().map(column).collect();
    let key_of = |index: &UniqueIndex| index.columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    // A column without a name is an expression.
    let keys = there.indexes.iter().map(key_of).filter(|key| !key.iter().any(String::is_empty));
    let rowid = there.rowid_column().map(|column| vec![column.name.clone()]);
    let keys = kind.is_ordinary.then(|| keys.chain(rowid).collect());
    Ok(Some(TableSnapshot::new(Dialect::Sqlite, schema.to_owned(), table, columns, keys)))
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

    fn find(&self, name: &str) -> Option<&CatalogColumn> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The column that is the rowid: `INTEGER PRIMARY KEY`, which then has no index of its own.
    fn rowid_column(&self) -> Option<&CatalogColumn> {
        let mut of_key = self.columns.iter().filter(|column| column.of_primary_key);
        let (Some(column), None) = (of_key.next(), of_key.next()) else { return None };
        let has_index = self.indexes.iter().any(|index| index.of_primary_key);
        (column.declared == "INTEGER" && !has_index && !self.kind.without_rowid).then_some(column)
    }

    fn is_rowid(&self, name: &str) -> bool {
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

/// The rowid by one of its names that no column has taken.
fn given<'c>(find: &impl Fn(&str) -> Option<&'c CatalogColumn>, gapless: bool) -> Telling {
    free_rowid(find).map_or(Telling::Probe, |rowid| Telling::RowidIsGiven { rowid, gapless })
}

fn free_rowid<'c>(find: &impl Fn(&str) -> Option<&'c CatalogColumn>) -> Option<&'static str> {
    ["rowid", "_rowid_", "oid"].into_iter().find(|name| find(name).is_none())
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

struct CatalogColumn {
    name: String,
    declared: String,
    of_primary_key: bool,
    default: Option<String>,
    generated: bool,
    not_null: bool,
}

impl CatalogColumn {
    /// NOT NULL without a default.
    fn needs_value(&self) -> bool {
        self.not_null && self.default.as_deref().is_none_or(|default| default.eq_ignore_ascii_case("null"))
    }
}

struct UniqueIndex {
    of_primary_key: bool,
    /// Names and collations.
    columns: Vec<(String, String)>,
}

impl UniqueIndex {
    fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|(name, _)| name.eq_ignore_ascii_case(column))
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

/// The index of the conflict target; none if the key is the rowid.
fn index_of<'i>(wanted: &Wanted, indexes: &'i [UniqueIndex]) -> Option<&'i UniqueIndex> {
    let key = wanted.key.iter().map(|&column| &wanted.columns[column].name);
    indexes.iter().find(|index| index.columns.len() == wanted.key.len() && key.clone().all(|key| index.has(key)))
}

/// What a column of a declared type does with the values that are sent, and in which form they are sent; `None` if it would
/// change them, refuse them, or hold them beside values of another kind.
fn judge(sent: ColumnType, declared: &str, strict: bool, in_key: bool) -> Option<(Keeps, Sent)> {
    let affinity = Affinity::of(declared, strict);
    if !affinity.is_of(sent) {
        return None;
    }
    let as_it_is = |keeps| Some((keeps, Sent::AsItIs));
    match (sent, affinity) {
        (ColumnType::Uuid, Affinity::Text) => {
            let has_room = declared_length(declared).is_none_or(|length| length >= UUID_LENGTH);
            has_room.then_some((Keeps::All, Sent::AsText))
        }
        // The text of dates never looks like a number.
        (ColumnType::Text | ColumnType::Json | ColumnType::Array(_), Affinity::Numeric) => as_it_is(Keeps::NoNumbers),
        (ColumnType::Decimal, _) if in_key => Some((Keeps::All, Sent::Shortest)),
        (ColumnType::UnsignedBigInt, Affinity::Text)
        | (ColumnType::HugeInt | ColumnType::UnsignedHugeInt, Affinity::Text | Affinity::Any) => {
            Some((Keeps::All, Sent::AsDigits))
        }
        (sent, Affinity::Real) if sent.is_integer() || sent == ColumnType::Duration => {
            as_it_is(Keeps::IntegersOfFloat { bits: 53 })
        }
        // Whole numbers become integers and numbers text, which say the same.
        _ => as_it_is(Keeps::All),
    }
}

/// Characters of a UUID as people write it.
const UUID_LENGTH: u32 = 36;

/// The number in `VARCHAR(36)`, which SQLite itself does not heed.
fn declared_length(declared: &str) -> Option<u32> {
    let (_, behind) = declared.split_once('(')?;
    behind.split_once(')')?.0.trim().parse().ok()
}
