//! The loop that one would write by hand with rusqlite, the best safe way: a held statement, raw binds, text made in a
//! buffer on the stack.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use upsert::rusqlite::types::{ToSqlOutput, ValueRef};
use upsert::rusqlite::{Connection, Result, Statement, TransactionBehavior};

use crate::rows::{COLUMNS, Item, set_all};

/// The statement for so many rows.
pub(super) fn upsert(rows: usize) -> String {
    let values = |row: usize| {
        let numbers: Vec<_> = (1..=10).map(|column| format!("?{}", row * 10 + column)).collect();
        format!("({})", numbers.join(", "))
    };
    let rows: Vec<_> = (0..rows).map(values).collect();
    format!("INSERT INTO item AS target ({}) VALUES {} {}", COLUMNS.join(", "), rows.join(", "), set_all())
}

/// The statement for one row that leaves equal rows alone, as ours does.
fn upsert_what_differs() -> String {
    let differs: Vec<_> =
        COLUMNS[1..].iter().map(|column| format!("target.{column} IS NOT excluded.{column}")).collect();
    format!("{} WHERE {}", upsert(1), differs.join(" OR "))
}

/// Writes rows as they come.
pub(super) fn write(connection: &mut Connection, rows: &[Item]) -> Result<()> {
    write_each(connection, &upsert(1), rows.iter())
}

/// Writes rows in key order, but those that are there as they are.
pub(super) fn sort_and_write_what_differs(connection: &mut Connection, rows: &[Item]) -> Result<()> {
    write_each(connection, &upsert_what_differs(), sorted(rows).into_iter())
}

/// Writes rows in key order.
pub(super) fn sort_and_write(connection: &mut Connection, rows: &[Item]) -> Result<()> {
    write_each(connection, &upsert(1), sorted(rows).into_iter())
}

/// Writes rows in key order, ten with each statement.
pub(super) fn sort_and_write_tens(connection: &mut Connection, rows: &[Item]) -> Result<()> {
    let sorted = sorted(rows);
    let (tens, rest) = sorted.as_chunks::<10>();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut statement = transaction.prepare_cached(&upsert(10))?;
        for ten in tens {
            for (place, item) in ten.iter().enumerate() {
                bind(&mut statement, place * 10, item)?;
            }
            statement.raw_execute()?;
        }
        let mut statement = transaction.prepare_cached(&upsert(1))?;
        for item in rest {
            bind(&mut statement, 0, item)?;
            statement.raw_execute()?;
        }
    }
    transaction.commit()
}

fn sorted(rows: &[Item]) -> Vec<&Item> {
    let mut sorted: Vec<&Item> = rows.iter().collect();
    if !sorted.is_sorted_by_key(|item| item.id) {
        sorted.sort_unstable_by_key(|item| item.id);
    }
    sorted
}

fn write_each<'r>(connection: &mut Connection, upsert: &str, rows: impl Iterator<Item = &'r Item>) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        let mut statement = transaction.prepare_cached(upsert)?;
        for item in rows {
            bind(&mut statement, 0, item)?;
            statement.raw_execute()?;
        }
    }
    transaction.commit()
}

fn bind(statement: &mut Statement<'_>, before: usize, item: &Item) -> Result<()> {
    let Item { id, shelf, serial, name, note, weight, active, seen_at, made_on, token } = item;
    statement.raw_bind_parameter(before + 1, id)?;
    statement.raw_bind_parameter(before + 2, shelf)?;
    statement.raw_bind_parameter(before + 3, serial)?;
    statement.raw_bind_parameter(before + 4, name.as_str())?;
    statement.raw_bind_parameter(before + 5, note.as_deref())?;
    statement.raw_bind_parameter(before + 6, weight)?;
    statement.raw_bind_parameter(before + 7, active)?;
    statement.raw_bind_parameter(before + 8, text(&timestamp(*seen_at)))?;
    statement.raw_bind_parameter(before + 9, text(&date(*made_on)))?;
    statement.raw_bind_parameter(before + 10, token.as_bytes().as_slice())
}

fn text(bytes: &[u8]) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(ValueRef::Text(bytes))
}

fn timestamp(at: DateTime<Utc>) -> [u8; 32] {
    let mut out = *b"0000-00-00 00:00:00.000000+00:00";
    out[..10].copy_from_slice(&date(at.date_naive()));
    let time = at.time();
    digits(&mut out[11..13], time.hour());
    digits(&mut out[14..16], time.minute());
    digits(&mut out[17..19], time.second());
    digits(&mut out[20..26], time.nanosecond() / 1_000);
    out
}

fn date(day: NaiveDate) -> [u8; 10] {
    let mut out = *b"0000-00-00";
    digits(&mut out[..4], day.year().cast_unsigned());
    digits(&mut out[5..7], day.month());
    digits(&mut out[8..], day.day());
    out
}

fn digits(out: &mut [u8], mut value: u32) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}
