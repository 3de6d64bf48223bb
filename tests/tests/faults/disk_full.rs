//! Promise 2 where the disk is full or cannot be written: chunks are there or not, the checkpoint tells which, the
//! connection is usable, and the load goes on from the checkpoint once there is room.

use std::process::Command;

use futures_util::stream;
use tests::loading::{Door, Form, Place};
use tests::mariadb_server::{MariaDbServer, is_mysql};
use tests::small_disk::SmallDisk;
use tests::sqlite::Journal;
use tests::{Database, MariaDb, Postgres, Sqlite, figure};
use upsert::deadpool_postgres::Manager;
use upsert::report::Outcome;
use upsert::rusqlite::{self, Connection, OpenFlags};
use upsert::tokio_postgres::NoTls;
use upsert::{Atomicity, Error, SqlitePool, UpsertOptions, UpsertReport, Upsertable};

/// A row of about a kilobyte.
#[derive(Clone, Debug, Upsertable)]
struct Page {
    #[upsert(primary_key)]
    id: i64,
    text: String,
}

const PAGE: &str = "CREATE TABLE page (id BIGINT PRIMARY KEY, text TEXT NOT NULL)";
const ROWS_OF_A_CHUNK: u64 = 200;
/// More than the disk holds while part of it is taken, and less than it holds else.
const ROWS: u64 = 6_000;
const DISK_MEGABYTES: usize = 32;
const TAKEN_MEGABYTES: usize = 28;

fn pages(from: u64) -> Vec<Page> {
    let page = |id: u64| Page { id: i64::try_from(id).expect("small"), text: format!("{id:0>1000}") };
    (from..ROWS).map(page).collect()
}

fn options(atomicity: Atomicity) -> UpsertOptions {
    UpsertOptions::new().chunk_rows(ROWS_OF_A_CHUNK as usize).atomicity(atomicity)
}

/// A load that fails because the disk is full, and goes on once it is not. `sqlstate` is what the database says;
/// `make_room` are statements that empty the table.
async fn fill_and_go_on<D: Database>(
    database: &D,
    places: &[Place],
    ways: &[(Form, Atomicity, Door)],
    disk: &SmallDisk,
    sqlstate: &str,
    make_room: &str,
) -> u64 {
    let mut kept = 0;
    for &place in places {
        for &(form, atomicity, door) in ways {
            let case = format!("{place:?} {door:?} {form:?} {atomicity:?}");
            let taken = disk.take_megabytes(TAKEN_MEGABYTES);
            let written = database.write(place, door, form, &pages(0), options(atomicity)).await;
            let error = failed(written, &case);
            assert_eq!(error.sqlstate(), Some(sqlstate), "{case}: {error}");
            assert!(error.is_retryable(), "{case}: {error}");
            assert_eq!(error.outcome(), Outcome::NotCommitted, "{case}: {error}");
            let next_row = error.checkpoint().next_row;
            assert_eq!(next_row % ROWS_OF_A_CHUNK, 0, "{case}");
            match atomicity {
                Atomicity::Chunk => assert!(next_row > 0 && next_row < ROWS, "{case}: {next_row}"),
                _ => assert_eq!(next_row, 0, "{case}"),
            }
            assert_eq!(rows_there(database).await, (next_row, next_row), "{case}");
            database.assert_nothing_left().await;
            kept += next_row / ROWS_OF_A_CHUNK;

            std::fs::remove_file(taken).expect("it is there");
            let written = database.write(place, door, form, &pages(next_row), options(atomicity)).await;
            let report = written.unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!(report.inserted, ROWS - next_row, "{case}");
            assert_eq!(rows_there(database).await, (ROWS, ROWS), "{case}");
            database.assert_nothing_left().await;
            database.batch(make_room).await;
        }
    }
    kept
}

const WAYS: [(Form, Atomicity, Door); 5] = [
    (Form::Iterator, Atomicity::Chunk, Door::Call),
    (Form::Vec, Atomicity::Chunk, Door::Call),
    (Form::Vec, Atomicity::Call, Door::Call),
    (Form::Iterator, Atomicity::Call, Door::Call),
    (Form::Iterator, Atomicity::Chunk, Door::Cursor),
];

fn failed(written: Result<UpsertReport, Error>, case: &str) -> Error {
    match written {
        Ok(report) => panic!("{case}: {} rows had room", report.rows),
        Err(error) => error,
    }
}

/// How many rows there are, and how many up to the last one.
async fn rows_there<D: Database>(database: &D) -> (u64, u64) {
    let rows = database.query("SELECT count(*), coalesce(max(id), -1) + 1 FROM page").await;
    let number = |column: usize| rows[0][column].as_deref().expect("it is not NULL").parse().expect("a number");
    (number(0), number(1))
}

#[test]
fn promise_2_a_full_disk_under_postgres() {
    tests::run(|database: Postgres| async move {
        let disk = SmallDisk::of_megabytes(DISK_MEGABYTES);
        let folder = disk.path().join("tablespace");
        std::fs::create_dir(&folder).expect("a folder can be made");
        // The server's own user must own it.
        let owned = Command::new("chown").arg("postgres").arg(&folder).status();
        assert!(owned.is_ok_and(|status| status.success()), "the folder can be given to the server's user");
        database.batch(&format!("CREATE TABLESPACE small LOCATION '{}'", folder.display())).await;
        database.batch(&format!("{PAGE} TABLESPACE small")).await;
        let places = [Place::Pool, Place::Connection, Place::Transaction];
        let kept = fill_and_go_on(&database, &places, &WAYS, &disk, "53100", "TRUNCATE page").await;
        figure("disk_full_chunks_kept_postgres", kept);
        database.batch("DROP TABLE page").await;

        // The table has room, the staging table has not: it is full while rows are copied.
        database.batch(PAGE).await;
        let mut config = database.config();
        config.options("-c temp_tablespaces=small -c temp_buffers=800kB");
        let staging = database.through(Manager::new(config, NoTls));
        let staged = [(Form::Iterator, Atomicity::Call, Door::Call), (Form::Iterator, Atomicity::Call, Door::Chunks)];
        fill_and_go_on(&staging, &places, &staged, &disk, "53100", "TRUNCATE page").await;
        database.batch("DROP TABLE page").await;
        database.batch("DROP TABLESPACE small").await;
    });
}

#[test]
fn promise_2_a_full_disk_under_mariadb() {
    tests::run(|mut database: MariaDb| async move {
        let disk = SmallDisk::of_megabytes(DISK_MEGABYTES);
        let folder = disk.path().display();
        // A file of its own for the table, on the small disk, which MySQL has to be told of before.
        if is_mysql() {
            let server = MariaDbServer::of_its_own(&[&format!("--innodb-directories={folder}")]).await;
            database = MariaDb::on(server).await;
        }
        database.batch("SET GLOBAL innodb_file_per_table = 1").await;
        let page = PAGE.replace("TEXT", "LONGTEXT");
        database.batch(&format!("{page} DATA DIRECTORY = '{folder}'")).await;
        let places = [Place::Pool, Place::Connection, Place::Transaction];
        // What is full is the table, in the words of the server.
        let kept = fill_and_go_on(&database, &places, &WAYS, &disk, "HY000", "TRUNCATE page").await;
        figure("disk_full_chunks_kept_mariadb", kept);
        database.batch("DROP TABLE page").await;
    });
}

#[test]
fn promise_2_a_full_disk_under_sqlite() {
    for journal in [Journal::WriteAhead, Journal::Rollback] {
        tests::run(|_: Sqlite| async move {
            let disk = SmallDisk::of_megabytes(DISK_MEGABYTES);
            let database = Sqlite::in_folder(disk.path(), journal);
            database.batch(PAGE).await;
            let make_room = "DELETE FROM page; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)";
            let places = [Place::Pool, Place::Connection];
            let kept = fill_and_go_on(&database, &places, &WAYS, &disk, "SQLITE_FULL", make_room).await;
            figure(format!("disk_full_chunks_kept_sqlite_{journal:?}").to_lowercase(), kept);
            let sound = database.query("PRAGMA integrity_check").await;
            assert_eq!(sound, [[Some("ok".to_owned())]]);
        });
    }
}

/// SQLite ends a transaction when the disk is full, whosever it is: of the chunks in the caller's nothing is left, and the
/// checkpoint says so.
#[test]
fn promise_2_a_full_disk_in_a_callers_transaction_of_sqlite() {
    tests::run(|_: Sqlite| async {
        let disk = SmallDisk::of_megabytes(DISK_MEGABYTES);
        let database = Sqlite::in_folder(disk.path(), Journal::Rollback);
        database.batch(PAGE).await;
        let mut connection = database.connect();
        // So that the disk is written to before the caller commits.
        connection.pragma_update(None, "cache_size", 100).expect("it can be set");
        for atomicity in [Atomicity::Chunk, Atomicity::Call] {
            let taken = disk.take_megabytes(TAKEN_MEGABYTES);
            let mut transaction = connection.transaction().expect("a transaction begins");
            transaction.execute("INSERT INTO page VALUES (-1, 'own')", []).expect("there is room for one");
            let error = failed(Page::upsert(&mut transaction, pages(0).into_iter(), options(atomicity)), "SQLite");
            assert_eq!(error.sqlstate(), Some("SQLITE_FULL"), "{error}");
            assert_eq!((error.checkpoint().next_row, error.outcome()), (0, Outcome::NotCommitted), "{error}");
            assert!(transaction.is_autocommit(), "SQLite has left the transaction open");
            drop(transaction);
            assert_eq!(rows_there(&database).await, (0, 0));
            std::fs::remove_file(taken).expect("it is there");
            Page::upsert(&mut connection, pages(ROWS - 1), options(atomicity)).expect("the connection is usable");
            database.batch("DELETE FROM page").await;
        }
    });
}

#[test]
fn promise_2_what_is_read_only_on_postgres_is_refused() {
    tests::run(|database: Postgres| async move {
        database.batch(PAGE).await;
        let mut refused = 0;
        let mut config = database.config();
        config.options("-c default_transaction_read_only=on");
        let read_only = database.through(Manager::new(config, NoTls));
        for (form, atomicity) in
            [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Vec, Atomicity::Chunk)]
        {
            for place in [Place::Pool, Place::Connection, Place::Transaction] {
                let case = format!("{place:?} {form:?} {atomicity:?}");
                let written = read_only.write(place, Door::Call, form, &pages(ROWS - 500), options(atomicity)).await;
                let error = failed(written, &case);
                assert_eq!(error.sqlstate(), Some("25006"), "{case}: {error}");
                assert_eq!((error.checkpoint().next_row, error.outcome()), (0, Outcome::NotCommitted), "{case}");
                assert!(!error.is_retryable(), "{case}: {error}");
                refused += 1;
            }
        }
        assert_eq!(rows_there(&database).await, (0, 0));
        // The setting is the caller's own.
        let left: Vec<String> =
            read_only.leftovers().await.into_iter().filter(|left| !left.starts_with("setting")).collect();
        assert_eq!(left, [""; 0]);
        figure("read_only_refusals_postgres", refused);
    });
}

#[test]
fn promise_2_what_is_read_only_on_sqlite_is_refused() {
    tests::run(|_: Sqlite| async {
        let disk = SmallDisk::of_megabytes(DISK_MEGABYTES);
        let path = disk.path().join("test.db");
        Connection::open(&path).expect("a file can be made").execute_batch(PAGE).expect("a table can be made");
        let mut refused = 0;
        let of_flag = path.clone();
        let by_flag = move || Connection::open_with_flags(&of_flag, OpenFlags::SQLITE_OPEN_READ_ONLY);
        refused += refusals("flag", by_flag).await;
        let of_pragma = path.clone();
        let by_pragma = move || {
            let connection = Connection::open(&of_pragma)?;
            connection.pragma_update(None, "query_only", "on")?;
            Ok(connection)
        };
        refused += refusals("pragma", by_pragma).await;
        disk.becomes_read_only();
        refused += refusals("disk", move || Connection::open(&path)).await;
        figure("read_only_refusals_sqlite", refused);
    });
}

/// Calls that are refused because nothing can be written through connections that are opened so; tells how many.
async fn refusals(
    what: &str,
    open: impl Fn() -> rusqlite::Result<Connection> + Clone + Send + Sync + 'static,
) -> usize {
    let pool = SqlitePool::open_with(open.clone()).expect("the file can be opened");
    let mut refused = Vec::new();
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        for rows in [pages(ROWS - 500), pages(ROWS - 1)] {
            refused.push(Page::aupsert(&pool, &rows, options(atomicity)).await);
            refused.push(Page::aupsert(&pool, stream::iter(rows.clone()), options(atomicity)).await);
            let asked = pool.with(|connection| state(connection)).await.expect("the connection is usable");
            assert_eq!(asked, (true, Ok(0)), "{what}");

            let mut lent = open().expect("the file can be opened");
            refused.push(Page::upsert(&mut lent, rows.clone(), options(atomicity)));
            assert_eq!(state(&lent), (true, Ok(0)), "{what}");
            let mut transaction = lent.transaction().expect("a transaction begins");
            refused.push(Page::upsert(&mut transaction, rows.into_iter(), options(atomicity)));
            assert_eq!(state(&transaction), (false, Ok(0)), "{what}: the caller's transaction is usable");
        }
    }
    let refusals = refused.len();
    for written in refused {
        let error = failed(written, what);
        assert!(error.sqlstate().is_some_and(|code| code.starts_with("SQLITE_READONLY")), "{what}: {error}");
        assert_eq!((error.checkpoint().next_row, error.is_retryable()), (0, false), "{what}: {error}");
    }
    refusals
}

/// Whether no transaction is open, and how many rows there are.
fn state(connection: &Connection) -> (bool, rusqlite::Result<i64>) {
    (connection.is_autocommit(), connection.query_row("SELECT count(*) FROM page", [], |row| row.get(0)))
}
