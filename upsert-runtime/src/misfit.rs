//! Why a struct does not fit a table that is there: the same words for every database.

use std::fmt;

use crate::error::Error;
use crate::plan::UpsertPlan;
use crate::report::Phase;
use crate::schema::ColumnType;
use crate::sql;

/// One reason, found before a row is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    NoColumns {
        columns: Vec<String>,
    },
    /// The values that are sent would be changed by the column, or refused, all or many of them.
    WrongType {
        column: String,
        /// The column's type, as the database writes it.
        there: String,
        sent: ColumnType,
    },
    /// The database makes the values of the column by itself, and takes none.
    Generated {
        column: String,
    },
    /// The column is NOT NULL and nothing fills it.
    NotFilled {
        column: String,
    },
    /// The database computes nothing for it.
    NotGenerated {
        column: String,
    },
    /// Nothing stands in for what rows do not have.
    NoDefault {
        column: String,
    },
    /// Nothing in the table tells whether a row is already there.
    NoUniqueKey {
        key: Vec<String>,
    },
    /// What tells it compares by another collation than the columns do.
    OtherCollation {
        key: Vec<String>,
    },
    /// What tells it is looked at too late for `ON CONFLICT`.
    DeferrableKey {
        key: Vec<String>,
    },
    /// Rows may be found by another key as well, and nothing would tell which one found them.
    OtherKeys {
        key: Vec<String>,
        others: Vec<String>,
    },
    /// A rule makes other statements of those that write to it.
    Rewritten,
    /// What is written to it goes into another table.
    Hidden,
    /// What was written before an error stays.
    NoTransactions {
        engine: String,
    },
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoColumns { columns } => write!(
                f,
                "has no column {} (add it, name the one that is meant by `#[upsert(column = \"…\")]`, or leave the field out by \
                 `#[upsert(skip)]`)",
                named(columns)
            ),
            Self::WrongType { column, there, sent } => {
                write!(
                    f,
                    "has a column `{column}` of type {there}, which would change or refuse the {sent} of the struct, or hold \
                     it beside values of another kind: change one of the two types, or store the field by `with = \"…\"`"
                )
            }
            Self::Generated { column } => write!(
                f,
                "has a column `{column}` whose values the database generates, and which takes none: leave it out of the \
                 struct, or mark it `#[upsert(skip)]`"
            ),
            Self::NotFilled { column } => write!(
                f,
                "has a column `{column}` that is NOT NULL without a default, and the struct has no such column: add the \
                 field, or give the column a default"
            ),
            Self::NotGenerated { column } => write!(
                f,
                "has a column `{column}` that is not generated, and would stay empty: rows do not bring what is `generated`"
            ),
            Self::NoDefault { column } => write!(
                f,
                "has a column `{column}` without a default, to stand in for a row's `None`: give it one, or make the field \
                 no `default` or `identity`"
            ),
            Self::NoUniqueKey { key } => write!(
                f,
                "has no primary key or unique index of exactly the columns {}, by which rows are to be told apart (one of \
                 some rows only, or on expressions, is none): create one, or name the columns of another with \
                 `UpsertOptions::conflict_target`",
                named(key)
            ),
            Self::OtherCollation { key } => write!(
                f,
                "has a unique index of the columns {} with a collation that finds more keys equal than the columns do: give \
                 the columns this collation, or the index theirs",
                named(key)
            ),
            Self::DeferrableKey { key } => write!(
                f,
                "has a key of the columns {} that is DEFERRABLE, which `ON CONFLICT` cannot use: make it NOT DEFERRABLE",
                named(key)
            ),
            Self::OtherKeys { key, others } => write!(
                f,
                "has other unique keys ({}) than that of the columns {}, by which MySQL finds rows to update as well, and the \
                 first of these columns may be NULL, so that nothing keeps those rows: make it NOT NULL",
                named(others),
                named(key)
            ),
            Self::Rewritten => f.write_str(
                "has a rule (`CREATE RULE`) that rewrites inserts or updates: PostgreSQL takes no `ON CONFLICT` there, and rows \
                 might vanish. Make it a trigger",
            ),
            Self::Hidden => f.write_str(
                "is hidden by a temporary table of the same name, which the rows would go into: drop that one, or use another \
                 connection",
            ),
            Self::NoTransactions { engine } => write!(
                f,
                "is stored by {engine}, which has no transactions: what is written before an error would stay. Use InnoDB"
            ),
        }
    }
}

fn named(columns: &[String]) -> String {
    sql::join(columns.iter().map(|column| format!("`{column}`")), ", ")
}

/// The columns that are not there, if any.
pub(crate) fn no_columns(columns: Vec<String>) -> Option<Misfit> {
    (!columns.is_empty()).then_some(Misfit::NoColumns { columns })
}

/// All reasons in one error, or none.
pub(crate) fn refuse(plan: &UpsertPlan<'_>, schema: &str, misfits: &[Misfit]) -> Result<(), Error> {
    if misfits.is_empty() {
        return Ok(());
    }
    let reasons = sql::join(misfits.iter().map(Misfit::to_string), "; it ");
    let message = format!("table {} {reasons}", sql::qualified(Some(schema), &plan.table));
    Err(Error::plan(message).during(Phase::Prepare))
}
