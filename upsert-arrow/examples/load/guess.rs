//! The types of a CSV file's columns: the narrowest that holds each of its fields whole. `007` is no number, for it would be read back
//! as `7`; nor is `1E5`, which may be an article's; nor are `1.1` and `1.10`, or `1` and `1.0`, which may be versions; nor are `true` and
//! `TRUE` together truths, for they would be one key.

use arrow_array_60::RecordBatch;
use arrow_array_60::cast::AsArray;
use arrow_schema_60::ArrowError;
use upsert::schema::ColumnType;
use upsert::value::Value;

/// What a column may be, if it is no text, from the narrowest on.
const TYPES: [ColumnType; 6] = [
    ColumnType::BigInt,
    ColumnType::Double,
    ColumnType::Bool,
    ColumnType::Date,
    ColumnType::Timestamp,
    ColumnType::TimestampTz,
];

/// The ways in which programs write what is true and what is not.
const TRUTHS: [[&str; 2]; 3] = [["true", "false"], ["True", "False"], ["TRUE", "FALSE"]];

/// What is found out about a column.
#[derive(Clone, Default)]
pub(crate) struct Guess {
    /// Fields that are not empty.
    fields: u64,
    /// Those that are `NA`.
    na: u64,
    /// Of each type, how many others are not of it, and the row of the first.
    misfits: [Misfits; TYPES.len()],
    /// How many digits stand behind the point, if it is always as many; none where there is no point.
    decimals: Option<usize>,
    /// Whether it is not.
    has_other_decimals: bool,
    /// Whether a number has a zero behind all others behind the point.
    has_zeros: bool,
    /// How `true` and `false` are written, if it is always so.
    truths: Option<usize>,
    /// Whether it is not.
    has_other_truths: bool,
}

#[derive(Clone, Copy, Default)]
struct Misfits {
    count: u64,
    first: u64,
}

impl Guess {
    fn add(&mut self, field: &str, row: u64) {
        self.fields += 1;
        if field == "NA" {
            self.na += 1;
            return;
        }
        for (misfits, column_type) in self.misfits.iter_mut().zip(TYPES) {
            // Text that would be no other type however many more are looked at.
            if misfits.count < 1_000 && !is_of(field, column_type) {
                misfits.first = if misfits.count == 0 { row } else { misfits.first };
                misfits.count += 1;
            }
        }
        let (_, decimals) = field.split_once('.').unwrap_or((field, ""));
        self.has_zeros |= decimals.ends_with('0');
        self.has_other_decimals |= self.decimals.is_some_and(|before| before != decimals.len());
        self.decimals = Some(decimals.len());
        if let Some(truths) = TRUTHS.iter().position(|truths| truths.contains(&field)) {
            self.has_other_truths |= self.truths.is_some_and(|before| before != truths);
            self.truths = Some(truths);
        }
    }

    /// Whether all fields are empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields == 0
    }

    /// The type of all fields but those that are `NA`.
    fn without_na(&self) -> Option<ColumnType> {
        let has_others = self.fields > self.na;
        let may_be_equal = self.has_zeros && self.has_other_decimals;
        let mut fitting = TYPES.into_iter().zip(self.misfits).filter(|(_, misfits)| misfits.count == 0);
        let fits = fitting.find(|(column_type, _)| match column_type {
            ColumnType::Double => !may_be_equal,
            ColumnType::Bool => !self.has_other_truths,
            _ => true,
        });
        fits.filter(|_| has_others).map(|(column_type, _)| column_type)
    }

    /// The type of all of them; `None` of text.
    pub(crate) fn column_type(&self) -> Option<ColumnType> {
        self.without_na().filter(|_| self.na == 0)
    }

    /// What it would be but for few fields, and how that is said.
    fn nearly(&self, name: &str) -> Option<String> {
        let nearly = TYPES.into_iter().zip(self.misfits).min_by_key(|(_, misfits)| misfits.count);
        let (column_type, Misfits { count, first }) = nearly.filter(|_| self.column_type().is_none())?;
        let few = 1..=(self.fields / 100).min(999);
        let fields = self.fields;
        few.contains(&count).then(|| {
            format!(
                "{name} is text; but for {count} of {fields} fields, the first in row {first}, it would be {column_type}: --type \
                 {name}={column_type}"
            )
        })
    }
}

/// Whether a field is a value of a type, written as one.
fn is_of(field: &str, column_type: ColumnType) -> bool {
    let is_written_so = match column_type {
        ColumnType::BigInt => field == "0" || !field.trim_start_matches('-').starts_with(['0', '+']),
        ColumnType::Double => {
            let digits = field.strip_prefix('-').unwrap_or(field);
            let is_padded = digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
            // Programs write a point or a sign where they write an exponent.
            let is_code = digits.contains(['e', 'E']) && !digits.contains(['.', '+', '-']);
            digits.starts_with(|first: char| first.is_ascii_digit()) && !is_padded && !is_code
        }
        ColumnType::Bool => TRUTHS.as_flattened().contains(&field),
        _ => true,
    };
    is_written_so && Value::from_text(field, column_type).is_ok()
}

/// What the fields of each column are, and how many rows there are.
pub(crate) fn read(
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
    columns: usize,
) -> Result<(Vec<Guess>, u64), ArrowError> {
    let mut guesses = vec![Guess::default(); columns];
    let mut rows = 0;
    for batch in batches {
        let batch = batch?;
        for (guess, array) in guesses.iter_mut().zip(batch.columns()) {
            for (row, field) in (rows..).zip(array.as_string::<i32>()) {
                if let Some(field) = field {
                    guess.add(field, row);
                }
            }
        }
        rows += batch.num_rows() as u64;
    }
    Ok((guesses, rows))
}

/// What might have been meant otherwise: columns that are text for nothing but `NA`, or for a few fields.
pub(crate) fn hint(columns: &[(&str, &Guess)]) -> Option<String> {
    let of_na = columns.iter().filter(|(_, guess)| guess.na > 0);
    let of_na = of_na.filter_map(|(name, guess)| Some(format!("{name} {}", guess.without_na()?)));
    let of_na: Vec<String> = of_na.collect();
    let na = (!of_na.is_empty())
        .then(|| format!("Were NA no value (--null NA), these would be no text: {}", of_na.join(", ")));
    let nearly = columns.iter().filter_map(|(name, guess)| guess.nearly(name));
    let hints: Vec<String> = na.into_iter().chain(nearly).collect();
    (!hints.is_empty()).then(|| hints.join("\n"))
}
