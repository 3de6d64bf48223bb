//! Promise 6: a stream of any length runs in the memory of a few chunks. Each load is a process of its own, whose peak
//! the system tells.
//!
//! A quick run streams 100 and 500 thousand rows; with `UPSERT_LONG=1` they are 1 and 10 million.

use std::path::Path;
use std::process::Command;

use tests::{Database, MariaDb, Postgres, Sqlite, figure};

const MOST_KIB: u64 = 64 * 1024;
/// How much more five or ten times as many rows may take.
const SLACK_KIB: u64 = 8 * 1024;

#[test]
fn promise_6_bounded_memory_on_postgres() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    bounded("postgres", |rows, atomicity| {
        let database = runtime.block_on(Postgres::fresh());
        let place = database.server.socket_folder().join(&database.name);
        let peak = peak("postgres", &place, rows, atomicity);
        runtime.block_on(database.batch("DROP TABLE sale"));
        peak
    });
}

#[test]
fn promise_6_bounded_memory_on_sqlite() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    bounded("sqlite", |rows, atomicity| {
        let database = runtime.block_on(Sqlite::fresh());
        peak("sqlite", &database.path(), rows, atomicity)
    });
}

#[test]
fn promise_6_bounded_memory_on_mariadb() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    bounded("mariadb", |rows, atomicity| {
        let database = runtime.block_on(MariaDb::fresh());
        let place = Path::new(&database.server.socket()).join(&database.name);
        let peak = peak("mysql", &place, rows, atomicity);
        runtime.block_on(database.batch("DROP TABLE sale"));
        peak
    });
}

fn bounded(name: &str, peak: impl Fn(u64, &str) -> u64) {
    let is_long = std::env::var_os("UPSERT_LONG").is_some();
    let (few, many) = if is_long { (1_000_000, 10_000_000) } else { (100_000, 500_000) };
    let (of_few, of_many) = (peak(few, "chunk"), peak(many, "chunk"));
    figure(format!("memory_kib_{name}_{few}_rows"), of_few);
    figure(format!("memory_kib_{name}_{many}_rows"), of_many);
    assert!(of_many <= MOST_KIB, "{of_many} KiB for {many} rows");
    assert!(of_many <= of_few + SLACK_KIB, "{of_few} KiB for {few} rows, {of_many} KiB for {many}");

    // Staged in the database, and written at the end.
    let of_call = peak(few, "call");
    figure(format!("memory_kib_{name}_{few}_rows_in_one_call"), of_call);
    assert!(of_call <= MOST_KIB, "{of_call} KiB for {few} rows in one call");
}

fn peak(database: &str, place: &Path, rows: u64, atomicity: &str) -> u64 {
    let mut stream_rows = Command::new(env!("CARGO_BIN_EXE_stream_rows"));
    let output = stream_rows.arg(database).arg(place).arg(rows.to_string()).arg(atomicity).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}
