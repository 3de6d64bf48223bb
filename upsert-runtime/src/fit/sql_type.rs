//! Rules of the types that a struct names by `sql_type`.

use super::affinity::Affinity;
use super::width::{Time, Width};
use crate::schema::{Column, ColumnType, SqliteTableOptions};
use crate::sql::Dialect;

/// What a column of the type that the struct names does not hold.
pub(crate) const fn broken_by_sql_type(
    column: &Column<'_>,
    sqlite: SqliteTableOptions,
    dialect: Dialect,
) -> Option<&'static str> {
    match dialect {
        Dialect::Postgres => broken_by_width(column, column.sql_types.postgres, dialect),
        Dialect::Sqlite => broken_by_affinity(column, sqlite),
        Dialect::MySql => broken_by_width(column, column.sql_types.mysql, dialect),
    }
}

const fn broken_by_affinity(column: &Column<'_>, sqlite: SqliteTableOptions) -> Option<&'static str> {
    let Some(sql_type) = column.sql_types.sqlite else { return None };
    if Affinity::of(sql_type, sqlite.strict).is_of(column.column_type) {
        return None;
    }
    Some(if sqlite.strict {
        "a column of this `sql_type` does not hold the field's values in a STRICT table: leave `sql_type` out, or write one \
         that does (`\"ANY\"` does always)"
    } else {
        "a column of this `sql_type` would change the field's values, by its affinity, or hold them beside others: leave `sql_type` \
         out, or write one that does not"
    })
}

/// Names that are not known may be those of domains, or of types of extensions.
const fn broken_by_width(column: &Column<'_>, sql_type: Option<&str>, dialect: Dialect) -> Option<&'static str> {
    let Some(sql_type) = sql_type else { return None };
    match Width::of(sql_type, dialect) {
        Some(width) if !takes(width, column.column_type, dialect) => Some(
            "a column of this `sql_type` holds values of another kind than the field's, which would be refused: leave `sql_type` out, or \
             write a type for such values",
        ),
        Some(_) | None => None,
    }
}

/// Whether a column keeps some values of a kind. The databases' own judges of a table say which ones.
const fn takes(width: Width, kind: ColumnType, dialect: Dialect) -> bool {
    let on_mysql = matches!(dialect, Dialect::MySql);
    let is_number = kind.is_integer() || matches!(kind, ColumnType::Duration);
    match width {
        Width::Integers { .. } => is_number || on_mysql && matches!(kind, ColumnType::Bool),
        Width::Digits { .. } | Width::AnyNumber => is_number || matches!(kind, ColumnType::Decimal),
        Width::Float { .. } => kind.is_integer() || matches!(kind, ColumnType::Real | ColumnType::Double),
        Width::Characters(_) | Width::TextBytes(_) | Width::AnyText => {
            matches!(kind, ColumnType::Text)
                || on_mysql
                    && matches!(kind, ColumnType::Json | ColumnType::Array(_) | ColumnType::Uuid | ColumnType::Inet)
        }
        Width::Bytes(_) | Width::AnyBytes => {
            matches!(kind, ColumnType::Bytes) || on_mysql && matches!(kind, ColumnType::Uuid | ColumnType::Inet)
        }
        Width::Seconds { of, digits: _ } => match of {
            Time::OfDay => matches!(kind, ColumnType::Time),
            // An instant is stored there as it is in UTC.
            Time::Local => matches!(kind, ColumnType::Timestamp) || on_mysql && matches!(kind, ColumnType::TimestampTz),
            Time::Instant => matches!(kind, ColumnType::TimestampTz),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(kind: ColumnType, sql_type: &str, dialect: Dialect) -> bool {
        let column = Column::new("c", kind);
        broken_by_width(&column, Some(sql_type), dialect).is_some()
    }

    #[test]
    fn a_type_of_another_kind_is_refused() {
        for (kind, sql_type) in [
            (ColumnType::Text, "integer"),
            (ColumnType::BigInt, "varchar(10)"),
            (ColumnType::Double, "numeric(5, 2)"),
            (ColumnType::Bytes, "text"),
            (ColumnType::Timestamp, "timestamp with time zone"),
            (ColumnType::Bool, "int"),
            (ColumnType::Json, "text"),
            (ColumnType::Uuid, "character varying(36)"),
        ] {
            assert!(is_refused(kind, sql_type, Dialect::Postgres), "{kind:?} {sql_type}");
        }
        for (kind, sql_type) in [
            (ColumnType::Text, "bigint unsigned"),
            (ColumnType::Decimal, "double"),
            (ColumnType::Time, "datetime(6)"),
            (ColumnType::Inet, "int"),
        ] {
            assert!(is_refused(kind, sql_type, Dialect::MySql), "{kind:?} {sql_type}");
        }
    }

    #[test]
    fn a_type_that_keeps_some_values_or_is_not_known_is_not() {
        for (kind, sql_type) in [
            (ColumnType::Text, "citext"),
            (ColumnType::Text, "varchar(3)"),
            (ColumnType::BigInt, "smallint"),
            (ColumnType::UnsignedBigInt, "numeric(20)"),
            (ColumnType::BigInt, "double precision"),
            (ColumnType::Duration, "bigint"),
            (ColumnType::Duration, "interval"),
            (ColumnType::Array(&ColumnType::Text), "text[]"),
            (ColumnType::Json, "json"),
            (ColumnType::TimestampTz, "timestamptz(3)"),
        ] {
            assert!(!is_refused(kind, sql_type, Dialect::Postgres), "{kind:?} {sql_type}");
        }
        for (kind, sql_type) in [
            (ColumnType::Bool, "tinyint(1)"),
            (ColumnType::Uuid, "char(36)"),
            (ColumnType::Uuid, "varbinary(16)"),
            (ColumnType::Json, "longtext"),
            (ColumnType::TimestampTz, "datetime(6)"),
            (ColumnType::Duration, "decimal(20, 0)"),
        ] {
            assert!(!is_refused(kind, sql_type, Dialect::MySql), "{kind:?} {sql_type}");
        }
    }
}
