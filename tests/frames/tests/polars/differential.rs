//! Random frames, two ways: as DataFrames and as structs. The tables are the same, and so are the reports. That structs are written as
//! single rows would be is shown beside Arrow's frames, by the same drawn rows.

use frames::drawn_rows::{COLUMNS, Reading, drawn_rows};
use polars_core::prelude::*;
use proptest::test_runner::TestRng;
use tests::seed::{below, cases, dice};
use tests::{Database, figure, suite};
use upsert::{Atomicity, OnConflict, UpsertOptions, UpsertReport};
use upsert_polars::{UpsertFrame, UpsertableFrame};

use super::drawn_frames::{frame_of, table};

suite!(frames_and_structs_are_the_same);

async fn frames_and_structs_are_the_same<D: Database>(database: D) {
    let mut dice = dice();
    let mut cells = 0;
    for name in ["of_structs", "by_contract"] {
        let created = UpsertOptions::new().create_table().table(name);
        database.aupsert(Vec::<Reading>::new(), created).await.unwrap();
    }
    for round in 0..cases(45) {
        for load in 0..2 {
            let mut rows = drawn_rows(&mut dice, 120);
            repeat_a_value(&mut rows, &mut dice);
            cells += rows.len() * COLUMNS.len();
            let case = format!("round {round}, load {load}, {} rows", rows.len());
            let options = drawn_options(&mut dice);
            let by_frame = write_frame(&database, frame_of(&rows, &mut dice), options.clone(), &mut dice).await;
            let by_struct = database.aupsert(rows.as_slice(), options.clone().table("of_structs")).await.unwrap();
            let contract = frame_of(&rows, &mut dice);
            let by_contract =
                Reading::aupsert_frame(database.pool(), &contract, options.table("by_contract")).await.unwrap();
            assert_eq!(counts(&by_frame), counts(&by_struct), "{case}");
            assert_eq!(counts(&by_contract), counts(&by_struct), "{case}");

            let expected = contents(&database, "of_structs").await;
            for table in ["of_frames", "by_contract"] {
                let found = contents(&database, table).await;
                assert_eq!(found.len(), expected.len(), "{case}: {table}");
                for (found, expected) in found.iter().zip(&expected) {
                    assert_eq!(found, expected, "{case}: {table}");
                }
            }
        }
        for table in ["of_frames", "of_structs", "by_contract"] {
            database.batch(&format!("DELETE FROM {table}")).await;
        }
    }
    figure(format!("polars_cells_{}", D::NAME), cells);
}

/// Sometimes one value for all rows, which a frame can hold once.
fn repeat_a_value(rows: &mut [Reading], dice: &mut TestRng) {
    let Some(first) = rows.first().cloned() else { return };
    let drawn = below(dice, 12);
    for row in rows {
        match drawn {
            0 => row.note.clone_from(&first.note),
            1 => row.at = first.at,
            2 => row.price = first.price,
            3 => row.tags.clone_from(&first.tags),
            4 => row.small = None,
            5 => row.seen = None,
            6 => row.uid = None,
            7 => row.tags = None,
            _ => {}
        }
    }
}

fn drawn_options(dice: &mut TestRng) -> UpsertOptions {
    let on_conflict = if below(dice, 3) == 0 { OnConflict::Ignore } else { OnConflict::Update };
    let atomicity = if below(dice, 2) == 0 { Atomicity::Call } else { Atomicity::Chunk };
    let chunk = [1, 7, 50, 10_000][below(dice, 4)];
    UpsertOptions::new().create_table().on_conflict(on_conflict).atomicity(atomicity).chunk_rows(chunk)
}

/// As a DataFrame, or an iterator or a stream of parts of it.
async fn write_frame<D: Database>(
    database: &D,
    frame: DataFrame,
    options: UpsertOptions,
    dice: &mut TestRng,
) -> UpsertReport {
    let (place, key) = (database.pool(), &["id", "k"]);
    let schema = Arc::clone(frame.schema());
    let mut cuts = vec![0, frame.height()];
    cuts.extend((0..below(dice, 4)).map(|_| below(dice, frame.height() + 1)));
    cuts.sort_unstable();
    let parts: Vec<_> =
        cuts.windows(2).map(|cut| PolarsResult::Ok(frame.slice(cut[0] as i64, cut[1] - cut[0]))).collect();
    let written = match below(dice, 3) {
        0 => frame.aupsert(place, table(), key, options).await,
        1 => upsert_polars::frames(schema, parts.into_iter()).aupsert(place, table(), key, options).await,
        _ => {
            let parts = futures_util::stream::iter(parts);
            upsert_polars::stream(schema, parts).aupsert(place, table(), key, options).await
        }
    };
    written.unwrap()
}

fn counts(report: &UpsertReport) -> [String; 6] {
    let UpsertReport { rows, inserted, updated, unchanged, ignored, duplicates, .. } = report;
    [
        rows.to_string(),
        inserted.to_string(),
        updated.to_string(),
        unchanged.to_string(),
        ignored.to_string(),
        duplicates.to_string(),
    ]
}

/// All of a table, whatever the order of its columns.
async fn contents<D: Database>(database: &D, table: &str) -> tests::Table {
    let columns: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let mut rows = database.query(&format!("SELECT {} FROM {table}", columns.join(", "))).await;
    rows.sort();
    rows
}
