//! DataFrames, beside structs of the same rows, and beside pangres if a Python that has it is named.
//!
//! On PostgreSQL pangres writes to the same table. On SQLite it has one of its own, for it drops time zones and knows no UUIDs there:
//! what is looked at is how many rows that holds.

mod inputs;
mod pangres;

use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use polars_core::prelude::DataFrame;
use upsert::backend::AsyncBackend;
use upsert::frame::FrameTable;
use upsert::rusqlite::Connection;
use upsert::schema::ColumnType;
use upsert::{FitsDatabase, UpsertOptions, Upsertable};
use upsert_arrow as _;
use upsert_polars::UpsertFrame;

use self::pangres::Pangres;
use crate::Result;
use crate::arguments::Arguments;
use crate::clock::{Clock, Time};
use crate::postgres::{Server, Setting, copy_file};
use crate::rows::{Input, Inputs, Item, Workload};
use crate::sqlite::file::{self, Files};
use crate::table::{Figures, Role, Table, turns};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Contender {
    Structs,
    Arrow,
    Polars,
    Pangres,
}

impl Contender {
    const ALL: [Self; 4] = [Self::Structs, Self::Arrow, Self::Polars, Self::Pangres];

    fn name(self) -> &'static str {
        match self {
            Self::Structs => "Item::aupsert(&pool, &Vec)",
            Self::Arrow => "RecordBatch::aupsert(&pool)",
            Self::Polars => "DataFrame::aupsert(&pool)",
            Self::Pangres => "pangres.upsert(engine, DataFrame)",
        }
    }

    fn role(self) -> Role {
        match self {
            Self::Arrow | Self::Polars => Role::Ours,
            Self::Structs => Role::Rival,
            Self::Pangres => Role::Limit,
        }
    }
}

/// The same rows in all forms.
struct Forms<'i> {
    items: &'i Inputs,
    batches: Vec<(Input, RecordBatch)>,
    frames: Vec<(Input, DataFrame)>,
    files: tempfile::TempDir,
}

impl<'i> Forms<'i> {
    fn new(items: &'i Inputs) -> Result<Self> {
        let mut forms = Self { items, batches: Vec::new(), frames: Vec::new(), files: tempfile::tempdir()? };
        for input in Input::ALL {
            let rows = items.get(input);
            forms.batches.push((input, inputs::record_batch(rows)?));
            forms.frames.push((input, inputs::data_frame(rows)?));
            std::fs::write(forms.file(input), copy_file::text(rows))?;
        }
        Ok(forms)
    }

    fn file(&self, input: Input) -> PathBuf {
        self.files.path().join(input.name())
    }

    /// One of ours.
    async fn write<P>(&self, contender: Contender, input: Input, place: P) -> Result<Time>
    where
        P: AsyncBackend,
        Item: FitsDatabase<P::Database>,
    {
        let is_it = |of: Input| of == input;
        let clock = Clock::start();
        let call = match contender {
            Contender::Structs => Item::aupsert(place, self.items.get(input), UpsertOptions::new()),
            Contender::Arrow => {
                let (_, batch) = self.batches.iter().find(|(of, _)| is_it(*of)).ok_or("there are batches of all")?;
                batch.aupsert(place, "item", &["id"], UpsertOptions::new())
            }
            Contender::Polars => {
                let (_, frame) = self.frames.iter().find(|(of, _)| is_it(*of)).ok_or("there are frames of all")?;
                let table = FrameTable::new("item").column_type("token", ColumnType::Uuid);
                frame.aupsert(place, table, &["id"], UpsertOptions::new())
            }
            Contender::Pangres => return Err("it is written by a process of its own".into()),
        };
        call.await?;
        Ok(clock.stop())
    }
}

/// Tables of all workloads.
fn tables(database: &str, inputs: &Inputs, arguments: &Arguments) -> [(Workload, Table); 4] {
    let count = inputs.get(Input::Old).len();
    Workload::ALL.map(|workload| {
        let title = format!(
            "DataFrames on {database}, {}: {count} rows of 10 columns, {} rounds",
            workload.name, arguments.rounds
        );
        (workload, Table::new(title))
    })
}

/// Who takes turns. What pangres takes does not depend on the order of the rows, and is long.
fn contenders(workload: Workload, arguments: &Arguments) -> impl Iterator<Item = Contender> {
    Contender::ALL.into_iter().filter(move |contender| {
        let is_there = *contender != Contender::Pangres || (arguments.python.is_some() && !workload.is_shuffled());
        is_there && contender.name().contains(&arguments.only)
    })
}

fn conclude(database: &str, tables: &[(Workload, Table)], figures: &mut Figures) {
    for (workload, table) in tables {
        table.print();
        for (contender, name) in [(Contender::Arrow, "arrow"), (Contender::Polars, "polars")] {
            let figure = |what: &str| format!("bench {database} {name} {} {what}", workload.name);
            let (ours, pangres) = (contender.name(), Contender::Pangres.name());
            figures.note(figure("ratio to structs"), table.ratio_of(ours));
            figures.note(figure("rows a second to pangres"), table.distance(pangres, ours));
            figures.note(figure("CPU of pangres to ours"), table.cpu_distance(pangres, ours));
        }
    }
}

/// Chunks that pangres is tried with, in rows.
const CHUNKS: [usize; 5] = [100, 500, 1_000, 3_000, 10_000];

/// Which chunks suit it best: it is tried with a tenth of the rows.
fn best_chunk(mut upsert: impl FnMut(usize) -> Result<Time>) -> Result<usize> {
    let mut best = None;
    for chunk in CHUNKS {
        let time = upsert(chunk)?;
        println!("pangres, chunks of {chunk} rows: {:.3} s", time.wall.as_secs_f64());
        if best.is_none_or(|(wall, _)| time.wall < wall) {
            best = Some((time.wall, chunk));
        }
    }
    best.map(|(_, chunk)| chunk).ok_or_else(|| "it was tried".into())
}

pub(crate) async fn on_postgres(
    server: &Server,
    setting: &Setting,
    inputs: &Inputs,
    arguments: &Arguments,
    figures: &mut Figures,
) -> Result {
    let forms = Forms::new(inputs)?;
    let pool = server.pool(&[])?;
    let mut pangres = None;
    if let Some(python) = &arguments.python {
        let folder = server.socket_folder().display();
        let mut started =
            Pangres::start(python, &format!("postgresql+psycopg2://postgres@/postgres?host={folder}"), "item")?;
        let mut try_chunk = |chunk| started.upsert(&forms.file(Input::Old), inputs.get(Input::Old).len() / 10, chunk);
        let chunk = best_chunk(&mut try_chunk)?;
        pangres = Some((started, chunk));
    }
    let mut tables = tables("PostgreSQL", inputs, arguments);
    for round in 0..arguments.rounds {
        for (workload, table) in &mut tables {
            for contender in turns(contenders(*workload, arguments), round) {
                setting.reset(*workload).await?;
                let time = match &mut pangres {
                    Some((pangres, chunk)) if contender == Contender::Pangres => {
                        pangres.upsert(&forms.file(workload.input), inputs.get(workload.input).len(), *chunk)?
                    }
                    _ => {
                        // Its connection is there, as that of a running program.
                        drop(pool.get().await?);
                        forms.write(contender, workload.input, &pool).await?
                    }
                };
                let held = setting.holds(workload.input.in_order()).await?;
                assert!(held, "{}, {}: the table holds other rows", workload.name, contender.name());
                table.note(contender.name(), contender.role(), time);
            }
        }
    }
    conclude("postgres", &tables, figures);
    Ok(())
}

pub(crate) async fn on_sqlite(inputs: &Inputs, arguments: &Arguments, figures: &mut Figures) -> Result {
    let forms = Forms::new(inputs)?;
    let files = Files::new(inputs)?;
    let expected = [Input::Old, Input::New].map(|input| (input, file::expected(inputs.get(input))));
    let mut pangres = None;
    if let Some(python) = &arguments.python {
        for file in ["empty", "old"] {
            create_table_of_pangres(&files.path(file))?;
        }
        let url = format!("sqlite:///{}", files.path("run").display());
        let mut started = Pangres::start(python, &url, "item_of_pangres")?;
        let chunk = best_chunk(|chunk| {
            files.copy("empty", "run")?;
            started.upsert(&forms.file(Input::Old), inputs.get(Input::Old).len() / 10, chunk)
        })?;
        files.copy("empty", "run")?;
        started.upsert(&forms.file(Input::Old), inputs.get(Input::Old).len(), chunk)?;
        Connection::open(files.path("run"))?.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
        files.copy("run", "old_of_pangres")?;
        pangres = Some((started, chunk));
    }
    let mut tables = tables("SQLite", inputs, arguments);
    for round in 0..arguments.rounds {
        for (workload, table) in &mut tables {
            for contender in turns(contenders(*workload, arguments), round) {
                let time = match &mut pangres {
                    Some((pangres, chunk)) if contender == Contender::Pangres => {
                        let rows = inputs.get(workload.input).len();
                        files.copy(if workload.begins_with_old_rows { "old_of_pangres" } else { "empty" }, "run")?;
                        let time = pangres.upsert(&forms.file(workload.input), rows, *chunk)?;
                        let connection = Connection::open(files.path("run"))?;
                        let count = "SELECT count(*) FROM item_of_pangres";
                        let held: i64 = connection.query_row(count, [], |row| row.get(0))?;
                        assert_eq!(usize::try_from(held)?, rows, "{}: pangres wrote other rows", workload.name);
                        time
                    }
                    _ => {
                        let begin = if workload.begins_with_old_rows { "old" } else { "empty" };
                        let pool = file::open_pool(&files.copy(begin, "run")?)?;
                        let time = forms.write(contender, workload.input, &pool).await?;
                        let found = (workload.input.in_order(), file::found(&files.path("run"))?);
                        assert!(expected.contains(&found), "{}: {} wrote other rows", workload.name, contender.name());
                        time
                    }
                };
                table.note(contender.name(), contender.role(), time);
            }
        }
    }
    conclude("sqlite", &tables, figures);
    Ok(())
}

/// As pangres would create it, without the second index beside the primary key.
fn create_table_of_pangres(path: &Path) -> Result {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "CREATE TABLE item_of_pangres (id INTEGER PRIMARY KEY, shelf INTEGER, serial BIGINT, name TEXT, note TEXT, weight FLOAT, \
         active BOOLEAN, seen_at TIMESTAMP, made_on DATE, token TEXT)",
    )?;
    Ok(())
}
