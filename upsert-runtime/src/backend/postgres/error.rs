//! Errors of the drivers, without what could hold a value of a row or a password: of the server's answer only SQLSTATE
//! and names are kept, and its text only where no value can be in it.

use std::error::Error as _;

use deadpool_postgres::PoolError;
use tokio_postgres::error::{DbError, ErrorPosition, Severity, SqlState};

use crate::error::{DatabaseError, Error, Kind, Refused, Said};
use crate::report::Phase;

// By value, to stand in `map_err`.
#[expect(clippy::needless_pass_by_value)]
pub(super) fn from_driver(error: tokio_postgres::Error) -> Error {
    if is_lost(&error) {
        return Error::new(Kind::ConnectionLost, Phase::Write);
    }
    let kind = match error.as_db_error() {
        Some(refusal) => Kind::Database(database_error(refusal)),
        // What the driver itself says (a message it did not expect, say) holds no values; its causes might.
        None => Kind::Database(DatabaseError {
            code: "driver".to_owned(),
            message: Some(error.to_string()),
            said: words_of_driver(&error),
            ..DatabaseError::default()
        }),
    };
    Error::new(kind, Phase::Write)
}

fn database_error(refusal: &DbError) -> DatabaseError {
    let code = refusal.code().code();
    // What is raised inside a function, a trigger's say, is the user's own text, and may hold anything: also its column,
    // and its constraint unless the server itself has found it violated.
    let is_ours = refusal.where_().is_none();
    let constraint = refusal.constraint().filter(|_| is_ours || is_found_by_server(refusal));
    let column = refusal.column().filter(|_| is_ours);
    let message = match (constraint, column) {
        _ if is_ours && quotes_only_names(refusal) => Some(refusal.message()),
        // Of a row in the way, the constraint says it all.
        (Some(_), _) if code == "23505" => None,
        _ => Some(DatabaseError::WITHHELD),
    };
    DatabaseError {
        code: code.to_owned(),
        condition: condition(code).into(),
        message: message.map(str::to_owned),
        constraint: constraint.map(str::to_owned),
        column: column.map(str::to_owned),
        retryable: is_retryable(code),
        farewell: matches!(code, "57P01" | "57P02"),
        unique: is_ours && code == "23505" && is_found_by_server(refusal),
        refused: refused(code, is_ours),
        said: words_of_server(refusal),
        ..DatabaseError::default()
    }
}

/// Of rows speak the classes of data, of constraints, of views `WITH CHECK OPTION`, and what triggers raise.
fn refused(code: &str, is_ours: bool) -> Refused {
    match code {
        "23502" | "23514" | FOREIGN_KEY if is_ours => Refused::Row,
        _ if is_ours && code.starts_with("22") => Refused::Row,
        _ if ["22", "23", "44", "P0"].iter().any(|class| code.starts_with(class)) => Refused::Rows,
        _ => Refused::Work,
    }
}

/// `foreign_key_violation`.
pub(super) const FOREIGN_KEY: &str = "23503";

/// While connecting no rows are near, and the server never has the password as text: all that it says may be shown.
pub(super) fn from_pool(error: PoolError) -> Error {
    let refused = |message: &str, retryable| Kind::Pool {
        message: message.to_owned(),
        code: None,
        retryable,
        said: Said::default(),
    };
    let kind = match error {
        PoolError::Backend(error) => match error.as_db_error() {
            Some(refusal) => {
                let message = refusal.where_().is_none().then(|| refusal.message().to_owned());
                let refusal = DatabaseError { message, ..database_error(refusal) };
                Kind::Pool {
                    message: refusal.to_string(),
                    code: Some(refusal.code),
                    retryable: refusal.retryable,
                    said: refusal.said,
                }
            }
            None => Kind::Pool {
                message: reason(&error),
                code: None,
                retryable: is_lost(&error),
                said: words_of_driver(&error),
            },
        },
        PoolError::Timeout(_) => refused("the pool's own timeout passed", true),
        PoolError::Closed => refused("the pool is closed", false),
        PoolError::NoRuntimeSpecified => refused("the pool has timeouts but no runtime", false),
        PoolError::PostCreateHook(error) => Kind::Pool {
            message: format!("a hook of the pool failed; {}", DatabaseError::WITHHELD),
            code: None,
            retryable: false,
            said: Said(error.to_string()),
        },
    };
    Error::new(kind, Phase::Connect)
}

/// Why there is no connection: the driver's own words, and the system's where they are its own; those of a layer of the
/// caller's (TLS, a proxy) may hold anything.
fn reason(error: &tokio_postgres::Error) -> String {
    let Some(cause) = error.source() else { return error.to_string() };
    let of_system = cause.downcast_ref::<std::io::Error>().and_then(|cause| {
        let text = cause.to_string();
        (cause.raw_os_error().is_some() || text.starts_with("failed to lookup address")).then_some(text)
    });
    match of_system {
        Some(text) => format!("{error}: {text}"),
        None => format!("{error}; {}", DatabaseError::WITHHELD),
    }
}

fn words_of_server(refusal: &DbError) -> Said {
    let behind = [("DETAIL", refusal.detail()), ("HINT", refusal.hint()), ("CONTEXT", refusal.where_())];
    let behind = behind.into_iter().filter_map(|(what, text)| Some(format!("\n{what}: {}", text?)));
    Said(refusal.message().to_owned() + &behind.collect::<String>())
}

fn words_of_driver(error: &tokio_postgres::Error) -> Said {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        said += &format!(": {deeper}");
        cause = deeper.source();
    }
    Said(said)
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

/// Whether a level of isolation came too late for a transaction, which is somebody else's then.
pub(super) fn is_begun(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::ACTIVE_SQL_TRANSACTION)
}

/// Whether the connection is gone, so that there was no answer. The server's own farewell (57P01, …) is one.
pub(super) fn is_lost(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || error.source().is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// Worth another try: the server is going or coming, full, or another transaction was in the way.
fn is_retryable(code: &str) -> bool {
    code.starts_with("08")
        || code.starts_with("53")
        || matches!(code, "40001" | "40P01" | "55P03" | "57P01" | "57P02" | "57P03")
}

/// Whether it is the server's own check of a constraint that failed, and not a function that says so: by the name of the
/// server's routine.
fn is_found_by_server(refusal: &DbError) -> bool {
    const CHECKS: [&str; 4] =
        ["_bt_check_unique", "check_exclusion_or_unique_constraint", "ExecConstraints", "ri_ReportViolation"];
    refusal.routine().is_some_and(|routine| CHECKS.contains(&routine))
}

/// Whether a text that no function raised quotes names, not values. Only what is known to: an expression of the table
/// (a check, a generated column) may fail with a value under many a code, `note::regclass` with 42P01 for one.
fn quotes_only_names(refusal: &DbError) -> bool {
    // Found while our statement was parsed, before it had any value.
    let of_statement = matches!(refusal.position(), Some(ErrorPosition::Original(_)));
    // It is about the connection.
    let of_connection = refusal.parsed_severity() != Some(Severity::Error);
    of_statement || of_connection || {
        match refusal.code().code() {
            // No privilege; a name that a function is asked about may be refused with the same code.
            "42501" => refusal.routine() == Some("aclcheck_error"),
            // No unique index for the conflict target, a generated column, timeouts.
            "42P10" | "428C9" | "55P03" | "57014" => true,
            // A transaction that is read-only or aborted, a serialization failure, a lack of disk or memory.
            code => ["25", "40", "53"].iter().any(|class| code.starts_with(class)),
        }
    }
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
