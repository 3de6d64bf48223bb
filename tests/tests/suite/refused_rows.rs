//! What only the database refuses: the error names the row, whether the database does or not, and no other.

use tests::dropped::dropped_after;
use tests::loading::{Door, Form, Place, ways};
use tests::{Database, figure, row, suite};
use upsert::report::Outcome;
use upsert::{Atomicity, Dialect, ErrorKind, OnConflict, UpsertOptions, Upsertable};

suite!(
    a_row_that_a_check_refuses_is_named,
    a_row_that_refers_to_nothing_is_named,
    a_row_that_refers_to_one_of_its_chunk_is_never_named_for_another,
    a_row_of_which_a_trigger_thinks_is_never_named_for_another,
    a_row_is_never_named_for_values_of_two,
    promise_4_a_search_that_is_dropped_leaves_nothing,
);

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "reading")]
struct Reading {
    #[upsert(primary_key)]
    id: i64,
    station: i64,
    amount: i64,
}

fn readings(ids: std::ops::Range<i64>) -> Vec<Reading> {
    ids.map(|id| Reading { id, station: 1, amount: id }).collect()
}

const WAYS: [(Form, Atomicity); 2] = [(Form::Vec, Atomicity::Call), (Form::Iterator, Atomicity::Chunk)];

/// Whether the rows are put aside first: what is refused then, is refused of all of them.
fn is_staged(form: Form, atomicity: Atomicity, is_one_chunk: bool) -> bool {
    atomicity == Atomicity::Call && !form.is_memory() && !is_one_chunk
}

/// The input has its last rows in the reverse order, so that numbers and places are two things.
fn in_disorder(mut rows: Vec<Reading>) -> Vec<Reading> {
    rows[45..].reverse();
    rows
}

async fn a_row_that_a_check_refuses_is_named<D: Database>(database: D) {
    database
        .batch("CREATE TABLE reading (id BIGINT PRIMARY KEY, station BIGINT, amount BIGINT, CHECK (amount <> 47))")
        .await;
    let mut named = 0;
    for (place, door, form, atomicity) in ways::<D>() {
        for (chunk_rows, on_conflict) in
            [(1, OnConflict::Update), (7, OnConflict::Ignore), (50, OnConflict::Update), (100, OnConflict::Error)]
        {
            let way = format!("{place:?} {door:?} {form:?} {atomicity:?} {chunk_rows} {on_conflict:?}");
            database.batch("DELETE FROM reading; INSERT INTO reading VALUES (-1, 1, 1)").await;
            let options = UpsertOptions::new().atomicity(atomicity).chunk_rows(chunk_rows).on_conflict(on_conflict);
            let rows = in_disorder(readings(0..60));
            let error = database.write(place, door, form, &rows, options).await.expect_err(&way);
            assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Database, false), "{way}: {error}");
            assert_eq!(error.outcome(), Outcome::NotCommitted, "{way}: {error}");
            let is_known = D::DIALECT == Dialect::Sqlite || !is_staged(form, atomicity, chunk_rows == 100);
            assert_eq!(error.row(), is_known.then_some(57), "{way}: {error}");
            named += usize::from(is_known);
            let kept = if atomicity == Atomicity::Chunk { 57 / chunk_rows * chunk_rows } else { 0 };
            assert_eq!(error.checkpoint().next_row, kept as u64, "{way}: {error}");
            // Nothing is left of what was tried to find it.
            let there = database.query("SELECT count(*) FROM reading").await;
            assert_eq!(there, [row([(kept + 1).to_string().as_str()])], "{way}: {error}");
        }
    }
    assert!(named > 100, "{named}");
    figure(format!("refused_rows_named_{}", D::NAME), named);
    database.assert_nothing_left().await;
}

async fn a_row_that_refers_to_nothing_is_named<D: Database>(database: D) {
    database
        .batch(
            "CREATE TABLE station (id BIGINT PRIMARY KEY); INSERT INTO station VALUES (1);
             CREATE TABLE reading (id BIGINT PRIMARY KEY, station BIGINT NOT NULL, amount BIGINT,
                 CONSTRAINT station_of_reading FOREIGN KEY (station) REFERENCES station (id))",
        )
        .await;
    for (place, door, form, atomicity) in ways::<D>() {
        for chunk_rows in [7, 100] {
            let way = format!("{place:?} {door:?} {form:?} {atomicity:?} {chunk_rows}");
            database.batch("DELETE FROM reading").await;
            let mut rows = in_disorder(readings(0..60));
            rows[57].station = 2;
            let options = UpsertOptions::new().atomicity(atomicity).chunk_rows(chunk_rows);
            let error = database.write(place, door, form, &rows, options).await.expect_err(&way);
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Database, Outcome::NotCommitted), "{way}: {error}");
            let is_staged = is_staged(form, atomicity, chunk_rows == 100);
            let is_known = match D::DIALECT {
                Dialect::Sqlite => true,
                // It has to be asked about the key, and is not in a transaction that its answer could end.
                Dialect::Postgres => place != Place::Transaction && !is_staged,
                _ => !is_staged,
            };
            assert_eq!(error.row(), is_known.then_some(57), "{way}: {error}");
        }
    }
    database.assert_nothing_left().await;
}

/// Rows that came before may be missing where a part of a chunk is tried.
async fn a_row_that_refers_to_one_of_its_chunk_is_never_named_for_another<D: Database>(database: D) {
    const TABLE: &str = "DROP TABLE IF EXISTS reading;
        CREATE TABLE reading (id BIGINT PRIMARY KEY, station BIGINT NOT NULL, amount BIGINT,
            CONSTRAINT station_of_reading FOREIGN KEY (station) REFERENCES reading (id))";
    for (form, atomicity) in WAYS {
        for chunk_rows in [20, 100] {
            let way = format!("{form:?} {atomicity:?} {chunk_rows}");
            database.batch(TABLE).await;
            let mut rows = readings(0..60);
            rows.iter_mut().for_each(|reading| reading.station = 0.max(reading.id - 1));
            rows[57].station = 1_000;
            let options = UpsertOptions::new().atomicity(atomicity).chunk_rows(chunk_rows);
            let error = database.write(Place::Pool, Door::Call, form, &rows, options).await.expect_err(&way);
            assert_eq!(error.kind(), ErrorKind::Database, "{way}: {error}");
            assert!(error.row().is_none_or(|row| row == 57), "{way}: {error}");
        }
    }
}

/// So may they for a trigger, whatever it says of its reasons.
async fn a_row_of_which_a_trigger_thinks_is_never_named_for_another<D: Database>(database: D) {
    let trigger = match D::DIALECT {
        Dialect::Postgres => {
            "CREATE FUNCTION follows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF NEW.id > 0 AND NOT EXISTS (SELECT 1 FROM reading WHERE id = NEW.id - 1) THEN
                     RAISE 'out of turn' USING ERRCODE = 'check_violation', CONSTRAINT = 'follows';
                 END IF;
                 RETURN NEW;
             END $$;
             CREATE TRIGGER follows BEFORE INSERT ON reading FOR EACH ROW EXECUTE FUNCTION follows()"
        }
        Dialect::Sqlite => {
            "CREATE TRIGGER follows BEFORE INSERT ON reading
             WHEN NEW.id > 0 AND NOT EXISTS (SELECT 1 FROM reading WHERE id = NEW.id - 1)
             BEGIN SELECT RAISE(ABORT, 'out of turn'); END"
        }
        _ => {
            "CREATE TRIGGER follows BEFORE INSERT ON reading FOR EACH ROW
             IF NEW.id > 0 AND NOT EXISTS (SELECT 1 FROM reading WHERE id = NEW.id - 1) THEN
                 SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 4025, MESSAGE_TEXT = 'CONSTRAINT `follows` failed for `x`.`reading`';
             END IF"
        }
    };
    database.batch("CREATE TABLE reading (id BIGINT PRIMARY KEY, station BIGINT, amount BIGINT)").await;
    database.batch(trigger).await;
    for (form, atomicity) in WAYS {
        for chunk_rows in [1, 20, 100] {
            let way = format!("{form:?} {atomicity:?} {chunk_rows}");
            database.batch("DELETE FROM reading").await;
            let mut rows = readings(0..60);
            rows[57].id = 1_000;
            let options = UpsertOptions::new().atomicity(atomicity).chunk_rows(chunk_rows);
            let error = database.write(Place::Pool, Door::Call, form, &rows, options).await.expect_err(&way);
            assert_eq!(error.kind(), ErrorKind::Database, "{way}: {error}");
            // With it, two of them are refused: it and the one that is to follow it.
            assert!(error.row().is_none_or(|row| [57, 58].contains(&row)), "{way}: {error}");
            // Of a single row there is no doubt.
            assert!(error.row().is_some() || chunk_rows > 1, "{way}: {error}");
        }
    }
}

/// Also in a transaction of the caller's, which is usable behind it.
#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "visit")]
struct Visit {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(update = never)]
    first: i64,
    last: i64,
}

/// What repeated keys make has the first row's values where they are never updated, and the last one's.
async fn a_row_is_never_named_for_values_of_two<D: Database>(database: D) {
    database
        .batch("CREATE TABLE visit (id BIGINT PRIMARY KEY, first BIGINT NOT NULL, last BIGINT NOT NULL, CHECK (first <> 13))")
        .await;
    for (place, door, form, atomicity) in ways::<D>() {
        // It is the first row's value, and whoever looks at the last one finds nothing wrong.
        for rows in [&[(1, 13), (1, 7)][..], &[(1, 13), (2, 1), (1, 7)], &[(1, 1), (2, 13), (2, 7), (3, 1)]] {
            let way = format!("{place:?} {door:?} {form:?} {atomicity:?} {rows:?}");
            database.batch("DELETE FROM visit").await;
            let visits: Vec<_> = rows.iter().map(|&(id, first)| Visit { id, first, last: first }).collect();
            let options = UpsertOptions::new().atomicity(atomicity);
            let error = database.write(place, door, form, &visits, options).await.expect_err(&way);
            assert_eq!((error.kind(), error.row()), (ErrorKind::Database, None), "{way}: {error}");
        }
    }
    database.assert_nothing_left().await;
}

async fn promise_4_a_search_that_is_dropped_leaves_nothing<D: Database>(database: D) {
    database
        .batch("CREATE TABLE reading (id BIGINT PRIMARY KEY, station BIGINT, amount BIGINT, CHECK (amount <> 47))")
        .await;
    let mut drops = 0;
    let places = [Place::Pool, Place::Transaction].into_iter();
    for (place, (form, atomicity)) in places.flat_map(|place| WAYS.map(|way| (place, way))) {
        let rows = readings(0..60);
        for polls in 1.. {
            let way = format!("{place:?} {form:?} {atomicity:?} {polls}");
            let options = UpsertOptions::new().atomicity(atomicity).chunk_rows(30);
            let written = database.write(place, Door::Call, form, &rows, options);
            let done = dropped_after(polls, written).await;
            database.assert_nothing_goes_on(&way).await;
            let there = database.query("SELECT count(*) FROM reading").await;
            let kept = ["0", if atomicity == Atomicity::Chunk { "30" } else { "0" }];
            assert!(kept.map(|kept| vec![row([kept])]).contains(&there), "{way}: {there:?}");
            database.batch("DELETE FROM reading").await;
            if let Some(written) = done {
                assert_eq!(written.expect_err(&way).kind(), ErrorKind::Database, "{way}");
                break;
            }
            drops += 1;
        }
    }
    figure(format!("dropped_searches_{}", D::NAME), drops);
    database.assert_nothing_left().await;
}
