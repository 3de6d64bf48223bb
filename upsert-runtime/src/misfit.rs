//! Why a struct does not fit a table that is there: the same words for every database.

use std::fmt;

use crate::change::Severity;
use crate::error::Error;
use crate::plan::UpsertPlan;
use crate::report::Phase;
use crate::schema::{Column, ColumnType, Origin};
use crate::sql;

/// One reason, found before a row is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    NoColumns {
        columns: Vec<String>,
    },
    /// The same of columns that no option adds.
    NeverAdded {
        columns: Vec<String>,
    },
    /// The values that are sent would be changed by the column, or refused, all or many of them.
    WrongType {
        column: String,
        /// The column's type, as the database writes it.
        there: String,
        sent: ColumnType,
        /// Whether the type that the struct would create it with holds all that the column does.
        widens: bool,
    },
    /// Some of the values of the struct are refused by the column.
    Narrow {
        column: String,
        there: String,
        sent: ColumnType,
        widens: bool,
    },
    /// It takes integers as text, which SQLite makes of them.
    AsDigits {
        column: String,
        there: String,
        sent: ColumnType,
    },
    /// Its enum has texts that the column's does not.
    NoLabels {
        column: String,
        there: String,
        labels: Vec<String>,
        more: MoreLabels,
    },
    /// The struct may have NULL where the column does not.
    TakesNoNull {
        column: String,
    },
    /// The column may have NULL where the struct does not.
    TakesNull {
        column: String,
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
        /// How the table is partitioned, as the database says it, where that limits its keys.
        partitioned: Option<String>,
    },
    /// What tells it compares by another collation than the columns do.
    OtherCollation {
        key: Vec<String>,
    },
    /// What tells it is looked at too late for `ON CONFLICT`.
    DeferrableKey {
        key: Vec<String>,
    },
    /// Its triggers would fire for rows that are to be left alone.
    FiresForIgnored,
    /// The server does not tell the column's default as it is.
    DefaultNotTold {
        column: String,
    },
    /// A rule makes other statements of those that write to it.
    Rewritten,
    /// What is written to it goes into another table.
    Hidden,
    /// What was written before an error stays.
    NoTransactions {
        engine: String,
    },
    /// Nobody tells what is beneath it.
    View,
}

/// What gives a column more labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MoreLabels {
    /// An option, for they are the column's own.
    Widen,
    /// Whoever owns the type, which other columns may have too.
    AlterType,
    /// Nobody can tell: some would be lost, or they follow from more than one rule.
    Unknown,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoColumns { columns } => write!(
                f,
                "has no {} {} (add {them}, or have {them} added by `UpsertOptions::add_columns`; name the one that is meant, by \
                 `column = \"…\"` on the field or `FrameTable::rename`; or leave it out, by `skip`)",
                if columns.len() == 1 { "column" } else { "columns" },
                listed(columns),
                them = if columns.len() == 1 { "it" } else { "them" },
            ),
            Self::NeverAdded { columns } => write!(
                f,
                "has no {} {} (add {them}, for no option adds what is of a key or of a view, or has a `default` that is not given; name the one that \
                 is meant, by `column = \"…\"` on the field or `FrameTable::rename`; or leave it out, by `skip`)",
                if columns.len() == 1 { "column" } else { "columns" },
                listed(columns),
                them = if columns.len() == 1 { "it" } else { "them" },
            ),
            Self::WrongType { column, there, sent, widens } => {
                let remedy = if *widens { " (`UpsertOptions::widen` changes the column's)" } else { "" };
                write!(
                    f,
                    "has a column `{column}` of type {there}, which would change or refuse the {sent} of the rows, or hold \
                     it beside values of another kind: change one of the two types{remedy}, or write it as another, by \
                     `with = \"…\"` on the field or `FrameTable::column_type`"
                )
            }
            Self::Narrow { column, there, sent, widens } => {
                let remedy = if *widens { " (`UpsertOptions::widen` changes it)" } else { "" };
                write!(
                    f,
                    "has a column `{column}` of type {there}, which does not hold every {sent}: rows with others are \
                     refused{remedy}"
                )
            }
            Self::AsDigits { column, there, sent } => write!(
                f,
                "has a column `{column}` of type {there}, which holds each {sent} as the text of its digits \
                 (`UpsertOptions::adapt_empty_columns` changes the type, with `rebuild_table`, while there is no value)"
            ),
            Self::NoLabels { column, there, labels, more } => {
                let remedy = match more {
                    MoreLabels::Widen => ", and `UpsertOptions::widen` adds them (on SQLite with `rebuild_table`)",
                    MoreLabels::AlterType => ", and `ALTER TYPE … ADD VALUE` adds them",
                    MoreLabels::Unknown => "",
                };
                write!(
                    f,
                    "has a column `{column}` of type {there}, without {} of the struct's enum: rows with these are refused{remedy}",
                    listed(labels)
                )
            }
            Self::TakesNoNull { column } => write!(
                f,
                "has a column `{column}` that is NOT NULL, and rows may have none: such rows are refused"
            ),
            Self::TakesNull { column } => {
                write!(f, "has a column `{column}` that may be NULL, which rows never are")
            }
            Self::Generated { column } => write!(
                f,
                "has a column `{column}` whose values the database generates, and which takes none: leave it out of the \
                 rows, by `skip`"
            ),
            Self::NotFilled { column } => write!(
                f,
                "has a column `{column}` that is NOT NULL without a default, and rows have no such column: add it to \
                 them, or give the column a default"
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
            Self::NoUniqueKey { key, partitioned } => {
                write!(
                    f,
                    "has no primary key or unique index of exactly the columns {}, by which rows are to be told apart (one of \
                     some rows only, or on expressions, is none): create one, or name the columns of another with \
                     `UpsertOptions::conflict_target`",
                    named(key)
                )?;
                match partitioned {
                    None => Ok(()),
                    Some(by) => {
                        write!(f, "; it is partitioned by {by}, and each of its unique keys has to have all columns of that")
                    }
                }
            }
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
            Self::FiresForIgnored => f.write_str(
                "has a trigger for updates, which MySQL fires for rows that are there and are to be left alone, too, so that they may \
                 change: write them with `OnConflict::Update`, or drop the trigger",
            ),
            Self::DefaultNotTold { column } => write!(
                f,
                "has a column `{column}` whose default may have characters that the server's catalogue does not hold, so that it cannot \
                 stand in for a row's `None`: give the rows a value"
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
            Self::View => f.write_str(
                "is a view: the database does not tell by which unique keys rows are found beneath it, nor what becomes of them. Write \
                 to its table",
            ),
        }
    }
}

impl Misfit {
    /// Of what can be seen before the first row.
    pub(crate) fn severity(&self) -> Severity {
        match self {
            Self::TakesNull { .. } | Self::AsDigits { .. } => Severity::Note,
            Self::Narrow { .. } | Self::NoLabels { .. } | Self::TakesNoNull { .. } => Severity::Narrower,
            Self::NoColumns { .. }
            | Self::NeverAdded { .. }
            | Self::WrongType { .. }
            | Self::Generated { .. }
            | Self::NotFilled { .. }
            | Self::NotGenerated { .. }
            | Self::NoDefault { .. }
            | Self::NoUniqueKey { .. }
            | Self::OtherCollation { .. }
            | Self::DeferrableKey { .. }
            | Self::FiresForIgnored
            | Self::DefaultNotTold { .. }
            | Self::Rewritten
            | Self::Hidden
            | Self::NoTransactions { .. }
            | Self::View => Severity::Refused,
        }
    }

    /// The same where no option changes anything.
    pub(crate) fn never_mended(mut self) -> Self {
        match &mut self {
            Self::WrongType { widens, .. } | Self::Narrow { widens, .. } => *widens = false,
            Self::NoLabels { more, .. } => *more = MoreLabels::Unknown,
            _ => {}
        }
        self
    }

    /// The one column that it is about.
    pub(crate) fn column(&self) -> Option<&str> {
        match self {
            Self::NoColumns { columns } | Self::NeverAdded { columns } => match columns.as_slice() {
                [column] => Some(column),
                _ => None,
            },
            Self::WrongType { column, .. }
            | Self::Narrow { column, .. }
            | Self::AsDigits { column, .. }
            | Self::NoLabels { column, .. }
            | Self::TakesNoNull { column }
            | Self::TakesNull { column }
            | Self::Generated { column }
            | Self::NotFilled { column }
            | Self::NotGenerated { column }
            | Self::DefaultNotTold { column }
            | Self::NoDefault { column } => Some(column),
            Self::NoUniqueKey { .. }
            | Self::OtherCollation { .. }
            | Self::DeferrableKey { .. }
            | Self::FiresForIgnored
            | Self::Rewritten
            | Self::Hidden
            | Self::NoTransactions { .. }
            | Self::View => None,
        }
    }

    /// Whether it is about the type of a column.
    pub(crate) fn is_of_type(&self) -> bool {
        matches!(self, Self::WrongType { .. } | Self::Narrow { .. } | Self::AsDigits { .. } | Self::NoLabels { .. })
    }

    pub(crate) fn refuses(&self) -> bool {
        self.severity() == Severity::Refused
    }
}

fn named(columns: &[String]) -> String {
    sql::join(columns.iter().map(|column| format!("`{column}`")), ", ")
}

/// `` `a`, `b` and `c` ``
pub(crate) fn listed(columns: &[String]) -> String {
    match columns.split_last() {
        Some((last, rest @ [_, ..])) => format!("{} and `{last}`", named(rest)),
        _ => named(columns),
    }
}

/// The columns that are not there, if any.
pub(crate) fn no_columns(columns: Vec<String>) -> Option<Misfit> {
    (!columns.is_empty()).then_some(Misfit::NoColumns { columns })
}

/// Those of them that no option adds, if any.
pub(crate) fn never_added(columns: Vec<String>) -> Option<Misfit> {
    (!columns.is_empty()).then_some(Misfit::NeverAdded { columns })
}

/// An enum that has texts that a column does not take, and what gives it `more`; an option does where it loses none.
pub(crate) fn no_labels(
    column: &str,
    there: &str,
    kept: &[String],
    labels: &[impl AsRef<str>],
    more: MoreLabels,
) -> Option<Misfit> {
    let labels = || labels.iter().map(AsRef::as_ref);
    let missing: Vec<String> =
        labels().filter(|label| !kept.iter().any(|kept| kept == label)).map(str::to_owned).collect();
    let loses_none = kept.iter().all(|kept| labels().any(|label| label == kept));
    let more = if more == MoreLabels::Widen && !loses_none { MoreLabels::Unknown } else { more };
    (!missing.is_empty()).then(|| Misfit::NoLabels {
        column: column.to_owned(),
        there: there.to_owned(),
        labels: missing,
        more,
    })
}

/// How the column takes what the struct says of NULL.
pub(crate) fn about_null(own: &Column<'_>, takes_null: bool, is_nullable: bool) -> Option<Misfit> {
    let column = || own.name.to_owned();
    if own.takes_null() && !takes_null {
        Some(Misfit::TakesNoNull { column: column() })
    } else if !own.nullable && own.origin == Origin::Row && is_nullable {
        Some(Misfit::TakesNull { column: column() })
    } else {
        None
    }
}

/// All reasons for which no row is taken in one error, or none. What an option was to mend, and does not because SQLite
/// `wants_rebuild` for it, is one as well, and so is what the rows that are there do not allow, whose words are `refusals`.
pub(crate) fn refuse(
    plan: &UpsertPlan<'_>,
    schema: &str,
    misfits: &[Misfit],
    wants_rebuild: impl Fn(&Misfit) -> bool,
    refusals: &[&str],
) -> Result<(), Error> {
    let refusing = misfits.iter().filter(|misfit| misfit.refuses() || wants_rebuild(misfit)).map(Misfit::to_string);
    let reasons: Vec<String> = refusing.chain(refusals.iter().map(|&refusal| refusal.to_owned())).collect();
    if reasons.is_empty() {
        return Ok(());
    }
    let reasons = sql::join(reasons, "; it ");
    let rebuild = if misfits.iter().any(wants_rebuild) {
        ". SQLite changes no column of a table: what the options ask for takes `UpsertOptions::rebuild_table` as well"
    } else {
        ""
    };
    let message = format!("table {} {reasons}{rebuild}", sql::qualified(Some(schema), &plan.table));
    Err(Error::plan(message).during(Phase::Prepare))
}
