//! Statements for SQLite. Names are qualified and quoted; values are parameters. Quoted names stand only where SQLite
//! cannot take them for text (behind a table's name, or in a list of columns).

mod alter;
mod create;
mod labels;
mod tokens;

pub(crate) use self::alter::{
    TableOption, add_columns, has_temporary_trigger, is_computed, is_kept_otherwise, is_of_primary_key, is_referred_to,
    lacks_index, lacks_index_of, rebuild, rebuilt,
};
pub(crate) use self::create::{create_table, created_type};
pub(crate) use self::labels::checked_labels;
use super::{join, list, qualified, quoted};
use crate::options::{OnConflict, Unchanged};
use crate::plan::UpsertPlan;
use crate::schema::ColumnType;

/// Writes some rows: the parameters are the values of the first row's columns, then the second's, and so on.
pub(crate) fn upsert(plan: &UpsertPlan<'_>, rows: usize) -> String {
    let columns = plan.columns.len();
    let rows = (0..rows).map(|row| {
        let parameters = (0..columns).map(|column| {
            let sent = format!("?{}", row * columns + column + 1);
            match &plan.column_facts[column].default {
                Some(default) => format!("coalesce({sent}, {})", default.sql),
                None => sent,
            }
        });
        format!("({})", join(parameters, ", "))
    });
    insert(plan, &format!("VALUES {}", join(rows, ", ")))
}

/// Whether a row with the key is there: parameter n is the value of the n-th column of the conflict target. The key's index may
/// compare by other `collations` than the columns have, and it is the index that finds conflicts; there are none of a rowid.
pub(crate) fn probe(plan: &UpsertPlan<'_>, collations: &[String]) -> String {
    let key = plan.names(&plan.key).enumerate().map(|(place, name)| {
        let collate = collations.get(place).map_or_else(String::new, |own| format!(" COLLATE {}", quoted(own)));
        format!("target.{} = ?{}{collate}", quoted(name), place + 1)
    });
    format!("SELECT 1 FROM {} AS target WHERE {}", plan.name(), join(key, " AND "))
}

/// Takes the write lock, and writes nothing.
pub(crate) fn lock(schema: &str, table: &str, column: &str) -> String {
    format!("UPDATE {} SET {} = NULL WHERE 0", qualified(Some(schema), table), quoted(column))
}

/// The highest rowid, NULL in an empty table. `rowid` is one of its names that no column has taken, or the column that
/// stands for it.
pub(crate) fn highest_rowid(plan: &UpsertPlan<'_>, rowid: &str) -> String {
    format!("SELECT max({rowid}) FROM {} AS target", plan.name())
}

/// A column, as a statement that reads the table names it.
pub(crate) fn column(plan: &UpsertPlan<'_>, column: usize) -> String {
    format!("target.{}", quoted(plan.columns[column].name))
}

/// The key that is `?2` keys behind the first one from `?1` on; no row if there are not so many.
pub(crate) fn nth_key_from(plan: &UpsertPlan<'_>, key: usize) -> String {
    let column = column(plan, key);
    format!("SELECT {column} FROM {} AS target WHERE {column} >= ?1 ORDER BY {column} LIMIT 1 OFFSET ?2", plan.name())
}

/// How many rows have a key from `?1` to `?2`.
pub(crate) fn count_between(plan: &UpsertPlan<'_>, key: usize) -> String {
    format!("SELECT count(*) {}", from_between(plan, key))
}

/// How many rows have a key from `?1` to `?2`, but no more than `?3`.
pub(crate) fn count_some_between(plan: &UpsertPlan<'_>, key: usize) -> String {
    format!("SELECT count(*) FROM (SELECT 1 {} LIMIT ?3)", from_between(plan, key))
}

fn from_between(plan: &UpsertPlan<'_>, key: usize) -> String {
    format!("FROM {} AS target WHERE {} BETWEEN ?1 AND ?2", plan.name(), column(plan, key))
}

/// `OR ABORT`, so that no constraint of the table resolves its conflicts by itself: `UNIQUE … ON CONFLICT IGNORE` would
/// drop the row in silence.
fn insert(plan: &UpsertPlan<'_>, rows: &str) -> String {
    format!(
        "INSERT OR ABORT INTO {} AS target ({})\n{rows}{}",
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
            // By `+`, which says nothing, SQLite takes a text where it lies; else it makes a copy.
            let set = plan.names(&plan.updates).map(|name| format!("{0} = +excluded.{0}", quoted(name)));
            let skip = match plan.unchanged {
                Unchanged::Skip => {
                    let columns = by_likelihood_to_differ(plan);
                    // A column may compare without case: what is stored counts.
                    let changes = plan
                        .names(&columns)
                        .map(|name| format!("target.{0} IS NOT excluded.{0} COLLATE BINARY", quoted(name)));
                    format!("\nWHERE {}", any(&changes.collect::<Vec<_>>()))
                }
                Unchanged::Rewrite => String::new(),
            };
            format!("\nON CONFLICT ({target}) DO UPDATE SET {}{skip}", join(set, ", "))
        }
    }
}

/// The columns to update, those first that most likely differ where a row does: when it was seen or written, and what was measured.
/// SQLite compares no further than to the first that differs, and each that it compares takes it about a hundred instructions.
fn by_likelihood_to_differ(plan: &UpsertPlan<'_>) -> Vec<usize> {
    let mut columns = plan.updates.clone();
    columns.sort_by_key(|&column| match plan.columns[column].column_type {
        ColumnType::Timestamp | ColumnType::TimestampTz => 0,
        ColumnType::Real | ColumnType::Double | ColumnType::Decimal => 1,
        _ => 2,
    });
    columns
}

/// Whether any of the conditions holds. SQLite refuses expressions that are more than 1000 deep, and a chain of ORs is as
/// deep as it is long: so it is a chain of short ones.
fn any(conditions: &[String]) -> String {
    const SHORT: usize = 50;
    if conditions.len() <= SHORT {
        return conditions.join(" OR ");
    }
    join(conditions.chunks(SHORT).map(|some| format!("({})", some.join(" OR "))), " OR ")
}

/// Statements around the staging table of a call. Its columns are `c0`, `c1`, …, and its rowid is the number of the row in
/// the input; it lies in the connection's own temporary database, so that filling it takes no lock.
pub(crate) struct Stage<'p, 's> {
    pub(crate) plan: &'p UpsertPlan<'s>,
}

impl Stage<'_, '_> {
    pub(crate) fn name(&self) -> String {
        format!("temp.upsert_stage_{}", self.plan.call)
    }

    pub(crate) fn create(&self) -> String {
        format!("CREATE TABLE {} ({})", self.name(), self.columns())
    }

    /// Parameter n is the value of column n, the one behind the last is the row's number.
    pub(crate) fn fill(&self) -> String {
        let values = join((1..=self.plan.columns.len() + 1).map(|number| format!("?{number}")), ", ");
        format!("INSERT INTO {} ({}, rowid) VALUES ({values})", self.name(), self.columns())
    }

    /// All rows in key order, those of one key in input order: the columns, and the row's number behind them.
    pub(crate) fn read(&self) -> String {
        let key = if self.plan.exact_keys {
            join(self.plan.key.iter().map(|column| format!("c{column}, ")), "")
        } else {
            String::new()
        };
        format!("SELECT {}, rowid FROM {} ORDER BY {key}rowid", self.columns(), self.name())
    }

    /// Whoever cleans up may not know whether the table came to be.
    pub(crate) fn drop(&self) -> String {
        format!("DROP TABLE IF EXISTS {}", self.name())
    }

    fn columns(&self) -> String {
        join((0..self.plan.columns.len()).map(|column| format!("c{column}")), ", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;
    use crate::options::UpsertOptions;
    use crate::schema::{Column, TableSchema};

    #[test]
    fn what_most_likely_differs_is_compared_first() {
        let columns = [
            Column::new("id", ColumnType::BigInt),
            Column::new("name", ColumnType::Text),
            Column::new("price", ColumnType::Decimal),
            Column::new("weight", ColumnType::Double),
            Column::new("stock", ColumnType::Integer),
            Column::new("seen", ColumnType::TimestampTz),
        ];
        let schema = TableSchema::new("item", &columns, &[0]);
        let options = UpsertOptions::new();
        let plan = UpsertPlan::new(&schema, &options, Dialect::Sqlite).expect("the options fit");
        let compared = by_likelihood_to_differ(&plan);
        assert_eq!(plan.names(&compared).collect::<Vec<_>>(), ["seen", "price", "weight", "name", "stock"]);
    }
}
