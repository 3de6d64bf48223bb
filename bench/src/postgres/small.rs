//! Calls of few rows.

use upsert::deadpool_postgres::Pool;
use upsert::tokio_postgres::types::ToSql;
use upsert::{UpsertOptions, Upsertable};

use super::server::Server;
use super::setting::Setting;
use crate::Result;
use crate::clock::Clock;
use crate::rows::{COLUMNS, Input, Inputs, Item, Workload, set_all};
use crate::table::{Figures, Role, Table};

const CALLS: usize = 400;
const OURS: &str = "ours, aupsert(&Pool, &[T])";

pub(crate) async fn small(server: &Server, setting: &Setting, inputs: &Inputs, figures: &mut Figures) -> Result {
    for (commit, settings) in [("commit on disk", &[][..]), ("synchronous_commit=off", &["synchronous_commit=off"])] {
        let pool = server.pool(settings)?;
        for rows in [1, 10] {
            setting.reset(Workload { name: "small calls", input: Input::New, begins_with_old_rows: true }).await?;
            let mut table = Table::new(format!("PostgreSQL, a call of {rows} rows, {commit}: {CALLS} calls"));
            let upsert = upsert(rows);
            by_hand(&pool, &upsert, &inputs.get(Input::Old)[..rows]).await?;
            for call in inputs.get(Input::NewShuffled).chunks_exact(rows * 2).take(CALLS) {
                let (ours, others) = call.split_at(rows);
                let clock = Clock::start();
                Item::aupsert(&pool, ours, UpsertOptions::new()).await?;
                table.note(OURS, Role::Ours, clock.stop());

                let clock = Clock::start();
                by_hand(&pool, &upsert, others).await?;
                table.note("by hand, a cached statement", Role::Rival, clock.stop());
            }
            table.print();
            let commit = if settings.is_empty() { "" } else { " without fsync" };
            figures.note(format!("bench postgres {rows} row call{commit} ratio to by hand"), table.ratio_of(OURS));
        }
    }
    Ok(())
}

/// One statement, which is its own transaction, prepared once for each connection.
async fn by_hand(pool: &Pool, upsert: &str, rows: &[Item]) -> Result {
    let client = pool.get().await?;
    let statement = client.prepare_cached(upsert).await?;
    let parameters: Vec<&(dyn ToSql + Sync)> = rows
        .iter()
        .flat_map(|item| {
            let Item { id, shelf, serial, name, note, weight, active, seen_at, made_on, token } = item;
            [id as &(dyn ToSql + Sync), shelf, serial, name, note, weight, active, seen_at, made_on, token]
        })
        .collect();
    client.execute(&statement, &parameters).await?;
    Ok(())
}

fn upsert(rows: usize) -> String {
    let values = |row: usize| {
        let numbers: Vec<_> = (1..=10).map(|column| format!("${}", row * 10 + column)).collect();
        format!("({})", numbers.join(", "))
    };
    let rows: Vec<_> = (0..rows).map(values).collect();
    format!("INSERT INTO item ({}) VALUES {} {}", COLUMNS.join(", "), rows.join(", "), set_all())
}
