//! What each database can hold: rules that are `const`, so that the compiler keeps them where a struct is known to it, and
//! a plan where it is not.

use crate::schema::{Column, ColumnType, Index, IndexOf, Origin, Sql, TableSchema};
use crate::sql::Dialect;

/// A database, as a type.
pub trait Database {
    #[doc(hidden)]
    const DIALECT: Dialect;
}

/// PostgreSQL, as a type: what [`FitsDatabase`] is asked about.
#[derive(Clone, Copy, Debug)]
pub enum Postgres {}

impl Database for Postgres {
    const DIALECT: Dialect = Dialect::Postgres;
}

/// SQLite, as a type: what [`FitsDatabase`] is asked about.
#[derive(Clone, Copy, Debug)]
pub enum Sqlite {}

impl Database for Sqlite {
    const DIALECT: Dialect = Dialect::Sqlite;
}

/// MySQL and MariaDB, as a type: what [`FitsDatabase`] is asked about.
#[derive(Clone, Copy, Debug)]
pub enum MySql {}

impl Database for MySql {
    const DIALECT: Dialect = Dialect::MySql;
}

/// Rows of this type fit into tables of the database `D` ([`Postgres`], [`Sqlite`], [`MySql`]).
///
/// The derive implements it where that is so, and the methods of [`Upsertable`](crate::Upsertable) ask for it, so that a
/// struct which cannot be stored does not compile. It does not depend on which features are enabled. To see which field is
/// at fault, and what to write instead, name the database on the struct: `#[upsert(db(sqlite))]`.
///
/// Generic code names it as a bound beside `Upsertable`. A struct with type parameters implements it always: its rules
/// are looked at in the first call, before anything is sent. So do the chunks of a cursor, which is not told its database.
///
/// ```
/// use upsert::deadpool_postgres::Pool;
/// use upsert::{Error, FitsDatabase, UpsertOptions, UpsertReport, Upsertable, fit::Postgres};
///
/// async fn load<T: Upsertable + FitsDatabase<Postgres>>(pool: &Pool, rows: Vec<T>) -> Result<UpsertReport, Error> {
///     T::aupsert(pool, rows, UpsertOptions::new()).await
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "rows of `{Self}` are not known to fit the tables of this database",
    label = "written to a database whose rules it may break",
    note = "in generic code, add the bound `{Self}: FitsDatabase<fit::Postgres>` or `{Self}: FitsDatabase<fit::Sqlite>`, both of `upsert`"
)]
pub trait FitsDatabase<D> {}

/// What the rules of each database say of a struct.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Verdict<const POSTGRES: bool, const SQLITE: bool, const MYSQL: bool> {}

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the struct cannot be stored in this database, one of whose rules a column or a name breaks",
    label = "written to a database that cannot have its table",
    note = "name the database on the struct, `#[upsert(db(postgres))]` or `#[upsert(db(sqlite))]`: the compiler then shows the field, and says what to write instead"
)]
pub trait Passes<D> {}

impl<D> Passes<D> for Verdict<true, true, true> {}
impl Passes<Postgres> for Verdict<true, true, false> {}
impl Passes<Sqlite> for Verdict<true, true, false> {}
impl Passes<Postgres> for Verdict<true, false, true> {}
impl Passes<MySql> for Verdict<true, false, true> {}
impl Passes<Sqlite> for Verdict<false, true, true> {}
impl Passes<MySql> for Verdict<false, true, true> {}
impl Passes<Postgres> for Verdict<true, false, false> {}
impl Passes<Sqlite> for Verdict<false, true, false> {}
impl Passes<MySql> for Verdict<false, false, true> {}

/// No database: where there is only one answer, the compiler takes it for what was asked, and then wonders why it is not.
#[derive(Debug)]
enum Nowhere {}

impl Passes<Nowhere> for Verdict<true, false, false> {}
impl Passes<Nowhere> for Verdict<false, true, false> {}
impl Passes<Nowhere> for Verdict<false, false, true> {}

/// Whether a table can be had in a database.
#[doc(hidden)]
#[must_use]
pub const fn passes(schema: &TableSchema<'_>, dialect: Dialect) -> bool {
    if broken_by_table(schema, dialect).is_some() || broken_by_key(schema).is_some() {
        return false;
    }
    let mut position = 0;
    while position < all_columns(schema) {
        if broken_by_column(schema, position, dialect).is_some() {
            return false;
        }
        position += 1;
    }
    let mut index = 0;
    while index < schema.indexes.len() {
        if broken_by_index(schema, index, dialect).is_some() {
            return false;
        }
        index += 1;
    }
    true
}

/// How many columns there are, those that the database computes included: they stand behind the others.
pub(crate) const fn all_columns(schema: &TableSchema<'_>) -> usize {
    schema.columns.len() + schema.generated.len()
}

/// A column, or one that the database computes.
pub(crate) const fn column_at<'s>(schema: &TableSchema<'s>, position: usize) -> &'s Column<'s> {
    if position < schema.columns.len() {
        &schema.columns[position]
    } else {
        &schema.generated[position - schema.columns.len()].column
    }
}

/// The rule that the table itself breaks.
pub(crate) const fn broken_by_table(schema: &TableSchema<'_>, dialect: Dialect) -> Option<&'static str> {
    let most_columns = match dialect {
        Dialect::Postgres => 1_600,
        Dialect::Sqlite => 2_000,
        Dialect::MySql => 4_096,
    };
    if all_columns(schema) > most_columns {
        return Some(match dialect {
            Dialect::Postgres => "there are more columns than the 1600 that a table of PostgreSQL can have",
            Dialect::Sqlite => "there are more columns than the 2000 that a table of SQLite can have",
            Dialect::MySql => "there are more columns than the 4096 that a table of MySQL can have",
        });
    }
    if let Some(broken) = broken_by_parts(schema, schema.primary_key, dialect) {
        return Some(broken);
    }
    if let Some(target) = schema.conflict_target
        && let Some(broken) = broken_by_parts(schema, target, dialect)
    {
        return Some(broken);
    }
    if let Some(broken) = broken_by_table_name(schema.table, dialect) {
        return Some(broken);
    }
    match schema.schema {
        Some(name) => broken_by_name(name, dialect),
        None => None,
    }
}

/// The rule that the columns of an index break together.
const fn broken_by_parts(schema: &TableSchema<'_>, parts: &[usize], dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Postgres if parts.len() > 32 => {
            Some("the key has more than the 32 columns that an index of PostgreSQL can have")
        }
        Dialect::MySql if parts.len() > 16 => {
            Some("the key has more than the 16 columns that an index of MySQL can have")
        }
        Dialect::MySql if mysql_key_bytes(schema, parts) > 3_072 => Some(
            "the key may have more than the 3072 bytes that an index of InnoDB can have, 4 for each character: give its \
             columns a smaller `max_len`",
        ),
        Dialect::Postgres | Dialect::Sqlite | Dialect::MySql => None,
    }
}

/// Bytes of the longest key. Columns of which that is not known count nothing: they break a rule of their own.
const fn mysql_key_bytes(schema: &TableSchema<'_>, parts: &[usize]) -> u64 {
    let mut bytes = 0;
    let mut part = 0;
    while part < parts.len() {
        if parts[part] < schema.columns.len() {
            bytes += mysql_bytes(&schema.columns[parts[part]]);
        }
        part += 1;
    }
    bytes
}

const fn mysql_bytes(column: &Column<'_>) -> u64 {
    match (column.column_type, column.max_len) {
        // Widening, which a const function can do in no other way.
        (ColumnType::Text, Some(characters)) => characters as u64 * 4,
        (ColumnType::Bytes, Some(bytes)) => bytes as u64,
        (ColumnType::Inet, _) => 16,
        (column_type, _) => match column_type.fixed_width() {
            Some(width) => width as u64,
            None => 0,
        },
    }
}

const fn broken_by_table_name(name: &str, dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Sqlite if begins_with_ignoring_case(name, "sqlite_") => {
            Some("the name is reserved: SQLite keeps those that begin with `sqlite_`")
        }
        _ => broken_by_name(name, dialect),
    }
}

const fn broken_by_name(name: &str, dialect: Dialect) -> Option<&'static str> {
    if name.is_empty() {
        return Some("the name is empty");
    }
    let bytes = name.as_bytes();
    let mut beyond = false;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == 0 {
            return Some("the name holds a NUL character");
        }
        // The first byte of a character above U+FFFF.
        beyond |= bytes[at] >= 0xF0;
        at += 1;
    }
    let characters = Length::of(name).characters;
    match dialect {
        Dialect::Postgres if bytes.len() > 63 => Some("the name has more than 63 bytes; PostgreSQL would cut it"),
        Dialect::MySql if characters > 64 => Some("the name has more than the 64 characters that MySQL takes"),
        Dialect::MySql if bytes[bytes.len() - 1] == b' ' => Some("the name ends with a blank, which MySQL refuses"),
        Dialect::MySql if beyond => Some("the name holds a character above U+FFFF, which names of MySQL cannot have"),
        Dialect::Postgres | Dialect::Sqlite | Dialect::MySql => None,
    }
}

/// The rule that an index breaks.
pub(crate) const fn broken_by_index(schema: &TableSchema<'_>, number: usize, dialect: Dialect) -> Option<&'static str> {
    let index = &schema.indexes[number];
    if let IndexOf::Columns(columns) = index.of {
        if let Some(broken) = broken_by_parts(schema, columns, dialect) {
            return Some(broken);
        }
        let mut part = 0;
        while part < columns.len() {
            if columns[part] >= schema.columns.len() {
                return Some("the index names a column that is not there");
            }
            if matches!(dialect, Dialect::MySql)
                && let Some(broken) = broken_by_mysql_key(&schema.columns[columns[part]])
            {
                return Some(broken);
            }
            part += 1;
        }
    }
    match (dialect, index.name) {
        (Dialect::MySql, _) if index.predicate.is_some() => {
            return Some("MySQL has no indexes of some rows only: leave out `where`, or the index");
        }
        (Dialect::MySql, _) if matches!(index.of, IndexOf::Expression(_)) => {
            return Some("MariaDB has no indexes on expressions: make the expression a `generated` column");
        }
        (Dialect::Postgres, None) if index.key().is_none() && index_name(schema, index).bytes > 63 => {
            return Some("the name of the index would have more than 63 bytes: give it one with `name = \"…\"`");
        }
        (Dialect::MySql, None) if index.key().is_none() && index_name(schema, index).characters > 64 => {
            return Some("the name of the index would have more than 64 characters: give it one with `name = \"…\"`");
        }
        (_, Some(name)) => {
            if let Some(broken) = broken_by_table_name(name, dialect) {
                return Some(broken);
            }
        }
        (Dialect::Postgres | Dialect::Sqlite | Dialect::MySql, None) => {}
    }
    let mut earlier = 0;
    while earlier < number {
        if is_same_index_name(schema.indexes[earlier].name, index.name, dialect) {
            return Some("another index of the table has the same name");
        }
        earlier += 1;
    }
    None
}

/// How long a name is.
struct Length {
    bytes: usize,
    characters: usize,
}

impl Length {
    const fn of(name: &str) -> Self {
        let (mut characters, mut at) = (0, 0);
        while at < name.len() {
            // All bytes of a character but the first begin with these bits.
            characters += if name.as_bytes()[at] & 0xC0 == 0x80 { 0 } else { 1 };
            at += 1;
        }
        Self { bytes: name.len(), characters }
    }

    const fn and(self, other: Self) -> Self {
        Self { bytes: self.bytes + other.bytes, characters: self.characters + other.characters }
    }
}

/// How long the name of an index is that is made of the names of table and columns.
const fn index_name(schema: &TableSchema<'_>, index: &Index<'_>) -> Length {
    let mut name = Length::of(schema.table).and(Length::of("_")).and(Length::of("_key"));
    if let IndexOf::Columns(columns) = index.of {
        let mut part = 0;
        while part < columns.len() {
            name = name.and(Length::of(schema.columns[columns[part]].name));
            name = name.and(Length::of(if part > 0 { "_" } else { "" }));
            part += 1;
        }
    }
    name
}

const fn is_same_index_name(left: Option<&str>, right: Option<&str>, dialect: Dialect) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => is_same_name(left, right, dialect),
        _ => false,
    }
}

/// System columns, which every table of PostgreSQL has.
const POSTGRES_SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// The rule that a column breaks, or one that the database computes.
pub(crate) const fn broken_by_column(
    schema: &TableSchema<'_>,
    position: usize,
    dialect: Dialect,
) -> Option<&'static str> {
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
    let mut earlier = 0;
    while earlier < position {
        if is_same_name(column_at(schema, earlier).name, column.name, dialect) {
            return Some(match dialect {
                Dialect::Postgres => "another column has the same name",
                Dialect::Sqlite => "another column has the same name, which SQLite compares without regard to case",
                Dialect::MySql => "another column has the same name, which MySQL compares without regard to case",
            });
        }
        earlier += 1;
    }
    if position >= schema.columns.len()
        && on(&schema.generated[position - schema.columns.len()].expression, dialect).is_none()
    {
        return Some("nothing says what this database is to generate it from: name it in `generated(…)`");
    }
    match dialect {
        Dialect::Postgres => broken_on_postgres(column),
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

const fn broken_on_postgres(column: &Column<'_>) -> Option<&'static str> {
    let mut system = 0;
    while system < POSTGRES_SYSTEM_COLUMNS.len() {
        if is_same_name(column.name, POSTGRES_SYSTEM_COLUMNS[system], Dialect::Postgres) {
            return Some("the name is that of a system column, which every table of PostgreSQL has");
        }
        system += 1;
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
    let mut label = 0;
    while label < enum_type.labels.len() {
        if enum_type.labels[label].len() > 63 {
            return Some("a label of the enum type has more than 63 bytes, the most that PostgreSQL takes");
        }
        label += 1;
    }
    None
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
    if matches!(column.origin, Origin::RowOrIdentity) {
        if !(!schema.primary_key.is_empty() && schema.primary_key[0] == position) {
            return Some("MySQL gives numbers to no column but the first of the primary key");
        }
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

/// What an index of MySQL cannot have.
const fn broken_by_mysql_key(column: &Column<'_>) -> Option<&'static str> {
    match (column.column_type, column.max_len, column.sql_types.mysql) {
        (ColumnType::Text, None, None) if column.enum_type.is_none() => {
            Some("MySQL has no keys of text without a limit: write `#[upsert(max_len = 255)]`")
        }
        (ColumnType::Bytes, None, None) => {
            Some("MySQL has no keys of bytes without a limit: write `#[upsert(max_len = 255)]`")
        }
        (ColumnType::Json | ColumnType::Array(_), ..) => Some("MySQL has no keys of JSON, and its arrays are JSON"),
        _ => None,
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

/// The rule of every database that a flattened struct breaks.
pub(crate) const fn broken_by_group(schema: &TableSchema<'_>, from: usize, len: usize) -> Option<&'static str> {
    let mut position = from;
    while position < from + len {
        let mut other = 0;
        while other < all_columns(schema) {
            let (own, there) = (column_at(schema, position).name, column_at(schema, other).name);
            if other != position && is_same_name(own, there, Dialect::Postgres) {
                return Some(
                    "a column of the flattened struct has the name of another column: write `prefix = \"…\"` beside `flatten`",
                );
            }
            other += 1;
        }
        position += 1;
    }
    None
}

/// A rule of every database.
pub(crate) const fn broken_by_length(column: &Column<'_>) -> Option<&'static str> {
    match (column.max_len, column.column_type) {
        (Some(0), _) => Some("`max_len = 0` leaves room for nothing"),
        (None, _) | (Some(_), ColumnType::Text | ColumnType::Bytes) => None,
        (Some(_), _) => Some("`max_len` is for text and bytes; this column is neither"),
    }
}

/// The rule of every database that the key breaks.
pub(crate) const fn broken_by_key(schema: &TableSchema<'_>) -> Option<&'static str> {
    let keys = [schema.primary_key, schema.key()];
    let mut key = 0;
    while key < keys.len() {
        if keys[key].is_empty() {
            return Some("the key has no column");
        }
        let mut part = 0;
        while part < keys[key].len() {
            let position = keys[key][part];
            if position >= schema.columns.len() {
                return Some("the key names a column that is not there");
            }
            if let Some(broken) = broken_by_key_position(schema, position) {
                return Some(broken);
            }
            part += 1;
        }
        key += 1;
    }
    None
}

/// The rule that a column breaks as part of the primary key or the conflict target; nothing if it is in neither.
pub(crate) const fn broken_by_key_position(schema: &TableSchema<'_>, position: usize) -> Option<&'static str> {
    let column = &schema.columns[position];
    if has(schema.key(), position) {
        return broken_by_key_column(column);
    }
    if !has(schema.primary_key, position) {
        return None;
    }
    // By another key the row is found: what the database gives to new rows is no part of it.
    if column.is_given_by_database() && column.column_type.can_be_key() {
        return None;
    }
    broken_by_key_column(column)
}

const fn has(positions: &[usize], position: usize) -> bool {
    let mut at = 0;
    while at < positions.len() {
        if positions[at] == position {
            return true;
        }
        at += 1;
    }
    false
}

pub(crate) const fn broken_by_key_column(column: &Column<'_>) -> Option<&'static str> {
    match column.origin {
        Origin::RowOrIdentity => Some(
            "rows that are already there cannot be found by a number that the database is yet to give: name the columns \
             that find them with `#[upsert(conflict_target(…))]` on the struct",
        ),
        Origin::RowOrDefault(_) if column.nullable => Some(
            "rows that are already there cannot be found by a default: name the columns that find them with \
             `#[upsert(conflict_target(…))]` on the struct",
        ),
        Origin::Row | Origin::RowOrDefault(_) if column.nullable => {
            Some("it can be NULL and so cannot be in a key: NULL never equals NULL in a unique index")
        }
        Origin::Row | Origin::RowOrDefault(_) if !column.column_type.can_be_key() => {
            Some("it cannot be in a key: databases have no exact equality for floats, JSON and arrays")
        }
        Origin::Row | Origin::RowOrDefault(_) => None,
    }
}

/// SQLite and MySQL fold the case of ASCII letters; on PostgreSQL quoted names are told apart.
const fn is_same_name(left: &str, right: &str, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Sqlite | Dialect::MySql => left.len() == right.len() && begins_with_ignoring_case(left, right),
        Dialect::Postgres => {
            let (left, right) = (left.as_bytes(), right.as_bytes());
            let mut at = 0;
            while at < left.len() && at < right.len() && left[at] == right[at] {
                at += 1;
            }
            at == left.len() && at == right.len()
        }
    }
}

const fn begins_with_ignoring_case(name: &str, start: &str) -> bool {
    let (name, start) = (name.as_bytes(), start.as_bytes());
    if name.len() < start.len() {
        return false;
    }
    let mut at = 0;
    while at < start.len() {
        if !name[at].eq_ignore_ascii_case(&start[at]) {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{EnumType, GeneratedColumn};

    const DIALECTS: [Dialect; 3] = [Dialect::Postgres, Dialect::Sqlite, Dialect::MySql];
    const NOWHERE: [bool; 3] = [true; 3];
    const EVERYWHERE: [bool; 3] = [false; 3];

    fn column(name: &str, column_type: ColumnType) -> Column<'_> {
        Column::new(name, column_type)
    }

    /// Where a rule is broken by what stands in a table of an integer key and a text.
    fn broken(table: &TableSchema<'_>) -> [bool; 3] {
        DIALECTS.map(|dialect| !passes(table, dialect))
    }

    #[test]
    fn names_are_compared_as_the_database_does() {
        for (left, right, postgres, others) in [
            ("id", "id", true, true),
            ("id", "ID", false, true),
            ("id", "idx", false, false),
            ("", "", true, true),
            ("Ä", "ä", false, false),
        ] {
            assert_eq!(
                DIALECTS.map(|dialect| is_same_name(left, right, dialect)),
                [postgres, others, others],
                "{left} {right}"
            );
        }
    }

    #[test]
    fn each_rule_of_a_column_is_broken_by_something() {
        let (long, longer) = ("x".repeat(64), "x".repeat(65));
        let ok = [column("id", ColumnType::BigInt), column("value", ColumnType::Text)];
        assert_eq!(broken(&TableSchema::new("t", &ok, &[0])), EVERYWHERE);
        let with = |second: Column<'_>| {
            let columns = [ok[0], second];
            let table = TableSchema::new("t", &columns, &[0]);
            DIALECTS.map(|dialect| broken_by_column(&table, 1, dialect).is_some())
        };
        assert_eq!(with(column("", ColumnType::Text)), NOWHERE);
        assert_eq!(with(column("a\0", ColumnType::Text)), NOWHERE);
        assert_eq!(with(column(&long, ColumnType::Text)), [true, false, false]);
        assert_eq!(with(column(&longer, ColumnType::Text)), [true, false, true]);
        // 33 characters of two bytes each.
        assert_eq!(with(column(&"ä".repeat(33), ColumnType::Text)), [true, false, false]);
        assert_eq!(with(column("a ", ColumnType::Text)), [false, false, true]);
        assert_eq!(with(column("🦀", ColumnType::Text)), [false, false, true]);
        assert_eq!(with(column("ID", ColumnType::Text)), [false, true, true]);
        assert_eq!(with(column("xmin", ColumnType::Text)), [true, false, false]);
        assert_eq!(with(column("n", ColumnType::UnsignedBigInt)), [false, true, false]);
        assert_eq!(with(column("n", ColumnType::HugeInt)), [false, true, false]);
        let digits = Sql::NONE.sqlite("TEXT");
        assert_eq!(with(column("n", ColumnType::HugeInt).sql_types(digits)), EVERYWHERE);
        assert_eq!(with(column("n", ColumnType::Decimal)), [false, false, true]);
        assert_eq!(with(column("n", ColumnType::Decimal).sql_types(Sql::NONE.mysql("decimal(5, 2)"))), EVERYWHERE);
        assert_eq!(with(column("n", ColumnType::BigInt).max_len(3)), NOWHERE);
        assert_eq!(with(column("n", ColumnType::Text).max_len(0)), NOWHERE);
        assert_eq!(with(column("n", ColumnType::Text).max_len(20_000_000)), [true, false, false]);

        let identity = |column: Column<'static>| column.origin(Origin::RowOrIdentity);
        assert_eq!(with(identity(column("n", ColumnType::BigInt))), NOWHERE, "no row can be without it");
        assert_eq!(with(identity(column("n", ColumnType::Text).nullable(true))), NOWHERE);
        assert_eq!(with(identity(column("n", ColumnType::BigInt).nullable(true))), [false, true, true]);
    }

    #[test]
    fn each_rule_of_a_table_is_broken_by_something() {
        let ok = [column("id", ColumnType::BigInt), column("value", ColumnType::Text)];
        let name = |name| {
            let table = TableSchema::new(name, &ok, &[0]);
            DIALECTS.map(|dialect| broken_by_table(&table, dialect).is_some())
        };
        assert_eq!(name("SQLite_x"), [false, true, false]);
        assert_eq!(name(&"x".repeat(64)), [true, false, false]);
        for (columns, expected) in [
            (1_600, EVERYWHERE),
            (1_601, [true, false, false]),
            (2_001, [true, true, false]),
            (4_096, [true, true, false]),
            (4_097, NOWHERE),
        ] {
            let many = vec![ok[0]; columns - 1];
            // Those that are generated count as well.
            let generated = [GeneratedColumn::new(ok[1], Sql::everywhere("1"))];
            let many = TableSchema::new("t", &many, &[0]).generated(&generated);
            assert_eq!(DIALECTS.map(|dialect| broken_by_table(&many, dialect).is_some()), expected, "{columns}");
        }
        let wide = vec![ok[0]; 40];
        let positions: Vec<usize> = (0..33).collect();
        for (parts, expected) in
            [(16, EVERYWHERE), (17, [false, false, true]), (32, [false, false, true]), (33, [true, false, true])]
        {
            let of = &positions[..parts];
            for table in [TableSchema::new("t", &wide, of), TableSchema::new("t", &wide, &[0]).conflict_target(of)] {
                assert_eq!(DIALECTS.map(|dialect| broken_by_table(&table, dialect).is_some()), expected, "{parts}");
            }
            let index = [Index::new(IndexOf::Columns(of)).named("i")];
            let table = TableSchema::new("t", &wide, &[0]).indexes(&index);
            assert_eq!(DIALECTS.map(|dialect| broken_by_index(&table, 0, dialect).is_some()), expected, "{parts}");
        }
    }

    #[test]
    fn each_rule_of_a_key_is_broken_by_something() {
        let key = |column: Column<'_>| {
            let columns = [column];
            broken(&TableSchema::new("t", &columns, &[0]))
        };
        assert_eq!(key(column("x", ColumnType::Double)), NOWHERE);
        assert_eq!(key(column("x", ColumnType::Json)), NOWHERE);
        assert_eq!(key(column("x", ColumnType::Array(&ColumnType::BigInt))), NOWHERE);
        assert_eq!(key(column("x", ColumnType::BigInt).nullable(true)), NOWHERE);
        assert_eq!(key(column("x", ColumnType::BigInt).nullable(true).origin(Origin::RowOrIdentity)), NOWHERE);
        assert_eq!(
            key(column("x", ColumnType::BigInt).nullable(true).origin(Origin::RowOrDefault(Sql::everywhere("1")))),
            NOWHERE
        );
        assert_eq!(key(column("x", ColumnType::Text)), [false, false, true]);
        assert_eq!(key(column("x", ColumnType::Text).max_len(768)), EVERYWHERE);
        assert_eq!(key(column("x", ColumnType::Text).max_len(769)), [false, false, true]);
        assert_eq!(key(column("x", ColumnType::Bytes)), [false, false, true]);
        assert_eq!(key(column("x", ColumnType::Bytes).max_len(3_072)), EVERYWHERE);
        assert_eq!(key(column("x", ColumnType::Text).enum_type(Some(EnumType::new(&["a"])))), EVERYWHERE);

        let ok = [column("id", ColumnType::BigInt), column("value", ColumnType::Text)];
        assert_eq!(broken(&TableSchema::new("t", &ok, &[])), NOWHERE);
        assert_eq!(broken(&TableSchema::new("t", &ok, &[2])), NOWHERE);
        assert_eq!(broken(&TableSchema::new("t", &ok, &[0]).conflict_target(&[])), NOWHERE);

        // By another key the row is found: then the database may give the primary key.
        let given = [
            column("id", ColumnType::BigInt).nullable(true).origin(Origin::RowOrIdentity),
            column("value", ColumnType::Text).max_len(9),
        ];
        assert_eq!(broken(&TableSchema::new("t", &given, &[0]).conflict_target(&[1])), EVERYWHERE);
        assert_eq!(broken(&TableSchema::new("t", &given, &[0, 1]).conflict_target(&[1])), [false, true, false]);
        assert_eq!(broken(&TableSchema::new("t", &given, &[1]).conflict_target(&[0])), NOWHERE);
        let nullable = [given[0].origin(Origin::Row), given[1]];
        assert_eq!(broken(&TableSchema::new("t", &nullable, &[0]).conflict_target(&[1])), NOWHERE);
    }

    #[test]
    fn each_rule_of_an_index_is_broken_by_something() {
        let long = "x".repeat(60);
        let columns = [
            column("id", ColumnType::BigInt),
            column("value", ColumnType::Text).max_len(9),
            column("note", ColumnType::Text),
            column(&long, ColumnType::BigInt),
        ];
        let of = |index: Index<'_>| {
            let indexes = [index];
            broken(&TableSchema::new("t", &columns, &[0]).indexes(&indexes))
        };
        let on = |positions| Index::new(IndexOf::Columns(positions));
        assert_eq!(of(on(&[1])), EVERYWHERE);
        assert_eq!(of(on(&[4])), NOWHERE);
        assert_eq!(of(on(&[2])), [false, false, true], "text without a limit");
        assert_eq!(of(on(&[3])), [true, false, true], "its name would be t_xxx_idx");
        assert_eq!(of(on(&[3]).named("short")), EVERYWHERE);
        assert_eq!(of(on(&[1]).named(&"x".repeat(64))), [true, false, false]);
        assert_eq!(of(on(&[1]).named("sqlite_i")), [false, true, false]);
        assert_eq!(of(on(&[1]).predicate("id > 0")), [false, false, true]);
        assert_eq!(of(Index::unique(IndexOf::Expression("id + 1")).named("i")), [false, false, true]);
        let same = [on(&[0]).named("i"), on(&[1]).named("I")];
        assert_eq!(broken(&TableSchema::new("t", &columns, &[0]).indexes(&same)), [false, true, true]);
    }

    #[test]
    fn each_rule_of_a_generated_column_is_broken_by_something() {
        let columns = [column("id", ColumnType::BigInt)];
        let of = |name, expression| {
            let generated = [GeneratedColumn::new(column(name, ColumnType::BigInt), expression)];
            broken(&TableSchema::new("t", &columns, &[0]).generated(&generated))
        };
        assert_eq!(of("twice", Sql::everywhere("id * 2")), EVERYWHERE);
        assert_eq!(of("twice", Sql::NONE.sqlite("id * 2")), [true, false, true]);
        assert_eq!(of("ID", Sql::everywhere("id * 2")), [false, true, true]);
        assert_eq!(of("", Sql::everywhere("id * 2")), NOWHERE);
    }

    #[test]
    fn a_flattened_struct_repeats_no_column() {
        let columns = ["a", "b", "a", "c"].map(|name| column(name, ColumnType::BigInt));
        let table = TableSchema::new("t", &columns, &[0]);
        assert!(broken_by_group(&table, 0, 1).is_some() && broken_by_group(&table, 2, 2).is_some());
        assert!(broken_by_group(&table, 1, 1).is_none() && broken_by_group(&table, 3, 1).is_none());
    }
}
