//! What each database can hold: rules that are `const`, so that the compiler keeps them where a struct is known to it, and
//! a plan where it is not.

use crate::schema::{Column, ColumnType, TableSchema};
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

/// Rows of this type fit into tables of the database `D` ([`Postgres`], [`Sqlite`]).
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
pub enum Verdict<const POSTGRES: bool, const SQLITE: bool> {}

#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the struct cannot be stored in this database, one of whose rules a column or a name breaks",
    label = "written to a database that cannot have its table",
    note = "name the database on the struct, `#[upsert(db(postgres))]` or `#[upsert(db(sqlite))]`: the compiler then shows the field, and says what to write instead"
)]
pub trait Passes<D> {}

impl<D> Passes<D> for Verdict<true, true> {}
impl Passes<Postgres> for Verdict<true, false> {}
impl Passes<Sqlite> for Verdict<false, true> {}

/// No database: where there is only one answer, the compiler takes it for what was asked, and then wonders why it is not.
#[derive(Debug)]
enum Nowhere {}

impl Passes<Nowhere> for Verdict<true, false> {}
impl Passes<Nowhere> for Verdict<false, true> {}

/// Whether a table can be had in a database.
#[doc(hidden)]
#[must_use]
pub const fn passes(schema: &TableSchema<'_>, dialect: Dialect) -> bool {
    if broken_by_table(schema, dialect).is_some() || broken_by_key(schema).is_some() {
        return false;
    }
    let mut position = 0;
    while position < schema.columns.len() {
        if broken_by_column(schema, position, dialect).is_some() {
            return false;
        }
        position += 1;
    }
    true
}

/// The rule that the table itself breaks.
pub(crate) const fn broken_by_table(schema: &TableSchema<'_>, dialect: Dialect) -> Option<&'static str> {
    let most_columns = match dialect {
        Dialect::Postgres => 1_600,
        Dialect::Sqlite => 2_000,
    };
    if schema.columns.len() > most_columns {
        return Some(match dialect {
            Dialect::Postgres => "there are more columns than the 1600 that a table of PostgreSQL can have",
            Dialect::Sqlite => "there are more columns than the 2000 that a table of SQLite can have",
        });
    }
    if matches!(dialect, Dialect::Postgres) && schema.primary_key.len() > 32 {
        return Some("the key has more than the 32 columns that an index of PostgreSQL can have");
    }
    if let Some(broken) = broken_by_table_name(schema.table, dialect) {
        return Some(broken);
    }
    match schema.schema {
        Some(name) => broken_by_name(name, dialect),
        None => None,
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
    let mut at = 0;
    while at < name.len() {
        if name.as_bytes()[at] == 0 {
            return Some("the name holds a NUL character");
        }
        at += 1;
    }
    match dialect {
        Dialect::Postgres if name.len() > 63 => Some("the name has more than 63 bytes; PostgreSQL would cut it"),
        _ => None,
    }
}

/// System columns, which every table of PostgreSQL has.
const POSTGRES_SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// The rule that a column breaks, whose position must be one of the schema's.
pub(crate) const fn broken_by_column(
    schema: &TableSchema<'_>,
    position: usize,
    dialect: Dialect,
) -> Option<&'static str> {
    let column = &schema.columns[position];
    if let Some(broken) = broken_by_name(column.name, dialect) {
        return Some(broken);
    }
    if let Some(broken) = broken_by_length(column) {
        return Some(broken);
    }
    let mut earlier = 0;
    while earlier < position {
        if is_same_name(schema.columns[earlier].name, column.name, dialect) {
            return Some(match dialect {
                Dialect::Postgres => "another column has the same name",
                Dialect::Sqlite => "another column has the same name, which SQLite compares without regard to case",
            });
        }
        earlier += 1;
    }
    match dialect {
        Dialect::Postgres => broken_on_postgres(column),
        Dialect::Sqlite => broken_on_sqlite(column),
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
    if schema.primary_key.is_empty() {
        return Some("the key has no column");
    }
    let mut part = 0;
    while part < schema.primary_key.len() {
        let position = schema.primary_key[part];
        if position >= schema.columns.len() {
            return Some("the key names a column that is not there");
        }
        if let Some(broken) = broken_by_key_column(&schema.columns[position]) {
            return Some(broken);
        }
        part += 1;
    }
    None
}

pub(crate) const fn broken_by_key_column(column: &Column<'_>) -> Option<&'static str> {
    if column.nullable {
        Some("it can be NULL and so cannot be in a key: NULL never equals NULL in a unique index")
    } else if !column.column_type.can_be_key() {
        Some("it cannot be in a key: databases have no exact equality for floats, JSON and arrays")
    } else {
        None
    }
}

/// SQLite folds the case of ASCII letters; on PostgreSQL quoted names are told apart.
const fn is_same_name(left: &str, right: &str, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Sqlite => left.len() == right.len() && begins_with_ignoring_case(left, right),
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
    use crate::schema::SqlTypes;

    const DIALECTS: [Dialect; 2] = [Dialect::Postgres, Dialect::Sqlite];

    fn column(name: &str, column_type: ColumnType) -> Column<'_> {
        Column::new(name, column_type)
    }

    #[test]
    fn names_are_compared_as_the_database_does() {
        for (left, right, postgres, sqlite) in [
            ("id", "id", true, true),
            ("id", "ID", false, true),
            ("id", "idx", false, false),
            ("", "", true, true),
            ("Ä", "ä", false, false),
        ] {
            assert_eq!(
                DIALECTS.map(|dialect| is_same_name(left, right, dialect)),
                [postgres, sqlite],
                "{left} {right}"
            );
        }
    }

    #[test]
    fn each_rule_is_broken_by_something() {
        let long = "x".repeat(64);
        let ok = [column("id", ColumnType::BigInt), column("value", ColumnType::Text)];
        let table = TableSchema::new("t", &ok, &[0]);
        assert_eq!(DIALECTS.map(|dialect| passes(&table, dialect)), [true, true]);
        let with = |second: Column<'_>| {
            let columns = [ok[0], second];
            let table = TableSchema::new("t", &columns, &[0]);
            DIALECTS.map(|dialect| broken_by_column(&table, 1, dialect).is_some())
        };
        assert_eq!(with(column("", ColumnType::Text)), [true, true]);
        assert_eq!(with(column("a\0", ColumnType::Text)), [true, true]);
        assert_eq!(with(column(&long, ColumnType::Text)), [true, false]);
        assert_eq!(with(column("ID", ColumnType::Text)), [false, true]);
        assert_eq!(with(column("xmin", ColumnType::Text)), [true, false]);
        assert_eq!(with(column("n", ColumnType::UnsignedBigInt)), [false, true]);
        assert_eq!(with(column("n", ColumnType::HugeInt)), [false, true]);
        let digits = SqlTypes::NONE.sqlite("TEXT");
        assert_eq!(with(column("n", ColumnType::HugeInt).sql_types(digits)), [false, false]);
        assert_eq!(with(column("n", ColumnType::BigInt).max_len(3)), [true, true]);
        assert_eq!(with(column("n", ColumnType::Text).max_len(0)), [true, true]);
        assert_eq!(with(column("n", ColumnType::Text).max_len(20_000_000)), [true, false]);

        let name =
            |name| DIALECTS.map(|dialect| broken_by_table(&TableSchema::new(name, &ok, &[0]), dialect).is_some());
        assert_eq!(name("SQLite_x"), [false, true]);
        assert_eq!(name(&long), [true, false]);
        let many = vec![ok[0]; 1_601];
        let many = TableSchema::new("t", &many, &[0]);
        assert_eq!(DIALECTS.map(|dialect| broken_by_table(&many, dialect).is_some()), [true, false]);

        let wide: Vec<Column<'_>> = (0..33).map(|_| ok[0]).collect();
        let positions: Vec<usize> = (0..33).collect();
        let of_key = |parts| {
            let table = TableSchema::new("t", &wide, &positions[..parts]);
            DIALECTS.map(|dialect| broken_by_table(&table, dialect).is_some())
        };
        assert_eq!([of_key(32), of_key(33)], [[false, false], [true, false]]);

        assert!(broken_by_key(&TableSchema::new("t", &ok, &[])).is_some());
        assert!(broken_by_key(&TableSchema::new("t", &ok, &[2])).is_some());
        assert!(broken_by_key(&TableSchema::new("t", &[column("x", ColumnType::Double)], &[0])).is_some());
        assert!(broken_by_key(&TableSchema::new("t", &[ok[0].nullable(true)], &[0])).is_some());
        assert!(broken_by_key(&table).is_none());
    }
}
