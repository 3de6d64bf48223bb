//! What must hold for a table to be changed, which only its rows tell, or the rest of the database.

use super::{Definition, Look, Need, State, is_rebuilt, positions};
use crate::change::ChangeKind;
use crate::misfit::Misfit;
use crate::plan::UpsertPlan;
use crate::schema::{ColumnType, Origin};
use crate::sql::{self, Dialect};

/// What has to be asked under the lock.
pub(crate) struct Condition {
    /// A query that tells whether it is broken.
    pub(crate) question: String,
    /// What to say of the table then.
    pub(crate) refusal: String,
    /// What is not done then.
    pub(super) of: ConditionOf,
}

/// What of that which is needed has a condition.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ConditionOf {
    /// A kind of change of one column, by its position among all.
    Column(ChangeKind, usize),
    /// Whatever makes a table of SQLite anew.
    Rebuild,
}

impl Condition {
    /// Whether it is about a column that is to be added, for which rows that are there may have no value.
    pub(crate) fn is_of_added_column(&self) -> bool {
        matches!(self.of, ConditionOf::Column(ChangeKind::AddColumns, _))
    }
}

/// What must hold under the lock for what is needed to be done.
pub(crate) fn conditions(plan: &UpsertPlan<'_>, look: &Look, needs: &[Need]) -> Vec<Condition> {
    let definition = match &look.state {
        State::Table { definition, .. } if !needs.is_empty() => definition,
        State::Table { .. } | State::NoSchema | State::NoTable => return Vec::new(),
    };
    let plan = &UpsertPlan { schema: look.schema.clone(), ..plan.clone() };
    let each = needs.iter().flat_map(|need| need.columns.iter().map(|&position| (need.kind, position)));
    let mut conditions: Vec<Condition> =
        each.flat_map(|(kind, position)| of_column(plan, kind, position, definition)).collect();
    if plan.dialect == Dialect::Sqlite && needs.iter().any(is_rebuilt) {
        conditions.extend(of_rebuild(plan));
    }
    conditions
}

/// What must hold for a column to be added or changed.
fn of_column(plan: &UpsertPlan<'_>, kind: ChangeKind, position: usize, definition: &Definition) -> Vec<Condition> {
    let name = plan.column_at(position).name;
    let of = ConditionOf::Column(kind, position);
    let empty = match kind {
        ChangeKind::AddColumns if wants_empty_table(plan, position) => {
            let remedy = match position.checked_sub(plan.columns.len()) {
                None => {
                    "for which it would have no value: make the field an `Option` (a frame's column: `FrameTable::nullable`), give it a \
                     `default = \"…\"`, or add the column by hand, with a value for each row"
                }
                Some(_) => {
                    "and SQLite adds no column that is generated and stored to such a table: make the table anew by hand"
                }
            };
            Some(Condition {
                question: sql::has_rows(plan),
                refusal: format!("has no column `{name}`, and has rows, {remedy}"),
                of,
            })
        }
        ChangeKind::AdaptEmptyColumns => Some(Condition {
            question: sql::has_values(plan, name),
            refusal: format!(
                "has a column `{name}` of another type than the struct, and it is not empty: \
                 `UpsertOptions::adapt_empty_columns` changes those alone that hold nothing but NULL"
            ),
            of,
        }),
        ChangeKind::AddColumns if sql::computes_default(plan, position) => Some(Condition {
            question: sql::has_rows(plan),
            refusal: format!(
                "has no column `{name}`, and has rows, to which SQLite adds no column with a default that is computed: say a value as \
                 it is, or make the table anew by hand"
            ),
            of,
        }),
        ChangeKind::AddColumns
        | ChangeKind::Widen
        | ChangeKind::CreateSchema
        | ChangeKind::CreateTable
        | ChangeKind::CreateIndexes => None,
    };
    let is_changed = matches!(kind, ChangeKind::AdaptEmptyColumns | ChangeKind::Widen);
    let told = (is_changed && plan.dialect == Dialect::MySql)
        .then(|| sql::mysql::default_is_not_told(plan, name, &definition.create))
        .flatten();
    let told = told.map(|question| Condition {
        question,
        refusal: format!(
            "has a column `{name}` whose default may have characters that the server's catalogue does not hold: they would be lost \
             when the column's type is changed"
        ),
        of,
    });
    let is_adapted = kind == ChangeKind::AdaptEmptyColumns && position < plan.columns.len();
    let adapted = is_adapted.then(|| of_adapted(plan, position, definition, of)).into_iter().flatten();
    empty.into_iter().chain(told).chain(adapted).collect()
}

/// What must hold for a column to get another type, beside that it is empty.
fn of_adapted(
    plan: &UpsertPlan<'_>,
    position: usize,
    definition: &Definition,
    of: ConditionOf,
) -> impl Iterator<Item = Condition> {
    let column = plan.column_at(position);
    // Where that is one INTEGER, it is the rowid, and no row is without: each NULL would become a number.
    let in_key = (plan.dialect == Dialect::Sqlite).then(|| Condition {
        question: sql::sqlite::is_of_primary_key(plan, column.name),
        refusal: format!(
            "has a column `{}` of another type than the struct, and it is of the table's primary key, whose types stay",
            column.name
        ),
        of,
    });
    let refuses_all = match plan.dialect {
        Dialect::Sqlite => {
            let labels = column.enum_type.map_or(&[][..], |enum_type| enum_type.labels);
            let allowed = sql::sqlite::checked_labels(&definition.create, column.name).unwrap_or_default();
            let may_be_any = column.enum_type.is_none() && column.column_type == ColumnType::Text;
            let is_allowed = |label: &&str| allowed.iter().any(|own| own == label);
            !allowed.is_empty() && !may_be_any && !labels.iter().any(is_allowed)
        }
        // The server would make 0 of the texts, or refuse them.
        Dialect::MySql => {
            column.column_type != ColumnType::Text && sql::mysql::is_checked_by_texts(&definition.create, column.name)
        }
        // It changes no type of a column that is compared with texts.
        Dialect::Postgres => false,
    };
    let checked = refuses_all.then(|| Condition {
        question: "SELECT 1".to_owned(),
        refusal: format!(
            "has a column `{}` of another type than the struct, and a `CHECK` of it that speaks of texts: make the table anew by hand, \
             without that",
            column.name
        ),
        of,
    });
    [in_key, checked].into_iter().flatten()
}

/// What must hold for a table of SQLite to be made anew.
fn of_rebuild(plan: &UpsertPlan<'_>) -> [Condition; 2] {
    [
        Condition {
            question: sql::sqlite::is_referred_to(plan),
            refusal: "cannot be rebuilt, for others refer to it, and foreign keys are enforced: turn `PRAGMA foreign_keys` off on \
                      the connection, outside of a transaction"
                .to_owned(),
            of: ConditionOf::Rebuild,
        },
        Condition {
            question: sql::sqlite::has_temporary_trigger(plan),
            refusal: "cannot be rebuilt, for a temporary trigger is on it: drop that first".to_owned(),
            of: ConditionOf::Rebuild,
        },
    ]
}

fn wants_empty_table(plan: &UpsertPlan<'_>, position: usize) -> bool {
    let column = plan.column_at(position);
    if position >= plan.columns.len() {
        return plan.dialect == Dialect::Sqlite;
    }
    column.origin == Origin::Row && !column.takes_null()
}

/// Of what is needed that which can be left as it is, with what has to be asked first: whether a column is empty that takes the rows
/// without a change, too.
pub(crate) fn optional(plan: &UpsertPlan<'_>, look: &Look, needs: &[Need]) -> Vec<Condition> {
    let State::Table { misfits, .. } = &look.state else { return Vec::new() };
    let noted = misfits.iter().filter(|misfit| matches!(misfit, Misfit::AsDigits { .. }));
    let noted: Vec<usize> = noted.flat_map(|misfit| positions(plan, misfit)).collect();
    if noted.is_empty() {
        return Vec::new();
    }
    let mut rebuilt = needs.iter().filter(|need| is_rebuilt(need)).flat_map(|need| &need.columns);
    let none_else_is_rebuilt = rebuilt.all(|position| noted.contains(position));
    let is_noted = |condition: &Condition| match condition.of {
        ConditionOf::Column(ChangeKind::AdaptEmptyColumns, position) => noted.contains(&position),
        ConditionOf::Column(..) => false,
        ConditionOf::Rebuild => none_else_is_rebuilt,
    };
    conditions(plan, look, needs).into_iter().filter(is_noted).collect()
}
