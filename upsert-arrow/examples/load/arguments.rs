//! What is written behind the command.

use std::path::PathBuf;

use upsert::frame::FrameTable;
use upsert::schema::ColumnType;
use upsert::{OnConflict, UpsertOptions};

pub(crate) const USAGE: &str = "\
usage: load FILE.{csv,parquet} --table NAME --key COLUMN[,COLUMN…] --database URL [option…]

  --database   sqlite:PATH, postgres://USER:PASSWORD@HOST/NAME or mysql://USER:PASSWORD@HOST/NAME
  --schema     the schema (PostgreSQL) or database (MySQL) of the table
  --update     rows whose key is there take the new values (the default)
  --ignore     rows whose key is there stay as they are
  --add-columns  add the columns that the table lacks
  --widen      widen columns that are too narrow
  --no-create  fail if there is no such table
  --chunk      rows of a chunk, which commits by itself (10000)
  --null       a text that stands for no value, in CSV; an empty field always does. May be given several times
  --delimiter  what stands between the fields of CSV (a comma; in .tsv a tab)
  --type       COLUMN=TYPE, where TYPE is text, bool, bigint, double, decimal, date, timestamp, timestamptz or uuid
  --rename     COLUMN=NAME
  --skip       a column to leave out
  --from-row   go on from a row of the file, which counts from 0
  --explain    say what is done to the table, and how, and do it
  --dry-run    say so, and write nothing

It ends with 0 if all is written, 1 if it failed, 2 if it was not understood.";

pub(crate) enum Asked {
    Load(Box<Arguments>),
    Help,
}

pub(crate) struct Arguments {
    pub(crate) file: PathBuf,
    pub(crate) key: Vec<String>,
    pub(crate) database: String,
    pub(crate) nulls: Vec<String>,
    pub(crate) delimiter: Option<u8>,
    pub(crate) types: Vec<(String, ColumnType)>,
    pub(crate) from_row: u64,
    pub(crate) explain: bool,
    pub(crate) dry_run: bool,
    table: String,
    schema: Option<String>,
    on_conflict: OnConflict,
    add_columns: bool,
    widen: bool,
    create: bool,
    chunk: usize,
    renamed: Vec<(String, String)>,
    skipped: Vec<String>,
}

pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut file = None;
    let mut table = None;
    let mut key = Vec::new();
    let mut database = None;
    let mut read = Arguments {
        file: PathBuf::new(),
        key: Vec::new(),
        database: String::new(),
        nulls: Vec::new(),
        delimiter: None,
        types: Vec::new(),
        from_row: 0,
        explain: false,
        dry_run: false,
        table: String::new(),
        schema: None,
        on_conflict: OnConflict::Update,
        add_columns: false,
        widen: false,
        create: true,
        chunk: UpsertOptions::DEFAULT_CHUNK_ROWS.get(),
        renamed: Vec::new(),
        skipped: Vec::new(),
    };
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
            _ => (argument, None),
        };
        let mut value = || value.clone().or_else(|| arguments.next()).ok_or_else(|| format!("{name} wants a value"));
        match name.as_str() {
            "--help" | "-h" => return Ok(Asked::Help),
            "--table" => table = Some(value()?),
            "--key" => key = value()?.split(',').map(|column| column.trim().to_owned()).collect(),
            "--database" => database = Some(value()?),
            "--schema" => read.schema = Some(value()?),
            "--update" => read.on_conflict = OnConflict::Update,
            "--ignore" => read.on_conflict = OnConflict::Ignore,
            "--add-columns" => read.add_columns = true,
            "--widen" => read.widen = true,
            "--no-create" => read.create = false,
            "--chunk" => {
                read.chunk = number(&value()?)?;
                if read.chunk == 0 {
                    return Err("--chunk is one row at least".to_owned());
                }
            }
            "--null" => read.nulls.push(value()?),
            "--delimiter" => {
                read.delimiter = match value()?.as_bytes() {
                    b"\\t" => Some(b'\t'),
                    [byte] => Some(*byte),
                    _ => return Err("--delimiter is one character".to_owned()),
                }
            }
            "--type" => {
                let (column, name) = pair(&value()?)?;
                read.types.push((column, column_type(&name)?));
            }
            "--rename" => read.renamed.push(pair(&value()?)?),
            "--skip" => read.skipped.push(value()?),
            "--from-row" => read.from_row = number(&value()?)?,
            "--explain" => read.explain = true,
            "--dry-run" => read.dry_run = true,
            option if option.starts_with("--") => return Err(format!("there is no option {option}")),
            _ if file.is_some() => return Err("one file is loaded at a time".to_owned()),
            path => file = Some(PathBuf::from(path)),
        }
    }
    read.file = file.ok_or("no file is named")?;
    read.table = table.ok_or("--table says where the rows go, and is missing")?;
    read.database = database.ok_or("--database is missing")?;
    if key.is_empty() {
        return Err("--key names the columns by which rows that are there are found, and is missing".to_owned());
    }
    read.key = key;
    Ok(Asked::Load(Box::new(read)))
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("`{text}` is no number that could be meant"))
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (left, right) = text.split_once('=').ok_or_else(|| format!("`{text}` is not of the form COLUMN=…"))?;
    Ok((left.to_owned(), right.to_owned()))
}

fn column_type(name: &str) -> Result<ColumnType, String> {
    Ok(match name {
        "text" => ColumnType::Text,
        "bool" => ColumnType::Bool,
        "bigint" => ColumnType::BigInt,
        "double" => ColumnType::Double,
        "decimal" => ColumnType::Decimal,
        "date" => ColumnType::Date,
        "timestamp" => ColumnType::Timestamp,
        "timestamptz" => ColumnType::TimestampTz,
        "uuid" => ColumnType::Uuid,
        other => return Err(format!("there is no type `{other}`")),
    })
}

impl Arguments {
    /// The table, with what is found out about its columns, and what is said of it.
    pub(crate) fn table(&self, types: Vec<(String, ColumnType)>) -> FrameTable {
        let mut table = FrameTable::new(&self.table);
        for (column, column_type) in types {
            table = table.column_type(column, column_type);
        }
        if let Some(schema) = &self.schema {
            table = table.schema(schema);
        }
        for (column, name) in &self.renamed {
            table = table.rename(column, name);
        }
        for column in &self.skipped {
            table = table.skip(column);
        }
        for (column, column_type) in &self.types {
            table = table.column_type(column, *column_type);
        }
        table
    }

    pub(crate) fn options(&self) -> UpsertOptions {
        let mut options = UpsertOptions::new().on_conflict(self.on_conflict).chunk_rows(self.chunk);
        if self.create {
            options = options.create_table();
        }
        if self.add_columns {
            options = options.add_columns();
        }
        if self.widen {
            options = options.widen();
        }
        options
    }

    /// How rows are written.
    pub(crate) fn in_words(&self) -> String {
        let there = match self.on_conflict {
            OnConflict::Ignore => "those whose key is there stay as they are",
            _ => "those whose key is there are updated, if anything differs",
        };
        format!("Rows are written in chunks of {}, each of which commits by itself; {there}.", self.chunk)
    }
}
