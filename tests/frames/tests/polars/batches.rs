//! DataFrames that come one behind the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt, stream};
use polars_core::prelude::*;
use tests::{Database, Sqlite, row};
use upsert::{Atomicity, ErrorKind, UpsertOptions};
use upsert_polars::UpsertFrame;

fn batch(ids: std::ops::Range<i64>) -> DataFrame {
    let names: Vec<String> = ids.clone().map(|id| format!("row {id}")).collect();
    df!("id" => ids.collect::<Vec<i64>>(), "name" => names).unwrap()
}

fn schema() -> SchemaRef {
    Arc::clone(batch(0..0).schema())
}

fn rows(ids: std::ops::Range<i64>) -> Vec<Vec<Option<String>>> {
    let mut rows: Vec<_> = ids.map(|id| row([&id.to_string(), &format!("row {id}")])).collect();
    rows.sort();
    rows
}

/// By an iterator and by a stream, whatever the sizes of batches and chunks.
#[test]
fn batches_of_any_size_are_written_in_chunks() {
    tests::run(|database: Sqlite| async move {
        let sizes = || [0..0, 0..1, 1..400, 400..400, 400..403, 403..1_000].map(|ids| PolarsResult::Ok(batch(ids)));
        let options = || UpsertOptions::new().create_table().chunk_rows(100);
        let frame = upsert_polars::frames(schema(), sizes().into_iter());
        let report = frame.aupsert(&database.pool, "by_iterator", &["id"], options()).await.unwrap();
        assert_eq!((report.inserted, report.chunks), (1_000.into(), 10));
        let frame = upsert_polars::stream(schema(), stream::iter(sizes()));
        let report = frame.aupsert(&database.pool, "by_stream", &["id"], options()).await.unwrap();
        assert_eq!((report.inserted, report.chunks), (1_000.into(), 10));
        for table in ["by_iterator", "by_stream"] {
            assert_eq!(database.table(table).await, rows(0..1_000));
        }
        let mut connection = database.connect();
        let frame = upsert_polars::frames(schema(), sizes().into_iter());
        frame.upsert(&mut connection, "in_blocking_code", &["id"], options()).unwrap();
        assert_eq!(database.table("in_blocking_code").await, rows(0..1_000));
    });
}

/// No batch is asked for before it is needed: all that was asked for and not written is a chunk or two.
#[test]
fn no_more_is_held_than_chunks_are_made_of() {
    tests::run(|database: Sqlite| async move {
        for is_stream in [false, true] {
            let asked = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&asked);
            let batches = (0..1_000).map(move |number| {
                counted.fetch_add(1, Ordering::SeqCst);
                PolarsResult::Ok(batch(number * 10..(number + 1) * 10))
            });
            let (frame, table) = match is_stream {
                false => (upsert_polars::frames(schema(), batches), "by_iterator"),
                true => (upsert_polars::stream(schema(), stream::iter(batches)), "by_stream"),
            };
            let options = UpsertOptions::new().create_table().chunk_rows(50);
            let mut chunks = frame.aupsert_chunks(&database.pool, table, &["id"], options);
            let mut written = 0;
            while let Some(chunk) = chunks.next().await {
                written += usize::try_from(chunk.unwrap().rows).unwrap();
                let asked = asked.load(Ordering::SeqCst) * 10;
                assert!(asked <= written + 3 * 50, "{asked} rows were asked for when {written} were written");
            }
            assert_eq!(written, 10_000);
        }
    });
}

/// A DataFrame commits as a whole unless it is told otherwise, and its chunks are reported one by one.
#[test]
fn chunks_are_there_as_they_are_reported() {
    tests::run(|database: Sqlite| async move {
        let options = UpsertOptions::new().create_table().chunk_rows(4).atomicity(Atomicity::Chunk);
        let frame = batch(0..10);
        let mut chunks = (&frame).aupsert_chunks(&database.pool, "t", &["id"], options);
        let mut written = 0;
        while let Some(chunk) = chunks.next().await {
            written += i64::try_from(chunk.unwrap().rows).unwrap();
            assert_eq!(database.table("t").await, rows(0..written));
        }
        assert_eq!(written, 10);
    });
}

/// What came before is there, and the batch is told.
#[test]
fn a_batch_of_another_schema_is_an_error_of_the_source() {
    tests::run(|database: Sqlite| async move {
        let others = [
            (df!("id" => [9i64]).unwrap(), "batch 1 has 1 columns, and the schema has 2"),
            (
                df!("id" => [9i64], "nom" => ["x"]).unwrap(),
                r#"batch 1 has a column "nom" of type str where the schema has "name" of type str"#,
            ),
            (
                df!("id" => [9i32], "name" => ["x"]).unwrap(),
                r#"batch 1 has a column "id" of type i32 where the schema has "id" of type i64"#,
            ),
        ];
        for (other, expected) in others {
            let batches = [Ok(batch(0..2)), PolarsResult::Ok(other)];
            let frame = upsert_polars::frames(schema(), batches.into_iter());
            let options = UpsertOptions::new().create_table().chunk_rows(2);
            let error = frame.aupsert(&database.pool, "t", &["id"], options).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Source);
            let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            assert!(format!("{error} {source}").contains(expected), "{error} {source}");
            assert_eq!(database.table("t").await, rows(0..2));
        }
    });
}

#[test]
fn an_error_of_the_iterator_is_one_of_the_source() {
    tests::run(|database: Sqlite| async move {
        let batches = [Ok(batch(0..2)), Err(PolarsError::ComputeError("the file is cut short".into()))];
        let frame = upsert_polars::frames(schema(), batches.into_iter());
        let options = UpsertOptions::new().create_table().chunk_rows(2);
        let error = frame.aupsert(&database.pool, "t", &["id"], options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Source);
        assert_eq!(error.report().inserted, 2);
    });
}

/// Nobody has counted its NULLs before; the row is named.
#[test]
fn a_null_in_the_key_is_refused_when_it_comes() {
    tests::run(|database: Sqlite| async move {
        let with_null = df!("id" => [Some(2i64), None], "name" => ["a", "b"]).unwrap();
        let frame = upsert_polars::frames(schema(), [Ok(batch(0..2)), PolarsResult::Ok(with_null)].into_iter());
        let options = UpsertOptions::new().create_table().chunk_rows(2);
        let error = frame.aupsert(&database.pool, "t", &["id"], options).await.unwrap_err();
        assert_eq!((error.row(), error.column()), (Some(3), Some("id")), "{error}");
        assert_eq!(database.table("t").await, rows(0..2));
    });
}
