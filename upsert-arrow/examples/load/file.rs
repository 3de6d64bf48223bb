//! The file, as a frame.

use std::ffi::OsStr;
use std::fs::File;
use std::sync::Arc;

use arrow_array_60::RecordBatchReader;
use arrow_csv::ReaderBuilder;
use arrow_csv::reader::Format;
use arrow_schema_60::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regex::Regex;
use upsert::frame::Frame;
use upsert_arrow::arrow_60::reader;

use crate::Failure;
use crate::arguments::Arguments;
use crate::guess::{self, Guess};

/// Rows of a batch: so few that they, the chunk that is made of them and the one that is being written are little.
const BATCH: usize = 4_096;

pub(crate) struct Input<'r> {
    pub(crate) frame: Frame<'r>,
    pub(crate) rows: u64,
    /// What might have been meant otherwise.
    pub(crate) hint: Option<String>,
}

impl Input<'_> {
    pub(crate) fn open(arguments: &Arguments) -> Result<Self, Failure> {
        let path = &arguments.file;
        let in_file = |error: Failure| -> Failure { format!("{}: {error}", path.display()).into() };
        let file = File::open(path).map_err(|error| in_file(error.into()))?;
        match path.extension().and_then(OsStr::to_str) {
            Some("parquet" | "pq") => Self::parquet(file, arguments).map_err(in_file),
            Some("csv" | "tsv" | "txt") => Self::csv(arguments).map_err(in_file),
            _ => Err("the file is .csv or .parquet".into()),
        }
    }

    fn parquet(file: File, arguments: &Arguments) -> Result<Self, Failure> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(BATCH);
        let rows = u64::try_from(builder.metadata().file_metadata().num_rows())?;
        let skipped = usize::try_from(arguments.from_row)?;
        let rows = rows.saturating_sub(arguments.from_row);
        Ok(Self { frame: reader(builder.with_offset(skipped).build()?), rows, hint: None })
    }

    /// The types are those that all rows have, so the file is read twice.
    fn csv(arguments: &Arguments) -> Result<Self, Failure> {
        let nulls: Vec<String> = arguments.nulls.iter().map(|null| regex::escape(null)).collect();
        let nulls = Regex::new(&format!("^(?:{})$", [vec![String::new()], nulls].concat().join("|")))?;
        let format = Format::default().with_header(true).with_delimiter(arguments.delimiter).with_null_regex(nulls);
        let open = || File::open(&arguments.file);
        let (names, _) = format.infer_schema(open()?, Some(0))?;
        let texts = names.fields().iter().map(|field| Field::new(field.name(), DataType::Utf8, true));
        let texts = Arc::new(Schema::new(texts.collect::<Vec<_>>()));
        let all = ReaderBuilder::new(Arc::clone(&texts)).with_format(format.clone()).with_batch_size(BATCH);
        let (mut guesses, rows) = guess::read(all.build(open()?)?, texts.fields().len())?;
        for (field, guess) in texts.fields().iter().zip(&mut guesses) {
            let said = arguments.types.iter().rev().find(|(column, _)| column == field.name());
            *guess = said.map_or(*guess, |(_, column_type)| Guess::said(*column_type));
        }

        let types =
            texts.fields().iter().zip(&guesses).map(|(field, guess)| {
                Field::new(field.name(), guess.data_type(), !arguments.key.contains(field.name()))
            });
        let schema = Arc::new(Schema::new(types.collect::<Vec<_>>()));
        let skipped = usize::try_from(arguments.from_row)?;
        let typed = ReaderBuilder::new(schema).with_format(format).with_batch_size(BATCH);
        let typed = typed.with_bounds(skipped, usize::try_from(rows)?.max(skipped)).build(open()?)?;
        let hint = guess::hint(&texts, &guesses, &arguments.nulls);
        Ok(Self { frame: reader(Boxed(Box::new(typed))), rows: rows.saturating_sub(arguments.from_row), hint })
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
