//! Promise 12: any number of tasks may ask for the same table at once.

use std::sync::Arc;

use tests::crowd::crowd;
use tests::loading::{Place, ways};
use tests::{Database, figure, seed, suite};
use tokio::sync::Barrier;
use upsert::{Dialect, UpsertOptions, Upsertable};

suite!(promise_12_ddl_never_races);

#[derive(Clone, Debug, Upsertable)]
struct Reading {
    #[upsert(primary_key, max_len = 100)]
    station: String,
    #[upsert(primary_key)]
    hour: i64,
    #[upsert(index)]
    value: Option<f64>,
}

const TASKS: usize = 32;

async fn promise_12_ddl_never_races<D: Database>(database: D) {
    // As if in two processes, each with a pool.
    let pools = [database.clone(), database.through_another_pool()];
    // Through every door to every place. On SQLite not in a transaction that has read: it cannot wait for a writer; and on
    // MySQL in none, which the table would end.
    let mut ways = ways::<D>();
    ways.retain(|(place, ..)| *place != Place::Transaction || D::DIALECT == Dialect::Postgres);
    let rounds = seed::cases(20) as usize;
    for round in 0..rounds {
        let table = format!("reading_{round}");
        let start = Arc::new(Barrier::new(TASKS));
        let tasks = crowd(TASKS, {
            let (pools, ways, table) = (pools.clone(), ways.clone(), table.clone());
            move |task| {
                let (start, pool, table) = (Arc::clone(&start), pools[task % 2].clone(), table.clone());
                let (place, door, form, atomicity) = ways[(round * TASKS + task) % ways.len()];
                async move {
                    start.wait().await;
                    // Half of them have rows: one of their own, and one that all of them write.
                    let hours = if task / 2 % 2 == 0 { vec![task, 1_000] } else { Vec::new() };
                    let rows = hours.into_iter().map(|hour| Reading {
                        station: "here".to_owned(),
                        hour: i64::try_from(hour).unwrap(),
                        value: None,
                    });
                    let rows: Vec<Reading> = rows.collect();
                    let options = UpsertOptions::new().create_table().table(table).atomicity(atomicity);
                    // Whoever has created the table, its index is there in the end. In a transaction of the caller's it may wait
                    // for somebody who waits for that.
                    let defers = place != Place::Transaction && (task + round) % 3 != 0;
                    let options = if defers { options.defer_indexes() } else { options };
                    let written = pool.write(place, door, form, &rows, options).await;
                    written.unwrap_or_else(|error| panic!("round {round}, {place:?} {door:?} {form:?}: {error}"));
                }
            }
        });
        tasks.await;

        let (key, indexes) = database.primary_key(&table).await;
        assert_eq!(key, ["station", "hour"]);
        assert_eq!(indexes, 2, "the index of the primary key, and the one of the struct");
        assert_eq!(database.table(&table).await.len(), TASKS / 2 + 1);
    }
    for pool in pools {
        pool.assert_nothing_left().await;
    }
    figure(format!("ddl_races_{}", D::NAME), rounds * TASKS);
}
