//! What pangres does with a frame, and what it changes or refuses on the way: see `docs/pangres.md`. Labels, integers without a sign,
//! spans of time, finer times than a column holds, and NULL in the key are tests of their own beside this one.

use polars_core::prelude::*;
use tests::{Database, row, suite};
use upsert::frame::FrameTable;
use upsert::{Dialect, OnConflict, UpsertOptions};
use upsert_polars::UpsertFrame;

suite!(
    keys_beyond_2_to_the_53_stay_apart,
    an_instant_of_any_zone_is_the_same_instant,
    microseconds_are_kept,
    ignoring_rows_cuts_no_text,
    ignoring_rows_ignores_no_null,
    a_row_that_another_unique_key_finds_is_not_touched,
    keys_that_differ_in_case_are_two_rows,
    any_name_of_a_column_is_safe,
    an_empty_frame_creates_the_table,
    a_frame_of_its_key_alone,
    columns_that_the_frame_lacks_keep_their_values,
    columns_that_the_table_lacks_are_added_when_asked_for,
    a_repeated_key_is_none,
);

fn created() -> UpsertOptions {
    UpsertOptions::new().create_table()
}

/// Where all columns are numbers, pangres makes all of them floats.
async fn keys_beyond_2_to_the_53_stay_apart<D: Database>(database: D) {
    let frame = df!("id" => [1i64 << 53, (1 << 53) + 1], "ratio" => [0.5, 1.5]).unwrap();
    frame.aupsert(database.pool(), "t", &["id"], created()).await.unwrap();
    assert_eq!(database.table("t").await, [row(["9007199254740992", "0.5"]), row(["9007199254740993", "1.5"])]);
}

async fn an_instant_of_any_zone_is_the_same_instant<D: Database>(database: D) {
    // Noon in Berlin's summer, and in its winter.
    let micros = [1_688_205_600_000_000i64, 1_703_415_600_000_000];
    let zone = TimeZone::opt_try_new(Some("Europe/Berlin")).unwrap();
    let at = Series::new("at".into(), micros).into_datetime(TimeUnit::Microseconds, zone);
    let frame = DataFrame::new_infer_height(vec![Column::new("id".into(), [1i64, 2]), at.into()]).unwrap();
    frame.aupsert(database.pool(), "t", &["id"], created()).await.unwrap();
    let shown = match D::DIALECT {
        Dialect::Postgres => ["2023-07-01 10:00:00+00", "2023-12-24 11:00:00+00"],
        Dialect::Sqlite => ["2023-07-01 10:00:00.000000+00:00", "2023-12-24 11:00:00.000000+00:00"],
        _ => ["2023-07-01 10:00:00.000000", "2023-12-24 11:00:00.000000"],
    };
    assert_eq!(database.table("t").await, [row(["1", shown[0]]), row(["2", shown[1]])]);
}

async fn microseconds_are_kept<D: Database>(database: D) {
    let at = Series::new("at".into(), [951_782_400_123_456i64]).into_datetime(TimeUnit::Microseconds, None);
    let time = Series::new("time".into(), [45_296_123_456_000i64]).into_time();
    let frame = DataFrame::new_infer_height(vec![Column::new("id".into(), [1i64]), at.into(), time.into()]).unwrap();
    frame.aupsert(database.pool(), "t", &["id"], created()).await.unwrap();
    assert_eq!(database.table("t").await, [row(["1", "2000-02-29 00:00:00.123456", "12:34:56.123456"])]);
}

/// It is refused, or held whole by SQLite, whose lengths are no limits.
async fn ignoring_rows_cuts_no_text<D: Database>(database: D) {
    database.batch("CREATE TABLE t (id BIGINT PRIMARY KEY NOT NULL, name VARCHAR(3))").await;
    let frame = df!("id" => [1i64, 2], "name" => ["abc", "abcd"]).unwrap();
    let options = UpsertOptions::new().on_conflict(OnConflict::Ignore);
    let written = frame.aupsert(database.pool(), "t", &["id"], options).await;
    let found = database.table("t").await;
    match D::DIALECT {
        Dialect::Sqlite => assert_eq!(found, [row(["1", "abc"]), row(["2", "abcd"])]),
        _ => {
            let error = written.unwrap_err();
            assert_eq!((error.row(), error.column()), (Some(1), Some("name")), "{error}");
            assert!(found.is_empty());
        }
    }
}

async fn ignoring_rows_ignores_no_null<D: Database>(database: D) {
    database.batch("CREATE TABLE t (id BIGINT PRIMARY KEY NOT NULL, name VARCHAR(3) NOT NULL)").await;
    let frame = df!("id" => [1i64, 2], "name" => [Some("abc"), None]).unwrap();
    let options = UpsertOptions::new().on_conflict(OnConflict::Ignore);
    let error = frame.aupsert(database.pool(), "t", &["id"], options).await.unwrap_err();
    assert_eq!(error.column(), Some("name"), "{error}");
    assert!(database.table("t").await.is_empty());
}

async fn a_row_that_another_unique_key_finds_is_not_touched<D: Database>(database: D) {
    database.batch("CREATE TABLE t (id BIGINT PRIMARY KEY NOT NULL, email VARCHAR(40) UNIQUE)").await;
    database.batch("INSERT INTO t VALUES (1, 'a@example.org')").await;
    let frame = df!("id" => [2i64], "email" => ["a@example.org"]).unwrap();
    frame.aupsert(database.pool(), "t", &["id"], UpsertOptions::new()).await.unwrap_err();
    assert_eq!(database.table("t").await, [row(["1", "a@example.org"])]);
}

async fn keys_that_differ_in_case_are_two_rows<D: Database>(database: D) {
    let frame = df!("k" => ["a", "A", "á"], "n" => [1i64, 2, 3]).unwrap();
    let report = frame.aupsert(database.pool(), "t", &["k"], created()).await.unwrap();
    assert_eq!((report.inserted, report.duplicates), (3.into(), 0.into()));
    assert_eq!(database.table("t").await.len(), 3);
}

async fn any_name_of_a_column_is_safe<D: Database>(database: D) {
    let names = [
        "self",
        "%",
        "%s",
        "a%%b",
        "it's",
        "say \"x\"",
        "`",
        "select",
        "a b",
        "a.b",
        "?",
        "$1",
        ":x",
        "ü",
        "a;--",
        "{}",
        "\\",
    ];
    let mut columns = vec![Column::new("the \"key\" %s".into(), [1i64, 2])];
    columns.extend(names.map(|name| Column::new(name.into(), [7i64, 8])));
    let frame = DataFrame::new_infer_height(columns).unwrap();
    for counted in [(2, 0), (0, 2)] {
        let report = (&frame).aupsert(database.pool(), "t", &["the \"key\" %s"], created()).await.unwrap();
        assert_eq!((report.inserted, report.unchanged), (counted.0.into(), counted.1.into()));
    }
    let mut expected = vec!["the \"key\" %s"];
    expected.extend(names);
    assert_eq!(database.columns("t").await, expected);
    let all = |key: &str, other: &str| {
        let mut cells = vec![Some(key.to_owned())];
        cells.resize(1 + names.len(), Some(other.to_owned()));
        cells
    };
    assert_eq!(database.table("t").await, [all("1", "7"), all("2", "8")]);
}

async fn an_empty_frame_creates_the_table<D: Database>(database: D) {
    let cases = super::every_type::cases();
    let frame = super::every_type::numbered(cases.iter().map(|case| case.series.clone()));
    for empty in [frame.clear(), frame.slice(2, 0)] {
        let report = empty.aupsert(database.pool(), "every_type", &["id"], created()).await.unwrap();
        assert_eq!(report.rows, 0);
        assert_eq!(database.columns("every_type").await.len(), 1 + cases.len());
    }
    assert!(database.table("every_type").await.is_empty());
}

/// It inserts what is new.
async fn a_frame_of_its_key_alone<D: Database>(database: D) {
    let frame = df!("id" => [1i64, 2]).unwrap();
    frame.aupsert(database.pool(), "t", &["id"], created()).await.unwrap();
    let report = df!("id" => [2i64, 3]).unwrap().aupsert(database.pool(), "t", &["id"], created()).await.unwrap();
    assert_eq!(report.inserted, 1);
    assert_eq!(database.table("t").await, [row(["1"]), row(["2"]), row(["3"])]);
}

async fn columns_that_the_frame_lacks_keep_their_values<D: Database>(database: D) {
    let frame = df!("id" => [1i64, 2], "name" => ["a", "b"], "note" => ["x", "y"]).unwrap();
    frame.aupsert(database.pool(), "t", &["id"], created()).await.unwrap();
    let frame = df!("id" => [2i64, 3], "name" => ["c", "d"]).unwrap();
    let report = frame.aupsert(database.pool(), "t", &["id"], UpsertOptions::new()).await.unwrap();
    assert_eq!((report.inserted, report.updated), (1.into(), 1.into()));
    let expected = [row(["1", "a", "x"]), row(["2", "c", "y"]), row(["3", "d", "NULL"])];
    assert_eq!(database.table("t").await, expected);
}

async fn columns_that_the_table_lacks_are_added_when_asked_for<D: Database>(database: D) {
    df!("id" => [1i64, 2]).unwrap().aupsert(database.pool(), "t", &["id"], created()).await.unwrap();
    let frame = df!("id" => [2i64], "name" => ["b"]).unwrap();
    (&frame).aupsert(database.pool(), "t", &["id"], UpsertOptions::new()).await.unwrap_err();
    assert_eq!(database.table("t").await, [row(["1"]), row(["2"])]);
    frame.aupsert(database.pool(), "t", &["id"], UpsertOptions::new().add_columns()).await.unwrap();
    let found = database.query("SELECT id, name FROM t ORDER BY id").await;
    assert_eq!(found, [row(["1", "NULL"]), row(["2", "b"])]);
}

/// The last row of a key counts, or the first one where rows that are there are ignored, whatever the chunks.
async fn a_repeated_key_is_none<D: Database>(database: D) {
    let frame = df!("id" => [1i64, 2, 1, 1], "n" => [1i64, 2, 3, 4]).unwrap();
    for chunk in [1, 2, 100] {
        for (on_conflict, kept) in [(OnConflict::Update, "4"), (OnConflict::Ignore, "1")] {
            let options = created().on_conflict(on_conflict).chunk_rows(chunk);
            let report = (&frame).aupsert(database.pool(), FrameTable::new("t"), &["id"], options).await.unwrap();
            assert_eq!((report.inserted, report.duplicates), (2.into(), 2.into()));
            assert_eq!(database.table("t").await, [row(["1", kept]), row(["2", "2"])]);
            database.batch("DROP TABLE t").await;
        }
    }
}
