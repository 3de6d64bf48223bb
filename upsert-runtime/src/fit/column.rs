//! Rules of columns.

use std::ops::Range;

use super::key::{InPrimaryKey, Standing, broken_by_mysql_key};
use super::length::{broken_by_length, broken_by_longest};
use super::name::{broken_by_column_name, is_same_name};
use super::sql_type::broken_by_sql_type;
use super::{all_columns, column_at};
use crate::schema::{Column, ColumnType, EnumType, Origin, Sql, SqliteTableOptions, TableSchema};
use crate::sql::Dialect;

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
        if let Some(broken) = broken_by_name_of_other(column.name, other.name, dialect) {
            return Some(broken);
        }
        earlier += 1;
    }
    None
}

/// Two columns of a table have names of their own.
pub(crate) const fn broken_by_name_of_other(name: &str, other: &str, dialect: Dialect) -> Option<&'static str> {
    // The lengths are asked first, as that costs the compiler the least.
    if other.len() != name.len() || !is_same_name(other, name, dialect) {
        return None;
    }
    Some(match dialect {
        Dialect::Postgres => "another column has the same name: give one another by `column = \"…\"`",
        Dialect::Sqlite => {
            "another column has the same name, which SQLite compares without regard to case: give one another by \
             `column = \"…\"`"
        }
        Dialect::MySql => {
            "another column has the same name, which MySQL compares without regard to case: give one another by \
             `column = \"…\"`"
        }
    })
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

/// The rule that a column breaks by itself. The derive asks for each of these where it is written, so that one broken rule
/// hides no other.
const fn broken_by_column_alone(schema: &TableSchema<'_>, position: usize, dialect: Dialect) -> Option<&'static str> {
    let column = column_at(schema, position);
    if let Some(broken) = broken_by_column_name(column.name, dialect) {
        return Some(broken);
    }
    // Each step costs the compiler something, and most columns have none of these.
    if column.max_len.is_some() {
        if let Some(broken) = broken_by_length(column) {
            return Some(broken);
        }
        if let Some(broken) = broken_by_longest(column, dialect) {
            return Some(broken);
        }
    }
    let is_identity = matches!(column.origin, Origin::RowOrIdentity);
    let standing = if is_identity || matches!(dialect, Dialect::MySql) {
        Standing::of(schema, position)
    } else {
        Standing::beside_keys(schema.table)
    };
    if is_identity {
        if let Some(broken) = broken_by_origin(column) {
            return Some(broken);
        }
        if let Some(broken) = broken_by_identity(column, standing.in_primary_key, dialect) {
            return Some(broken);
        }
    }
    if position >= schema.columns.len()
        && let Some(broken) =
            broken_by_expression(&schema.generated[position - schema.columns.len()].expression, dialect)
    {
        return Some(broken);
    }
    if let Some(broken) = broken_by_type(column, &standing, dialect) {
        return Some(broken);
    }
    if let Some(broken) = broken_by_sql_type(column, schema.sqlite, dialect) {
        return Some(broken);
    }
    if column.enum_type.is_some() { broken_by_same_enum(schema, position, dialect) } else { None }
}

const fn first_of(broken: &[Option<&'static str>]) -> Option<&'static str> {
    let mut rule = 0;
    while rule < broken.len() {
        if broken[rule].is_some() {
            return broken[rule];
        }
        rule += 1;
    }
    None
}

/// What is said of a column of a flattened struct, which stands in no key, where the struct is flattened.
pub(crate) const fn broken_by_column_of_group(
    column: &Column<'_>,
    table: &str,
    sqlite: SqliteTableOptions,
    dialect: Dialect,
) -> Option<&'static str> {
    first_of(&[
        broken_by_column_name(column.name, dialect),
        broken_by_length(column),
        broken_by_type(column, &Standing::beside_keys(table), dialect),
        broken_by_longest(column, dialect),
        broken_by_sql_type(column, sqlite, dialect),
    ])
}

/// What a generated column is computed from.
pub(crate) const fn broken_by_expression(expression: &Sql<'_>, dialect: Dialect) -> Option<&'static str> {
    if on(expression, dialect).is_some() {
        return None;
    }
    Some(match dialect {
        Dialect::Postgres => {
            "nothing says what PostgreSQL is to generate it from: add `postgres = \"…\"` in `generated(…)`"
        }
        Dialect::Sqlite => "nothing says what SQLite is to generate it from: add `sqlite = \"…\"` in `generated(…)`",
        Dialect::MySql => "nothing says what MySQL is to generate it from: add `mysql = \"…\"` in `generated(…)`",
    })
}

/// The SQL of one database.
pub(crate) const fn on<'s>(sql: &Sql<'s>, dialect: Dialect) -> Option<&'s str> {
    match dialect {
        Dialect::Postgres => sql.postgres,
        Dialect::Sqlite => sql.sqlite,
        Dialect::MySql => sql.mysql,
    }
}

/// What a database has no columns of.
pub(crate) const fn broken_by_type(
    column: &Column<'_>,
    standing: &Standing<'_>,
    dialect: Dialect,
) -> Option<&'static str> {
    match dialect {
        Dialect::Postgres => broken_on_postgres(column, standing),
        Dialect::Sqlite => broken_on_sqlite(column),
        Dialect::MySql => broken_on_mysql(column, standing),
    }
}

/// Whether every database has columns of a type, if they are in no key.
pub(crate) const fn is_of_all_databases(column_type: ColumnType) -> bool {
    match column_type {
        ColumnType::UnsignedBigInt
        | ColumnType::HugeInt
        | ColumnType::UnsignedHugeInt
        | ColumnType::Decimal
        | ColumnType::Array(_) => false,
        ColumnType::Bool
        | ColumnType::SmallInt
        | ColumnType::Integer
        | ColumnType::BigInt
        | ColumnType::Real
        | ColumnType::Double
        | ColumnType::Text
        | ColumnType::Bytes
        | ColumnType::Date
        | ColumnType::Time
        | ColumnType::Timestamp
        | ColumnType::TimestampTz
        | ColumnType::Duration
        | ColumnType::Uuid
        | ColumnType::Json
        | ColumnType::Inet => true,
    }
}

const fn broken_on_postgres(column: &Column<'_>, standing: &Standing<'_>) -> Option<&'static str> {
    if let ColumnType::Array(ColumnType::Array(_)) = column.column_type {
        return Some(
            "PostgreSQL has no arrays of arrays, whose lengths may differ: write `#[upsert(json)]`, which makes a document \
             of them",
        );
    }
    let Some(enum_type) = column.enum_type else { return None };
    let Some(name) = enum_type.postgres else { return None };
    if name.is_empty() || name.len() > 63 {
        return Some(
            "the name of the enum type is empty or has more than 63 bytes, which PostgreSQL would cut: give it another with \
             `postgres_enum = \"…\"`",
        );
    }
    if is_same_name(name, standing.table, Dialect::Postgres) {
        return Some(
            "the enum type has the name of the table, which is that of the table's row type: give it another with \
             `postgres_enum = \"…\"`",
        );
    }
    let mut label = 0;
    while label < enum_type.labels.len() {
        if enum_type.labels[label].len() > 63 {
            return Some(
                "a label of the enum type has more than the 63 bytes that PostgreSQL takes: give the variant a shorter text with \
                 `rename = \"…\"`",
            );
        }
        label += 1;
    }
    None
}

/// A type of PostgreSQL has one list of labels, whichever columns are of it.
pub(crate) const fn broken_by_same_enum(
    schema: &TableSchema<'_>,
    position: usize,
    dialect: Dialect,
) -> Option<&'static str> {
    if !matches!(dialect, Dialect::Postgres) {
        return None;
    }
    let Some(enum_type) = column_at(schema, position).enum_type else { return None };
    let Some(name) = enum_type.postgres else { return None };
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

const fn broken_on_sqlite(column: &Column<'_>) -> Option<&'static str> {
    match (column.column_type, column.sql_types.sqlite) {
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

const fn broken_on_mysql(column: &Column<'_>, standing: &Standing<'_>) -> Option<&'static str> {
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
            if has_four_bytes(enum_type.labels[label]) {
                return Some(
                    "MySQL does not tell labels of an enum with characters beyond U+FFFF as they are: give the variant another \
                     text, or write `#[upsert(sql_type(mysql = \"varchar(40)\"))]`",
                );
            }
            label += 1;
        }
    }
    if standing.is_in_a_key() { broken_by_mysql_key(column) } else { None }
}

/// Whether a text has a character of four bytes in UTF-8.
const fn has_four_bytes(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        if *first >= 0xF0 {
            return true;
        }
        rest = behind;
    }
    false
}

/// To which columns a database gives numbers.
pub(crate) const fn broken_by_identity(
    column: &Column<'_>,
    in_primary_key: InPrimaryKey,
    dialect: Dialect,
) -> Option<&'static str> {
    if !matches!(column.origin, Origin::RowOrIdentity) {
        return None;
    }
    if let (Dialect::Sqlite, Some(sql_type)) = (dialect, column.sql_types.sqlite)
        && !sql_type.eq_ignore_ascii_case("INTEGER")
    {
        return Some(
            "SQLite gives numbers to a column of the type `INTEGER` alone, and not even to an `INT`: leave `sql_type(sqlite = …)` out",
        );
    }
    match (dialect, in_primary_key) {
        (Dialect::Postgres, _) | (_, InPrimaryKey::Alone) | (Dialect::MySql, InPrimaryKey::First) => None,
        (Dialect::Sqlite, _) => Some(
            "SQLite gives numbers to no column but the one that is the whole primary key: make it `primary_key`, and name \
             the `conflict_target(…)` by which rows are found",
        ),
        (Dialect::MySql, _) => Some(
            "MySQL gives numbers to no column but the first of the primary key: name it first in `primary_key(…)`, and the \
             `conflict_target(…)` by which rows are found",
        ),
    }
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

const fn is_within(position: usize, ranges: &[Range<usize>]) -> bool {
    let mut range = 0;
    while range < ranges.len() {
        if ranges[range].start <= position && position < ranges[range].end {
            return true;
        }
        range += 1;
    }
    false
}

/// The rule that a column of a flattened struct, whose columns are `group`, breaks together with another that is not
/// `elsewhere`: of two flattened structs with the same column, one is told. Where the names are equal it is a rule of every
/// database, and asked without one.
pub(crate) const fn broken_by_flattened(
    schema: &TableSchema<'_>,
    position: usize,
    group: &Range<usize>,
    elsewhere: &[Range<usize>],
    dialect: Option<Dialect>,
) -> Option<&'static str> {
    let own = column_at(schema, position).name;
    let mut other = 0;
    while other < all_columns(schema) {
        let there = column_at(schema, other).name;
        let is_equal = is_same_name(own, there, Dialect::Postgres);
        match dialect {
            _ if other == position || is_within(other, elsewhere) => {}
            None if is_equal => {
                return Some("another column has the same name: write `prefix = \"…\"` beside `flatten`");
            }
            Some(dialect) if !is_equal && is_same_name(own, there, dialect) => {
                // A prefix is that of both.
                if group.start <= other && other < group.end {
                    return Some(
                        "another column of its struct has the same name but for the case, which this database does not regard: \
                         give one of them another there, by `column = \"…\"`",
                    );
                }
                return Some(
                    "another column has the same name but for the case, which this database does not regard: write \
                     `prefix = \"…\"` beside `flatten`",
                );
            }
            _ => {}
        }
        other += 1;
    }
    match dialect {
        Some(dialect) => broken_by_same_enum(schema, position, dialect),
        None => None,
    }
}
