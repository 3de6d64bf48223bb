//! Calls of few rows.

use upsert::mysql_async::Pool;
use upsert::mysql_async::prelude::Queryable;
use upsert::{UpsertOptions, Upsertable};

use super::by_hand::{insert, parameters, set_all};
use super::server::Server;
use super::setting::Setting;
use crate::Result;
use crate::clock::Clock;
use crate::rows::{Input, Inputs, Item, Workload};
use crate::table::{Figures, Role, Table};

const CALLS: usize = 400;
const OURS: &str = "ours, aupsert(&Pool, &[T])";

pub(crate) async fn small(inputs: &Inputs, figures: &mut Figures) -> Result {
    let server = Server::start().await?;
    let mut setting = Setting::new(&server, inputs).await?;
    let settings = [
        ("commit on disk", "SET GLOBAL innodb_flush_log_at_trx_commit = 1"),
        ("flush_log_at_trx_commit=0", "SET GLOBAL innodb_flush_log_at_trx_commit = 0"),
    ];
    for (commit, set) in settings {
        setting.connection.query_drop(set).await?;
        let pool = Pool::new(server.config(Some("bench"))?);
        for rows in [1, 10] {
            setting.reset(Workload { name: "small calls", input: Input::New, begins_with_old_rows: true }).await?;
            let mut table = Table::new(format!("MariaDB, a call of {rows} rows, {commit}: {CALLS} calls"));
            by_hand(&pool, &inputs.get(Input::Old)[..rows]).await?;
            for call in inputs.get(Input::NewShuffled).chunks_exact(rows * 2).take(CALLS) {
                let (ours, others) = call.split_at(rows);
                let clock = Clock::start();
                Item::aupsert(&pool, ours, UpsertOptions::new()).await?;
                table.note(OURS, Role::Ours, clock.stop());

                let clock = Clock::start();
                by_hand(&pool, others).await?;
                table.note("by hand, a prepared statement", Role::Rival, clock.stop());
            }
            table.print();
            let commit = if commit == "commit on disk" { "" } else { " without fsync" };
            figures.note(format!("bench mariadb {rows} row call{commit} ratio to by hand"), table.ratio_of(OURS));
        }
        pool.disconnect().await?;
    }
    Ok(())
}

/// One statement, which is its own transaction.
async fn by_hand(pool: &Pool, rows: &[Item]) -> Result {
    let mut connection = pool.get_conn().await?;
    let rows: Vec<&Item> = rows.iter().collect();
    let statement = format!("{} ON DUPLICATE KEY UPDATE {}", insert(rows.len()), set_all());
    Ok(connection.exec_drop(statement, parameters(&rows)).await?)
}
