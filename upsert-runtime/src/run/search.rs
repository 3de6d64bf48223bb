//! Which row a chunk was refused for, where the database does not tell.

use super::transaction::begin;
use super::{Failure, is_lost};
use crate::backend::{Patience, Purpose, Session, Undone};
use crate::error::{Error, Refused};
use crate::feed::Chunk;
use crate::plan::UpsertPlan;
use crate::report::Phase;
use crate::trace::around_search;
use crate::wait::{Deadline, within};

/// Names the row of a chunk that was refused and rolled back, if it is refused when it comes alone, and for the same reason. Halves of
/// the chunk are written again to find it, together not more rows than it had, each in a transaction (or savepoint) that is rolled
/// back: nothing is left of them but numbers that sequences have given out.
pub(super) async fn name_row<S: Session>(
    session: &mut S,
    plan: &UpsertPlan<'_>,
    chunk: Chunk<'_>,
    failure: Failure,
    patience: Patience,
) -> Failure {
    let Failure { error, clean } = failure;
    if !clean || error.phase() != Phase::Write {
        return Failure { error, clean };
    }
    if chunk.len() == 1 {
        return Failure::clean(error.of_single_row(chunk.name(plan, chunk.pick(0))));
    }
    if error.refused_without_row() != Some(Refused::Row) || error.ended_transaction() {
        return Failure::clean(error);
    }
    match around_search(row_of(session, plan, chunk, &error, patience)).await {
        Ok(row) => Failure::clean(error.at_row(row)),
        // The first error says why.
        Err(Broken::Session) => Failure::dirty(error),
        Err(Broken::CallersTransaction) => Failure::clean(error.transaction_ended()),
    }
}

/// What the search has run into, so that nothing more can be tried.
enum Broken {
    Session,
    CallersTransaction,
}

async fn row_of<S: Session>(
    session: &mut S,
    plan: &UpsertPlan<'_>,
    chunk: Chunk<'_>,
    error: &Error,
    patience: Patience,
) -> Result<Option<u64>, Broken> {
    let deadline = patience.chunk();
    match within(deadline, Phase::Write, session.is_refused_alone(plan, error)).await {
        Ok(true) => {}
        Err(error) if is_lost(&error) => return Err(Broken::Session),
        Ok(false) | Err(_) => return Ok(None),
    }
    let mut suspects = chunk;
    while suspects.len() > 1 {
        let [first, others] = suspects.halves();
        suspects = match try_out(session, plan, &first, patience, deadline).await? {
            None => others,
            Some(refused) if refused.is_like(error) => first,
            // Another row, or another transaction.
            Some(_) => return Ok(None),
        };
    }
    let refused = try_out(session, plan, &suspects, patience, deadline).await?;
    Ok(refused.filter(|refused| refused.is_like(error)).and_then(|_| suspects.name(plan, suspects.pick(0))))
}

/// What rows are refused for, if they are.
async fn try_out<S: Session>(
    session: &mut S,
    plan: &UpsertPlan<'_>,
    rows: &Chunk<'_>,
    patience: Patience,
    deadline: Deadline,
) -> Result<Option<Error>, Broken> {
    let Ok(packet) = S::encode(plan, rows, Purpose::Write).await else { return Err(Broken::Session) };
    let begun = begin(session, Purpose::Write, patience, deadline).await;
    begun.map_err(|_| Broken::Session)?;
    let refused = within(deadline, Phase::Write, session.write(plan, packet)).await.err();
    if refused.as_ref().is_some_and(is_lost) {
        return Err(Broken::Session);
    }
    match within(deadline.or(Patience::afterwards()), Phase::Write, session.rollback()).await {
        Ok(Undone::Ours) => Ok(refused),
        Ok(Undone::CallersToo) => Err(Broken::CallersTransaction),
        Err(_) => Err(Broken::Session),
    }
}
