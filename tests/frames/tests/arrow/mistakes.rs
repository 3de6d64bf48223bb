//! What is wrong with a frame is told in clear words, all of it at once, before anything is sent.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use upsert::frame::FrameTable;
use upsert::schema::ColumnType;
use upsert::{ErrorKind, SqlitePool, UpsertOptions};
use upsert_arrow::UpsertFrame;

fn batch() -> RecordBatch {
    let id: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
    let name: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
    let schema = Schema::new(vec![
        Field::new("id", DataType::Int64, true),
        Field::new("name", DataType::Utf8, false),
        Field::new("name", DataType::Utf8, false),
    ]);
    RecordBatch::try_new(Arc::new(schema), vec![id, Arc::clone(&name), name]).unwrap()
}

fn told(table: impl Into<FrameTable>, key: &[&str]) -> String {
    batch().into_frame().table(table, key).unwrap_err().to_string()
}

#[test]
fn keys_that_are_none() {
    let one = || FrameTable::new("t").rename("name", "n").skip("id");
    assert!(told("t", &["id"]).contains(r#"column "id" is part of the key, and 1 of its values are NULL"#));
    assert!(told("t", &[]).contains("no column is named as the key"));
    assert!(told("t", &["nam"]).contains(r#"the key names column "nam", which the frame does not have"#));
    assert!(told("t", &[""]).contains("a column of the key has no name"));
    assert!(told("t", &["name", "name"]).contains(r#"the key names column "name" twice"#));
    assert!(told(one(), &["id"]).contains(r#"the key names column "id""#));
}

#[test]
fn all_mistakes_are_told() {
    let table = FrameTable::new("t").rename("nmae", "n").column_type("id", ColumnType::Text);
    let message = told(table, &["id", "origin"]);
    let same = FrameTable::new("t").rename("id", "name");
    assert!(told(same, &["name"]).contains(r#"columns "id" and "name" of the frame both go to a column "name""#));
    let expected = [
        r#"the table says something of column "nmae", which the frame does not have"#,
        r#"column "id" is bigint in the frame, which is not written as text without a change"#,
        r#"the frame has several columns "name""#,
        r#"the key names column "origin""#,
    ];
    for expected in expected {
        assert!(message.contains(expected), "{message}\nlacks: {expected}");
    }
}

#[tokio::test]
async fn a_mistake_is_an_invalid_plan_before_anything_is_sent() {
    let pool = SqlitePool::memory().unwrap();
    let error = batch().aupsert(&pool, "t", &["id"], UpsertOptions::new().create_table()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPlan);
    let tables = "SELECT COUNT(*) FROM sqlite_schema";
    let count =
        pool.with(move |connection| connection.query_row(tables, [], |row| row.get::<_, i64>(0))).await.unwrap();
    assert_eq!(count, Ok(0));
}

/// The first row of the batch is named, what differs is, and nothing is written of those before it.
#[tokio::test]
async fn a_batch_of_another_type_is_told_by_its_first_row() {
    let of = |name: &str, column: ArrayRef| RecordBatch::try_from_iter([(name, column)]).unwrap();
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..5));
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let mistakes = [
        (of("id", texts), r#"batch 1 has a column "id" of type Utf8 where the schema has "id" of type Int64"#),
        (of("di", Arc::clone(&numbers)), r#"batch 1 has a column "di" of type Int64 where"#),
        (
            RecordBatch::try_from_iter([("id", Arc::clone(&numbers)), ("n", Arc::clone(&numbers))]).unwrap(),
            "batch 1 has 2 columns, and the schema has 1",
        ),
    ];
    for (other, words) in mistakes {
        let pool = SqlitePool::memory().unwrap();
        let batches = vec![of("id", Arc::clone(&numbers)), other];
        let options = UpsertOptions::new().create_table().chunk_rows(2);
        let error = batches.aupsert(&pool, "t", &["id"], options).await.unwrap_err();
        assert_eq!((error.kind(), error.row()), (ErrorKind::Source, Some(5)));
        assert_eq!(error.checkpoint().next_row, 0);
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains(words), "{cause}");
    }
}
