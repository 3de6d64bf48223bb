//! What became of rows, from the numbers that the server tells.

use super::link::Told;
use crate::options::{OnConflict, Unchanged};
use crate::plan::UpsertPlan;
use crate::report::{Count, Counts};

/// What one statement did with rows of different keys.
///
/// The server adds 1 for a row that was inserted and 2 for one that was changed, and in its text it counts those that were
/// changed as `Duplicates`. A row that is there and stays as it is counts nothing; but on a connection that counts rows that
/// were found (`CLIENT_FOUND_ROWS`), it adds 1 and is one of the `Duplicates`. Of one row alone there is no text, and of rows
/// from a query it never has those that stay: there the statement itself has to count the rows that it `found`. It does so in
/// the bulk protocol of MariaDB as well, whose number of affected rows has those in it that triggers write to other tables.
pub(super) fn counts(plan: &UpsertPlan<'_>, rows: u64, told: &Told, found_rows: bool, found: Option<u64>) -> Counts {
    let zero = Counts::default();
    if plan.on_conflict == OnConflict::Error {
        return Counts { inserted: rows.into(), ..zero };
    }
    let known = match (found, duplicates(&told.info), found_rows) {
        (Some(found), _, true) | (None, Some(found), true) => {
            rows.checked_sub(found).zip(told.affected.checked_sub(rows))
        }
        (Some(found), changed, false) => rows.checked_sub(found).zip(changed),
        (None, Some(changed), false) => told.affected.checked_sub(2 * changed).zip(Some(changed)),
        (None, None, false) if rows == 1 && told.affected <= 2 => Some((told.affected % 2, told.affected / 2)),
        (None, None, _) => None,
    };
    let known = known.and_then(|(inserted, changed)| Some([inserted, changed, rows.checked_sub(inserted + changed)?]));
    let [inserted, changed, left] = known.map_or([Count::UNKNOWN; 3], |known| known.map(Count::exact));
    match (plan.on_conflict, plan.unchanged) {
        // A trigger that nobody shows us changes rows that are to be left alone.
        (OnConflict::Ignore, _) => Counts { inserted, updated: changed, ignored: left, ..zero },
        (_, Unchanged::Rewrite) if !plan.updates.is_empty() => Counts { inserted, updated: changed + left, ..zero },
        _ => Counts { inserted, updated: changed, unchanged: left, ignored: Count::ZERO },
    }
}

/// The number of `Duplicates` in a text as `Records: 3  Duplicates: 1  Warnings: 0`.
fn duplicates(info: &str) -> Option<u64> {
    info.split_once("Duplicates: ")?.1.split(' ').next()?.parse().ok()
}

/// Adds up what statements did.
pub(super) fn sum(left: Counts, right: Counts) -> Counts {
    let Counts { inserted, updated, unchanged, ignored } = right;
    Counts {
        inserted: left.inserted + inserted,
        updated: left.updated + updated,
        unchanged: left.unchanged + unchanged,
        ignored: left.ignored + ignored,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::UpsertOptions;
    use crate::schema::{Column, ColumnType, TableSchema};
    use crate::sql::Dialect;

    const COLUMNS: &[Column<'static>] =
        &[Column::new("id", ColumnType::BigInt), Column::new("value", ColumnType::BigInt)];

    /// What servers tell of every mixture of rows, on both kinds of connections.
    #[test]
    fn every_mixture_is_told_apart() {
        let schema = TableSchema::new("t", COLUMNS, &[0]);
        let plan = UpsertPlan::new(&schema, &UpsertOptions::new(), Dialect::MySql).expect("the options fit");
        for (inserted, changed, left) in (0..4).flat_map(|i| (0..4).flat_map(move |c| (0..4).map(move |l| (i, c, l)))) {
            let rows = inserted + changed + left;
            for found_rows in [false, true] {
                let duplicates = changed + if found_rows { left } else { 0 };
                let told = Told {
                    affected: inserted + 2 * changed + if found_rows { left } else { 0 },
                    info: format!("Records: {rows}  Duplicates: {duplicates}  Warnings: 0"),
                };
                let counts = counts(&plan, rows, &told, found_rows, None);
                let expected = [inserted, changed, left].map(Count::exact);
                assert_eq!([counts.inserted, counts.updated, counts.unchanged], expected, "{rows} {found_rows}");
                if !found_rows {
                    // A trigger wrote to another table.
                    let told = Told { affected: told.affected + 7, info: told.info.clone() };
                    let counts = super::counts(&plan, rows, &told, found_rows, Some(changed + left));
                    assert_eq!([counts.inserted, counts.updated, counts.unchanged], expected, "{rows} in bulk");
                }
                if rows == 1 {
                    let told = Told { info: String::new(), ..told };
                    let counts = super::counts(&plan, rows, &told, found_rows, None);
                    let expected = if found_rows { [Count::UNKNOWN; 3] } else { expected };
                    assert_eq!([counts.inserted, counts.updated, counts.unchanged], expected);
                }
            }
        }
    }
}
