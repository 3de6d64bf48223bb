//! Whether what a call says of its rows is so.

use upsert::report::Outcome;
use upsert::{Error, UpsertReport};

/// Checks what a call said against what its table holds: `there` rows of its input, from the first on. Rows commit in
/// units of so many. Tells from which row to resume.
pub fn assert_right(said: &Result<UpsertReport, Error>, unit: u64, there: u64) -> u64 {
    let (report, outcome) = match said {
        Ok(report) => (report, report.outcome),
        Err(error) => (error.report(), error.outcome()),
    };
    let next = report.checkpoint.next_row;
    let doubted = report.checkpoint.in_doubt.clone();
    match (said, outcome) {
        (Ok(_), Outcome::Committed) | (Err(_), Outcome::NotCommitted) => {
            assert_eq!(there, next, "rows are there: {said:?}");
            assert_eq!(doubted, None, "{said:?}");
        }
        (Err(_), Outcome::InDoubt) => {
            let doubted = doubted.expect("it says which rows are in doubt");
            assert_eq!(doubted.start, next, "{said:?}");
            assert!(doubted.end > next && doubted.end <= next + unit, "they commit at once: {said:?}");
            assert!([next, doubted.end].contains(&there), "{there} rows are there: {said:?}");
        }
        _ => panic!("{said:?}"),
    }
    assert!(said.is_ok() || next.is_multiple_of(unit), "{said:?}");
    assert_eq!(report.rows, next, "{said:?}");
    let counted = report.inserted + report.updated + report.unchanged + report.ignored + report.duplicates;
    assert_eq!(counted, next, "the counts add up: {said:?}");
    next
}
