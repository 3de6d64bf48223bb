//! Indexes that wait for the rows.

use tests::loading::{Door, Form, Place};
use tests::{Database, suite};
use upsert::change::{Change, ChangeKind};
use upsert::report::{Outcome, Phase};
use upsert::{Atomicity, Dialect, ErrorKind, UpsertOptions, Upsertable};

suite!(
    indexes_wait_for_the_rows,
    an_index_that_is_missing_is_created_by_the_next_call,
    rows_stay_where_an_index_cannot_be_created,
    a_cursor_creates_indexes_behind_its_last_row,
    indexes_of_a_column_that_is_added_wait_as_well,
);

#[derive(Clone, Debug, Upsertable)]
#[upsert(index(station, hour), index(value, name = "by value"))]
struct Reading {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_len = 40)]
    station: String,
    hour: i64,
    #[upsert(unique)]
    value: i64,
}

fn readings() -> Vec<Reading> {
    (0..50).map(|id| Reading { id, station: "here".to_owned(), hour: -id, value: id }).collect()
}

fn deferring() -> UpsertOptions {
    UpsertOptions::new().create_table().defer_indexes()
}

fn kinds(changes: &[Change]) -> Vec<ChangeKind> {
    changes.iter().map(Change::kind).collect()
}

const BOTH: [ChangeKind; 2] = [ChangeKind::CreateTable, ChangeKind::CreateIndexes];

/// Whether the table is the one that is created without the option.
async fn assert_is_whole<D: Database>(database: &D) {
    let shape = database.shape("reading").await;
    database.batch("DROP TABLE reading").await;
    database.migrate::<Reading>(Place::Pool, UpsertOptions::new().create_table()).await.unwrap();
    assert_eq!(shape, database.shape("reading").await);
}

fn drop_index<D: Database>() -> &'static str {
    match D::DIALECT {
        Dialect::MySql => "ALTER TABLE reading DROP INDEX `by value`",
        _ => "DROP INDEX \"by value\"",
    }
}

async fn indexes_wait_for_the_rows<D: Database>(database: D) {
    let ways = [
        (Place::Pool, Door::Call, Form::Vec, Atomicity::Call),
        (Place::Connection, Door::Call, Form::Iterator, Atomicity::Call),
        (Place::Connection, Door::Call, Form::Vec, Atomicity::Chunk),
        (Place::Transaction, Door::Call, Form::Vec, Atomicity::Call),
    ];
    for (place, door, form, atomicity) in ways {
        if place == Place::Transaction && D::DIALECT == Dialect::MySql {
            continue;
        }
        let pending = database.pending_changes::<Reading>(Place::Pool, deferring()).await.unwrap();
        assert_eq!(kinds(&pending), BOTH);
        assert!(!pending[0].to_string().contains("by value"), "{}", pending[0]);
        assert!(pending[0].to_string().contains("value"), "the unique key does not wait: {}", pending[0]);

        let options = deferring().atomicity(atomicity).chunk_rows(20);
        let report = database.write(place, door, form, &readings(), options).await.unwrap();
        assert_eq!(report.changes.len(), 2, "{place:?} {form:?}");
        assert_eq!(report.changes.iter().map(Change::sql).collect::<Vec<_>>()[1], pending[1].sql());
        assert_eq!(report.inserted, 50);
        // Another finds all of it there.
        let again = database.aupsert(readings(), deferring()).await.unwrap();
        assert!(again.changes.is_empty(), "{:?}", again.changes);
        assert!(database.pending_changes::<Reading>(Place::Pool, deferring()).await.unwrap().is_empty());
        assert_is_whole(&database).await;
        database.batch("DROP TABLE reading").await;
    }
    // Without a row they are not waited for.
    assert_eq!(kinds(&database.migrate::<Reading>(Place::Pool, deferring()).await.unwrap()), BOTH);
    assert_is_whole(&database).await;
    // Alone, the option says nothing.
    let error = database.aupsert(readings(), UpsertOptions::new().defer_indexes()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPlan);
    assert!(error.to_string().contains("goes with `create_table`"), "{error}");
    database.assert_nothing_left().await;
}

/// As after a call that was killed between its rows and its indexes.
async fn an_index_that_is_missing_is_created_by_the_next_call<D: Database>(database: D) {
    database.aupsert(readings(), deferring()).await.unwrap();
    for step in 0..3 {
        database.batch(drop_index::<D>()).await;
        assert_eq!(
            kinds(&database.pending_changes::<Reading>(Place::Pool, deferring()).await.unwrap()),
            [ChangeKind::CreateIndexes]
        );
        assert!(database.aupsert(readings(), UpsertOptions::new().create_table()).await.unwrap().changes.is_empty());
        let changes = match step {
            0 => database.aupsert(readings(), deferring()).await.unwrap().changes,
            1 => database.aupsert(Vec::<Reading>::new(), deferring()).await.unwrap().changes,
            _ => database.migrate::<Reading>(Place::Connection, deferring()).await.unwrap(),
        };
        assert_eq!(kinds(&changes), [ChangeKind::CreateIndexes]);
        assert_eq!(changes[0].sql().len(), 1);
    }
    assert_is_whole(&database).await;
}

async fn rows_stay_where_an_index_cannot_be_created<D: Database>(database: D) {
    // On MySQL each table has names of its own for its indexes, and nothing in the way that a test could put there.
    if D::DIALECT == Dialect::MySql {
        return;
    }
    database.batch("CREATE TABLE other (x INTEGER); CREATE INDEX \"by value\" ON other (x)").await;
    let error = database.aupsert(readings(), deferring()).await.unwrap_err();
    assert_eq!((error.kind(), error.phase(), error.outcome()), (ErrorKind::Database, Phase::Index, Outcome::Committed));
    assert_eq!((error.checkpoint().next_row, error.report().inserted), (50, 50.into()));
    assert_eq!(kinds(&error.report().changes), [ChangeKind::CreateTable]);
    assert!(error.to_string().contains("while creating the indexes; the rows are committed"), "{error}");
    assert_eq!(database.table("reading").await.len(), 50);
    database.batch("DROP TABLE other").await;
    let report = database.aupsert(Vec::<Reading>::new(), deferring()).await.unwrap();
    assert_eq!(kinds(&report.changes), [ChangeKind::CreateIndexes]);
    assert_is_whole(&database).await;
    database.assert_nothing_left().await;
}

async fn a_cursor_creates_indexes_behind_its_last_row<D: Database>(database: D) {
    let rows = readings();
    let mut cursor = Reading::cursor(&rows, deferring().chunk_rows(20));
    while database.write_next(&mut cursor).await.unwrap().is_some() {
        assert_eq!(kinds(&cursor.report().changes), [ChangeKind::CreateTable]);
    }
    assert_eq!(kinds(&cursor.report().changes), BOTH);
    assert!(database.write_next(&mut cursor).await.unwrap().is_none());
    assert_is_whole(&database).await;
}

async fn indexes_of_a_column_that_is_added_wait_as_well<D: Database>(database: D) {
    let table = "CREATE TABLE reading (id BIGINT PRIMARY KEY, station TEXT NOT NULL, value BIGINT NOT NULL UNIQUE)";
    database.batch(&table.replace("TEXT", D::KEY_TEXT)).await;
    let options = deferring().add_columns();
    let pending = database.pending_changes::<Reading>(Place::Pool, options.clone()).await.unwrap();
    assert_eq!(kinds(&pending), [ChangeKind::AddColumns, ChangeKind::CreateIndexes]);
    assert!(!pending[0].to_string().contains("INDEX"), "{}", pending[0]);
    let report = database.aupsert(readings(), options.clone()).await.unwrap();
    assert_eq!(kinds(&report.changes), [ChangeKind::AddColumns, ChangeKind::CreateIndexes]);
    assert!(database.pending_changes::<Reading>(Place::Pool, options).await.unwrap().is_empty());
}
