//! Loads real data (airports, planes and hourly weather of New York, 2013) into SQLite, PostgreSQL or MySQL, then
//! loads a changed copy, and shows what each load did.
//!
//! ```text
//! cargo run --release --example quickstart
//! cargo run --release --example quickstart -- --database sqlite:my.sqlite
//! cargo run --release --example quickstart -- --database postgres://user:password@localhost/name
//! cargo run --release --example quickstart -- --database mysql://user:password@localhost/name
//! ```

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use csv::StringRecord;
use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use upsert::deadpool_postgres::{Manager, Pool};
use upsert::fit::{MySql, Postgres, Sqlite};
use upsert::tokio_postgres::NoTls;
use upsert::{ErrorKind, FitsDatabase, SqlitePool, UpsertOptions, UpsertReport, Upsertable, mysql_async};

#[derive(Upsertable)]
#[upsert(table = "airports")]
struct Airport {
    #[upsert(primary_key, max_len = 4)]
    faa: String,
    name: String,
    lat: f64,
    lon: f64,
    alt: i32,
    tz: Option<i16>,
    dst: Option<String>,
    tzone: Option<String>,
}

#[derive(Upsertable)]
#[upsert(table = "planes")]
struct Plane {
    #[upsert(primary_key, max_len = 10)]
    tailnum: String,
    year: Option<i16>,
    #[upsert(column = "type")]
    kind: String,
    manufacturer: String,
    model: String,
    engines: u8,
    seats: u16,
    speed: Option<u16>,
    engine: String,
}

#[derive(Upsertable)]
#[upsert(table = "weather", primary_key(origin, time_hour))]
struct Observation {
    #[upsert(max_len = 4)]
    origin: String,
    time_hour: DateTime<Utc>,
    temp: Option<f64>,
    dewp: Option<f64>,
    humid: Option<f64>,
    wind_dir: Option<i16>,
    wind_speed: Option<f64>,
    wind_gust: Option<f64>,
    precip: f64,
    pressure: Option<f64>,
    visib: f64,
}

type Failure = Box<dyn Error + Send + Sync>;

const USAGE: &str = "usage: quickstart [--database sqlite:PATH | postgres://USER:PASSWORD@HOST/NAME | mysql://…]";

const HELP: &str =
    "Upserts airports, planes and weather of New York, 2013, into tables of these names, which are made where they are
missing; then the same with every tenth row changed. Without a database named, into a new SQLite file in the folder for
temporary files, in place of the last one; rows that the tables of a database have already are upserted, too.";

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--help") {
        println!("{USAGE}\n\n{HELP}");
        return ExitCode::SUCCESS;
    }
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            explain(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let database = Database::from_arguments()?;
    println!("{:<9} {:<8} {}", "table", "load", Line::HEAD);
    for load in ["first", "changed"] {
        let changed = load == "changed";
        load_table(&database, load, rows("airports.csv", move |row| airport(row, changed))?).await?;
        load_table(&database, load, rows("planes.csv", move |row| plane(row, changed))?).await?;
        load_table(&database, load, rows("weather.csv", move |row| observation(row, changed))?).await?;
    }
    println!(
        "\nThe first load has the rows of the files, the other one the same with every tenth row changed. The tables are in\n\
         {database}. The seconds include reading the files."
    );
    Ok(())
}

/// Says what failed, what that came from, and what to do about it.
fn explain(error: &(dyn Error + Send + Sync + 'static)) {
    eprintln!("{error}");
    let mut cause = error.source();
    while let Some(deeper) = cause {
        eprintln!("  because: {deeper}");
        cause = deeper.source();
    }
    let advice = match error.downcast_ref::<upsert::Error>().map(upsert::Error::kind) {
        Some(ErrorKind::InvalidPlan) => {
            "A table of this name is there already, and is not the example's. Let the example have a database of its own: \
             --database sqlite:quickstart.sqlite"
        }
        Some(ErrorKind::Pool) => {
            "Is the server running, and are user, password, host and name right? (The example has no TLS: a server that \
             asks for it does not let it in.)"
        }
        _ => return,
    };
    eprintln!("\n{advice}");
}

/// Loads one table chunk by chunk, with a progress bar, and prints what it did.
async fn load_table<T: Upsertable + FitsDatabase<Sqlite> + FitsDatabase<Postgres> + FitsDatabase<MySql>>(
    database: &Database,
    load: &str,
    rows: impl Iterator<Item = Result<T, Failure>> + Send,
) -> Result<(), Failure> {
    let options = UpsertOptions::new().create_table().chunk_rows(2_000);
    let mut chunks = match database {
        Database::Sqlite { pool, .. } => T::aupsert_chunks(pool, rows, options),
        Database::Postgres(pool) => T::aupsert_chunks(pool, rows, options),
        Database::MySql(pool) => T::aupsert_chunks(pool, rows, options),
    };

    let bar = ProgressBar::no_length()
        .with_style(ProgressStyle::with_template("{spinner} {msg} {human_pos} rows {per_sec}")?);
    bar.set_message(T::SCHEMA.table);
    while let Some(chunk) = chunks.next().await {
        bar.set_position(chunk?.rows_so_far);
    }
    bar.finish_and_clear();

    let report = chunks.report().ok_or("the stream was read to its end")?;
    println!("{:<9} {load:<8} {}", T::SCHEMA.table, Line(report));
    Ok(())
}

/// A line of the table of results.
struct Line<'r>(&'r UpsertReport);

impl Line<'_> {
    const HEAD: &'static str = "    rows  inserted   updated unchanged   seconds      rows/s";
}

impl std::fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let UpsertReport { rows, inserted, updated, unchanged, elapsed, .. } = self.0;
        let a_second = u128::from(*rows) * 1_000_000 / elapsed.as_micros().max(1);
        let seconds = elapsed.as_secs_f64();
        write!(f, "{rows:>8} {inserted:>9} {updated:>9} {unchanged:>9} {seconds:>9.3} {a_second:>11}")
    }
}

enum Database {
    Sqlite { pool: SqlitePool, path: PathBuf, file: &'static str },
    Postgres(Pool),
    MySql(mysql_async::Pool),
}

impl Database {
    fn from_arguments() -> Result<Self, Failure> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match arguments.as_slice() {
            [] => {
                let path = std::env::temp_dir().join("upsert-quickstart.sqlite");
                // Begin anew, so that the first load inserts.
                drop(std::fs::remove_file(&path));
                Self::sqlite(path, "a new file")
            }
            ["--database", url] => match url.split_once(':') {
                Some(("sqlite", path)) => Self::sqlite(path.into(), "your file"),
                Some(("postgres" | "postgresql", _)) => {
                    let pool = Pool::builder(Manager::new(url.parse()?, NoTls)).max_size(2).build()?;
                    Ok(Self::Postgres(pool))
                }
                Some(("mysql" | "mariadb", _)) => {
                    let url = url.replacen("mariadb:", "mysql:", 1);
                    Ok(Self::MySql(mysql_async::Pool::new(mysql_async::Opts::from_url(&url)?)))
                }
                _ => Err(format!("a database is sqlite:PATH, postgres://… or mysql://…, and not {url:?}").into()),
            },
            ["--database"] => Err(format!("--database needs a database\n{USAGE}").into()),
            ["--database", _, unknown, ..] | [unknown, ..] => {
                Err(format!("there is no argument {unknown:?}\n{USAGE}").into())
            }
        }
    }

    fn sqlite(path: PathBuf, file: &'static str) -> Result<Self, Failure> {
        Ok(Self::Sqlite { pool: SqlitePool::open(&path)?, path, file })
    }
}

impl std::fmt::Display for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite { path, file, .. } => write!(f, "{file}, {}", path.display()),
            Self::Postgres(_) => f.write_str("your PostgreSQL database"),
            Self::MySql(_) => f.write_str("your MySQL database"),
        }
    }
}

/// The rows of a CSV file, read one by one as they are asked for.
fn rows<T>(
    file: &str,
    read: impl Fn(&Row) -> Result<T, Failure> + Send,
) -> Result<impl Iterator<Item = Result<T, Failure>> + Send, Failure> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data").join(file);
    let mut reader = csv::Reader::from_path(path)?;
    let head = reader.headers()?.clone();
    Ok(reader
        .into_records()
        .enumerate()
        .map(move |(number, record)| read(&Row { number, head: &head, record: &record? })))
}

/// A record by the names of its fields; `NA` stands for a missing value.
struct Row<'r> {
    number: usize,
    head: &'r StringRecord,
    record: &'r StringRecord,
}

impl Row<'_> {
    fn text(&self, name: &str) -> Result<String, Failure> {
        let position = self.head.iter().position(|column| column == name);
        let field = position.and_then(|position| self.record.get(position));
        Ok(field.ok_or_else(|| format!("the file has no column {name}"))?.to_owned())
    }

    fn get<T>(&self, name: &str) -> Result<T, Failure>
    where
        T: std::str::FromStr<Err: Error + Send + Sync + 'static>,
    {
        Ok(self.text(name)?.parse()?)
    }

    fn maybe<T>(&self, name: &str) -> Result<Option<T>, Failure>
    where
        T: std::str::FromStr<Err: Error + Send + Sync + 'static>,
    {
        if self.text(name)? == "NA" { Ok(None) } else { self.get(name).map(Some) }
    }

    /// One row in ten is another one in the changed copy.
    fn is_among_changed(&self) -> bool {
        self.number.is_multiple_of(10)
    }
}

fn airport(row: &Row<'_>, changed: bool) -> Result<Airport, Failure> {
    let mut airport = Airport {
        faa: row.text("faa")?,
        name: row.text("name")?,
        lat: row.get("lat")?,
        lon: row.get("lon")?,
        alt: row.get("alt")?,
        tz: row.maybe("tz")?,
        dst: row.maybe("dst")?,
        tzone: row.maybe("tzone")?,
    };
    if changed && row.is_among_changed() {
        airport.name.push_str(" (renamed)");
    }
    Ok(airport)
}

fn plane(row: &Row<'_>, changed: bool) -> Result<Plane, Failure> {
    let mut plane = Plane {
        tailnum: row.text("tailnum")?,
        year: row.maybe("year")?,
        kind: row.text("type")?,
        manufacturer: row.text("manufacturer")?,
        model: row.text("model")?,
        engines: row.get("engines")?,
        seats: row.get("seats")?,
        speed: row.maybe("speed")?,
        engine: row.text("engine")?,
    };
    if changed && row.is_among_changed() {
        plane.seats += 1;
    }
    Ok(plane)
}

fn observation(row: &Row<'_>, changed: bool) -> Result<Observation, Failure> {
    let mut observation = Observation {
        origin: row.text("origin")?,
        time_hour: row.get("time_hour")?,
        temp: row.maybe("temp")?,
        dewp: row.maybe("dewp")?,
        humid: row.maybe("humid")?,
        wind_dir: row.maybe("wind_dir")?,
        wind_speed: row.maybe("wind_speed")?,
        wind_gust: row.maybe("wind_gust")?,
        precip: row.get("precip")?,
        pressure: row.maybe("pressure")?,
        visib: row.get("visib")?,
    };
    if changed && row.is_among_changed() {
        observation.temp = None;
    }
    Ok(observation)
}
