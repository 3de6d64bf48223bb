//! What the doors do, at every place, on every database.

use std::error::Error as _;
use std::io;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use futures_util::{StreamExt, stream};
use tests::loading::{Door, Form, Place, ways};
use tests::{Database, row, suite};
use upsert::report::{Count, Outcome};
use upsert::{Atomicity, Dialect, Duplicates, ErrorKind, OnConflict, UpsertCursor, UpsertOptions, Upsertable};

suite!(
    rows_in_every_form_reach_every_place_through_every_door,
    promise_2_all_or_nothing_as_asked,
    errors_and_reports_say_what_is_committed,
    chunks_are_there_as_they_are_reported,
    nothing_of_a_call_atomic_stream_is_there_before_its_end,
    dropping_a_stream_of_chunks_keeps_what_is_committed,
    dropping_a_stream_of_a_call_atomic_load_keeps_nothing,
    a_cursor_lets_the_caller_act_between_chunks,
    a_chunk_of_a_cursor_that_failed_is_written_again,
    a_cursor_whose_input_failed_names_the_same_row_each_time,
    no_rows_create_the_table,
    no_rows_without_a_table_are_no_error,
    a_table_that_is_there_is_left_as_it_is,
    a_missing_table_is_an_error,
    a_missing_column_is_an_error,
    promise_7_no_silent_change_of_a_value,
    promise_1_a_row_that_another_replaces_is_checked_all_the_same,
    values_at_the_ends_of_their_ranges_are_read_back,
    an_error_of_the_source_is_passed_on,
    repeated_keys_are_refused_where_that_is_asked_for,
    a_conflict_target_other_than_the_primary_key,
    only_the_chosen_columns_are_updated,
    a_column_that_is_never_updated_is_not_chosen,
    columns_of_another_struct_are_refused,
    a_table_for_each_tenant,
    a_chunk_is_bounded_in_bytes,
    a_call_that_is_refused_leaves_its_connection_clean,
    promise_9_exact_counts,
);

/// A table whose check refuses bad news.
#[derive(Clone, Debug, PartialEq, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
    note: String,
}

const ITEM: &str = "CREATE TABLE item (id BIGINT PRIMARY KEY, note TEXT NOT NULL, CHECK (note <> 'bad'))";

fn item(id: i64, note: &str) -> Item {
    Item { id, note: note.to_owned() }
}

fn items(ids: std::ops::Range<i64>) -> Vec<Item> {
    ids.map(|id| item(id, "good")).collect()
}

async fn ids<D: Database>(database: &D) -> Vec<i64> {
    let ids = database.query("SELECT id FROM item ORDER BY id").await;
    ids.into_iter().flatten().flatten().map(|id| id.parse().unwrap()).collect()
}

/// One row at a time it would have been refused.
async fn promise_1_a_row_that_another_replaces_is_checked_all_the_same<D: Database>(database: D) {
    #[derive(Clone, Debug, Upsertable)]
    struct Moment {
        #[upsert(primary_key)]
        id: i64,
        at: NaiveTime,
        #[upsert(update = never)]
        first: NaiveTime,
    }

    let good = NaiveTime::from_hms_micro_opt(1, 2, 3, 4).unwrap();
    let bad = NaiveTime::from_hms_nano_opt(1, 2, 3, 4_001).unwrap();
    let moment = |id, at, first| Moment { id, at, first };
    let cases = [
        ([moment(1, bad, good), moment(1, good, good), moment(2, good, good)], 0, "at"),
        ([moment(1, good, good), moment(1, good, bad), moment(2, good, good)], 1, "first"),
        ([moment(1, good, good), moment(1, bad, good), moment(1, good, good)], 1, "at"),
    ];
    database.aupsert(Vec::<Moment>::new(), UpsertOptions::new().create_table()).await.unwrap();
    for (rows, row, column) in &cases {
        for (place, door, form, atomicity) in ways::<D>() {
            for on_conflict in [OnConflict::Update, OnConflict::Ignore] {
                for chunk_rows in [10, 2] {
                    let way =
                        format!("{rows:?} {place:?} {door:?} {form:?} {atomicity:?} {on_conflict:?} {chunk_rows}");
                    let options = UpsertOptions::new().atomicity(atomicity).chunk_rows(chunk_rows);
                    let error = database.write(place, door, form, rows, options.on_conflict(on_conflict)).await;
                    let error = error.expect_err(&way);
                    assert_eq!(error.kind(), ErrorKind::InvalidValue, "{way}: {error}");
                    assert_eq!((error.row(), error.column()), (Some(*row), Some(*column)), "{way}: {error}");
                    assert!(database.table("moment").await.is_empty(), "{way}");
                }
            }
        }
    }
}

async fn rows_in_every_form_reach_every_place_through_every_door<D: Database>(database: D) {
    database.batch(ITEM).await;
    for (place, door, form, atomicity) in ways::<D>() {
        let way = format!("{place:?} {door:?} {form:?} {atomicity:?}");
        database.batch("DELETE FROM item").await;
        let options = UpsertOptions::new().chunk_rows(3).atomicity(atomicity);
        let report = database.write(place, door, form, &items(0..10), options).await;
        let report = report.unwrap_or_else(|error| panic!("{way}: {error}"));
        assert_eq!((report.rows, report.inserted, report.checkpoint.next_row), (10, Count::exact(10), 10), "{way}");
        assert_eq!(report.chunks, 4, "{way}");
        assert!(report.bytes > 10 * 8, "{way}");
        let in_callers = place == Place::Transaction;
        assert_eq!(
            report.outcome,
            if in_callers { Outcome::InCallersTransaction } else { Outcome::Committed },
            "{way}"
        );
        assert_eq!(ids(&database).await, (0..10).collect::<Vec<_>>(), "{way}");
    }
    database.assert_nothing_left().await;
}

async fn promise_2_all_or_nothing_as_asked<D: Database>(database: D) {
    database.batch(ITEM).await;
    let mut rows = items(0..12);
    rows[7] = item(7, "bad");
    for (place, door, form, atomicity) in ways::<D>() {
        let way = format!("{place:?} {door:?} {form:?} {atomicity:?}");
        database.batch("DELETE FROM item; INSERT INTO item VALUES (0, 'old'), (100, 'old')").await;
        let options = UpsertOptions::new().chunk_rows(3).atomicity(atomicity);
        let error = database.write(place, door, form, &rows, options).await.expect_err(&way);

        assert_eq!(error.kind(), ErrorKind::Database, "{way}: {error}");
        assert_eq!(error.outcome(), Outcome::NotCommitted, "{way}");
        // Rows 6, 7 and 8 are a chunk.
        let kept = if atomicity == Atomicity::Chunk { 6 } else { 0 };
        assert_eq!(error.checkpoint().next_row, kept, "{way}");
        assert_eq!(error.checkpoint().in_doubt, None, "{way}");
        assert_eq!(error.report().rows, kept, "{way}");
        let there = database.table("item").await;
        let expected = if atomicity == Atomicity::Chunk { vec![0, 1, 2, 3, 4, 5, 100] } else { vec![0, 100] };
        assert_eq!(ids(&database).await, expected, "{way}");
        let first = if atomicity == Atomicity::Chunk { "good" } else { "old" };
        assert_eq!(there[0], row(["0", first]), "{way}");

        // What the checkpoint is for.
        rows[7] = item(7, "good");
        let rest = &rows[usize::try_from(kept).unwrap()..];
        database.write(place, door, form, rest, UpsertOptions::new().atomicity(Atomicity::Chunk)).await.unwrap();
        assert_eq!(ids(&database).await, (0..12).chain([100]).collect::<Vec<_>>(), "{way}");
        rows[7] = item(7, "bad");
    }
    database.assert_nothing_left().await;
}

/// A load that fails at its third chunk: nobody takes the first two for lost, or for committed if they are not.
async fn errors_and_reports_say_what_is_committed<D: Database>(database: D) {
    database.batch(ITEM).await;
    let mut rows = items(0..12);
    rows[7] = item(7, "bad");
    for (place, door, form, atomicity) in ways::<D>() {
        let way = format!("{place:?} {door:?} {form:?} {atomicity:?}");
        database.batch("DELETE FROM item").await;
        let options = UpsertOptions::new().chunk_rows(3).atomicity(atomicity);
        let error = database.write(place, door, form, &rows, options).await.expect_err(&way);
        let (shown, debugged) = (error.to_string(), format!("{error:?}"));
        let (report, fields) = (error.report().to_string(), format!("{:?}", error.report()));
        if atomicity == Atomicity::Call {
            assert!(shown.ends_with("; no row was written)"), "{way}: {shown}");
            assert!(report.starts_with("no row committed ("), "{way}: {report}");
            assert!(report.ends_with(')'), "there is nothing to skip: {way}: {report}");
            assert!(fields.contains("rows: 0 committed"), "{way}: {fields}");
        } else {
            let fate = match place {
                Place::Transaction => "written, the caller's transaction decides",
                _ => "committed",
            };
            assert!(shown.ends_with(&format!("; rows 0 to 5 are {fate}: resume at row 6)")), "{way}: {shown}");
            let counts = format!("6 rows {fate}: 6 inserted, 0 updated, 0 unchanged (2 chunks, ");
            assert!(report.starts_with(&counts), "{way}: {report}");
            assert!(report.ends_with("; nothing from row 6 on is: resume there"), "{way}: {report}");
            assert!(debugged.contains(&report), "{way}: {debugged}");
            assert!(!debugged.contains("outcome: NotCommitted"), "beside rows that are committed: {debugged}");
            assert!(fields.contains(&format!("rows: 6 {fate}")), "{way}: {fields}");
            assert!(fields.contains("outcome: NotCommitted (from row 6 on)"), "{way}: {fields}");
        }
        assert!(!report.contains('\n'), "{report}");
        assert_eq!(error.checkpoint().rows_to_skip() as u64, error.checkpoint().next_row);
    }

    database.batch("DELETE FROM item").await;
    let ignore = UpsertOptions::new().on_conflict(OnConflict::Ignore);
    let rows = || [item(1, "good"), item(2, "good"), item(1, "good")];
    let report = database.aupsert(rows(), UpsertOptions::new()).await.unwrap().to_string();
    assert!(
        report.starts_with("3 rows committed: 2 inserted, 0 updated, 0 unchanged, 1 repeated (1 chunk, "),
        "{report}"
    );
    assert!(report.ends_with(')'), "there is nothing to resume: {report}");
    let report = database.aupsert(rows(), ignore).await.unwrap().to_string();
    assert!(report.contains("0 inserted, 0 updated, 0 unchanged, 2 ignored, 1 repeated"), "{report}");

    let options = UpsertOptions::new().chunk_rows(2);
    let chunks = database.aupsert_chunks(items(0..3).into_iter(), options.clone());
    let chunks: Vec<String> = chunks.map(|chunk| chunk.unwrap().to_string()).collect().await;
    assert!(chunks[0].starts_with("chunk 0: 2 rows committed: 1 inserted, 0 updated, 1 unchanged ("), "{chunks:?}");
    assert!(chunks[1].starts_with("chunk 1: 1 row committed: ") && chunks[1].contains("; 3 rows after "), "{chunks:?}");
    let chunks = database.aupsert_chunks(stream::iter(items(0..3)), options.atomicity(Atomicity::Call));
    let chunks: Vec<String> = chunks.map(|chunk| chunk.unwrap().to_string()).collect().await;
    assert!(chunks[0].starts_with("chunk 0: 2 rows not committed yet ("), "{chunks:?}");
}

async fn chunks_are_there_as_they_are_reported<D: Database>(database: D) {
    database.batch(ITEM).await;
    let options = UpsertOptions::new().chunk_rows(4);
    let mut chunks = database.aupsert_chunks(items(0..10).into_iter(), options);
    for (number, rows) in [(0, 4), (1, 4), (2, 2)] {
        let chunk = chunks.next().await.unwrap().unwrap();
        assert_eq!((chunk.chunk, chunk.rows, chunk.inserted), (number, rows, Count::exact(rows)));
        assert_eq!(chunk.outcome, Outcome::Committed);
        assert_eq!(ids(&database).await.len() as u64, chunk.rows_so_far);
        assert!(chunks.report().is_none());
    }
    assert!(chunks.next().await.is_none());
    assert_eq!(chunks.report().unwrap().inserted, 10);
    assert!(chunks.next().await.is_none(), "it has ended for good");
}

async fn nothing_of_a_call_atomic_stream_is_there_before_its_end<D: Database>(database: D) {
    database.batch(ITEM).await;
    let options = UpsertOptions::new().chunk_rows(4).atomicity(Atomicity::Call);
    let mut chunks = database.aupsert_chunks(stream::iter(items(0..10)), options);
    let mut reports = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.unwrap();
        reports += 1;
        assert_eq!(chunk.outcome, Outcome::NotCommitted);
        assert_eq!(chunk.inserted, Count::UNKNOWN, "it is only staged");
        assert_eq!(ids(&database).await, [0; 0]);
    }
    assert_eq!(reports, 3);
    let report = chunks.report().unwrap();
    assert_eq!((report.inserted, report.outcome), (Count::exact(10), Outcome::Committed));
    assert_eq!(ids(&database).await.len(), 10);
    database.assert_nothing_left().await;
}

async fn dropping_a_stream_of_chunks_keeps_what_is_committed<D: Database>(database: D) {
    database.batch(ITEM).await;
    let mut chunks = database.aupsert_chunks(items(0..10).into_iter(), UpsertOptions::new().chunk_rows(4));
    chunks.next().await.unwrap().unwrap();
    drop(chunks);
    assert_eq!(ids(&database).await, [0, 1, 2, 3]);
    database.assert_nothing_left().await;
}

async fn dropping_a_stream_of_a_call_atomic_load_keeps_nothing<D: Database>(database: D) {
    database.batch(ITEM).await;
    // In memory they are written as they are reported, from a stream they are staged.
    for form in [Form::Vec, Form::Stream] {
        let options = UpsertOptions::new().chunk_rows(4).atomicity(Atomicity::Call);
        let mut chunks = match form {
            Form::Vec => database.aupsert_chunks(items(0..10), options),
            _ => database.aupsert_chunks(stream::iter(items(0..10)), options),
        };
        chunks.next().await.unwrap().unwrap();
        chunks.next().await.unwrap().unwrap();
        drop(chunks);
        database.assert_nothing_left().await;
        assert_eq!(ids(&database).await, [0; 0], "{form:?}");
        // No lock is left either.
        database.batch("INSERT INTO item VALUES (1, 'by the judge'); DELETE FROM item").await;
    }
}

async fn a_cursor_lets_the_caller_act_between_chunks<D: Database>(database: D) {
    database.batch(ITEM).await;
    let other = database.through_another_pool();
    let mut cursor = Item::cursor(items(0..5), UpsertOptions::new().chunk_rows(2));
    assert_eq!(database.write_next(&mut cursor).await.unwrap().unwrap().rows_so_far, 2);
    assert_eq!(ids(&database).await, [0, 1]);
    // Something else changes in between, and the connection does too.
    database.batch("UPDATE item SET note = 'seen'").await;
    assert_eq!(other.write_next(&mut cursor).await.unwrap().unwrap().rows_so_far, 4);
    assert_eq!(cursor.report().checkpoint.next_row, 4);
    assert_eq!(database.write_next(&mut cursor).await.unwrap().unwrap().rows, 1);
    assert!(other.write_next(&mut cursor).await.unwrap().is_none());
    assert_eq!((cursor.report().inserted, cursor.report().chunks), (Count::exact(5), 3));
    assert_eq!(database.table("item").await[1], row(["1", "seen"]));
    assert_eq!(ids(&database).await, [0, 1, 2, 3, 4]);
}

async fn a_chunk_of_a_cursor_that_failed_is_written_again<D: Database>(database: D) {
    database.batch(ITEM).await;
    let mut rows = items(0..6);
    rows[3] = item(3, "bad");
    let mut cursor = Item::cursor(rows.into_iter(), UpsertOptions::new().chunk_rows(2));
    database.write_next(&mut cursor).await.unwrap().unwrap();
    for _ in 0..2 {
        let error = database.write_next(&mut cursor).await.unwrap_err();
        assert_eq!((error.kind(), error.checkpoint().next_row), (ErrorKind::Database, 2), "{error}");
        assert_eq!(error.outcome(), Outcome::NotCommitted);
        assert_eq!(ids(&database).await, [0, 1]);
    }
    // Now the chunk is welcome.
    database.batch("DROP TABLE item; CREATE TABLE item (id BIGINT PRIMARY KEY, note TEXT)").await;
    while database.write_next(&mut cursor).await.unwrap().is_some() {}
    assert_eq!(ids(&database).await, [2, 3, 4, 5]);
    assert_eq!(cursor.report().inserted, 6);
}

async fn a_cursor_whose_input_failed_names_the_same_row_each_time<D: Database>(database: D) {
    async fn names_it<D: Database, K>(database: &D, mut cursor: UpsertCursor<'_, Item, K>) {
        database.batch(ITEM).await;
        database.write_next(&mut cursor).await.unwrap().unwrap();
        for call in 0..3 {
            let error = database.write_next(&mut cursor).await.unwrap_err();
            assert_eq!((error.kind(), error.row()), (ErrorKind::Source, Some(3)), "call {call}: {error}");
            assert_eq!(error.checkpoint().next_row, 2, "call {call}");
            assert_eq!(ids(database).await, [0, 1], "call {call}");
        }
        database.batch("DROP TABLE item").await;
    }

    // What comes behind the failure looks sound, and is not read.
    let rows = || {
        let failure = [Err(io::Error::other("the line is torn"))];
        items(0..3).into_iter().map(Ok).chain(failure).chain(items(3..9).into_iter().map(Ok))
    };
    let options = || UpsertOptions::new().chunk_rows(2);
    names_it(&database, Item::cursor(rows(), options())).await;
    names_it(&database, Item::cursor(stream::iter(rows()), options())).await;
}

async fn no_rows_create_the_table<D: Database>(database: D) {
    for (place, door, form, atomicity) in ways::<D>() {
        let way = format!("{place:?} {door:?} {form:?} {atomicity:?}");
        let options = UpsertOptions::new().create_table().atomicity(atomicity);
        let none: &[Item] = &[];
        let written = database.write(place, door, form, none, options).await;
        if D::DIALECT == Dialect::MySql && place == Place::Transaction {
            // It would end the transaction.
            let error = written.expect_err(&way);
            assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{way}: {error}");
            assert!(database.columns("item").await.is_empty(), "{way}");
            continue;
        }
        let report = written.expect(&way);
        assert_eq!((report.rows, report.inserted), (0, Count::ZERO), "{way}");
        assert_eq!(database.columns("item").await, ["id", "note"], "{way}");
        assert_eq!(database.primary_key("item").await, (vec!["id".to_owned()], 1), "{way}");
        database.batch("DROP TABLE item").await;
    }
}

async fn no_rows_without_a_table_are_no_error<D: Database>(database: D) {
    for (place, door, form, atomicity) in ways::<D>() {
        let none: &[Item] = &[];
        let report = database.write(place, door, form, none, UpsertOptions::new().atomicity(atomicity)).await.unwrap();
        assert_eq!((report.rows, report.chunks), (0, 0));
    }
    assert!(database.columns("item").await.is_empty());
}

async fn a_table_that_is_there_is_left_as_it_is<D: Database>(database: D) {
    database.batch("CREATE TABLE item (note TEXT, more BIGINT DEFAULT 7, id BIGINT PRIMARY KEY)").await;
    let report = database.aupsert(items(0..2), UpsertOptions::new().create_table()).await.unwrap();
    assert_eq!(report.inserted, 2);
    assert_eq!(database.columns("item").await, ["note", "more", "id"]);
    // Columns that the struct does not have keep their default, and their values.
    database.batch("UPDATE item SET more = 8 WHERE id = 1").await;
    database.aupsert([item(0, "new"), item(1, "new")], UpsertOptions::new()).await.unwrap();
    assert_eq!(database.table("item").await, [row(["new", "7", "0"]), row(["new", "8", "1"])]);
}

async fn a_missing_table_is_an_error<D: Database>(database: D) {
    for (place, door, form, atomicity) in ways::<D>() {
        let way = format!("{place:?} {door:?} {form:?} {atomicity:?}");
        let error = database.write(place, door, form, &items(0..2), UpsertOptions::new().atomicity(atomicity)).await;
        let error = error.expect_err(&way);
        assert_eq!(error.kind(), ErrorKind::MissingTable, "{way}: {error}");
        assert!(error.to_string().contains("item"), "{error}");
    }
    database.assert_nothing_left().await;
}

async fn a_missing_column_is_an_error<D: Database>(database: D) {
    database.batch("CREATE TABLE item (id BIGINT PRIMARY KEY)").await;
    let error = database.aupsert(items(0..2), UpsertOptions::new()).await.unwrap_err();
    assert!(error.to_string().contains("note"), "it names the column: {error}");
    assert_eq!(ids(&database).await, [0; 0]);
    database.assert_nothing_left().await;
}

/// A column of every kind.
#[derive(Clone, Debug, Upsertable)]
struct Everything {
    #[upsert(primary_key)]
    id: i64,
    yes: Option<bool>,
    small: Option<i16>,
    medium: Option<i32>,
    unsigned: Option<u32>,
    single: Option<f32>,
    double: Option<f64>,
    text: Option<String>,
    bytes: Option<Vec<u8>>,
    day: Option<NaiveDate>,
    time: Option<NaiveTime>,
    local: Option<NaiveDateTime>,
    instant: Option<DateTime<Utc>>,
    uuid: Option<uuid::Uuid>,
    json: Option<serde_json::Value>,
}

fn nothing(id: i64) -> Everything {
    Everything {
        id,
        yes: None,
        small: None,
        medium: None,
        unsigned: None,
        single: None,
        double: None,
        text: None,
        bytes: None,
        day: None,
        time: None,
        local: None,
        instant: None,
        uuid: None,
        json: None,
    }
}

async fn promise_7_no_silent_change_of_a_value<D: Database>(database: D) {
    let fine = NaiveTime::from_hms_nano_opt(1, 2, 3, 1).unwrap();
    let leap = NaiveTime::from_hms_nano_opt(23, 59, 59, 1_500_000_000).unwrap();
    let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let postgres = D::DIALECT == Dialect::Postgres;
    let mut refused = vec![
        ("time", Everything { time: Some(fine), ..nothing(3) }),
        ("time", Everything { time: Some(leap), ..nothing(3) }),
        ("local", Everything { local: Some(day.and_time(fine)), ..nothing(3) }),
        ("local", Everything { local: Some(day.and_time(leap)), ..nothing(3) }),
        ("instant", Everything { instant: Some(Utc.from_utc_datetime(&day.and_time(fine))), ..nothing(3) }),
    ];
    if D::DIALECT == Dialect::MySql {
        refused.push(("double", Everything { double: Some(f64::NEG_INFINITY), ..nothing(3) }));
        refused.push(("day", Everything { day: Some(NaiveDate::MAX), ..nothing(3) }));
        refused.push(("instant", Everything { instant: Some(DateTime::<Utc>::MIN_UTC), ..nothing(3) }));
    }
    if postgres {
        refused.push(("text", Everything { text: Some("a\0b".to_owned()), ..nothing(3) }));
        refused.push(("json", Everything { json: Some(serde_json::json!({ "a": "\0" })), ..nothing(3) }));
        refused.push(("day", Everything { day: Some(NaiveDate::MIN), ..nothing(3) }));
        refused.push(("local", Everything { local: Some(NaiveDateTime::MIN), ..nothing(3) }));
    } else {
        refused.push(("double", Everything { double: Some(f64::NAN), ..nothing(3) }));
        refused.push(("single", Everything { single: Some(f32::NAN), ..nothing(3) }));
    }
    Everything::create(&database).await;
    for (column, bad) in refused {
        // The fourth row of the input, the second of the second chunk.
        let rows = [nothing(0), nothing(1), nothing(2), bad, nothing(4)];
        for (form, atomicity) in [
            (Form::Vec, Atomicity::Call),
            (Form::Iterator, Atomicity::Chunk),
            (Form::Stream, Atomicity::Call),
            (Form::Slice, Atomicity::Chunk),
        ] {
            database.batch("DELETE FROM everything").await;
            let options = UpsertOptions::new().chunk_rows(2).atomicity(atomicity);
            let error = database.write(Place::Pool, Door::Call, form, &rows, options).await.expect_err(column);
            assert_eq!(error.kind(), ErrorKind::InvalidValue, "{error}");
            assert_eq!((error.row(), error.column()), (Some(3), Some(column)), "{form:?} {atomicity:?}: {error}");
            let kept = if atomicity == Atomicity::Chunk { 2 } else { 0 };
            assert_eq!(error.checkpoint().next_row, kept);
            assert_eq!(database.table("everything").await.len() as u64, kept, "{column} {form:?} {atomicity:?}");
        }
    }
    database.assert_nothing_left().await;
}

impl Everything {
    async fn create<D: Database>(database: &D) {
        let options = UpsertOptions::new().create_table();
        database.aupsert::<Self, _, _>(Vec::<Self>::new(), options).await.unwrap();
    }
}

async fn values_at_the_ends_of_their_ranges_are_read_back<D: Database>(database: D) {
    Everything::create(&database).await;
    let postgres = D::DIALECT == Dialect::Postgres;
    let midnight = NaiveTime::MIN;
    let last = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap();
    let first_day = NaiveDate::from_ymd_opt(1, 1, 1).unwrap();
    let last_day = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
    let rows = vec![
        nothing(0),
        Everything {
            id: i64::MIN,
            yes: Some(false),
            small: Some(i16::MIN),
            medium: Some(i32::MIN),
            unsigned: Some(0),
            single: Some(f32::MIN),
            double: Some(f64::MIN),
            text: Some(String::new()),
            bytes: Some(Vec::new()),
            day: Some(first_day),
            time: Some(midnight),
            local: Some(first_day.and_time(midnight)),
            instant: Some(first_day.and_time(midnight).and_utc()),
            uuid: Some(uuid::Uuid::nil()),
            json: Some(serde_json::Value::Null),
        },
        Everything {
            id: i64::MAX,
            yes: Some(true),
            small: Some(i16::MAX),
            medium: Some(i32::MAX),
            unsigned: Some(u32::MAX),
            single: Some(f32::MAX),
            double: Some(5e-324),
            text: Some("'\"\\ \u{1}\u{1f600}\n{},NULL".to_owned()),
            bytes: Some(vec![0, 1, 254, 255]),
            day: Some(last_day),
            time: Some(last),
            local: Some(last_day.and_time(last)),
            instant: Some(last_day.and_time(last).and_utc()),
            uuid: Some(uuid::Uuid::max()),
            json: Some(serde_json::json!({ "a": [1, null, "'\"\\"] })),
        },
    ];
    // NULL, the least, the most; and as the database writes them.
    let yes = if postgres { ["f", "t"] } else { ["0", "1"] };
    let exact = |value: f64| if postgres { format!("{value:e}").replace("e", "e+") } else { value.to_string() };
    let zone = match D::DIALECT {
        Dialect::Postgres => "+00",
        Dialect::Sqlite => "+00:00",
        _ => "",
    };
    let micros = if postgres { "" } else { ".000000" };
    let expected = [
        [i64::MIN.to_string(), "0".to_owned(), i64::MAX.to_string()],
        [yes[0].to_owned(), String::new(), yes[1].to_owned()],
        [i16::MIN.to_string(), String::new(), i16::MAX.to_string()],
        [i32::MIN.to_string(), String::new(), i32::MAX.to_string()],
        ["0".to_owned(), String::new(), u32::MAX.to_string()],
        if postgres {
            ["-3.4028235e+38".to_owned(), String::new(), "3.4028235e+38".to_owned()]
        } else {
            [f64::from(f32::MIN).to_string(), String::new(), f64::from(f32::MAX).to_string()]
        },
        [exact(f64::MIN), String::new(), if postgres { "5e-324".to_owned() } else { 5e-324_f64.to_string() }],
        [String::new(), String::new(), "'\"\\ \u{1}\u{1f600}\n{},NULL".to_owned()],
        if postgres {
            ["\\x".to_owned(), String::new(), "\\x0001feff".to_owned()]
        } else {
            ["[]".to_owned(), String::new(), "[00, 01, fe, ff]".to_owned()]
        },
        ["0001-01-01".to_owned(), String::new(), "9999-12-31".to_owned()],
        [format!("00:00:00{micros}"), String::new(), "23:59:59.999999".to_owned()],
        [format!("0001-01-01 00:00:00{micros}"), String::new(), "9999-12-31 23:59:59.999999".to_owned()],
        [format!("0001-01-01 00:00:00{micros}{zone}"), String::new(), format!("9999-12-31 23:59:59.999999{zone}")],
        if postgres {
            [uuid::Uuid::nil().to_string(), String::new(), uuid::Uuid::max().to_string()]
        } else {
            [format!("{:02x?}", [0; 16]), String::new(), format!("{:02x?}", [255; 16])]
        },
        [
            "null".to_owned(),
            String::new(),
            if postgres { r#"{"a": [1, null, "'\"\\"]}"# } else { r#"{"a":[1,null,"'\"\\"]}"# }.to_owned(),
        ],
    ];
    if postgres {
        database.batch("SET TimeZone = 'UTC'").await;
    }
    for (form, atomicity) in
        [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Iterator, Atomicity::Chunk)]
    {
        database.batch("DELETE FROM everything").await;
        let options = UpsertOptions::new().chunk_rows(1).atomicity(atomicity);
        let report = database.write(Place::Pool, Door::Call, form, &rows, options.clone()).await.unwrap();
        assert_eq!(report.inserted, 3);
        let there = database.query("SELECT * FROM everything ORDER BY id").await;
        for (column, expected) in expected.iter().enumerate() {
            for (row, expected) in expected.iter().enumerate() {
                let expected = (row != 1 || column == 0).then_some(expected.as_str());
                assert_eq!(there[row][column].as_deref(), expected, "row {row}, column {column}, {form:?}");
            }
        }
        // What was read back is what is sent again.
        let again = database.write(Place::Pool, Door::Call, form, &rows, options).await.unwrap();
        assert_eq!((again.unchanged, again.updated), (Count::exact(3), Count::ZERO), "{form:?}");
    }
}

async fn an_error_of_the_source_is_passed_on<D: Database>(database: D) {
    database.batch(ITEM).await;
    let source = || {
        let rows = items(0..10).into_iter().map(Ok);
        rows.enumerate().map(|(number, row)| if number == 7 { Err(io::Error::other("line 8 is torn")) } else { row })
    };
    for atomicity in [Atomicity::Chunk, Atomicity::Call] {
        for is_stream in [false, true] {
            database.batch("DELETE FROM item").await;
            let options = UpsertOptions::new().chunk_rows(3).atomicity(atomicity);
            let error = if is_stream {
                database.aupsert(stream::iter(source()), options).await.unwrap_err()
            } else {
                database.aupsert(source(), options).await.unwrap_err()
            };
            assert_eq!((error.kind(), error.row()), (ErrorKind::Source, Some(7)), "{error}");
            let cause = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
            assert_eq!(cause.to_string(), "line 8 is torn");
            let kept = if atomicity == Atomicity::Chunk { 6 } else { 0 };
            assert_eq!(error.checkpoint().next_row, kept, "{atomicity:?}");
            assert_eq!(ids(&database).await, (0..6).take(usize::try_from(kept).unwrap()).collect::<Vec<_>>());
            database.assert_nothing_left().await;
        }
    }
}

async fn repeated_keys_are_refused_where_that_is_asked_for<D: Database>(database: D) {
    database.batch(ITEM).await;
    let mut rows = items(0..9);
    rows[7] = item(3, "good");
    for (form, atomicity) in [
        (Form::Vec, Atomicity::Call),
        (Form::Stream, Atomicity::Call),
        (Form::Iterator, Atomicity::Chunk),
        (Form::Slice, Atomicity::Chunk),
    ] {
        for on_conflict in [OnConflict::Update, OnConflict::Ignore] {
            for (chunk_rows, together) in [(9, true), (4, atomicity == Atomicity::Call)] {
                let way = format!("{form:?} {atomicity:?} {on_conflict:?} {chunk_rows}");
                database.batch("DELETE FROM item").await;
                let options = UpsertOptions::new().on_conflict(on_conflict).duplicates(Duplicates::Error);
                let options = options.chunk_rows(chunk_rows).atomicity(atomicity);
                let result = database.write(Place::Pool, Door::Call, form, &rows, options).await;
                if together {
                    let error = result.expect_err(&way);
                    assert_eq!((error.kind(), error.row()), (ErrorKind::RepeatedKey, Some(7)), "{way}: {error}");
                    assert!(error.to_string().contains("row 3"), "{way}: {error}");
                    assert_eq!(ids(&database).await, [0; 0], "{way}");
                } else {
                    assert_eq!(result.expect(&way).inserted, 8, "{way}");
                }
            }
        }
    }
    database.assert_nothing_left().await;
}

#[derive(Clone, Debug, Upsertable)]
struct Account {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_len = 100)]
    email: String,
    name: Option<String>,
    visits: i64,
}

fn account(id: i64, email: &str, name: &str, visits: i64) -> Account {
    Account { id, email: email.to_owned(), name: Some(name.to_owned()), visits }
}

async fn a_conflict_target_other_than_the_primary_key<D: Database>(database: D) {
    for (form, atomicity) in
        [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Stream, Atomicity::Chunk)]
    {
        let options = UpsertOptions::new().conflict_target([Account::COL.email]).create_table().chunk_rows(1);
        let options = options.atomicity(atomicity);
        let first = [account(1, "a@x", "Ann", 1), account(2, "b@x", "Bob", 1)];
        assert_eq!(database.write(Place::Pool, Door::Call, form, &first, options.clone()).await.unwrap().inserted, 2);
        let second = [account(7, "a@x", "Anna", 2), account(3, "c@x", "Cyd", 1)];
        let report = database.write(Place::Pool, Door::Call, form, &second, options.clone()).await.unwrap();
        assert_eq!((report.inserted, report.updated), (Count::exact(1), Count::exact(1)));
        // The primary key of a row that is there stays.
        let expected = [row(["1", "a@x", "Anna", "2"]), row(["2", "b@x", "Bob", "1"]), row(["3", "c@x", "Cyd", "1"])];
        assert_eq!(database.table("account").await, expected);

        // Another row's primary key is no conflict of the target: it fails, whole.
        let third = [account(9, "d@x", "Dan", 1), account(1, "e@x", "Eve", 1)];
        let error = database.write(Place::Pool, Door::Call, form, &third, options.chunk_rows(2)).await.unwrap_err();
        assert_eq!(error.sqlstate(), Some(D::UNIQUE_VIOLATION), "{error}");
        assert_eq!(database.table("account").await, expected);
        database.batch("DROP TABLE account").await;
    }
    database.batch("CREATE TABLE account (id BIGINT PRIMARY KEY, email TEXT, name TEXT, visits BIGINT)").await;
    let options = UpsertOptions::new().conflict_target([Account::COL.email]);
    let error = database.aupsert([account(1, "a@x", "Ann", 1)], options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPlan, "there is no unique index: {error}");
}

async fn only_the_chosen_columns_are_updated<D: Database>(database: D) {
    let create = UpsertOptions::new().create_table();
    database.aupsert([account(1, "a@x", "Ann", 1)], create).await.unwrap();
    let options = UpsertOptions::new().update_columns([Account::COL.visits]);
    let report = database.aupsert([account(1, "new", "new", 5), account(2, "b@x", "Bob", 1)], options.clone()).await;
    let report = report.unwrap();
    assert_eq!((report.inserted, report.updated), (Count::exact(1), Count::exact(1)));
    assert_eq!(database.table("account").await, [row(["1", "a@x", "Ann", "5"]), row(["2", "b@x", "Bob", "1"])]);
    let report = database.aupsert([account(1, "other", "other", 5)], options).await.unwrap();
    assert_eq!(report.unchanged, 1, "what is not updated does not count as a change");
}

async fn a_column_that_is_never_updated_is_not_chosen<D: Database>(database: D) {
    #[derive(Clone, Debug, Upsertable)]
    struct Visit {
        #[upsert(primary_key)]
        id: i64,
        #[upsert(update = never)]
        first_seen: i64,
        count: i64,
    }

    let visit = |first_seen, count| Visit { id: 1, first_seen, count };
    database.aupsert([visit(100, 1)], UpsertOptions::new().create_table()).await.unwrap();
    let options = UpsertOptions::new().update_columns([Visit::COL.count, Visit::COL.first_seen]);
    let error = database.aupsert([visit(300, 2)], options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{error}");
    assert!(error.to_string().contains("`first_seen` is `update = never`"), "{error}");
    assert_eq!(database.table("visit").await, [row(["1", "100", "1"])]);
}

async fn columns_of_another_struct_are_refused<D: Database>(database: D) {
    for options in [
        UpsertOptions::new().conflict_target([Account::COL.email]),
        UpsertOptions::new().update_columns([Account::COL.email]),
        // The key cannot be updated.
        UpsertOptions::new().update_columns([Item::COL.id]),
        UpsertOptions::new().conflict_target([]),
    ] {
        let error = database.aupsert(items(0..1), options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{error}");
    }
}

async fn a_table_for_each_tenant<D: Database>(database: D) {
    for tenant in ["item_2026_10", "item_2026_11"] {
        let options = UpsertOptions::new().create_table().table(tenant);
        database.aupsert([item(1, tenant)], options).await.unwrap();
    }
    for tenant in ["item_2026_10", "item_2026_11"] {
        assert_eq!(database.table(tenant).await, [row(["1", tenant])]);
    }
    assert!(database.columns("item").await.is_empty());
}

async fn a_chunk_is_bounded_in_bytes<D: Database>(database: D) {
    database.batch(ITEM).await;
    let rows: Vec<Item> = (0..10).map(|id| item(id, &"x".repeat(1_000))).collect();
    for (form, atomicity) in
        [(Form::Vec, Atomicity::Call), (Form::Iterator, Atomicity::Chunk), (Form::Stream, Atomicity::Call)]
    {
        database.batch("DELETE FROM item").await;
        let options = UpsertOptions::new().chunk_bytes(3_000).atomicity(atomicity);
        let report = database.write(Place::Pool, Door::Chunks, form, &rows, options).await.unwrap();
        assert_eq!((report.chunks, report.inserted), (4, Count::exact(10)), "{form:?}");
        assert!(report.bytes >= 10_000 && report.bytes < 11_000, "{} bytes", report.bytes);
    }
}

async fn a_call_that_is_refused_leaves_its_connection_clean<D: Database>(database: D) {
    database.batch(ITEM).await;
    let mut rows = items(0..12);
    rows[7] = item(7, "bad");
    for (place, door, form, atomicity) in ways::<D>() {
        let options = UpsertOptions::new().chunk_rows(3).atomicity(atomicity);
        database.write(place, door, form, &rows, options).await.unwrap_err();
        database.assert_nothing_left().await;
    }
    // And the pool still works.
    let report = database.aupsert(items(0..20), UpsertOptions::new()).await.unwrap();
    assert_eq!(report.rows, 20);
}

async fn promise_9_exact_counts<D: Database>(database: D) {
    for kind in 0..D::KINDS {
        database.batch("DROP TABLE IF EXISTS item").await;
        let columns = [("id", "BIGINT NOT NULL"), ("note", "TEXT NOT NULL")];
        database.batch(&D::table_of_kind(kind, "item", &columns, &["id"])).await;
        for form in [Form::Vec, Form::Stream] {
            let way = format!("kind {kind}, {form:?}");
            database.batch("DELETE FROM item").await;
            let there = (0..30).map(|id| vec![id.into(), if id < 10 { "good" } else { "old" }.into()]);
            let sql = format!("INSERT INTO item VALUES ({}, {})", D::parameter(1), D::parameter(2));
            database.execute_each(&sql, there).await;
            // 10 are the same, 20 change, 15 are new, and 5 come twice.
            let rows = [items(0..45), items(40..45)].concat();
            let options = || UpsertOptions::new().atomicity(Atomicity::Call).chunk_rows(7);
            let ignore = options().on_conflict(OnConflict::Ignore);
            let counts = |report: upsert::UpsertReport| {
                let counts = [report.inserted, report.updated, report.unchanged, report.ignored];
                (counts.map(|count| count.get().expect("it is known")), report.duplicates.get().expect("it is known"))
            };
            let report = database.write(Place::Pool, Door::Call, form, &rows, options()).await.unwrap();
            assert_eq!(counts(report), ([15, 20, 10, 0], 5), "{way}");
            let report = database.write(Place::Pool, Door::Call, form, &rows, options()).await.unwrap();
            assert_eq!(counts(report), ([0, 0, 45, 0], 5), "{way}");
            let report = database.write(Place::Pool, Door::Call, form, &rows, ignore).await.unwrap();
            assert_eq!(counts(report), ([0, 0, 0, 45], 5), "{way}");
            let rewrite = options().rewrite_unchanged();
            let report = database.write(Place::Pool, Door::Call, form, &rows, rewrite).await.unwrap();
            assert_eq!(counts(report), ([0, 45, 0, 0], 5), "{way}");
        }
    }
}
