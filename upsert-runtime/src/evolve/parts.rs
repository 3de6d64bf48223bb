//! What is compared of a table beside its columns and its key: its indexes, and how SQLite keeps it. No call depends on it, so it is
//! asked about for the list of differences alone.

use super::{Look, State, create_deferred};
use crate::change::{Difference, Severity};
use crate::misfit::{Misfit, listed};
use crate::plan::UpsertPlan;
use crate::schema::{Index, IndexOf};
use crate::sql::sqlite::TableOption;
use crate::sql::{self, Dialect, Lacking};

/// One thing that a table may not have as the struct would have it.
#[derive(Clone, Copy)]
pub(crate) enum Part<'s> {
    Index(&'s Index<'s>),
    TableOption(TableOption),
}

/// All that is to be asked about a table.
pub(crate) fn parts<'s>(plan: &UpsertPlan<'s>, look: &Look) -> Vec<Part<'s>> {
    let State::Table { misfits, definition } = &look.state else { return Vec::new() };
    if definition.is_view {
        return Vec::new();
    }
    let missing: Vec<usize> = misfits.iter().flat_map(|misfit| positions_missing(plan, misfit)).collect();
    let is_told = |index: &Index<'_>| {
        let is_key = |key: &[usize]| sql::is_same_key(key, &plan.key) || sql::is_same_key(key, plan.primary_key);
        index.key().is_some_and(is_key)
    };
    // Those of a column that is missing come with it; whether rows can be told apart, each look tells.
    let is_asked = |index: &&Index<'_>| !is_told(index) && (missing.is_empty() || !sql::goes_with(index, &missing));
    let options = match plan.dialect {
        Dialect::Sqlite => vec![Part::TableOption(TableOption::Strict), Part::TableOption(TableOption::WithoutRowid)],
        Dialect::Postgres | Dialect::MySql => Vec::new(),
    };
    options.into_iter().chain(plan.indexes.iter().filter(is_asked).map(Part::Index)).collect()
}

fn positions_missing(plan: &UpsertPlan<'_>, misfit: &Misfit) -> Vec<usize> {
    match misfit {
        Misfit::NoColumns { .. } => super::positions(plan, misfit),
        _ => Vec::new(),
    }
}

impl Part<'_> {
    /// A query that tells whether the table has it otherwise.
    pub(crate) fn question(self, plan: &UpsertPlan<'_>) -> String {
        match self {
            Self::Index(index) => match (index.of, index.predicate) {
                (IndexOf::Columns(columns), None) => sql::lacks_index_of(plan, columns, index.unique),
                // No two databases write SQL in the same way: it is known by its name alone.
                (IndexOf::Columns(_), Some(_)) | (IndexOf::Expression(_), _) => sql::lacks_index(plan, index),
            },
            Self::TableOption(option) => sql::sqlite::is_kept_otherwise(plan, option),
        }
    }

    /// What is said of a table that has it otherwise. Of an index it is known whether the table lacks its name as well.
    pub(crate) fn difference(self, plan: &UpsertPlan<'_>, lacking: Option<Lacking<'_>>) -> Difference {
        let words = match self {
            Self::Index(index) => words_of_index(plan, index, lacking.is_some()),
            Self::TableOption(option) => words_of_option(plan, option).to_owned(),
        };
        let column = match self {
            Self::Index(Index { of: IndexOf::Columns([column]), .. }) => Some(plan.column_at(*column).name.to_owned()),
            Self::Index(_) | Self::TableOption(_) => None,
        };
        let created = lacking.filter(|lacking| !lacking.index.unique);
        Difference {
            severity: Severity::Note,
            column,
            words: format!("table {} {words}", plan.name()),
            change: created.and_then(|lacking| create_deferred(plan, &[lacking])),
        }
    }
}

fn words_of_index(plan: &UpsertPlan<'_>, index: &Index<'_>, lacks_name: bool) -> String {
    let name = index.name_in(&plan.table, plan.columns);
    let remedy = match (lacks_name, index.unique) {
        (false, _) => format!("its index `{name}` is another"),
        (true, false) => "`UpsertOptions::defer_indexes` creates it".to_owned(),
        (true, true) => "`CREATE UNIQUE INDEX` does, if no rows have the same".to_owned(),
    };
    match (index.of, index.predicate) {
        (IndexOf::Columns(columns), None) => {
            let columns: Vec<String> = plan.names(columns).map(str::to_owned).collect();
            let which = if index.unique { "unique index of exactly" } else { "index that begins with" };
            let noun = if columns.len() == 1 { "column" } else { "columns" };
            format!("has no {which} the {noun} {} ({remedy})", listed(&columns))
        }
        (IndexOf::Columns(_), Some(_)) | (IndexOf::Expression(_), _) => format!("has no index `{name}` ({remedy})"),
    }
}

fn words_of_option(plan: &UpsertPlan<'_>, option: TableOption) -> &'static str {
    let options = plan.sqlite;
    match option {
        TableOption::Strict if options.strict => {
            "is not STRICT, as the struct would have it created, so that others may write values of any type into it (make it anew by \
             hand, or say `#[upsert(sqlite(strict = false))]`)"
        }
        TableOption::Strict => {
            "is STRICT, and the struct would have it created without (say no `strict = false`, or make it anew by hand)"
        }
        TableOption::WithoutRowid if options.without_rowid => {
            "has a rowid, and the struct would have it created WITHOUT ROWID (make it anew by hand, or leave `without_rowid` out)"
        }
        TableOption::WithoutRowid => {
            "is WITHOUT ROWID, and the struct would have it created with one (say `#[upsert(sqlite(without_rowid))]`, or make it anew \
             by hand)"
        }
    }
}
