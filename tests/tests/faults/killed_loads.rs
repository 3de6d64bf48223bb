//! Promise 3 on SQLite, whose only server is the process that writes: it is killed in the middle.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proptest::collection::vec;
use tests::rounds::Rounds;
use tests::{figure, seed, sqlite};
use upsert::rusqlite::Connection;

/// As `load_until_killed` loads: rows of a chunk, and of a call.
const CHUNK: u64 = 20;
const CALL: u64 = 3 * CHUNK;

const WAYS: [(&str, u64); 4] = [("chunks", CHUNK), ("cursor", CHUNK), ("memory", CALL), ("staged", CALL)];

#[test]
fn promise_3_what_a_killed_process_acknowledged_is_there() {
    let kills = seed::cases(24);
    let acknowledged = AtomicU64::new(0);
    seed::check(1, vec(0..40_u64, kills as usize), |pauses| {
        let (delete, wal) = pauses.split_at(pauses.len() / 2);
        acknowledged.fetch_add(kill_again_and_again("delete", delete), Ordering::Relaxed);
        acknowledged.fetch_add(kill_again_and_again("wal", wal), Ordering::Relaxed);
        Ok(())
    });
    let chunks = acknowledged.into_inner() / CHUNK;
    figure("sqlite_kills", kills);
    figure("sqlite_kills_chunks_checked", chunks);
    assert!(chunks > u64::from(kills), "{chunks} chunks were acknowledged");
}

/// Loads one table, killed after so many milliseconds each time, and resumed from what was acknowledged; tells how many
/// rows were.
fn kill_again_and_again(journal: &str, pauses: &[u64]) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.db");
    let rounds = Rounds { table: "lap".to_owned(), keys: 7 * CHUNK };
    Connection::open(&file).unwrap().execute_batch(&rounds.create_statement()).unwrap();

    let (mut acknowledged, mut there) = (0, 0);
    for (&pause, (way, unit)) in pauses.iter().zip(WAYS.into_iter().cycle()) {
        let from = acknowledged;
        acknowledged = load_and_kill(&file, journal, way, from, pause);
        let connection = Connection::open(&file).unwrap();
        let damage = sqlite::query(&connection, "PRAGMA integrity_check");
        assert_eq!(damage, [[Some("ok".to_owned())]]);
        let table = sqlite::query(&connection, "SELECT * FROM lap ORDER BY CAST(id AS TEXT)");
        let before = there;
        there = rounds.progress(&table).unwrap_or_else(|| panic!("{journal} {way}: it is torn: {table:?}"));
        // What was there before, and not acknowledged, was written once more.
        let allowed = [acknowledged, acknowledged + unit, before];
        assert!(
            there >= acknowledged && allowed.contains(&there),
            "{journal} {way}: {there} rows are there, {acknowledged} acknowledged, in units of {unit}; {before} before"
        );
    }
    acknowledged
}

/// Loads from a row on, in another process, and kills it so many milliseconds after its first acknowledgement. Tells how
/// many rows were acknowledged.
fn load_and_kill(file: &Path, journal: &str, way: &str, from: u64, pause: u64) -> u64 {
    let mut load = Command::new(env!("CARGO_BIN_EXE_load_until_killed"));
    let load = load.arg(file).args([journal, way, &from.to_string()]).stdout(Stdio::piped());
    let mut load = load.spawn().unwrap();
    let mut lines = BufReader::new(load.stdout.take().unwrap()).lines();
    let first = lines.next().expect("it acknowledges something").unwrap();
    let rest = std::thread::spawn(move || lines.last());
    std::thread::sleep(Duration::from_millis(pause));
    load.kill().unwrap();
    assert_eq!(load.wait().unwrap().code(), None, "it was killed");
    rest.join().unwrap().map_or(first, Result::unwrap).parse().unwrap()
}
