//! A struct as what is agreed on.

use chrono::{NaiveDate, NaiveTime};
use polars_core::prelude::*;
use rust_decimal::Decimal;
use tests::{Database, Sqlite, suite};
use upsert::{ColumnValue, Dialect, ErrorKind, UpsertOptions, Upsertable};
use upsert_polars::UpsertableFrame;
use uuid::Uuid;

suite!(
    a_frame_that_has_the_columns_of_a_struct_is_written_as_its_rows,
    all_in_which_a_frame_differs_is_told_at_once,
    a_number_that_the_struct_does_not_hold_names_its_row,
    a_column_without_values_is_one_of_every_type,
    a_text_that_is_no_label_of_the_structs_enum_names_its_row,
    a_column_that_the_database_computes_is_left_out,
);

#[derive(Clone, Debug, Upsertable)]
struct Flight {
    #[upsert(primary_key)]
    id: i32,
    carrier: String,
    gate: Option<i16>,
    #[upsert(sql_type(postgres = "numeric(20, 4)", mysql = "decimal(20, 4)"))]
    fare: Decimal,
    day: NaiveDate,
    leaves: NaiveTime,
    plane: Uuid,
    #[upsert(max_len = 20, default = "'none'")]
    note: Option<String>,
}

fn flights() -> DataFrame {
    let carrier = DataType::from_categories(Categories::global());
    let columns = vec![
        // In another order than the struct's, and integers and text of other types.
        Series::new("carrier".into(), ["UA", "AA"]).cast(&carrier).unwrap(),
        Series::new("id".into(), [1i64, 2]),
        Series::new("gate".into(), [Some(7u8), None]),
        Series::new("fare".into(), ["99.90", "-1"]),
        Series::new("day".into(), [0, 1]).into_date(),
        Series::new("leaves".into(), [3_600_000_000_000i64, 1_000]).into_time(),
        Series::new("plane".into(), [&[7u8; 16] as &[u8], &[9; 16]]),
    ];
    DataFrame::new_infer_height(columns.into_iter().map(Column::from).collect()).unwrap()
}

async fn a_frame_that_has_the_columns_of_a_struct_is_written_as_its_rows<D: Database>(database: D) {
    let rows = [(1, "UA", Some(7), "99.90", 0, 3_600, 7), (2, "AA", None, "-1", 1, 0, 9)].map(
        |(id, carrier, gate, fare, day, leaves, plane)| Flight {
            id,
            carrier: carrier.to_owned(),
            gate,
            fare: fare.parse().unwrap(),
            day: NaiveDate::from_epoch_days(day).unwrap(),
            leaves: NaiveTime::from_num_seconds_from_midnight_opt(leaves, if leaves == 0 { 1_000 } else { 0 }).unwrap(),
            plane: Uuid::from_bytes([plane; 16]),
            note: None,
        },
    );
    let options = || UpsertOptions::new().create_table();
    database.aupsert(rows.to_vec(), options()).await.unwrap();
    let expected = database.table("flight").await;
    let report = Flight::aupsert_frame(database.pool(), &flights(), options()).await.unwrap();
    assert_eq!((report.inserted, report.unchanged), (0.into(), 2.into()));
    database.batch("DELETE FROM flight").await;
    let frame = flights();
    let report = Flight::aupsert_frame(database.pool(), &frame, options()).await.unwrap();
    assert_eq!(report.inserted, 2);
    // It is only lent.
    assert_eq!(frame.height(), 2);
    assert_eq!(database.table("flight").await, expected);
}

#[test]
fn so_it_is_in_blocking_code() {
    tests::run(|database: Sqlite| async move {
        let mut connection = database.connect();
        let options = UpsertOptions::new().create_table();
        let report = Flight::upsert_frame(&mut connection, &flights(), options).unwrap();
        assert_eq!(report.inserted, 2);
        assert_eq!(database.table("flight").await.len(), 2);
    });
}

async fn all_in_which_a_frame_differs_is_told_at_once<D: Database>(database: D) {
    let mut frame = flights();
    frame.rename("leaves", "leave".into()).unwrap();
    frame.with_column(Column::new("id".into(), [Some(1i64), None])).unwrap();
    frame.with_column(Column::new("carrier".into(), [1.5f64, 2.5])).unwrap();
    let error = Flight::aupsert_frame(database.pool(), &frame, UpsertOptions::new().create_table()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPlan);
    let message = error.to_string();
    let expected = [
        r#"column "leaves" of the struct is missing in the frame"#,
        r#"column "leave" of the frame is no column of the struct"#,
        r#"column "id" refuses NULL, and 1 of its values in the frame are NULL"#,
        r#"column "carrier" is double in the frame and text in the struct"#,
    ];
    for expected in expected {
        assert!(message.contains(expected), "{message}\nlacks: {expected}");
    }
    assert!(database.columns("flight").await.is_empty());
}

/// A number that the struct's type does not hold is refused, and nothing is cut.
async fn a_number_that_the_struct_does_not_hold_names_its_row<D: Database>(database: D) {
    let mut frame = flights();
    frame.with_column(Column::new("id".into(), [1, i64::from(i32::MAX) + 1])).unwrap();
    let error = Flight::aupsert_frame(database.pool(), &frame, UpsertOptions::new().create_table()).await.unwrap_err();
    assert_eq!((error.row(), error.column()), (Some(1), Some("id")), "{error}");
}

/// Polars gives a type of its own to what is nowhere a value; where there has to be one, it is told.
async fn a_column_without_values_is_one_of_every_type<D: Database>(database: D) {
    let mut frame = flights();
    frame.with_column(Column::full_null("gate".into(), 2, &DataType::Null)).unwrap();
    let options = || UpsertOptions::new().create_table();
    let report = Flight::aupsert_frame(database.pool(), &frame, options()).await.unwrap();
    assert_eq!(report.inserted, 2);
    assert_eq!(database.query("SELECT gate FROM flight").await, [[None::<String>], [None]]);
    frame.with_column(Column::full_null("day".into(), 2, &DataType::Null)).unwrap();
    let error = Flight::aupsert_frame(database.pool(), &frame, options()).await.unwrap_err();
    let expected = r#"column "day" refuses NULL, and 2 of its values in the frame are NULL"#;
    assert!(error.to_string().contains(expected), "{error}");
}

#[derive(ColumnValue)]
#[expect(dead_code, reason = "frames have labels, and no values of it")]
enum Plan {
    Free,
    OnHold,
}

#[derive(Upsertable)]
struct Subscriber {
    #[upsert(primary_key)]
    id: i64,
    plan: Option<Plan>,
}

/// In a table that was made for the struct, and in one that takes any text.
async fn a_text_that_is_no_label_of_the_structs_enum_names_its_row<D: Database>(database: D) {
    let plans = |last| df!("id" => [1i64, 2, 3], "plan" => [Some("on_hold"), None, Some(last)]).unwrap();
    let write = async |last| {
        Subscriber::aupsert_frame(database.pool(), &plans(last), UpsertOptions::new().create_table()).await
    };
    for text in [None, Some(if D::DIALECT == Dialect::Postgres { "text" } else { "varchar(20)" })] {
        if let Some(text) = text {
            database.batch("DROP TABLE subscriber").await;
            database.batch(&format!("CREATE TABLE subscriber (id bigint PRIMARY KEY NOT NULL, plan {text})")).await;
        }
        let error = write("OnHold").await.unwrap_err();
        assert_eq!((error.row(), error.column()), (Some(2), Some("plan")), "{text:?}: {error}");
        assert_eq!(write("free").await.unwrap().inserted, 3, "{text:?}");
    }
}

#[derive(Upsertable)]
struct Area {
    #[upsert(primary_key)]
    id: i64,
    side: i64,
    #[upsert(generated = "side * side")]
    area: i64,
}

async fn a_column_that_the_database_computes_is_left_out<D: Database>(database: D) {
    let mut frame = df!("id" => [1i64], "side" => [3i64], "area" => [10i64]).unwrap();
    let options = || UpsertOptions::new().create_table();
    let error = Area::aupsert_frame(database.pool(), &frame, options()).await.unwrap_err();
    let expected = r#"the database computes column "area", and takes no values for it: leave it out"#;
    assert!(error.to_string().contains(expected), "{error}");
    frame.drop_in_place("area").unwrap();
    Area::aupsert_frame(database.pool(), &frame, options()).await.unwrap();
    assert_eq!(database.query("SELECT area FROM area").await, [[Some("9".to_owned())]]);
}
