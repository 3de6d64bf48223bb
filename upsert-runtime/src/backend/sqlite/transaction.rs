//! The transaction or savepoint that a call works in.

use rusqlite::{Connection, Result};

/// The transaction or savepoint of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transaction {
    Own,
    /// A savepoint in the caller's open transaction.
    InCallers,
}

impl Transaction {
    /// Takes the write lock at once: a transaction that reads first and writes later fails if another one wrote between.
    pub(super) fn begin(self, connection: &Connection) -> Result<()> {
        connection.execute_batch(match self {
            Self::Own => "BEGIN IMMEDIATE",
            Self::InCallers => "SAVEPOINT upsert_call",
        })
    }

    pub(super) fn commit(self, connection: &Connection) -> Result<()> {
        connection.execute_batch(match self {
            Self::Own => "COMMIT",
            Self::InCallers => "RELEASE upsert_call",
        })
    }

    /// Some errors (a full disk) have rolled back already.
    pub(super) fn rollback(self, connection: &Connection) -> Result<()> {
        if connection.is_autocommit() {
            return Ok(());
        }
        connection.execute_batch(match self {
            Self::Own => "ROLLBACK",
            Self::InCallers => "ROLLBACK TO upsert_call; RELEASE upsert_call",
        })
    }
}

/// The answer to a query that is yes or no.
pub(super) fn ask(connection: &Connection, question: &str) -> Result<bool> {
    connection.query_row(question, [], |row| row.get(0))
}
