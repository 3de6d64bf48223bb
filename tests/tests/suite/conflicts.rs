//! `OnConflict::Error`: a row that is in the way has a kind of its own, and other refusals have not.

use tests::loading::{Door, Form, Place, ways};
use tests::{Database, Postgres, Sqlite, row, suite};
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

fn account_table<D: Database>() -> String {
    format!("CREATE TABLE account (id BIGINT PRIMARY KEY, email {} UNIQUE)", D::KEY_TEXT)
}

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

/// Whether it is known which row it was: not of rows that were staged, and where PostgreSQL has to be asked, not in a
/// transaction of the caller's, which the error has aborted.
fn is_known<D: Database>(place: Place, form: Form, atomicity: Atomicity, is_one_chunk: bool) -> bool {
    let staged = atomicity == Atomicity::Call && !form.is_memory() && !is_one_chunk;
    match D::DIALECT {
        Dialect::Sqlite => true,
        Dialect::Postgres => place != Place::Transaction && !staged,
        _ => !staged,
    }
}

/// It says which row, where it can be known, and never a value.
fn assert_conflict<D: Database>(way: &str, error: &Error, row: Option<u64>) {
    assert_eq!(error.kind(), ErrorKind::Conflict, "{way}: {error}");
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::NotCommitted, false), "{way}: {error}");
    assert_eq!(error.row(), row, "{way}: {error}");
    assert_eq!(error.constraint().is_some(), D::DIALECT != Dialect::Sqlite, "{way}: {error}");
    let said = format!("{error} {error:?}");
    assert!(said.contains("in the way") && !said.contains("secret"), "{way}: {said}");
    // What else there is to ask for, `Debug` tells; not what it is.
    assert!(error.database_message().is_some() && said.contains("database_message: Some(..)"), "{way}: {said}");
}

async fn a_row_in_the_way_is_a_conflict<D: Database>(database: D) {
    database.batch(&account_table::<D>()).await;
    for (place, door, form, atomicity) in ways::<D>() {
        for chunk_rows in [3, 100] {
            let way = format!("{place:?} {door:?} {form:?} {atomicity:?} {chunk_rows}");
            database.batch("DELETE FROM account; INSERT INTO account VALUES (47, 'there')").await;
            let options = refuse().atomicity(atomicity).chunk_rows(chunk_rows);
            let mut rows = accounts(0..60);
            // They are sent in the order of their keys, and numbered in that of the input.
            rows[45..].reverse();
            let error = database.write(place, door, form, &rows, options).await.expect_err(&way);
            let is_known = is_known::<D>(place, form, atomicity, chunk_rows == 100);
            assert_conflict::<D>(&way, &error, is_known.then_some(57));
            assert_eq!(error.sqlstate(), Some(D::UNIQUE_VIOLATION), "{way}: {error}");
            let kept = if atomicity == Atomicity::Chunk && chunk_rows == 3 { 57 } else { 0 };
            assert_eq!(error.checkpoint().next_row, kept, "{way}: {error}");
            let there = database.query("SELECT count(*) FROM account").await;
            assert_eq!(there, [row([(kept + 1).to_string().as_str()])], "{way}");
        }
    }
    database.assert_nothing_left().await;
}

async fn a_row_in_the_way_of_another_constraint_is_one_too<D: Database>(database: D) {
    database.batch(&account_table::<D>()).await;
    // A later row has a key that is there, but it is the address of this one that is refused.
    database.batch("INSERT INTO account VALUES (-1, 'secret-4'), (20, 'another')").await;
    for (form, atomicity) in
        [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Stream, Atomicity::Chunk)]
    {
        let way = format!("{form:?} {atomicity:?}");
        let write =
            async |options| database.write(Place::Pool, Door::Call, form, &accounts(0..30), options).await.unwrap_err();
        let row = (D::DIALECT == Dialect::Sqlite).then_some(4);
        assert_conflict::<D>(&way, &write(refuse().atomicity(atomicity)).await, row);
        // Nobody asked about it: it is a constraint like others.
        for other in [OnConflict::Update, OnConflict::Ignore] {
            let error = write(UpsertOptions::new().on_conflict(other).atomicity(atomicity)).await;
            assert_eq!(error.kind(), ErrorKind::Database, "{way} {other:?}: {error}");
        }
    }
}

async fn what_a_trigger_runs_into_is_none<D: Database>(database: D) {
    database.batch(&account_table::<D>()).await;
    let (body, call) = match D::DIALECT {
        Dialect::Sqlite => ("", "BEGIN INSERT INTO account_log VALUES (1); END"),
        Dialect::MySql => ("", "FOR EACH ROW INSERT INTO account_log VALUES (1)"),
        _ => (
            "CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN INSERT INTO account_log VALUES (1); RETURN NULL; END';",
            "FOR EACH ROW EXECUTE FUNCTION log()",
        ),
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

    // A key that is called as that of the table itself is, where names of keys are not told apart by their tables.
    database.batch("DROP TABLE account_log; CREATE TABLE account_log (n BIGINT PRIMARY KEY)").await;
    for (place, door, form, atomicity) in ways::<D>().into_iter().filter(|(_, _, form, _)| form.is_memory()) {
        let way = format!("{place:?} {door:?} {form:?} {atomicity:?}");
        let options = || refuse().atomicity(atomicity);
        let error = database.write(place, door, form, &accounts(0..2), options()).await.expect_err(&way);
        assert_eq!(error.kind(), ErrorKind::Database, "{way}: {error}");
        assert!(database.table("account").await.is_empty(), "{way}");
        // And a row that is there is in the way all the same.
        database.batch("INSERT INTO account VALUES (7, 'there'); DELETE FROM account_log").await;
        let error = database.write(place, door, form, &accounts(7..8), options()).await.expect_err(&way);
        assert_eq!(error.kind(), ErrorKind::Conflict, "{way}: {error}");
        database.batch("DELETE FROM account; DELETE FROM account_log").await;
    }
}

async fn a_repeated_key_is_none<D: Database>(database: D) {
    database.batch(&account_table::<D>()).await;
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

/// Keys of several columns, and of types that values are cast to.
#[tokio::test]
async fn the_row_is_found_by_any_key_on_postgres() {
    #[derive(Clone, Debug, Upsertable)]
    #[upsert(table = "shift", primary_key(day, mood, name))]
    struct Shift {
        #[upsert(max_len = 20)]
        mood: String,
        #[upsert(max_len = 20)]
        name: String,
        day: chrono::NaiveDate,
        hours: i64,
    }
    let shift = |mood: &str, name: &str, day: u32| Shift {
        mood: mood.to_owned(),
        name: name.to_owned(),
        day: chrono::NaiveDate::from_ymd_opt(2026, 11, day).unwrap(),
        hours: 8,
    };
    let database = Postgres::fresh().await;
    database
        .batch(
            "CREATE TYPE mood AS ENUM ('good', 'bad');
             CREATE TABLE shift (name varchar(20), mood mood, day date, hours bigint, PRIMARY KEY (mood, name, day));
             INSERT INTO shift VALUES ('ann', 'bad', '2026-11-02', 1)",
        )
        .await;
    let rows = [shift("good", "ann", 2), shift("bad", "bob", 2), shift("bad", "ann", 2), shift("bad", "ann", 1)];
    let error = database.aupsert(&rows, refuse()).await.unwrap_err();
    assert_eq!((error.kind(), error.row()), (ErrorKind::Conflict, Some(2)), "{error}");
    database.assert_nothing_left().await;
}

/// Whoever may insert and not read is not told the row, and nothing else is different.
#[tokio::test]
async fn a_role_that_may_not_read_gets_the_conflict_all_the_same_on_postgres() {
    let database = Postgres::fresh().await;
    database.batch(&account_table::<Postgres>()).await;
    database
        .batch(
            "INSERT INTO account VALUES (1, 'there');
             DROP ROLE IF EXISTS writes_only; CREATE ROLE writes_only; GRANT INSERT ON account TO writes_only",
        )
        .await;
    let mut client = database.connect().await;
    client.batch_execute("SET ROLE writes_only").await.unwrap();
    let error = Account::aupsert(&mut client, accounts(0..3), refuse()).await.unwrap_err();
    assert_eq!((error.kind(), error.row()), (ErrorKind::Conflict, None), "{error}");
    assert_eq!(Account::aupsert(&mut client, accounts(5..7), refuse()).await.unwrap().inserted, 2);
    database.batch("DROP OWNED BY writes_only; DROP ROLE writes_only").await;
}

/// A constraint that says `ON CONFLICT ROLLBACK` does not end the caller's transaction, nor does one that says `IGNORE`
/// drop the row in silence.
#[tokio::test]
async fn a_constraint_with_a_rule_of_its_own_is_no_other_on_sqlite() {
    let database = Sqlite::fresh().await;
    for rule in ["ROLLBACK", "IGNORE", "REPLACE", "FAIL"] {
        database
            .batch(&format!(
                "DROP TABLE IF EXISTS account;
                 CREATE TABLE account (id INTEGER PRIMARY KEY, email TEXT UNIQUE ON CONFLICT {rule});
                 INSERT INTO account VALUES (-1, 'secret-4')"
            ))
            .await;
        for place in [Place::Pool, Place::Transaction] {
            let error = database.write(place, Door::Call, Form::Vec, &accounts(0..30), refuse()).await.unwrap_err();
            assert_conflict::<Sqlite>(rule, &error, Some(4));
            assert_eq!(database.table("account").await, [row(["-1", "secret-4"])], "{rule} {place:?}");
        }
    }
    database.assert_nothing_left().await;
}
