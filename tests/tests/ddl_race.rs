//! Promise 12: any number of tasks may ask for the same table at once.

use std::sync::Arc;

use tests::{Database, figure, seed, suite};
use tokio::sync::Barrier;
use upsert::{UpsertOptions, Upsertable};

suite!(promise_12_ddl_never_races);

#[derive(Clone, Debug, Upsertable)]
struct Reading {
    #[upsert(primary_key)]
    station: String,
    #[upsert(primary_key)]
    hour: i64,
    value: Option<f64>,
}

const TASKS: usize = 32;

async fn promise_12_ddl_never_races<D: Database>(database: D) {
    // As if in two processes, each with a pool.
    let pools = [database.clone(), database.through_another_pool()];
    let rounds = seed::cases(20) as usize;
    for round in 0..rounds {
        let table = format!("reading_{round}");
        let start = Arc::new(Barrier::new(TASKS));
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let (start, pool, table) = (Arc::clone(&start), pools[task % 2].clone(), table.clone());
                tokio::spawn(async move {
                    start.wait().await;
                    // Half of them have rows: one of their own, and one that all of them write.
                    let hours = if task / 2 % 2 == 0 { vec![task, 1_000] } else { Vec::new() };
                    let rows = hours.into_iter().map(|hour| Reading {
                        station: "here".to_owned(),
                        hour: i64::try_from(hour).unwrap(),
                        value: None,
                    });
                    let rows: Vec<Reading> = rows.collect();
                    pool.aupsert(rows, UpsertOptions::new().create_table().table(table)).await
                })
            })
            .collect();
        for task in tasks {
            let report = task.await.unwrap();
            report.unwrap_or_else(|error| panic!("round {round}: {error}"));
        }

        let (key, indexes) = database.primary_key(&table).await;
        assert_eq!(key, ["station", "hour"]);
        assert_eq!(indexes, 1, "the index of the primary key, and no other");
        assert_eq!(database.table(&table).await.len(), TASKS / 2 + 1);
    }
    for pool in pools {
        pool.assert_nothing_left().await;
    }
    figure(format!("ddl_races_{}", D::NAME), rounds * TASKS);
}
