//! Statements around the staging table.

use std::borrow::Cow;

use super::create::type_name;
use super::{given, literal, received};
use crate::options::OnConflict;
use crate::plan::{Sent, UpsertPlan};
use crate::schema::{Column, ColumnType};
use crate::sql::{join, quoted};

/// Statements around the staging table. Its columns are `c0`, `c1`, … of the types that are sent, and `ord`, the number
/// of the row in the input.
pub(crate) struct Stage<'p, 's> {
    pub(crate) plan: &'p UpsertPlan<'s>,
}

impl Stage<'_, '_> {
    pub(crate) fn create(&self) -> String {
        let columns = self.plan.columns.iter().enumerate();
        format!(
            "CREATE TEMPORARY TABLE {} (ord bigint, {}) ON COMMIT DROP",
            self.stage(),
            join(columns.map(|(number, column)| format!("c{number} {}", self.staged_type(number, column))), ", ")
        )
    }

    fn staged_type(&self, number: usize, column: &Column<'_>) -> Cow<'static, str> {
        match self.plan.column_facts[number].sent {
            Sent::AsInterval => "interval".into(),
            Sent::AsJson => "json".into(),
            Sent::AsItIs | Sent::Cast(_) | Sent::AsDigits | Sent::Shortest | Sent::AsText => {
                type_name(column.column_type)
            }
        }
    }

    pub(crate) fn copy(&self) -> String {
        format!("COPY {} (ord, {}) FROM STDIN (FORMAT binary)", self.stage(), self.own_columns())
    }

    /// Takes away what a driver has prepared under a name that nobody knows, because its answer was not awaited.
    pub(crate) fn forget_copy(&self) -> String {
        format!(
            "DO $upsert$ DECLARE prepared pg_catalog.text; BEGIN\n\
             FOR prepared IN SELECT p.name FROM pg_catalog.pg_prepared_statements AS p WHERE p.statement = {} LOOP\n    \
             EXECUTE pg_catalog.format('DEALLOCATE %I', prepared);\n\
             END LOOP; END $upsert$",
            literal(&self.copy())
        )
    }

    /// For keys that are equal to the database but not to Rust.
    pub(crate) fn convert(&self) -> String {
        let plan = self.plan;
        let renamed =
            plan.columns.iter().enumerate().map(|(number, column)| format!("{} AS c{number}", quoted(column.name)));
        format!(
            "CREATE TEMPORARY TABLE {converted} ON COMMIT DROP AS SELECT 0::bigint AS ord, {} FROM {} WITH NO DATA;\n\
             INSERT INTO {converted} SELECT ord, {} FROM {}",
            join(renamed, ", "),
            plan.name(),
            join((0..plan.columns.len()).map(|column| received(plan, column, format!("c{column}"))), ", "),
            self.stage(),
            converted = self.converted(),
        )
    }

    /// A pair of rows with the same key: the later one, the earlier one.
    pub(crate) fn repeated(&self) -> String {
        let key = self.key();
        format!(
            "SELECT ord, earlier FROM (SELECT ord, pg_catalog.lag(ord) OVER (PARTITION BY {key} ORDER BY ord) AS earlier FROM {}) AS keys\n\
             WHERE earlier IS NOT NULL ORDER BY ord LIMIT 1",
            self.rows()
        )
    }

    /// How many different keys there are, and how many rows.
    pub(crate) fn count_keys(&self) -> String {
        format!(
            "SELECT (SELECT pg_catalog.count(*) FROM (SELECT DISTINCT {} FROM {rows}) AS keys), (SELECT pg_catalog.count(*) FROM {rows})",
            self.key(),
            rows = self.rows()
        )
    }

    pub(crate) fn drop(&self) -> String {
        if self.plan.exact_keys {
            format!("DROP TABLE {}", self.stage())
        } else {
            format!("DROP TABLE {}, {}", self.stage(), self.converted())
        }
    }

    /// What is staged, as rows to write: one for each key, in key order.
    pub(crate) fn rows_to_write(&self) -> String {
        let plan = self.plan;
        let (key, rows) = (self.key(), self.rows());
        if plan.on_conflict == OnConflict::Error {
            let columns = (0..plan.columns.len()).map(|column| given(plan, column, format!("c{column}")));
            return format!("SELECT {} FROM {rows} AS sent\nORDER BY {key}", join(columns, ", "));
        }
        let latest = plan.on_conflict == OnConflict::Update;
        // Keys that are equal and not identical (1.5 and 1.50): the first one is inserted, and stays.
        let is_identical = |column: usize| {
            plan.exact_keys && plan.key.contains(&column) && plan.columns[column].column_type != ColumnType::Decimal
        };
        let from_first = |column: usize| latest && !plan.takes_latest(column) && !is_identical(column);
        let columns = (0..plan.columns.len()).map(|column| {
            let first = from_first(column);
            let own =
                if first { format!("pg_catalog.first_value(c{column}) OVER same_key") } else { format!("c{column}") };
            given(plan, column, own)
        });
        let window = if (0..plan.columns.len()).any(from_first) {
            format!("\nWINDOW same_key AS (PARTITION BY {key} ORDER BY ord)")
        } else {
            String::new()
        };
        let winner = if latest { "ord DESC" } else { "ord" };
        format!(
            "SELECT DISTINCT ON ({key}) {} FROM {rows} AS sent{window}\nORDER BY {key}, {winner}",
            join(columns, ", ")
        )
    }

    /// The staging table, in the session's own schema.
    fn stage(&self) -> String {
        format!("pg_temp.upsert_stage_{}", self.plan.call)
    }

    /// The rows once more, converted to the types of the target, where only those can tell which keys are equal.
    fn converted(&self) -> String {
        format!("pg_temp.upsert_converted_{}", self.plan.call)
    }

    fn rows(&self) -> String {
        if self.plan.exact_keys { self.stage() } else { self.converted() }
    }

    fn own_columns(&self) -> String {
        join((0..self.plan.columns.len()).map(|column| format!("c{column}")), ", ")
    }

    /// The key, in the order that rows in memory are sorted in: text by its bytes.
    fn key(&self) -> String {
        let plan = self.plan;
        join(
            plan.key.iter().map(|&column| match plan.columns[column].column_type {
                ColumnType::Text if plan.exact_keys => format!("c{column} COLLATE \"C\""),
                _ => format!("c{column}"),
            }),
            ", ",
        )
    }
}
