//! What is written behind the command.

use std::path::PathBuf;

use upsert::frame::FrameTable;
use upsert::schema::ColumnType;
use upsert::{OnConflict, UpsertOptions};

use crate::Mistake;
use crate::nearest::did_you_mean;

pub(crate) const USAGE: &str = "\
usage: load FILE.{csv,parquet} --table NAME --key COLUMN[,COLUMN…] --database URL [option…]

  --database       sqlite:PATH, postgres://USER:PASSWORD@HOST/NAME or mysql://USER:PASSWORD@HOST/NAME
                   (characters such as @ : / ? # % of a password are percent-encoded: @ is %40)
  --schema         the schema (PostgreSQL) or database (MySQL) of the table

What becomes of rows and table:
  --update         rows whose key is there take the new values (the default)
  --ignore         rows whose key is there stay as they are
  --no-create      fail if there is no such table
  --create-schema  create the schema, too
  --add-columns    add the columns that the table lacks
  --widen          widen columns that are too narrow
  --rebuild-table  let SQLite make the table anew for that
  --chunk          rows of a chunk, which commits by itself (10000)

What the file says:
  --null           a text that stands for no value, in CSV; an empty field always does
  --delimiter      what stands between the fields of CSV (a comma; in .tsv a tab)
  --type           COLUMN=TYPE, where TYPE is text, bool, bigint, double, decimal, date, timestamp, timestamptz or uuid
  --max-len        COLUMN=LENGTH, the most characters of a text (of a key on MySQL 255, unless this says otherwise)
  --rename         COLUMN=NAME, its name in the table; all other options call columns what the file calls them
  --skip           a column to leave out
  --from-row       go on from a row of the file, which counts from 0

  --explain        say what is done to the table, and how, and do it
  --dry-run        say so, and write nothing

--null, --type, --max-len, --rename and --skip may be given several times.
It ends with 0 if all is written, 1 if it failed, 2 if it was not understood.";

/// Those that are no contradiction when they are given again.
const REPEATED: [&str; 5] = ["--null", "--type", "--max-len", "--rename", "--skip"];

const TYPES: [ColumnType; 9] = [
    ColumnType::Text,
    ColumnType::Bool,
    ColumnType::BigInt,
    ColumnType::Double,
    ColumnType::Decimal,
    ColumnType::Date,
    ColumnType::Timestamp,
    ColumnType::TimestampTz,
    ColumnType::Uuid,
];

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
    pub(crate) create: bool,
    pub(crate) renamed: Vec<(String, String)>,
    pub(crate) skipped: Vec<String>,
    table: String,
    schema: Option<String>,
    on_conflict: OnConflict,
    create_schema: bool,
    add_columns: bool,
    widen: bool,
    rebuild_table: bool,
    chunk: usize,
    longest: Vec<(String, u32)>,
}

pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Result<Asked, Mistake> {
    understand(arguments).map_err(Mistake)
}

fn understand(arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
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
        create: true,
        renamed: Vec::new(),
        skipped: Vec::new(),
        table: String::new(),
        schema: None,
        on_conflict: OnConflict::Update,
        create_schema: false,
        add_columns: false,
        widen: false,
        rebuild_table: false,
        chunk: UpsertOptions::DEFAULT_CHUNK_ROWS.get(),
        longest: Vec::new(),
    };
    let mut given: Vec<String> = Vec::new();
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        let (name, mut behind) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
            _ => (argument, None),
        };
        if given.contains(&name) && !REPEATED.contains(&name.as_str()) {
            return Err(format!("{name} is given twice"));
        }
        let mut value = || {
            let next = || arguments.next_if(|next| !next.starts_with("--"));
            behind.take().or_else(next).ok_or_else(|| format!("{name} wants a value"))
        };
        match name.as_str() {
            "--help" | "-h" => return Ok(Asked::Help),
            "--table" => table = Some(value()?),
            "--key" => key = value()?.split(',').map(|column| column.trim().to_owned()).collect(),
            "--database" => database = Some(value()?),
            "--schema" => read.schema = Some(value()?),
            "--update" => read.on_conflict = OnConflict::Update,
            "--ignore" => read.on_conflict = OnConflict::Ignore,
            "--create-schema" => read.create_schema = true,
            "--add-columns" => read.add_columns = true,
            "--widen" => read.widen = true,
            "--rebuild-table" => read.rebuild_table = true,
            "--no-create" => read.create = false,
            "--chunk" => {
                read.chunk = number(&name, &value()?)?;
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
                let (column, told) = pair(&name, &value()?)?;
                read.types.push((column, column_type(&told)?));
            }
            "--max-len" => {
                let (column, longest) = pair(&name, &value()?)?;
                read.longest.push((column, number(&name, &longest)?));
            }
            "--rename" => read.renamed.push(pair(&name, &value()?)?),
            "--skip" => read.skipped.push(value()?),
            "--from-row" => read.from_row = number(&name, &value()?)?,
            "--explain" => read.explain = true,
            "--dry-run" => read.dry_run = true,
            option if option.starts_with('-') => {
                let options = USAGE.split_whitespace().filter(|word| word.starts_with("--"));
                return Err(format!("there is no option {option}{}", did_you_mean(option, options)));
            }
            _ if file.is_some() => return Err("one file is loaded at a time".to_owned()),
            path => file = Some(PathBuf::from(path)),
        }
        if behind.is_some() {
            return Err(format!("{name} takes no value"));
        }
        given.push(name);
    }
    if ["--update", "--ignore"].iter().all(|option| given.iter().any(|given| given == option)) {
        return Err("--update and --ignore contradict each other: leave one of them out".to_owned());
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

fn number<N: std::str::FromStr>(option: &str, text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("{option} wants a number, and `{text}` is none that could be meant"))
}

fn pair(option: &str, text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((left, right)) if !right.is_empty() => Ok((left.to_owned(), right.to_owned())),
        _ => Err(format!("{option} wants COLUMN=…, and `{text}` is not of that form")),
    }
}

fn column_type(name: &str) -> Result<ColumnType, String> {
    let names = TYPES.map(|column_type| column_type.to_string());
    let found = TYPES.into_iter().zip(&names).find(|(_, known)| *known == name);
    found.map(|(column_type, _)| column_type).ok_or_else(|| {
        let meant = match did_you_mean(name, names.iter().map(String::as_str)) {
            meant if meant.is_empty() => format!(": there are {}", names.join(", ")),
            meant => meant,
        };
        format!("--type knows no type `{name}`{meant}")
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
        for (column, longest) in &self.longest {
            table = table.max_len(column, *longest);
        }
        table
    }

    /// An option that says something of CSV alone, if one is given.
    pub(crate) fn of_csv(&self) -> Option<&'static str> {
        match self.delimiter {
            Some(_) => Some("--delimiter"),
            None => (!self.nulls.is_empty()).then_some("--null"),
        }
    }

    /// Each column that an option names, and the option.
    pub(crate) fn of_columns(&self) -> Vec<(&'static str, &str)> {
        let key = self.key.iter().map(|column| ("--key", column));
        let types = self.types.iter().map(|(column, _)| ("--type", column));
        let longest = self.longest.iter().map(|(column, _)| ("--max-len", column));
        let renamed = self.renamed.iter().map(|(column, _)| ("--rename", column));
        let skipped = self.skipped.iter().map(|column| ("--skip", column));
        let all = key.chain(types).chain(longest).chain(renamed).chain(skipped);
        all.map(|(option, column)| (option, column.as_str())).collect()
    }

    pub(crate) fn options(&self) -> UpsertOptions {
        let mut options = UpsertOptions::new().on_conflict(self.on_conflict).chunk_rows(self.chunk);
        if self.create {
            options = options.create_table();
        }
        if self.create_schema {
            options = options.create_schema();
        }
        if self.add_columns {
            options = options.add_columns();
        }
        if self.widen {
            options = options.widen();
        }
        if self.rebuild_table {
            options = options.rebuild_table();
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
