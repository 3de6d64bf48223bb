//! A table as the catalogue has it, whichever question was asked.

use tokio_postgres::types::{Kind, Type};
use tokio_postgres::{Row, SimpleQueryMessage, SimpleQueryRow};

use crate::plan::UpsertPlan;

/// A table, or what is under the name of one.
pub(super) struct Catalogue {
    pub(super) schema: String,
    /// Neither partitioned nor a view, say.
    pub(super) is_ordinary: bool,
    /// Whether a rule makes other statements of those that write to it.
    pub(super) is_rewritten: bool,
    /// Whether triggers were not asked about that may fill what is NOT NULL.
    pub(super) may_be_filled: bool,
    /// [Bits](IMMEDIATE) of each unique index of exactly the conflict target's columns; `None` of what is no table.
    pub(super) keys: Option<Vec<i32>>,
    pub(super) columns: Vec<Attribute>,
    /// By what it is partitioned, if it is.
    pub(super) partitioned: Option<String>,
}

/// Of a unique index: whether it is looked at with each statement,
pub(super) const IMMEDIATE: i32 = 1;
/// and whether texts are equal to it that are not to the column.
pub(super) const OTHER_COLLATION: i32 = 2;

/// A column of it.
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) type_oid: u32,
    pub(super) type_modifier: i32,
    /// Whether it is an enum, or another type lies under it.
    pub(super) covers: bool,
    /// Whether texts that are equal are identical.
    pub(super) deterministic: bool,
    pub(super) type_name: String,
    /// Whether it takes no values.
    pub(super) generated: bool,
    /// Whether it is NOT NULL, and no trigger might fill it.
    pub(super) not_null: bool,
    pub(super) has_default: bool,
    pub(super) collation: u32,
    /// Whether it may be NULL.
    pub(super) nullable: bool,
}

impl Catalogue {
    /// Reads the rows of `TABLE_FACTS`; `None` if there are none.
    pub(super) fn read(rows: &[Row]) -> Option<Self> {
        let first = rows.first()?;
        let is_ordinary: bool = first.get(1);
        let column = |row: &Row| Attribute {
            name: row.get(2),
            type_oid: row.get(3),
            type_modifier: row.get(4),
            covers: row.get(5),
            deterministic: row.get(6),
            type_name: row.get(7),
            generated: row.get(8),
            not_null: row.get(9),
            has_default: row.get(10),
            collation: row.get(12),
            nullable: row.get(14),
        };
        Some(Self {
            schema: first.get(0),
            is_ordinary,
            is_rewritten: first.get(13),
            may_be_filled: false,
            keys: rows.iter().find_map(|row| row.get(11)),
            columns: rows.iter().map(column).collect(),
            partitioned: first.get(15),
        })
    }

    /// Reads the answer to `ordinary_table` among those to a message. `None` if there is no such table, or one of which more has
    /// to be asked: it has types or collations that are none of the server's own.
    pub(super) fn read_ordinary(plan: &UpsertPlan<'_>, answer: &[SimpleQueryMessage]) -> Option<Self> {
        let rows: Vec<&SimpleQueryRow> = answer.iter().filter_map(row_of_table).collect();
        let first = rows.first()?;
        let columns = rows.iter().map(|row| own_column(row)).collect::<Option<Vec<Attribute>>>()?;
        let number_of = |name: &str| rows.iter().find(|row| row.get(2) == Some(name))?.get(3);
        let key: Option<Vec<&str>> = plan.names(&plan.key).map(number_of).collect();
        let keys = match (key, rows.iter().find_map(|row| row.get(11))) {
            (Some(mut key), Some(indexes)) => {
                key.sort_unstable();
                let bits = indexes.split(',').filter(|index| !index.is_empty()).map(|index| unique_index(index, &key));
                Some(bits.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
            }
            // A column of the key is missing, and nobody asks for an index.
            _ => None,
        };
        Some(Self {
            schema: first.get(0)?.to_owned(),
            is_ordinary: true,
            is_rewritten: false,
            may_be_filled: is_true(first, 1),
            keys,
            columns,
            partitioned: None,
        })
    }

    pub(super) fn find(&self, name: &str) -> Option<&Attribute> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Columns of the answer to `ordinary_table`.
const WIDTH: usize = 12;

fn row_of_table(message: &SimpleQueryMessage) -> Option<&SimpleQueryRow> {
    match message {
        SimpleQueryMessage::Row(row) if row.len() == WIDTH => Some(row),
        _ => None,
    }
}

/// A column whose type and collation are the server's own.
fn own_column(row: &SimpleQueryRow) -> Option<Attribute> {
    let type_oid = row.get(4)?.parse().ok()?;
    let collation = row.get(6)?;
    let is_own = matches!(Type::from_oid(type_oid)?.kind(), Kind::Simple) && is_own_collation(collation);
    let is_not_null = is_true(row, 9);
    is_own.then_some(Attribute {
        name: row.get(2)?.to_owned(),
        type_oid,
        type_modifier: row.get(5)?.parse().ok()?,
        covers: false,
        deterministic: true,
        type_name: row.get(7)?.to_owned(),
        generated: is_true(row, 8),
        not_null: is_not_null,
        has_default: is_true(row, 10),
        collation: collation.parse().ok()?,
        nullable: !is_not_null,
    })
}

/// None, the database's own, `C` and `POSIX`: in these, texts are equal that are identical.
fn is_own_collation(collation: &str) -> bool {
    matches!(collation, "0" | "100" | "950" | "951")
}

/// The bits of an index as `ordinary_table` tells it; nothing of one that has other columns, and `None` if more has to be asked.
fn unique_index(index: &str, key: &[&str]) -> Option<Option<i32>> {
    let mut parts = index.split(';');
    let (is_immediate, width, numbers, collations) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let width: usize = width.parse().ok()?;
    let mut columns: Vec<&str> = numbers.split(' ').take(width).collect();
    columns.sort_unstable();
    columns.dedup();
    if columns != key {
        return Some(None);
    }
    let are_own = collations.split(' ').all(is_own_collation);
    are_own.then_some(Some(if is_immediate == "1" { IMMEDIATE } else { 0 }))
}

pub(super) fn is_true(row: &SimpleQueryRow, place: usize) -> bool {
    row.get(place) == Some("t")
}
