//! What the table is like, as its schema has it.

use rusqlite::{Connection, OptionalExtension, Result};

use super::script::Telling;
use crate::plan::{ColumnFacts, Comparison, Keeps, Sent, TableFacts, UpsertPlan};
use crate::schema::ColumnType;
use crate::sql;

/// The table that a plan is about, borrowing nothing.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) schema: String,
    table: String,
    columns: Vec<(String, ColumnType)>,
    /// Columns whose values the database gives to rows that have none.
    given: Vec<usize>,
    key: Vec<usize>,
}

impl Wanted {
    /// A table is looked for in the main database unless another one is named, never among the temporary ones.
    pub(super) fn of(plan: &UpsertPlan<'_>) -> Self {
        Self {
            schema: plan.schema.clone().unwrap_or_else(|| "main".to_owned()),
            table: plan.table.clone(),
            columns: plan.columns.iter().map(|column| (column.name.to_owned(), column.column_type)).collect(),
            given: plan.given_by_database().map(|(position, _)| position).collect(),
            key: plan.key.clone(),
        }
    }
}

/// What a table turned out to be like.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) facts: TableFacts,
    /// Why the struct does not fit it.
    pub(super) mistakes: Vec<String>,
    pub(super) telling: Telling,
}

/// Looks a table up; `None` if there is none.
pub(super) fn look_up(connection: &Connection, wanted: &Wanted) -> Result<Option<Found>> {
    let Wanted { schema, table, columns: written, given: given_by_database, key } = wanted;
    let kind = connection
        .prepare_cached(
            "SELECT wr, strict FROM pragma_table_list(?1) WHERE schema = ?2 COLLATE NOCASE AND type <> 'shadow'",
        )?
        .query_row([table, schema], |row| Ok((row.get::<_, bool>(0)?, row.get::<_, bool>(1)?)))
        .optional()?;
    let Some((without_rowid, strict)) = kind else { return Ok(None) };
    let indexes = unique_indexes(connection, table, schema)?;

    let columns = connection
        .prepare_cached("SELECT name, upper(type), pk > 0, dflt_value FROM pragma_table_xinfo(?1, ?2)")?
        .query_map([table, schema], |row| {
            Ok(CatalogColumn {
                name: row.get(0)?,
                declared: row.get(1)?,
                of_primary_key: row.get(2)?,
                default: row.get(3)?,
            })
        })?
        .collect::<Result<Vec<_>>>()?;
    let find = |name: &str| columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
    let mut mistakes = Vec::new();
    let mut column_facts = Vec::with_capacity(written.len());
    for (position, (name, sent)) in written.iter().enumerate() {
        // One of several keys, perhaps: what is equal must be one text for all calls.
        let in_key = key.contains(&position) || indexes.iter().any(|index| index.has(name));
        let affinity = |there: &CatalogColumn| Affinity::of(&there.declared, strict);
        match find(name).map(|there| (judge(*sent, affinity(there), in_key), &there.declared)) {
            None => mistakes.push(format!("has no column `{name}`")),
            Some((None, declared)) => {
                mistakes.push(format!(
                    "has a column `{name}` of type {declared}, which would change the {sent} of the struct"
                ));
            }
            Some((Some((keeps, sent)), _)) => {
                column_facts.push(ColumnFacts { sent, ..ColumnFacts::new(Comparison::Exact, keeps) });
            }
        }
    }

    let exact_keys =
        index_of(wanted, &indexes).is_none_or(|index| index.columns.iter().all(|(_, collation)| collation == "BINARY"));

    // `INTEGER PRIMARY KEY` is the rowid, and then has no index of its own.
    let key_columns: Vec<_> = columns.iter().filter(|column| column.of_primary_key).collect();
    let rowid_column = match key_columns.as_slice() {
        [column] if column.declared == "INTEGER" && !indexes.iter().any(|index| index.of_primary_key) => Some(column),
        _ => None,
    };
    let telling = if without_rowid || has_triggers(connection, table, schema)? {
        Telling::Probe
    } else if let Some(column) = rowid_column {
        let position = written.iter().position(|(name, _)| column.name.eq_ignore_ascii_case(name));
        // Where it is not written, AUTOINCREMENT may leave gaps.
        position.map_or_else(|| given(&find, false), Telling::RowidIsColumn)
    } else {
        given(&find, true)
    };

    // Of a column that is not there, nothing more is said.
    let given_by_database = if mistakes.is_empty() { given_by_database.as_slice() } else { &[] };
    for &position in given_by_database {
        let name = &written[position].0;
        let is_rowid = rowid_column.is_some_and(|column| column.name.eq_ignore_ascii_case(name));
        match find(name).and_then(|column| column.default.as_ref()) {
            // Where the rowid is NULL, it is given.
            _ if is_rowid => {}
            Some(default) => column_facts[position].default = Some(format!("({default})")),
            None => mistakes.push(format!("has a column `{name}` without a default, to stand in for a row's `None`")),
        }
    }

    let facts = TableFacts { schema: schema.clone(), column_facts, exact_keys, counts_in_one: true };
    Ok(Some(Found { facts, mistakes, telling }))
}

/// The rowid by one of its names that no column has taken.
fn given<'c>(find: &impl Fn(&str) -> Option<&'c CatalogColumn>, gapless: bool) -> Telling {
    let free = ["rowid", "_rowid_", "oid"].into_iter().find(|name| find(name).is_none());
    free.map_or(Telling::Probe, |rowid| Telling::RowidIsGiven { rowid, gapless })
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
    let key = wanted.key.iter().map(|&column| &wanted.columns[column].0);
    indexes.iter().find(|index| index.columns.len() == wanted.key.len() && key.clone().all(|key| index.has(key)))
}

/// What a column of a declared type does with the values that are sent, by SQLite's rules of type affinity ("Datatypes
/// In SQLite", section 3.1), and in which form they are sent; `None` if it would change them.
fn judge(sent: ColumnType, affinity: Affinity, in_key: bool) -> Option<(Keeps, Sent)> {
    let as_it_is = |keeps| Some((keeps, Sent::AsItIs));
    match (sent, affinity) {
        (ColumnType::Text | ColumnType::Json | ColumnType::Array(_), Affinity::Numeric | Affinity::Real) => {
            as_it_is(Keeps::NoNumbers)
        }
        (ColumnType::Decimal, Affinity::Text | Affinity::None) if in_key => Some((Keeps::All, Sent::Shortest)),
        (ColumnType::UnsignedBigInt, Affinity::Text)
        | (ColumnType::HugeInt | ColumnType::UnsignedHugeInt, Affinity::Text | Affinity::None) => {
            Some((Keeps::All, Sent::AsDigits))
        }
        (sent, Affinity::Real) if sent.is_integer() || matches!(sent, ColumnType::Bool | ColumnType::Duration) => {
            as_it_is(Keeps::IntegersOfFloat { bits: 53 })
        }
        // Decimals are made floats, and of floats 15 digits are made text.
        (ColumnType::Decimal, Affinity::Numeric | Affinity::Real)
        | (ColumnType::Real | ColumnType::Double, Affinity::Text) => None,
        // Whole numbers become integers and numbers text, which say the same; the text of dates never looks like a number.
        _ => as_it_is(Keeps::All),
    }
}

#[derive(Clone, Copy)]
enum Affinity {
    None,
    Text,
    Numeric,
    Real,
}

impl Affinity {
    /// Of a declared type. `ANY` takes everything as it is in a STRICT table, and is no type that others know.
    fn of(declared: &str, strict: bool) -> Self {
        let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
        if has(&["INT"]) {
            Self::Numeric
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if declared.is_empty() || has(&["BLOB"]) || (strict && declared == "ANY") {
            Self::None
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }
}
