//! Random frames, three ways: as frames, as structs, and row by row by SQL that is written by hand. The tables are the same, and so
//! are the reports of the first two.

use arrow_array::{RecordBatch, RecordBatchIterator};
use frames::drawn_rows::{COLUMNS, Kind, Reading, drawn_rows, table_of_frames};
use proptest::test_runner::TestRng;
use tests::seed::{below, cases, dice};
use tests::{Database, MariaDb, Postgres, Sqlite, figure};
use upsert::{Atomicity, Dialect, OnConflict, UpsertOptions, UpsertReport};
use upsert_arrow::arrow_60::{reader, stream};
use upsert_arrow::{UpsertFrame, UpsertableFrame};

use crate::drawn_frames::frame_of;

#[test]
fn frames_and_structs_and_single_rows_are_the_same_on_postgres() {
    tests::run(hold::<Postgres>);
}

#[test]
fn frames_and_structs_and_single_rows_are_the_same_on_sqlite() {
    tests::run(hold::<Sqlite>);
}

#[test]
fn frames_and_structs_and_single_rows_are_the_same_on_mariadb() {
    tests::run(hold::<MariaDb>);
}

async fn hold<D: Database>(database: D) {
    let mut dice = dice();
    let rounds = cases(48);
    let mut cells = 0;
    let created = UpsertOptions::new().create_table();
    for table in ["of_structs", "by_hand", "by_contract"] {
        database.aupsert(Vec::<Reading>::new(), created.clone().table(table)).await.unwrap();
    }
    for round in 0..rounds {
        for load in 0..2 {
            let rows = drawn_rows(&mut dice, 120);
            cells += rows.len() * COLUMNS.len();
            let case = format!("round {round}, load {load}, {} rows", rows.len());
            let options = drawn_options(&mut dice);
            let batches = frame_of(&rows, &mut dice);
            let by_frame = write_frame(&database, batches, &options, &mut dice).await;
            let by_struct =
                database.aupsert(rows.as_slice(), options.options.clone().table("of_structs")).await.unwrap();
            assert_eq!(counts(&by_frame), counts(&by_struct), "{case}");
            let contract = frame_of(&rows, &mut dice);
            let by_contract = Reading::aupsert_frame(
                database.pool(),
                contract.as_slice(),
                options.options.clone().table("by_contract").atomicity(options.atomicity),
            );
            assert_eq!(counts(&by_contract.await.unwrap()), counts(&by_struct), "{case}");
            by_hand(&database, &rows, options.on_conflict).await;

            let expected = contents(&database, "by_hand").await;
            for table in ["of_frames", "of_structs", "by_contract"] {
                let found = contents(&database, table).await;
                assert_eq!(found.len(), expected.len(), "{case}: {table}");
                for (found, expected) in found.iter().zip(&expected) {
                    assert_eq!(found, expected, "{case}: {table}");
                }
            }
        }
        for table in ["of_frames", "of_structs", "by_hand", "by_contract"] {
            database.batch(&format!("DELETE FROM {table}")).await;
        }
    }
    figure(format!("frame_cells_{}", D::NAME), cells);
}

struct Options {
    options: UpsertOptions,
    on_conflict: OnConflict,
    atomicity: Atomicity,
}

fn drawn_options(dice: &mut TestRng) -> Options {
    let on_conflict = if below(dice, 3) == 0 { OnConflict::Ignore } else { OnConflict::Update };
    let atomicity = if below(dice, 2) == 0 { Atomicity::Call } else { Atomicity::Chunk };
    let chunk = [1, 7, 50, 10_000][below(dice, 4)];
    let options = UpsertOptions::new().create_table().on_conflict(on_conflict).atomicity(atomicity).chunk_rows(chunk);
    Options { options, on_conflict, atomicity }
}

/// As a batch, several batches, a reader or a stream of them.
async fn write_frame<D: Database>(
    database: &D,
    batches: Vec<RecordBatch>,
    options: &Options,
    dice: &mut TestRng,
) -> UpsertReport {
    let place = database.pool();
    let (table, key, options) = (table_of_frames(), &["id", "k"], options.options.clone());
    let schema = batches[0].schema();
    let results = || batches.clone().into_iter().map(Ok::<_, arrow_schema::ArrowError>);
    let written = match below(dice, 3) {
        0 => batches.as_slice().aupsert(place, table, key, options).await,
        1 => {
            let batches = RecordBatchIterator::new(results(), schema);
            reader(batches).aupsert(place, table, key, options).await
        }
        _ => {
            let batches = futures_util::stream::iter(results());
            stream(schema, batches).aupsert(place, table, key, options).await
        }
    };
    written.unwrap()
}

fn counts(report: &UpsertReport) -> [String; 5] {
    let UpsertReport { rows, inserted, updated, unchanged, duplicates, .. } = report;
    [rows.to_string(), inserted.to_string(), updated.to_string(), unchanged.to_string(), duplicates.to_string()]
}

/// Each row by a statement of its own.
async fn by_hand<D: Database>(database: &D, rows: &[Reading], on_conflict: OnConflict) {
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let values: Vec<String> = COLUMNS
        .iter()
        .enumerate()
        .map(|(place, (_, kind))| from_parameter(D::DIALECT, *kind, &D::parameter(place + 1)))
        .collect();
    let updates = if on_conflict == OnConflict::Update { &names[2..] } else { &[] };
    let sql = format!(
        "INSERT INTO by_hand ({}) VALUES ({}){}",
        names.join(", "),
        values.join(", "),
        D::on_conflict("by_hand", &["id", "k"], updates)
    );
    database.execute_each(&sql, rows.iter().map(|row| row.told(D::DIALECT))).await;
}

/// A value that a parameter tells.
fn from_parameter(dialect: Dialect, kind: Kind, parameter: &str) -> String {
    match (dialect, kind) {
        (Dialect::Postgres, Kind::Is(sql_type)) => format!("{parameter}::{sql_type}"),
        (Dialect::Postgres, Kind::Text(sql_type)) => format!("({parameter}::text)::{sql_type}"),
        (Dialect::Postgres, Kind::Uuid) => format!("({parameter}::text)::uuid"),
        (Dialect::Postgres, Kind::Hex) => format!("decode({parameter}::text, 'hex')"),
        (_, Kind::Is(_) | Kind::Text(_)) => parameter.to_owned(),
        (_, Kind::Hex | Kind::Uuid) => format!("unhex({parameter})"),
    }
}

/// All of a table, in the order of its key.
async fn contents<D: Database>(database: &D, table: &str) -> tests::Table {
    let columns = COLUMNS.iter().map(|(name, kind)| match (D::DIALECT, kind) {
        (Dialect::Postgres, Kind::Hex) => format!("encode({name}, 'hex')"),
        (Dialect::Sqlite | Dialect::MySql, Kind::Hex | Kind::Uuid) => format!("hex({name})"),
        _ => (*name).to_owned(),
    });
    let columns: Vec<String> = columns.collect();
    let mut rows = database.query(&format!("SELECT {} FROM {table}", columns.join(", "))).await;
    rows.sort();
    rows
}
