//! How errors are told.

use std::fmt;

use super::{DatabaseError, Error, Inner, Kind, Wait};
use crate::report::{Numbers, Phase};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, phase, report, pending } = &*self.0;
        match kind {
            Kind::Plan(message) | Kind::MissingSchema(message) => {
                f.write_str(message)?;
            }
            Kind::MissingTable { table } => {
                write!(f, "the table {table} does not exist; `UpsertOptions::create_table` creates it")?;
                if table.rsplit('"').nth(1).is_some_and(|name| name.contains('.')) {
                    f.write_str(
                        ", with the point in its name (a schema has an option of its own: `UpsertOptions::schema`)",
                    )?;
                }
            }
            Kind::ChangedTable { table } => {
                write!(f, "the table {table} was changed while the call was under way; a new call looks at it again")?;
            }
            Kind::UnseenTable { table } => write!(
                f,
                "the table {table} exists, but was created after the open transaction took its snapshot, which goes on \
                 without it (REPEATABLE READ or SERIALIZABLE): upsert in a new transaction"
            )?,
            Kind::Value { row, column, invalid, most } => {
                write!(f, "row {row}, column `{column}`: {invalid}")?;
                if let Some(most) = most {
                    write!(f, ": at most {most}")?;
                }
            }
            Kind::RepeatedKey { row, earlier } => write!(f, "row {row} has the same key as row {earlier}")?,
            Kind::Source { row, .. } => {
                write!(f, "the input failed at row {row} (why, its own error says: `source()`)")?;
            }
            Kind::Database(error) => error.fmt(f)?,
            Kind::Conflict(error) => write_conflict(f, error)?,
            Kind::ConnectionLost => f.write_str("the connection to the database was lost")?,
            Kind::Pool { message, .. } => write!(f, "no connection could be had: {message}")?,
            Kind::Timeout { wait, after } => {
                let wait = match wait {
                    Wait::Pool => "a connection of the pool",
                    Wait::Database => {
                        "an answer of the database (another transaction may hold a lock, that of an earlier try perhaps)"
                    }
                    Wait::Stream => "the next row of the stream",
                };
                write!(f, "waited {after:?} for {wait}")?;
            }
        }
        let phase = match phase {
            Phase::Plan => return Ok(()),
            Phase::Connect => "connecting",
            Phase::Prepare => "preparing the table",
            Phase::Read => "reading the input",
            Phase::Write => "writing",
            Phase::Commit => "committing",
            Phase::Index => {
                let fate = report.fate();
                return write!(
                    f,
                    " (while creating the indexes; the rows are {fate}: the same call without rows creates what is missing)"
                );
            }
        };
        write!(f, " (while {phase}")?;
        let (next, fate) = (report.checkpoint.next_row, report.fate());
        if let Some(doubted) = &report.checkpoint.in_doubt {
            write!(f, "; {} in doubt", Numbers(doubted))?;
        }
        match (next, &report.checkpoint.in_doubt) {
            (0, None) => f.write_str("; no row was written")?,
            (0, Some(_)) => {}
            (1, _) => write!(f, "; row 0 is {fate}: resume at row 1")?,
            (_, _) => write!(f, "; rows 0 to {} are {fate}: resume at row {next}", next - 1)?,
        }
        f.write_str(")")?;
        if !pending.is_empty() {
            f.write_str("\nNothing was changed. Once that is out of the way, the options do the rest:")?;
        }
        pending.iter().try_for_each(|change| write!(f, "\n{change}"))
    }
}

fn write_conflict(f: &mut fmt::Formatter<'_>, error: &DatabaseError) -> fmt::Result {
    if let Some(row) = error.row {
        write!(f, "row {row}: ")?;
    }
    write!(f, "another row is in the way ({}", error.code)?;
    if let Some(constraint) = &error.constraint {
        write!(f, ", constraint `{constraint}`")?;
    }
    if let Some(message) = &error.message {
        write!(f, ": {message}")?;
    }
    f.write_str(")")
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            condition,
            message,
            constraint,
            column,
            row,
            retryable: _,
            farewell: _,
            unique: _,
            ended_transaction,
            closed_connection,
            refused: _,
            said: _,
        } = self;
        if let Some(row) = row {
            write!(f, "row {row}: ")?;
        }
        write!(f, "the database refused with {code}")?;
        if !condition.is_empty() {
            write!(f, " ({condition})")?;
        }
        if let Some(constraint) = constraint {
            write!(f, ", constraint `{constraint}`")?;
        }
        if let Some(column) = column {
            write!(f, ", column `{column}`")?;
        }
        if let Some(message) = message {
            write!(f, ": {message}")?;
        }
        if *ended_transaction {
            f.write_str("; the database rolled the caller's whole transaction back")?;
        }
        if *closed_connection {
            f.write_str("; the caller's connection, which could not be set back to what it was, is closed")?;
        }
        Ok(())
    }
}
