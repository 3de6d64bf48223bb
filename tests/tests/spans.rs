//! What `tracing` is told of calls and chunks.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt, stream};
use tests::dropped::dropped_after;
use tests::listener::{HeardSpan, Listener, current};
use tests::loading::{Door, Form, Place, ways};
use tests::{Database, LONGEST, suite};
use tracing::{Instrument, Level, Span, info_span};
use upsert::{Atomicity, Dialect, Error, OnConflict, UpsertOptions, UpsertReport, Upsertable};

suite!(
    a_call_and_its_chunks_are_spans,
    a_step_of_a_cursor_is_a_span,
    a_failed_call_is_one_warning,
    a_plan_that_cannot_be_is_a_warning,
    calls_at_once_have_chunks_of_their_own,
    an_abandoned_call_says_so,
    a_chunk_that_is_dropped_says_whether_it_may_be_there,
    a_step_of_a_cursor_that_is_dropped_says_what_the_cursor_says,
);

#[derive(Clone, Debug, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
    note: String,
}

const ITEM: &str = "CREATE TABLE item (id BIGINT PRIMARY KEY, note TEXT NOT NULL CHECK (note <> 'bad'))";

fn items(ids: std::ops::Range<i64>) -> Vec<Item> {
    ids.map(|id| Item { id, note: "good".to_owned() }).collect()
}

/// A span of a test's own, and its id.
fn span() -> (Span, u64) {
    Listener::of_process();
    let span = info_span!("test");
    let id = span.id().expect("somebody listens").into_u64();
    (span, id)
}

/// Does something in a span of its own, and returns the span's id.
async fn heard<T>(work: impl Future<Output = T>) -> (T, u64) {
    let (span, id) = span();
    (work.instrument(span).await, id)
}

/// The spans of calls that were heard, each with the spans below it.
fn calls(test: u64) -> Vec<(HeardSpan, Vec<HeardSpan>)> {
    let listener = Listener::of_process();
    let ours = |span: &HeardSpan| span.target == "upsert";
    let calls = listener.spans_below(test).into_iter().filter(|span| ours(span) && span.name == "upsert");
    let calls = calls.map(|call| (call.clone(), listener.spans_below(call.id).into_iter().filter(ours).collect()));
    let calls: Vec<(HeardSpan, Vec<HeardSpan>)> = calls.collect();
    for span in calls.iter().flat_map(|(call, below)| below.iter().chain([call])) {
        assert!(span.closed && span.entered > 0 && span.entered == span.left, "it is left and closed: {span:?}");
        assert_eq!(span.level, if span.name == "upsert" { Level::INFO } else { Level::DEBUG }, "{span:?}");
    }
    calls
}

fn only_call(test: u64) -> (HeardSpan, Vec<HeardSpan>) {
    let mut calls = calls(test);
    assert_eq!(calls.len(), 1, "{calls:?}");
    calls.remove(0)
}

fn sum<'s>(spans: impl IntoIterator<Item = &'s HeardSpan>, field: &str) -> u64 {
    spans.into_iter().map(|span| span.fields.number(field).unwrap_or_else(|| panic!("{field} of {span:?}"))).sum()
}

async fn write<D: Database>(
    database: &D,
    (place, door, form, atomicity): (Place, Door, Form, Atomicity),
    rows: &[Item],
) -> (Result<UpsertReport, Error>, u64) {
    let options = UpsertOptions::new().chunk_rows(3).atomicity(atomicity);
    heard(database.write(place, door, form, rows, options)).await
}

async fn a_call_and_its_chunks_are_spans<D: Database>(database: D) {
    database.batch(ITEM).await;
    for way in ways::<D>().into_iter().filter(|(_, door, ..)| *door != Door::Cursor) {
        let (place, _, form, atomicity) = way;
        database.batch("DELETE FROM item; INSERT INTO item VALUES (0, 'old'), (1, 'good')").await;
        let (report, test) = write(&database, way, &items(0..10)).await;
        let report = report.unwrap();
        let (call, below) = only_call(test);
        assert_eq!(call.fields.text("table"), "item", "{way:?}");
        assert_eq!(call.fields.text("dialect"), format!("{:?}", D::DIALECT), "{way:?}");
        assert_eq!(call.fields.text("on_conflict"), "Update", "{way:?}");
        assert_eq!(call.fields.text("atomicity"), format!("{atomicity:?}"), "{way:?}");
        assert_eq!(call.fields.text("outcome"), format!("{:?}", report.outcome), "{way:?}");
        assert!(!call.fields.text("elapsed_ms").is_empty(), "{way:?}");
        for (field, value) in [
            ("rows", 10),
            ("inserted", 8),
            ("updated", 1),
            ("unchanged", 1),
            ("ignored", 0),
            ("duplicates", 0),
            ("chunks", 4),
            ("bytes", report.bytes),
        ] {
            assert_eq!(call.fields.number(field), Some(value), "{way:?}: {field}");
        }

        let chunks: Vec<&HeardSpan> = below.iter().filter(|span| span.name == "chunk").collect();
        assert_eq!(chunks.iter().map(|chunk| chunk.fields.number("chunk").unwrap()).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!((sum(chunks.iter().copied(), "rows"), sum(chunks.iter().copied(), "bytes")), (10, report.bytes));
        // Rows that are sorted as a whole come from anywhere.
        let sorted = atomicity == Atomicity::Call && form.is_memory();
        let first_rows: Vec<Option<u64>> = chunks.iter().map(|chunk| chunk.fields.number("first_row")).collect();
        assert_eq!(first_rows, if sorted { vec![None; 4] } else { [0, 3, 6, 9].map(Some).to_vec() }, "{way:?}");
        let outcome = match (atomicity, place) {
            (Atomicity::Call, _) => "NotCommitted",
            (_, Place::Transaction) => "InCallersTransaction",
            _ => "Committed",
        };
        let staged = atomicity == Atomicity::Call && !form.is_memory();
        for chunk in &chunks {
            assert_eq!(chunk.fields.text("outcome"), outcome, "{way:?}");
            let strategies = strategies(D::DIALECT, staged);
            assert!(strategies.contains(&chunk.fields.text("strategy")), "{way:?}: {chunk:?}");
        }
        let at_the_end = below.iter().filter(|span| span.name == "write_staged").count();
        assert_eq!(at_the_end, usize::from(staged), "{way:?}");
        assert!(Listener::of_process().events_below(test).iter().all(|event| event.target != "upsert"), "{way:?}");
    }
}

async fn a_step_of_a_cursor_is_a_span<D: Database>(database: D) {
    database.batch(ITEM).await;
    let way = (Place::Pool, Door::Cursor, Form::Iterator, Atomicity::Chunk);
    let (report, test) = write(&database, way, &items(0..7)).await;
    report.unwrap();
    let steps = calls(test);
    // The last one finds that there are no more rows.
    let rows: Vec<Option<u64>> = steps.iter().map(|(step, _)| step.fields.number("rows")).collect();
    assert_eq!(rows, [Some(3), Some(3), Some(1), None]);
    assert_eq!(sum(steps.iter().map(|(step, _)| step), "chunks"), 3);
    assert_eq!(steps.iter().flat_map(|(_, chunks)| chunks).count(), 3);
}

async fn a_failed_call_is_one_warning<D: Database>(database: D) {
    database.batch(ITEM).await;
    let mut rows = items(0..10);
    rows[7].note = "bad".to_owned();
    for way in ways::<D>() {
        let (_, door, _, atomicity) = way;
        database.batch("DELETE FROM item").await;
        let (result, test) = write(&database, way, &rows).await;
        let error = result.unwrap_err();

        let events = Listener::of_process().events_below(test);
        let events: Vec<_> = events.iter().filter(|event| event.target == "upsert").collect();
        assert_eq!(events.len(), 1, "{way:?}: {events:?}");
        assert_eq!(events[0].level, Level::WARN);
        let fields = &events[0].fields;
        assert_eq!(fields.text("kind"), "Database");
        assert_eq!(Some(fields.text("sqlstate")), error.sqlstate());
        assert_eq!(fields.text("constraint"), error.constraint().unwrap_or(""));
        assert_eq!(fields.number("row"), error.row());
        assert_eq!(fields.number("next_row"), Some(error.checkpoint().next_row));
        assert_eq!(fields.text("phase"), "Write");
        assert_eq!(fields.text("outcome"), "NotCommitted");
        assert_eq!(fields.text("retryable"), "false");
        assert_eq!(fields.text("error"), error.to_string());

        let calls = calls(test);
        let (call, chunks) = calls.last().unwrap();
        assert_eq!(events[0].parent, Some(call.id), "{way:?}");
        assert_eq!(call.fields.text("outcome"), "NotCommitted", "{way:?}");
        if door != Door::Cursor {
            assert_eq!(call.fields.number("rows"), Some(if atomicity == Atomicity::Chunk { 6 } else { 0 }), "{way:?}");
        }
        let found = chunks.iter().filter(|span| span.name == "find_row").count();
        let is_searched = error.row().is_some() && D::DIALECT != Dialect::Sqlite;
        assert_eq!(found, usize::from(is_searched), "{way:?}: {chunks:?}");
        let failed = chunks.iter().rfind(|span| span.name != "find_row").unwrap();
        assert!(
            failed.name == "write_staged" || failed.fields.text("outcome") == "NotCommitted",
            "{way:?}: {failed:?}"
        );
    }
}

async fn a_plan_that_cannot_be_is_a_warning<D: Database>(database: D) {
    let writing =
        database.aupsert(items(0..1), UpsertOptions::new().conflict_target([]).on_conflict(OnConflict::Ignore));
    let (result, test) = heard(writing).await;
    result.unwrap_err();
    let (call, below) = only_call(test);
    assert_eq!((call.fields.text("on_conflict"), below.len()), ("Ignore", 0));
    let events = Listener::of_process().events_below(test);
    assert_eq!((events.len(), events[0].fields.text("kind")), (1, "InvalidPlan"));
}

async fn calls_at_once_have_chunks_of_their_own<D: Database>(database: D) {
    let create = UpsertOptions::new().create_table().chunk_rows(3);
    let tables = ["item_a", "item_b", "item_c"];
    let (span, test) = span();
    let in_tasks = span.clone();
    let twice = async {
        // On one thread, in turns; and each in a task of its own, which may move to another.
        let writing = |table| database.aupsert(stream::iter(items(0..20)).then(given), create.clone().table(table));
        for report in join_all(tables.map(writing)).await {
            report.unwrap();
        }
        let tasks = tables.map(|table| {
            let (database, options) = (database.clone(), create.clone().table(table));
            let writing = async move { database.aupsert(stream::iter(items(0..20)).then(given), options).await };
            tokio::spawn(writing.instrument(in_tasks.clone()))
        });
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    };
    twice.instrument(span).await;
    let calls = calls(test);
    assert_eq!(calls.len(), 6);
    for (call, chunks) in &calls {
        assert_eq!((call.parent, chunks.len()), (Some(test), 7), "{}", call.fields.text("table"));
        assert!(chunks.iter().all(|chunk| chunk.parent == Some(call.id)));
        assert_eq!(sum(chunks, "rows"), 20);
    }
    for table in tables {
        assert_eq!(calls.iter().filter(|(call, _)| call.fields.text("table") == table).count(), 2);
    }

    /// The caller's stream is polled within the call, and not within a chunk.
    async fn given(item: Item) -> Item {
        let listener = Listener::of_process();
        let around = current().map(|span| listener.span(span).name);
        assert_eq!(around.as_deref(), Some("upsert"));
        tokio::task::yield_now().await;
        item
    }
}

async fn an_abandoned_call_says_so<D: Database>(database: D) {
    database.batch(ITEM).await;
    for atomicity in [Atomicity::Chunk, Atomicity::Call] {
        let rows = stream::iter(items(0..8)).chain(stream::pending());
        let options = UpsertOptions::new().chunk_rows(3).atomicity(atomicity);
        let (_, test) = heard(async {
            let test = current().expect("it is heard");
            let (mut writing, began) = (database.aupsert(rows, options), Instant::now());
            let is_written = |span: &&HeardSpan| span.target == "upsert" && span.name == "chunk" && span.closed;
            // Until two chunks are written, and longer.
            while Listener::of_process().spans_below(test).iter().filter(is_written).count() < 2 {
                let waiting = tokio::time::timeout(Duration::from_millis(300), &mut writing);
                assert!(waiting.await.is_err() && began.elapsed() < LONGEST);
            }
            assert!(writing.now_or_never().is_none());
        })
        .await;
        let (call, chunks) = only_call(test);
        assert_eq!(call.fields.text("outcome"), "Abandoned");
        assert_eq!(chunks.len(), 2, "{chunks:?}");
    }
}

/// How often something is dropped after every poll, at most, until a drop hits a commit: how often a call waits is a matter
/// of chance.
const ROUNDS: usize = 20;

/// What is said of a chunk holds: it is there, or not, or nobody knows.
async fn a_chunk_that_is_dropped_says_whether_it_may_be_there<D: Database>(database: D) {
    database.batch(ITEM).await;
    let mut said = BTreeSet::new();
    for _ in 0..ROUNDS {
        drop_after_every_poll(&database, &mut said).await;
        // The commits of SQLite may be done before anybody waits for them, and so may be what comes before.
        if said.contains("InDoubt") || D::DIALECT == Dialect::Sqlite && said.len() > 1 {
            break;
        }
    }
    assert!(said.contains("NotCommitted") && said.contains("Committed"), "{said:?}");
    assert!(said.contains("InDoubt") || D::DIALECT == Dialect::Sqlite, "{said:?}");
}

async fn drop_after_every_poll<D: Database>(database: &D, said: &mut BTreeSet<String>) {
    let way = (Place::Pool, Door::Call, Form::Iterator, Atomicity::Chunk);
    for polls in 0.. {
        database.batch("DELETE FROM item").await;
        let rows = items(0..9);
        let (done, test) = heard(dropped_after(polls, write(database, way, &rows))).await;
        database.assert_nothing_goes_on(&polls).await;
        let there = database.table("item").await.len() as u64;
        for chunk in chunks_of(test) {
            let outcome = chunk.fields.text("outcome");
            let is_there = there >= chunk.fields.number("first_row").unwrap() + 3;
            let is_right = match outcome {
                "Committed" => is_there,
                "NotCommitted" => !is_there,
                "InDoubt" => true,
                _ => panic!("{chunk:?}"),
            };
            assert!(is_right, "{there} rows are there: {chunk:?}");
            said.insert(outcome.to_owned());
        }
        if done.is_some() {
            return;
        }
    }
}

/// The chunks of calls that may not have come so far.
fn chunks_of(test: u64) -> Vec<HeardSpan> {
    calls(test).into_iter().flat_map(|(_, below)| below).filter(|span| span.name == "chunk").collect()
}

/// Also when the step is done again, and dropped again: what was in doubt stays so.
async fn a_step_of_a_cursor_that_is_dropped_says_what_the_cursor_says<D: Database>(database: D) {
    database.batch(ITEM).await;
    let mut in_doubt = 0;
    for _ in 0..ROUNDS {
        in_doubt += drop_steps_after_every_poll(&database).await;
        if in_doubt > 0 || D::DIALECT == Dialect::Sqlite {
            return;
        }
    }
    panic!("no commit was hit");
}

/// Tells how often a step was in doubt.
async fn drop_steps_after_every_poll<D: Database>(database: &D) -> u32 {
    let mut in_doubt = 0;
    for polls in 0.. {
        database.batch("DELETE FROM item").await;
        let mut cursor = Item::cursor(items(0..3).into_iter(), UpsertOptions::new());
        let done = dropped_after(polls, database.write_next(&mut cursor)).await;
        for again in 0..polls {
            let (_, test) = heard(dropped_after(again, database.write_next(&mut cursor))).await;
            database.assert_nothing_goes_on(&polls).await;
            let doubted = cursor.report().checkpoint.in_doubt.is_some();
            in_doubt += u32::from(doubted);
            for chunk in chunks_of(test) {
                let outcome = if doubted { "InDoubt" } else { "NotCommitted" };
                assert!([outcome, "Committed"].contains(&chunk.fields.text("outcome")), "{outcome}, and {chunk:?}");
            }
        }
        if done.is_some() {
            break;
        }
    }
    in_doubt
}

/// How chunks may be sent.
fn strategies(dialect: Dialect, staged: bool) -> &'static [&'static str] {
    match (dialect, staged) {
        (Dialect::Postgres, true) => &["copy"],
        (Dialect::Postgres, false) => &["arrays"],
        (_, true) => &["stage"],
        (_, false) => &["several_rows", "single_rows"],
    }
}
