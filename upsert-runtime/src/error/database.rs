//! What the database said when it refused.

use std::borrow::Cow;
use std::fmt;

/// What it was that the database refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Refused {
    /// What was to be done, whatever the rows: a lock was waited for, a privilege or the disk lacks.
    #[default]
    Work,
    /// Rows, perhaps for what others are: by a unique key, a trigger.
    Rows,
    /// A row that would be refused alone as well: for a value, a NULL, a `CHECK`, a foreign key to another table.
    Row,
}

/// What the database said, without what could hold a value of a row.
#[derive(Debug, Default)]
pub(crate) struct DatabaseError {
    /// SQLSTATE on PostgreSQL and MySQL; the name of the result code on SQLite.
    pub(crate) code: String,
    /// The name of the condition, as in `unique_violation` or `ER_DUP_ENTRY 1062`.
    pub(crate) condition: Cow<'static, str>,
    /// Text of the database, only where it can name nothing but tables, columns and types.
    pub(crate) message: Option<String>,
    pub(crate) constraint: Option<String>,
    pub(crate) column: Option<String>,
    /// The row of the input that it is about, where that is known.
    pub(crate) row: Option<u64>,
    pub(crate) retryable: bool,
    /// Whether a unique constraint found another row in the way.
    pub(crate) unique: bool,
    pub(crate) refused: Refused,
    /// Whether the database ended the caller's transaction beside refusing.
    pub(crate) ended_transaction: bool,
    /// Whether it is the last that is heard on the connection.
    pub(crate) farewell: bool,
    /// Whether the caller's connection could not be left as it was.
    pub(crate) closed_connection: bool,
    pub(crate) said: Said,
}

impl DatabaseError {
    /// By what two refusals are told apart, whatever the rows were.
    pub(super) fn reason(&self) -> (&str, &str, Option<&str>, Option<&str>) {
        (&self.code, &self.condition, self.constraint.as_deref(), self.column.as_deref())
    }

    /// In place of a text that may quote values.
    pub(crate) const WITHHELD: &'static str = "its own words, which may quote values, are in `database_message()`";
}

/// All that the database or its driver said. It may quote values of rows, and is shown to those only who ask for it.
#[derive(Default)]
pub(crate) struct Said(pub(crate) String);

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}
