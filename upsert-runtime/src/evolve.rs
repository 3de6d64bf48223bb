//! What is done about a table that is not as the struct would have it: what of it, in which order, and on which conditions.
//!
//! A session looks, and this says what is needed; it takes a lock, looks again, and does what is still needed.

mod conditions;
mod parts;

use self::conditions::ConditionOf;
pub(crate) use self::conditions::{Condition, conditions, optional};
pub(crate) use self::parts::{Part, parts};
use crate::change::{Change, ChangeKind, Difference, Severity};
use crate::error::{Error, Kind};
use crate::fit::{self, Width};
use crate::misfit::{self, Misfit, MoreLabels};
use crate::options::Allowed;
use crate::plan::{Keeps, UpsertPlan};
use crate::report::Phase;
use crate::schema::{Column, Origin};
use crate::sql::{self, Dialect, Lacking};

/// What is found under the name of a table.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Look {
    /// Where the table is, or would be made; `None` if that is nowhere.
    pub(crate) schema: Option<String>,
    pub(crate) state: State,
}

#[derive(Clone, Debug)]
pub(crate) enum State {
    NoSchema,
    NoTable,
    Table { misfits: Vec<Misfit>, definition: Definition },
}

/// What has to be said again of a column whose type is changed, as the table has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Definition {
    /// Whether it is no table, but a view, say, whose columns nobody changes.
    pub(crate) is_view: bool,
    /// The statement that creates the table, on MySQL and SQLite.
    pub(crate) create: String,
    /// Those that create its indexes and triggers, on SQLite.
    pub(crate) parts: Vec<String>,
    /// The name of its rowid that no column has taken, on SQLite, where there is one.
    pub(crate) rowid: Option<&'static str>,
    /// Whether `ANALYZE` has looked at it, on SQLite: what that found goes with a table that is dropped.
    pub(crate) analyzed: bool,
    pub(crate) columns: Vec<DefinedColumn>,
}

/// On SQLite each column that takes values, on PostgreSQL those whose types may be changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DefinedColumn {
    pub(crate) name: String,
    /// A collation that is not the type's own, on PostgreSQL, as SQL.
    pub(crate) collation: Option<String>,
    /// Whether its type stays, if its labels change, on PostgreSQL.
    pub(crate) keeps_type: bool,
    /// The one constraint that checks it to be one of some labels, on PostgreSQL.
    pub(crate) labels: Option<Constraint>,
    /// The sequence that its default takes numbers from and that goes with it, on PostgreSQL.
    pub(crate) sequence: Option<Sequence>,
    /// How its values are stored, where that is not the type's own way, on PostgreSQL: what is said of that to change it.
    pub(crate) storage: Vec<String>,
}

/// A constraint of PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Constraint {
    pub(crate) name: String,
    pub(crate) comment: Option<String>,
}

/// A sequence of PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// As SQL.
    pub(crate) name: String,
    pub(crate) sql_type: String,
}

/// One thing that is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) kind: ChangeKind,
    /// Positions among all columns, those that the database computes behind the others.
    pub(crate) columns: Vec<usize>,
}

/// What is needed and allowed, in order.
pub(crate) fn needs(plan: &UpsertPlan<'_>, state: &State, allowed: Allowed) -> Vec<Need> {
    let whole = |kind| Need { kind, columns: Vec::new() };
    let wanted = match state {
        State::NoSchema if plan.dialect == Dialect::Sqlite => Vec::new(),
        State::NoSchema => vec![whole(ChangeKind::CreateSchema), whole(ChangeKind::CreateTable)],
        State::NoTable => vec![whole(ChangeKind::CreateTable)],
        State::Table { definition, .. } if definition.is_view => Vec::new(),
        State::Table { misfits, .. } => {
            let misfits = apart(plan, misfits, false);
            let of = |kind| {
                let mends = |misfit: &Misfit| mend(plan, misfit, allowed) == Some(kind);
                let columns = misfits.iter().filter(|misfit| mends(misfit)).flat_map(|misfit| positions(plan, misfit));
                // One may be too short as well as lack labels.
                let mut columns: Vec<usize> = columns.collect();
                columns.dedup();
                Need { kind, columns }
            };
            // What is rebuilt is as it was looked at, without what is added.
            let kinds = [ChangeKind::AdaptEmptyColumns, ChangeKind::Widen, ChangeKind::AddColumns];
            kinds.map(of).into_iter().filter(|need| !need.columns.is_empty()).collect()
        }
    };
    // A table is not created in a schema that is not.
    wanted.into_iter().take_while(|need| allowed.has(need.kind)).collect()
}

/// What mends a misfit, if anything that is allowed does.
fn mend(plan: &UpsertPlan<'_>, misfit: &Misfit, allowed: Allowed) -> Option<ChangeKind> {
    let kind = match misfit {
        Misfit::NoColumns { .. } => ChangeKind::AddColumns,
        Misfit::WrongType { widens: true, .. } if allowed.widen => ChangeKind::Widen,
        Misfit::Narrow { widens: true, .. } => ChangeKind::Widen,
        // On SQLite they are in the table's own statement.
        Misfit::NoLabels { more: MoreLabels::Widen, .. }
            if plan.dialect != Dialect::Sqlite || allowed.rebuild_table =>
        {
            ChangeKind::Widen
        }
        // What tells rows apart is not empty where there are rows.
        Misfit::WrongType { column, .. } | Misfit::AsDigits { column, .. } if is_of_key(plan, column) => return None,
        Misfit::WrongType { .. } | Misfit::AsDigits { .. }
            if plan.dialect != Dialect::Sqlite || allowed.rebuild_table =>
        {
            ChangeKind::AdaptEmptyColumns
        }
        _ => return None,
    };
    allowed.has(kind).then_some(kind)
}

/// The same misfits, in which columns that an option adds stand apart from those that none does; none does anything to a view.
fn apart(plan: &UpsertPlan<'_>, misfits: &[Misfit], is_view: bool) -> Vec<Misfit> {
    let each = misfits.iter().flat_map(|misfit| match misfit {
        Misfit::NoColumns { columns } => {
            let (added, others) = columns.iter().cloned().partition(|name| !is_view && can_be_added(plan, name));
            misfit::no_columns(added).into_iter().chain(misfit::never_added(others)).collect()
        }
        other if is_view => vec![other.clone().never_mended()],
        other => vec![other.clone()],
    });
    each.collect()
}

/// Whether SQLite makes the table anew for it.
fn is_rebuilt(need: &Need) -> bool {
    matches!(need.kind, ChangeKind::AdaptEmptyColumns | ChangeKind::Widen)
}

/// What is needed and has no broken condition.
pub(crate) fn possible(needs: &[Need], broken: &[Condition]) -> Vec<Need> {
    let is_broken = |of| broken.iter().any(|condition| condition.of == of);
    let left = needs.iter().filter(|need| !(is_rebuilt(need) && is_broken(ConditionOf::Rebuild))).map(|need| {
        let is_possible = |position: &usize| !is_broken(ConditionOf::Column(need.kind, *position));
        (need, need.columns.iter().copied().filter(is_possible).collect::<Vec<_>>())
    });
    // What is about no column stays as it is.
    let left = left.filter(|(need, columns)| !columns.is_empty() || need.columns.is_empty());
    left.map(|(need, columns)| Need { kind: need.kind, columns }).collect()
}

/// Whether SQLite would do what an option asks for, were it allowed to make the table anew.
fn wants_rebuild(plan: &UpsertPlan<'_>, misfit: &Misfit) -> bool {
    let rebuilding = Allowed { rebuild_table: true, ..plan.allowed };
    !matches!(misfit, Misfit::AsDigits { .. })
        && mend(plan, misfit, plan.allowed).is_none()
        && mend(plan, misfit, rebuilding).is_some()
}

/// Whether it is no part of a key, and it is known what stands in for what rows do not have.
fn can_be_added(plan: &UpsertPlan<'_>, name: &str) -> bool {
    let Some(position) = plan.position(name) else { return false };
    let has_default = match plan.column_at(position).origin {
        Origin::RowOrDefault(default) => fit::on(&default, plan.dialect).is_some(),
        Origin::Row | Origin::RowOrIdentity => true,
    };
    has_default && !is_of_key(plan, name)
}

fn is_of_key(plan: &UpsertPlan<'_>, name: &str) -> bool {
    plan.position(name).is_some_and(|position| plan.key.contains(&position) || plan.primary_key.contains(&position))
}

fn positions(plan: &UpsertPlan<'_>, misfit: &Misfit) -> Vec<usize> {
    let names: &[String] = match misfit {
        Misfit::NoColumns { columns } => columns,
        Misfit::WrongType { column, .. }
        | Misfit::Narrow { column, .. }
        | Misfit::AsDigits { column, .. }
        | Misfit::NoLabels { column, .. } => std::slice::from_ref(column),
        _ => &[],
    };
    names.iter().filter_map(|name| plan.position(name)).collect()
}

/// Refuses what stays as it is, whatever is done, and what the rows that are there do not allow: the conditions that were asked
/// about, and are broken.
pub(crate) fn refuse(plan: &UpsertPlan<'_>, look: &Look, needs: &[Need], broken: &[Condition]) -> Result<(), Error> {
    let is_done = |kind| needs.iter().any(|need| need.kind == kind);
    match &look.state {
        State::NoSchema if !is_done(ChangeKind::CreateSchema) => Err(no_schema(plan, look)),
        State::NoSchema | State::NoTable if !is_done(ChangeKind::CreateTable) => {
            let table = sql::qualified(look.schema.as_deref(), &plan.table);
            Err(Error::new(Kind::MissingTable { table }, Phase::Prepare))
        }
        State::NoSchema | State::NoTable => Ok(()),
        State::Table { misfits, definition } => {
            let stays = |misfit: &Misfit| definition.is_view || mend(plan, misfit, plan.allowed).is_none();
            let rest: Vec<Misfit> = apart(plan, misfits, definition.is_view).into_iter().filter(stays).collect();
            let schema = look.schema.as_deref().unwrap_or_default();
            let wants_rebuild = |misfit: &Misfit| !definition.is_view && wants_rebuild(plan, misfit);
            let refusals: Vec<&str> = broken.iter().map(|condition| condition.refusal.as_str()).collect();
            misfit::refuse(plan, schema, &rest, wants_rebuild, &refusals).map_err(|error| {
                let plan = UpsertPlan { schema: look.schema.clone(), ..plan.clone() };
                error.with_pending(changes(&plan, look, &possible(needs, broken)).unwrap_or_default())
            })
        }
    }
}

fn no_schema(plan: &UpsertPlan<'_>, look: &Look) -> Error {
    let schema = look.schema.as_deref().unwrap_or_default();
    let message = match plan.dialect {
        Dialect::Sqlite => format!(
            "no database is attached under the name `{schema}`: `ATTACH` it to the connection (to each one of a pool, in \
             `SqlitePool::open_with`), or leave `schema` out"
        ),
        Dialect::Postgres | Dialect::MySql => {
            format!("the schema `{schema}` does not exist; `UpsertOptions::create_schema` creates it")
        }
    };
    Error::new(Kind::MissingSchema(message), Phase::Prepare)
}

/// What is done about all that is needed, as SQL.
pub(crate) fn changes(plan: &UpsertPlan<'_>, look: &Look, needs: &[Need]) -> Result<Vec<Change>, Error> {
    let nothing = Definition::default();
    let definition = match &look.state {
        State::Table { definition, .. } => definition,
        State::NoSchema | State::NoTable => &nothing,
    };
    let mut definition = definition.clone();
    let each = needs.iter().map(|need| {
        let change = change(plan, need, &definition)?;
        // What is rebuilt twice is rebuilt from what it has become.
        if plan.dialect == Dialect::Sqlite
            && matches!(need.kind, ChangeKind::AdaptEmptyColumns | ChangeKind::Widen)
            && let Some(create) = sql::sqlite::rebuilt(plan, need.kind, &need.columns, &definition)
        {
            definition.create = create;
        }
        Ok(change)
    });
    each.collect()
}

/// What is done about a need, as SQL.
fn change(plan: &UpsertPlan<'_>, need: &Need, definition: &Definition) -> Result<Change, Error> {
    let Need { kind, columns } = need;
    let sql = match kind {
        ChangeKind::CreateSchema => vec![sql::create_schema(plan)],
        ChangeKind::CreateTable => vec![sql::create_table(plan)],
        ChangeKind::AddColumns => sql::add_columns(plan, columns),
        // They are no need of a table that rows are to be written to.
        ChangeKind::CreateIndexes => {
            sql::create_deferred(plan, &plan.deferred().map(Lacking::wholly).collect::<Vec<_>>())
        }
        ChangeKind::AdaptEmptyColumns | ChangeKind::Widen => sql::change_types(plan, *kind, columns, definition)
            .ok_or_else(|| {
                let table = sql::qualified(plan.schema.as_deref(), &plan.table);
                let message = format!("the definition of table {table} was not understood, so that no type is changed");
                Error::plan(message).during(Phase::Prepare)
            })?,
    };
    let columns = columns.iter().map(|&position| plan.column_at(position).name.to_owned()).collect();
    Ok(Change { kind: *kind, columns, sql })
}

/// Creates indexes that have waited for the rows.
pub(crate) fn create_deferred(plan: &UpsertPlan<'_>, lacking: &[Lacking<'_>]) -> Option<Change> {
    let create =
        || Change { kind: ChangeKind::CreateIndexes, columns: Vec::new(), sql: sql::create_deferred(plan, lacking) };
    (!lacking.is_empty()).then(create)
}

/// Everything in which the table is not as the struct would have it, and what would mend it: of what is `needed`, that which has
/// no `broken` condition.
pub(crate) fn differences(
    plan: &UpsertPlan<'_>,
    look: &Look,
    needed: &[Need],
    broken: &[Condition],
) -> Vec<Difference> {
    let State::Table { misfits, definition } = &look.state else {
        if needed.is_empty() {
            let words = no_schema(plan, look).to_string();
            return vec![Difference { severity: Severity::Refused, column: None, words, change: None }];
        }
        return needed.iter().map(|need| not_there(plan, look, need)).collect();
    };
    let table = sql::qualified(look.schema.as_deref(), &plan.table);
    let each = apart(plan, misfits, definition.is_view).into_iter().flat_map(|misfit| match misfit {
        Misfit::NoColumns { columns } => {
            columns.into_iter().map(|column| Misfit::NoColumns { columns: vec![column] }).collect()
        }
        Misfit::NeverAdded { columns } => {
            columns.into_iter().map(|column| Misfit::NeverAdded { columns: vec![column] }).collect()
        }
        other => vec![other],
    });
    let possible = possible(needed, broken);
    let told = each.map(|misfit| {
        let kind = mend(plan, &misfit, Allowed::ALL).filter(|_| !definition.is_view);
        let position = misfit.column().and_then(|column| plan.position(column));
        let is_of = |of| kind.zip(position).is_some_and(|(kind, position)| of == ConditionOf::Column(kind, position));
        let refusal = broken.iter().find(|condition| is_of(condition.of));
        let need = possible.iter().find(|need| Some(need.kind) == kind && refusal.is_none());
        let words = refusal.map_or_else(|| misfit.to_string(), |condition| condition.refusal.clone());
        Difference {
            severity: misfit.severity(),
            column: misfit.column().map(str::to_owned),
            words: format!("table {table} {words}"),
            change: need.and_then(|need| change(plan, need, definition).ok()),
        }
    });
    told.collect()
}

fn not_there(plan: &UpsertPlan<'_>, look: &Look, need: &Need) -> Difference {
    let words = match need.kind {
        ChangeKind::CreateSchema => no_schema(plan, look).to_string(),
        _ => Error::new(Kind::MissingTable { table: plan.name() }, Phase::Prepare).to_string(),
    };
    let change = change(plan, need, &Definition::default()).ok();
    Difference { severity: Severity::Refused, column: None, words, change }
}

/// What a column does with the values of the struct that are of the right kind, and not all of them fit.
pub(crate) fn narrow(plan: &UpsertPlan<'_>, own: &Column<'_>, there: &str, keeps: &Keeps) -> Option<Misfit> {
    if own.only_null {
        return None;
    }
    if let (Keeps::Labels(kept), Some(enum_type)) = (keeps, own.enum_type) {
        return no_labels(plan, own, there, kept, enum_type.labels);
    }
    let (is_narrow, widens) = match widths(plan, own, there) {
        Some((there, created)) => (!there.holds(created), created.holds(there)),
        // Whoever chose the type knows what it holds.
        None => (fit::on(&own.sql_types, plan.dialect).is_none() && !keeps.takes_all(), false),
    };
    is_narrow.then(|| Misfit::Narrow {
        column: own.name.to_owned(),
        there: there.to_owned(),
        sent: own.column_type,
        widens,
    })
}

/// An enum that is there, and the struct's. On MySQL the type is the column's own, and is widened where it loses no text.
fn no_labels(plan: &UpsertPlan<'_>, own: &Column<'_>, there: &str, kept: &[String], labels: &[&str]) -> Option<Misfit> {
    // Whoever chose the type knows what it holds.
    if fit::on(&own.sql_types, plan.dialect).is_some() {
        return None;
    }
    let more = match plan.dialect {
        Dialect::MySql => MoreLabels::Widen,
        Dialect::Postgres => MoreLabels::AlterType,
        Dialect::Sqlite => MoreLabels::Unknown,
    };
    misfit::no_labels(own.name, there, kept, labels, more)
}

/// A column that is not for the values of the struct.
pub(crate) fn wrong_type(plan: &UpsertPlan<'_>, own: &Column<'_>, there: &str) -> Misfit {
    let widens = widths(plan, own, there).is_some_and(|(there, created)| created.holds(there));
    Misfit::WrongType { column: own.name.to_owned(), there: there.to_owned(), sent: own.column_type, widens }
}

/// What the type of a column holds, and what the one would that it would be created with.
fn widths(plan: &UpsertPlan<'_>, own: &Column<'_>, there: &str) -> Option<(Width, Width)> {
    let created = sql::created_type(plan, own);
    Some((Width::of(there, plan.dialect)?, Width::of(&created, plan.dialect)?))
}
