//! Structs whose fields are columns of other structs' tables.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::rows::block::Block;
use crate::schema::{Column, ColumnRef, TableSchema};
use crate::value::Value;

/// A struct that can be flattened into a row. Derive it; `#[derive(ColumnGroup)]` documents the attributes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be flattened",
    label = "it is no group of columns",
    note = "add `#[derive(upsert::ColumnGroup)]` to the struct; an `Option` of one cannot be flattened: make its fields optional"
)]
pub trait ColumnGroup: Send + Sync {
    /// Its columns, in order, without a prefix.
    const COLUMNS: &'static [Column<'static>];

    /// The cell of a column, which counts from 0 in the order of [`COLUMNS`](Self::COLUMNS).
    fn value(&self, column: usize) -> Value<'_>;

    /// Puts the values of some rows into a block, into the columns from this one on.
    #[doc(hidden)]
    fn fill_block<'v>(groups: &[&'v Self], block: &mut Block<'v>, first: usize)
    where
        Self: Sized,
    {
        for column in 0..Self::COLUMNS.len() {
            block.fill(first + column, groups, |group| group.value(column));
        }
    }

    /// About how many bytes its cells take.
    fn size(&self) -> usize {
        (0..Self::COLUMNS.len()).map(|column| self.value(column).into_size()).sum()
    }
}

/// Where a group stands in a table.
#[doc(hidden)]
pub trait Place {
    const TABLE: &'static TableSchema<'static>;
    /// The position of its first column.
    const OFFSET: usize;
}

/// The columns of a group as options name them, at a place.
#[doc(hidden)]
pub trait RefsAt<P>: ColumnGroup {
    type Refs: 'static;
    const REFS: &'static Self::Refs;
}

/// The columns of a group, as `COL` has them: it derefs to a struct with a field for each.
///
/// Whether there is such a struct is asked only where it is used.
#[doc(hidden)]
pub struct GroupRefs<G, P>(PhantomData<fn() -> (G, P)>);

impl<G, P> GroupRefs<G, P> {
    pub const NEW: Self = Self(PhantomData);
}

impl<G: RefsAt<P>, P> Deref for GroupRefs<G, P> {
    type Target = G::Refs;

    fn deref(&self) -> &G::Refs {
        G::REFS
    }
}

impl<G, P> fmt::Debug for GroupRefs<G, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupRefs").finish_non_exhaustive()
    }
}

/// The column of a table that is the one with this number of a group.
#[must_use]
pub const fn column_at<P: Place>(number: usize) -> ColumnRef {
    let position = P::OFFSET + number;
    ColumnRef { table: P::TABLE.table, position, name: P::TABLE.columns[position].name }
}

/// All columns of several lists.
#[must_use]
pub const fn concatenated<const LEN: usize>(parts: &[&[Column<'static>]]) -> [Column<'static>; LEN] {
    let mut all = [NOTHING; LEN];
    let (mut part, mut next) = (0, 0);
    while part < parts.len() {
        let mut column = 0;
        while column < parts[part].len() {
            all[next] = parts[part][column];
            column += 1;
            next += 1;
        }
        part += 1;
    }
    all
}

/// How many bytes the names of some columns have, with a prefix before each.
#[must_use]
pub const fn len_of_names(columns: &[Column<'_>], prefix: &str) -> usize {
    let (mut len, mut column) = (0, 0);
    while column < columns.len() {
        len += prefix.len() + columns[column].name.len();
        column += 1;
    }
    len
}

/// The names of some columns with a prefix before each, one behind the other.
#[must_use]
pub const fn join_names<const LEN: usize>(columns: &[Column<'_>], prefix: &str) -> [u8; LEN] {
    let mut all = [0; LEN];
    let (mut column, mut next) = (0, 0);
    while column < columns.len() {
        let parts = [prefix.as_bytes(), columns[column].name.as_bytes()];
        let mut part = 0;
        while part < parts.len() {
            let mut byte = 0;
            while byte < parts[part].len() {
                all[next] = parts[part][byte];
                byte += 1;
                next += 1;
            }
            part += 1;
        }
        column += 1;
    }
    all
}

/// Columns with the names that were joined, each as long as its own and the prefix together.
#[must_use]
pub const fn prefixed<const LEN: usize>(
    columns: &[Column<'static>],
    prefix: usize,
    names: &'static [u8],
) -> [Column<'static>; LEN] {
    let mut all = [NOTHING; LEN];
    let mut rest = names;
    let mut column = 0;
    while column < columns.len() {
        let (name, behind) = rest.split_at(prefix + columns[column].name.len());
        rest = behind;
        all[column] = columns[column];
        all[column].name = match str::from_utf8(name) {
            Ok(name) => name,
            Err(_) => unreachable!(),
        };
        column += 1;
    }
    all
}

/// What stands in a list before its columns do.
const NOTHING: Column<'static> = Column::new("", crate::schema::ColumnType::Bool);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Rows;
    use crate::rows::block::BlockColumn;
    use crate::schema::ColumnType;

    /// A group without code of its own that takes it apart.
    struct Pair(i64, &'static str);

    impl ColumnGroup for Pair {
        const COLUMNS: &'static [Column<'static>] =
            &[Column::new("number", ColumnType::BigInt), Column::new("text", ColumnType::Text)];

        fn value(&self, column: usize) -> Value<'_> {
            if column == 0 { Value::BigInt(self.0) } else { Value::Text(self.1.into()) }
        }
    }

    /// Pairs behind a column of another kind.
    struct Pairs(Vec<Pair>);

    impl Rows for Pairs {
        fn len(&self) -> usize {
            self.0.len()
        }

        fn value(&self, _: usize, _: usize) -> Value<'_> {
            Value::Bool(true)
        }

        fn size(&self, row: usize) -> usize {
            ColumnGroup::size(&self.0[row])
        }

        fn fill_block<'v>(&'v self, rows: &[usize], block: &mut Block<'v>) {
            block.fill(0, rows, |row| self.value(row, 0));
            let pairs: Vec<&Pair> = rows.iter().map(|&row| &self.0[row]).collect();
            Pair::fill_block(&pairs, block, 1);
        }
    }

    #[test]
    fn groups_are_taken_apart_into_the_columns_where_they_stand() {
        let pairs = Pairs(vec![Pair(1, "a"), Pair(2, "b"), Pair(3, "c")]);
        let types = [ColumnType::Bool, ColumnType::BigInt, ColumnType::Text];
        let mut block = Block::new(types.map(BlockColumn::of).into());
        block.take(&pairs, &[2, 0, 1]);
        let (bools, numbers, texts) = (&block.columns()[0], &block.columns()[1], &block.columns()[2]);
        for (place, row) in [2, 0, 1].into_iter().enumerate() {
            assert!(bools.look_at(place, |value| *value == Value::Bool(true)));
            assert!(numbers.look_at(place, |value| *value == pairs.0[row].value(0)));
            assert!(texts.look_at(place, |value| *value == pairs.0[row].value(1)));
        }
    }
}
