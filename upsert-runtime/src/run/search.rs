//! Which row a chunk was refused for, where the database does not tell.

use super::transaction::begin;
use super::{Failure, is_lost};
use crate::backend::{Patience, Purpose, Session, Undone};
use crate::error::Error;
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
    let Failure { error, clean: true } = failure else { return failure };
    if error.phase() == Phase::Write && chunk.len() == 1 && error.is_about_rows() {
        // Of a single row there is no doubt.
        return Failure::clean(error.at_row(Some(chunk.first_number())));
    }
    if error.phase() != Phase::Write || !error.is_of_unknown_row() || error.ended_transaction() {
        return Failure::clean(error);
    }
    let deadline = patience.chunk();
    let mut search = Search { session, plan, patience, deadline };
    match around_search(search.row_of(chunk, &error)).await {
        Ok(row) => Failure::clean(error.at_row(row)),
        // The first error says why.
        Err(Broken::Session) => Failure::dirty(error),
        Err(Broken::CallersTransaction) => Failure::clean(error.transaction_ended()),
    }
}

struct Search<'s, 'p, S> {
    session: &'s mut S,
    plan: &'s UpsertPlan<'p>,
    patience: Patience,
    deadline: Deadline,
}

/// What the search has run into, so that nothing more can be tried.
enum Broken {
    Session,
    CallersTransaction,
}

impl<S: Session> Search<'_, '_, S> {
    async fn row_of(&mut self, chunk: Chunk<'_>, error: &Error) -> Result<Option<u64>, Broken> {
        let asking = async { Ok(self.session.is_refused_alone(self.plan, error).await) };
        match within(self.deadline, Phase::Write, asking).await {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(_) => return Err(Broken::Session),
        }
        let mut suspects = chunk;
        while suspects.len() > 1 {
            let [first, others] = suspects.halves();
            suspects = match self.try_out(&first).await? {
                None => others,
                Some(refused) if refused.is_like(error) => first,
                // Another row, or another transaction.
                Some(_) => return Ok(None),
            };
        }
        let refused = self.try_out(&suspects).await?;
        Ok(refused.is_some_and(|refused| refused.is_like(error)).then(|| suspects.first_number()))
    }

    /// What rows are refused for, if they are.
    async fn try_out(&mut self, rows: &Chunk<'_>) -> Result<Option<Error>, Broken> {
        let Ok(packet) = S::encode(self.plan, rows, Purpose::Write) else { return Err(Broken::Session) };
        let begun = begin(self.session, Purpose::Write, self.patience, self.deadline).await;
        begun.map_err(|_| Broken::Session)?;
        let wrote = within(self.deadline, Phase::Write, self.session.write(self.plan, packet)).await;
        let refused = wrote.err();
        if refused.as_ref().is_some_and(is_lost) {
            return Err(Broken::Session);
        }
        let deadline = self.deadline.or(Patience::afterwards());
        match within(deadline, Phase::Write, self.session.rollback()).await {
            Ok(Undone::Ours) => Ok(refused),
            Ok(Undone::CallersToo) => Err(Broken::CallersTransaction),
            Err(_) => Err(Broken::Session),
        }
    }
}
