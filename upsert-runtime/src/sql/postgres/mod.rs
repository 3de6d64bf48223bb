//! Statements for PostgreSQL. Names are qualified and quoted; values are parameters; a table in `pg_temp` cannot stand
//! in for the target, because the target's schema is always written.

mod alter;
mod create;
mod labels;
mod questions;
mod stage;

pub(crate) use self::alter::{
    add_columns, change_types, has_invalid_index, lacks_index, lacks_index_of, lock_table, lock_writes,
};
pub(crate) use self::create::{create_table, created_type};
pub(crate) use self::labels::checked_labels;
pub(crate) use self::questions::*;
pub(crate) use self::stage::Stage;
use super::{join, list, quoted};
use crate::options::{OnConflict, Unchanged};
use crate::plan::{Comparison, Default, Sent, UpsertPlan};
use crate::schema::Origin;

/// A text as PostgreSQL quotes it: a backslash means itself, whatever the setting `standard_conforming_strings`.
fn literal(text: &str) -> String {
    if text.contains('\\') {
        format!(" E{}", super::literal(&text.replace('\\', "\\\\")))
    } else {
        super::literal(text)
    }
}

/// How a statement tells what it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The number in its command tag is what it inserted.
    ByTag,
    /// It returns one row: inserted, updated.
    ByRow,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upsert {
    pub(crate) sql: String,
    pub(crate) told: Told,
}

/// A chunk as rows to write: parameter n is an array with the values of column n. Functions in the select list are read in
/// lockstep; in FROM each array would first be stored by itself, for a fifth to a third more of the server's time.
pub(crate) fn parameters(plan: &UpsertPlan<'_>) -> String {
    let columns = 0..plan.columns.len();
    let unnested = |column: usize| format!("pg_catalog.unnest(${})", column + 1);
    if columns.clone().all(|column| plan.column_facts[column].default.is_none()) {
        return format!("SELECT {}", join(columns.map(|column| received(plan, column, unnested(column))), ", "));
    }
    // A function that returns many rows may not stand where only some of them are taken.
    format!(
        "SELECT {}\nFROM (SELECT {}) AS sent",
        join(columns.clone().map(|column| given(plan, column, format!("c{column}"))), ", "),
        join(columns.map(|column| format!("{} AS c{column}", unnested(column))), ", ")
    )
}

/// A value that was sent, as the column takes it; if there is none, what stands in for it.
fn given(plan: &UpsertPlan<'_>, column: usize, sent: String) -> String {
    let received = received(plan, column, sent);
    let Some(Default { sql: default, sql_type }) = &plan.column_facts[column].default else { return received };
    let received = match sql_type {
        Some(sql_type) => format!("{received}::{sql_type}"),
        None => received,
    };
    if plan.columns[column].origin == Origin::RowOrIdentity {
        format!("coalesce({received}, {}, {default})", number_that_is_there(plan, column))
    } else {
        format!("coalesce({received}, {default})")
    }
}

/// The number of the row that is there already: it keeps it, and a sequence that was asked for another would come to its end
/// after as many loads of the same rows as there is room.
fn number_that_is_there(plan: &UpsertPlan<'_>, column: usize) -> String {
    let key = plan.key.iter().map(|&key| {
        let sent = received(plan, key, format!("sent.c{key}"));
        format!("there.{} = {sent}", quoted(plan.columns[key].name))
    });
    format!(
        "(SELECT there.{} FROM {} AS there WHERE {})",
        quoted(plan.columns[column].name),
        plan.name(),
        join(key, " AND ")
    )
}

/// A value that was sent, as the column takes it.
fn received(plan: &UpsertPlan<'_>, column: usize, sent: String) -> String {
    match &plan.column_facts[column].sent {
        Sent::Cast(sql_type) => format!("{sent}::{sql_type}"),
        Sent::AsItIs | Sent::AsInterval | Sent::AsDigits | Sent::Shortest | Sent::AsText | Sent::AsJson => sent,
    }
}

/// The same in two statements, for tables whose rows do not tell whether they were inserted (partitioned ones): the
/// first inserts what is missing, and its tag tells how many.
pub(crate) fn insert_missing(plan: &UpsertPlan<'_>, rows: &str) -> Upsert {
    upsert(&UpsertPlan { updates: Vec::new(), ..plan.clone() }, rows)
}

/// The second updates the rest, those of the first included where nothing keeps them apart; its tag tells how many. Alone, it
/// writes all, and its tag does not tell which.
pub(crate) fn update_rest(plan: &UpsertPlan<'_>, rows: &str) -> String {
    insert_statement(plan, rows)
}

/// The place of the first of some rows whose key is there: parameter n is an array with the values of the n-th column of
/// the conflict target. Places count from 1; NULL if none is there, or if the constraint that was violated is another than
/// the conflict target's.
pub(crate) fn first_there(plan: &UpsertPlan<'_>, constraint: &str) -> String {
    let arrays = join((1..=plan.key.len()).map(|number| format!("pg_catalog.unnest(${number})")), ", ");
    let columns = join((0..plan.key.len()).map(|number| format!("c{number}, ")), "");
    let same_key = plan.key.iter().enumerate().map(|(number, &column)| {
        let sent = received(plan, column, format!("sent.c{number}"));
        format!("target.{} = {sent}", quoted(plan.columns[column].name))
    });
    let mut key: Vec<&str> = plan.names(&plan.key).collect();
    key.sort_unstable();
    format!(
        "SELECT pg_catalog.min(place) FROM ROWS FROM ({arrays}) WITH ORDINALITY AS sent({columns}place)\nJOIN {} AS target ON {}\n\
         WHERE EXISTS (\n    \
             SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid\n    \
             WHERE x.relname = {} AND i.indisunique AND ARRAY[{}]::pg_catalog.text[] = ARRAY(\n        \
                 SELECT k.attname::pg_catalog.text FROM pg_catalog.pg_attribute AS k\n        \
                 WHERE k.attrelid = i.indrelid AND k.attnum = ANY (i.indkey::pg_catalog.int2[]) ORDER BY k.attname\n    \
             )\n)",
        plan.name(),
        join(same_key, " AND "),
        literal(constraint),
        join(key.into_iter().map(literal), ", "),
    )
}

/// Writes rows.
pub(crate) fn upsert(plan: &UpsertPlan<'_>, rows: &str) -> Upsert {
    let statement = insert_statement(plan, rows);
    if plan.updates.is_empty() {
        return Upsert { sql: statement, told: Told::ByTag };
    }
    Upsert {
        sql: format!(
            "WITH written AS (\n\
             {statement}\n\
             RETURNING xmax = 0 AS inserted\n\
             )\n\
             SELECT pg_catalog.count(*) FILTER (WHERE inserted), pg_catalog.count(*) FILTER (WHERE NOT inserted)\n\
             FROM written"
        ),
        told: Told::ByRow,
    }
}

fn insert_statement(plan: &UpsertPlan<'_>, rows: &str) -> String {
    // The values are the column's own all the same: they are drawn from its sequence.
    let overriding = if plan.overrides_identity() { "\nOVERRIDING SYSTEM VALUE" } else { "" };
    format!(
        "INSERT INTO {} AS target ({}){overriding}\n{rows}{}",
        plan.name(),
        list(plan.columns.iter().map(|column| column.name)),
        on_conflict(plan),
    )
}

fn on_conflict(plan: &UpsertPlan<'_>) -> String {
    let target = list(plan.names(&plan.key));
    match plan.on_conflict {
        OnConflict::Error => String::new(),
        _ if plan.updates.is_empty() => format!("\nON CONFLICT ({target}) DO NOTHING"),
        OnConflict::Ignore | OnConflict::Update => {
            let set = plan.names(&plan.updates).map(|name| format!("{0} = EXCLUDED.{0}", quoted(name)));
            let skip = match plan.unchanged {
                Unchanged::Skip => format!("\nWHERE {}", would_change(plan)),
                Unchanged::Rewrite => String::new(),
            };
            format!("\nON CONFLICT ({target}) DO UPDATE SET {}{skip}", join(set, ", "))
        }
    }
}

/// Whether the row that is there differs, in a column that would be set, from the one that would be written.
fn would_change(plan: &UpsertPlan<'_>) -> String {
    let compared = |wanted: fn(Comparison) -> bool| {
        plan.updates
            .iter()
            .filter(move |&&column| wanted(plan.column_facts[column].comparison))
            .map(|&column| quoted(plan.columns[column].name))
            .collect::<Vec<_>>()
    };
    let mut conditions = Vec::new();

    let by_equality = compared(|comparison| !comparison.is_by_image());
    match by_equality.as_slice() {
        [] => {}
        [name] => conditions.push(format!("target.{name} IS DISTINCT FROM EXCLUDED.{name}")),
        names => conditions.push(format!("{} IS DISTINCT FROM {}", row("target", names), row("EXCLUDED", names))),
    }
    for name in compared(|comparison| comparison == Comparison::SignedZero) {
        conditions.push(format!(
            "(target.{name} = 0 AND target.{name}::pg_catalog.text <> EXCLUDED.{name}::pg_catalog.text)"
        ));
    }
    let by_image = compared(Comparison::is_by_image);
    if !by_image.is_empty() {
        conditions.push(format!(
            "{}::record OPERATOR(pg_catalog.*<>) {}::record",
            row("target", &by_image),
            row("EXCLUDED", &by_image)
        ));
    }
    join(conditions, " OR ")
}

fn row(of: &str, names: &[String]) -> String {
    format!("ROW({})", join(names.iter().map(|name| format!("{of}.{name}")), ", "))
}
