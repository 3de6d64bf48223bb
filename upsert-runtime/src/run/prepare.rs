//! What happens before the first row: the table is looked at, changed if that is asked for and needed, and the plan completed.
//!
//! ```text
//! look → what is needed? → ┬ nothing:    take in what was found
//!                          └ something:  begin, lock → look again → ask whether it may be done → do it → look again
//!                                        → commit → take in what was found
//! ```

use std::collections::HashMap;

use super::indexes::{lacking, make_indexes};
use super::{Failure, is_lost, resume};
use crate::backend::{Against, CommitError, Next, Patience, Session, Step};
use crate::change::Change;
use crate::error::Error;
use crate::evolve::{self, Condition, Look, Need, State};
use crate::options::Allowed;
use crate::plan::UpsertPlan;
use crate::report::Phase;
use crate::sql::{self, Dialect, Lacking};
use crate::wait::{Deadline, within};

/// Looks at the table for the first time, on a connection that is clean.
pub(super) async fn look<S: Session>(
    session: &mut S,
    plan: &mut UpsertPlan<'_>,
    next: Next,
    patience: Patience,
    deadline: Deadline,
) -> Result<Look, Failure> {
    loop {
        match within(deadline, Phase::Prepare, session.look(plan, next)).await.map_err(Failure::of)? {
            Some(look) => return Ok(look),
            None => resume(session, patience).await?,
        }
    }
}

/// Completes the plan, or says why rows cannot be written.
pub(super) async fn prepare<S: Session>(
    session: &mut S,
    plan: &mut UpsertPlan<'_>,
    next: Next,
    patience: Patience,
) -> Result<(), Failure> {
    let deadline = patience.chunk();
    loop {
        let look = look(session, plan, next, patience, deadline).await?;
        let needs = within(deadline, Phase::Prepare, needs(session, plan, &look)).await.map_err(Failure::of)?;
        if evolve::refuse(plan, &look, &needs, &[]).is_err() {
            // What the rows do not allow either is told with it, before anything is locked.
            let refusing = refuse(session, plan, &look, &needs);
            within(deadline, Phase::Prepare, refusing).await.map_err(Failure::of)?;
        }
        if !needs.is_empty() {
            // What is made is made there, whatever others make elsewhere.
            plan.schema = look.schema;
            if change(session, plan, deadline, Work::BeforeRows).await? == Step::ConnectionGivenUp {
                resume(session, patience).await?;
                continue;
            }
        }
        return session.take_in(plan).map_err(Failure::clean);
    }
}

/// What [`prepare`] would change now.
pub(super) async fn pending<S: Session>(
    session: &mut S,
    plan: &mut UpsertPlan<'_>,
    patience: Patience,
) -> Result<Vec<Change>, Failure> {
    let deadline = patience.chunk();
    let look = look(session, plan, Next::Nothing, patience, deadline).await?;
    let needs = within(deadline, Phase::Prepare, needs(session, plan, &look)).await.map_err(Failure::of)?;
    plan.schema.clone_from(&look.schema);
    within(deadline, Phase::Prepare, refuse(session, plan, &look, &needs)).await.map_err(Failure::of)?;
    let mut changes = evolve::changes(plan, &look, &needs).map_err(Failure::clean)?;
    let lacking = match look.state {
        State::NoSchema | State::NoTable => plan.deferred().map(Lacking::wholly).collect(),
        State::Table { .. } => within(deadline, Phase::Prepare, lacking(session, plan)).await.map_err(Failure::of)?,
    };
    changes.extend(evolve::create_deferred(plan, &lacking));
    Ok(changes)
}

/// What is done under the lock on a table's name.
#[derive(Clone, Copy)]
pub(super) enum Work {
    BeforeRows,
    Indexes,
}

/// Does what is needed, all of it or nothing (but on MySQL, which commits each statement).
pub(super) async fn change<S: Session>(
    session: &mut S,
    plan: &mut UpsertPlan<'_>,
    deadline: Deadline,
    work: Work,
) -> Result<Step, Failure> {
    match within(deadline, Phase::Prepare, session.begin_change(plan)).await.map_err(Failure::of)? {
        Step::Done => {}
        Step::ConnectionGivenUp => return Ok(Step::ConnectionGivenUp),
    }
    let mut changes = Vec::new();
    let making = async {
        match work {
            Work::BeforeRows => make(session, plan, &mut changes).await,
            Work::Indexes => make_indexes(session, plan, &mut changes).await,
        }
    };
    match within(deadline, Phase::Prepare, making).await {
        Ok(()) => {}
        Err(error) if is_lost(&error) => return Err(Failure::dirty(error)),
        Err(error) => {
            // If this fails too, the first error says why.
            let rolled_back = within(deadline.or(Patience::afterwards()), Phase::Prepare, session.rollback()).await;
            let failure = if rolled_back.is_ok() { Failure::clean } else { Failure::dirty };
            if plan.dialect == Dialect::MySql {
                // It has committed each.
                plan.changes.extend(changes);
            }
            return Err(failure(error));
        }
    }
    let committing = async { Ok(session.commit().await) };
    match within(deadline, Phase::Prepare, committing).await {
        Ok(Ok(())) => {
            plan.changes.extend(changes);
            Ok(Step::Done)
        }
        Ok(Err(CommitError { error, in_doubt: _ })) | Err(error) => Err(Failure::dirty(error.during(Phase::Prepare))),
    }
}

async fn make<S: Session>(session: &mut S, plan: &UpsertPlan<'_>, made: &mut Vec<Change>) -> Result<(), Error> {
    // Somebody may have held the lock before us, and done it all.
    let mut look = session.look_again(plan).await?;
    let mut needed = needs(session, plan, &look).await?;
    if matches!(look.state, State::Table { .. }) && !needed.is_empty() {
        let asks_about_rows = !evolve::conditions(plan, &look, &needed).is_empty();
        let against = if asks_about_rows { Against::ChangesAndWrites } else { Against::Changes };
        session.hold(plan, against).await?;
        look = session.look_again(plan).await?;
        needed = needs(session, plan, &look).await?;
    }
    refuse(session, plan, &look, &needed).await?;
    if needed.is_empty() {
        return Ok(());
    }
    for change in evolve::changes(plan, &look, &needed)? {
        for statement in &change.sql {
            session.execute_change(statement).await?;
        }
        made.push(change);
    }
    // A table that rows would not fit all the same (by a `sql_type` of the struct's own, say) does not stay, but on MySQL.
    let look = session.look_again(plan).await?;
    if matches!(look.state, State::NoTable) {
        let table = sql::qualified(look.schema.as_deref(), &plan.table);
        let message = format!(
            "table {table} was not created, for something else has its name: an index, a sequence or a materialized view, say"
        );
        return Err(Error::plan(message).during(Phase::Prepare));
    }
    let unmended = UpsertPlan { allowed: Allowed::NOTHING, ..plan.clone() };
    evolve::refuse(&unmended, &look, &[], &[])
}

/// What is needed and allowed, without that which can be left as it is and cannot be changed.
async fn needs<S: Session>(session: &mut S, plan: &UpsertPlan<'_>, look: &Look) -> Result<Vec<Need>, Error> {
    let needs = evolve::needs(plan, &look.state, plan.allowed);
    let left = broken(session, evolve::optional(plan, look, &needs)).await?;
    Ok(evolve::possible(&needs, &left))
}

/// Refuses what stays as it is, whatever is done, and what the rows that are there do not allow, in one error.
async fn refuse<S: Session>(session: &mut S, plan: &UpsertPlan<'_>, look: &Look, needs: &[Need]) -> Result<(), Error> {
    let broken = broken(session, evolve::conditions(plan, look, needs)).await?;
    evolve::refuse(plan, look, needs, &broken)
}

/// Those of the conditions that do not hold. A question that several have is asked once.
pub(super) async fn broken<S: Session>(
    session: &mut S,
    conditions: impl IntoIterator<Item = Condition>,
) -> Result<Vec<Condition>, Error> {
    let (mut asked, mut broken) = (HashMap::new(), Vec::new());
    for condition in conditions {
        let is_broken = match asked.get(&condition.question) {
            Some(&answer) => answer,
            None => {
                let answer = session.ask(&condition.question).await?;
                asked.insert(condition.question.clone(), answer);
                answer
            }
        };
        if is_broken {
            broken.push(condition);
        }
    }
    Ok(broken)
}
