//! Errors of SQLite, without what could hold a value of a row.

use rusqlite::ErrorCode;

use crate::error::{DatabaseError, Error, Kind};
use crate::report::Phase;

pub(super) fn from_sqlite(error: rusqlite::Error) -> Error {
    let refusal = match error {
        rusqlite::Error::SqliteFailure(failure, message) => {
            let code = name(failure.extended_code);
            DatabaseError {
                code: if code.is_empty() { format!("SQLITE_{}", failure.extended_code) } else { code.to_owned() },
                condition: condition(failure.code),
                message: message.filter(|message| has_only_names(failure.extended_code, message)),
                retryable: matches!(failure.code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked),
                ..DatabaseError::default()
            }
        }
        rusqlite::Error::SqlInputError { error, msg, .. } => DatabaseError {
            code: name(error.extended_code).to_owned(),
            condition: condition(error.code),
            message: Some(msg),
            ..DatabaseError::default()
        },
        // What rusqlite itself says (a column that is not there, say) holds no values.
        other => {
            DatabaseError { code: "driver".to_owned(), message: Some(other.to_string()), ..DatabaseError::default() }
        }
    };
    Error::new(Kind::Database(refusal), Phase::Write)
}

/// Whether a message can name nothing but tables, columns and constraints. What triggers raise (1811) and what functions
/// say (1, while a statement runs) may hold anything.
fn has_only_names(extended_code: i32, message: &str) -> bool {
    match extended_code {
        1 => ["no such table", "no such column", "ON CONFLICT clause", "too many"]
            .iter()
            .any(|start| message.starts_with(start)),
        1811 => false,
        _ => true,
    }
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
        517 => "SQLITE_BUSY_SNAPSHOT",
        787 => "SQLITE_CONSTRAINT_FOREIGNKEY",
        1032 => "SQLITE_READONLY_DBMOVED",
        1299 => "SQLITE_CONSTRAINT_NOTNULL",
        1555 => "SQLITE_CONSTRAINT_PRIMARYKEY",
        1811 => "SQLITE_CONSTRAINT_TRIGGER",
        2067 => "SQLITE_CONSTRAINT_UNIQUE",
        2579 => "SQLITE_CONSTRAINT_ROWID",
        3091 => "SQLITE_CONSTRAINT_DATATYPE",
        _ => "",
    }
}
