//! A transaction from its begin to its end, and what becomes of it.

use std::ops::Range;

use super::{Failure, is_lost, resume};
use crate::backend::{CommitError, InTheWay, Patience, Purpose, Session, Step, Undone};
use crate::error::{Error, Kind};
use crate::report::{Outcome, Phase};
use crate::tally::Tally;
use crate::wait::{Deadline, within};

/// Begins it, on another connection if the pool's is not clean.
pub(super) async fn begin<S: Session>(
    session: &mut S,
    purpose: Purpose,
    patience: Patience,
    deadline: Deadline,
) -> Result<(), Failure> {
    loop {
        match within(deadline, Phase::Write, session.begin(purpose)).await.map_err(Failure::dirty)? {
            Step::Done => return Ok(()),
            Step::ConnectionGivenUp => resume(session, patience).await?,
        }
    }
}

/// Commits what was written, or rolls it back.
pub(super) async fn finish<S: Session, T>(
    session: &mut S,
    written: Result<T, Error>,
    patience: Patience,
    deadline: Deadline,
    tally: &mut Tally,
    rows: Range<u64>,
) -> Result<T, Failure> {
    match written {
        Ok(written) => {
            commit(session, patience, deadline, tally, rows).await?;
            Ok(written)
        }
        Err(error) if is_lost(&error) => Err(Failure::dirty(error)),
        Err(error) => {
            // Whoever has waited until one deadline passed does not wait for another.
            let deadline = match error.inner_kind() {
                Kind::Timeout { .. } => Patience::afterwards(),
                _ => deadline.or(Patience::afterwards()),
            };
            let ended = async {
                let undone = session.rollback().await?;
                Ok((undone, session.row_in_the_way().await))
            };
            let Ok((undone, in_the_way)) = within(deadline, Phase::Write, ended).await else {
                return Err(Failure::dirty(error));
            };
            let error = match undone {
                Undone::Ours => error,
                Undone::CallersToo => error.transaction_ended(),
            };
            Err(Failure::clean(match in_the_way {
                InTheWay::Row(row) => error.at_row(Some(row)),
                InTheWay::Unknown => error,
                InTheWay::Elsewhere => error.of_no_conflict(),
            }))
        }
    }
}

async fn commit<S: Session>(
    session: &mut S,
    patience: Patience,
    deadline: Deadline,
    tally: &mut Tally,
    rows: Range<u64>,
) -> Result<(), Failure> {
    // In the caller's transaction nothing of ours is ever final; but whether the rows are in it can be in doubt.
    let doubted_before = tally.doubt(Some(rows));

    let committing = async { Ok(session.commit().await) };
    let (error, unanswered) = match within(deadline, Phase::Commit, committing).await {
        Ok(Ok(())) => {
            tally.doubt(None);
            return Ok(());
        }
        Ok(Err(CommitError { error, in_doubt })) => (error.during(Phase::Commit), in_doubt),
        Err(error) => (error, true),
    };
    let outcome = if unanswered { resolve(session, patience, deadline).await } else { Outcome::NotCommitted };
    match outcome {
        Outcome::Committed => {
            tally.doubt(None);
            Ok(())
        }
        Outcome::NotCommitted => {
            // The chunk of a cursor may have been committed when it was written before.
            tally.doubt(doubted_before);
            if unanswered {
                return Err(Failure::clean(error));
            }
            if is_lost(&error) {
                return Err(Failure::dirty(error));
            }
            // What was refused may be open still.
            let deadline = deadline.or(Patience::afterwards());
            Err(match within(deadline, Phase::Commit, session.rollback()).await {
                Ok(Undone::Ours) => Failure::clean(error),
                Ok(Undone::CallersToo) => Failure::clean(error.transaction_ended()),
                Err(_) => Failure::dirty(error),
            })
        }
        Outcome::InDoubt | Outcome::InCallersTransaction => Err(Failure::dirty(error)),
    }
}

/// What became of a commit that was not answered. Finding out takes no longer than waiting for a connection, and no
/// longer than what is left to the chunk; after its deadline there is time for a few questions.
async fn resolve<S: Session>(session: &mut S, patience: Patience, deadline: Deadline) -> Outcome {
    let deadline = deadline.or(Patience::afterwards()).and(patience.pool());
    let resolving = async { Ok(session.resolve().await) };
    within(deadline, Phase::Commit, resolving).await.unwrap_or(Outcome::InDoubt)
}
