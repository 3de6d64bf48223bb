//! Promise 11 where only MySQL waits.

use std::time::{Duration, Instant};

use tests::{Database, LONGEST, MariaDb};
use upsert::mysql_async::prelude::Queryable;
use upsert::report::{Outcome, Phase};
use upsert::{Error, UpsertOptions, Upsertable};

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "reading", index(hour))]
struct Reading {
    #[upsert(primary_key)]
    id: i64,
    hour: i64,
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "reading")]
struct Noted {
    #[upsert(primary_key)]
    id: i64,
    hour: i64,
    note: Option<String>,
}

/// A change of a table waits for those who have read it, and everybody else waits behind the change.
#[test]
fn promise_11_a_change_that_waits_for_a_reader_does_not_keep_others_waiting() {
    tests::run(async |database: MariaDb| {
        database.batch("CREATE TABLE reading (id BIGINT PRIMARY KEY, hour BIGINT NOT NULL)").await;
        let mut reader = database.connect().await;
        reader.query_drop("START TRANSACTION; SELECT * FROM reading").await.unwrap();
        let rows = [Reading { id: 1, hour: 1 }];
        let options = || UpsertOptions::new().create_table().defer_indexes().chunk_timeout(LONGEST);

        // As long as the caller says, if that is not long.
        let mut connection = database.connect().await;
        connection.query_drop("SET SESSION lock_wait_timeout = 1").await.unwrap();
        let add = UpsertOptions::new().add_columns();
        let mut waited = Vec::new();
        // The machine may be busy with something else meanwhile, but not each time.
        while waited.last().is_none_or(|waited| *waited >= Duration::from_secs(8)) {
            assert!(waited.len() < 5, "{waited:?}");
            let began = Instant::now();
            let error = Reading::aupsert(&mut connection, &rows, options()).await.unwrap_err();
            assert_eq!((error.phase(), error.outcome()), (Phase::Index, Outcome::Committed), "{error}");
            assert_says_what_was_waited_for(&error);
            let error = Noted::migrate(&mut connection, add.clone()).await.unwrap_err();
            assert_says_what_was_waited_for(&error);
            waited.push(began.elapsed());
        }
        let ours = "SELECT concat_ws(' ', @@lock_wait_timeout, @upsert_lock_wait, @upsert_sql_mode)";
        assert_eq!(connection.query_first::<String, _>(ours).await.unwrap().as_deref(), Some("1"));

        // And never as long as the server would: our own deadline would be over before.
        connection.query_drop("SET SESSION lock_wait_timeout = 5000").await.unwrap();
        let began = Instant::now();
        let error = Reading::aupsert(&mut connection, &rows, options()).await.unwrap_err();
        assert_says_what_was_waited_for(&error);
        let waited = began.elapsed();
        assert!((Duration::from_secs(9)..LONGEST).contains(&waited), "{waited:?}");
        assert_eq!(connection.query_first::<String, _>(ours).await.unwrap().as_deref(), Some("5000"));

        drop(reader);
        Noted::migrate(&mut connection, add).await.unwrap();
        assert_eq!(Reading::migrate(&mut connection, options()).await.unwrap().len(), 1);
        assert_eq!(connection.query_first::<String, _>(ours).await.unwrap().as_deref(), Some("5000"));
    });
}

fn assert_says_what_was_waited_for(error: &Error) {
    let words = error.to_string();
    assert!(words.contains("the table is in use by a statement or a transaction that is still open"), "{words}");
    assert!(error.is_retryable(), "{words}");
}
