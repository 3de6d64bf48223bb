//! Statements around the staging table.

use super::{
    Found, given, incoming, list, named_rows, number, on_duplicate_key, parameter, quoted, table, values, values_of,
};
use crate::options::OnConflict;
use crate::plan::UpsertPlan;
use crate::schema::Origin;
use crate::sql::join;

/// Statements around the staging table of a call. Its columns are `c0`, `c1`, …, of the types that the target has, and `ord`,
/// the number of the row in the input. Its key is the target's, so that repeated keys fold as they are put aside, and those
/// that are equal to the database are one; `again` is the number of the first row that repeated it.
pub(crate) struct Stage<'p, 's> {
    pub(crate) plan: &'p UpsertPlan<'s>,
}

impl Stage<'_, '_> {
    pub(crate) fn create(&self) -> String {
        let Self { plan } = self;
        let columns = plan.mysql.column_types.iter().enumerate().map(|(column, column_type)| {
            let null = if plan.key.contains(&column) { "NOT NULL" } else { "NULL" };
            format!(", c{column} {column_type} {null}")
        });
        format!(
            "CREATE TEMPORARY TABLE {} (ord bigint unsigned NOT NULL, again bigint unsigned NULL{}, {} ({})) ENGINE = InnoDB",
            self.table(),
            join(columns, ""),
            if self.is_hashed() { "UNIQUE" } else { "PRIMARY KEY" },
            self.key(),
        )
    }

    /// Puts some rows aside: the parameters are the number of the first row and its values, then the second's, and so on.
    pub(crate) fn fill(&self, rows: usize) -> String {
        let Self { plan } = self;
        let columns = 0..plan.columns.len();
        let stage = self.table();
        let latest = columns
            .clone()
            .filter(|&column| plan.takes_latest(column))
            .map(|column| format!(", c{column} = {}", incoming(plan, &format!("c{column}"))));
        format!(
            "INSERT INTO {stage} (ord, {})\n{}{}\nON DUPLICATE KEY UPDATE again = coalesce({stage}.again, {}){}",
            self.own_columns(),
            values(&format!("?, {}", join(columns.map(|column| parameter(plan, column).to_owned()), ", ")), rows),
            named_rows(plan),
            incoming(plan, "ord"),
            join(latest, ""),
        )
    }

    /// How many different keys there are; and the first row that repeated one, with the one that had it before.
    pub(crate) fn count(&self) -> String {
        let stage = self.table();
        format!(
            "SELECT count(*) FROM {stage};\nSELECT again, ord FROM {stage} WHERE again IS NOT NULL ORDER BY again LIMIT 1"
        )
    }

    /// Writes all that was put aside, in key order.
    pub(crate) fn write(&self, found: Found) -> String {
        let Self { plan } = self;
        let columns = (0..plan.columns.len()).map(|column| match plan.columns[column].origin {
            Origin::RowOrIdentity if plan.on_conflict != OnConflict::Error => {
                format!("coalesce(sent.c{column}, {})", number(plan, column, |part| format!("sent.c{part}")))
            }
            Origin::RowOrIdentity => format!("sent.c{column}"),
            Origin::Row | Origin::RowOrDefault(_) => given(plan, column, &format!("sent.c{column}")),
        });
        format!(
            "INSERT INTO {} ({})\nSELECT {} FROM {} AS sent\nORDER BY {}{}",
            table(plan),
            list(plan, 0..plan.columns.len()),
            join(columns, ", "),
            self.table(),
            self.key(),
            on_duplicate_key(plan, found, values_of),
        )
    }

    /// A statement that begins no other transaction and ends none.
    pub(crate) fn drop(&self) -> String {
        format!("DROP TEMPORARY TABLE IF EXISTS {}", self.table())
    }

    /// In the target's schema: there may be no other.
    fn table(&self) -> String {
        let name = quoted(&format!("upsert_stage_{}", self.plan.call));
        match &self.plan.schema {
            Some(schema) => format!("{}.{name}", quoted(schema)),
            None => name,
        }
    }

    /// Whether a part of the key has no length, which MariaDB takes in a unique key.
    fn is_hashed(&self) -> bool {
        let Self { plan } = self;
        let types = plan.key.iter().filter_map(|&column| plan.mysql.column_types.get(column));
        types
            .map(|own| own.split([' ', '(']).next().unwrap_or_default())
            .any(|name| name.ends_with("text") || name.ends_with("blob"))
    }

    fn own_columns(&self) -> String {
        join((0..self.plan.columns.len()).map(|column| format!("c{column}")), ", ")
    }

    fn key(&self) -> String {
        join(self.plan.key.iter().map(|column| format!("c{column}")), ", ")
    }
}
