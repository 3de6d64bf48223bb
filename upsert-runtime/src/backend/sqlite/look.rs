//! Looks a table up, for a plan.

use rusqlite::{Connection, Result};

use super::catalogue::{CatalogColumn, CatalogTable, MAIN, Relation, Version, find, is_attached, version};
use super::facts::{column_facts, index_of, not_filled, without_key};
use super::script::Telling;
use crate::evolve::{DefinedColumn, Definition, Look, State};
use crate::misfit::Misfit;
use crate::plan::{MySqlFacts, TableFacts, UpsertPlan};
use crate::schema::{Column, ColumnType};
use crate::sql;

/// The table that a plan is about, borrowing nothing.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) schema: String,
    pub(super) table: String,
    pub(super) columns: Vec<WantedColumn>,
    /// Columns that the database computes.
    pub(super) generated: Vec<String>,
    pub(super) key: Vec<usize>,
}

/// A column that is written.
#[derive(Clone, Debug)]
pub(super) struct WantedColumn {
    pub(super) name: String,
    pub(super) column_type: ColumnType,
    pub(super) nullable: bool,
    /// Whether nothing but NULL is written to it.
    pub(super) only_null: bool,
    /// Whether the database gives its value to rows that have none.
    pub(super) given: bool,
    /// Whether the struct says by itself which type it has.
    pub(super) of_own_type: bool,
    /// The texts of an enum.
    pub(super) labels: Vec<String>,
}

impl WantedColumn {
    fn of(column: &Column<'_>) -> Self {
        Self {
            name: column.name.to_owned(),
            column_type: column.column_type,
            nullable: column.nullable,
            only_null: column.only_null,
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

    /// The database that the table is in.
    pub(super) fn schema_of(plan: &UpsertPlan<'_>) -> String {
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
    /// By which the index of the conflict target compares each of its columns; none of a rowid.
    pub(super) collations: Vec<String>,
    version: Version,
    /// What a rebuild needs, where a column is of another type.
    definition: Definition,
}

impl Found {
    /// Whether the table is as it was found. Schemas change for the sake of other tables too: then it is looked up again.
    pub(super) fn holds(&self, connection: &Connection, wanted: &Wanted) -> Result<bool> {
        if version(connection, &wanted.schema)? == self.version {
            return Ok(true);
        }
        let LookedUp::Table(now) = look_up(connection, wanted)? else { return Ok(false) };
        let Self { facts, misfits, telling, collations, version: _, definition: _ } = &*now;
        let same =
            (facts, misfits, telling, collations) == (&self.facts, &self.misfits, &self.telling, &self.collations);
        Ok(same)
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
    if kind.is_ordinary() {
        misfits.extend(not_filled(wanted, there));
        misfits.extend(without_key(wanted, there));
    }
    if kind.relation == Relation::View {
        misfits = vec![Misfit::View];
    }

    let is_view = !kind.is_ordinary();
    let definition = if misfits.iter().any(Misfit::is_of_type) && !is_view {
        Definition { analyzed: is_analyzed(connection, schema, table)?, ..definition(connection, wanted, there)? }
    } else {
        Definition { is_view, ..Definition::default() }
    };
    let index = index_of(wanted, &there.indexes);
    let collation = |&column: &usize| index.and_then(|index| index.collation(&written[column].name)).map(str::to_owned);
    let collations: Vec<String> = wanted.key.iter().filter_map(collation).collect();
    let exact_keys = collations.iter().all(|collation| collation == "BINARY");
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
    Ok(LookedUp::Table(Box::new(Found { facts, misfits, telling, collations, version, definition })))
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
        analyzed: false,
        columns: taking.map(|column| DefinedColumn { name: column.name.clone(), ..DefinedColumn::default() }).collect(),
    })
}

/// Whether `ANALYZE` has looked at a table. Where it has looked at none, there is nothing to read that from.
fn is_analyzed(connection: &Connection, schema: &str, table: &str) -> Result<bool> {
    let schema = sql::quoted(schema);
    let has_statistics = format!("SELECT EXISTS (SELECT 1 FROM {schema}.sqlite_master WHERE name = 'sqlite_stat1')");
    if !connection.prepare_cached(&has_statistics)?.query_row([], |row| row.get::<_, bool>(0))? {
        return Ok(false);
    }
    let of_table = format!("SELECT EXISTS (SELECT 1 FROM {schema}.sqlite_stat1 WHERE tbl = ?1 COLLATE NOCASE)");
    connection.prepare_cached(&of_table)?.query_row([table], |row| row.get(0))
}

/// The rowid by one of its names that no column has taken.
fn given<'c>(find: &impl Fn(&str) -> Option<&'c CatalogColumn>, gapless: bool) -> Telling {
    free_rowid(find).map_or(Telling::Probe, |rowid| Telling::RowidIsGiven { rowid, gapless })
}

fn free_rowid<'c>(find: &impl Fn(&str) -> Option<&'c CatalogColumn>) -> Option<&'static str> {
    ["rowid", "_rowid_", "oid"].into_iter().find(|name| find(name).is_none())
}
