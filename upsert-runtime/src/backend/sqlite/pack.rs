//! Rows in a form that borrows nothing and is ready to bind: text of dates is made, and everything lies in one buffer.
//! Made before the blocking thread sees the rows, which may borrow from the caller.

use std::ops::Range;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use crate::backend::Size;
use crate::error::Error;
use crate::plan::UpsertPlan;
use crate::run::Chunk;
use crate::schema::Column;
use crate::value::{Invalid, Value};

/// An encoded chunk.
#[doc(hidden)]
#[derive(Default)]
pub struct Packed {
    columns: usize,
    cells: Vec<Cell>,
    /// Text and blobs of all cells.
    buffer: Vec<u8>,
    /// The number of each row in the input.
    numbers: Vec<u64>,
    /// Bytes of the values.
    values: u64,
}

#[derive(Clone, Debug)]
enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(Range<usize>),
    Blob(Range<usize>),
}

impl Size for Packed {
    fn size(&self) -> u64 {
        self.values
    }
}

impl Packed {
    pub(super) fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>) -> Result<Self, Error> {
        let columns = plan.columns.len();
        let mut packed = Self {
            columns,
            cells: Vec::with_capacity(columns * chunk.len()),
            numbers: Vec::with_capacity(chunk.len()),
            ..Self::default()
        };
        let latest: Vec<bool> = (0..columns).map(|column| plan.takes_latest(column)).collect();
        for pick in chunk.picks() {
            for (position, column) in plan.columns.iter().enumerate() {
                let row = if latest[position] { pick.updatable } else { pick.insert_only };
                let value = chunk.value(row, position);
                packed.push(column, &value).map_err(|invalid| Error::value(chunk.number(row), column.name, invalid))?;
            }
            packed.numbers.push(chunk.number(pick.updatable));
        }
        Ok(packed)
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The number of a row in the input.
    pub(super) fn number(&self, row: usize) -> u64 {
        self.numbers[row]
    }

    /// The cells of a row, ready to bind.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = Bound<'_>> {
        let start = row * self.columns;
        self.cells[start..start + self.columns].iter().map(|cell| self.bound(cell))
    }

    pub(super) fn cell(&self, row: usize, column: usize) -> Bound<'_> {
        self.bound(&self.cells[row * self.columns + column])
    }

    fn bound(&self, cell: &Cell) -> Bound<'_> {
        Bound(match cell {
            Cell::Null => ValueRef::Null,
            Cell::Integer(value) => ValueRef::Integer(*value),
            Cell::Real(value) => ValueRef::Real(*value),
            Cell::Text(range) => ValueRef::Text(&self.buffer[range.clone()]),
            Cell::Blob(range) => ValueRef::Blob(&self.buffer[range.clone()]),
        })
    }

    fn push(&mut self, column: &Column<'_>, value: &Value<'_>) -> Result<(), Invalid> {
        if !value.fits(column.column_type) {
            return Err(Invalid::WrongKind);
        }
        let cell = match value {
            Value::Null if column.nullable => Cell::Null,
            Value::Null => return Err(Invalid::Null),
            Value::Invalid(invalid) => return Err(*invalid),
            Value::Bool(value) => Cell::Integer(i64::from(*value)),
            Value::SmallInt(value) => Cell::Integer(i64::from(*value)),
            Value::Integer(value) => Cell::Integer(i64::from(*value)),
            Value::BigInt(value) => Cell::Integer(*value),
            Value::Real(value) => real(f64::from(*value))?,
            Value::Double(value) => real(*value)?,
            Value::Text(text) | Value::Json(text) => Cell::Text(self.keep(text.as_bytes())),
            Value::Bytes(bytes) => Cell::Blob(self.keep(bytes)),
            Value::Uuid(bytes) => Cell::Blob(self.keep(bytes)),
            Value::Date { days } => Cell::Text(self.keep_text(|out| date(out, i64::from(*days)))?),
            Value::Time { micros } => Cell::Text(self.keep_text(|out| time(out, *micros))?),
            Value::Timestamp { micros } => Cell::Text(self.keep_text(|out| timestamp(out, *micros))?),
            Value::TimestampTz { micros } => Cell::Text(self.keep_text(|out| {
                timestamp(out, *micros)?;
                out.extend_from_slice(b"+00:00");
                Ok(())
            })?),
        };
        if let Cell::Text(range) | Cell::Blob(range) = &cell
            && range.len() > MOST_BYTES
        {
            return Err(Invalid::TooLarge);
        }
        self.values += value.size() as u64;
        self.cells.push(cell);
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(bytes);
        start..self.buffer.len()
    }

    fn keep_text(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), Invalid>) -> Result<Range<usize>, Invalid> {
        let start = self.buffer.len();
        write(&mut self.buffer)?;
        Ok(start..self.buffer.len())
    }
}

/// SQLite's default `SQLITE_MAX_LENGTH`.
const MOST_BYTES: usize = 1_000_000_000;

/// A cell as rusqlite binds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bound<'p>(pub(super) ValueRef<'p>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}

fn real(value: f64) -> Result<Cell, Invalid> {
    if value.is_nan() { Err(Invalid::NotANumber) } else { Ok(Cell::Real(value)) }
}

const MICROS_OF_SECOND: i64 = 1_000_000;
const SECONDS_OF_DAY: i64 = 86_400;

/// `YYYY-MM-DD HH:MM:SS.ffffff`.
fn timestamp(out: &mut Vec<u8>, micros: i64) -> Result<(), Invalid> {
    let of_day = SECONDS_OF_DAY * MICROS_OF_SECOND;
    date(out, micros.div_euclid(of_day))?;
    out.push(b' ');
    time(out, micros.rem_euclid(of_day))
}

/// `YYYY-MM-DD`: only years of four digits have text of one width, whose order is the order of time.
fn date(out: &mut Vec<u8>, days: i64) -> Result<(), Invalid> {
    let (year, month, day) = civil(days);
    let year = u32::try_from(year).ok().filter(|year| *year <= 9999).ok_or(Invalid::OutOfRange)?;
    digits(out, year, 4);
    out.push(b'-');
    digits(out, month, 2);
    out.push(b'-');
    digits(out, day, 2);
    Ok(())
}

/// `HH:MM:SS.ffffff`.
fn time(out: &mut Vec<u8>, micros: i64) -> Result<(), Invalid> {
    let micros = u64::try_from(micros).map_err(|_| Invalid::OutOfRange)?;
    let part = |value: u64| u32::try_from(value).map_err(|_| Invalid::OutOfRange);
    let seconds = part(micros / 1_000_000)?;
    if seconds >= 86_400 {
        return Err(Invalid::OutOfRange);
    }
    digits(out, seconds / 3_600, 2);
    out.push(b':');
    digits(out, seconds / 60 % 60, 2);
    out.push(b':');
    digits(out, seconds % 60, 2);
    out.push(b'.');
    digits(out, part(micros % 1_000_000)?, 6);
    Ok(())
}

fn digits(out: &mut Vec<u8>, value: u32, width: usize) {
    let start = out.len();
    out.resize(start + width, b'0');
    let mut rest = value;
    for digit in out[start..].iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).expect("a remainder of 10 is one digit");
        rest /= 10;
    }
}

/// Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
///
/// Years are taken from 1 March, so that the leap day ends them; 400 of them have the same number of days always.
fn civil(days: i64) -> (i64, u32, u32) {
    const DAYS_OF_400_YEARS: i64 = 146_097;
    // 0000-03-01 is 719 468 days before 1970-01-01.
    let since = days + 719_468;
    let (era, day_of_era) = (since.div_euclid(DAYS_OF_400_YEARS), since.rem_euclid(DAYS_OF_400_YEARS));
    // Every 4 years there is one day more, but not every 100, and yet every 400.
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // From March on, months have 31, 30, 31, 30, 31 days, again and again: 153 in five months.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let small = |part: i64| u32::try_from(part).expect("months and days are small and positive");
    (year, small(month), small(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>) -> Result<(), Invalid>) -> Result<String, Invalid> {
        let mut out = Vec::new();
        write(&mut out)?;
        Ok(String::from_utf8(out).expect("digits are ASCII"))
    }

    #[test]
    fn every_day_of_four_digit_years_follows_the_one_before() {
        let (mut year, mut month, mut day) = (0, 1, 1);
        // 0000-01-01 to 9999-12-31.
        for days in -719_528..2_932_897 {
            assert_eq!(civil(days), (year, month, day), "day {days}");
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                (_, day) if day == last => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
    }

    #[test]
    fn times_have_one_width() {
        assert_eq!(text(|out| timestamp(out, 0)).as_deref(), Ok("1970-01-01 00:00:00.000000"));
        assert_eq!(text(|out| timestamp(out, -1)).as_deref(), Ok("1969-12-31 23:59:59.999999"));
        assert_eq!(text(|out| timestamp(out, 1_385_164_800_000_007)).as_deref(), Ok("2013-11-23 00:00:00.000007"));
        assert_eq!(text(|out| date(out, -719_528)).as_deref(), Ok("0000-01-01"));
        assert_eq!(text(|out| time(out, 86_399_999_999)).as_deref(), Ok("23:59:59.999999"));
    }

    #[test]
    fn what_has_no_such_text_is_refused() {
        assert_eq!(text(|out| date(out, -719_529)), Err(Invalid::OutOfRange));
        assert_eq!(text(|out| date(out, 2_932_897)), Err(Invalid::OutOfRange));
        assert_eq!(text(|out| time(out, 86_400_000_000)), Err(Invalid::OutOfRange));
        assert_eq!(text(|out| time(out, -1)), Err(Invalid::OutOfRange));
    }
}
