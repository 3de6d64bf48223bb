//! What happens after the last row: the indexes that have waited for it are created.
//!
//! They are not created in the rows' own transaction: two calls that both have written to the table would wait for each other, for
//! an index keeps writers away. So rows may be there without them, and it is their names that tell which are missing: whoever comes
//! next makes up for it.

use super::prepare::{Work, change};
use super::{Failure, resume};
use crate::backend::{Against, Patience, Session, Step};
use crate::change::Change;
use crate::error::Error;
use crate::evolve;
use crate::plan::UpsertPlan;
use crate::report::Phase;
use crate::schema::Index;
use crate::sql::{self, Lacking, Remains};
use crate::wait::within;

/// Creates the indexes that are missing, of those that were to wait.
pub(super) async fn index<S: Session>(
    session: &mut S,
    plan: &mut UpsertPlan<'_>,
    patience: Patience,
) -> Result<(), Failure> {
    if plan.deferred().next().is_none() {
        return Ok(());
    }
    let indexed = created(session, plan, patience).await;
    indexed.map_err(|Failure { error, clean }| Failure { error: error.during(Phase::Index), clean })
}

async fn created<S: Session>(session: &mut S, plan: &mut UpsertPlan<'_>, patience: Patience) -> Result<(), Failure> {
    let deadline = patience.chunk();
    loop {
        resume(session, patience).await?;
        // Most calls find them all there, and take no lock.
        let is_done = async { Ok(lacking(session, plan).await?.is_empty()) };
        if within(deadline, Phase::Index, is_done).await.map_err(Failure::dirty)? {
            return Ok(());
        }
        match change(session, plan, deadline, Work::Indexes).await? {
            Step::Done => return Ok(()),
            Step::ConnectionGivenUp => {}
        }
    }
}

/// Creates them in the transaction that is open.
pub(super) async fn make_indexes<S: Session>(
    session: &mut S,
    plan: &UpsertPlan<'_>,
    made: &mut Vec<Change>,
) -> Result<(), Error> {
    // Somebody may have held the lock before us, and created them all.
    let Some(change) = evolve::create_deferred(plan, &lacking(session, plan).await?) else { return Ok(()) };
    session.hold(plan, Against::Writes).await?;
    for statement in &change.sql {
        session.execute_change(statement).await?;
    }
    made.push(change);
    Ok(())
}

/// Those that the table does not have.
pub(super) async fn lacking<'s, S: Session>(session: &mut S, plan: &UpsertPlan<'s>) -> Result<Vec<Lacking<'s>>, Error> {
    let mut lacking = Vec::new();
    for index in plan.deferred() {
        lacking.extend(lacks(session, plan, index).await?);
    }
    Ok(lacking)
}

/// An index, if the table has none of its name.
pub(super) async fn lacks<'s, S: Session>(
    session: &mut S,
    plan: &UpsertPlan<'s>,
    index: &'s Index<'s>,
) -> Result<Option<Lacking<'s>>, Error> {
    if !session.ask(&sql::lacks_index(plan, index)).await? {
        return Ok(None);
    }
    let remains = match sql::has_remains(plan, index) {
        Some(question) if session.ask(&question).await? => Remains::Invalid,
        Some(_) | None => Remains::Nothing,
    };
    Ok(Some(Lacking { index, remains }))
}
