//! Rules of columns.

use super::affinity::Affinity;
use super::key::broken_by_mysql_key;
use super::name::{Length, broken_by_name, is_same_name};
use super::{all_columns, column_at};
use crate::schema::{Column, ColumnType, EnumType, Origin, Sql, TableSchema};
use crate::sql::Dialect;

/// System columns, which every table of PostgreSQL has.
const POSTGRES_SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// The rule that a column breaks, or one that the database computes.
pub(crate) const fn broken_by_column(
    schema: &TableSchema<'_>,
    position: usize,
    dialect: Dialect,
) -> Option<&'static str> {
    broken_by_column_unless(schema, position, dialect, false)
}

/// The same, where it may be known that all names differ.
pub(crate) const fn broken_by_column_unless(
    schema: &TableSchema<'_>,
    position: usize,
    dialect: Dialect,
    names_differ: bool,
) -> Option<&'static str> {
    match broken_by_column_alone(schema, position, dialect) {
        None if !names_differ => broken_by_same_name(schema, position, dialect),
        broken => broken,
    }
}

/// Another column before it may not have its name.
const fn broken_by_same_name(schema: &TableSchema<'_>, position: usize, dialect: Dialect) -> Option<&'static str> {
    let column = column_at(schema, position);
    let mut earlier = 0;
    while earlier < position {
        let other = if earlier < schema.columns.len() { &schema.columns[earlier] } else { column_at(schema, earlier) };
        // Asked first, as it costs the compiler the least.
        if other.name.len() == column.name.len() && is_same_name(other.name, column.name, dialect) {
            return Some(match dialect {
                Dialect::Postgres => "another column has the same name: give one another by `column = \"…\"`",
                Dialect::Sqlite => {
                    "another column has the same name, which SQLite compares without regard to case: give one another by \
                     `column = \"…\"`"
                }
                Dialect::MySql => {
                    "another column has the same name, which MySQL compares without regard to case: give one another by \
                     `column = \"…\"`"
                }
            });
        }
        earlier += 1;
    }
    None
}

/// Whether no two columns have names that any database takes for one. It is asked once for all: to compare each with each
/// is most of what the rules cost the compiler.
#[doc(hidden)]
#[must_use]
pub const fn names_differ(schema: &TableSchema<'_>) -> bool {
    let mut position = 0;
    while position < all_columns(schema) {
        // No database tells more names from each other than PostgreSQL, and none fewer than MySQL.
        if broken_by_same_name(schema, position, Dialect::MySql).is_some() {
            return false;
        }
        position += 1;
    }
    true
}

/// The rule that a column breaks by itself.
const fn broken_by_column_alone(schema: &TableSchema<'_>, position: usize, dialect: Dialect) -> Option<&'static str> {
    let column = column_at(schema, position);
    if let Some(broken) = broken_by_name(column.name, dialect) {
        return Some(broken);
    }
    if let Some(broken) = broken_by_length(column) {
        return Some(broken);
    }
    if let Some(broken) = broken_by_origin(column) {
        return Some(broken);
    }
    if position >= schema.columns.len()
        && on(&schema.generated[position - schema.columns.len()].expression, dialect).is_none()
    {
        return Some(match dialect {
            Dialect::Postgres => {
                "nothing says what PostgreSQL is to generate it from: add `postgres = \"…\"` in `generated(…)`"
            }
            Dialect::Sqlite => {
                "nothing says what SQLite is to generate it from: add `sqlite = \"…\"` in `generated(…)`"
            }
            Dialect::MySql => "nothing says what MySQL is to generate it from: add `mysql = \"…\"` in `generated(…)`",
        });
    }
    match dialect {
        Dialect::Postgres => broken_on_postgres(schema, position),
        Dialect::Sqlite => broken_on_sqlite(schema, position),
        Dialect::MySql => broken_on_mysql(schema, position),
    }
}

/// The SQL of one database.
pub(crate) const fn on<'s>(sql: &Sql<'s>, dialect: Dialect) -> Option<&'s str> {
    match dialect {
        Dialect::Postgres => sql.postgres,
        Dialect::Sqlite => sql.sqlite,
        Dialect::MySql => sql.mysql,
    }
}

const fn broken_on_postgres(schema: &TableSchema<'_>, position: usize) -> Option<&'static str> {
    let column = column_at(schema, position);
    let mut system = 0;
    while system < POSTGRES_SYSTEM_COLUMNS.len() {
        let own = POSTGRES_SYSTEM_COLUMNS[system];
        if own.len() == column.name.len() && is_same_name(column.name, own, Dialect::Postgres) {
            return Some("the name is that of a system column, which every table of PostgreSQL has");
        }
        system += 1;
    }
    if let ColumnType::Array(ColumnType::Array(_)) = column.column_type {
        return Some(
            "PostgreSQL has no arrays of arrays, whose lengths may differ: write `#[upsert(json)]`, which makes a document \
             of them",
        );
    }
    if let (ColumnType::Text, Some(max_len)) = (column.column_type, column.max_len)
        && max_len > 10_485_760
    {
        return Some("`max_len` is more than the 10485760 characters that a `varchar` of PostgreSQL can have");
    }
    let Some(enum_type) = column.enum_type else { return None };
    let Some(name) = enum_type.postgres else { return None };
    if name.is_empty() || name.len() > 63 {
        return Some("the name of the enum type is empty or has more than 63 bytes; PostgreSQL would cut it");
    }
    if is_same_name(name, schema.table, Dialect::Postgres) {
        return Some(
            "the enum type has the name of the table, which is that of the table's row type: give it another with \
             `postgres_enum = \"…\"`",
        );
    }
    let mut label = 0;
    while label < enum_type.labels.len() {
        if enum_type.labels[label].len() > 63 {
            return Some("a label of the enum type has more than 63 bytes, the most that PostgreSQL takes");
        }
        label += 1;
    }
    let mut earlier = 0;
    while earlier < position {
        if let Some(other) = column_at(schema, earlier).enum_type
            && let Some(other_name) = other.postgres
            && is_same_name(other_name, name, Dialect::Postgres)
            && !has_same_labels(&other, &enum_type)
        {
            return Some(
                "another column has an enum type of this name with other labels: give one of them another name with \
                 `postgres_enum = \"…\"`",
            );
        }
        earlier += 1;
    }
    None
}

const fn has_same_labels(left: &EnumType<'_>, right: &EnumType<'_>) -> bool {
    let mut label = 0;
    while label < left.labels.len() && label < right.labels.len() {
        if !is_same_name(left.labels[label], right.labels[label], Dialect::Postgres) {
            return false;
        }
        label += 1;
    }
    left.labels.len() == right.labels.len()
}

const fn broken_on_sqlite(schema: &TableSchema<'_>, position: usize) -> Option<&'static str> {
    let column = column_at(schema, position);
    if matches!(column.origin, Origin::RowOrIdentity)
        && !(schema.primary_key.len() == 1 && schema.primary_key[0] == position)
    {
        return Some(
            "SQLite gives numbers to no column but the one that is the whole primary key: make it `primary_key`, and name \
             the `conflict_target(…)` by which rows are found",
        );
    }
    match (column.column_type, column.sql_types.sqlite) {
        (column_type, Some(sql_type)) if !Affinity::of(sql_type, true).is_of(column_type) => Some(
            "a column of this `sql_type` does not hold the field's values in a STRICT table: leave `sql_type` out, or write one \
             that does (`\"ANY\"` does always)",
        ),
        (ColumnType::UnsignedBigInt, None) => Some(
            "SQLite has no unsigned integers of 64 bits: use `i64`, or write `#[upsert(sql_type(sqlite = \"INTEGER\"))]`, \
             which refuses values above i64::MAX, or `\"TEXT\"`, which holds their digits",
        ),
        (ColumnType::HugeInt | ColumnType::UnsignedHugeInt, None) => Some(
            "SQLite has no integers of 128 bits: use `i64`, or write `#[upsert(sql_type(sqlite = \"TEXT\"))]`, which holds \
             their digits, or `\"INTEGER\"`, which refuses values that do not fit 64 bits",
        ),
        _ => None,
    }
}

const fn broken_on_mysql(schema: &TableSchema<'_>, position: usize) -> Option<&'static str> {
    let column = column_at(schema, position);
    if matches!(column.column_type, ColumnType::Decimal) && column.sql_types.mysql.is_none() {
        return Some(
            "decimals of MySQL have a fixed number of digits: write `#[upsert(sql_type(mysql = \"decimal(20, 4)\"))]`",
        );
    }
    if let (Some(enum_type), None) = (column.enum_type, column.sql_types.mysql) {
        let mut label = 0;
        while label < enum_type.labels.len() {
            if let [.., b' '] = enum_type.labels[label].as_bytes() {
                return Some(
                    "MySQL takes away the blanks at the end of an enum's label: give the variant another text, or write \
                     `#[upsert(sql_type(mysql = \"varchar(40)\"))]`",
                );
            }
            label += 1;
        }
    }
    let is_first = !schema.primary_key.is_empty() && schema.primary_key[0] == position;
    if matches!(column.origin, Origin::RowOrIdentity) && !is_first {
        return Some("MySQL gives numbers to no column but the first of the primary key");
    }
    let parts = [schema.primary_key, schema.key()];
    let mut list = 0;
    while list < parts.len() {
        let mut part = 0;
        while part < parts[list].len() {
            if parts[list][part] == position
                && let Some(broken) = broken_by_mysql_key(column)
            {
                return Some(broken);
            }
            part += 1;
        }
        list += 1;
    }
    None
}

/// A rule of every database.
pub(crate) const fn broken_by_origin(column: &Column<'_>) -> Option<&'static str> {
    match (column.origin, column.column_type) {
        (Origin::RowOrIdentity, ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt) if column.nullable => {
            None
        }
        (Origin::RowOrIdentity, _) => Some(
            "an `identity` column is an integer that the database gives where the row has `None`: make it `Option<i64>`, \
             `Option<i32>` or `Option<i16>`",
        ),
        (Origin::Row | Origin::RowOrDefault(_), _) => None,
    }
}

/// The rule of every database that a column of a flattened struct breaks.
pub(crate) const fn broken_by_flattened(schema: &TableSchema<'_>, position: usize) -> Option<&'static str> {
    let mut other = 0;
    while other < all_columns(schema) {
        let (own, there) = (column_at(schema, position).name, column_at(schema, other).name);
        if other != position && is_same_name(own, there, Dialect::Postgres) {
            return Some("another column has the same name: write `prefix = \"…\"` beside `flatten`");
        }
        other += 1;
    }
    None
}

/// A rule of every database.
pub(crate) const fn broken_by_length(column: &Column<'_>) -> Option<&'static str> {
    match (column.max_len, column.column_type) {
        (Some(0), _) => Some("`max_len = 0` leaves room for nothing"),
        (Some(max_len), ColumnType::Text) if has_longer_label(column, max_len) => {
            Some("`max_len` is less than the characters of the enum's longest label: leave it out, or make it larger")
        }
        (None, _) | (Some(_), ColumnType::Text | ColumnType::Bytes) => None,
        (Some(_), _) => Some("`max_len` is for text and bytes; this column is neither"),
    }
}

const fn has_longer_label(column: &Column<'_>, max_len: u32) -> bool {
    let Some(enum_type) = column.enum_type else { return false };
    let mut label = 0;
    while label < enum_type.labels.len() {
        if Length::of(enum_type.labels[label]).characters > max_len as usize {
            return true;
        }
        label += 1;
    }
    false
}
