//! What a call will say to SQLite.

use rusqlite::Connection;

use super::look::{Found, Wanted};
use crate::backend::Purpose;
use crate::duplicates::Fold;
use crate::error::Error;
use crate::options::OnConflict;
use crate::plan::UpsertPlan;
use crate::report::Count;
use crate::schema::ColumnType;
use crate::sql::sqlite;

/// Statements and facts of a call, borrowing nothing, so that a blocking thread can have them.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) table: String,
    /// The table's quoted name.
    pub(super) name: String,
    pub(super) upsert: String,
    pub(super) probe: String,
    /// Reads the highest rowid, where that is needed.
    pub(super) highest: Option<String>,
    many: Option<Many>,
    pub(super) create_stage: String,
    pub(super) drop_stage: String,
    pub(super) fill_stage: String,
    pub(super) read_stage: String,
    pub(super) columns: usize,
    pub(super) key: Vec<usize>,
    pub(super) latest: Vec<bool>,
    /// Whether rows that are folded make one whose values are of two of them.
    pub(super) mixes_rows: bool,
    pub(super) fold: Fold,
    /// Whether a repeated key of the stage is refused.
    pub(super) refuse_repeated: bool,
    pub(super) on_conflict: OnConflict,
    pub(super) telling: Telling,
    /// The table that this is said to.
    pub(super) wanted: Wanted,
    pub(super) found: Found,
}

/// How to tell an inserted row from an updated one. SQLite says how many rows a statement changed, and which rowid was
/// inserted last; RETURNING would tell more, and take twice the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// The rowid is a column that we write: an insert makes it the last one.
    RowidIsColumn(usize),
    /// SQLite gives rowids, each above all that are there, and gapless ones just above. The name under which the rowid
    /// can be read.
    RowidIsGiven { rowid: &'static str, gapless: bool },
    /// There is no rowid, or triggers may touch it: look for the key first.
    Probe,
}

/// Several rows in one statement, where it can still be told how many of them were inserted.
#[derive(Clone, Debug)]
pub(super) struct Many {
    pub(super) upsert: String,
    /// Rows of the statement.
    pub(super) rows: usize,
    pub(super) counting: Counting,
}

#[derive(Clone, Debug)]
pub(super) enum Counting {
    /// Inserted rows are those by which the highest rowid has risen.
    ByHighestRowid,
    /// The key is the rowid. Keys above the highest are inserted; below it, how many rows there
    /// are from the first key to the last is found out before and after.
    ByKeyRange(KeyRange),
}

/// Counts the rows of a range of keys.
#[derive(Clone, Debug)]
pub(super) struct KeyRange {
    /// The key.
    pub(super) column: usize,
    /// Reads the key that is so many behind the first one of the range.
    pub(super) nth: String,
    pub(super) count: String,
    /// No further than to a limit, which takes longer.
    pub(super) count_some: String,
}

impl Script {
    /// Completes a plan with what was found.
    pub(super) fn complete(plan: &mut UpsertPlan<'_>, found: Found) -> Result<Self, Error> {
        plan.resolve(found.facts.clone())?;
        Ok(Self::new(plan, found))
    }

    fn new(plan: &UpsertPlan<'_>, found: Found) -> Self {
        let telling = found.telling.clone();
        let stage = sqlite::Stage { plan };
        Self {
            table: plan.table.clone(),
            name: plan.name(),
            upsert: sqlite::upsert(plan, 1),
            probe: sqlite::probe(plan, &found.collations),
            highest: match &telling {
                Telling::RowidIsGiven { rowid, .. } => Some(sqlite::highest_rowid(plan, rowid)),
                Telling::RowidIsColumn(column) => Some(sqlite::highest_rowid(plan, &sqlite::column(plan, *column))),
                Telling::Probe => None,
            },
            many: Many::of(plan, &telling),
            create_stage: stage.create(),
            drop_stage: stage.drop(),
            fill_stage: stage.fill(),
            read_stage: stage.read(),
            columns: plan.columns.len(),
            key: plan.key.clone(),
            latest: (0..plan.columns.len()).map(|column| plan.takes_latest(column)).collect(),
            mixes_rows: plan.mixes_rows(),
            fold: plan.fold(),
            refuse_repeated: plan.refuses_repeated_keys(),
            on_conflict: plan.on_conflict,
            telling,
            wanted: Wanted::of(plan),
            found,
        }
    }

    pub(super) fn strategy(&self, rows: usize, purpose: Purpose) -> &'static str {
        match (purpose, self.several(rows)) {
            (Purpose::Stage, _) => "stage",
            (Purpose::Write, Some(_)) => "several_rows",
            (Purpose::Write, None) => "single_rows",
        }
    }

    /// How several rows go in one statement, if so many rows do.
    pub(super) fn several(&self, rows: usize) -> Option<&Many> {
        self.many.as_ref().filter(|many| rows >= many.rows)
    }

    /// Whether a foreign key of the table is to the table itself.
    pub(super) fn refers_to_itself(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let ask = "SELECT EXISTS (SELECT 1 FROM pragma_foreign_key_list(?1, ?2) WHERE \"table\" = ?1 COLLATE NOCASE)";
        connection.query_row(ask, [&self.table, &self.wanted.schema], |row| row.get(0))
    }

    /// Repeated keys that only SQLite can tell are written one by one, and nobody counts them.
    pub(super) fn duplicates(&self, found: u64) -> Count {
        if self.fold == Fold::LeaveToDatabase { Count::UNKNOWN } else { Count::exact(found) }
    }
}

impl Many {
    /// More rows gain little, and parameters are limited.
    const MOST_ROWS: usize = 20;
    const MOST_PARAMETERS: usize = 999;

    fn of(plan: &UpsertPlan<'_>, telling: &Telling) -> Option<Self> {
        let rows = (Self::MOST_PARAMETERS / plan.columns.len()).min(Self::MOST_ROWS);
        let counting = match telling {
            Telling::RowidIsGiven { gapless: true, .. } => Counting::ByHighestRowid,
            Telling::RowidIsColumn(column)
                if plan.key == [*column] && is_integer(plan.columns[*column].column_type) =>
            {
                Counting::ByKeyRange(KeyRange {
                    column: *column,
                    nth: sqlite::nth_key_from(plan, *column),
                    count: sqlite::count_between(plan, *column),
                    count_some: sqlite::count_some_between(plan, *column),
                })
            }
            Telling::RowidIsGiven { gapless: false, .. } | Telling::RowidIsColumn(_) | Telling::Probe => return None,
        };
        // Rows that are not in key order would spread over the whole table, and each statement with them.
        let ordered = plan.fold() != Fold::LeaveToDatabase;
        (ordered && rows > 1).then(|| Self { upsert: sqlite::upsert(plan, rows), rows, counting })
    }
}

fn is_integer(column_type: ColumnType) -> bool {
    matches!(column_type, ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt)
}
