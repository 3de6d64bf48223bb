//! Errors of the drivers, without what could hold a value of a row or a password: of the server's answer only SQLSTATE
//! and names are kept, and its text only where no value can be in it.

use deadpool_postgres::PoolError;
use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::error::{DatabaseError, Error, Kind};
use crate::report::Phase;

// By value, to stand in `map_err`.
#[expect(clippy::needless_pass_by_value)]
pub(super) fn from_driver(error: tokio_postgres::Error) -> Error {
    if is_lost(&error) {
        return Error::new(Kind::ConnectionLost, Phase::Write);
    }
    let kind = match error.as_db_error() {
        Some(refusal) => Kind::Database(database_error(refusal)),
        // What the driver itself says (a message it did not expect, say) holds no values.
        None => Kind::Database(DatabaseError {
            code: "driver".to_owned(),
            message: Some(error.to_string()),
            ..DatabaseError::default()
        }),
    };
    Error::new(kind, Phase::Write)
}

fn database_error(refusal: &DbError) -> DatabaseError {
    let code = refusal.code().code();
    // What is raised inside a function, a trigger's say, is the user's own text, and may hold anything.
    let is_ours = refusal.where_().is_none();
    DatabaseError {
        code: code.to_owned(),
        condition: condition(code),
        message: (is_ours && has_only_names(code)).then(|| refusal.message().to_owned()),
        constraint: refusal.constraint().filter(|_| is_ours || is_constraint(code)).map(str::to_owned),
        column: refusal.column().filter(|_| is_ours).map(str::to_owned),
        row: None,
        retryable: is_retryable(code),
    }
}

pub(super) fn from_pool(error: PoolError) -> Error {
    let (message, code, retryable) = match error {
        PoolError::Backend(error) => match error.as_db_error().map(database_error) {
            Some(refusal) => (refusal.to_string(), Some(refusal.code), refusal.retryable),
            None => ("the server cannot be reached".to_owned(), None, true),
        },
        PoolError::Timeout(_) => ("the pool's own timeout passed".to_owned(), None, true),
        PoolError::Closed => ("the pool is closed".to_owned(), None, false),
        PoolError::NoRuntimeSpecified => ("the pool has timeouts but no runtime".to_owned(), None, false),
        PoolError::PostCreateHook(_) => ("a hook of the pool failed".to_owned(), None, false),
    };
    Error::new(Kind::Pool { message, code, retryable }, Phase::Connect)
}

/// Whether a commit that was answered with an error may have happened all the same. Only an ordinary error of the server
/// itself is a refusal; what ends the connection (a shutdown, a pooler that lost its server) tells nothing.
pub(super) fn leaves_doubt(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_none_or(|refusal| {
        let code = refusal.code().code();
        refusal.parsed_severity() != Some(Severity::Error)
            || code.starts_with("08")
            || code.starts_with("57P")
            || code == "40003"
    })
}

/// Whether a transaction of somebody else's is open on the connection, and aborted.
pub(super) fn is_aborted_transaction(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION)
}

/// Whether the connection is gone, so that there was no answer. The server's own farewell (57P01, …) is one.
pub(super) fn is_lost(error: &tokio_postgres::Error) -> bool {
    use std::error::Error as _;
    error.is_closed() || error.source().is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// Worth another try: the server is going or coming, full, or another transaction was in the way.
fn is_retryable(code: &str) -> bool {
    code.starts_with("08")
        || code.starts_with("53")
        || matches!(code, "40001" | "40P01" | "55P03" | "57P01" | "57P02" | "57P03")
}

/// Integrity constraint violations, whose constraint is one of the table's.
fn is_constraint(code: &str) -> bool {
    code.starts_with("23")
}

/// Classes whose messages name tables, columns, types, roles and databases, but no values of rows: parameters are
/// not even looked at when these are raised.
fn has_only_names(code: &str) -> bool {
    ["08", "0A", "25", "28", "3D", "3F", "42", "53", "57"].iter().any(|class| code.starts_with(class))
}

/// The names of PostgreSQL's documentation, appendix "Error Codes", for the codes that a bulk load meets.
fn condition(code: &str) -> &'static str {
    match code {
        "0A000" => "feature_not_supported",
        "21000" => "cardinality_violation",
        "22001" => "string_data_right_truncation",
        "22003" => "numeric_value_out_of_range",
        "22007" => "invalid_datetime_format",
        "22008" => "datetime_field_overflow",
        "22021" => "character_not_in_repertoire",
        "22P02" => "invalid_text_representation",
        "22P03" => "invalid_binary_representation",
        "23502" => "not_null_violation",
        "23503" => "foreign_key_violation",
        "23505" => "unique_violation",
        "23514" => "check_violation",
        "23P01" => "exclusion_violation",
        "25006" => "read_only_sql_transaction",
        "25P02" => "in_failed_sql_transaction",
        "28P01" => "invalid_password",
        "3D000" => "invalid_catalog_name",
        "3F000" => "invalid_schema_name",
        "40001" => "serialization_failure",
        "40P01" => "deadlock_detected",
        "42501" => "insufficient_privilege",
        "42703" => "undefined_column",
        "42804" => "datatype_mismatch",
        "42P01" => "undefined_table",
        "42P10" => "invalid_column_reference",
        "42P16" => "invalid_table_definition",
        "53100" => "disk_full",
        "53300" => "too_many_connections",
        "54000" => "program_limit_exceeded",
        "55P03" => "lock_not_available",
        "57014" => "query_canceled",
        "57P01" => "admin_shutdown",
        "57P02" => "crash_shutdown",
        "57P03" => "cannot_connect_now",
        _ => "",
    }
}
