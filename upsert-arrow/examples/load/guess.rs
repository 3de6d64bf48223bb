//! The types of a CSV file's columns: the narrowest that holds each of its fields as it is written. `007` is no number, for it would
//! be read back as `7`.

use std::sync::Arc;

use arrow_array_60::RecordBatch;
use arrow_array_60::cast::AsArray;
use arrow_schema_60::{ArrowError, DataType, Schema, TimeUnit};
use upsert::schema::ColumnType;

/// What a column's fields are, all of them.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Guess {
    /// There are none.
    Nothing,
    Bool,
    Integer,
    Double,
    Date,
    Timestamp,
    TimestampTz,
    /// How many are text, `NA` alone, and what the others are.
    Text {
        all_but_na: Option<&'static str>,
    },
}

impl Guess {
    /// What the caller says it is; decimals and UUIDs are read as text, and looked at on their way.
    pub(crate) fn said(column_type: ColumnType) -> Self {
        match column_type {
            ColumnType::Bool => Self::Bool,
            ColumnType::BigInt => Self::Integer,
            ColumnType::Double => Self::Double,
            ColumnType::Date => Self::Date,
            ColumnType::Timestamp => Self::Timestamp,
            ColumnType::TimestampTz => Self::TimestampTz,
            _ => Self::Text { all_but_na: None },
        }
    }

    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())),
            Self::Nothing | Self::Text { .. } => DataType::Utf8,
        }
    }

    fn of(field: &str) -> Self {
        if is_integer(field) {
            Self::Integer
        } else if is_double(field) {
            Self::Double
        } else if field.eq_ignore_ascii_case("true") || field.eq_ignore_ascii_case("false") {
            Self::Bool
        } else {
            moment(field).unwrap_or(Self::Text { all_but_na: None })
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, other) | (other, Self::Nothing) => other,
            (own, other) if own == other => own,
            (Self::Integer | Self::Double, Self::Integer | Self::Double) => Self::Double,
            _ => Self::Text { all_but_na: None },
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Integer => "bigint",
            Self::Double => "double",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Nothing | Self::Text { .. } => "text",
        }
    }
}

/// Digits that are the number's own text.
fn is_integer(field: &str) -> bool {
    field.parse::<i64>().is_ok_and(|number| number.to_string() == field)
}

/// A number with a point or an exponent, of no more digits than a double holds.
fn is_double(field: &str) -> bool {
    let digits = field.strip_prefix('-').unwrap_or(field);
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    let whole = mantissa.split('.').next().unwrap_or_default();
    let is_padded = whole.len() > 1 && whole.starts_with('0');
    let significant = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let is_number = digits.starts_with(|first: char| first.is_ascii_digit());
    let has_more = digits.contains(['.', 'e', 'E']);
    is_number && has_more && !is_padded && significant <= 17 && field.parse::<f64>().is_ok_and(f64::is_finite)
}

/// `2013-01-01`, `2013-01-01T06:00:00`, `2013-01-01 06:00:00.123456+02:00`.
fn moment(field: &str) -> Option<Guess> {
    let (date, time) = field.split_at_checked(10)?;
    if !has_form(date, "0000-00-00") {
        return None;
    }
    if time.is_empty() {
        return Some(Guess::Date);
    }
    let (clock, rest) = time.strip_prefix(['T', ' '])?.split_at_checked(8)?;
    if !has_form(clock, "00:00:00") {
        return None;
    }
    let fraction = rest.strip_prefix('.').map_or(0, |rest| 1 + rest.bytes().take_while(u8::is_ascii_digit).count());
    let (fraction, zone) = rest.split_at_checked(fraction)?;
    match zone {
        _ if fraction.len() == 1 || fraction.len() > 7 => None,
        "" => Some(Guess::Timestamp),
        "Z" => Some(Guess::TimestampTz),
        zone if has_form(zone, "+00:00") || has_form(zone, "-00:00") => Some(Guess::TimestampTz),
        _ => None,
    }
}

fn has_form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(own, form)| if form == b'0' { own.is_ascii_digit() } else { own == form })
}

/// What the fields of each column are, and how many rows there are.
pub(crate) fn read(
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
    columns: usize,
) -> Result<(Vec<Guess>, u64), ArrowError> {
    let mut guesses = vec![Guess::Nothing; columns];
    let mut without_na = vec![Guess::Nothing; columns];
    let mut rows = 0;
    for batch in batches {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        for (position, array) in batch.columns().iter().enumerate() {
            for field in array.as_string::<i32>().iter().flatten() {
                let is_text = matches!(without_na[position], Guess::Text { .. });
                let guess = if is_text { Guess::Text { all_but_na: None } } else { Guess::of(field) };
                guesses[position] = guesses[position].and(guess);
                if field != "NA" {
                    without_na[position] = without_na[position].and(guess);
                }
            }
        }
    }
    for (guess, without_na) in guesses.iter_mut().zip(without_na) {
        if let Guess::Text { all_but_na } = guess
            && !matches!(without_na, Guess::Text { .. } | Guess::Nothing)
        {
            *all_but_na = Some(without_na.name());
        }
    }
    Ok((guesses, rows))
}

/// Columns that are text for nothing but `NA`.
pub(crate) fn hint(schema: &Arc<Schema>, guesses: &[Guess], nulls: &[String]) -> Option<String> {
    if nulls.iter().any(|null| null == "NA") {
        return None;
    }
    let of_na = schema.fields().iter().zip(guesses).filter_map(|(field, guess)| match guess {
        Guess::Text { all_but_na: Some(name) } => Some(format!("{} {name}", field.name())),
        _ => None,
    });
    let of_na: Vec<String> = of_na.collect();
    (!of_na.is_empty()).then(|| format!("Were NA no value (--null NA), these would be no text: {}", of_na.join(", ")))
}
