//! The work itself, on a borrowed connection: look the table up, create it, write rows, stage rows.

use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::types::{Value as Owned, ValueRef};
use rusqlite::{Connection, OptionalExtension, Result, Statement};

use super::pack::{Bound, Packed};
use crate::backend::Wrote;
use crate::duplicates::Fold;
use crate::error::{Error, Kind};
use crate::options::{Duplicates, OnConflict};
use crate::plan::{ColumnFacts, Comparison, Keeps, TableFacts, UpsertPlan};
use crate::report::{Count, Counts, Phase};
use crate::schema::ColumnType;
use crate::sql::{self, sqlite};

/// Statements and facts of a call, borrowing nothing, so that a blocking thread can have them.
#[derive(Clone, Debug)]
pub(super) struct Script {
    upsert: String,
    probe: String,
    /// Reads the highest rowid, where SQLite gives them.
    highest: Option<String>,
    create_stage: String,
    pub(super) drop_stage: String,
    fill_stage: String,
    read_stage: String,
    columns: usize,
    key: Vec<usize>,
    latest: Vec<bool>,
    fold: Fold,
    /// Whether a repeated key of the stage is refused here; `OnConflict::Error` leaves it to the database otherwise.
    refuse_repeated: bool,
    on_conflict: OnConflict,
    telling: Telling,
}

/// How to tell an inserted row from an updated one. SQLite says how many rows a statement changed, and which rowid was
/// inserted last; RETURNING would tell more, and take twice the time.
#[derive(Clone, Debug)]
enum Telling {
    /// The rowid is a column that we write: an insert makes it the last one.
    RowidIsColumn(usize),
    /// SQLite gives rowids, each above all that are there. The name under which the rowid can be read.
    RowidIsGiven(&'static str),
    /// There is no rowid, or triggers may touch it: look for the key first.
    Probe,
}

impl Script {
    fn new(plan: &UpsertPlan<'_>, telling: Telling) -> Self {
        let stage = sqlite::Stage { plan };
        Self {
            upsert: sqlite::upsert(plan),
            probe: sqlite::probe(plan),
            highest: match telling {
                Telling::RowidIsGiven(rowid) => Some(sqlite::highest_rowid(plan, rowid)),
                Telling::RowidIsColumn(_) | Telling::Probe => None,
            },
            create_stage: stage.create(),
            drop_stage: stage.drop(),
            fill_stage: stage.fill(),
            read_stage: stage.read(),
            columns: plan.columns.len(),
            key: plan.key.clone(),
            latest: (0..plan.columns.len()).map(|column| plan.takes_latest(column)).collect(),
            fold: plan.fold(),
            refuse_repeated: plan.duplicates == Duplicates::Error || plan.on_conflict == OnConflict::Error,
            on_conflict: plan.on_conflict,
            telling,
        }
    }

    /// Repeated keys that only SQLite can tell are written one by one, and nobody counts them.
    fn duplicates(&self, found: u64) -> Count {
        if self.fold == Fold::LeaveToDatabase { Count::UNKNOWN } else { Count::exact(found) }
    }
}

/// Completes a plan with what was found, or says what is wrong.
pub(super) fn script(plan: &mut UpsertPlan<'_>, found: Option<Found>) -> std::result::Result<Script, Error> {
    let Some(Found { facts, mistakes, telling }) = found else {
        return Err(Error::new(Kind::MissingTable { table: plan.name() }, Phase::Prepare));
    };
    if !mistakes.is_empty() {
        let message = format!("table {} {}", plan.name(), mistakes.join(", and "));
        return Err(Error::plan(message).during(Phase::Prepare));
    }
    plan.resolve(facts)?;
    Ok(Script::new(plan, telling))
}

/// The table that a plan is about, borrowing nothing.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) schema: String,
    table: String,
    columns: Vec<(String, ColumnType)>,
    key: Vec<usize>,
}

impl Wanted {
    /// A table is looked for in the main database unless another one is named, never among the temporary ones.
    pub(super) fn of(plan: &UpsertPlan<'_>) -> Self {
        Self {
            schema: plan.schema.clone().unwrap_or_else(|| "main".to_owned()),
            table: plan.table.clone(),
            columns: plan.columns.iter().map(|column| (column.name.to_owned(), column.column_type)).collect(),
            key: plan.key.clone(),
        }
    }
}

/// What a table turned out to be like.
#[derive(Clone, Debug)]
pub(super) struct Found {
    facts: TableFacts,
    /// Why the struct does not fit it.
    mistakes: Vec<String>,
    telling: Telling,
}

/// Looks a table up; `None` if there is none.
pub(super) fn look_up(connection: &Connection, wanted: &Wanted) -> Result<Option<Found>> {
    let Wanted { schema, table, columns: written, key: _ } = wanted;
    let kind = connection
        .prepare_cached("SELECT wr FROM pragma_table_list(?1) WHERE schema = ?2 COLLATE NOCASE AND type <> 'shadow'")?
        .query_row([table, schema], |row| row.get::<_, bool>(0))
        .optional()?;
    let Some(without_rowid) = kind else { return Ok(None) };

    let columns = connection
        .prepare_cached("SELECT name, upper(type), pk > 0 FROM pragma_table_xinfo(?1, ?2)")?
        .query_map([table, schema], |row| {
            Ok(CatalogColumn { name: row.get(0)?, declared: row.get(1)?, of_primary_key: row.get(2)? })
        })?
        .collect::<Result<Vec<_>>>()?;
    let find = |name: &str| columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
    let mut mistakes = Vec::new();
    let mut column_facts = Vec::with_capacity(written.len());
    for (name, sent) in written {
        match find(name).map(|there| (judge(*sent, &there.declared), &there.declared)) {
            None => mistakes.push(format!("has no column `{name}`")),
            Some((None, declared)) => {
                mistakes.push(format!(
                    "has a column `{name}` of type {declared}, which would change the {sent} of the struct"
                ));
            }
            Some((Some(keeps), _)) => column_facts.push(ColumnFacts { comparison: Comparison::Exact, keeps }),
        }
    }

    let indexes = unique_indexes(connection, table, schema)?;
    let exact_keys =
        index_of(wanted, &indexes).is_none_or(|index| index.columns.iter().all(|(_, collation)| collation == "BINARY"));

    // `INTEGER PRIMARY KEY` is the rowid, and then has no index of its own.
    let key_columns: Vec<_> = columns.iter().filter(|column| column.of_primary_key).collect();
    let rowid_column = match key_columns.as_slice() {
        [column] if column.declared == "INTEGER" && !indexes.iter().any(|index| index.of_primary_key) => {
            written.iter().position(|(name, _)| column.name.eq_ignore_ascii_case(name))
        }
        _ => None,
    };
    let telling = match rowid_column {
        _ if without_rowid || has_triggers(connection, table, schema)? => Telling::Probe,
        Some(column) => Telling::RowidIsColumn(column),
        None => {
            let free = ["rowid", "_rowid_", "oid"].into_iter().find(|name| find(name).is_none());
            free.map_or(Telling::Probe, Telling::RowidIsGiven)
        }
    };

    let facts = TableFacts { schema: schema.clone(), column_facts, exact_keys, counts_in_one: true };
    Ok(Some(Found { facts, mistakes, telling }))
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
}

struct UniqueIndex {
    of_primary_key: bool,
    /// Names and collations.
    columns: Vec<(String, String)>,
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
    indexes.iter().find(|index| {
        index.columns.len() == wanted.key.len()
            && key.clone().all(|key| index.columns.iter().any(|(name, _)| name.eq_ignore_ascii_case(key)))
    })
}

/// What a column of a declared type does with the values that are sent, by SQLite's rules of type affinity ("Datatypes
/// In SQLite", section 3.1); `None` if it would change them.
fn judge(sent: ColumnType, declared: &str) -> Option<Keeps> {
    let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
    let affinity = if has(&["INT"]) {
        Affinity::Numeric
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        Affinity::Text
    } else if declared.is_empty() || declared == "ANY" || has(&["BLOB"]) {
        Affinity::None
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        Affinity::Real
    } else {
        Affinity::Numeric
    };
    match (sent, affinity) {
        (ColumnType::Text | ColumnType::Json, Affinity::Numeric | Affinity::Real) => Some(Keeps::NoNumbers),
        (ColumnType::Bool | ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt, Affinity::Real) => {
            Some(Keeps::IntegersOfFloat { bits: 53 })
        }
        // 15 digits of a float are made text.
        (ColumnType::Real | ColumnType::Double, Affinity::Text) => None,
        // Whole numbers become integers and numbers text, which say the same; the text of dates never looks like a number.
        _ => Some(Keeps::All),
    }
}

#[derive(Clone, Copy)]
enum Affinity {
    None,
    Text,
    Numeric,
    Real,
}

/// The transaction or savepoint of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transaction {
    Own,
    /// A savepoint in the caller's open transaction.
    InCallers,
}

impl Transaction {
    /// Takes the write lock at once: a transaction that reads first and writes later fails if another one wrote between.
    pub(super) fn begin(self, connection: &Connection) -> Result<()> {
        connection.execute_batch(match self {
            Self::Own => "BEGIN IMMEDIATE",
            Self::InCallers => "SAVEPOINT upsert_call",
        })
    }

    pub(super) fn commit(self, connection: &Connection) -> Result<()> {
        connection.execute_batch(match self {
            Self::Own => "COMMIT",
            Self::InCallers => "RELEASE upsert_call",
        })
    }

    /// Some errors (a full disk) have rolled back already.
    pub(super) fn rollback(self, connection: &Connection) -> Result<()> {
        if connection.is_autocommit() {
            return Ok(());
        }
        connection.execute_batch(match self {
            Self::Own => "ROLLBACK",
            Self::InCallers => "ROLLBACK TO upsert_call; RELEASE upsert_call",
        })
    }
}

/// Creates the table in a transaction of its own, or in the caller's.
pub(super) fn create(connection: &Connection, transaction: Transaction, statement: &str) -> Result<()> {
    transaction.begin(connection)?;
    match connection.execute_batch(statement) {
        Ok(()) => transaction.commit(connection),
        Err(error) => {
            // If this fails too, the first error says why.
            drop(transaction.rollback(connection));
            Err(error)
        }
    }
}

/// Asked between rows: whether nobody waits for the work any more.
pub(super) type Abandoned = AtomicBool;

/// How many rows are written between two looks at `Abandoned`.
const ROWS_BETWEEN_LOOKS: usize = 256;

/// Writes a chunk, row by row through one prepared statement.
pub(super) fn write(connection: &Connection, script: &Script, rows: &Packed, abandoned: &Abandoned) -> Result<Wrote> {
    let mut writer = Writer::new(connection, script)?;
    for row in 0..rows.len() {
        if row.is_multiple_of(ROWS_BETWEEN_LOOKS) && abandoned.load(Ordering::Relaxed) {
            return Err(interrupted());
        }
        writer.write(rows.row(row), |column| rows.cell(row, column))?;
    }
    Ok(writer.finish(script.duplicates(0)))
}

fn interrupted() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_INTERRUPT), None)
}

/// Writes rows and counts what became of them.
struct Writer<'c, 's> {
    connection: &'c Connection,
    script: &'s Script,
    upsert: rusqlite::CachedStatement<'c>,
    probe: Option<rusqlite::CachedStatement<'c>>,
    /// The highest rowid of the table, where SQLite gives them.
    highest: i64,
    rows: u64,
    inserted: u64,
    changed: u64,
}

impl<'c, 's> Writer<'c, 's> {
    fn new(connection: &'c Connection, script: &'s Script) -> Result<Self> {
        let highest = match &script.highest {
            Some(sql) => connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?,
            None => 0,
        };
        Ok(Self {
            connection,
            script,
            upsert: connection.prepare_cached(&script.upsert)?,
            probe: None,
            highest,
            rows: 0,
            inserted: 0,
            changed: 0,
        })
    }

    fn write<'v>(&mut self, cells: impl Iterator<Item = Bound<'v>>, cell: impl Fn(usize) -> Bound<'v>) -> Result<()> {
        let last = self.connection.last_insert_rowid();
        // The rowid of this row, if it is inserted, is one that cannot be the last one inserted now; where it could,
        // the key is looked for.
        let there = match self.script.telling {
            Telling::RowidIsColumn(column) if matches!(cell(column).0, ValueRef::Integer(rowid) if rowid != last) => {
                None
            }
            Telling::RowidIsGiven(_) if last <= self.highest && self.highest < i64::MAX => None,
            Telling::RowidIsColumn(_) | Telling::RowidIsGiven(_) | Telling::Probe => Some(self.is_there(&cell)?),
        };
        bind(&mut self.upsert, cells)?;
        let changed = self.upsert.raw_execute()? > 0;
        self.rows += 1;
        if changed {
            self.changed += 1;
            let rowid = self.connection.last_insert_rowid();
            let inserted = there.map_or(rowid != last, |there| !there);
            if inserted {
                self.inserted += 1;
                self.highest = self.highest.max(rowid);
            }
        }
        Ok(())
    }

    fn is_there<'v>(&mut self, cell: &impl Fn(usize) -> Bound<'v>) -> Result<bool> {
        let probe = match &mut self.probe {
            Some(probe) => probe,
            None => self.probe.insert(self.connection.prepare_cached(&self.script.probe)?),
        };
        bind(probe, self.script.key.iter().map(|&column| cell(column)))?;
        let there = probe.raw_query().next()?.is_some();
        Ok(there)
    }

    fn finish(self, duplicates: Count) -> Wrote {
        let left = Count::exact(self.rows - self.changed);
        let (unchanged, ignored) = match self.script.on_conflict {
            OnConflict::Ignore => (Count::ZERO, left),
            OnConflict::Update | OnConflict::Error => (left, Count::ZERO),
        };
        let counts = Counts {
            inserted: self.inserted.into(),
            updated: (self.changed - self.inserted).into(),
            unchanged,
            ignored,
        };
        Wrote { counts, duplicates }
    }
}

fn bind<'v>(statement: &mut Statement<'_>, cells: impl Iterator<Item = Bound<'v>>) -> Result<()> {
    for (number, cell) in cells.enumerate() {
        statement.raw_bind_parameter(number + 1, cell)?;
    }
    Ok(())
}

pub(super) fn create_stage(connection: &Connection, script: &Script) -> Result<()> {
    connection.execute_batch(&script.create_stage)
}

pub(super) fn drop_stage(connection: &Connection, script: &Script) -> Result<()> {
    connection.execute_batch(&script.drop_stage)
}

/// Puts a chunk aside. The savepoint spares a transaction for each row, and takes no lock but on the temporary database.
pub(super) fn fill_stage(connection: &Connection, script: &Script, rows: &Packed) -> Result<()> {
    connection.execute_batch("SAVEPOINT upsert_fill")?;
    let filled = fill(connection, script, rows);
    let end = if filled.is_ok() { "RELEASE upsert_fill" } else { "ROLLBACK TO upsert_fill; RELEASE upsert_fill" };
    let ended = connection.execute_batch(end);
    filled.and(ended)
}

fn fill(connection: &Connection, script: &Script, rows: &Packed) -> Result<()> {
    let mut fill = connection.prepare(&script.fill_stage)?;
    for row in 0..rows.len() {
        bind(&mut fill, rows.row(row))?;
        fill.raw_bind_parameter(script.columns + 1, rows.number(row).cast_signed())?;
        fill.raw_execute()?;
    }
    Ok(())
}

/// Why what was put aside could not be written.
pub(super) enum StageError {
    Sqlite(rusqlite::Error),
    RepeatedKey { row: u64, earlier: u64 },
}

impl From<rusqlite::Error> for StageError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Writes all that was put aside: in key order, repeated keys folded as `duplicates` does for rows in memory.
pub(super) fn write_stage(
    connection: &Connection,
    script: &Script,
    abandoned: &Abandoned,
) -> std::result::Result<Wrote, StageError> {
    let mut writer = Writer::new(connection, script)?;
    let mut read = connection.prepare(&script.read_stage)?;
    let mut staged = read.query([])?;
    let mut pending: Option<(Vec<Owned>, u64)> = None;
    let mut duplicates = 0;
    let mut count = 0_usize;
    while let Some(row) = staged.next()? {
        if count.is_multiple_of(ROWS_BETWEEN_LOOKS) && abandoned.load(Ordering::Relaxed) {
            return Err(interrupted().into());
        }
        count += 1;
        let number = row.get::<_, i64>(script.columns)?.cast_unsigned();
        if let Some((cells, earlier)) = &mut pending {
            let same_key = script.fold != Fold::LeaveToDatabase && {
                let mut same = true;
                for &column in &script.key {
                    same &= row.get_ref(column)? == ValueRef::from(&cells[column]);
                }
                same
            };
            if same_key {
                if script.refuse_repeated {
                    return Err(StageError::RepeatedKey { row: number, earlier: *earlier });
                }
                duplicates += 1;
                for (column, cell) in cells.iter_mut().enumerate().filter(|(column, _)| script.latest[*column]) {
                    *cell = row.get(column)?;
                }
                continue;
            }
            write_owned(&mut writer, cells)?;
        }
        let cells = (0..script.columns).map(|column| row.get(column)).collect::<Result<Vec<Owned>>>()?;
        pending = Some((cells, number));
    }
    if let Some((cells, _)) = &pending {
        write_owned(&mut writer, cells)?;
    }
    drop(staged);
    drop(read);
    Ok(writer.finish(script.duplicates(duplicates)))
}

fn write_owned(writer: &mut Writer<'_, '_>, cells: &[Owned]) -> Result<()> {
    writer.write(cells.iter().map(|cell| Bound(cell.into())), |column| Bound((&cells[column]).into()))
}
