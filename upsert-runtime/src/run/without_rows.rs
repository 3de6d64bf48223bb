//! What is asked about a table, and done to it, without rows.

use super::indexes::{index, lacks};
use super::prepare::{broken, look, pending, prepare};
use super::{Failure, call_number, give_back};
use crate::backend::{Backend, Next, Patience, Session};
use crate::change::{Change, Difference};
use crate::error::{Error, Kind};
use crate::evolve::{self, Condition, Part};
use crate::fit::Database as _;
use crate::options::{Allowed, UpsertOptions};
use crate::plan::UpsertPlan;
use crate::report::Phase;
use crate::schema::AnySchema;
use crate::snapshot::TableSnapshot;
use crate::sql::qualified;
use crate::wait::within;

/// Looks at the table as a call would, and writes nothing.
pub(crate) async fn verify<B: Backend>(place: B, schema: AnySchema<'_>, options: UpsertOptions) -> Result<(), Error> {
    let options = UpsertOptions { allowed: Allowed::NOTHING, ..options };
    migrate(place, schema, options).await.map(|_| ())
}

/// Does what a call would do before its first row, and writes none.
pub(crate) async fn migrate<B: Backend>(
    place: B,
    schema: AnySchema<'_>,
    options: UpsertOptions,
) -> Result<Vec<Change>, Error> {
    let mut columns = Vec::new();
    let mut plan = UpsertPlan::new(&schema.lend(&mut columns), &options, B::Database::DIALECT)?.numbered(call_number());
    without_rows(place, &options, async |session, patience| {
        let next = if options.allowed == Allowed::NOTHING { Next::Nothing } else { Next::Unknown };
        let prepared = match prepare(session, &mut plan, next, patience).await {
            Ok(()) => index(session, &mut plan, patience).await,
            failed => failed,
        };
        match prepared {
            Ok(()) => Ok(plan.changes),
            Err(Failure { error, clean }) => Err(Failure { error: error.with_changes(plan.changes), clean }),
        }
    })
    .await
}

/// Tells what [`migrate`] would do now, and does nothing.
pub(crate) async fn pending_changes<B: Backend>(
    place: B,
    schema: AnySchema<'_>,
    options: UpsertOptions,
) -> Result<Vec<Change>, Error> {
    let mut columns = Vec::new();
    let mut plan = UpsertPlan::new(&schema.lend(&mut columns), &options, B::Database::DIALECT)?.numbered(call_number());
    without_rows(place, &options, async |session, patience| pending(session, &mut plan, patience).await).await
}

/// Looks at the table, and tells everything in which it is not as the struct would have it.
pub(crate) async fn diff<B: Backend>(
    place: B,
    schema: AnySchema<'_>,
    options: UpsertOptions,
) -> Result<Vec<Difference>, Error> {
    let mut columns = Vec::new();
    let mut plan = UpsertPlan::new(&schema.lend(&mut columns), &options, B::Database::DIALECT)?.numbered(call_number());
    without_rows(place, &options, async |session, patience| {
        let deadline = patience.chunk();
        let look = look(session, &mut plan, Next::Nothing, patience, deadline).await?;
        plan.schema.clone_from(&look.schema);
        let needs = evolve::needs(&plan, &look.state, Allowed::ALL);
        // Whether a column is empty may take long to find out, and is left to who is about to adapt it.
        let conditions = evolve::conditions(&plan, &look, &needs).into_iter().filter(Condition::is_of_added_column);
        let broken = within(deadline, Phase::Prepare, broken(session, conditions)).await.map_err(Failure::of)?;
        let mut differences = evolve::differences(&plan, &look, &needs, &broken);
        for part in evolve::parts(&plan, &look) {
            let asking = differs(session, &plan, part);
            differences.extend(within(deadline, Phase::Prepare, asking).await.map_err(Failure::of)?);
        }
        Ok(differences)
    })
    .await
}

/// In what a part of the table differs, if it does.
async fn differs<'s, S: Session>(
    session: &mut S,
    plan: &UpsertPlan<'s>,
    part: Part<'s>,
) -> Result<Option<Difference>, Error> {
    if !session.ask(&part.question(plan)).await? {
        return Ok(None);
    }
    let lacking = match part {
        Part::Index(index) => lacks(session, plan, index).await?,
        Part::TableOption(_) => None,
    };
    Ok(Some(part.difference(plan, lacking)))
}

/// What tables are like: those that are named, or all of a schema.
pub(crate) async fn snapshot<B: Backend>(
    place: B,
    schema: Option<String>,
    tables: Vec<String>,
) -> Result<Vec<TableSnapshot>, Error> {
    let options = UpsertOptions::new();
    without_rows(place, &options, async |session, patience| {
        let deadline = patience.chunk();
        let schema = schema.as_deref();
        let tables = match tables {
            all if all.is_empty() => {
                within(deadline, Phase::Prepare, session.tables(schema)).await.map_err(Failure::dirty)?
            }
            named => named,
        };
        let mut snapshots = Vec::with_capacity(tables.len());
        for table in tables {
            let described = within(deadline, Phase::Prepare, session.describe(schema, &table)).await;
            let missing = || Error::new(Kind::MissingTable { table: qualified(schema, &table) }, Phase::Prepare);
            snapshots.push(described.map_err(Failure::dirty)?.ok_or_else(missing).map_err(Failure::clean)?);
        }
        Ok(snapshots)
    })
    .await
}

/// Does something with a connection that writes no row.
async fn without_rows<B: Backend, T>(
    place: B,
    options: &UpsertOptions,
    work: impl AsyncFnOnce(&mut B::Session, Patience) -> Result<T, Failure>,
) -> Result<T, Error> {
    let patience = Patience::of(options);
    let mut session = within(patience.pool(), Phase::Connect, place.session()).await?;
    let result = work(&mut session, patience).await;
    give_back(session, result)
}
