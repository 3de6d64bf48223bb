//! What a table does with the rows of a plan, by what its schema says.

use super::catalogue::{CatalogColumn, CatalogTable, UniqueIndex};
use super::look::{Wanted, WantedColumn};
use crate::fit::affinity::Affinity;
use crate::misfit::{self, Misfit, MoreLabels};
use crate::plan::{ColumnFacts, Comparison, Default, Keeps, Sent};
use crate::schema::ColumnType;
use crate::sql::sqlite::checked_labels;

/// What each column that is written does with its values, as far as they fit.
pub(super) fn column_facts(
    wanted: &Wanted,
    there: &CatalogTable,
    create: Option<&str>,
    misfits: &mut Vec<Misfit>,
) -> Vec<ColumnFacts> {
    let Wanted { columns: written, key, .. } = wanted;
    let checks = create.and_then(checks_of);
    let (strict, is_ordinary) = (there.kind.strict, there.kind.is_ordinary());
    let mut missing = Vec::new();
    let mut column_facts = Vec::with_capacity(written.len());
    for (position, own) in written.iter().enumerate() {
        let WantedColumn { name, column_type: sent, nullable, only_null, given, of_own_type, labels } = own;
        let Some(column) = there.find(name) else {
            missing.push(name.clone());
            continue;
        };
        if column.generated {
            misfits.push(Misfit::Generated { column: name.clone() });
            continue;
        }
        // One of several keys, perhaps: what is equal must be one text for all calls.
        let in_key = key.contains(&position) || there.indexes.iter().any(|index| index.has(name));
        let judged = match only_null {
            true => Some((Keeps::All, Sent::AsItIs)),
            false => judge(*sent, &column.declared, strict, in_key),
        };
        let Some((mut keeps, form)) = judged else {
            let there = column.declared.clone();
            misfits.push(Misfit::WrongType { column: name.clone(), there, sent: *sent, widens: false });
            continue;
        };
        let default = match default_of(column, *given, there.is_rowid(name)) {
            Ok(default) => default,
            Err(misfit) => {
                misfits.push(misfit);
                continue;
            }
        };
        if keeps != Keeps::All && !of_own_type {
            let there = column.declared.clone();
            misfits.push(Misfit::Narrow { column: name.clone(), there, sent: *sent, widens: false });
        }
        let affinity = Affinity::of(&column.declared, strict);
        if matches!(affinity, Affinity::Text) && sent.is_integer() && !only_null && !of_own_type {
            let there = column.declared.clone();
            misfits.push(Misfit::AsDigits { column: name.clone(), there, sent: *sent });
        }
        // Where the column changes texts, that comes first.
        let checks = checks.filter(|_| keeps == Keeps::All && !labels.is_empty());
        if let Some(kept) = checks.and_then(|create| checked_labels(create, name))
            && let Some(misfit) = misfit::no_labels(name, &column.declared, &kept, labels, MoreLabels::Widen)
        {
            misfits.push(misfit);
            keeps = Keeps::Labels(kept);
        }
        // What a trigger does about a NULL, SQLite knows.
        let takes_null = !column.not_null || *given || there.is_rowid(name) || there.has_triggers;
        if is_ordinary && *nullable && !takes_null {
            misfits.push(Misfit::TakesNoNull { column: name.clone() });
        }
        if is_ordinary && !nullable && !column.not_null && !there.is_rowid(name) {
            misfits.push(Misfit::TakesNull { column: name.clone() });
        }
        let facts = ColumnFacts::new(Comparison::Exact, keeps);
        column_facts.push(ColumnFacts { sent: form, default, takes_null, ..facts });
    }
    for name in &wanted.generated {
        match there.find(name) {
            None => missing.push(name.clone()),
            Some(column) if !column.generated => misfits.push(Misfit::NotGenerated { column: name.clone() }),
            Some(_) => {}
        }
    }
    misfits.extend(misfit::no_columns(missing));
    column_facts
}

/// The statement that creates a table, if its checks say which texts they allow: not where others are equal to these.
pub(super) fn checks_of(create: &str) -> Option<&str> {
    (!create.to_ascii_uppercase().contains("COLLATE")).then_some(create)
}

/// What stands in for a value that a row does not have, of a column to which the database gives it. Where the rowid is NULL,
/// it is given.
fn default_of(column: &CatalogColumn, is_given: bool, is_rowid: bool) -> Result<Option<Default>, Misfit> {
    match &column.default {
        _ if !is_given || is_rowid => Ok(None),
        Some(default) if !default.eq_ignore_ascii_case("null") => {
            // It may end with a comment, whose own end of line the catalogue does not tell.
            Ok(Some(Default { sql: format!("({default}\n)"), sql_type: None }))
        }
        _ => Err(Misfit::NoDefault { column: column.name.clone() }),
    }
}

/// Columns that are not written, and that would be NULL and must not. What a trigger does about them, SQLite knows.
pub(super) fn not_filled<'t>(wanted: &'t Wanted, there: &'t CatalogTable) -> impl Iterator<Item = Misfit> + 't {
    let is_written = |name: &str| wanted.columns.iter().any(|own| own.name.eq_ignore_ascii_case(name));
    there
        .columns
        .iter()
        .filter(|column| column.needs_value() && !column.generated && !there.has_triggers)
        .filter(move |column| !is_written(&column.name) && !there.is_rowid(&column.name))
        .map(|column| Misfit::NotFilled { column: column.name.clone() })
}

/// What is missing for rows to be told apart.
pub(super) fn without_key(wanted: &Wanted, there: &CatalogTable) -> Option<Misfit> {
    let key: Vec<String> = wanted.key.iter().map(|&column| wanted.columns[column].name.clone()).collect();
    let is_rowid = matches!(key.as_slice(), [name] if there.is_rowid(name));
    let is_unique = is_rowid || index_of(wanted, &there.indexes).is_some();
    let is_there = key.iter().all(|name| there.find(name).is_some());
    (is_there && !is_unique).then_some(Misfit::NoUniqueKey { key, partitioned: None })
}

/// The index of the conflict target; none if the key is the rowid.
pub(super) fn index_of<'i>(wanted: &Wanted, indexes: &'i [UniqueIndex]) -> Option<&'i UniqueIndex> {
    let key = wanted.key.iter().map(|&column| &wanted.columns[column].name);
    indexes.iter().find(|index| index.columns.len() == wanted.key.len() && key.clone().all(|key| index.has(key)))
}

/// What a column of a declared type does with the values that are sent, and in which form they are sent; `None` if it would
/// change them, refuse them, or hold them beside values of another kind.
pub(super) fn judge(sent: ColumnType, declared: &str, strict: bool, in_key: bool) -> Option<(Keeps, Sent)> {
    let affinity = Affinity::of(declared, strict);
    if !affinity.is_of(sent) {
        return None;
    }
    let as_it_is = |keeps| Some((keeps, Sent::AsItIs));
    match (sent, affinity) {
        (ColumnType::Uuid, Affinity::Text) => {
            let has_room = declared_length(declared).is_none_or(|length| length >= UUID_LENGTH);
            has_room.then_some((Keeps::All, Sent::AsText))
        }
        // The text of dates never looks like a number.
        (ColumnType::Text | ColumnType::Json | ColumnType::Array(_), Affinity::Numeric) => as_it_is(Keeps::NoNumbers),
        (ColumnType::Decimal, _) if in_key => Some((Keeps::All, Sent::Shortest)),
        (ColumnType::UnsignedBigInt, Affinity::Text)
        | (ColumnType::HugeInt | ColumnType::UnsignedHugeInt, Affinity::Text | Affinity::Any) => {
            Some((Keeps::All, Sent::AsDigits))
        }
        (sent, Affinity::Real) if sent.is_integer() || sent == ColumnType::Duration => {
            as_it_is(Keeps::IntegersOfFloat { bits: 53 })
        }
        // Whole numbers become integers and numbers text, which say the same.
        _ => as_it_is(Keeps::All),
    }
}

/// Characters of a UUID as people write it.
const UUID_LENGTH: u32 = 36;

/// The number in `VARCHAR(36)`, which SQLite itself does not heed.
fn declared_length(declared: &str) -> Option<u32> {
    let (_, behind) = declared.split_once('(')?;
    behind.split_once(')')?.0.trim().parse().ok()
}
