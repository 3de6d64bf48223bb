//! The only names that generated code uses, beside those of the public API. No part of that API.

pub use crate::column_value::with::{AsJson, AsNullableJson, ColumnAs};
pub use crate::column_value::{ColumnValue, KeyValue};
pub use crate::fit::{FindsRows, FitsDatabase, InPrimaryKey, Passes, Standing, Verdict, names_differ, verdicts};
pub use crate::group::{
    ColumnGroup, GroupRefs, Place, RefsAt, column_at, concatenated, join_names, len_of_names, prefixed,
};
pub use crate::rows::block::{Block, parts};
pub use crate::schema::{
    Column, ColumnRef, ColumnType, EnumType, GeneratedColumn, Index, IndexOf, Origin, Sql, SqliteTableOptions,
    TableSchema, Update,
};
pub use crate::snapshot::{InSnapshot, Wanting};
pub use crate::sql::Dialect;
pub use crate::upsertable::Upsertable;
pub use crate::value::Value;
pub use core::marker::PhantomData;
pub use core::ops::Range;
pub use core::option::Option;
pub use core::primitive::{bool, u8, u32, usize};

use crate::{fit, snapshot};

/// The constant by which options name a column.
#[must_use]
pub const fn column_ref(table: &'static str, position: usize, name: &'static str) -> ColumnRef {
    ColumnRef { table, position, name }
}

/// The text of a variant.
#[must_use]
pub fn text(label: &'static str) -> Value<'static> {
    Value::Text(label.into())
}

/// Fails to compile, at the type of the field, where it cannot be part of a key.
pub const fn key<T: KeyValue + ?Sized>() {}

// Each of these fails to compile, at its caller's place, where a rule is broken. They take as little as the rule asks for: what
// is wrong elsewhere in the struct then hides no answer.

/// Whether a column can be NULL; of a type that may have two of them.
#[must_use]
#[track_caller]
pub const fn nullable<T: ColumnValue + ?Sized>() -> bool {
    if !T::HAS_ONE_NULL {
        refuse(Some("an `Option` of what may be NULL already: a column has one NULL, so leave one `Option` out"));
    }
    // A function of its own: what a function names of a type's constants is made before its first line.
    is_nullable::<T>()
}

const fn is_nullable<T: ColumnValue + ?Sized>() -> bool {
    T::NULLABLE
}

/// Of the name of a table.
#[track_caller]
pub const fn table_name_fits(name: &str, dialect: Dialect) {
    refuse(fit::broken_by_table_name(name, dialect));
}

/// Of the name of a schema.
#[track_caller]
pub const fn schema_name_fits(name: &str, dialect: Dialect) {
    refuse(fit::broken_by_name(name, dialect));
}

/// Of the name of a column.
#[track_caller]
pub const fn column_name_fits(name: &str, dialect: Dialect) {
    refuse(fit::broken_by_column_name(name, dialect));
}

/// Of the name of a column, beside those before it.
#[track_caller]
pub const fn column_name_differs(name: &str, earlier: &[&str], dialect: Dialect) {
    let mut other = 0;
    while other < earlier.len() {
        refuse(fit::broken_by_name_of_other(name, earlier[other], dialect));
        other += 1;
    }
}

/// Of the type of a field in all databases at once, for there are many fields. Of the table it asks only where the type has a name
/// in the database.
#[track_caller]
pub const fn type_fits<Table: Whole>(column: &Column<'_>, standing: &Standing<'_>, dialects: &[Dialect]) {
    let mut dialect = 0;
    while dialect < dialects.len() {
        if fit::broken_by_type(column, standing, dialects[dialect]).is_some() {
            refuse(in_each(column, standing, dialects).text());
        }
        if column.enum_type.is_some() && matches!(dialects[dialect], Dialect::Postgres) {
            // A function of its own: what a function names of a type's constants is made before its first line.
            enum_fits::<Table>(column.name);
        }
        dialect += 1;
    }
}

/// The same of a column that is in no key and of which nothing else is said.
#[track_caller]
pub const fn plain_type_fits<Table: Whole, const N: usize>(
    column_type: ColumnType,
    enum_type: Option<EnumType<'static>>,
    name: &'static str,
    table: &str,
    dialects: [Dialect; N],
) {
    // Each step costs the compiler something, and most columns are of a type that every database has.
    if enum_type.is_none() && fit::is_of_all_databases(column_type) {
        return;
    }
    let column = Column::new(name, column_type).enum_type(enum_type);
    type_fits::<Table>(&column, &Standing::beside_keys(table), &dialects);
}

const fn in_each(column: &Column<'_>, standing: &Standing<'_>, dialects: &[Dialect]) -> fit::Lines {
    let mut lines = fit::Lines::NONE;
    let mut dialect = 0;
    while dialect < dialects.len() {
        if let Some(broken) = fit::broken_by_type(column, standing, dialects[dialect]) {
            lines = lines.with(broken);
        }
        dialect += 1;
    }
    lines
}

#[track_caller]
const fn enum_fits<Table: Whole>(column: &str) {
    let mut position = 0;
    while position < fit::all_columns(Table::WHOLE) {
        let own = fit::column_at(Table::WHOLE, position).name;
        if fit::broken_by_name_of_other(column, own, Dialect::Postgres).is_some() {
            refuse(fit::broken_by_same_enum(Table::WHOLE, position, Dialect::Postgres));
        }
        position += 1;
    }
}

/// Of `max_len`.
#[track_caller]
pub const fn length_is_sound(column: &Column<'_>) {
    refuse(fit::broken_by_length(column));
}

/// Of `max_len` in a database.
#[track_caller]
pub const fn length_fits(column: &Column<'_>, dialect: Dialect) {
    refuse(fit::broken_by_longest(column, dialect));
}

/// Of `sql_type`.
#[track_caller]
pub const fn sql_type_fits(column: &Column<'_>, sqlite: SqliteTableOptions, dialect: Dialect) {
    refuse(fit::broken_by_sql_type(column, sqlite, dialect));
}

/// Of the type of a field that is an identity.
#[track_caller]
pub const fn origin_is_sound(column: &Column<'_>) {
    refuse(fit::broken_by_origin(column));
}

/// Of `identity` in a database.
#[track_caller]
pub const fn identity_fits(column: &Column<'_>, in_primary_key: InPrimaryKey, dialect: Dialect) {
    refuse(fit::broken_by_identity(column, in_primary_key, dialect));
}

/// Of `generated` in a database.
#[track_caller]
pub const fn expression_fits(expression: &Sql<'_>, dialect: Dialect) {
    refuse(fit::broken_by_expression(expression, dialect));
}

/// Of the type of a field in a key that is not stored as its type says.
#[track_caller]
pub const fn key_type_is_sound(column: &Column<'_>) {
    refuse(fit::broken_by_key_type(column));
}

/// Of a field in a key that the database may give.
#[track_caller]
pub const fn key_origin_is_sound(column: &Column<'_>, finds_rows: FindsRows) {
    refuse(fit::broken_by_key_origin(column, finds_rows));
}

/// Of how many columns a key or an index has.
#[track_caller]
pub const fn number_of_parts_fits(parts: usize, dialect: Dialect) {
    refuse(fit::broken_by_number_of_parts(parts, dialect));
}

/// Of the columns of a key or an index together.
#[track_caller]
pub const fn key_fits(columns: &[Column<'_>], dialect: Dialect) {
    refuse(fit::broken_by_bytes_of(columns, dialect));
}

/// Of a column of an index.
#[track_caller]
pub const fn indexed_column_fits(column: &Column<'_>, dialect: Dialect) {
    if let Some(broken) = fit::broken_by_indexed(column, dialect) {
        let words = fit::Lines::NONE.and("`").and(column.name).and("` is in an index, and ");
        refuse(words.and(broken).text());
    }
}

/// Of the name of an index.
#[track_caller]
pub const fn index_name_fits(schema: &TableSchema<'_>, index: usize, dialect: Dialect) {
    refuse(fit::broken_by_index_name(schema, index, dialect));
}

/// Of an index of some rows.
#[track_caller]
pub const fn index_where_fits(dialect: Dialect) {
    refuse(fit::broken_by_predicate(dialect));
}

/// Of an index on an expression.
#[track_caller]
pub const fn index_expr_fits(dialect: Dialect) {
    refuse(fit::broken_by_indexed_expression(dialect));
}

/// Of all columns together.
#[track_caller]
pub const fn table_fits(schema: &TableSchema<'_>, dialect: Dialect) {
    refuse(fit::broken_by_size(schema, dialect));
}

/// Of the columns of a flattened struct, each by itself.
#[track_caller]
pub const fn group_fits(columns: &[Column<'_>], table: &str, sqlite: SqliteTableOptions, dialect: Dialect) {
    let mut lines = fit::Lines::NONE;
    let mut position = 0;
    while position < columns.len() {
        let column = &columns[position];
        lines = lines.of(column.name, fit::broken_by_column_of_group(column, table, sqlite, dialect));
        position += 1;
    }
    refuse(lines.text());
}

/// Of the columns of a flattened struct beside all others, but those of flattened structs that are asked about themselves: by the
/// rules of every database, or of one alone.
#[track_caller]
pub const fn group_stands_in(
    schema: &TableSchema<'_>,
    group: &Range<usize>,
    asked_themselves: &[Range<usize>],
    dialect: Option<Dialect>,
) {
    let mut lines = fit::Lines::NONE;
    let mut position = group.start;
    while position < group.end {
        let broken = fit::broken_by_flattened(schema, position, group, asked_themselves, dialect);
        lines = lines.of(fit::column_at(schema, position).name, broken);
        position += 1;
    }
    refuse(lines.text());
}

/// Fails to compile, at the type, where it does not fit the column that the table had when its snapshot was taken.
#[track_caller]
pub const fn column_is_as_in_snapshot(column: &Column<'_>, there: &InSnapshot<'_>) {
    refuse(there.broken_by(column).text());
}

/// The same of the columns of a flattened struct: of their names and keys as well, which no macro has seen.
#[track_caller]
pub const fn group_is_as_in_snapshot(columns: &[Column<'_>], there: &[InSnapshot<'_>], dialect: Dialect) {
    refuse(snapshot::broken_by_group(columns, there, dialect).text());
}

/// Of columns that must have a value: whether a flattened struct has them.
#[track_caller]
pub const fn rest_is_in_groups(groups: &[&[Column<'_>]], wanting: &[Wanting<'_>], dialect: Dialect) {
    refuse(snapshot::broken_by_rest(groups, wanting, dialect).text());
}

/// The table of a struct, for what asks for more than one of its columns.
pub trait Whole {
    const WHOLE: &'static TableSchema<'static>;
}

/// No table: beside other mistakes, or with type parameters, there is none.
#[derive(Debug)]
pub enum Nowhere {}

impl Whole for Nowhere {
    const WHOLE: &'static TableSchema<'static> = &TableSchema::new("", &[], &[]);
}

#[track_caller]
#[expect(clippy::panic, reason = "it is the compiler that shows it, as an error at the caller's place")]
const fn refuse(broken: Option<&str>) {
    if let Some(broken) = broken {
        panic!("{}", broken);
    }
}

/// A column that the schema does not have.
#[cold]
pub fn no_such_column(column: usize) -> ! {
    unreachable!("the schema has no column {column}")
}
