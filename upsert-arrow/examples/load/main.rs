//! Loads a CSV or Parquet file into a table of SQLite, PostgreSQL, MySQL or MariaDB: rows whose key is there are updated, others are
//! inserted, and the table is created if there is none.
//!
//! ```text
//! cargo run --release -p upsert-arrow --example load -- examples/data/weather.csv \
//!     --null NA --table weather --key origin,time_hour --database sqlite:weather.sqlite
//! ```
//!
//! `--database postgres://user:password@host/name` is all that changes for PostgreSQL.

mod arguments;
mod columns;
mod database;
mod file;
mod guess;
mod instead;
mod nearest;
mod words;

use std::error::Error;
use std::fmt;
use std::process::ExitCode;
use std::time::Instant;

use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use upsert::backend::AsyncBackend;
use upsert::rows::Source;
use upsert::{ChunkReports, Dialect, DynamicTable, SqlitePool, UpsertReport};

use crate::arguments::{Arguments, Asked, USAGE};
use crate::database::Database;
use crate::file::Input;

type Failure = Box<dyn Error + Send + Sync>;

/// What was not understood, or cannot be meant.
#[derive(Debug)]
struct Mistake(String);

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Mistake {}

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match arguments::read(std::env::args().skip(1)) {
        Ok(Asked::Help) => {
            println!("{USAGE}");
            Ok(())
        }
        Ok(Asked::Load(arguments)) => run(&arguments).await.map_err(|failure| (failure, Some(arguments))),
        Err(mistake) => Err((mistake.into(), None)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err((failure, Some(arguments))) if !failure.is::<Mistake>() => {
            words::explain(&failure, &arguments);
            ExitCode::FAILURE
        }
        Err((mistake, _)) => {
            eprintln!("{mistake}\nTry --help.");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let database = Database::of(&arguments.database)?;
    let Input { frame, rows, types, hint } = Input::open(arguments)?;
    columns::check(arguments, frame.columns())?;
    let (from, file) = (arguments.from_row, arguments.file.display());
    let Some(left) = rows.checked_sub(from) else {
        return Err(Mistake(format!("--from-row {from} is past the end of {file}, which has {rows} rows")).into());
    };
    if left == 0 && from > 0 {
        println!("Nothing is left to do: {file} has {rows} rows, all of them before row {from}.");
        return Ok(());
    }
    let key: Vec<&str> = arguments.key.iter().map(String::as_str).collect();
    let (table, source) = frame.into_parts(arguments.table(types), &key)?;
    println!("{left} rows of {file}, as\n\n{table}\n");
    if let Some(hint) = hint {
        println!("{hint}\n");
    }
    let load = Load { table, source, rows: left, arguments };
    match &database {
        Database::Sqlite(path) if arguments.dry_run => match database::read_only(path)? {
            Some(pool) => load.into_database(&pool).await,
            None => load.into_no_file(path),
        },
        Database::Sqlite(path) => load.into_database(&SqlitePool::open(path)?).await,
        Database::Postgres(pool) => load.into_database(pool).await,
        Database::MySql(pool) => load.into_database(pool).await,
    }
}

/// What is to be loaded, wherever it goes.
struct Load<'l> {
    table: DynamicTable<'static>,
    source: Source<'l>,
    rows: u64,
    arguments: &'l Arguments,
}

impl<'l> Load<'l> {
    async fn into_database<P: AsyncBackend + Copy + 'l>(self, place: P) -> Result<(), Failure> {
        let Self { table, source, rows, arguments } = self;
        if arguments.explain || arguments.dry_run {
            plan(place, &table, arguments).await?;
        }
        if arguments.dry_run {
            println!("Nothing was written.");
            return Ok(());
        }
        let started = Instant::now();
        let mut chunks = table.aupsert_chunks(place, source, arguments.options());
        watch(&mut chunks, rows).await?;
        let report = chunks.report().ok_or("the load was not read to its end")?;
        print(report, started);
        Ok(())
    }

    /// What would be done where SQLite has no file yet, which a look at it would make.
    fn into_no_file(self, path: &str) -> Result<(), Failure> {
        if !self.arguments.create {
            return Err(format!("there is no {path}; without --no-create it is created, and the table in it").into());
        }
        println!(
            "There is no {path} yet. Before the first row:\n\n{}\n",
            self.table.create_table_sql(Dialect::Sqlite)?
        );
        println!("{}\n\nNothing was written.", self.arguments.in_words());
        Ok(())
    }
}

/// What would be done to the table, and how rows would be written.
async fn plan<P: AsyncBackend + Copy>(
    place: P,
    table: &DynamicTable<'_>,
    arguments: &Arguments,
) -> Result<(), Failure> {
    let changes = table.pending_changes(place, arguments.options()).await?;
    match changes.is_empty() {
        true => println!("The table is there and takes the rows: nothing about it is changed."),
        false => println!("Before the first row:\n"),
    }
    for change in &changes {
        println!("{change}\n");
    }
    println!("{}\n", arguments.in_words());
    Ok(())
}

/// Reads the reports to their end, with a progress bar.
async fn watch(chunks: &mut ChunkReports<'_>, rows: u64) -> Result<(), Failure> {
    let style = "{wide_bar} {human_pos}/{human_len} rows, {per_sec}, {eta} left";
    let bar = ProgressBar::new(rows).with_style(ProgressStyle::with_template(style)?);
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) => bar.set_position(chunk.rows_so_far),
            Err(error) => {
                bar.abandon();
                return Err(error.into());
            }
        }
    }
    bar.finish_and_clear();
    Ok(())
}

fn print(report: &UpsertReport, started: Instant) {
    let UpsertReport { rows, inserted, updated, unchanged, ignored, duplicates, .. } = report;
    let elapsed = started.elapsed();
    let a_second = u128::from(*rows) * 1_000_000 / elapsed.as_micros().max(1);
    println!("     rows  inserted   updated unchanged   ignored repeated   seconds      rows/s");
    println!(
        "{rows:>9} {inserted:>9} {updated:>9} {unchanged:>9} {ignored:>9} {duplicates:>8} {:>9.3} {a_second:>11}",
        elapsed.as_secs_f64()
    );
}
