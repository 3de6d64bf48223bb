//! The file, as a frame.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use arrow_array_60::RecordBatchReader;
use arrow_csv::ReaderBuilder;
use arrow_csv::reader::Format;
use arrow_schema_60::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::RowGroupMetaData;
use regex::Regex;
use upsert::frame::Frame;
use upsert::schema::ColumnType;
use upsert_arrow::arrow_60::reader;

use crate::arguments::Arguments;
use crate::guess::{self, Guess};
use crate::{Failure, Mistake};

/// Rows of a batch, and bytes of it in the file: so few that they, the chunk that is made of them and the one that is being written are
/// little.
const BATCH_ROWS: u64 = 4_096;
const BATCH_BYTES: u64 = 4 << 20;

/// Rows of a batch of a file that has so many, of so many bytes.
fn batch_rows(rows: u64, bytes: u64) -> Result<usize, Failure> {
    let of_row = bytes.div_ceil(rows.max(1)).max(1);
    Ok(usize::try_from((BATCH_BYTES / of_row).clamp(1, BATCH_ROWS))?)
}

pub(crate) struct Input<'r> {
    /// From the row on that the arguments say.
    pub(crate) frame: Frame<'r>,
    /// All of the file's.
    pub(crate) rows: u64,
    /// Of columns of text that are something else, what they are.
    pub(crate) types: Vec<(String, ColumnType)>,
    /// What might have been meant otherwise.
    pub(crate) hint: Option<String>,
}

impl Input<'_> {
    pub(crate) fn open(arguments: &Arguments) -> Result<Self, Failure> {
        let path = &arguments.file;
        let in_file = |error: Failure| -> Failure { format!("{}: {error}", path.display()).into() };
        let file = File::open(path).map_err(|error| in_file(error.into()))?;
        match path.extension().and_then(OsStr::to_str) {
            Some("parquet" | "pq") => {
                if let Some(option) = arguments.of_csv() {
                    return Err(Mistake(format!("{option} is for CSV, and {} is none", path.display())).into());
                }
                Self::parquet(file, arguments).map_err(in_file)
            }
            Some(extension @ ("csv" | "tsv" | "txt")) => {
                let usual = if extension == "tsv" { b'\t' } else { b',' };
                Self::csv(file, arguments.delimiter.unwrap_or(usual), arguments).map_err(in_file)
            }
            _ => Err(Mistake(format!("{}: the file is .csv, .tsv or .parquet", path.display())).into()),
        }
    }

    fn parquet(file: File, arguments: &Arguments) -> Result<Self, Failure> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
        let rows = u64::try_from(builder.metadata().file_metadata().num_rows())?;
        let groups = builder.metadata().row_groups().iter();
        let bytes = u64::try_from(groups.map(RowGroupMetaData::total_byte_size).sum::<i64>())?;
        let skipped = usize::try_from(arguments.from_row)?;
        let frame = reader(builder.with_batch_size(batch_rows(rows, bytes)?).with_offset(skipped).build()?);
        Ok(Self { frame, rows, types: Vec::new(), hint: None })
    }

    /// The types are those that all rows have, so the file is read twice. Both times its fields are text: what they are made of them is
    /// the table's business, which loses nothing and names row and column.
    fn csv(file: File, delimiter: u8, arguments: &Arguments) -> Result<Self, Failure> {
        let bytes = file.metadata()?.len();
        let lines = closes_quotes(file)?;
        let nulls: Vec<String> = arguments.nulls.iter().map(|null| regex::escape(null)).collect();
        let nulls = Regex::new(&format!("^(?:{})$", [vec![String::new()], nulls].concat().join("|")))?;
        let format = Format::default().with_header(true).with_delimiter(delimiter).with_null_regex(nulls);
        let open = || File::open(&arguments.file);
        let (names, _) = format.infer_schema(open()?, Some(0))?;
        if names.fields().is_empty() {
            return Err("the file is empty".into());
        }
        let texts = names.fields().iter().map(|field| Field::new(field.name(), DataType::Utf8, true));
        let texts = Arc::new(Schema::new(texts.collect::<Vec<_>>()));
        let all = ReaderBuilder::new(Arc::clone(&texts)).with_format(format.clone());
        let all = all.with_batch_size(batch_rows(lines, bytes)?).build(open()?)?;
        let (guesses, rows) = guess::read(all, texts.fields().len()).map_err(|error| {
            let meant = if texts.fields().len() == 1 {
                ". Is a comma what stands between the fields? (--delimiter)"
            } else {
                ""
            };
            format!("{error}{meant}")
        })?;
        let is_said = |name: &str| arguments.types.iter().any(|(column, _)| column == name);
        let guessed = texts.fields().iter().zip(&guesses).filter(|(field, _)| !is_said(field.name()));
        let guessed: Vec<(&str, &Guess)> = guessed.map(|(field, guess)| (field.name().as_str(), guess)).collect();
        let types =
            guessed.iter().filter_map(|(name, guess)| Some(((*name).to_owned(), guess.column_type()?))).collect();
        // What is empty from the first row to the last has the type of whatever column it goes to.
        let fields = texts.fields().iter().zip(&guesses).map(|(field, guess)| match guess.is_empty() {
            true => Field::new(field.name(), DataType::Null, true),
            false => (**field).clone(),
        });
        let fields = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let end = usize::try_from(rows)?;
        let skipped = usize::try_from(arguments.from_row)?.min(end);
        let rest = ReaderBuilder::new(fields).with_format(format.clone()).with_batch_size(batch_rows(rows, bytes)?);
        let rest = rest.with_bounds(skipped, end).build(open()?)?;
        Ok(Self { frame: reader(Boxed(Box::new(rest))), rows, types, hint: guess::hint(&guessed) })
    }
}

/// A quote that is not closed would take all behind it for one field. Returns how many lines there are.
fn closes_quotes(mut file: File) -> Result<u64, Failure> {
    let (mut quotes, mut lines, mut buffer) = (0, 0, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        quotes += buffer[..read].iter().filter(|byte| **byte == b'"').count();
        lines += buffer[..read].iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
    }
    if quotes % 2 == 0 {
        Ok(lines)
    } else {
        Err(format!("a quotation mark is not closed: there are {quotes} of them").into())
    }
}

/// A reader that is not looked into.
struct Boxed(Box<dyn RecordBatchReader + Send>);

impl Iterator for Boxed {
    type Item = <dyn RecordBatchReader as Iterator>::Item;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl RecordBatchReader for Boxed {
    fn schema(&self) -> Arc<Schema> {
        self.0.schema()
    }
}
