//! What is said of errors.

use upsert::ErrorKind;

use crate::Failure;
use crate::arguments::Arguments;
use crate::instead::in_options;

/// Says what failed, what that came from, what is written all the same, and what to do about it.
pub(crate) fn explain(failure: &Failure, arguments: &Arguments) {
    eprintln!("error: {}", in_options(&failure.to_string()));
    let mut cause = failure.source();
    while let Some(deeper) = cause {
        eprintln!("  because: {deeper}");
        cause = deeper.source();
    }
    let Some(error) = failure.downcast_ref::<upsert::Error>() else { return };
    if let Some(words) = error.database_message().filter(|words| !error.to_string().contains(words)) {
        eprintln!("  the database says: {words}");
    }
    if let Some(row) = error.row().filter(|_| arguments.from_row > 0) {
        eprintln!("Its row {row} is row {} of the file.", arguments.from_row + row);
    }
    let done = error.report().checkpoint.next_row;
    if done > 0 {
        let from = arguments.from_row + done;
        eprintln!("The first {from} rows of the file are written. To go on from there: --from-row {from}");
    }
    if let Some(hint) = hint(error) {
        eprintln!("{hint}");
    }
}

fn hint(error: &upsert::Error) -> Option<&'static str> {
    match (error.kind(), error.sqlstate()) {
        // What else the server refuses, a database that is not there say, it says itself.
        (ErrorKind::Pool, Some(code)) if code.starts_with("28") => Some(
            "The server is there, and refuses this user: are user and password right? Characters such as @ : / ? # % are \
             percent-encoded in the URL",
        ),
        (ErrorKind::Pool, None) if error.is_retryable() => {
            Some("The server is not reachable: is it running, and are host and port right?")
        }
        (ErrorKind::InvalidPlan, _) if error.to_string().contains("no exact equality for floats") => {
            Some("--type says what else it is: decimal, or text, as it is written in the file")
        }
        (ErrorKind::InvalidValue, _) if error.to_string().contains("larger than the column takes") => Some(
            "--widen widens the column; --max-len says how long it is to be, if it is in a key on MySQL (else 255)",
        ),
        _ => None,
    }
}
