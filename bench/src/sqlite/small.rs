//! Calls of few rows.

use upsert::{UpsertOptions, Upsertable};

use super::by_hand;
use super::file::{self, Files};
use crate::Result;
use crate::clock::Clock;
use crate::rows::{Input, Inputs, Item};
use crate::table::{Figures, Role, Table};

const CALLS: usize = 400;
const BLOCKING: &str = "ours, upsert(&mut Connection, &[T])";
const BLOCKING_BY_HAND: &str = "by hand, a Connection";
const POOL: &str = "ours, aupsert(&SqlitePool, &[T])";
const POOL_BY_HAND: &str = "by hand, SqlitePool::with";

pub(crate) async fn small(inputs: &Inputs, figures: &mut Figures) -> Result {
    let files = Files::new(inputs)?;
    for rows in [1, 10] {
        // A file each: connections to the same one would empty each other's caches.
        let mut ours = file::open(&files.copy("old", "blocking")?)?;
        let mut by_hand = file::open(&files.copy("old", "blocking by hand")?)?;
        let our_pool = file::open_pool(&files.copy("old", "pool")?)?;
        let pool_by_hand = file::open_pool(&files.copy("old", "pool by hand")?)?;

        let mut blocking = Table::new(format!("SQLite, a call of {rows} rows, blocking: {CALLS} calls"));
        let mut pooled = Table::new(format!("SQLite, a call of {rows} rows, async: {CALLS} calls"));
        for call in inputs.get(Input::NewShuffled).chunks_exact(rows).take(CALLS) {
            let clock = Clock::start();
            Item::upsert(&mut ours, call, UpsertOptions::new())?;
            blocking.note(BLOCKING, Role::Ours, clock.stop());

            let clock = Clock::start();
            by_hand::write(&mut by_hand, call)?;
            blocking.note(BLOCKING_BY_HAND, Role::Rival, clock.stop());

            let clock = Clock::start();
            Item::aupsert(&our_pool, call, UpsertOptions::new()).await?;
            pooled.note(POOL, Role::Ours, clock.stop());

            let owned = call.to_vec();
            let clock = Clock::start();
            pool_by_hand.with(move |connection| by_hand::write(connection, &owned)).await??;
            pooled.note(POOL_BY_HAND, Role::Rival, clock.stop());
        }
        for (table, name, ours) in [(&blocking, "blocking", BLOCKING), (&pooled, "pool", POOL)] {
            table.print();
            figures.note(format!("bench sqlite {name} {rows} row call ratio to by hand"), table.ratio_of(ours));
        }
    }
    Ok(())
}
