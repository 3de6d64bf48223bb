//! Errors of SQLite, without what could hold a value of a row.

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_ERROR};

use crate::error::{DatabaseError, Error, Kind, Said};
use crate::report::Phase;

pub(super) fn from_sqlite(error: rusqlite::Error) -> Error {
    let said = Said(error.to_string());
    let refusal = match error {
        rusqlite::Error::SqliteFailure(failure, message) => {
            let message = match message {
                Some(text) if quotes_only_names(failure.extended_code, &text) => Some(text),
                Some(_) if says_more(failure.extended_code) => Some(DatabaseError::WITHHELD.to_owned()),
                _ => None,
            };
            DatabaseError { message, said, ..refusal(failure) }
        }
        // Found while a statement of ours was parsed, before it had any value.
        rusqlite::Error::SqlInputError { error, msg, .. } => {
            DatabaseError { said: Said(msg.clone()), message: Some(msg), ..refusal(error) }
        }
        // What rusqlite finds wrong with a value may show it.
        _ => of_driver(said),
    };
    Error::new(Kind::Database(refusal), Phase::Write)
}

/// Of opening a connection, which may be a closure of the caller's, with a key in its statements; or a path with one in
/// its parameters.
pub(super) fn from_opening(error: rusqlite::Error) -> Error {
    let said = Said(error.to_string());
    let refusal = match error {
        rusqlite::Error::SqliteFailure(failure, message) => {
            let path = |text: &String| text.starts_with("unable to open database file");
            let message = match message.filter(path) {
                Some(path) => path.split('?').next().map(str::to_owned),
                None => Some(DatabaseError::WITHHELD.to_owned()),
            };
            DatabaseError { message, said, ..refusal(failure) }
        }
        rusqlite::Error::SqlInputError { error, .. } => {
            DatabaseError { message: Some(DatabaseError::WITHHELD.to_owned()), said, ..refusal(error) }
        }
        _ => of_driver(said),
    };
    Error::new(Kind::Database(refusal), Phase::Connect)
}

fn of_driver(said: Said) -> DatabaseError {
    let message = Some(DatabaseError::WITHHELD.to_owned());
    DatabaseError { code: "driver".to_owned(), message, said, ..DatabaseError::default() }
}

fn refusal(failure: rusqlite::ffi::Error) -> DatabaseError {
    let code = name(failure.extended_code);
    DatabaseError {
        code: if code.is_empty() { format!("SQLITE_{}", failure.extended_code) } else { code.to_owned() },
        condition: condition(failure.code).into(),
        retryable: matches!(failure.code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull),
        ..DatabaseError::default()
    }
}

/// Whether a message is one of SQLite's own that name tables, columns and constraints. What triggers raise and what
/// functions say may hold anything, under any code.
fn quotes_only_names(extended_code: i32, message: &str) -> bool {
    let known: &[&str] = match extended_code {
        1 => return message == "ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint",
        275 => &["CHECK constraint failed: "],
        1299 => &["NOT NULL constraint failed: "],
        1555 | 2067 | 2579 => &["UNIQUE constraint failed: "],
        3091 => &["cannot store "],
        _ => &[],
    };
    known.iter().any(|known| message.starts_with(known))
}

/// Whether it is about what is in a row: a constraint, a value of another kind or too long a one, or an expression that fails for it (in
/// a `CHECK`, a generated column or an index).
pub(super) fn is_about_rows(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(failure, _) = error else { return false };
    matches!(failure.code, ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig)
        || failure.extended_code & 0xff == SQLITE_ERROR
}

pub(super) fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

pub(super) fn is_of_foreign_key(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|failure| failure.extended_code == SQLITE_CONSTRAINT_FOREIGNKEY)
}

/// Whether a unique constraint of this table is violated, and not one of a table that a trigger writes to.
pub(super) fn is_of_unique_constraint(error: &rusqlite::Error, table: &str) -> bool {
    let rusqlite::Error::SqliteFailure(failure, Some(message)) = error else { return false };
    let Some(names) = message.strip_prefix("UNIQUE constraint failed: ") else { return false };
    let of_table = names.get(..table.len()).is_some_and(|name| name.eq_ignore_ascii_case(table))
        && names[table.len()..].starts_with('.');
    // One of expressions is named itself.
    matches!(failure.extended_code, 1555 | 2067 | 2579) && (of_table || names.starts_with("index "))
}

/// Whether the text says more than the code. A full disk, say, has one text only.
fn says_more(extended_code: i32) -> bool {
    matches!(extended_code & 0xff, 1 | 19)
}

fn condition(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::ConstraintViolation => "constraint violation",
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => "database is locked",
        ErrorCode::DiskFull => "disk full",
        ErrorCode::ReadOnly => "read-only",
        ErrorCode::CannotOpen => "cannot open",
        ErrorCode::DatabaseCorrupt => "corrupt",
        ErrorCode::NotADatabase => "not a database",
        ErrorCode::SystemIoFailure => "input or output failed",
        ErrorCode::OperationInterrupted => "interrupted",
        ErrorCode::TooBig => "too big",
        _ => "",
    }
}

/// The names of SQLite's documentation, "Result and Error Codes", for the codes that a load meets.
fn name(extended_code: i32) -> &'static str {
    match extended_code {
        1 => "SQLITE_ERROR",
        5 => "SQLITE_BUSY",
        6 => "SQLITE_LOCKED",
        7 => "SQLITE_NOMEM",
        8 => "SQLITE_READONLY",
        9 => "SQLITE_INTERRUPT",
        10 => "SQLITE_IOERR",
        11 => "SQLITE_CORRUPT",
        13 => "SQLITE_FULL",
        14 => "SQLITE_CANTOPEN",
        18 => "SQLITE_TOOBIG",
        19 => "SQLITE_CONSTRAINT",
        20 => "SQLITE_MISMATCH",
        26 => "SQLITE_NOTADB",
        261 => "SQLITE_BUSY_RECOVERY",
        262 => "SQLITE_LOCKED_SHAREDCACHE",
        275 => "SQLITE_CONSTRAINT_CHECK",
        264 => "SQLITE_READONLY_RECOVERY",
        517 => "SQLITE_BUSY_SNAPSHOT",
        520 => "SQLITE_READONLY_CANTLOCK",
        778 => "SQLITE_IOERR_WRITE",
        787 => "SQLITE_CONSTRAINT_FOREIGNKEY",
        1032 => "SQLITE_READONLY_DBMOVED",
        1043 => "SQLITE_CONSTRAINT_FUNCTION",
        1288 => "SQLITE_READONLY_CANTINIT",
        1299 => "SQLITE_CONSTRAINT_NOTNULL",
        1544 => "SQLITE_READONLY_DIRECTORY",
        1555 => "SQLITE_CONSTRAINT_PRIMARYKEY",
        1811 => "SQLITE_CONSTRAINT_TRIGGER",
        2067 => "SQLITE_CONSTRAINT_UNIQUE",
        2579 => "SQLITE_CONSTRAINT_ROWID",
        3091 => "SQLITE_CONSTRAINT_DATATYPE",
        _ => "",
    }
}
