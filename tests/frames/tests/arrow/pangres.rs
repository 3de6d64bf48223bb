//! What pangres 4.2.1 changes, loses or fails at when it writes a DataFrame, is kept, or refused in clear words. docs/pangres.md says
//! of each what pangres does.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, DurationMicrosecondArray, Float64Array, Int64Array, RecordBatch,
    RecordBatchIterator, StringArray, Time64MicrosecondArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow_schema::ArrowError;
use futures_util::{StreamExt, future};
use tests::{Database, row, suite};
use upsert::frame::FrameTable;
use upsert::{Dialect, Duplicates, Error, ErrorKind, OnConflict, UpsertOptions, UpsertReport};
use upsert_arrow::{UpsertFrame, arrow_60};

suite!(
    keys_beyond_2_to_the_53_stay_apart,
    an_instant_with_a_zone_stays_the_same_instant,
    microseconds_are_kept,
    ignoring_rows_cuts_no_text_and_makes_up_no_value,
    a_row_that_another_unique_key_finds_is_not_touched,
    a_table_without_the_key_is_refused,
    null_in_a_key_is_refused_every_time,
    keys_that_differ_in_case_are_two_rows,
    labels_of_a_dictionary_are_text,
    unsigned_integers_are_held_or_refused,
    durations_are_held,
    what_is_no_number_is_held_or_refused,
    any_name_of_a_column_is_safe,
    a_frame_without_rows_creates_the_table,
    a_frame_of_keys_alone_inserts_what_is_new,
    columns_that_the_frame_lacks_keep_their_values,
    the_last_of_rows_with_one_key_counts,
    a_column_that_the_table_lacks_is_added_or_refused,
    chunks_are_reported_as_they_are_written,
    loads_of_the_same_keys_and_of_a_missing_table_never_race,
);

fn ids(ids: impl IntoIterator<Item = i64>) -> (&'static str, ArrayRef) {
    ("id", Arc::new(Int64Array::from_iter_values(ids)))
}

fn texts<'t>(name: &'static str, texts: impl IntoIterator<Item = &'t str>) -> (&'static str, ArrayRef) {
    (name, Arc::new(StringArray::from_iter_values(texts)))
}

fn batch<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

fn created() -> UpsertOptions {
    UpsertOptions::new().create_table()
}

/// Into a table whose key is `id`, which is created if there is none.
async fn load<D: Database>(database: &D, table: &str, batch: &RecordBatch) -> Result<UpsertReport, Error> {
    batch.aupsert(database.pool(), table, &["id"], created()).await
}

/// Integers are not made numbers that have a point, however the other columns are.
async fn keys_beyond_2_to_the_53_stay_apart<D: Database>(database: D) {
    let values: ArrayRef = Arc::new(Float64Array::from(vec![0.5, 1.5]));
    let report = load(&database, "t", &batch([ids([1 << 53, (1 << 53) + 1]), ("v", values)])).await.unwrap();
    assert_eq!(report.inserted, 2);
    let rows = database.query("SELECT id, v FROM t ORDER BY id").await;
    assert_eq!(rows, [row(["9007199254740992", "0.5"]), row(["9007199254740993", "1.5"])]);
}

/// Noon in Berlin, in summer and in winter.
async fn an_instant_with_a_zone_stays_the_same_instant<D: Database>(database: D) {
    let noons = [1_720_000_800_000_000, 1_705_316_400_000_000];
    let noons = TimestampMicrosecondArray::from(noons.to_vec()).with_timezone("Europe/Berlin");
    load(&database, "t", &batch([ids([1, 2]), ("at", Arc::new(noons))])).await.unwrap();
    let rows = database.query("SELECT at FROM t ORDER BY id").await;
    let shown = match D::DIALECT {
        Dialect::Postgres => ["2024-07-03 10:00:00+00", "2024-01-15 11:00:00+00"],
        Dialect::Sqlite => ["2024-07-03 10:00:00.000000+00:00", "2024-01-15 11:00:00.000000+00:00"],
        _ => ["2024-07-03 10:00:00.000000", "2024-01-15 11:00:00.000000"],
    };
    assert_eq!(rows, shown.map(|shown| row([shown])));
}

async fn microseconds_are_kept<D: Database>(database: D) {
    let at: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![951_782_400_123_456]));
    let clock: ArrayRef = Arc::new(Time64MicrosecondArray::from(vec![45_296_123_456]));
    load(&database, "t", &batch([ids([1]), ("at", at), ("clock", clock)])).await.unwrap();
    let rows = database.query("SELECT at, clock FROM t").await;
    assert_eq!(rows, [row(["2000-02-29 00:00:00.123456", "12:34:56.123456"])]);
}

/// What ignores rows ignores those whose key is there, and nothing else.
async fn ignoring_rows_cuts_no_text_and_makes_up_no_value<D: Database>(database: D) {
    database.batch("CREATE TABLE t (id BIGINT PRIMARY KEY, code VARCHAR(3) NOT NULL)").await;
    let ignoring = || UpsertOptions::new().on_conflict(OnConflict::Ignore);
    let long = batch([ids([1, 2]), texts("code", ["abc", "abcd"])]);
    let written = long.aupsert(database.pool(), "t", &["id"], ignoring()).await;
    let rows = database.query("SELECT code FROM t ORDER BY id").await;
    if D::DIALECT == Dialect::Sqlite {
        // Its VARCHAR(3) takes any text.
        written.unwrap();
        assert_eq!(rows, [row(["abc"]), row(["abcd"])]);
    } else {
        let error = written.unwrap_err();
        assert_eq!((error.row(), error.column()), (Some(1), Some("code")), "{error}");
        assert_eq!(rows.len(), 0);
    }
    let lacking: ArrayRef = Arc::new(StringArray::from(vec![Some("abc"), None]));
    let lacking = batch([ids([3, 4]), ("code", lacking)]);
    let error = lacking.aupsert(database.pool(), "t", &["id"], ignoring()).await.unwrap_err();
    assert!(error.to_string().contains("code"), "{error}");
    assert_eq!(database.query("SELECT id FROM t WHERE id > 2").await.len(), 0);
}

async fn a_row_that_another_unique_key_finds_is_not_touched<D: Database>(database: D) {
    database.batch("CREATE TABLE t (id BIGINT PRIMARY KEY, email VARCHAR(50) UNIQUE, n BIGINT)").await;
    database.batch("INSERT INTO t VALUES (1, 'a@b', 10)").await;
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![20]));
    let other = batch([ids([2]), texts("email", ["a@b"]), ("n", numbers)]);
    for on_conflict in [OnConflict::Update, OnConflict::Ignore] {
        let options = UpsertOptions::new().on_conflict(on_conflict);
        let error = other.aupsert(database.pool(), "t", &["id"], options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Database, "{error}");
        assert_eq!(database.query("SELECT id, email, n FROM t").await, [row(["1", "a@b", "10"])]);
    }
}

async fn a_table_without_the_key_is_refused<D: Database>(database: D) {
    database.batch("CREATE TABLE t (id BIGINT NOT NULL, n BIGINT)").await;
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![20]));
    let rows = batch([ids([2]), ("n", numbers)]);
    for on_conflict in [OnConflict::Update, OnConflict::Ignore] {
        let options = UpsertOptions::new().on_conflict(on_conflict);
        let error = rows.aupsert(database.pool(), "t", &["id"], options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{error}");
        assert_eq!(database.query("SELECT id FROM t").await.len(), 0);
    }
}

/// In a primary key and in a unique one, of rows that are at hand and of rows that come.
async fn null_in_a_key_is_refused_every_time<D: Database>(database: D) {
    let id: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let rows = batch([("id", id), ("n", numbers)]);
    for (name, table) in
        [("primary", FrameTable::new("primary_key")), ("unique", FrameTable::new("unique_key").unique_key())]
    {
        let error = rows.aupsert(database.pool(), &table, &["id"], created()).await.unwrap_err();
        let words = r#"column "id" is part of the key, and 1 of its values are NULL"#;
        assert!(error.to_string().contains(words), "{name}: {error}");
        let coming = RecordBatchIterator::new([Ok::<_, ArrowError>(rows.clone())], rows.schema());
        let error = arrow_60::reader(coming).aupsert(database.pool(), &table, &["id"], created()).await.unwrap_err();
        assert_eq!((error.row(), error.column()), (Some(1), Some("id")), "{name}: {error}");
        assert_eq!(database.query(&format!("SELECT id FROM {name}_key")).await.len(), 0);
    }
}

async fn keys_that_differ_in_case_are_two_rows<D: Database>(database: D) {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let rows = batch([texts("k", ["a", "A", "a "]), ("n", numbers)]);
    let report = rows.aupsert(database.pool(), "t", &["k"], created()).await.unwrap();
    assert_eq!(report.inserted, 3);
    assert_eq!(database.query("SELECT n FROM t ORDER BY n").await, [row(["1"]), row(["2"]), row(["3"])]);
    if D::DIALECT == Dialect::MySql {
        // Where a table finds such keys equal, they are repeated keys: counted, or refused if asked for.
        database.batch("CREATE TABLE ci (k VARCHAR(20) COLLATE utf8mb4_general_ci PRIMARY KEY, n BIGINT)").await;
        let options = || created().duplicates(Duplicates::Error);
        let error = rows.aupsert(database.pool(), "ci", &["k"], options()).await.unwrap_err();
        assert_eq!((error.kind(), error.row()), (ErrorKind::RepeatedKey, Some(1)), "{error}");
        assert_eq!(database.query("SELECT n FROM ci").await.len(), 0);
        let report = rows.aupsert(database.pool(), "ci", &["k"], created()).await.unwrap();
        assert_eq!((report.inserted.get(), report.duplicates.get()), (Some(1), Some(2)));
    }
}

async fn labels_of_a_dictionary_are_text<D: Database>(database: D) {
    let labels: DictionaryArray<Int32Type> = [Some("red"), None, Some("green"), Some("red")].into_iter().collect();
    let report = load(&database, "t", &batch([ids(1..5), ("colour", Arc::new(labels))])).await.unwrap();
    assert_eq!(report.inserted, 4);
    let rows = database.query("SELECT colour FROM t ORDER BY id").await;
    assert_eq!(rows, [row(["red"]), vec![None], row(["green"]), row(["red"])]);
}

async fn unsigned_integers_are_held_or_refused<D: Database>(database: D) {
    let numbers: ArrayRef = Arc::new(UInt64Array::from(vec![7, u64::MAX]));
    let written = load(&database, "t", &batch([ids([1, 2]), ("n", numbers)])).await;
    if D::DIALECT == Dialect::Sqlite {
        let error = written.unwrap_err();
        assert_eq!((error.row(), error.column()), (Some(1), Some("n")), "{error}");
        assert_eq!(database.query("SELECT n FROM t").await.len(), 0);
    } else {
        assert_eq!(database.query("SELECT n FROM t ORDER BY id").await, [row(["7"]), row(["18446744073709551615"])]);
    }
}

async fn durations_are_held<D: Database>(database: D) {
    let spans: ArrayRef = Arc::new(DurationMicrosecondArray::from(vec![-1, 90_061_000_001]));
    load(&database, "t", &batch([ids([1, 2]), ("span", spans)])).await.unwrap();
    assert_eq!(database.query("SELECT span FROM t ORDER BY id").await, [row(["-1"]), row(["90061000001"])]);
}

async fn what_is_no_number_is_held_or_refused<D: Database>(database: D) {
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::INFINITY, f64::NEG_INFINITY]));
    let written = load(&database, "t", &batch([ids([1, 2, 3]), ("n", numbers)])).await;
    let rows = database.query("SELECT n FROM t ORDER BY id").await;
    match D::DIALECT {
        Dialect::Postgres => assert_eq!(rows, [row(["1"]), row(["Infinity"]), row(["-Infinity"])]),
        Dialect::Sqlite => assert_eq!(rows, [row(["1"]), row(["inf"]), row(["-inf"])]),
        _ => {
            let error = written.unwrap_err();
            assert_eq!((error.row(), error.column()), (Some(1), Some("n")), "{error}");
            assert_eq!(rows.len(), 0);
        }
    }
    let not_a_number: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::NAN]));
    let written = load(&database, "nan", &batch([ids([1, 2]), ("n", not_a_number)])).await;
    if D::DIALECT == Dialect::Postgres {
        assert_eq!(database.query("SELECT n FROM nan ORDER BY id").await, [row(["1"]), row(["NaN"])]);
    } else {
        // It would be stored as NULL, or not at all.
        let error = written.unwrap_err();
        assert_eq!((error.row(), error.column()), (Some(1), Some("n")), "{error}");
    }
}

async fn any_name_of_a_column_is_safe<D: Database>(database: D) {
    let names =
        ["self", "a%b", "%(x)s", "q\"uote", "it's", "back`tick", "sp ace", "values", "é", "a.b", "a\\b", "$1", "?"];
    let key: (&str, ArrayRef) = ("k%(1)s", Arc::new(Int64Array::from(vec![1, 2])));
    let column = |at: usize| -> ArrayRef { Arc::new(Int64Array::from(vec![at as i64, -(at as i64)])) };
    let columns = names.iter().enumerate().map(|(at, name)| (*name, column(at)));
    let rows = RecordBatch::try_from_iter(std::iter::once(key).chain(columns)).unwrap();
    let write = || rows.aupsert(database.pool(), "t", &["k%(1)s"], created());
    assert_eq!(write().await.unwrap().inserted, 2);
    assert_eq!(write().await.unwrap().unchanged, 2);
    let mut all = vec!["k%(1)s".to_owned()];
    all.extend(names.map(str::to_owned));
    assert_eq!(database.columns("t").await, all);
    let found = database.query("SELECT * FROM t").await;
    let of_first: Vec<Option<String>> =
        std::iter::once(1).chain(0..names.len()).map(|number| Some(number.to_string())).collect();
    assert!(found.contains(&of_first), "{found:?}");
}

/// With the columns, the key, and no second index beside it.
async fn a_frame_without_rows_creates_the_table<D: Database>(database: D) {
    let empty = batch([ids([1]), texts("name", ["a"])]).slice(0, 0);
    let report = load(&database, "t", &empty).await.unwrap();
    assert_eq!(report.rows, 0);
    assert_eq!(database.columns("t").await, ["id", "name"]);
    let (key, indexes) = database.primary_key("t").await;
    assert_eq!(key, ["id"]);
    assert!(indexes <= 1, "{indexes} indexes");
}

async fn a_frame_of_keys_alone_inserts_what_is_new<D: Database>(database: D) {
    assert_eq!(load(&database, "t", &batch([ids([1, 2])])).await.unwrap().inserted, 2);
    let report = load(&database, "t", &batch([ids([2, 3])])).await.unwrap();
    assert_eq!((report.inserted.get(), report.unchanged.get()), (Some(1), Some(1)));
    assert_eq!(database.query("SELECT id FROM t ORDER BY id").await, [row(["1"]), row(["2"]), row(["3"])]);
}

async fn columns_that_the_frame_lacks_keep_their_values<D: Database>(database: D) {
    database.batch("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT, kept VARCHAR(20) DEFAULT 'none')").await;
    database.batch("INSERT INTO t VALUES (1, 1, 'old')").await;
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![10, 20]));
    load(&database, "t", &batch([ids([1, 2]), ("n", numbers)])).await.unwrap();
    let rows = database.query("SELECT id, n, kept FROM t ORDER BY id").await;
    assert_eq!(rows, [row(["1", "10", "old"]), row(["2", "20", "none"])]);
}

async fn the_last_of_rows_with_one_key_counts<D: Database>(database: D) {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let report = load(&database, "t", &batch([ids([7, 8, 7]), ("n", numbers)])).await.unwrap();
    assert_eq!((report.rows, report.inserted.get(), report.duplicates.get()), (3, Some(2), Some(1)));
    assert_eq!(database.query("SELECT id, n FROM t ORDER BY id").await, [row(["7", "3"]), row(["8", "2"])]);
}

async fn a_column_that_the_table_lacks_is_added_or_refused<D: Database>(database: D) {
    load(&database, "t", &batch([ids([1])])).await.unwrap();
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None]));
    let wider = batch([ids([1, 2]), ("flag", flags)]);
    let error = load(&database, "t", &wider).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{error}");
    // In words that are for frames, too.
    for words in ["`flag`", "UpsertOptions::add_columns", "FrameTable::rename"] {
        assert!(error.to_string().contains(words), "{error}");
    }
    assert_eq!(database.query("SELECT id FROM t").await.len(), 1);
    let report = wider.aupsert(database.pool(), "t", &["id"], created().add_columns()).await.unwrap();
    assert_eq!((report.inserted.get(), report.updated.get(), report.changes.len()), (Some(1), Some(1), 1));
    assert_eq!(database.columns("t").await, ["id", "flag"]);
}

async fn chunks_are_reported_as_they_are_written<D: Database>(database: D) {
    let rows = batch([ids(0..10)]);
    let mut chunks = rows.aupsert_chunks(database.pool(), "t", &["id"], created().chunk_rows(4));
    let mut rows_of_chunks = Vec::new();
    while let Some(chunk) = chunks.next().await {
        rows_of_chunks.push(chunk.unwrap().rows);
    }
    assert_eq!(rows_of_chunks, [4, 4, 2]);
    assert_eq!(chunks.report().unwrap().rows, 10);
}

/// As many tasks as pangres died with: some of them created the table, and the same keys came in another order.
async fn loads_of_the_same_keys_and_of_a_missing_table_never_race<D: Database>(database: D) {
    let loads = (0..4).map(|task| {
        let database = database.clone();
        async move {
            let order: Vec<i64> = if task % 2 == 0 { (0..2_000).collect() } else { (0..2_000).rev().collect() };
            let numbers: ArrayRef = Arc::new(Int64Array::from(vec![task; order.len()]));
            let rows = batch([ids(order), ("n", numbers)]);
            rows.aupsert(database.pool(), "t", &["id"], created().chunk_rows(50)).await
        }
    });
    for written in future::join_all(loads).await {
        written.unwrap();
    }
    assert_eq!(database.query("SELECT id FROM t").await.len(), 2_000);
}
