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
mod database;
mod file;
mod guess;

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use upsert::backend::AsyncBackend;
use upsert::{ChunkReports, DynamicTable, ErrorKind, UpsertReport};

use crate::arguments::{Arguments, Asked, USAGE};
use crate::database::Database;
use crate::file::Input;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match arguments::read(std::env::args().skip(1)) {
        Ok(Asked::Load(arguments)) => arguments,
        Ok(Asked::Help) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(mistake) => {
            eprintln!("{mistake}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            explain(&*error, &arguments);
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let database = Database::open(&arguments.database)?;
    let input = Input::open(arguments)?;
    match &database {
        Database::Sqlite(pool) => load(pool, input, arguments).await,
        Database::Postgres(pool) => load(pool, input, arguments).await,
        Database::MySql(pool) => load(pool, input, arguments).await,
    }
}

async fn load<'p, P: AsyncBackend + Copy + 'p>(
    place: P,
    input: Input<'p>,
    arguments: &Arguments,
) -> Result<(), Failure> {
    let Input { frame, rows, types, hint } = input;
    let key: Vec<&str> = arguments.key.iter().map(String::as_str).collect();
    let (table, source) = frame.into_parts(arguments.table(types), &key)?;
    println!("{} rows of {}, as\n\n{table}\n", rows, arguments.file.display());
    if let Some(hint) = hint {
        println!("{hint}\n");
    }
    if arguments.explain || arguments.dry_run {
        plan(place, &table, arguments).await?;
    }
    if arguments.dry_run {
        println!("Nothing was written.");
        return Ok(());
    }
    let started = Instant::now();
    let mut chunks = table.aupsert_chunks(place, source, arguments.options());
    let result = watch(&mut chunks, rows).await;
    result?;
    let report = chunks.report().ok_or("the load was not read to its end")?;
    print(report, started);
    Ok(())
}

/// What would be done to the table, and how rows would be written.
async fn plan<'p, P: AsyncBackend + Copy + 'p>(
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

/// What the library calls that which is said by flags here.
const FLAGS: [(&str, &str); 4] = [
    ("UpsertOptions::add_columns", "--add-columns"),
    ("UpsertOptions::widen", "--widen"),
    ("FrameTable::rename", "--rename"),
    ("FrameTable::column_type", "--type"),
];

/// Says what failed, what that came from, what is written all the same, and what to do about it.
fn explain(error: &(dyn Error + Send + Sync + 'static), arguments: &Arguments) {
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(deeper) = cause {
        eprintln!("  because: {deeper}");
        cause = deeper.source();
    }
    let Some(error) = error.downcast_ref::<upsert::Error>() else { return };
    if let Some(words) = error.database_message().filter(|words| !error.to_string().contains(words)) {
        eprintln!("  the database says: {words}");
    }
    let done = error.report().checkpoint.next_row;
    if done > 0 {
        let from = arguments.from_row + done;
        eprintln!("The first {from} rows of the file are written. To go on from there: --from-row {from}");
    }
    let message = error.to_string();
    for (name, flag) in FLAGS {
        if message.contains(name) {
            eprintln!("Here `{name}` is {flag}.");
        }
    }
    match error.kind() {
        ErrorKind::MissingTable => eprintln!("Without --no-create the table is created."),
        ErrorKind::Pool => eprintln!("Is the server running, and are user, password, host and name right?"),
        _ => {}
    }
}
