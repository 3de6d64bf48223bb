//! What each database can hold: rules that are `const`, so that the compiler keeps them where a struct is known to it, and
//! a plan where it is not.

pub(crate) mod affinity;
mod column;
mod index;
mod key;
mod length;
mod lines;
mod name;
mod row;
mod sql_type;
mod table;
#[cfg(test)]
mod tests;
mod width;

pub use self::column::names_differ;
pub(crate) use self::column::{
    broken_by_column, broken_by_column_of_group, broken_by_column_unless, broken_by_expression, broken_by_flattened,
    broken_by_identity, broken_by_name_of_other, broken_by_origin, broken_by_same_enum, broken_by_type,
    is_of_all_databases, on,
};
pub(crate) use self::index::{
    broken_by_index, broken_by_index_name, broken_by_indexed_expression, broken_by_predicate,
};
pub use self::key::{FindsRows, InPrimaryKey, Standing};
pub(crate) use self::key::{
    broken_by_bytes_of, broken_by_indexed, broken_by_key, broken_by_key_origin, broken_by_key_position,
    broken_by_key_type, broken_by_number_of_parts,
};
pub(crate) use self::length::{broken_by_length, broken_by_longest};
pub(crate) use self::lines::Lines;
pub(crate) use self::name::{broken_by_column_name, broken_by_name, broken_by_table_name, is_same_name};
pub(crate) use self::sql_type::broken_by_sql_type;
pub(crate) use self::table::{broken_by_size, broken_by_table, most_columns};
pub(crate) use self::width::Width;

use crate::schema::{Column, TableSchema};
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
/// Generic code names it as a bound beside `Upsertable`. A struct with type parameters implements it always: what
/// depends on them is looked at in the first call, before anything is sent.
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
    note = "name the database on the struct, `#[upsert(db(postgres, sqlite, mysql))]` or those of them that it is for: the compiler then shows the field, and says what to write instead"
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

/// Whether a table can be had in each of the databases: PostgreSQL, SQLite, MySQL. Of those that were asked about where the struct
/// is defined, it is not found out once more.
#[doc(hidden)]
#[must_use]
pub const fn verdicts(schema: &TableSchema<'_>, names_differ: bool, asked: [bool; 3]) -> [bool; 3] {
    let [postgres, sqlite, mysql] = asked;
    [
        postgres || passes(schema, Dialect::Postgres, names_differ),
        sqlite || passes(schema, Dialect::Sqlite, names_differ),
        mysql || passes(schema, Dialect::MySql, names_differ),
    ]
}

const fn passes(schema: &TableSchema<'_>, dialect: Dialect, names_differ: bool) -> bool {
    if broken_by_table(schema, dialect).is_some() || broken_by_key(schema).is_some() {
        return false;
    }
    let mut position = 0;
    while position < all_columns(schema) {
        if broken_by_column_unless(schema, position, dialect, names_differ).is_some() {
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
