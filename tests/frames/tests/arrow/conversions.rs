//! Columns of a frame that a table has as another type.

use std::sync::Arc;

use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, ListArray, NullArray, RecordBatch, RecordBatchIterator, StringArray};
use arrow_schema::ArrowError;
use tests::{Database, suite};
use upsert::frame::FrameTable;
use upsert::schema::{ColumnType, SqlBuf};
use upsert::{Atomicity, Dialect, ErrorKind, UpsertOptions};
use upsert_arrow::{UpsertFrame, arrow_60};

suite!(
    nothing_but_null_fits_a_column_of_any_type,
    lists_are_json_where_that_is_said,
    documents_that_jsonb_does_not_take_name_their_row,
    what_is_said_of_a_column_holds_in_any_order,
);

const ROWS: usize = 4;

/// A batch of these columns and their row's number.
fn numbered<'n>(columns: impl IntoIterator<Item = (&'n str, ArrayRef)>) -> RecordBatch {
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values(0..4));
    RecordBatch::try_from_iter([("id", id)].into_iter().chain(columns)).unwrap()
}

fn nothing(name: &str) -> (&str, ArrayRef) {
    (name, Arc::new(NullArray::new(ROWS)))
}

/// It updates what is there to NULL, whatever the type, in rows that are written at once and in those that are staged.
async fn nothing_but_null_fits_a_column_of_any_type<D: Database>(database: D) {
    let (columns, values) = match D::DIALECT {
        Dialect::Sqlite => ("a INTEGER, b REAL, c BLOB, d ANY", "1, 1.5, x'00', 'x'"),
        Dialect::Postgres => (
            "a int, b numeric(4, 1), c text[], d jsonb, e json, f timestamptz, g mood, h short",
            "1, 1.5, '{x}', '{}', '{}', '2000-01-01', 'happy', 'x'",
        ),
        _ => (
            "a INT, b DECIMAL(4, 1), c BLOB, d JSON, e DATETIME(3), f ENUM('x'), g BIT(1)",
            "1, 1.5, 'x', '{}', '2000-01-01', 'x', 1",
        ),
    };
    if D::DIALECT == Dialect::Postgres {
        database.batch("CREATE TYPE mood AS ENUM ('happy'); CREATE DOMAIN short AS varchar(2)").await;
    }
    database.batch(&format!("CREATE TABLE t (id BIGINT PRIMARY KEY NOT NULL, {columns}, z INT NOT NULL)")).await;
    let number: ArrayRef = Arc::new(Int64Array::from(vec![7; ROWS]));
    let nullable = columns.split(", ").filter_map(|column| column.split_once(' ')).map(|(name, _)| name);
    let nullable: Vec<&str> = nullable.filter(|name| name.len() == 1).collect();
    let batch = numbered(nullable.iter().copied().map(nothing).chain([("z", number)]));
    let reader = || RecordBatchIterator::new([Ok::<_, ArrowError>(batch.clone())], batch.schema());
    let (table, _) = batch.into_frame().into_parts("t", &["id"]).unwrap();
    for difference in table.diff(database.pool(), UpsertOptions::new()).await.unwrap() {
        // Which is narrower, and has numbers.
        assert!(matches!(difference.column(), None | Some("z")), "{difference}");
    }
    for staged in [false, true] {
        database.batch(&format!("DELETE FROM t; INSERT INTO t VALUES (1, {values}, 7), (2, {values}, 8)")).await;
        let report = match staged {
            false => batch.aupsert(database.pool(), "t", &["id"], UpsertOptions::new()).await,
            true => {
                let options = UpsertOptions::new().atomicity(Atomicity::Call).chunk_rows(1);
                arrow_60::reader(reader()).aupsert(database.pool(), "t", &["id"], options).await
            }
        };
        let report = report.unwrap();
        assert_eq!((report.inserted.get(), report.updated.get()), (Some(2), Some(2)), "staged: {staged}");
        for row in database.query(&format!("SELECT {} FROM t", nullable.join(", "))).await {
            assert!(row.iter().all(Option::is_none), "staged: {staged}: {row:?}");
        }
    }
    let again = batch.aupsert(database.pool(), "t", &["id"], UpsertOptions::new()).await.unwrap();
    assert_eq!(again.unchanged, ROWS as u64);
    // A column that refuses NULL refuses it as ever.
    let refused = numbered([nothing("z")]);
    let error = refused.aupsert(database.pool(), "t", &["id"], UpsertOptions::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidValue, Some("z")), "{error}");
}

/// Where a column is of JSON, or is to be created so.
async fn lists_are_json_where_that_is_said<D: Database>(database: D) {
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>([
        Some(vec![Some(1), None]),
        Some(vec![]),
        None,
        Some(vec![Some(2)]),
    ]);
    let batch = numbered([("v", Arc::new(lists) as ArrayRef)]);
    let table = || FrameTable::new("t").column_type("v", ColumnType::Json);
    let types = if D::DIALECT == Dialect::Postgres { ["json", "jsonb"].as_slice() } else { &[""] };
    for json in types {
        if !json.is_empty() {
            database.batch(&format!("CREATE TABLE t (id BIGINT PRIMARY KEY, v {json})")).await;
        }
        let report =
            batch.aupsert(database.pool(), table(), &["id"], UpsertOptions::new().create_table()).await.unwrap();
        assert_eq!(report.inserted, ROWS as u64);
        let blank = if *json == "jsonb" { " " } else { "" };
        let expected = [Some(format!("[1,{blank}null]")), Some("[]".to_owned()), None, Some("[2]".to_owned())];
        let found = database.query("SELECT v FROM t ORDER BY id").await;
        assert_eq!(found.into_iter().flatten().collect::<Vec<_>>(), expected, "{json}");
        database.batch("DROP TABLE t").await;
    }
}

/// A type that is said later does not take away the one that the column is created with.
async fn what_is_said_of_a_column_holds_in_any_order<D: Database>(database: D) {
    let batch = numbered([("v", Arc::new(StringArray::from(vec!["1.5"; ROWS])) as ArrayRef)]);
    let mut sql_types = SqlBuf::default();
    sql_types.postgres = Some("numeric(9, 3)".to_owned());
    sql_types.mysql = Some("decimal(9, 3)".to_owned());
    sql_types.sqlite = Some("ANY".to_owned());
    let tables = [
        FrameTable::new("t").column_type("v", ColumnType::Decimal).sql_types("v", sql_types.clone()),
        FrameTable::new("t").sql_types("v", sql_types).column_type("v", ColumnType::Decimal),
    ];
    for table in tables {
        batch.aupsert(database.pool(), table, &["id"], UpsertOptions::new().create_table()).await.unwrap();
        let expected = match D::DIALECT {
            Dialect::Postgres => "numeric(9,3)",
            Dialect::Sqlite => "ANY",
            _ => "decimal(9,3)",
        };
        let columns = database.shape("t").await;
        assert!(columns.iter().any(|column| column.contains(expected)), "{columns:?}");
        database.batch("DROP TABLE t").await;
    }
}

/// They are JSON, and `jsonb` has no such numbers, nor halves of characters. SQLite keeps their text, and MariaDB what its check of a
/// `json` column takes.
async fn documents_that_jsonb_does_not_take_name_their_row<D: Database>(database: D) {
    let table = || FrameTable::new("t").column_type("v", ColumnType::Json);
    for document in ["1e131072", "[1e-16384]", r#"{"a": "\ud83d"}"#, r#"{"\udd80": 1}"#] {
        let documents = StringArray::from(vec!["1", "[]", document, "null"]);
        let batch = numbered([("v", Arc::new(documents) as ArrayRef)]);
        let written = batch.aupsert(database.pool(), table(), &["id"], UpsertOptions::new().create_table()).await;
        if D::DIALECT == Dialect::Postgres {
            let error = written.unwrap_err();
            assert_eq!((error.row(), error.column()), (Some(2), Some("v")), "{document}: {error}");
            assert!(database.query("SELECT id FROM t").await.is_empty());
        } else if D::DIALECT == Dialect::Sqlite {
            assert_eq!(written.unwrap().rows, ROWS as u64, "{document}");
        } else {
            assert_eq!(written.is_ok(), !document.contains("\\u"), "{document}");
        }
    }
}
