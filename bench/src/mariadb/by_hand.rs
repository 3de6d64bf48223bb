//! What one would write by hand with mysql_async, each in one transaction. But for the bulk protocol as it is, all of it
//! tells exactly how many rows were inserted, changed, and left as they were.

use std::fmt::Write;
use std::path::Path;

use chrono::{Datelike, Timelike};
use upsert::mysql_async::prelude::Queryable;
use upsert::mysql_async::{Conn, Params, TxOpts, Value};

use crate::Result;
use crate::rows::{COLUMNS, Item};

/// Rows that were inserted, changed, and left as they were.
pub(super) type Counts = [u64; 3];

/// So many rows in one packet of the bulk protocol: more gains nothing.
const BULK: usize = 10_000;

/// Through `exec_batch`, which is MariaDB's bulk protocol here. Its one number, inserted rows and twice the changed ones,
/// does not tell the one from the other.
pub(super) async fn write_bulk(connection: &mut Conn, rows: &[Item]) -> Result {
    let rows = sorted(rows);
    let mut transaction = connection.start_transaction(TxOpts::default()).await?;
    let statement = transaction.prep(format!("{} ON DUPLICATE KEY UPDATE {}", insert(1), set_all())).await?;
    for rows in rows.chunks(BULK) {
        transaction.exec_batch(&statement, rows.iter().map(|item| parameters(&[item]))).await?;
    }
    Ok(transaction.commit().await?)
}

/// The same, where the statement counts the rows that it finds in a variable of the session. With that, the number tells.
pub(super) async fn write_bulk_counted(connection: &mut Conn, rows: &[Item]) -> Result<Counts> {
    let rows = sorted(rows);
    let mut transaction = connection.start_transaction(TxOpts::default()).await?;
    transaction.query_drop("SET @found = 0").await?;
    let counting = "id = IF((@found := @found + 1) > 0, item.id, NULL)";
    let statement = format!("{} ON DUPLICATE KEY UPDATE {counting}, {}", insert(1), set_all());
    let statement = transaction.prep(statement).await?;
    let mut affected = 0;
    for rows in rows.chunks(BULK) {
        transaction.exec_batch(&statement, rows.iter().map(|item| parameters(&[item]))).await?;
        affected += transaction.affected_rows();
    }
    let found: Option<u64> = transaction.query_first("SELECT CAST(@found AS UNSIGNED)").await?;
    transaction.commit().await?;
    let found = found.ok_or("the variable is set")?;
    let inserted = rows.len() as u64 - found;
    let changed = (affected - inserted) / 2;
    Ok([inserted, changed, found - changed])
}

/// Some rows in each statement, whose answer tells how many of them were there and changed.
pub(super) async fn write_values(connection: &mut Conn, rows: &[Item], of_statement: usize) -> Result<Counts> {
    let rows = sorted(rows);
    let mut transaction = connection.start_transaction(TxOpts::default()).await?;
    let (mut affected, mut changed) = (0, 0);
    for rows in rows.chunks(of_statement) {
        let statement = format!("{} ON DUPLICATE KEY UPDATE {}", insert(rows.len()), set_all());
        let answer = transaction.exec_iter(statement, parameters(rows)).await?;
        affected += answer.affected_rows();
        changed += match rows.len() {
            // Of a single row there is no text.
            1 => answer.affected_rows() / 2,
            _ => duplicates(&answer.info())?,
        };
        answer.drop_result().await?;
    }
    transaction.commit().await?;
    Ok(counts(rows.len(), affected, changed))
}

/// A prepared file into a temporary table, and one statement from there.
pub(super) async fn load_data(connection: &mut Conn, file: &Path, rows: usize) -> Result<Counts> {
    // Before the transaction, which it would not end; but which its rows would be part of.
    connection.query_drop("CREATE TEMPORARY TABLE staged LIKE item").await?;
    let columns = COLUMNS[..9].join(", ");
    let load = format!(
        "LOAD DATA LOCAL INFILE '{}' INTO TABLE staged CHARACTER SET utf8mb4 ({columns}, @token) SET token = UNHEX(@token)",
        file.display(),
    );
    let mut transaction = connection.start_transaction(TxOpts::default()).await?;
    transaction.query_drop(load).await?;
    let write = format!("INSERT INTO item SELECT * FROM staged ORDER BY id ON DUPLICATE KEY UPDATE {}", set_all());
    let answer = transaction.query_iter(write).await?;
    let (affected, changed) = (answer.affected_rows(), duplicates(&answer.info())?);
    answer.drop_result().await?;
    transaction.commit().await?;
    connection.query_drop("DROP TEMPORARY TABLE staged").await?;
    Ok(counts(rows, affected, changed))
}

/// For `LOAD DATA`, in its own format.
pub(super) fn file(rows: &[Item]) -> String {
    let mut out = String::new();
    for item in rows {
        let Item { id, shelf, serial, name, note, weight, active, seen_at, made_on, token } = item;
        let (note, active) = (note.as_deref().unwrap_or("\\N"), u8::from(*active));
        let (seen_at, token) = (seen_at.format("%Y-%m-%d %H:%M:%S%.6f"), token.simple());
        writeln!(out, "{id}\t{shelf}\t{serial}\t{name}\t{note}\t{weight}\t{active}\t{seen_at}\t{made_on}\t{token}")
            .expect("a String takes all");
    }
    out
}

/// What follows `ON DUPLICATE KEY UPDATE`.
pub(super) fn set_all() -> String {
    let set: Vec<_> = COLUMNS[1..].iter().map(|column| format!("{column} = VALUES({column})")).collect();
    set.join(", ")
}

fn counts(rows: usize, affected: u64, changed: u64) -> Counts {
    let inserted = affected - 2 * changed;
    [inserted, changed, rows as u64 - inserted - changed]
}

/// The number in a text as `Records: 3  Duplicates: 1  Warnings: 0`.
fn duplicates(info: &str) -> Result<u64> {
    let number = info.split_once("Duplicates: ").and_then(|(_, rest)| rest.split(' ').next());
    Ok(number.ok_or("the answer has no text")?.parse()?)
}

pub(super) fn insert(rows: usize) -> String {
    let row = format!("({})", ["?"; COLUMNS.len()].join(", "));
    format!("INSERT INTO item ({}) VALUES {}", COLUMNS.join(", "), vec![row; rows].join(", "))
}

/// InnoDB takes rows faster in the order of its pages.
fn sorted(rows: &[Item]) -> Vec<&Item> {
    let mut sorted: Vec<&Item> = rows.iter().collect();
    if !sorted.is_sorted_by_key(|item| item.id) {
        sorted.sort_unstable_by_key(|item| item.id);
    }
    sorted
}

pub(super) fn parameters(rows: &[&Item]) -> Params {
    let mut values = Vec::with_capacity(rows.len() * COLUMNS.len());
    for item in rows {
        let Item { id, shelf, serial, name, note, weight, active, seen_at, made_on, token } = item;
        let seen_at = seen_at.naive_utc();
        values.extend([
            Value::Int(*id),
            Value::Int((*shelf).into()),
            Value::Int(*serial),
            Value::Bytes(name.as_bytes().to_vec()),
            note.as_ref().map_or(Value::NULL, |note| Value::Bytes(note.as_bytes().to_vec())),
            Value::Double(*weight),
            Value::Int((*active).into()),
            Value::Date(
                small(seen_at.year()),
                small(seen_at.month()),
                small(seen_at.day()),
                small(seen_at.hour()),
                small(seen_at.minute()),
                small(seen_at.second()),
                seen_at.nanosecond() / 1_000,
            ),
            Value::Date(small(made_on.year()), small(made_on.month()), small(made_on.day()), 0, 0, 0, 0),
            Value::Bytes(token.as_bytes().to_vec()),
        ]);
    }
    Params::Positional(values)
}

fn small<T, U: TryFrom<T, Error: std::fmt::Debug>>(number: T) -> U {
    U::try_from(number).expect("dates are of this century")
}
