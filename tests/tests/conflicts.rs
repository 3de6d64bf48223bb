//! `OnConflict::Error`: a row that is in the way has a kind of its own, and other refusals have not.

use tests::loading::{Door, Form, Place, ways};
use tests::{Database, Postgres, row, suite};
use upsert::report::{Outcome, Phase};
use upsert::{Atomicity, Dialect, Error, ErrorKind, OnConflict, UpsertOptions, Upsertable};

suite!(
    a_row_in_the_way_is_a_conflict,
    a_row_in_the_way_of_another_constraint_is_one_too,
    what_a_trigger_runs_into_is_none,
    a_repeated_key_is_none,
);

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "account")]
struct Account {
    #[upsert(primary_key)]
    id: i64,
    email: String,
}

const ACCOUNT: &str = "CREATE TABLE account (id BIGINT PRIMARY KEY, email TEXT UNIQUE)";

/// A user whose address has the number.
fn account(id: i64, email: i64) -> Account {
    Account { id, email: format!("secret-{email}") }
}

fn accounts(ids: std::ops::Range<i64>) -> Vec<Account> {
    ids.map(|id| account(id, id)).collect()
}

fn refuse() -> UpsertOptions {
    UpsertOptions::new().on_conflict(OnConflict::Error)
}

/// It says which row, where it can be known, and never a value.
fn assert_conflict<D: Database>(way: &str, error: &Error, row: u64) {
    assert_eq!(error.kind(), ErrorKind::Conflict, "{way}: {error}");
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::NotCommitted, false), "{way}: {error}");
    let known = (D::DIALECT == Dialect::Sqlite).then_some(row);
    assert_eq!(error.row(), known, "{way}: {error}");
    assert_eq!(error.constraint().is_some(), D::DIALECT == Dialect::Postgres, "{way}: {error}");
    let said = format!("{error} {error:?}");
    assert!(said.contains("in the way") && !said.contains("secret"), "{way}: {said}");
    assert!(error.database_message().is_some(), "{way}");
}

async fn a_row_in_the_way_is_a_conflict<D: Database>(database: D) {
    database.batch(ACCOUNT).await;
    for (place, door, form, atomicity) in ways::<D>() {
        for chunk_rows in [3, 100] {
            let way = format!("{place:?} {door:?} {form:?} {atomicity:?} {chunk_rows}");
            database.batch("DELETE FROM account; INSERT INTO account VALUES (47, 'there')").await;
            let options = refuse().atomicity(atomicity).chunk_rows(chunk_rows);
            let error = database.write(place, door, form, &accounts(0..60), options).await.expect_err(&way);
            assert_conflict::<D>(&way, &error, 47);
            assert_eq!(error.sqlstate(), Some(D::UNIQUE_VIOLATION), "{way}: {error}");
            let kept = if atomicity == Atomicity::Chunk && chunk_rows == 3 { 45 } else { 0 };
            assert_eq!(error.checkpoint().next_row, kept, "{way}: {error}");
            let there = database.query("SELECT count(*) FROM account").await;
            assert_eq!(there, [row([(kept + 1).to_string().as_str()])], "{way}");
        }
    }
    database.assert_nothing_left().await;
}

async fn a_row_in_the_way_of_another_constraint_is_one_too<D: Database>(database: D) {
    database.batch(ACCOUNT).await;
    database.batch("INSERT INTO account VALUES (-1, 'secret-4')").await;
    for (form, atomicity) in
        [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Stream, Atomicity::Chunk)]
    {
        let way = format!("{form:?} {atomicity:?}");
        let write =
            async |options| database.write(Place::Pool, Door::Call, form, &accounts(0..30), options).await.unwrap_err();
        assert_conflict::<D>(&way, &write(refuse().atomicity(atomicity)).await, 4);
        // Nobody asked about it: it is a constraint like others.
        for other in [OnConflict::Update, OnConflict::Ignore] {
            let error = write(UpsertOptions::new().on_conflict(other).atomicity(atomicity)).await;
            assert_eq!(error.kind(), ErrorKind::Database, "{way} {other:?}: {error}");
        }
    }
}

async fn what_a_trigger_runs_into_is_none<D: Database>(database: D) {
    database.batch(ACCOUNT).await;
    let (body, call) = if D::DIALECT == Dialect::Sqlite {
        ("", "BEGIN INSERT INTO account_log VALUES (1); END")
    } else {
        (
            "CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN INSERT INTO account_log VALUES (1); RETURN NULL; END';",
            "FOR EACH ROW EXECUTE FUNCTION log()",
        )
    };
    database
        .batch(&format!(
            "CREATE TABLE account_log (n BIGINT UNIQUE); {body}
             CREATE TRIGGER logs AFTER INSERT ON account {call}"
        ))
        .await;
    let error = database.aupsert(accounts(0..2), refuse()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database, "{error}");
    assert!(database.table("account").await.is_empty());
}

async fn a_repeated_key_is_none<D: Database>(database: D) {
    database.batch(ACCOUNT).await;
    for (form, atomicity) in
        [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Stream, Atomicity::Chunk)]
    {
        let rows = [account(1, 1), account(2, 2), account(1, 3)];
        let options = refuse().atomicity(atomicity);
        let error = database.write(Place::Pool, Door::Call, form, &rows, options).await.unwrap_err();
        assert_eq!((error.kind(), error.row()), (ErrorKind::RepeatedKey, Some(2)), "{form:?} {atomicity:?}: {error}");
    }
}

/// A constraint that is looked at in the commit.
#[tokio::test]
async fn a_conflict_is_found_in_the_commit_on_postgres() {
    let database = Postgres::fresh().await;
    database
        .batch(
            "CREATE TABLE account (id BIGINT PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, email TEXT);
             INSERT INTO account VALUES (1, 'there')",
        )
        .await;
    let error = database.aupsert(accounts(0..3), refuse()).await.unwrap_err();
    assert_eq!((error.kind(), error.phase()), (ErrorKind::Conflict, Phase::Commit), "{error}");
    assert_eq!(error.outcome(), Outcome::NotCommitted);
}

/// The constraint is that of the partition.
#[tokio::test]
async fn a_conflict_in_a_partition_is_one_on_postgres() {
    let database = Postgres::fresh().await;
    database
        .batch(
            "CREATE TABLE account (id BIGINT PRIMARY KEY, email TEXT) PARTITION BY RANGE (id);
             CREATE TABLE low PARTITION OF account FOR VALUES FROM (0) TO (10);
             INSERT INTO account VALUES (1, 'there')",
        )
        .await;
    let error = database.aupsert(accounts(0..3), refuse()).await.unwrap_err();
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::Conflict, Some("low_pkey")), "{error}");
}
