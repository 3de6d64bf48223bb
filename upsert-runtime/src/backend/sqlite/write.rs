//! Writes encoded rows, and counts what became of them.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::types::{Null, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension as _, Statement};

use super::error::{from_sqlite, is_about_rows, is_of_foreign_key, is_of_unique_constraint};
use super::pack::{Bound, Packed};
use super::script::{Counting, KeyRange, Many, Script, Telling};
use crate::backend::Wrote;
use crate::error::{Error, Kind};
use crate::options::OnConflict;
use crate::report::{Count, Counts, Phase};

/// Asked before each statement: whether nobody waits for the work any more.
pub(super) type Abandoned = AtomicBool;

/// Why rows could not be written.
pub(super) enum WriteError {
    /// The row's number in the input, where it is about one.
    Sqlite {
        error: rusqlite::Error,
        row: Option<u64>,
        /// Whether a row of the table itself is in the way.
        unique: bool,
    },
    RepeatedKey {
        row: u64,
        earlier: u64,
    },
    /// The table is another one than was looked at.
    ChangedTable {
        table: String,
    },
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite { error, row: None, unique: false }
    }
}

impl WriteError {
    /// Of the row with this number, if it has one.
    pub(super) fn of_row(script: &Script, error: rusqlite::Error, row: Option<u64>) -> Self {
        let unique = is_of_unique_constraint(&error, &script.table);
        Self::Sqlite { error, row, unique }
    }

    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Sqlite { error, row, unique } => {
                let row = row.filter(|_| is_about_rows(&error));
                let error = from_sqlite(error).at_row(row);
                if unique { error.of_unique_constraint() } else { error }
            }
            Self::ChangedTable { table } => Error::new(Kind::ChangedTable { table }, Phase::Write),
            Self::RepeatedKey { row, earlier } => Error::new(Kind::RepeatedKey { row, earlier }, Phase::Write),
        }
    }
}

type Result<T> = std::result::Result<T, WriteError>;

/// Writes a chunk.
pub(super) fn write(connection: &Connection, script: &Script, rows: &Packed, abandoned: &Abandoned) -> Result<Wrote> {
    let mut writer = Writer::new(connection, script)?;
    let all = 0..rows.len();
    // A connection may have a limit of its own on parameters, or on the length of statements.
    let several =
        script.several(rows.len()).and_then(|many| Some((many, connection.prepare_cached(&many.upsert).ok()?)));
    match several {
        Some((many, statement)) => match &many.counting {
            Counting::ByHighestRowid => by_highest_rowid(&mut writer, many, statement, rows, abandoned)?,
            Counting::ByKeyRange(range) => by_key_range(&mut writer, many, statement, range, rows, abandoned)?,
        },
        None => writer.one_by_one(rows, all, abandoned)?,
    }
    Ok(writer.finish(script.duplicates(0)))
}

/// Each statement tells how many rows it inserted by how far it has raised the highest rowid.
fn by_highest_rowid(
    writer: &mut Writer<'_, '_>,
    many: &Many,
    mut statement: CachedStatement<'_>,
    rows: &Packed,
    abandoned: &Abandoned,
) -> Result<()> {
    let step = i64::try_from(many.rows).unwrap_or(i64::MAX);
    let mut row = 0;
    while row < rows.len() {
        look(abandoned)?;
        let last = writer.connection.last_insert_rowid();
        let highest = writer.highest.unwrap_or(0);
        // Rowids that this statement may give; if the last one inserted is among them, an insert might not be seen.
        let given = highest..=highest.saturating_add(step);
        if row + many.rows > rows.len() || given.end() == &i64::MAX || (last > highest && given.contains(&last)) {
            writer.counted(rows, row)?;
            row += 1;
            continue;
        }
        let changed = writer.several(&mut statement, rows, row..row + many.rows)?;
        let rowid = writer.connection.last_insert_rowid();
        if rowid != last {
            writer.inserted += rowid.abs_diff(highest);
            writer.highest = Some(rowid);
        }
        writer.changed += changed;
        writer.rows += many.rows as u64;
        row += many.rows;
    }
    Ok(())
}

/// Keys above the highest one are all inserted. Below it, a range of keys tells by the rows it has before and after, which are
/// counted only where rows were inserted or are not just as many as are written; unless it has many more than these.
fn by_key_range(
    writer: &mut Writer<'_, '_>,
    many: &Many,
    mut statement: CachedStatement<'_>,
    range: &KeyRange,
    rows: &Packed,
    abandoned: &Abandoned,
) -> Result<()> {
    /// So few that the pages that were counted are still in the cache when they are written to.
    const ROWS_AT_A_TIME: usize = 500;
    let key = |row| match rows.cell(row, range.column).0 {
        ValueRef::Integer(key) => key,
        _ => unreachable!("a key that is a rowid is an integer"),
    };
    let below = match writer.highest {
        None => 0,
        Some(highest) => partition_point(rows.len(), |row| key(row) <= highest),
    };
    let mut dense = true;
    for start in (0..below).step_by(ROWS_AT_A_TIME) {
        let end = below.min(start + ROWS_AT_A_TIME);
        let (low, high) = (key(start), key(end - 1));
        // Once a range has had more or fewer rows than are written, the next ones likely have, too, and are counted at once.
        dense = dense && range.has_just(writer.connection, low, high, end - start)?;
        let before =
            if dense { Some((end - start) as u64) } else { range.count(writer.connection, low, high, end - start)? };
        let Some(before) = before else {
            writer.one_by_one(rows, start..end, abandoned)?;
            continue;
        };
        let last = writer.connection.last_insert_rowid();
        writer.all(many, &mut statement, rows, start..end, abandoned)?;
        if writer.connection.last_insert_rowid() != last || (low..=high).contains(&last) {
            writer.inserted += range.count_all(writer.connection, low, high)? - before;
        }
    }
    let changed = writer.changed;
    writer.all(many, &mut statement, rows, below..rows.len(), abandoned)?;
    writer.inserted += writer.changed - changed;
    Ok(())
}

impl KeyRange {
    /// Whether a range has as many rows as are to be written: then the last of so many keys is its last one. To go there takes less
    /// than to count.
    fn has_just(&self, connection: &Connection, low: i64, high: i64, to_write: usize) -> Result<bool> {
        let mut nth = connection.prepare_cached(&self.nth)?;
        let before = i64::try_from(to_write - 1).unwrap_or(i64::MAX);
        let found = nth.query_row([low, before], |row| row.get::<_, i64>(0)).optional()?;
        Ok(found == Some(high))
    }

    /// How many rows have a key in a range, unless they are many more than are to be written.
    fn count(&self, connection: &Connection, low: i64, high: i64, to_write: usize) -> Result<Option<u64>> {
        const TOO_MANY_TIMES: u64 = 4;
        let too_many = to_write as u64 * TOO_MANY_TIMES;
        if high.abs_diff(low) < too_many {
            return self.count_all(connection, low, high).map(Some);
        }
        let mut count = connection.prepare_cached(&self.count_some)?;
        let most = i64::try_from(too_many).unwrap_or(i64::MAX);
        let counted = count.query_row([low, high, most], |row| row.get(0)).map(i64::cast_unsigned)?;
        Ok((counted < too_many).then_some(counted))
    }

    fn count_all(&self, connection: &Connection, low: i64, high: i64) -> Result<u64> {
        let mut count = connection.prepare_cached(&self.count)?;
        Ok(count.query_row([low, high], |row| row.get(0)).map(i64::cast_unsigned)?)
    }
}

/// The first of so many places at which a condition, which holds at first, holds no more.
fn partition_point(len: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut from, mut to) = (0, len);
    while from < to {
        let middle = from.midpoint(to);
        if holds(middle) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    from
}

/// Stops work that nobody waits for any more.
pub(super) fn look(abandoned: &Abandoned) -> Result<()> {
    if abandoned.load(Ordering::Relaxed) {
        return Err(interrupted().into());
    }
    Ok(())
}

pub(super) fn interrupted() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_INTERRUPT), None)
}

/// Writes rows and counts what became of them.
pub(super) struct Writer<'c, 's> {
    connection: &'c Connection,
    script: &'s Script,
    upsert: CachedStatement<'c>,
    probe: Option<CachedStatement<'c>>,
    /// The highest rowid of the table, where it is needed; `None` if it has no rows.
    highest: Option<i64>,
    rows: u64,
    inserted: u64,
    changed: u64,
}

impl<'c, 's> Writer<'c, 's> {
    /// Within the transaction that will write. From here on nobody else changes the table.
    pub(super) fn new(connection: &'c Connection, script: &'s Script) -> Result<Self> {
        if !script.found.holds(connection, &script.wanted)? {
            return Err(WriteError::ChangedTable { table: script.name.clone() });
        }
        let highest = match &script.highest {
            Some(sql) => connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?,
            None => None,
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

    pub(super) fn script(&self) -> &'s Script {
        self.script
    }

    fn one_by_one(&mut self, rows: &Packed, range: Range<usize>, abandoned: &Abandoned) -> Result<()> {
        for row in range {
            look(abandoned)?;
            self.counted(rows, row)?;
        }
        Ok(())
    }

    /// Writes one row, and counts what became of it.
    fn counted(&mut self, rows: &Packed, row: usize) -> Result<()> {
        self.write(|statement| rows.bind(statement, row..row + 1), |column| rows.cell(row, column))
            .map_err(|error| WriteError::of_row(self.script, error, rows.name(row)))
    }

    /// Writes the row that is bound to the statement, and counts what became of it.
    pub(super) fn write<'v>(
        &mut self,
        bind_row: impl FnOnce(&mut Statement<'_>) -> rusqlite::Result<()>,
        cell: impl Fn(usize) -> Bound<'v>,
    ) -> rusqlite::Result<()> {
        let last = self.connection.last_insert_rowid();
        // The rowid of this row, if it is inserted, is one that cannot be the last one inserted now; where it could,
        // the key is looked for.
        let there = match self.script.telling {
            Telling::RowidIsColumn(column) if matches!(cell(column).0, ValueRef::Integer(rowid) if rowid != last) => {
                None
            }
            Telling::RowidIsGiven { .. }
                if self.highest.is_some_and(|highest| last <= highest && highest < i64::MAX) =>
            {
                None
            }
            Telling::RowidIsColumn(_) | Telling::RowidIsGiven { .. } | Telling::Probe => Some(self.is_there(&cell)?),
        };
        bind_row(&mut self.upsert)?;
        let changed = self.upsert.raw_execute()? > 0;
        self.rows += 1;
        if changed {
            self.changed += 1;
            let rowid = self.connection.last_insert_rowid();
            let inserted = there.map_or(rowid != last, |there| !there);
            if inserted {
                self.inserted += 1;
                self.highest = self.highest.max(Some(rowid));
            }
        }
        Ok(())
    }

    fn is_there<'v>(&mut self, cell: &impl Fn(usize) -> Bound<'v>) -> rusqlite::Result<bool> {
        let probe = match &mut self.probe {
            Some(probe) => probe,
            None => self.probe.insert(self.connection.prepare_cached(&self.script.probe)?),
        };
        bind(probe, self.script.key.iter().map(|&column| cell(column)))?;
        let there = probe.raw_query().next()?.is_some();
        Ok(there)
    }

    /// Writes a range of rows, several by one statement, without telling which were inserted.
    fn all(
        &mut self,
        many: &Many,
        statement: &mut Statement<'_>,
        rows: &Packed,
        range: Range<usize>,
        abandoned: &Abandoned,
    ) -> Result<()> {
        let mut row = range.start;
        while row < range.end {
            look(abandoned)?;
            let end = row + many.rows;
            if end <= range.end {
                self.changed += self.several(statement, rows, row..end)?;
                row = end;
            } else {
                self.changed += self.uncounted(rows, row)?;
                row += 1;
            }
        }
        self.rows += range.len() as u64;
        Ok(())
    }

    /// Writes some rows by one statement; returns how many changed.
    fn several(&mut self, statement: &mut Statement<'_>, rows: &Packed, range: Range<usize>) -> Result<u64> {
        match rows.bind(statement, range.clone()).and_then(|()| statement.raw_execute()) {
            Ok(changed) => Ok(changed as u64),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => Err(error.into()),
            Err(error) => {
                // One by one, the row that it is about is found; unless SQLite has ended the whole transaction (a full
                // disk, `ON CONFLICT ROLLBACK`), for then each row would commit by itself.
                for row in range {
                    if self.connection.is_autocommit() {
                        break;
                    }
                    match self.uncounted(rows, row) {
                        Ok(_) => {}
                        // Rows behind it may be what it refers to, and another one is what the statement was refused for.
                        Err(WriteError::Sqlite { error: of_row, .. })
                            if is_of_foreign_key(&of_row) && self.script.refers_to_itself(self.connection)? =>
                        {
                            break;
                        }
                        Err(error) => return Err(error),
                    }
                }
                Err(error.into())
            }
        }
    }

    /// Writes one row without telling whether it was inserted; returns whether it changed.
    fn uncounted(&mut self, rows: &Packed, row: usize) -> Result<u64> {
        let executed = rows.bind(&mut self.upsert, row..row + 1).and_then(|()| self.upsert.raw_execute());
        let changed = executed.map_err(|error| WriteError::of_row(self.script, error, rows.name(row)))?;
        Ok(changed as u64)
    }

    pub(super) fn finish(self, duplicates: Count) -> Wrote {
        let left = self.rows.checked_sub(self.changed).map_or(Count::UNKNOWN, Count::exact);
        let (unchanged, ignored) = match self.script.on_conflict {
            OnConflict::Ignore => (Count::ZERO, left),
            OnConflict::Update | OnConflict::Error => (left, Count::ZERO),
        };
        let updated = self.changed.checked_sub(self.inserted);
        let counts = Counts {
            inserted: self.inserted.into(),
            updated: updated.map_or(Count::UNKNOWN, Count::exact),
            unchanged,
            ignored,
        };
        Wrote { counts, duplicates }
    }
}

#[inline]
pub(super) fn bind<'v>(statement: &mut Statement<'_>, cells: impl Iterator<Item = Bound<'v>>) -> rusqlite::Result<()> {
    for (number, Bound(value)) in (1_usize..).zip(cells) {
        // Each by its own kind, which rusqlite need not ask for again.
        match value {
            ValueRef::Null => statement.raw_bind_parameter(number, Null)?,
            ValueRef::Integer(value) => statement.raw_bind_parameter(number, value)?,
            ValueRef::Real(value) => statement.raw_bind_parameter(number, value)?,
            ValueRef::Text(_) | ValueRef::Blob(_) => statement.raw_bind_parameter(number, Bound(value))?,
        }
    }
    Ok(())
}
