//! Rules of indexes.

use super::key::{broken_by_indexed, broken_by_parts, has};
use super::name::{Decoder, Length, broken_by_table_name, is_same_character, is_same_name};
use crate::schema::{Index, IndexOf, TableSchema};
use crate::sql::Dialect;

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
            if let Some(broken) = broken_by_indexed(&schema.columns[columns[part]], dialect) {
                return Some(broken);
            }
            part += 1;
        }
    }
    if index.predicate.is_some()
        && let Some(broken) = broken_by_predicate(dialect)
    {
        return Some(broken);
    }
    if matches!(index.of, IndexOf::Expression(_))
        && let Some(broken) = broken_by_indexed_expression(dialect)
    {
        return Some(broken);
    }
    broken_by_index_name(schema, number, dialect)
}

/// Which databases have indexes of some rows.
pub(crate) const fn broken_by_predicate(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::MySql => Some("MySQL has no indexes of some rows only: leave out `where`, or the index"),
        Dialect::Postgres | Dialect::Sqlite => None,
    }
}

/// Which databases have indexes on expressions.
pub(crate) const fn broken_by_indexed_expression(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::MySql => {
            Some("MariaDB has no indexes on expressions: leave out the index, or create it by hand where there are any")
        }
        Dialect::Postgres | Dialect::Sqlite => None,
    }
}

/// The rule that the name of an index breaks. Of the columns it asks for nothing but their names.
pub(crate) const fn broken_by_index_name(
    schema: &TableSchema<'_>,
    number: usize,
    dialect: Dialect,
) -> Option<&'static str> {
    let index = &schema.indexes[number];
    match (dialect, index.name) {
        (Dialect::Postgres, None) if index.key().is_none() && index_name(schema, index).bytes > 63 => {
            return Some("the name of the index would have more than 63 bytes: give it one with `name = \"…\"`");
        }
        (Dialect::MySql, None) if index.key().is_none() && index_name(schema, index).characters > 64 => {
            return Some("the name of the index would have more than 64 characters: give it one with `name = \"…\"`");
        }
        (Dialect::MySql, Some(name)) if is_same_name(name, "primary", dialect) => {
            return Some("the name is that of the primary key, on MySQL always: give the index another");
        }
        (_, Some(name)) => {
            if let Some(broken) = broken_by_table_name(name, dialect) {
                return Some(broken);
            }
        }
        (Dialect::Postgres | Dialect::Sqlite | Dialect::MySql, None) => {}
    }
    let name = Letters::of(schema, Whose::Index(index));
    let ours = is_named_by_us(index, dialect);
    if ours && !matches!(dialect, Dialect::MySql) && is_same(Letters::of(schema, Whose::Table), name, dialect) {
        return Some("the table has the name of the index: give the index another one with `name = \"…\"`");
    }
    let of_primary_key = Letters::of(schema, Whose::PrimaryKey);
    if ours && matches!(dialect, Dialect::Postgres) && is_same(of_primary_key, name, dialect) {
        return Some("PostgreSQL gives this name to the primary key: give the index another one with `name = \"…\"`");
    }
    if let Some(target) = schema.conflict_target
        && !is_on(index, target)
    {
        let of_target = Index::unique(IndexOf::Columns(target));
        if ours
            && !matches!(dialect, Dialect::Sqlite)
            && is_same(Letters::of(schema, Whose::Index(&of_target)), name, dialect)
        {
            return Some(
                "the unique key of the conflict target has this name: give the index another one with `name = \"…\"`",
            );
        }
    }
    let mut earlier = 0;
    while earlier < number {
        let other = &schema.indexes[earlier];
        // PostgreSQL gives names that are free, but only as long as it is the last to give any.
        let both_are_given = match dialect {
            Dialect::Postgres => ours || is_named_by_us(other, dialect),
            Dialect::Sqlite | Dialect::MySql => ours && is_named_by_us(other, dialect),
        };
        if both_are_given && is_same(Letters::of(schema, Whose::Index(other)), name, dialect) {
            return Some("another index of the table has the same name: give one of them another with `name = \"…\"`");
        }
        earlier += 1;
    }
    None
}

/// Whether the statement that makes it says its name. SQLite's unique keys have none, and PostgreSQL gives them theirs; that
/// of MySQL would be the first column's.
const fn is_named_by_us(index: &Index<'_>, dialect: Dialect) -> bool {
    matches!(dialect, Dialect::MySql) || index.name.is_some() || index.key().is_none()
}

const fn is_on(index: &Index<'_>, columns: &[usize]) -> bool {
    let Some(own) = index.key() else { return false };
    let mut at = 0;
    while at < own.len() {
        if !has(columns, own[at]) {
            return false;
        }
        at += 1;
    }
    own.len() == columns.len()
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

#[derive(Clone, Copy)]
enum Whose<'s> {
    Table,
    PrimaryKey,
    Index(&'s Index<'s>),
}

/// The letters of a name, one after the other; that of an index as [`Index::name_in`] puts it together.
#[derive(Clone, Copy)]
struct Letters<'s> {
    schema: &'s TableSchema<'s>,
    whose: Whose<'s>,
    piece: usize,
    at: usize,
}

impl<'s> Letters<'s> {
    const fn of(schema: &'s TableSchema<'s>, whose: Whose<'s>) -> Self {
        Self { schema, whose, piece: 0, at: 0 }
    }

    /// A part of the name; `None` behind the last one.
    const fn piece(&self) -> Option<&'s str> {
        let index = match (self.whose, self.piece) {
            (Whose::Index(index), _) => index,
            (Whose::Table | Whose::PrimaryKey, 0) => return Some(self.schema.table),
            (Whose::PrimaryKey, 1) => return Some("_pkey"),
            (Whose::Table | Whose::PrimaryKey, _) => return None,
        };
        match (index.name, self.piece) {
            (Some(name), 0) => return Some(name),
            (Some(_), _) => return None,
            (None, 0) => return Some(self.schema.table),
            (None, _) => {}
        }
        let columns = match index.of {
            IndexOf::Columns(columns) => columns.len(),
            IndexOf::Expression(_) => 1,
        };
        // A line before each column, and one before what the index is.
        let column = (self.piece - 1) / 2;
        if column > columns {
            return None;
        }
        if self.piece % 2 == 1 {
            return Some("_");
        }
        if column == columns {
            return Some(if index.unique { "key" } else { "idx" });
        }
        match index.of {
            IndexOf::Columns(columns) => Some(self.schema.columns[columns[column]].name),
            IndexOf::Expression(_) => Some("expr"),
        }
    }

    const fn next_character(&mut self) -> Option<u32> {
        let Some(first) = self.next() else { return None };
        let mut character = Decoder::of(first);
        while character.missing > 0 {
            let Some(next) = self.next() else { return None };
            character = character.and(next);
        }
        Some(character.so_far)
    }

    const fn next(&mut self) -> Option<u8> {
        while let Some(piece) = self.piece() {
            if self.at < piece.len() {
                self.at += 1;
                return Some(piece.as_bytes()[self.at - 1]);
            }
            self.piece += 1;
            self.at = 0;
        }
        None
    }
}

/// Whether the database takes two names for one.
const fn is_same(mut left: Letters<'_>, mut right: Letters<'_>, dialect: Dialect) -> bool {
    loop {
        match (left.next_character(), right.next_character()) {
            (None, None) => return true,
            (Some(left), Some(right)) if is_same_character(left, right, dialect) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Letters, Whose};
    use crate::schema::{Column, ColumnType, Index, IndexOf, TableSchema};

    /// What the rules compare is what the table is made with.
    #[test]
    fn letters_are_those_of_the_name() {
        let columns = ["a", "", "day"].map(|name| Column::new(name, ColumnType::Integer));
        let schema = TableSchema { columns: &columns, ..TableSchema::new("visits", &columns, &[0]) };
        for positions in [&[0_usize][..], &[2, 0], &[1], &[0, 1, 2]] {
            let of = IndexOf::Columns(positions);
            for index in [Index::new(of), Index::unique(of).predicate("a > 0"), Index::new(of).named("own")] {
                let mut letters = Letters::of(&schema, Whose::Index(&index));
                let name: Vec<u8> = std::iter::from_fn(|| letters.next()).collect();
                assert_eq!(name, index.name_in("visits", &columns).into_bytes());
            }
        }
        let of_expression = Index::new(IndexOf::Expression("a + 1"));
        let mut letters = Letters::of(&schema, Whose::Index(&of_expression));
        let name: Vec<u8> = std::iter::from_fn(|| letters.next()).collect();
        assert_eq!(name, of_expression.name_in("visits", &columns).into_bytes());
    }
}
