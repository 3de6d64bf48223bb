//! All rows in one call.

use std::hint::black_box;

use upsert::deadpool_postgres::Pool;
use upsert::{UpsertOptions, Upsertable};

use super::copy_file;
use super::psql::{self, Format, Reading};
use super::server::Server;
use super::setting::Setting;
use crate::Result;
use crate::arguments::Arguments;
use crate::clock::{Clock, Time};
use crate::rows::{Input, Inputs, Item, Workload, set_all};
use crate::table::{Figures, Role, Table, turns};

#[derive(Clone, Copy)]
enum Contender {
    Ours,
    Psql(Format, Reading),
    /// The rows are in a table of the server already.
    ServerAlone,
    /// A client that did nothing but write the bytes of a `COPY`, in the order of the input: what the machine needs at least.
    BytesAlone,
}

impl Contender {
    const ALL: [Self; 7] = [
        Self::Ours,
        Self::Psql(Format::Binary, Reading::AsItLies),
        Self::Psql(Format::Text, Reading::AsItLies),
        Self::Psql(Format::Binary, Reading::ByKey),
        Self::Psql(Format::Text, Reading::ByKey),
        Self::ServerAlone,
        Self::BytesAlone,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours, aupsert(&Pool, &Vec)",
            Self::Psql(Format::Binary, Reading::AsItLies) => "psql, \\copy of a binary file",
            Self::Psql(Format::Text, Reading::AsItLies) => "psql, \\copy of a text file",
            Self::Psql(Format::Binary, Reading::ByKey) => "psql, \\copy of a binary file, ORDER BY",
            Self::Psql(Format::Text, Reading::ByKey) => "psql, \\copy of a text file, ORDER BY",
            Self::ServerAlone => "INSERT … SELECT from a table",
            Self::BytesAlone => "the bytes of a COPY, in memory",
        }
    }

    fn role(self) -> Role {
        match self {
            Self::Ours => Role::Ours,
            Self::Psql(..) => Role::Rival,
            Self::ServerAlone | Self::BytesAlone => Role::Limit,
        }
    }

    fn writes_no_table(self) -> bool {
        matches!(self, Self::BytesAlone)
    }

    /// Whether it takes part: rows that come in order need no sorting.
    fn takes_part(self, workload: Workload, arguments: &Arguments) -> bool {
        let fits = match self {
            Self::Psql(_, Reading::ByKey) => workload.is_shuffled(),
            Self::Ours | Self::Psql(_, Reading::AsItLies) | Self::ServerAlone | Self::BytesAlone => true,
        };
        fits && self.name().contains(&arguments.only)
    }
}

pub(crate) async fn bulk(
    server: &Server,
    setting: &Setting,
    inputs: &Inputs,
    arguments: &Arguments,
    figures: &mut Figures,
) -> Result {
    let pool = server.pool(&[])?;
    let count = inputs.get(Input::Old).len();
    let mut tables = Workload::ALL.map(|workload| {
        (
            workload,
            Table::new(format!(
                "PostgreSQL, {}: {count} rows of 10 columns, {} rounds",
                workload.name, arguments.rounds
            )),
        )
    });
    let mut start_up = Table::new("psql, start and connect (contained in its times above)");
    for round in 0..arguments.rounds {
        start_up.note("psql -c BEGIN", Role::Limit, psql::start_up(server)?);
        for (workload, table) in &mut tables {
            let contenders = Contender::ALL.into_iter().filter(|contender| contender.takes_part(*workload, arguments));
            for contender in turns(contenders, round) {
                setting.reset(*workload).await?;
                let time = run(server, setting, &pool, *workload, contender, inputs).await?;
                let held = contender.writes_no_table() || setting.holds(workload.input.in_order()).await?;
                assert!(held, "{}, {}: the table holds other rows", workload.name, contender.name());
                table.note(contender.name(), contender.role(), time);
            }
        }
    }
    for (workload, table) in &tables {
        table.print();
        let ours = Contender::Ours.name();
        figures.note(format!("bench postgres {} ratio to psql", workload.name), table.ratio_of(ours));
        figures.note(format!("bench postgres {} client CPU ms", workload.name), table.cpu_of(ours));
        let distance = table.cpu_distance(ours, Contender::BytesAlone.name());
        figures.note(format!("bench postgres {} client CPU ratio to bytes in memory", workload.name), distance);
    }
    start_up.print();
    Ok(())
}

async fn run(
    server: &Server,
    setting: &Setting,
    pool: &Pool,
    workload: Workload,
    contender: Contender,
    inputs: &Inputs,
) -> Result<Time> {
    let rows = inputs.get(workload.input);
    match contender {
        Contender::Ours => {
            // Its connection is there, as that of a running program.
            drop(pool.get().await?);
            let clock = Clock::start();
            Item::aupsert(pool, rows, UpsertOptions::new()).await?;
            Ok(clock.stop())
        }
        Contender::Psql(format, reading) => psql::run(server, &setting.script(workload.input, format, reading)),
        Contender::ServerAlone => {
            let statement = format!("INSERT INTO item SELECT * FROM {} {}", workload.input.name(), set_all());
            let clock = Clock::start();
            setting.client.batch_execute(&statement).await?;
            Ok(clock.stop())
        }
        Contender::BytesAlone => {
            let clock = Clock::start();
            black_box(copy_file::binary(rows));
            Ok(clock.stop())
        }
    }
}
