//! The same columns, however Polars holds them: in one chunk, in many, as part of longer ones, as one value for all rows; with NULL
//! in each of the rows.

use polars_core::prelude::*;
use tests::{Database, Sqlite, row};
use upsert::UpsertOptions;
use upsert_polars::UpsertFrame;

use super::every_type::{ROWS, assert_read, cases, numbered};

/// With NULL in one row.
fn with_null(series: &Series, null: Option<usize>) -> Series {
    let Some(null) = null else { return series.clone() };
    let mut parts = series.slice(0, null);
    parts.append(&Series::full_null(series.name().clone(), 1, series.dtype())).unwrap();
    parts.append(&series.slice(null as i64 + 1, ROWS)).unwrap();
    parts
}

/// Chunks of one row, and empty ones between them.
fn in_chunks(series: &Series) -> Series {
    let mut chunks = series.slice(0, 0);
    for row in 0..ROWS as i64 {
        chunks.append(&series.slice(row, 1)).unwrap();
        chunks.append(&series.slice(0, 0)).unwrap();
    }
    chunks
}

/// A part of a chunk that is longer.
fn in_the_middle(series: &Series) -> Series {
    let mut longer = series.slice(2, 3);
    longer.append(series).unwrap();
    longer.append(&series.slice(1, 2)).unwrap();
    longer.rechunk().slice(3, ROWS)
}

/// A part of several chunks, the first and last of which are cut.
fn across_chunks(series: &Series) -> Series {
    let mut longer = series.slice(2, 3);
    longer.append(&series.slice(0, 2)).unwrap();
    longer.append(&series.slice(2, 3)).unwrap();
    longer.append(&series.slice(0, 4)).unwrap();
    // Rows 2 to 4 are the end of the first three chunks.
    longer.slice(3, ROWS)
}

type Layout = fn(&Series) -> Series;

#[test]
fn a_column_is_the_same_in_all_layouts() {
    tests::run(|database: Sqlite| async move {
        let layouts: [(&str, Layout); 4] = [
            ("one chunk", |series| series.rechunk()),
            ("many chunks", in_chunks),
            ("the middle of a chunk", in_the_middle),
            ("parts of chunks", across_chunks),
        ];
        let cases = cases();
        for null in (0..ROWS).map(Some).chain([None]) {
            for (about, layout) in layouts {
                let columns = cases.iter().map(|case| layout(&with_null(&case.series, null)));
                let frame = numbered(columns);
                let options = UpsertOptions::new().create_table();
                frame.aupsert(&database.pool, "every_type", &["id"], options).await.unwrap();
                assert_read(&database, &cases, null, about).await;
            }
        }
    });
}

/// One value for all rows stays one value, whatever its type, and NULL too.
#[test]
fn a_value_that_is_repeated_is_in_each_row() {
    tests::run(|database: Sqlite| async move {
        let mut columns = vec![Column::new("id".into(), [1i64, 2, 3])];
        columns.push(Column::new_scalar("n".into(), Scalar::from(7i32), 3));
        columns.push(Column::new_scalar("s".into(), Scalar::from(PlSmallStr::from_static("longer than a view")), 3));
        columns.push(Column::new_scalar("none".into(), Scalar::null(DataType::Date), 3));
        let frame = DataFrame::new_infer_height(columns).unwrap();
        assert!(frame.columns()[1..].iter().all(|column| matches!(column, Column::Scalar(_))));
        frame.aupsert(&database.pool, "t", &["id"], UpsertOptions::new().create_table()).await.unwrap();
        let repeated = |id: &str| row([id, "7", "longer than a view", "NULL"]);
        assert_eq!(database.table("t").await, [repeated("1"), repeated("2"), repeated("3")]);
    });
}

/// Keys are sorted before they are written, so that rows are asked for in no order of their chunks.
#[test]
fn rows_of_many_chunks_are_found() {
    tests::run(|database: Sqlite| async move {
        let mut ids = Series::new_empty("id".into(), &DataType::Int64);
        let mut squares = Series::new_empty("square".into(), &DataType::Int64);
        let mut expected = Vec::new();
        let number = |place: i64| (place * 7_919) % 10_007;
        let mut place = 0;
        while place < 3_000 {
            let end = place + place % 11;
            let numbers: Vec<i64> = (place..=end).map(number).collect();
            expected.extend(numbers.iter().map(|number| row([&number.to_string(), &(number * number).to_string()])));
            ids.append(&Series::new("id".into(), &numbers)).unwrap();
            let all: Vec<i64> = numbers.iter().map(|number| number * number).collect();
            squares.append(&Series::new("square".into(), all)).unwrap();
            place = end + 1;
        }
        assert!(ids.n_chunks() > 100);
        let frame = DataFrame::new_infer_height(vec![ids.into(), squares.rechunk().into()]).unwrap();
        let options = UpsertOptions::new().create_table().chunk_rows(97);
        frame.aupsert(&database.pool, "t", &["id"], options).await.unwrap();
        expected.sort();
        assert_eq!(database.table("t").await, expected);
    });
}
