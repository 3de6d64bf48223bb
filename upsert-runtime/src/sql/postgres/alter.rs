//! The statements that change a table that is there.

use super::create::{check, comments, create_enum_types, created_type, definition, generated, unique_key};
use super::literal;
use crate::change::ChangeKind;
use crate::evolve::{Constraint, Definition, Sequence};
use crate::fit::Width;
use crate::plan::UpsertPlan;
use crate::sql::{Dialect, add_index, goes_with, join, quoted, unique_keys};

/// Keeps others from writing to the table, and from looking at what is about to change.
pub(crate) fn lock_table(plan: &UpsertPlan<'_>) -> String {
    format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", plan.name())
}

/// Keeps others from writing to the table.
pub(crate) fn lock_writes(plan: &UpsertPlan<'_>) -> String {
    format!("LOCK TABLE {} IN SHARE MODE", plan.name())
}

/// One that could not be made concurrently stays without being used, and counts as missing; but not while somebody is making it.
pub(crate) fn lacks_index(plan: &UpsertPlan<'_>, name: &str) -> String {
    format!(
        "SELECT NOT EXISTS (\
         SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid \
         WHERE i.indrelid = {}::pg_catalog.regclass AND c.relname = {} AND (i.indisvalid OR EXISTS (\
         SELECT FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_progress_create_index AS p ON p.pid = l.pid \
         WHERE l.relation = i.indrelid AND p.datname = pg_catalog.current_database())))",
        literal(&plan.name()),
        literal(name),
    )
}

/// Asks whether no index has these columns: in this order before all others, or, of a unique key, these and no others.
pub(crate) fn lacks_index_of(plan: &UpsertPlan<'_>, columns: &[usize], unique: bool) -> String {
    let each = plan.names(columns).enumerate().map(|(place, name)| {
        let place = if unique {
            "ANY ((i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1])".to_owned()
        } else {
            format!("i.indkey[{place}]")
        };
        format!(
            " AND EXISTS (SELECT FROM pg_catalog.pg_attribute AS a \
             WHERE a.attrelid = i.indrelid AND a.attname = {} AND a.attnum = {place})",
            literal(name)
        )
    });
    let (is_unique, width) = if unique { (" AND i.indisunique", "=") } else { ("", ">=") };
    format!(
        "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE i.indrelid = {}::pg_catalog.regclass \
         AND i.indisvalid AND i.indpred IS NULL{is_unique} AND i.indnkeyatts {width} {}{})",
        literal(&plan.name()),
        columns.len(),
        join(each, ""),
    )
}

pub(crate) fn has_invalid_index(plan: &UpsertPlan<'_>, name: &str) -> String {
    format!(
        "SELECT EXISTS (\
         SELECT FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid \
         WHERE i.indrelid = {}::pg_catalog.regclass AND c.relname = {} AND NOT i.indisvalid)",
        literal(&plan.name()),
        literal(name),
    )
}

pub(crate) fn add_columns(plan: &UpsertPlan<'_>, columns: &[usize]) -> Vec<String> {
    let added = columns.iter().map(|&position| {
        let column = match position.checked_sub(plan.columns.len()) {
            None => definition(plan, &plan.columns[position]),
            Some(number) => generated(plan, &plan.generated[number]),
        };
        format!("    ADD COLUMN {column}")
    });
    let keys = unique_keys(plan)
        .filter(|(_, key)| key.iter().any(|column| columns.contains(column)))
        .map(|(name, key)| format!("    ADD {}", unique_key(plan, name, key)));
    let alter = format!("ALTER TABLE {}\n{}", plan.name(), join(added.chain(keys), ",\n"));
    let indexes = plan.beside_table().filter(|index| goes_with(index, columns));
    let indexes = indexes.map(|index| add_index(plan, index, quoted, &plan.name()));
    let enum_types = create_enum_types(plan, columns.iter().map(|&position| plan.column_at(position)));
    let comments = comments(plan, columns.iter().copied());
    enum_types.chain([alter]).chain(indexes).chain(comments).collect()
}

/// The collation, and the way in which values are stored, would be those of the new type, were they not said again, and a constraint
/// that is made anew has no comment; the sequence of a column would come to its end where the old type did.
pub(crate) fn change_types(
    plan: &UpsertPlan<'_>,
    kind: ChangeKind,
    columns: &[usize],
    definition: &Definition,
) -> Vec<String> {
    let all = || columns.iter().map(|&position| plan.column_at(position));
    let kept = |name: &str| definition.columns.iter().find(|column| column.name == name);
    let labels_of = |name: &str| kept(name).and_then(|kept| kept.labels.as_ref()).filter(|_| kind == ChangeKind::Widen);
    let types = all().flat_map(|column| {
        let sql_type = created_type(plan, column);
        let is_text = Width::of(&sql_type, Dialect::Postgres).is_some_and(Width::is_text);
        let collation = kept(column.name).and_then(|kept| kept.collation.as_ref()).filter(|_| is_text);
        let collation = collation.map_or_else(String::new, |collation| format!(" COLLATE {collation}"));
        let name = quoted(column.name);
        let (using, check) = match kind {
            // Whatever is seen of the rows, by a policy say: a value that is there is an error, and not lost.
            ChangeKind::AdaptEmptyColumns => (
                format!(
                    " USING CASE WHEN {name} IS NOT NULL \
                     THEN pg_catalog.current_setting('upsert.the_column_is_not_empty')::{sql_type} END"
                ),
                check(column),
            ),
            _ => (String::new(), String::new()),
        };
        let check = (!check.is_empty()).then(|| format!("    ADD{check}"));
        let changes = kind == ChangeKind::AdaptEmptyColumns || !kept(column.name).is_some_and(|kept| kept.keeps_type);
        let sql_type = changes.then(|| format!("    ALTER COLUMN {name} TYPE {sql_type}{collation}{using}"));
        let labels = labels_of(column.name).map(|Constraint { name, .. }| {
            let own = quoted(name);
            format!("    DROP CONSTRAINT {own},\n    ADD CONSTRAINT {own}{}", super::create::check(column))
        });
        // Another kind of type has its own way.
        let storage = kept(column.name).filter(|kept| kind == ChangeKind::Widen && !kept.keeps_type);
        let storage = storage.into_iter().flat_map(|kept| &kept.storage);
        let storage: Vec<String> = storage.map(|storage| format!("    ALTER COLUMN {name} {storage}")).collect();
        [sql_type, labels, check].into_iter().flatten().chain(storage)
    });
    let alter = format!("ALTER TABLE {}\n{}", plan.name(), join(types, ",\n"));
    let sequences = all().filter_map(|column| {
        let Sequence { name, sql_type } = kept(column.name)?.sequence.as_ref()?;
        let created = created_type(plan, column);
        let widens =
            matches!((sql_type.as_str(), &*created), ("smallint", "integer" | "bigint") | ("integer", "bigint"));
        widens.then(|| format!("ALTER SEQUENCE {name} AS {created}"))
    });
    let comments = all().filter_map(|column| {
        let Constraint { name, comment } = labels_of(column.name)?;
        let comment = literal(comment.as_ref()?);
        Some(format!("COMMENT ON CONSTRAINT {} ON {} IS {comment}", quoted(name), plan.name()))
    });
    let enum_types = match kind {
        ChangeKind::AdaptEmptyColumns => create_enum_types(plan, all()).collect(),
        _ => Vec::new(),
    };
    enum_types.into_iter().chain([alter]).chain(sequences).chain(comments).collect()
}
