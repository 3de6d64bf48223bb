//! Promise 3 on PostgreSQL, where the connections of a pool break after every byte.
//!
//! A quick run breaks after every byte of a chunk that has others before and behind it, and after every 128th of all
//! else, which holds the same statements; `UPSERT_CASES_FACTOR=256` breaks after every byte of everything.

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use tests::cut_loads::{Bench, Kind, ROWS, Setting, Tally, Way, count, one_in};
use tests::faulty_postgres::{FaultyPool, Front};
use tests::faulty_stream::{Cut, Direction};
use tests::pgbouncer::PgBouncer;
use tests::verdict::assert_right;
use tests::{Database, Postgres, figure, seed};
use upsert::report::Outcome;

/// Breaks the first connection of a pool; the others hold.
async fn cut_pool(bench: &Bench, cut: Cut, tally: &Tally) {
    let faulty = FaultyPool::new(&bench.setting.front, move |number| (number == 0).then_some(cut));
    let said = bench.load(&faulty.pool, 0).await;
    let next = assert_right(&said, bench.setting.way.unit(), bench.there().await);
    let outcome = said.as_ref().map_or_else(upsert::Error::outcome, |report| report.outcome);
    assert_ne!(outcome, Outcome::InDoubt, "the server could be asked: {said:?}");
    count(&tally.cuts);
    if faulty.questions() > 0 {
        count(&tally.resolved);
    }
    bench.resume(next).await;
}

#[tokio::test]
async fn promise_3_three_outcomes_wherever_a_connection_of_a_pool_breaks() {
    let database = Postgres::fresh().await;
    let tally = Tally::default();
    for way in [Way::Chunks, Way::Created, Way::Memory, Way::Staged] {
        let setting = Setting::of(&database, Kind::Plain, way);
        let cuts = setting.cuts(one_in(128), 1).await;
        setting.with_each(&cuts, async |bench, cut| cut_pool(bench, cut, &tally).await).await;
    }
    let [cuts, resolved, _] = tally.numbers();
    figure("cuts", cuts);
    figure("cuts_in_doubt_resolved", resolved);
    assert!(cuts >= 2_000 && resolved >= 20, "{cuts} cuts, {resolved} resolved");
}

/// Where a chunk takes several statements, or a staging table.
#[tokio::test]
async fn promise_3_three_outcomes_wherever_a_load_into_another_kind_of_table_breaks() {
    let database = Postgres::fresh().await;
    database.batch("CREATE EXTENSION citext").await;
    for kind in [Kind::Parted, Kind::Citext] {
        let tally = Tally::default();
        for way in [Way::Chunks, Way::Memory, Way::Staged] {
            let setting = Setting::of(&database, kind, way);
            let cuts = setting.cuts(one_in(256), one_in(64)).await;
            setting.with_each(&cuts, async |bench, cut| cut_pool(bench, cut, &tally).await).await;
        }
        let [cuts, resolved, _] = tally.numbers();
        let name = format!("{kind:?}").to_lowercase();
        figure(format!("cuts_{name}"), cuts);
        figure(format!("cuts_{name}_in_doubt_resolved"), resolved);
        assert!(resolved > 0, "{kind:?}: none of {cuts} was in doubt");
    }
}

/// The pool goes through a pooler, and so do those who ask what became of a commit.
#[tokio::test]
async fn promise_3_three_outcomes_wherever_a_connection_to_a_pooler_breaks() {
    let database = Postgres::fresh().await;
    let pooler = PgBouncer::before(&database, 8).await;
    let tally = Tally::default();
    for way in [Way::Chunks, Way::Memory, Way::Staged] {
        let setting = Setting { front: Front::from(&pooler), ..Setting::of(&database, Kind::Plain, way) };
        let cuts = setting.cuts(one_in(256), one_in(32)).await;
        setting.with_each(&cuts, async |bench, cut| cut_pool(bench, cut, &tally).await).await;
    }
    let [cuts, resolved, _] = tally.numbers();
    figure("cuts_before_pgbouncer", cuts);
    figure("cuts_before_pgbouncer_in_doubt_resolved", resolved);
    assert!(resolved > 0, "none of {cuts} was in doubt");
}

/// Every connection breaks somewhere, also those that ask about others, until the load is through.
#[test]
fn promise_3_resuming_from_the_checkpoint_ends_in_the_right_table() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cut = (any::<bool>(), 0..6_000_usize).prop_map(|(sent, after)| Cut {
        direction: if sent { Direction::Sent } else { Direction::Received },
        after: if sent { after } else { after / 2 },
    });
    let way = prop::sample::select(vec![Way::Chunks, Way::Created, Way::Memory, Way::Staged]);
    let histories = seed::cases(100);
    let database = runtime.block_on(Postgres::fresh());
    let (calls, tables) = (AtomicUsize::new(0), AtomicUsize::new(0));
    seed::check(histories, (way, vec(cut, 0..12)), |(way, cuts)| {
        runtime.block_on(async {
            let setting = Setting::of(&database, Kind::Plain, way);
            let bench = setting.bench(tables.fetch_add(1, Ordering::Relaxed)).await;
            bench.reset().await;
            let faulty = FaultyPool::new(&setting.front, move |number| cuts.get(number).copied());
            let mut next = 0;
            loop {
                count(&calls);
                let said = bench.load(&faulty.pool, next).await;
                let there = bench.there().await;
                let in_doubt = said.as_ref().is_err_and(|error| error.outcome() == Outcome::InDoubt);
                assert!(!in_doubt, "the server could be asked: {said:?}");
                next += assert_right(&said, way.unit(), there - next);
                if said.is_ok() {
                    break;
                }
            }
            assert_eq!(next, ROWS);
        });
        Ok(())
    });
    figure("cut_histories", histories);
    figure("cut_histories_calls", calls.into_inner());
}
