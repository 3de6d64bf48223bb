//! Many rows, which go to MariaDB through its bulk protocol: whatever holds for a few, holds for them.

use tests::loading::{Door, Form, Place};
use tests::mariadb_server::{MariaDbServer, USER, either, is_mysql};
use tests::spied_mariadb::{Bulk, spied_mariadb};
use tests::{Database, MariaDb, Table, figure, in_form, row, through_door};
use upsert::mysql_async::prelude::Queryable;
use upsert::mysql_async::{Conn, OptsBuilder, TxOpts};
use upsert::report::{Count, Outcome};
use upsert::{Atomicity, ErrorKind, OnConflict, UpsertOptions, UpsertReport, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Part {
    #[upsert(primary_key)]
    id: i64,
    name: String,
    amount: Option<i64>,
}

fn part(id: i64, amount: i64) -> Part {
    Part { id, name: format!("part {id}"), amount: Some(amount) }
}

const ROWS: i64 = 3_000;

/// A thousand of them are there and stay, a thousand are there and change, and a thousand are new.
fn parts() -> Vec<Part> {
    (1..=ROWS).map(|id| part(id, 1)).collect()
}

const OLD: &str = "DELETE FROM part; INSERT INTO part (id, name, amount)
    WITH digits AS (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6
                    UNION SELECT 7 UNION SELECT 8 UNION SELECT 9),
         numbers AS (SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS n
                     FROM digits AS a, digits AS b, digits AS c, digits AS e WHERE e.d < 2)
    SELECT n, CONCAT('part ', n), IF(n <= 1000, 1, 2) FROM numbers";

const TABLE: &str = "CREATE TABLE part (id BIGINT PRIMARY KEY, name VARCHAR(100) NOT NULL, amount BIGINT)";

const WAYS: [(Form, Atomicity); 3] =
    [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Stream, Atomicity::Chunk)];

fn counts(report: &UpsertReport) -> [Count; 4] {
    [report.inserted, report.updated, report.unchanged, report.ignored]
}

/// Neither what triggers write, nor another unique key, nor the parts of a table make a difference to what is counted.
#[test]
fn promise_9_exact_counts_of_many_rows() {
    tests::run(|database: MariaDb| async move {
        let writes = "CREATE TRIGGER new AFTER INSERT ON part FOR EACH ROW INSERT INTO log VALUES (NEW.id), (NEW.id);
             CREATE TRIGGER old BEFORE UPDATE ON part FOR EACH ROW INSERT INTO log VALUES (NEW.id);
             CREATE TRIGGER older AFTER UPDATE ON part FOR EACH ROW UPDATE tally SET n = n + 1";
        database
            .batch("CREATE TABLE log (id BIGINT); CREATE TABLE tally (n BIGINT); INSERT INTO tally VALUES (0)")
            .await;
        let mut in_bulk = 0;
        for table in [
            TABLE.to_owned(),
            format!("{TABLE}; {writes}"),
            TABLE.replace("NOT NULL", "NOT NULL UNIQUE"),
            format!("{TABLE} PARTITION BY KEY (id) PARTITIONS 3"),
        ] {
            database.batch(&format!("DROP TABLE IF EXISTS part; {table}")).await;
            for found_rows in [false, true] {
                // The rows then stand in the statement, whatever the table.
                if found_rows && table != TABLE {
                    continue;
                }
                let (spied, spy, _way) = spied_mariadb(&database, Bulk::Offered, found_rows);
                for (form, atomicity) in WAYS {
                    for chunk_rows in [900, 10_000] {
                        let way = format!("{table}: {found_rows} {form:?} {atomicity:?} {chunk_rows}");
                        let options = || UpsertOptions::new().chunk_rows(chunk_rows).atomicity(atomicity);
                        let cases = [
                            (options(), [1000, 1000, 1000, 0]),
                            (options().rewrite_unchanged(), [1000, 2000, 0, 0]),
                            (options().on_conflict(OnConflict::Ignore), [1000, 0, 0, 2000]),
                        ];
                        for (options, expected) in cases {
                            database.batch(OLD).await;
                            let ignores = expected[3] > 0;
                            let report = spied.write(Place::Pool, Door::Call, form, &parts(), options).await;
                            if ignores && table.contains("TRIGGER") {
                                // They fire for rows that are to be left alone.
                                let error = report.unwrap_err();
                                assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{way}");
                                assert!(error.to_string().contains("has a trigger for updates"), "{way}: {error}");
                                continue;
                            }
                            let report = report.unwrap_or_else(|error| panic!("{way}: {error}"));
                            assert_eq!(counts(&report), expected.map(Count::exact), "{way}");
                            let changed = if ignores { 1000 } else { 0 };
                            assert_eq!(
                                amounts(&database).await,
                                [row(["3000", &(3000 + changed).to_string()])],
                                "{way}"
                            );
                            let (bulk, _) = spy.take();
                            // A chunk alone is not staged.
                            let is_staged = form == Form::Stream && atomicity == Atomicity::Call && chunk_rows == 900;
                            assert_eq!(bulk > 0, (!found_rows || is_staged) && !is_mysql(), "{way}: {bulk}");
                            in_bulk += bulk;
                        }
                        database.batch("DELETE FROM part").await;
                        let error = options().on_conflict(OnConflict::Error);
                        let report = spied.write(Place::Pool, Door::Call, form, &parts(), error).await.unwrap();
                        assert_eq!(counts(&report), [3000, 0, 0, 0].map(Count::exact), "{way}");
                        spy.take();
                    }
                }
            }
        }
        database.assert_nothing_left().await;
        figure("mariadb_bulk_executions", in_bulk);
    });
}

async fn amounts(database: &MariaDb) -> Table {
    database.query("SELECT COUNT(*), SUM(amount) FROM part").await
}

/// Where a table keeps its history, counts are right or absent.
#[test]
fn promise_9_no_count_of_many_rows_is_guessed() {
    tests::run(|database: MariaDb| async move {
        // On MySQL no table keeps it.
        let versioning = either(" WITH SYSTEM VERSIONING", "");
        database.batch(&format!("{TABLE}{versioning}")).await;
        for found_rows in [false, true] {
            let (spied, _, _way) = spied_mariadb(&database, Bulk::Offered, found_rows);
            for (form, atomicity) in WAYS {
                database.batch(OLD).await;
                let options = UpsertOptions::new().atomicity(atomicity);
                let report = spied.write(Place::Pool, Door::Call, form, &parts(), options).await.unwrap();
                for count in &counts(&report)[..3] {
                    assert!(count.get().is_none_or(|count| count == 1000), "{found_rows} {form:?} {report}");
                }
                assert_eq!(amounts(&database).await, [row(["3000", "3000"])], "{found_rows} {form:?}");
            }
        }
    });
}

/// What is wrong with one of many rows is said of that row; and nothing of its chunk stays.
#[test]
fn promise_2_an_error_of_many_rows_names_the_row() {
    const CHUNK: usize = 1_000;
    tests::run(|database: MariaDb| async move {
        let latin = TABLE.replace("VARCHAR(100)", "VARCHAR(100) CHARACTER SET latin1");
        let mut named = 0;
        for (form, atomicity) in WAYS {
            for at in [0, 1, 899, 999, 1000, 2718, 2999] {
                for case in ["value", "key", "check", "stranger"] {
                    let way = format!("{form:?} {atomicity:?} {at} {case}");
                    let table = match case {
                        "value" => latin.clone(),
                        "check" => TABLE.replace("amount BIGINT", "amount BIGINT CHECK (amount <> 7)"),
                        "stranger" => TABLE.replace("NOT NULL", "NOT NULL UNIQUE"),
                        _ => TABLE.to_owned(),
                    };
                    database.batch(&format!("DROP TABLE IF EXISTS part; {table}; {OLD}; DELETE FROM part")).await;
                    let (spied, spy, _way) = spied_mariadb(&database, Bulk::Offered, false);
                    let mut rows = parts();
                    let mut options = UpsertOptions::new().chunk_rows(CHUNK).atomicity(atomicity);
                    match case {
                        "value" => rows[at].name = "漢".to_owned(),
                        "check" => rows[at].amount = Some(7),
                        "key" => {
                            database.batch(&format!("INSERT INTO part VALUES ({}, 'there', 0)", rows[at].id)).await;
                            options = options.on_conflict(OnConflict::Error);
                        }
                        _ => database.batch(&format!("INSERT INTO part VALUES (-1, '{}', 0)", rows[at].name)).await,
                    }
                    let before = database.query("SELECT COUNT(*) FROM part").await;
                    let written = spied.write(Place::Pool, Door::Call, form, &rows, options).await;
                    let error = written.expect_err(&way);
                    assert_ne!(error.kind(), ErrorKind::InvalidValue, "{way}: {error}");
                    let row_named = error.row();
                    let whole = atomicity == Atomicity::Call;
                    let is_staged = whole && form == Form::Stream;
                    match case {
                        "value" => assert_eq!(row_named, Some(at as u64), "{way}: {error}"),
                        "key" | "check" if !is_staged => assert_eq!(row_named, Some(at as u64), "{way}: {error}"),
                        // The server does not say which.
                        _ => assert!(row_named.is_none_or(|row| row == at as u64), "{way}: {error}"),
                    }
                    named += usize::from(row_named.is_some());
                    let stays = if whole { 0 } else { at / CHUNK * CHUNK };
                    if whole {
                        assert_eq!(error.outcome(), Outcome::NotCommitted, "{way}: {error}");
                    }
                    let before: usize = before[0][0].as_deref().unwrap().parse().unwrap();
                    let there = database.query("SELECT COUNT(*) FROM part").await;
                    assert_eq!(there, [row([&(before + stays).to_string()])], "{way}: {error}");
                    assert_eq!(spy.take().0 > 0, !is_mysql(), "{way}");
                    spied.assert_nothing_left().await;
                }
            }
        }
        figure("mariadb_bulk_rows_named", named);
    });
}

/// Every kind of value, with NULLs among them, at the beginning, and alone.
#[test]
fn promise_7_values_of_many_rows_are_what_they_are_one_by_one() {
    #[derive(Clone, Debug, Upsertable)]
    #[upsert(table = "kinds")]
    struct Kinds {
        #[upsert(primary_key)]
        id: i64,
        a: Option<bool>,
        b: Option<i16>,
        c: Option<i32>,
        d: Option<i64>,
        e: Option<u64>,
        f: Option<i128>,
        g: Option<f32>,
        h: Option<f64>,
        #[upsert(sql_type(mysql = "decimal(30, 10)"))]
        i: Option<rust_decimal::Decimal>,
        j: Option<String>,
        k: Option<Vec<u8>>,
        l: Option<chrono::NaiveDate>,
        m: Option<chrono::NaiveTime>,
        n: Option<chrono::DateTime<chrono::Utc>>,
        o: Option<uuid::Uuid>,
        p: Option<std::net::IpAddr>,
        q: Option<serde_json::Value>,
        r: Option<i64>,
    }
    fn kinds(id: i64) -> Kinds {
        // Each column has NULLs at rows of its own; the last of them nothing else.
        let some = |column: i64| id > 40 * (column % 3) && (id + column) % 3 != 0;
        let n = id * 1_234_567;
        let is_even = id % 2 == 0;
        Kinds {
            id: if is_even { id } else { -id },
            a: some(0).then_some(is_even),
            b: some(1).then_some(if is_even { i16::MAX } else { i16::MIN }),
            c: some(2).then_some(if is_even { i32::MAX } else { i32::MIN }),
            d: some(3).then_some(if is_even { i64::MAX - id } else { i64::MIN + id }),
            e: some(4).then_some(if is_even { u64::MAX } else { 0 }),
            f: some(5).then_some(if is_even { i128::from(n) << 40 } else { -1 }),
            g: some(6).then_some(if is_even { 1.5e30 } else { -0.25 }),
            h: some(7).then_some(if is_even { 1.0e300 / 7.0 } else { -1.0 / 3.0 }),
            i: some(8)
                .then_some(rust_decimal::Decimal::new(if is_even { n } else { -n }, if is_even { 10 } else { 0 })),
            j: some(9).then(|| "é漢\0'\\".repeat(usize::try_from(id % 90).unwrap())),
            k: some(10).then(|| vec![0xFB; usize::try_from(id % 300).unwrap()]),
            l: some(11)
                .then(|| chrono::NaiveDate::from_num_days_from_ce_opt(i32::try_from(id * 1_000).unwrap()).unwrap()),
            m: some(12)
                .then(|| chrono::NaiveTime::from_hms_micro_opt(23, 59, 59, if is_even { 0 } else { 1 }).unwrap()),
            n: some(13)
                .then(|| chrono::DateTime::from_timestamp_micros(if is_even { n * 1_000_000 } else { n }).unwrap()),
            o: some(14).then(|| uuid::Uuid::from_u128(u128::from(n.unsigned_abs()))),
            p: some(15).then(|| if is_even { "1.2.3.4" } else { "2001:db8::1" }.parse().unwrap()),
            q: some(16).then(|| serde_json::json!({ "n": n, "s": "漢" })),
            r: None,
        }
    }
    tests::run(|database: MariaDb| async move {
        let rows: Vec<Kinds> = (1..=700).map(kinds).collect();
        let one_by_one = || UpsertOptions::new().create_table().table("one_by_one").chunk_rows(1);
        Kinds::aupsert(&database.pool, &rows, one_by_one()).await.unwrap();
        let expected = database.query("SELECT * FROM one_by_one ORDER BY id").await;
        let (spied, spy, _way) = spied_mariadb(&database, Bulk::Offered, false);
        for (form, atomicity) in WAYS {
            for chunk_rows in [150, 1_000] {
                let way = format!("{form:?} {atomicity:?} {chunk_rows}");
                database.batch("DROP TABLE IF EXISTS kinds").await;
                let options = || UpsertOptions::new().create_table().chunk_rows(chunk_rows).atomicity(atomicity);
                // Once as new rows, and once as rows that are there.
                for expected_counts in [[700, 0, 0, 0], [0, 350, 350, 0]] {
                    let written = in_form!(form, rows.as_slice(), given => through_door!(Kinds, Door::Call, &spied.pool, given, options()));
                    let report = written.unwrap_or_else(|error| panic!("{way}: {error}"));
                    assert_eq!(counts(&report), expected_counts.map(Count::exact), "{way}");
                    assert_eq!(spy.take().0 > 0, !is_mysql(), "{way}");
                    assert!(database.query("SELECT * FROM kinds ORDER BY id").await == expected, "{way}: other values");
                    let other = "UPDATE kinds SET a = 1 - COALESCE(a, 1), d = NULL, j = 'x', r = 5 WHERE id < 0";
                    database.batch(other).await;
                }
            }
        }
    });
}

/// Rows of a chunk that are too many for a packet go in several, each of which is counted; and rows that are larger than others
/// go alone.
#[test]
fn promise_9_what_goes_in_several_packets_is_counted() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let server = MariaDbServer::start(&["--max-allowed-packet=1M"]).await;
        let mut admin = server.connect().await;
        let create = TABLE.replace("VARCHAR(100)", "LONGTEXT");
        admin
            .query_drop(format!("CREATE DATABASE parts; GRANT ALL ON parts.* TO {USER}@localhost; USE parts; {create}"))
            .await
            .unwrap();
        let config = OptsBuilder::default().socket(Some(server.socket())).user(Some(USER)).db_name(Some("parts"));
        for most in [None, Some(300_000)] {
            let mut connection = Conn::new(config.clone().max_allowed_packet(most)).await.unwrap();
            let most = most.unwrap_or(1 << 20);
            for (form, atomicity) in WAYS {
                let way = format!("{most} {form:?} {atomicity:?}");
                let size = |id: i64| match id % 500 {
                    0 => most - 2_000,
                    1 => most / 2,
                    _ => 2_000,
                };
                let large = |id: i64, amount| Part { name: "x".repeat(size(id)), ..part(id, amount) };
                let old: Vec<Part> = (1..=2_000).map(|id| large(id, if id <= 1000 { 1 } else { 2 })).collect();
                let new: Vec<Part> = (1..=ROWS).map(|id| large(id, 1)).collect();
                let options = || UpsertOptions::new().chunk_bytes(64 << 20).atomicity(atomicity);
                for (rows, expected) in [(&old, [2000, 0, 0, 0]), (&new, [1000, 1000, 1000, 0])] {
                    let written = in_form!(form, rows.as_slice(), given => through_door!(Part, Door::Call, &mut connection, given, options()));
                    let report = written.unwrap_or_else(|error| panic!("{way}: {error}"));
                    assert_eq!(counts(&report), expected.map(Count::exact), "{way}");
                }
                let sums: Option<(u64, u64, u64)> =
                    admin.query_first("SELECT COUNT(*), SUM(amount), SUM(LENGTH(name)) FROM part").await.unwrap();
                let bytes: usize = new.iter().map(|row| row.name.len()).sum();
                assert_eq!(sums, Some((3000, 3000, bytes as u64)), "{way}");
                admin.query_drop("DELETE FROM part").await.unwrap();
            }
        }
    });
}

/// A server that does not offer the protocol gets statements of many rows, not one for each.
#[test]
fn where_there_is_no_bulk_protocol_rows_do_not_go_one_by_one() {
    tests::run(|database: MariaDb| async move {
        database.batch(TABLE).await;
        let (plain, spy, _way) = spied_mariadb(&database, Bulk::Concealed, false);
        for (form, atomicity) in WAYS {
            database.batch(OLD).await;
            let options = UpsertOptions::new().atomicity(atomicity);
            let report = plain.write(Place::Pool, Door::Call, form, &parts(), options).await.unwrap();
            assert_eq!(counts(&report), [1000, 1000, 1000, 0].map(Count::exact), "{form:?} {atomicity:?}");
            let (bulk, executed) = spy.take();
            assert!(bulk == 0 && executed <= 20, "{bulk} and {executed}");
        }
    });
}

/// What is logged as a statement cannot be a statement for many rows.
#[test]
fn promise_2_many_rows_are_written_where_statements_are_logged() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        for format in ["STATEMENT", "MIXED", "ROW"] {
            let server = MariaDbServer::start(&["--log-bin", &format!("--binlog-format={format}")]).await;
            let mut admin = server.connect().await;
            admin
                .query_drop(format!("CREATE DATABASE parts; GRANT ALL ON parts.* TO {USER}@localhost; USE parts; {TABLE}"))
                .await
                .unwrap();
            let config = OptsBuilder::default().socket(Some(server.socket())).user(Some(USER)).db_name(Some("parts"));
            let mut connection = Conn::new(config).await.unwrap();
            let rows = parts();
            for (form, atomicity) in WAYS {
                let way = format!("{format} {form:?} {atomicity:?}");
                admin.query_drop(OLD).await.unwrap();
                let options = UpsertOptions::new().atomicity(atomicity);
                // With the isolation of our own transactions, the server logs no statements.
                let mut transaction = connection.start_transaction(TxOpts::default()).await.unwrap();
                let written = in_form!(form, rows.as_slice(), given => through_door!(Part, Door::Call, &mut transaction, given, options));
                transaction.commit().await.unwrap();
                let report = written.unwrap_or_else(|error| panic!("{way}: {error}"));
                assert_eq!(counts(&report), [1000, 1000, 1000, 0].map(Count::exact), "{way}");
            }
        }
    });
}
