//! Loads rows without end into an SQLite file, and prints after each commit how many are acknowledged.
//!
//! `load_until_killed FILE delete|wal chunks|cursor|memory|staged FROM`

use std::error::Error;
use std::io::{Write, stdout};
use std::path::PathBuf;

use futures_util::{StreamExt, stream};
use tests::rounds::{Lap, Rounds};
use upsert::rusqlite::{self, Connection};
use upsert::{Atomicity, SqlitePool, Upsertable};

const CHUNK: usize = 20;
const CALL: usize = 3 * CHUNK;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, journal, way, from] = arguments.as_slice() else {
        return Err("load_until_killed FILE delete|wal chunks|cursor|memory|staged FROM".into());
    };
    let (file, journal) = (PathBuf::from(file), journal.clone());
    let open = move || -> rusqlite::Result<Connection> {
        let connection = Connection::open(&file)?;
        // The process is killed, not the machine: the system keeps what it was told to write.
        connection.execute_batch(&format!("PRAGMA journal_mode = {journal}; PRAGMA synchronous = OFF"))?;
        Ok(connection)
    };
    let from: u64 = from.parse()?;
    let rounds = Rounds { table: "lap".to_owned(), keys: 7 * CHUNK as u64 };
    if way == "cursor" {
        with_cursor(&mut open()?, &rounds, from)
    } else {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(with_pool(&SqlitePool::open_with(open)?, &rounds, way, from))
    }
}

fn with_cursor(connection: &mut Connection, rounds: &Rounds, from: u64) -> Result<(), Box<dyn Error>> {
    let mut cursor = Lap::cursor(rounds.rows(from), rounds.options().chunk_rows(CHUNK));
    while let Some(chunk) = cursor.write_next_blocking(&mut *connection)? {
        acknowledge(from + chunk.rows_so_far)?;
    }
    Ok(())
}

async fn with_pool(pool: &SqlitePool, rounds: &Rounds, way: &str, mut from: u64) -> Result<(), Box<dyn Error>> {
    let options = rounds.options().chunk_rows(CHUNK);
    if way == "chunks" {
        let mut chunks = Lap::aupsert_chunks(pool, rounds.rows(from), options);
        while let Some(chunk) = chunks.next().await {
            acknowledge(from + chunk?.rows_so_far)?;
        }
        return Ok(());
    }
    loop {
        let rows = rounds.rows(from).take(CALL);
        let options = options.clone().atomicity(Atomicity::Call);
        let report = match way {
            "memory" => Lap::aupsert(pool, rows.collect::<Vec<_>>(), options).await?,
            _ => Lap::aupsert(pool, stream::iter(rows), options).await?,
        };
        from += report.rows;
        acknowledge(from)?;
    }
}

/// It is one write, so that a line is there wholly or not at all.
fn acknowledge(rows: u64) -> Result<(), Box<dyn Error>> {
    Ok(stdout().write_all(format!("{rows}\n").as_bytes())?)
}
