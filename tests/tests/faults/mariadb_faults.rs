//! Promise 3 on MariaDB, which nobody can ask what became of a commit: what is said of rows is so, wherever a connection
//! breaks and whenever the server dies.

use std::cell::Cell;
use std::time::Duration;

use tests::faulty_mariadb::FaultyMariaDb;
use tests::faulty_stream::{Cut, Direction};
use tests::loading::{Door, Form};
use tests::mariadb_server::{MariaDbServer, USER};
use tests::rounds::{Lap, Rounds};
use tests::verdict::assert_right;
use tests::{Database, MariaDb, figure, in_form, mariadb, seed, through_door};
use upsert::mysql_async::prelude::Queryable;
use upsert::mysql_async::{OptsBuilder, Pool};
use upsert::report::Outcome;
use upsert::{Atomicity, Error, UpsertReport};

const ROWS: u64 = 6;
const CHUNK: u64 = 2;

/// How a load commits: chunk by chunk, or at once from memory, or at once from a staging table.
const WAYS: [(Door, Form, Atomicity); 4] = [
    (Door::Call, Form::Iterator, Atomicity::Chunk),
    (Door::Cursor, Form::Stream, Atomicity::Chunk),
    (Door::Call, Form::Vec, Atomicity::Call),
    (Door::Call, Form::Stream, Atomicity::Call),
];

fn unit(atomicity: Atomicity) -> u64 {
    if atomicity == Atomicity::Chunk { CHUNK } else { ROWS }
}

fn rounds() -> Rounds {
    Rounds { table: "lap".to_owned(), keys: 5 }
}

/// Loads the rows from one of them on.
async fn load(
    pool: &Pool,
    (door, form, atomicity): (Door, Form, Atomicity),
    from: u64,
    rows: u64,
) -> Result<UpsertReport, Error> {
    let rows: Vec<Lap> = rounds().rows(from).take(rows.try_into().unwrap()).collect();
    let options = rounds().options().chunk_rows(CHUNK.try_into().unwrap()).atomicity(atomicity);
    in_form!(form, rows.as_slice(), given => through_door!(Lap, door, pool, given, options))
}

#[test]
fn promise_3_three_outcomes_wherever_a_connection_breaks() {
    tests::run(|database: MariaDb| async move {
        database.batch(&rounds().create_statement()).await;
        let (mut cuts, mut in_doubt, mut unseen) = (0, 0, 0);
        for way in WAYS {
            let whole = FaultyMariaDb::before(&database, |_| None);
            load(&whole.pool(), way, 0, ROWS).await.expect("nothing breaks");
            for direction in [Direction::Sent, Direction::Received] {
                let bytes = whole.meter.passed(direction);
                let every = bytes.div_ceil(seed::cases(30) as usize);
                // And around the last commit.
                let places = (0..bytes).filter(|after| after.is_multiple_of(every) || after + 40 >= bytes);
                for after in places {
                    let case = format!("{way:?} {direction:?} {after} of {bytes}");
                    database.batch("DELETE FROM lap").await;
                    let faulty = FaultyMariaDb::before(&database, move |number| {
                        (number == 0).then_some(Cut { direction, after })
                    });
                    let pool = faulty.pool();
                    let said = load(&pool, way, 0, ROWS).await;
                    // What was sent may still be on its way.
                    database.assert_nothing_goes_on(&case).await;
                    let next = assert_right(&said, unit(way.2), rounds().progress_in(&database).await);
                    in_doubt += u32::from(said.as_ref().is_err_and(|error| error.outcome() == Outcome::InDoubt));
                    unseen += u32::from(said.is_ok());
                    load(&database.pool, way, next, ROWS - next)
                        .await
                        .unwrap_or_else(|error| panic!("{case}: {error}"));
                    assert_eq!(rounds().progress_in(&database).await, ROWS, "{case}");
                    cuts += 1;
                }
            }
        }
        database.assert_nothing_left().await;
        figure("mariadb_cuts", cuts);
        figure("mariadb_cuts_in_doubt", in_doubt);
        figure("mariadb_cuts_that_were_not_noticed", unseen);
        assert!(cuts >= 300 && in_doubt > 0 && unseen < cuts / 2, "{cuts} cuts, {in_doubt} in doubt, {unseen} unseen");
    });
}

/// The server is killed in the middle of a load without end, and started again. A page that it was writing may be there in
/// part, so that it writes each of them twice.
#[test]
fn promise_3_three_outcomes_where_the_server_is_killed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut server = MariaDbServer::start(&["--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=1"]).await;
        let mut admin = server.connect().await;
        let setup = format!(
            "CREATE DATABASE laps; GRANT ALL ON laps.* TO {USER}@localhost; USE laps; {}",
            rounds().create_statement()
        );
        admin.query_drop(setup).await.unwrap();
        let config = OptsBuilder::default().socket(Some(server.socket())).user(Some(USER)).db_name(Some("laps"));
        let mut dice = seed::dice();
        let kills = seed::cases(8);
        let (mut next, mut in_doubt) = (0, 0);
        for kill in 0..kills {
            let pool = Pool::new(config.clone());
            let way = WAYS[kill as usize % WAYS.len()];
            // After a few calls, at any moment of the next.
            let calls = Cell::new(1 + seed::below(&mut dice, 8));
            let wait = Duration::from_micros(seed::below(&mut dice, 6_000) as u64);
            let loading = async {
                loop {
                    match load(&pool, way, next, ROWS).await {
                        Ok(report) => next += report.rows,
                        Err(error) => break error,
                    }
                    calls.set(calls.get().saturating_sub(1));
                }
            };
            let killing = async {
                while calls.get() > 0 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                tokio::time::sleep(wait).await;
                server.kill();
            };
            let (error, ()) = tokio::join!(loading, killing);
            server.restart().await;
            admin = server.connect().await;
            let table = mariadb::query(&mut admin, "SELECT * FROM laps.lap ORDER BY CAST(id AS CHAR)").await;
            let there = rounds().progress(&table).unwrap_or_else(|| panic!("{way:?}: it is torn: {table:?}"));
            in_doubt += u32::from(error.outcome() == Outcome::InDoubt);
            next += assert_right(&Err(error), unit(way.2), there - next);
        }
        assert!(next >= u64::from(kills) * ROWS, "only {next} rows");
        figure("mariadb_kills", kills);
        figure("mariadb_kills_in_doubt", in_doubt);
        figure("mariadb_kills_rows_checked", next);
    });
}
