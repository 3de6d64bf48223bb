//! All rows in one call.

use upsert::mysql_async::Pool;
use upsert::mysql_async::prelude::Queryable;
use upsert::{UpsertOptions, Upsertable};

use super::by_hand::{self, Counts, set_all};
use super::server::Server;
use super::setting::Setting;
use crate::Result;
use crate::arguments::Arguments;
use crate::clock::{Clock, Time};
use crate::rows::{Input, Inputs, Item, Workload};
use crate::table::{Figures, Role, Table, turns};

#[derive(Clone, Copy)]
enum Contender {
    Ours,
    BulkCounted,
    Values(usize),
    LoadData,
    /// It cannot tell what became of the rows.
    Bulk,
    /// The rows are in a table of the server already.
    ServerAlone,
}

/// Rows of a statement, written by hand.
const STATEMENTS: [usize; 3] = [200, 500, 1_000];

impl Contender {
    const ALL: [Self; 8] = [
        Self::Ours,
        Self::BulkCounted,
        Self::Values(STATEMENTS[0]),
        Self::Values(STATEMENTS[1]),
        Self::Values(STATEMENTS[2]),
        Self::LoadData,
        Self::Bulk,
        Self::ServerAlone,
    ];

    fn name(self) -> String {
        match self {
            Self::Ours => "ours, aupsert(&Pool, &Vec)".to_owned(),
            Self::BulkCounted => "exec_batch, a variable counts".to_owned(),
            Self::Values(rows) => format!("VALUES of {rows} rows"),
            Self::LoadData => "LOAD DATA LOCAL, INSERT … SELECT".to_owned(),
            Self::Bulk => "exec_batch, which does not count".to_owned(),
            Self::ServerAlone => "INSERT … SELECT from a table".to_owned(),
        }
    }

    fn role(self) -> Role {
        match self {
            Self::Ours => Role::Ours,
            Self::BulkCounted | Self::Values(_) | Self::LoadData => Role::Rival,
            Self::Bulk | Self::ServerAlone => Role::Limit,
        }
    }
}

pub(crate) async fn bulk(inputs: &Inputs, arguments: &Arguments, figures: &mut Figures) -> Result {
    let server = Server::start().await?;
    let mut setting = Setting::new(&server, inputs).await?;
    let pool = Pool::new(server.config(Some("bench"))?);
    let count = inputs.get(Input::Old).len();
    let mut tables = Workload::WITH_UNCHANGED.map(|workload| {
        (
            workload,
            Table::new(format!("MariaDB, {}: {count} rows of 10 columns, {} rounds", workload.name, arguments.rounds)),
        )
    });
    for round in 0..arguments.rounds {
        for (workload, table) in &mut tables {
            let contenders = Contender::ALL.into_iter().filter(|contender| contender.name().contains(&arguments.only));
            for contender in turns(contenders, round) {
                let name = contender.name();
                setting.reset(*workload).await?;
                let (time, counts) = run(&mut setting, &pool, *workload, contender, inputs).await?;
                assert!(setting.holds(workload.input).await?, "{}, {name}: the table holds other rows", workload.name);
                if let Some(counts) = counts {
                    assert_eq!(counts, expected(*workload, count as u64), "{}, {name}: wrong counts", workload.name);
                }
                table.note(&name, contender.role(), time);
            }
        }
    }
    for (workload, table) in &tables {
        table.print();
        let ours = Contender::Ours.name();
        figures.note(format!("bench mariadb {} ratio to by hand", workload.name), table.ratio_of(&ours));
        let limit = table.distance(&ours, &Contender::ServerAlone.name());
        figures.note(format!("bench mariadb {} ratio to server alone", workload.name), limit);
        figures.note(format!("bench mariadb {} client CPU ms", workload.name), table.cpu_of(&ours));
    }
    decide(&tables.map(|(_, table)| table), figures);
    pool.disconnect().await?;
    Ok(())
}

/// The bulk protocol made to count, beside `VALUES`, which count by themselves: all workloads weigh the same.
fn decide(tables: &[Table], figures: &mut Figures) {
    let ratio = |table: &Table| {
        let bulk = Contender::BulkCounted.name();
        let ratios = STATEMENTS.map(|rows| table.distance(&bulk, &Contender::Values(rows).name()));
        // To the fastest of them.
        ratios.into_iter().flatten().max_by(f64::total_cmp)
    };
    let Some(ratios) = tables.iter().map(ratio).collect::<Option<Vec<f64>>>() else { return };
    let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
    let choice = if mean < 1.0 { "bulk" } else { "VALUES" };
    println!(
        "\nbulk or VALUES, with exact counts on: {choice} (bulk takes {mean:.3} times as long, over all workloads)"
    );
    figures.note("bench mariadb bulk to values with counts", Some(mean));
}

fn expected(workload: Workload, rows: u64) -> Counts {
    match (workload.begins_with_old_rows, workload.input.in_order()) {
        (false, _) => [rows, 0, 0],
        (true, Input::New) => [0, rows, 0],
        (true, _) => [0, 0, rows],
    }
}

async fn run(
    setting: &mut Setting,
    pool: &Pool,
    workload: Workload,
    contender: Contender,
    inputs: &Inputs,
) -> Result<(Time, Option<Counts>)> {
    let rows = inputs.get(workload.input);
    let file = setting.file(workload.input);
    let connection = &mut setting.connection;
    // Its connection is there, as that of a running program.
    drop(pool.get_conn().await?);
    let clock = Clock::start();
    let counts = match contender {
        Contender::Ours => {
            let report = Item::aupsert(pool, rows, UpsertOptions::new()).await?;
            let counts = [report.inserted.get(), report.updated.get(), report.unchanged.get()];
            let [Some(inserted), Some(updated), Some(unchanged)] = counts else {
                return Err("counts are exact".into());
            };
            Some([inserted, updated, unchanged])
        }
        Contender::BulkCounted => Some(by_hand::write_bulk_counted(connection, rows).await?),
        Contender::Values(of_statement) => Some(by_hand::write_values(connection, rows, of_statement).await?),
        Contender::LoadData => Some(by_hand::load_data(connection, &file, rows.len()).await?),
        Contender::Bulk => {
            by_hand::write_bulk(connection, rows).await?;
            None
        }
        Contender::ServerAlone => {
            let from = workload.input.in_order().name();
            let write = format!("INSERT INTO item SELECT * FROM {from} ON DUPLICATE KEY UPDATE ");
            // Both tables have columns of these names.
            let set = set_all();
            connection.query_drop(write + &set).await?;
            None
        }
    };
    Ok((clock.stop(), counts))
}
