//! Rows put aside in a temporary table, until all have come.

use rusqlite::types::{Value as Owned, ValueRef};
use rusqlite::{Connection, Result};

use super::pack::{Bound, Packed};
use super::script::Script;
use super::write::{Abandoned, WriteError, Writer, bind, look};
use crate::backend::Wrote;
use crate::duplicates::Fold;

pub(super) fn create(connection: &Connection, script: &Script) -> Result<()> {
    connection.execute_batch(&script.create_stage)
}

pub(super) fn drop_table(connection: &Connection, script: &Script) -> Result<()> {
    connection.execute_batch(&script.drop_stage)
}

/// Puts a chunk aside. The savepoint spares a transaction for each row, and takes no lock but on the temporary database.
pub(super) fn fill(connection: &Connection, script: &Script, rows: &Packed) -> Result<()> {
    connection.execute_batch("SAVEPOINT upsert_fill")?;
    let filled = insert(connection, script, rows);
    let end = if filled.is_ok() { "RELEASE upsert_fill" } else { "ROLLBACK TO upsert_fill; RELEASE upsert_fill" };
    let ended = connection.execute_batch(end);
    filled.and(ended)
}

fn insert(connection: &Connection, script: &Script, rows: &Packed) -> Result<()> {
    let mut fill = connection.prepare(&script.fill_stage)?;
    for row in 0..rows.len() {
        rows.bind(&mut fill, row..row + 1)?;
        fill.raw_bind_parameter(script.columns + 1, rows.number(row).cast_signed())?;
        fill.raw_execute()?;
    }
    Ok(())
}

/// Writes all that was put aside: in key order, repeated keys folded as `duplicates` does for rows in memory.
pub(super) fn write(
    connection: &Connection,
    script: &Script,
    abandoned: &Abandoned,
) -> std::result::Result<Wrote, WriteError> {
    let mut writer = Writer::new(connection, script)?;
    let mut read = connection.prepare(&script.read_stage)?;
    let mut staged = read.query([])?;
    // A row, and the numbers of the first and of the last one of the input that it stands for.
    let mut pending: Option<(Vec<Owned>, u64, u64)> = None;
    let mut duplicates = 0;
    while let Some(row) = staged.next()? {
        look(abandoned)?;
        let number = row.get::<_, i64>(script.columns)?.cast_unsigned();
        if let Some((cells, earlier, latest)) = &mut pending {
            let same_key = script.fold != Fold::LeaveToDatabase && {
                let mut same = true;
                for &column in &script.key {
                    same &= row.get_ref(column)? == ValueRef::from(&cells[column]);
                }
                same
            };
            if same_key {
                if script.refuse_repeated {
                    return Err(WriteError::RepeatedKey { row: number, earlier: *earlier });
                }
                duplicates += 1;
                *latest = number;
                for (column, cell) in cells.iter_mut().enumerate().filter(|(column, _)| script.latest[*column]) {
                    *cell = row.get(column)?;
                }
                continue;
            }
            write_owned(&mut writer, cells, *earlier, *latest)?;
        }
        let cells = (0..script.columns).map(|column| row.get(column)).collect::<Result<Vec<Owned>>>()?;
        pending = Some((cells, number, number));
    }
    if let Some((cells, earlier, latest)) = &pending {
        write_owned(&mut writer, cells, *earlier, *latest)?;
    }
    drop(staged);
    drop(read);
    Ok(writer.finish(script.duplicates(duplicates)))
}

fn write_owned(
    writer: &mut Writer<'_, '_>,
    cells: &[Owned],
    earlier: u64,
    latest: u64,
) -> std::result::Result<(), WriteError> {
    let is_one = earlier == latest || !writer.script().mixes_rows;
    let written = writer.write(
        |statement| bind(statement, cells.iter().map(|cell| Bound(cell.into()))),
        |column| Bound((&cells[column]).into()),
    );
    written.map_err(|error| WriteError::of_row(writer.script(), error, is_one.then_some(latest)))
}
