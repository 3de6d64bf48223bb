//! What is wrong with a frame is told in clear words, all of it at once, before anything is sent.

use polars_core::chunked_array::object::PolarsObject;
use polars_core::datatypes::extension::get_extension_type_or_generic;
use polars_core::prelude::*;
use polars_utils::total_ord::{TotalEq, TotalHash};
use tests::{Database, Sqlite, suite};
use upsert::frame::FrameTable;
use upsert::schema::ColumnType;
use upsert::{Dialect, ErrorKind, UpsertOptions};
use upsert_polars::UpsertFrame;

suite!(values_that_no_column_holds_name_row_and_column);

fn frame() -> DataFrame {
    df!("id" => [Some(1i64), None], "name" => ["a", "b"]).unwrap()
}

fn told(frame: &DataFrame, table: impl Into<FrameTable>, key: &[&str]) -> String {
    frame.into_frame().table(table, key).unwrap_err().to_string()
}

#[test]
fn keys_that_are_none() {
    let frame = frame();
    assert!(told(&frame, "t", &["id"]).contains(r#"column "id" is part of the key, and 1 of its values are NULL"#));
    assert!(told(&frame, "t", &[]).contains("no column is named as the key"));
    assert!(told(&frame, "t", &["nam"]).contains(r#"the key names column "nam", which the frame does not have"#));
    assert!(told(&frame, "t", &[""]).contains("a column of the key has no name"));
    assert!(told(&frame, "t", &["name", "name"]).contains(r#"the key names column "name" twice"#));
    assert!(told(&DataFrame::empty(), "t", &["id"]).contains(r#"the key names column "id""#));
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Thing(u8);

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a thing")
    }
}

impl TotalEq for Thing {
    fn tot_eq(&self, other: &Self) -> bool {
        self == other
    }
}

impl TotalHash for Thing {
    fn tot_hash<H: std::hash::Hasher>(&self, state: &mut H) {
        std::hash::Hash::hash(self, state);
    }
}

impl PolarsObject for Thing {
    fn type_name() -> &'static str {
        "thing"
    }
}

/// Wherever they are: in a column, a list, an array, a struct, an extension.
#[test]
fn objects_are_refused() {
    let things = ObjectChunked::new_from_vec("thing".into(), vec![Thing(1), Thing(2)]).into_series();
    let mut frame = df!("id" => [1i64, 2]).unwrap();
    frame.with_column(things.into_column()).unwrap();
    let message = told(&frame, "t", &["id"]);
    let expected = r#"column "thing": objects have no form in a database: make them text, numbers or bytes"#;
    assert!(message.contains(expected), "{message}");
    frame.into_frame().table(FrameTable::new("t").skip("thing"), &["id"]).unwrap();
    let thing = DataType::Object("thing");
    let extension = get_extension_type_or_generic("test.thing", &thing, None);
    let list = DataType::List(Box::new(thing.clone()));
    let nested = [
        DataType::Array(Box::new(thing.clone()), 2),
        DataType::Struct(vec![Field::new("things".into(), list.clone())]),
        list,
        DataType::List(Box::new(DataType::Extension(extension, Box::new(thing)))),
    ];
    for nested in nested {
        let message = told_of_type(nested.clone());
        assert!(message.contains(expected), "{nested}: {message}");
    }
}

/// What is nested is read on a stack, which has an end.
#[test]
fn a_type_that_is_nested_too_deep_is_refused() {
    let nested = |levels| (0..levels).fold(DataType::Int64, |of, _| DataType::List(Box::new(of)));
    for levels in [65, 1_000] {
        let message = told_of_type(nested(levels));
        assert!(message.contains(r#"column "thing": its type is nested deeper than 64 levels"#), "{levels}: {message}");
    }
    let schema = Schema::from_iter([Field::new("id".into(), DataType::Int64), Field::new("thing".into(), nested(64))]);
    let nothing = std::iter::empty::<PolarsResult<DataFrame>>();
    upsert_polars::frames(schema.into(), nothing).table("t", &["id"]).unwrap();
}

/// What is wrong with a column of this type, of which there are no values.
fn told_of_type(dtype: DataType) -> String {
    let schema = Schema::from_iter([Field::new("id".into(), DataType::Int64), Field::new("thing".into(), dtype)]);
    let nothing = std::iter::empty::<PolarsResult<DataFrame>>();
    upsert_polars::frames(schema.into(), nothing).table("t", &["id"]).unwrap_err().to_string()
}

#[test]
fn a_type_that_polars_does_not_know_yet_is_refused() {
    let message = told_of_type(DataType::Unknown(UnknownKind::Any));
    assert!(
        message.contains(r#"column "thing": values of Arrow's type Unknown have no form in a database"#),
        "{message}"
    );
}

#[test]
fn all_mistakes_are_told() {
    let table = FrameTable::new("t").rename("nmae", "n").column_type("id", ColumnType::Text);
    let message = told(&frame(), table, &["id", "origin"]);
    let expected = [
        r#"the table says something of column "nmae", which the frame does not have"#,
        r#"column "id" is bigint in the frame, which is not written as text without a change"#,
        r#"the key names column "origin""#,
    ];
    for expected in expected {
        assert!(message.contains(expected), "{message}\nlacks: {expected}");
    }
}

/// Nothing is rounded, and the cell is named; the rows before it are not written either.
async fn values_that_no_column_holds_name_row_and_column<D: Database>(database: D) {
    let nanos = [0i64, 1_000, 1_001];
    let too_far = [0i64, 1, i64::MAX];
    let numbers = |numbers: [i64; 3]| Series::new("value".into(), numbers);
    let mut columns = vec![
        numbers(nanos).into_time(),
        numbers(nanos).into_datetime(TimeUnit::Nanoseconds, None),
        numbers(nanos).into_datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC)),
        numbers(nanos).into_duration(TimeUnit::Nanoseconds),
        numbers(too_far).into_datetime(TimeUnit::Milliseconds, None),
        numbers(too_far).into_duration(TimeUnit::Milliseconds),
        Series::new("value".into(), [0, 1, i32::MAX]).into_date(),
    ];
    match D::DIALECT {
        Dialect::Postgres => columns.push(Series::new("value".into(), ["", "a", "a\0b"])),
        // PostgreSQL has instants up to the year 294276, and values that are no numbers.
        _ => columns.extend([
            numbers(too_far).into_datetime(TimeUnit::Microseconds, None),
            Series::new("value".into(), [0.0, 1.0, f64::NAN]),
            Series::new("value".into(), [0.0, 1.0, f32::NAN]),
        ]),
    }
    let lists = [[0, 1], [2, 3], [4, 1_001]].map(|nanos: [i64; 2]| {
        let nanos = nanos.map(|nanos| if nanos < 10 { nanos * 1_000 } else { nanos });
        Series::new(PlSmallStr::EMPTY, nanos).into_duration(TimeUnit::Nanoseconds)
    });
    columns.push(Series::new("value".into(), lists));
    let field = Series::new("moment".into(), nanos).into_datetime(TimeUnit::Nanoseconds, None);
    columns.push(StructChunked::from_series("value".into(), 3, [field].iter()).unwrap().into_series());
    for column in columns {
        let about = column.dtype().to_string();
        let frame = DataFrame::new_infer_height(vec![Column::new("id".into(), [1i64, 2, 3]), column.into()]).unwrap();
        let options = UpsertOptions::new().create_table();
        let error = frame.aupsert(database.pool(), "t", &["id"], options).await.expect_err(&about);
        assert_eq!(error.kind(), ErrorKind::InvalidValue, "{about}: {error}");
        assert_eq!((error.row(), error.column()), (Some(2), Some("value")), "{about}: {error}");
        if !database.columns("t").await.is_empty() {
            assert_eq!(database.query("SELECT COUNT(*) FROM t").await, [[Some("0".to_owned())]], "{about}");
            database.batch("DROP TABLE t").await;
        }
    }
}

#[test]
fn a_mistake_is_an_invalid_plan_before_anything_is_sent() {
    tests::run(|database: Sqlite| async move {
        let options = UpsertOptions::new().create_table();
        let error = frame().aupsert(&database.pool, "t", &["id"], options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPlan);
        assert!(database.columns("t").await.is_empty());
    });
}
