//! Errors of the driver, without what could hold a value of a row or a password: of the server's answer only its numbers and
//! names are kept, and its text only where no value can be in it.

use mysql_async::{DriverError, IoError, Row, ServerError};

use crate::error::{DatabaseError, Error, Kind, Refused, Said};
use crate::report::Phase;
use crate::sql::mysql::{LONGEST_QUEUE_SECONDS, changes_type_of};

// By value, to stand in `map_err`.
#[expect(clippy::needless_pass_by_value)]
pub(super) fn from_driver(error: mysql_async::Error) -> Error {
    let kind = match &error {
        _ if is_lost(&error) => Kind::ConnectionLost,
        mysql_async::Error::Server(refusal) => Kind::Database(database_error(refusal)),
        // What the driver itself says holds no values.
        mysql_async::Error::Driver(_) => Kind::Database(DatabaseError {
            code: "driver".to_owned(),
            message: Some(error.to_string()),
            said: Said(error.to_string()),
            ..DatabaseError::default()
        }),
        _ => Kind::Database(DatabaseError {
            code: "driver".to_owned(),
            message: Some(DatabaseError::WITHHELD.to_owned()),
            said: Said(error.to_string()),
            ..DatabaseError::default()
        }),
    };
    Error::new(kind, Phase::Write)
}

/// Of a statement that changes a table: the server does not say what it has waited for.
pub(super) fn of_change(error: mysql_async::Error, statement: &str) -> Error {
    match &error {
        mysql_async::Error::Server(refusal) if refusal.code == FOREIGN_KEY_COLUMNS => {
            let column = columns_of_key(&refusal.message).into_iter().flatten();
            let column = column.map(str::to_owned).find(|name| changes_type_of(statement, name));
            Error::new(Kind::Database(DatabaseError { column, ..database_error(refusal) }), Phase::Write)
        }
        mysql_async::Error::Server(refusal) if refusal.code == LOCK_WAIT => {
            let message = Some(format!(
                "the table is in use by a statement or a transaction that is still open, which was waited for as long as \
                 `lock_wait_timeout` says, and no longer than {LONGEST_QUEUE_SECONDS} s, for everybody waits behind a change"
            ));
            Error::new(Kind::Database(DatabaseError { message, ..database_error(refusal) }), Phase::Write)
        }
        _ => from_driver(error),
    }
}

/// The column that refers to another, and that one: it is not said which of them was to be changed.
fn columns_of_key(message: &str) -> Option<[&str; 2]> {
    let (ours, rest) = message.strip_prefix("Referencing column '")?.split_once("' and referenced column '")?;
    Some([ours, rest.split_once("' in foreign key constraint '")?.0])
}

fn database_error(refusal: &ServerError) -> DatabaseError {
    let ServerError { code, message, state } = refusal;
    let constraint = constraint(*code, message);
    let column = column(*code, message);
    let shown = if quotes_only_names(*code) {
        Some(message.clone())
    } else if constraint.is_none() && column.is_none() {
        Some(DatabaseError::WITHHELD.to_owned())
    } else {
        None
    };
    DatabaseError {
        code: state.clone(),
        condition: condition(*code).into(),
        message: shown,
        constraint,
        column,
        retryable: is_retryable(*code),
        unique: is_duplicate(*code),
        refused: refused(*code, message),
        said: Said(message.clone()),
        ..DatabaseError::default()
    }
}

/// A foreign key of a table to itself is of rows: the one that another refers to may come with it.
fn refused(number: u16, message: &str) -> Refused {
    match number {
        NULL | 3819 | 4025 => Refused::Row,
        1452 if refers_to_another(message) == Some(true) => Refused::Row,
        _ if is_about_a_value(number) => Refused::Row,
        1062 | TWO_ROWS | 1169 | 1452 | 1586 | 1644 => Refused::Rows,
        _ => Refused::Work,
    }
}

/// As in ``(`schema`.`table`, CONSTRAINT `key` FOREIGN KEY (`column`) REFERENCES `other` (`column`))``.
fn refers_to_another(message: &str) -> Option<bool> {
    let (before, behind) = message.split_once(", CONSTRAINT `")?;
    let table = before.rsplit_once("`.`")?.1.strip_suffix('`')?;
    let (_, other) = behind.split_once(" REFERENCES ")?;
    let (other, _) = other.split_once("` (")?;
    Some(other.rsplit_once('`')?.1 != table)
}

/// While connecting no rows are near, and the server never has the password as text: what it says of that may be shown. But a
/// statement of the caller's own, which the driver executes then, may hold anything.
// By value, to stand in `map_err`.
#[expect(clippy::needless_pass_by_value)]
pub(super) fn from_pool(error: mysql_async::Error) -> Error {
    let said = match &error {
        mysql_async::Error::Server(refusal) => Said(refusal.message.clone()),
        mysql_async::Error::Io(IoError::Io(cause)) => Said(cause.to_string()),
        _ => Said(error.to_string()),
    };
    let (message, code, retryable) = match &error {
        mysql_async::Error::Server(refusal) => {
            let message = is_about_connecting(refusal.code).then(|| refusal.message.clone());
            let message = message.unwrap_or_else(|| DatabaseError::WITHHELD.to_owned());
            let shown =
                DatabaseError { message: Some(message), constraint: None, column: None, ..database_error(refusal) };
            (shown.to_string(), Some(shown.code), shown.retryable)
        }
        mysql_async::Error::Driver(DriverError::PoolDisconnected) => ("the pool is closed".to_owned(), None, false),
        mysql_async::Error::Driver(DriverError::ConnectionClosed) => (error.to_string(), None, true),
        mysql_async::Error::Driver(_) => (error.to_string(), None, false),
        mysql_async::Error::Io(IoError::Io(cause)) if is_of_system(cause) => (cause.to_string(), None, true),
        // A layer of the caller's (TLS, a proxy), or the caller's own hook, may say anything.
        mysql_async::Error::Io(_) => (format!("the connection failed; {}", DatabaseError::WITHHELD), None, true),
        mysql_async::Error::Other(_) | mysql_async::Error::Url(_) => {
            (format!("a hook of the pool failed; {}", DatabaseError::WITHHELD), None, false)
        }
    };
    Error::new(Kind::Pool { message, code, retryable, said }, Phase::Connect)
}

fn is_about_connecting(number: u16) -> bool {
    matches!(
        number,
        1040 | 1043
            ..=1045 | 1049 | 1053 | 1129 | 1130 | 1135 | 1203 | 1226 | 1251 | 1698 | 1820 | 1862 | 3118 | 3159 | 4151
    )
}

fn is_of_system(cause: &std::io::Error) -> bool {
    cause.raw_os_error().is_some() || cause.to_string().starts_with("failed to lookup address")
}

/// Whether the connection is gone, so that there was no answer. The server's own farewell is one.
pub(super) fn is_lost(error: &mysql_async::Error) -> bool {
    matches!(
        error,
        mysql_async::Error::Io(_)
            | mysql_async::Error::Driver(DriverError::ConnectionClosed | DriverError::PacketOutOfOrder)
    )
}

/// Whether the server has answered, and can be asked something else.
pub(super) fn is_refusal(error: &mysql_async::Error) -> bool {
    matches!(error, mysql_async::Error::Server(_))
}

/// The number of the server's error.
pub(super) fn number(error: &mysql_async::Error) -> Option<u16> {
    match error {
        mysql_async::Error::Server(refusal) => Some(refusal.code),
        _ => None,
    }
}

/// What a warning tells of an answer that was cut short: by `KILL QUERY` (`ER_QUERY_INTERRUPTED`), or by a limit of time of MariaDB
/// (`ER_STATEMENT_TIMEOUT`) or of MySQL (`ER_QUERY_TIMEOUT`).
pub(super) fn interruption(warning: &Row) -> Option<ServerError> {
    let code = warning.get(1).filter(|code| [1317, 1969, 3024].contains(code))?;
    Some(ServerError { code, message: warning.get(2).unwrap_or_default(), state: "70100".to_owned() })
}

/// `ER_CANT_CHANGE_TX_CHARACTERISTICS`: somebody else's transaction is open on the connection.
pub(super) const TRANSACTION_IS_OPEN: u16 = 1568;
/// `ER_SP_DOES_NOT_EXIST`: the savepoint is gone, and with it the transaction.
pub(super) const NO_SAVEPOINT: u16 = 1305;
/// `ER_LOCK_DEADLOCK`: the whole transaction is rolled back.
pub(super) const DEADLOCK: u16 = 1213;
/// `ER_LOCK_WAIT_TIMEOUT`.
const LOCK_WAIT: u16 = 1205;
/// `ER_BAD_FIELD_ERROR`.
pub(super) const NO_COLUMN: u16 = 1054;
/// `ER_UNSUPPORTED_PS`.
pub(super) const NOT_PREPARED: u16 = 1295;
/// `ER_NO_SUCH_TABLE`.
pub(super) const NO_TABLE: u16 = 1146;
/// `ER_FK_COLUMN_CANNOT_CHANGE`: a foreign key of the table is of a column whose type was to be changed.
const FOREIGN_KEY_COLUMN: u16 = 1832;
/// `ER_FK_COLUMN_CANNOT_CHANGE_CHILD`: one of another table refers to it.
const FOREIGN_KEY_COLUMN_CHILD: u16 = 1833;
/// `ER_FK_INCOMPATIBLE_COLUMNS`: MySQL's word for both of them.
const FOREIGN_KEY_COLUMNS: u16 = 3780;
/// `ER_BAD_NULL_ERROR`.
const NULL: u16 = 1048;
/// `ER_INVALID_JSON_TEXT`.
pub(super) const JSON: u16 = 3140;
/// `ER_SUBQUERY_NO_1_ROW`: a row that was found has another key.
pub(super) const TWO_ROWS: u16 = 1242;

/// Whether a unique key found another row in the way.
fn is_duplicate(number: u16) -> bool {
    matches!(number, 1062 | 1169 | 1586 | 1859)
}

/// Whether a commit that was answered with an error may have happened all the same: what ends the connection, or interrupts
/// the statement, tells nothing.
pub(super) fn leaves_doubt(error: &mysql_async::Error) -> bool {
    number(error).is_none_or(|number| ends_connection(number) || matches!(number, 1180 | 1317 | 1969 | 3024))
}

fn ends_connection(number: u16) -> bool {
    matches!(number, 1053 | 1077..=1081 | 1152..=1161 | 1184 | 1927 | 3169 | 4031)
}

/// Worth another try: the server is going or coming, full, or another transaction was in the way.
fn is_retryable(number: u16) -> bool {
    const LOCKS: [u16; 6] = [1020, 1205, 1206, 1213, 1467, 3572];
    const LACKS: [u16; 9] = [1021, 1037, 1038, 1040, 1041, 1114, 1135, 1203, 1226];
    LOCKS.contains(&number) || LACKS.contains(&number) || ends_connection(number)
}

/// The row of the statement that the server names, counted from 0.
pub(super) fn row(error: &mysql_async::Error) -> Option<usize> {
    let mysql_async::Error::Server(ServerError { code, message, .. }) = error else { return None };
    if !is_about_a_value(*code) {
        return None;
    }
    let (_, row) = message.rsplit_once(" at row ")?;
    row.parse::<usize>().ok()?.checked_sub(1)
}

/// Errors whose text ends as in `Data too long for column 'name' at row 3`.
fn is_about_a_value(number: u16) -> bool {
    matches!(number, 1264 | 1265 | 1292 | 1365 | 1366 | 1406 | 1411 | JSON | 3141 | 3156)
}

/// The column that the server names. What stands before may be a value, which cannot hide it: it comes last.
fn column(number: u16, message: &str) -> Option<String> {
    let name = match number {
        NULL => message.strip_prefix("Column ")?.strip_suffix(" cannot be null")?,
        FOREIGN_KEY_COLUMN | FOREIGN_KEY_COLUMN_CHILD => {
            message.strip_prefix("Cannot change column ")?.split_once(": used in a foreign key constraint ")?.0
        }
        JSON if message.ends_with("'.") => return column_of_json(message),
        1364 => message.strip_prefix("Field ")?.strip_suffix(" doesn't have a default value")?,
        _ if is_about_a_value(number) => message.rsplit_once(" at row ")?.0.rsplit_once("or column ")?.1,
        _ => return None,
    };
    // `schema`.`table`.`column`, or 'column'.
    let name = match name.strip_prefix('`') {
        Some(qualified) => qualified.strip_suffix('`')?.rsplit("`.`").next()?,
        None => name.strip_prefix('\'')?.strip_suffix('\'')?,
    };
    Some(name.to_owned())
}

/// As in `Invalid JSON text: "…" at position 5 in value for column 'table.column'.`, if no name has a point itself.
fn column_of_json(message: &str) -> Option<String> {
    let (_, names) = message.strip_suffix("'.")?.rsplit_once(" in value for column '")?;
    let (_, name) = names.split_once('.')?;
    (!name.contains('.')).then(|| name.to_owned())
}

/// The constraint that the server names; of a key, MySQL names its table as well.
fn constraint(number: u16, message: &str) -> Option<String> {
    let name = match number {
        1062 | 1586 => message.rsplit_once(" for key '")?.1.strip_suffix('\'')?,
        1451 | 1452 => message.split_once("CONSTRAINT `")?.1.split("` FOREIGN KEY").next()?,
        FOREIGN_KEY_COLUMN | FOREIGN_KEY_COLUMN_CHILD => message
            .split_once("': used in a foreign key constraint '")?
            .1
            .split("' of table '")
            .next()?
            .trim_end_matches('\''),
        FOREIGN_KEY_COLUMNS => {
            message.rsplit_once("' in foreign key constraint '")?.1.strip_suffix("' are incompatible.")?
        }
        3819 => message.strip_prefix("Check constraint '")?.split("' is violated").next()?,
        4025 => message.strip_prefix("CONSTRAINT `")?.split("` failed for ").next()?,
        _ => return None,
    };
    Some(name.to_owned())
}

/// Whether a text quotes names, not values. Only what is known to.
fn quotes_only_names(number: u16) -> bool {
    matches!(
        number,
        1020 | 1021 | 1037..=1041 | 1044..=1046 | 1049 | 1053 | 1054 | 1064 | 1114 | 1118 | 1142 | 1143 | 1146 | 1148 | 1158..=1161
            | 1193 | 1203 | 1205 | 1206 | 1213 | 1226 | 1227 | 1290 | 1305 | 1317 | 1364 | 1370 | 1568 | 1665 | 1785 | 1786
            | 1792 | 1832 | 1833 | 1836 | 1927 | 1969 | 3024 | 3750 | 3780 | 4031
    )
}

/// The server's names for the errors that a bulk load meets, with their numbers; they are all that tells apart what has the
/// same SQLSTATE.
fn condition(number: u16) -> String {
    let name = match number {
        1020 => "ER_CHECKREAD",
        1021 => "ER_DISK_FULL",
        1040 => "ER_CON_COUNT_ERROR",
        1044 => "ER_DBACCESS_DENIED_ERROR",
        1045 => "ER_ACCESS_DENIED_ERROR",
        1048 => "ER_BAD_NULL_ERROR",
        1049 => "ER_BAD_DB_ERROR",
        1053 => "ER_SERVER_SHUTDOWN",
        1054 => "ER_BAD_FIELD_ERROR",
        1062 => "ER_DUP_ENTRY",
        1064 => "ER_PARSE_ERROR",
        1114 => "ER_RECORD_FILE_FULL",
        1142 => "ER_TABLEACCESS_DENIED_ERROR",
        1143 => "ER_COLUMNACCESS_DENIED_ERROR",
        1146 => "ER_NO_SUCH_TABLE",
        1205 => "ER_LOCK_WAIT_TIMEOUT",
        1242 => "ER_SUBQUERY_NO_1_ROW",
        1213 => "ER_LOCK_DEADLOCK",
        1264 => "ER_WARN_DATA_OUT_OF_RANGE",
        1265 => "WARN_DATA_TRUNCATED",
        1290 => "ER_OPTION_PREVENTS_STATEMENT",
        1292 => "ER_TRUNCATED_WRONG_VALUE",
        1317 => "ER_QUERY_INTERRUPTED",
        1364 => "ER_NO_DEFAULT_FOR_FIELD",
        1366 => "ER_TRUNCATED_WRONG_VALUE_FOR_FIELD",
        1406 => "ER_DATA_TOO_LONG",
        1451 => "ER_ROW_IS_REFERENCED_2",
        1452 => "ER_NO_REFERENCED_ROW_2",
        1644 => "ER_SIGNAL_EXCEPTION",
        1792 => "ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION",
        FOREIGN_KEY_COLUMN => "ER_FK_COLUMN_CANNOT_CHANGE",
        FOREIGN_KEY_COLUMN_CHILD => "ER_FK_COLUMN_CANNOT_CHANGE_CHILD",
        FOREIGN_KEY_COLUMNS => "ER_FK_INCOMPATIBLE_COLUMNS",
        3819 => "ER_CHECK_CONSTRAINT_VIOLATED",
        4025 => "ER_CONSTRAINT_FAILED",
        _ => "error",
    };
    format!("{name} {number}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn refusal(code: u16, state: &str, message: &str) -> mysql_async::Error {
        mysql_async::Error::Server(ServerError { code, state: state.to_owned(), message: message.to_owned() })
    }

    #[test]
    fn names_are_kept_and_values_are_not() {
        let cases = [
            (1062_u16, "Duplicate entry 'SECRET for key 'x'' for key 'PRIMARY'", Some("PRIMARY"), None, None),
            (1406, "Data too long for column 'note' at row 3", None, Some("note"), Some(2)),
            (
                1366,
                "Incorrect string value: '\\xF0SECRET' for column `a`.`t`.`note` at row 1",
                None,
                Some("note"),
                Some(0),
            ),
            (
                1292,
                "Incorrect datetime value: 'SECRET at row 9' for column `a`.`t`.`at` at row 2",
                None,
                Some("at"),
                Some(1),
            ),
            (1264, "Out of range value for column 'SECRET's' at row 12", None, Some("SECRET's"), Some(11)),
            (1048, "Column 'note' cannot be null", None, Some("note"), None),
            (
                1452,
                "Cannot add or update a child row: a foreign key constraint fails (`a`.`t`, CONSTRAINT `fk` FOREIGN KEY (`x`) \
                    REFERENCES `u` (`x`))",
                Some("fk"),
                None,
                None,
            ),
            (1832, "Cannot change column 'x': used in a foreign key constraint 'fk'", Some("fk"), Some("x"), None),
            (
                1833,
                "Cannot change column 'x': used in a foreign key constraint 'a/fk' of table 'a.u'",
                Some("a/fk"),
                Some("x"),
                None,
            ),
            (
                3140,
                "Invalid JSON text: \"Invalid value.\" at position 5 in value for column 't.note'.",
                None,
                Some("note"),
                None,
            ),
            (4025, "CONSTRAINT `positive` failed for `a`.`t`", Some("positive"), None, None),
            (
                3780,
                "Referencing column 'x' and referenced column 'y' in foreign key constraint 'fk' are incompatible.",
                Some("fk"),
                None,
                None,
            ),
            (1644, "SECRET", None, None, None),
        ];
        for (code, message, constraint, column, at) in cases {
            let refused = refusal(code, "HY000", message);
            assert_eq!(row(&refused), at, "{message}");
            let error = from_driver(refused);
            assert_eq!((error.constraint(), error.column()), (constraint, column), "{message}");
            assert_eq!((error.kind(), error.database_message()), (ErrorKind::Database, Some(message)));
            let shown = format!("{error} {error:?}").replace("SECRET's", "");
            assert!(!shown.contains("SECRET"), "{shown}");
            assert!(shown.contains(&code.to_string()), "{shown}");
        }
    }

    #[test]
    fn a_foreign_key_of_a_table_to_itself_is_of_no_row_alone() {
        let refused_for = |table: &str, other: &str| {
            let of_table = format!(
                "(`a`.`{table}`, CONSTRAINT `fk` FOREIGN KEY (`x`) REFERENCES {other} (`x`) ON DELETE CASCADE)"
            );
            refused(1452, &format!("Cannot add or update a child row: a foreign key constraint fails {of_table}"))
        };
        assert_eq!(refused_for("t", "`u`"), Refused::Row);
        assert_eq!(refused_for("t", "`b`.`u`"), Refused::Row);
        assert_eq!(refused_for("t", "`t`"), Refused::Rows);
        assert_eq!(refused_for("t", "`a`.`t`"), Refused::Rows);
        assert_eq!(refused(1452, "something else"), Refused::Rows);
    }

    #[test]
    fn a_commit_is_in_doubt_unless_it_was_refused() {
        for code in [1053, 1317, 1927, 4031] {
            assert!(leaves_doubt(&refusal(code, "70100", "")), "{code}");
        }
        for code in [1205, 1213, 1290, 1452] {
            assert!(!leaves_doubt(&refusal(code, "HY000", "")), "{code}");
        }
        assert!(leaves_doubt(&mysql_async::Error::Driver(DriverError::ConnectionClosed)));
    }
}
