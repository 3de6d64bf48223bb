//! Promise 3 on PostgreSQL, where connections break that were lent: nobody else can be asked what became of a commit, so
//! that what is said is right, or that it is in doubt.

use tests::cut_loads::{Bench, CHUNK, DIRECTIONS, Kind, ROWS, Setting, Tally, Way, count, is_of_commit, one_in};
use tests::faulty_stream::{Cut, Meter};
use tests::rounds::Lap;
use tests::verdict::assert_right;
use tests::{Database, Postgres, figure};
use upsert::report::Outcome;
use upsert::tokio_postgres::Client;
use upsert::{Error, UpsertCursor, UpsertReport, Upsertable};

/// Cuts of what is done with a connection, after every so many bytes, and around the last commit after each.
async fn cuts(setting: &Setting, every: usize, work: impl AsyncFn(&Bench, Client)) -> Vec<Cut> {
    let bench = setting.bench("measured").await;
    bench.reset().await;
    let meter = Meter::default();
    let client = setting.front.connect(None, &meter).await.expect("nothing breaks");
    work(&bench, client).await;
    assert_eq!(bench.there().await, ROWS);
    let cuts = DIRECTIONS.into_iter().flat_map(|direction| {
        let end = meter.passed(direction);
        let chosen = (0..=end).filter(move |&after| after.is_multiple_of(every) || is_of_commit(after, end));
        chosen.map(move |after| Cut { direction, after })
    });
    cuts.collect()
}

/// A connection that breaks; `None` if it does before it is made.
async fn connect(bench: &Bench, cut: Cut) -> Option<Client> {
    bench.setting.front.connect(Some(cut), &Meter::default()).await.ok()
}

fn note(tally: &Tally, outcome: Outcome) {
    count(&tally.cuts);
    if outcome == Outcome::InDoubt {
        count(&tally.in_doubt);
    }
}

fn report(what: &str, tally: &Tally) {
    let [cuts, _, in_doubt] = tally.numbers();
    figure(format!("cuts_{what}"), cuts);
    figure(format!("cuts_{what}_in_doubt"), in_doubt);
    assert!(in_doubt > 0, "none of {cuts} was in doubt");
}

async fn cut_call(bench: &Bench, cut: Cut, tally: &Tally) {
    let Some(mut client) = connect(bench, cut).await else { return };
    let said = bench.call(&mut client, 0).await;
    let next = assert_right(&said, bench.setting.way.unit(), bench.there().await);
    note(tally, said.as_ref().map_or_else(Error::outcome, |report| report.outcome));
    bench.resume(next).await;
}

#[tokio::test]
async fn promise_3_three_outcomes_wherever_a_lent_connection_breaks() {
    let database = Postgres::fresh().await;
    database.batch("CREATE EXTENSION citext").await;
    let tally = Tally::default();
    for (kind, way, every) in [
        (Kind::Plain, Way::Chunks, 64),
        (Kind::Plain, Way::Memory, 128),
        (Kind::Plain, Way::Staged, 256),
        (Kind::Parted, Way::Chunks, 384),
        (Kind::Citext, Way::Chunks, 384),
    ] {
        let setting = Setting::of(&database, kind, way);
        let whole = async |bench: &Bench, mut client| {
            bench.call(&mut client, 0).await.expect("nothing breaks");
        };
        let cuts = cuts(&setting, one_in(every), whole).await;
        setting.with_each(&cuts, async |bench, cut| cut_call(bench, cut, &tally).await).await;
    }
    report("lent", &tally);
}

fn cursor(bench: &Bench) -> UpsertCursor<'static, Lap, impl Sized + use<>> {
    Lap::cursor(bench.rows(0), bench.options())
}

/// Writes all that a cursor still has.
async fn write_all<K>(cursor: &mut UpsertCursor<'_, Lap, K>, client: &mut Client) -> Result<(), Error> {
    while cursor.write_next(&mut *client).await?.is_some() {}
    Ok(())
}

/// The cursor goes on with another connection; or it is forgotten, and another one begins at its checkpoint.
async fn cut_cursor(bench: &Bench, cut: Cut, tally: &Tally) {
    let Some(mut client) = connect(bench, cut).await else { return };
    let mut cursor = cursor(bench);
    let said = write_all(&mut cursor, &mut client).await.map(|()| cursor.report().clone());
    let next = assert_right(&said, CHUNK, bench.there().await);
    note(tally, said.as_ref().map_or_else(Error::outcome, |report| report.outcome));
    if let Err(error) = &said {
        assert_eq!(cursor.report().checkpoint, *error.checkpoint());
    }
    if cut.after.is_multiple_of(2) {
        write_all(&mut cursor, &mut bench.setting.database.connect().await).await.expect("nothing breaks");
        let UpsertReport { rows, outcome, checkpoint, inserted, updated, unchanged, .. } = cursor.report();
        assert_eq!((*rows, *outcome, checkpoint.next_row), (ROWS, Outcome::Committed, ROWS));
        assert_eq!((checkpoint.in_doubt.clone(), *inserted + *updated + *unchanged == ROWS), (None, true));
        assert_eq!(bench.there().await, ROWS);
    } else {
        bench.resume(next).await;
    }
}

#[tokio::test]
async fn promise_3_three_outcomes_wherever_the_connection_of_a_cursor_breaks() {
    let database = Postgres::fresh().await;
    database.batch("CREATE EXTENSION citext").await;
    let tally = Tally::default();
    // Odd, because even and odd cuts are not gone on from in the same way.
    for (kind, every) in [(Kind::Plain, 149), (Kind::Parted, 385), (Kind::Citext, 385)] {
        let setting = Setting::of(&database, kind, Way::Chunks);
        let whole = async |bench: &Bench, mut client| {
            write_all(&mut cursor(bench), &mut client).await.expect("nothing breaks");
        };
        let cuts = cuts(&setting, one_in(every), whole).await;
        setting.with_each(&cuts, async |bench, cut| cut_cursor(bench, cut, &tally).await).await;
    }
    report("cursor", &tally);
}

/// What is done with a transaction of the caller's.
async fn load_and_commit(bench: &Bench, mut client: Client) {
    let mut transaction = client.transaction().await.expect("nothing breaks");
    bench.call(&mut transaction, 0).await.expect("nothing breaks");
    transaction.commit().await.expect("nothing breaks");
}

/// The caller's commit decides: without it, nothing is there, whatever was said of the rows.
async fn cut_transaction(bench: &Bench, cut: Cut, tally: &Tally) {
    let Some(mut client) = connect(bench, cut).await else { return };
    let Ok(mut transaction) = client.transaction().await else { return };
    let possible = match bench.call(&mut transaction, 0).await {
        Ok(report) => {
            assert_eq!((report.outcome, report.rows), (Outcome::InCallersTransaction, ROWS));
            count(&tally.cuts);
            if transaction.commit().await.is_ok() {
                vec![ROWS]
            } else {
                count(&tally.in_doubt);
                vec![0, ROWS]
            }
        }
        Err(error) => {
            let checkpoint = error.checkpoint();
            assert!(checkpoint.next_row.is_multiple_of(bench.setting.way.unit()), "{error:?}");
            assert_eq!(error.report().rows, checkpoint.next_row, "{error:?}");
            // Nor is our savepoint: the transaction went with the connection.
            assert_eq!((error.outcome(), checkpoint.in_doubt.clone()), (Outcome::NotCommitted, None), "{error:?}");
            count(&tally.cuts);
            drop(transaction);
            vec![0]
        }
    };
    let there = bench.there().await;
    assert!(possible.contains(&there), "{there} rows are there, and not {possible:?}");
    bench.resume(there).await;
}

#[tokio::test]
async fn promise_3_three_outcomes_wherever_the_connection_of_a_callers_transaction_breaks() {
    let database = Postgres::fresh().await;
    database.batch("CREATE EXTENSION citext").await;
    let tally = Tally::default();
    for (kind, way, every) in [
        (Kind::Plain, Way::Chunks, 96),
        (Kind::Plain, Way::Memory, 128),
        (Kind::Plain, Way::Staged, 256),
        (Kind::Parted, Way::Chunks, 384),
        (Kind::Citext, Way::Chunks, 384),
    ] {
        let setting = Setting::of(&database, kind, way);
        let cuts = cuts(&setting, one_in(every), load_and_commit).await;
        setting.with_each(&cuts, async |bench, cut| cut_transaction(bench, cut, &tally).await).await;
    }
    // What the caller does not know of a commit of its own.
    report("callers_transaction", &tally);
}
