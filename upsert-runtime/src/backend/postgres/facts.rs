//! What the table is like, as the catalogue has it.

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::error::Error;
use crate::plan::{Comparison, TableFacts, UpsertPlan};
use crate::report::Phase;
use crate::schema::ColumnType;

/// A column as the catalogue has it.
struct CatalogColumn {
    type_oid: u32,
    type_modifier: i32,
    deterministic: bool,
}

/// Reads the rows of `TABLE_FACTS`, of which there is at least one.
pub(super) fn facts(plan: &UpsertPlan<'_>, first: &Row, rows: &[Row]) -> Result<TableFacts, Error> {
    let schema: String = first.get(0);
    let ordinary: bool = first.get(1);

    let mut missing = Vec::new();
    let mut comparison = Vec::with_capacity(plan.columns.len());
    for column in plan.columns {
        let row = rows.iter().find(|row| row.get::<_, &str>(2) == column.name);
        match row {
            None => missing.push(format!("`{}`", column.name)),
            Some(row) => {
                let there =
                    CatalogColumn { type_oid: row.get(3), type_modifier: row.get(4), deterministic: row.get(5) };
                comparison.push(compare(column.column_type, &there));
            }
        }
    }
    if !missing.is_empty() {
        return Err(Error::plan(format!(
            "table {} has no column {}",
            crate::sql::qualified(Some(&schema), &plan.table),
            missing.join(", ")
        ))
        .during(Phase::Prepare));
    }
    let exact_keys = plan.key.iter().all(|&column| comparison[column] == Comparison::Exact);
    Ok(TableFacts { schema, comparison, exact_keys, counts_in_one: ordinary })
}

/// How the values we send compare in the column that is there: exactly, where its type tells apart all that ours does.
fn compare(sent: ColumnType, there: &CatalogColumn) -> Comparison {
    let CatalogColumn { type_oid, type_modifier, deterministic } = *there;
    let is = |kinds: &[Type]| kinds.iter().any(|kind| kind.oid() == type_oid);
    let whole = type_modifier == -1;
    let exact = match sent {
        ColumnType::Bool => is(&[Type::BOOL]),
        ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt => is(&[Type::INT2, Type::INT4, Type::INT8]),
        ColumnType::Text => is(&[Type::TEXT, Type::VARCHAR]) && deterministic,
        ColumnType::Bytes => is(&[Type::BYTEA]),
        ColumnType::Date => is(&[Type::DATE]),
        ColumnType::Time => is(&[Type::TIME]) && whole,
        ColumnType::Timestamp => is(&[Type::TIMESTAMP]) && whole,
        ColumnType::TimestampTz => is(&[Type::TIMESTAMPTZ]) && whole,
        ColumnType::Uuid => is(&[Type::UUID]),
        ColumnType::Real | ColumnType::Double if is(&[Type::FLOAT4, Type::FLOAT8]) => return Comparison::SignedZero,
        ColumnType::Real | ColumnType::Double | ColumnType::Json => false,
    };
    if exact { Comparison::Exact } else { Comparison::Image }
}
