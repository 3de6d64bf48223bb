//! The ways in which each database can be made to fail.

use chrono::NaiveTime;
use upsert::value::Invalid;
use upsert::{Error, ErrorKind};

use crate::Database;
use crate::canary::{Bird, birds};
use crate::loading::Place;

mod mariadb;
mod postgres;
mod sqlite;

/// A database that can be made to fail. A database joins the suites of failures with an implementation of this.
#[expect(async_fn_in_trait, reason = "tests await them in place")]
pub trait Failing: Database {
    /// Kinds of errors that this database has no occasion for.
    const NEVER: &'static [ErrorKind];

    /// Tables named `bird` that refuse canaries.
    fn refusals() -> Vec<Refusal>;

    /// Reasons to refuse a value that this database does not have, or for which a bird has no column: no decimals, no
    /// arrays.
    fn keeps() -> Vec<Invalid>;

    /// Canaries that are refused before anything is sent, each with the statement that makes its table.
    fn refused_values() -> Vec<(Invalid, String, Bird)>;

    /// Calls that get no connection, in as many ways as there are, a canary among the passwords; each with what is wrong.
    async fn without_connection(&self, rows: &[Bird]) -> Vec<(&'static str, Error)>;

    /// A call whose connection is lost.
    async fn with_lost_connection(&self, rows: &[Bird]) -> Error;
}

/// A table that refuses rows.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Statements that make it, where there is no table `bird`.
    pub table: String,
    /// What the error says.
    pub sqlstate: &'static str,
    pub when: When,
}

/// When rows are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Writing,
    /// When the transaction commits, ours or the caller's.
    Committing,
    /// While they are written, and the transaction ends with that, ours or the caller's.
    EndingTransaction,
}

impl When {
    /// Whether a transaction of the caller's is still usable after that.
    pub fn leaves_transaction(self, place: Place) -> bool {
        self == Self::Writing || place != Place::Transaction
    }
}

/// A canary with something changed.
fn bird(change: impl FnOnce(&mut Bird)) -> Bird {
    let mut bird = birds(2).remove(1);
    change(&mut bird);
    bird
}

fn time(second: u32, nanosecond: u32) -> NaiveTime {
    NaiveTime::from_hms_nano_opt(4, 47, second, nanosecond).expect("it is a time")
}
