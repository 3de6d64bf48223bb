//! Promise 7, for every type: what an independent reader finds is what was sent, bit for bit.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZero;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};
use proptest::test_runner::TestRng;
use tests::database::quoted;
use tests::drawn::{Drawn, canonical_json};
use tests::loading::{Door, Form, Place};
use tests::{AnyRow, Database, figure, seed, suite};
use upsert::value::Invalid;
use upsert::{Atomicity, Dialect, ErrorKind, UpsertOptions, Upsertable};
use uuid::Uuid;

suite!(
    promise_7_every_type_is_read_back_as_it_was_sent,
    promise_7_what_cannot_be_stored_is_refused,
    promise_7_numbers_beyond_the_column_are_refused,
    promise_7_a_generic_struct_is_checked_before_anything_is_sent,
);

/// A row with a key and columns of many types, and what is known of each column.
macro_rules! wide {
    ($name:ident { $($(#[$attribute:meta])* $column:ident: $rust:ty,)* }) => {
        #[derive(Clone, Debug, Upsertable)]
        struct $name {
            #[upsert(primary_key)]
            id: i64,
            $($(#[$attribute])* $column: $rust,)*
        }

        impl Wide for $name {
            fn draw(id: i64, dice: &mut TestRng, dialect: Dialect) -> (Self, Vec<Option<String>>) {
                let mut seen = Vec::new();
                let row = Self {
                    id,
                    $($column: {
                        let (value, answer) = <$rust>::draw(dice, dialect);
                        seen.push(answer);
                        value
                    },)*
                };
                (row, seen)
            }

            const COLUMNS: &'static [(&'static str, &'static str)] = &[$((stringify!($column), <$rust>::ASKED),)*];
        }
    };
}

trait Wide: AnyRow + Clone + 'static {
    /// A row, and what must be seen of its columns behind the key.
    fn draw(id: i64, dice: &mut TestRng, dialect: Dialect) -> (Self, Vec<Option<String>>);

    /// The columns behind the key, and how PostgreSQL is asked for them.
    const COLUMNS: &'static [(&'static str, &'static str)];
}

wide! { Scalars {
    boolean: bool, byte: i8, small: i16, medium: i32, large: i64, size: isize,
    unsigned_byte: u8, unsigned_small: u16, unsigned_medium: u32,
    #[upsert(sql_type(sqlite = "INTEGER"))] unsigned_large: u64,
    #[upsert(sql_type(sqlite = "INTEGER"))] unsigned_size: usize,
    #[upsert(sql_type(sqlite = "TEXT"))] huge: i128,
    #[upsert(sql_type(sqlite = "TEXT"))] unsigned_huge: u128,
    non_zero: NonZero<u32>, single: f32, double: f64, character: char,
    string: String, boxed: Box<str>, shared: Arc<str>,
    bytes: Vec<u8>, boxed_bytes: Box<[u8]>, shared_bytes: bytes::Bytes, few_bytes: [u8; 5],
    chrono_date: NaiveDate, chrono_time: NaiveTime, chrono_timestamp: NaiveDateTime, chrono_instant: DateTime<Utc>,
    chrono_span: TimeDelta,
    time_date: time::Date, time_time: time::Time, time_timestamp: time::PrimitiveDateTime,
    time_instant: time::OffsetDateTime, time_span: time::Duration,
    jiff_date: jiff::civil::Date, jiff_time: jiff::civil::Time, jiff_timestamp: jiff::civil::DateTime,
    jiff_instant: jiff::Timestamp, jiff_span: jiff::SignedDuration,
    span: Duration, instant: SystemTime, uuid: Uuid, address: IpAddr, old_address: Ipv4Addr,
    #[upsert(sql_type(mysql = "decimal(65, 30)"))] decimal: rust_decimal::Decimal,
    #[upsert(sql_type(mysql = "decimal(65, 30)"))] big_decimal: bigdecimal::BigDecimal, json: serde_json::Value,
    #[upsert(sql_type(sqlite = "INTEGER"))] maybe_large: Option<u64>,
    maybe_double: Option<f64>, maybe_text: Option<String>, maybe_bytes: Option<Vec<u8>>,
    maybe_instant: Option<DateTime<Utc>>, maybe_address: Option<IpAddr>,
    #[upsert(sql_type(mysql = "decimal(65, 30)"))] maybe_decimal: Option<rust_decimal::Decimal>,
} }

wide! { Arrays {
    numbers: Vec<i32>, booleans: Vec<bool>, maybe_numbers: Vec<Option<i64>>, texts: Vec<String>, uuids: Vec<Uuid>,
    maybe_texts: Option<Vec<String>>, large: Vec<u64>, decimals: Vec<rust_decimal::Decimal>, dates: Vec<NaiveDate>,
    times: Vec<NaiveTime>, timestamps: Vec<NaiveDateTime>, addresses: Vec<Ipv4Addr>,
} }

async fn promise_7_every_type_is_read_back_as_it_was_sent<D: Database>(database: D) {
    // Half a million values on MariaDB, and a million in all.
    let rounds = if D::DIALECT == Dialect::MySql { 24 } else { 12 };
    let (scalars, mut changed) = round_trips::<D, Scalars>(&database, rounds).await;
    let (arrays, of_arrays) = round_trips::<D, Arrays>(&database, 4).await;
    changed.extend(of_arrays);
    figure(format!("fidelity_values_{}", D::NAME), scalars + arrays);
    figure(format!("fidelity_silent_changes_{}", D::NAME), changed.len());
    assert!(changed.is_empty(), "{changed:#?}");
}

/// Rows that are inserted, and then updated by others, in every form; tells how many values were compared, and which had
/// changed.
async fn round_trips<D: Database, T: Wide>(database: &D, rounds: u32) -> (usize, Vec<String>) {
    const ROWS: i64 = 400;
    let mut dice = seed::dice();
    database.aupsert(Vec::<T>::new(), UpsertOptions::new().create_table()).await.expect("the table can be made");
    let columns: Vec<String> = T::COLUMNS
        .iter()
        .map(|(name, asked)| if D::DIALECT == Dialect::Postgres { asked.replace('?', name) } else { quoted(name) })
        .collect();
    let query = format!("SELECT {} FROM {} ORDER BY id", columns.join(", "), T::SCHEMA.table);
    let (mut compared, mut changed) = (0, Vec::new());
    for round in 0..seed::cases(rounds) {
        // 0: one statement for each chunk; 1: staged; 2: chunk by chunk; 3: a chunk of one row.
        let (form, atomicity, chunk_rows) = [
            (Form::Vec, Atomicity::Call, 70),
            (Form::Stream, Atomicity::Call, 70),
            (Form::Iterator, Atomicity::Chunk, 70),
            (Form::Vec, Atomicity::Chunk, 1),
        ][round as usize % 4];
        let place = [Place::Pool, Place::Connection][round as usize / 4 % 2];
        let (form, atomicity) =
            if D::offers(place, Door::Call, form) { (form, atomicity) } else { (Form::Vec, atomicity) };
        let (rows, expected): (Vec<T>, Vec<_>) = (0..ROWS).map(|id| T::draw(id, &mut dice, D::DIALECT)).unzip();
        let options = UpsertOptions::new().chunk_rows(chunk_rows).atomicity(atomicity);
        database.write(place, Door::Call, form, &rows, options).await.unwrap_or_else(|error| panic!("{error}"));
        let found = database.query(&query).await;
        assert_eq!(found.len(), expected.len());
        for (row, (found, expected)) in found.iter().zip(&expected).enumerate() {
            for (column, (found, expected)) in found.iter().zip(expected).enumerate() {
                let found = found.as_ref().map(|found| match found.strip_prefix("json") {
                    Some(json) if D::DIALECT == Dialect::Postgres && T::COLUMNS[column].1.starts_with("'json'") => {
                        canonical_json(json)
                    }
                    _ => found.clone(),
                });
                if found != *expected {
                    let column = T::COLUMNS[column].0;
                    changed.push(format!("{column}, row {row}, {form:?}: {expected:?} was sent, {found:?} is there"));
                }
                compared += 1;
            }
        }
    }
    (compared, changed)
}

/// One value beside a key.
#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "one")]
struct One<T> {
    #[upsert(primary_key)]
    id: i64,
    value: T,
}

/// What has no type of its own on SQLite, in one that holds some of it.
#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "one")]
struct Unsigned {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(sql_type(sqlite = "INTEGER"))]
    large: u64,
    #[upsert(sql_type(sqlite = "INTEGER"))]
    huge: i128,
}

async fn promise_7_numbers_beyond_the_column_are_refused<D: Database>(database: D) {
    let create = UpsertOptions::new().create_table();
    let most = Unsigned { id: 1, large: u64::MAX >> 1, huge: i64::MIN.into() };
    database.aupsert(vec![most.clone()], create.clone()).await.unwrap();
    let beyond = [
        (Unsigned { large: most.large + 1, ..most.clone() }, "large"),
        (Unsigned { huge: most.huge - 1, ..most.clone() }, "huge"),
    ];
    for (row, column) in beyond {
        let written = database.aupsert(vec![most.clone(), row], create.clone()).await;
        if D::DIALECT != Dialect::Sqlite {
            written.unwrap();
        } else {
            let error = written.unwrap_err();
            assert_eq!((error.kind(), error.row(), error.column()), (ErrorKind::InvalidValue, Some(1), Some(column)));
        }
    }
}

/// A struct with type parameters is not known to the compiler before they are; its plan has the same words.
async fn promise_7_a_generic_struct_is_checked_before_anything_is_sent<D: Database>(database: D) {
    let written = database.aupsert(vec![One { id: 1, value: 1_u64 }], UpsertOptions::new().create_table()).await;
    if D::DIALECT != Dialect::Sqlite {
        written.unwrap();
    } else {
        let error = written.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPlan);
        assert!(error.to_string().contains("SQLite has no unsigned integers of 64 bits: use `i64`"), "{error}");
        assert!(database.columns("one").await.is_empty());
    }
}

async fn promise_7_what_cannot_be_stored_is_refused<D: Database>(database: D) {
    let mut refused = 0;
    macro_rules! refuses {
        ($($value:expr => $postgres:expr, $sqlite:expr, $mysql:expr;)*) => {$(
            let wanted: Option<Invalid> = match D::DIALECT {
                Dialect::Postgres => $postgres,
                Dialect::Sqlite => $sqlite,
                _ => $mysql,
            };
            if let Some(wanted) = wanted {
                database.batch("DROP TABLE IF EXISTS one").await;
                let create = UpsertOptions::new().create_table();
                let good = vec![One { id: 0, value: None }, One { id: 1, value: Some($value) }];
                for (form, atomicity) in [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Iterator, Atomicity::Chunk)] {
                    let options = create.clone().atomicity(atomicity);
                    let error = database.write(Place::Pool, Door::Call, form, &good, options).await.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::InvalidValue, "{}: {error}", stringify!($value));
                    assert_eq!((error.row(), error.column()), (Some(1), Some("value")), "{}", stringify!($value));
                    assert!(error.to_string().contains(&wanted.to_string()), "{}: {error}", stringify!($value));
                    assert!(database.table("one").await.is_empty(), "{}", stringify!($value));
                    refused += 1;
                }
            }
        )*};
    }
    let leap = NaiveTime::from_hms_nano_opt(23, 59, 59, 1_500_000_000).expect("chrono has leap seconds");
    let far = NaiveDate::from_ymd_opt(12_345, 1, 1).expect("chrono goes that far");
    let (finer, leaps) = (Some(Invalid::FinerThanMicrosecond), Some(Invalid::LeapSecond));
    let (unfit, no_number, no_json) = (Some(Invalid::OutOfRange), Some(Invalid::NotANumber), Some(Invalid::NotJson));
    let nul = Some(Invalid::NulInText);
    let decimal = |text: &str| text.parse::<bigdecimal::BigDecimal>().expect("it is a number");
    refuses! {
        f64::NAN => None, no_number, no_number;
        f32::NAN => None, no_number, no_number;
        f64::INFINITY => None, None, unfit;
        f32::NEG_INFINITY => None, None, unfit;
        "a\0b".to_owned() => nul, None, None;
        '\0' => nul, None, None;
        serde_json::json!({ "key": "\0" }) => nul, None, None;
        vec!["\0".to_owned()] => nul, None, None;
        NaiveDate::MIN => unfit, unfit, unfit;
        NaiveDate::MAX => None, unfit, unfit;
        far => None, unfit, unfit;
        NaiveDateTime::MIN => unfit, unfit, unfit;
        DateTime::<Utc>::MIN_UTC => unfit, unfit, unfit;
        DateTime::<Utc>::MAX_UTC.with_nanosecond(0).expect("it is a time") => None, unfit, unfit;
        leap => leaps, leaps, leaps;
        far.and_time(leap) => leaps, leaps, leaps;
        NaiveTime::from_hms_nano_opt(0, 0, 0, 1).expect("it is a time") => finer, finer, finer;
        Duration::from_nanos(1) => finer, finer, finer;
        Duration::MAX => finer, finer, finer;
        Duration::from_secs(u64::MAX) => unfit, unfit, unfit;
        TimeDelta::nanoseconds(-1) => finer, finer, finer;
        time::Duration::nanoseconds(1) => finer, finer, finer;
        time::Date::MIN => unfit, unfit, unfit;
        jiff::civil::Date::MIN => unfit, unfit, unfit;
        jiff::civil::DateTime::MIN => unfit, unfit, unfit;
        jiff::Timestamp::MAX => finer, finer, finer;
        // The plan refuses a decimal whose digits nobody says.
        decimal("1e200000") => unfit, unfit, None;
        decimal("1e1000000000000") => unfit, unfit, None;
        decimal("1e-20000") => unfit, unfit, None;
        vec![f64::NAN] => None, no_json, no_json;
        vec![Some(f32::INFINITY)] => None, no_json, no_json;
    }
    figure(format!("fidelity_refused_{}", D::NAME), refused);
}
