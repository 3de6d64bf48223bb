//! DataFrames of drawn rows, whose columns are of drawn types and in drawn layouts.

use chrono::{DateTime, NaiveDate, Timelike};
use frames::drawn_rows::{COLUMNS, Reading, table_of_frames};
use polars_core::prelude::*;
use polars_utils::float16::pf16;
use proptest::test_runner::TestRng;
use tests::seed::below;
use upsert::frame::FrameTable;
use upsert::schema::{ColumnType, SqlBuf};

/// The table of frames, whose columns have the types of the struct's, of whatever type the first frame has them.
pub fn table() -> FrameTable {
    table_of_frames()
        .column_type("id", ColumnType::BigInt)
        .column_type("flag", ColumnType::Bool)
        .column_type("huge", ColumnType::UnsignedBigInt)
        .sql_types("huge", SqlBuf::default().sqlite("INTEGER"))
        .column_type("rough", ColumnType::Real)
        .column_type("raw", ColumnType::Bytes)
        .column_type("day", ColumnType::Date)
        .column_type("clock", ColumnType::Time)
        .column_type("at", ColumnType::Timestamp)
        .column_type("seen", ColumnType::TimestampTz)
        .column_type("span", ColumnType::Duration)
        .column_type("price", ColumnType::Decimal)
        .sql_types("price", SqlBuf::default().postgres("numeric(20, 4)").mysql("decimal(20, 4)"))
        .column_type("tags", ColumnType::Array(&ColumnType::Integer))
}

/// Rows as a DataFrame, its columns in a drawn order.
pub fn frame_of(rows: &[Reading], dice: &mut TestRng) -> DataFrame {
    let mut columns = Vec::new();
    for (name, _) in COLUMNS {
        let series = series_of(rows, name, below(dice, 12)).with_name(name.into());
        let column = in_a_layout(series, dice);
        columns.insert(below(dice, columns.len() + 1), column);
    }
    DataFrame::new(rows.len(), columns).unwrap()
}

/// The same values in one chunk or several, whole or parts of longer ones, or as one for all rows if they are the same.
fn in_a_layout(series: Series, dice: &mut TestRng) -> Column {
    let rows = series.len();
    if rows > 0 && below(dice, 2) == 0 && is_one_value(&series) {
        let value = Scalar::new(series.dtype().clone(), series.get(0).unwrap().into_static());
        return Column::new_scalar(series.name().clone(), value, rows);
    }
    if below(dice, 2) == 0 && series.null_count() == rows {
        // Of the type that Polars gives to what has no values.
        return Column::full_null(series.name().clone(), rows, &DataType::Null);
    }
    match below(dice, 4) {
        0 => series.into(),
        1 => {
            // The middle of one chunk.
            let (before, behind) = (below(dice, rows + 1), below(dice, rows + 1));
            let longer = appended(&[series.slice(0, before), series.clone(), series.slice(0, behind)]);
            longer.rechunk().slice(before as i64, rows).into()
        }
        drawn => {
            let mut cuts: Vec<usize> = (0..below(dice, 6)).map(|_| below(dice, rows + 1)).collect();
            cuts.extend([0, rows]);
            cuts.sort_unstable();
            let mut parts: Vec<Series> =
                cuts.windows(2).map(|cut| series.slice(cut[0] as i64, cut[1] - cut[0])).collect();
            if drawn == 2 {
                return appended(&parts).into();
            }
            // The first and the last chunk are cut.
            let before = below(dice, rows + 1);
            parts[0] = appended(&[series.slice(0, before), parts[0].clone()]).rechunk();
            parts.push(series.slice(0, below(dice, rows + 1)));
            appended(&parts).slice(before as i64, rows).into()
        }
    }
}

fn is_one_value(series: &Series) -> bool {
    let first = series.get(0).unwrap();
    (1..series.len()).all(|row| series.get(row).unwrap() == first)
}

fn appended(parts: &[Series]) -> Series {
    let mut all = parts[0].clone();
    for part in &parts[1..] {
        all.append(part).unwrap();
    }
    all
}

fn series_of(rows: &[Reading], name: &str, drawn: usize) -> Series {
    match name {
        "id" => {
            integers(rows, drawn, &[DataType::Int64, DataType::UInt64, DataType::Int128], |row| Some(row.id.into()))
        }
        "k" => text(rows, drawn, |row| Some(row.k.clone())),
        "flag" => series(rows, |row| row.flag),
        "small" => {
            let types = [DataType::Int16, DataType::Int8, DataType::UInt8, DataType::Int64, DataType::UInt16];
            integers(rows, drawn, &types, |row| row.small.map(i128::from))
        }
        "num" => {
            let types = [DataType::Int32, DataType::UInt16, DataType::Int16, DataType::UInt32, DataType::UInt128];
            integers(rows, drawn, &types, |row| row.num.map(i128::from))
        }
        "big" => integers(rows, drawn, &[DataType::Int64, DataType::Int128], |row| row.big.map(i128::from)),
        "huge" => {
            let types = [DataType::UInt64, DataType::UInt128, DataType::Int128, DataType::Int64];
            integers(rows, drawn, &types, |row| row.huge.map(i128::from))
        }
        "rough" => rough(rows, drawn),
        "ratio" => ratio(rows, drawn),
        "price" => price(rows, drawn),
        "note" => text(rows, drawn, |row| row.note.clone()),
        "raw" => bytes(rows, drawn, |row| row.raw.clone()),
        "day" => {
            let days = |day: NaiveDate| i32::try_from((day - NaiveDate::default()).num_days()).unwrap();
            series(rows, |row| row.day.map(days)).into_date()
        }
        "clock" => series(rows, |row| {
            let micros = |clock: chrono::NaiveTime| i64::from(clock.nanosecond() / 1_000);
            row.clock.map(|clock| (i64::from(clock.num_seconds_from_midnight()) * 1_000_000 + micros(clock)) * 1_000)
        })
        .into_time(),
        "at" => instants(rows, drawn, None, |row| row.at.map(|at| at.and_utc())),
        "seen" => {
            let zone = ["UTC", "Asia/Kolkata", "America/New_York"][drawn % 3];
            instants(rows, drawn / 3, TimeZone::opt_try_new(Some(zone)).unwrap(), |row| row.seen)
        }
        "span" => {
            let (unit, spans) = in_a_unit(rows, drawn, |row| row.span.map(|span| span.num_microseconds().unwrap()));
            spans.into_duration(unit)
        }
        "uid" => match drawn {
            0..4 => text(rows, drawn, |row| row.uid.map(|uid| uid.to_string())),
            4..6 => text(rows, drawn, |row| row.uid.map(|uid| uid.simple().to_string().to_uppercase())),
            _ => bytes(rows, drawn, |row| row.uid.map(|uid| uid.as_bytes().to_vec())),
        },
        "tags" => tags(rows, drawn),
        other => panic!("no column {other}"),
    }
}

/// A series whose type follows from that of the values.
fn series<T>(rows: &[Reading], value: impl Fn(&Reading) -> Option<T>) -> Series
where
    Series: NamedFrom<Vec<Option<T>>, [Option<T>]>,
{
    Series::new(PlSmallStr::EMPTY, rows.iter().map(value).collect::<Vec<_>>())
}

/// Of the drawn one of these types, if it holds all values, and else of the first one, which does.
fn integers(rows: &[Reading], drawn: usize, types: &[DataType], value: impl Fn(&Reading) -> Option<i128>) -> Series {
    let numbers = series(rows, value);
    let cast = |dtype: &DataType| numbers.strict_cast(dtype);
    cast(&types[drawn % types.len()]).unwrap_or_else(|_| cast(&types[0]).unwrap())
}

/// As strings, or as labels of every width.
fn text(rows: &[Reading], drawn: usize, value: impl Fn(&Reading) -> Option<String>) -> Series {
    let strings = series(rows, &value);
    let categories = |physical| {
        // Of its own, for the global ones grow with each drawing.
        let own = Categories::new(format!("{physical:?}").into(), "drawn".into(), physical);
        DataType::from_categories(own)
    };
    let mut labels: Vec<String> = rows.iter().filter_map(&value).collect();
    labels.sort();
    labels.dedup();
    let dtype = match drawn {
        // There is room for so few labels of all drawings.
        0 if labels.iter().all(|label| label.len() < 6) => categories(CategoricalPhysical::U8),
        1 if labels.iter().all(|label| label.len() < 32) => categories(CategoricalPhysical::U16),
        2 => categories(CategoricalPhysical::U32),
        3 => DataType::from_categories(Categories::global()),
        4 | 5 => DataType::from_frozen_categories(FrozenCategories::new(labels.iter().map(String::as_str)).unwrap()),
        6 => {
            // So many that their indices have two bytes.
            let others: Vec<String> = (0..300).map(|number| format!("label {number}")).collect();
            let all = others.iter().chain(&labels).map(String::as_str);
            DataType::from_frozen_categories(FrozenCategories::new(all).unwrap())
        }
        _ => return strings,
    };
    strings.cast(&dtype).unwrap()
}

fn bytes(rows: &[Reading], drawn: usize, value: impl Fn(&Reading) -> Option<Vec<u8>>) -> Series {
    let views = series(rows, value);
    if drawn.is_multiple_of(3) { views.cast(&DataType::BinaryOffset).unwrap() } else { views }
}

/// In half the width where that is the same number.
fn rough(rows: &[Reading], drawn: usize) -> Series {
    let half = |number: f32| pf16::from(number);
    let is_half = |number: f32| half(number).0.to_f32() == number;
    if drawn < 6 && rows.iter().all(|row| row.rough.is_none_or(is_half)) {
        return series(rows, |row| row.rough.map(half));
    }
    series(rows, |row| row.rough)
}

fn ratio(rows: &[Reading], drawn: usize) -> Series {
    let wide = series(rows, |row| row.ratio);
    let single = wide.cast(&DataType::Float32).unwrap();
    let is_single = single.cast(&DataType::Float64).unwrap().equals_missing(&wide);
    if drawn < 6 && is_single { single } else { wide }
}

fn price(rows: &[Reading], drawn: usize) -> Series {
    let mantissas = series(rows, |row| row.price.map(|price| price.mantissa()));
    match drawn {
        0..3 => mantissas.into_decimal(38, 4).unwrap(),
        3..5 => text(rows, drawn, |row| row.price.map(|price| price.to_string())),
        _ => mantissas.into_decimal(20, 4).unwrap(),
    }
}

fn instants(
    rows: &[Reading],
    drawn: usize,
    zone: Option<TimeZone>,
    value: impl Fn(&Reading) -> Option<DateTime<chrono::Utc>>,
) -> Series {
    let (unit, numbers) = in_a_unit(rows, drawn, |row| value(row).map(|at| at.timestamp_micros()));
    numbers.into_datetime(unit, zone)
}

/// Microseconds in the drawn unit, if it holds all values.
fn in_a_unit(rows: &[Reading], drawn: usize, micros: impl Fn(&Reading) -> Option<i64>) -> (TimeUnit, Series) {
    let all = |holds: fn(i64) -> bool| rows.iter().filter_map(&micros).all(holds);
    match drawn % 3 {
        0 if all(|micros| micros.checked_mul(1_000).is_some()) => {
            (TimeUnit::Nanoseconds, series(rows, |row| micros(row).map(|micros| micros * 1_000)))
        }
        1 if all(|micros| micros % 1_000 == 0) => {
            (TimeUnit::Milliseconds, series(rows, |row| micros(row).map(|micros| micros / 1_000)))
        }
        _ => (TimeUnit::Microseconds, series(rows, micros)),
    }
}

fn tags(rows: &[Reading], drawn: usize) -> Series {
    let lists = rows.iter().map(|row| row.tags.as_ref().map(|tags| Series::new(PlSmallStr::EMPTY, tags)));
    let lists = Series::new(PlSmallStr::EMPTY, lists.collect::<Vec<_>>());
    let element = [DataType::Int32, DataType::Int64, DataType::Int8, DataType::Int128][drawn % 4].clone();
    let lists = lists.cast(&DataType::List(Box::new(element.clone()))).unwrap();
    let width = rows.iter().find_map(|row| row.tags.as_ref()).map_or(1, Vec::len);
    let is_array = width > 0 && rows.iter().filter_map(|row| row.tags.as_ref()).all(|tags| tags.len() == width);
    if is_array && drawn < 8 { lists.cast(&DataType::Array(Box::new(element), width)).unwrap() } else { lists }
}
