//! A connection for the length of a call.
//!
//! Transactions are begun and ended by plain statements, together with what the session is set to meanwhile: outside of
//! them a connection is as it was.

use mysql_async::{Conn, Pool, Transaction};

use super::bulk::Bulk;
use super::close::{lay_fuse, stop};
use super::encode::Packet;
use super::error::{DEADLOCK, NO_SAVEPOINT, TRANSACTION_IS_OPEN, from_driver, leaves_doubt, number, of_change};
use super::facts::{Seen, is_true, text};
use super::link::{Link, Pooled};
use super::write::Refused;
use crate::backend::{Against, CommitError, InTheWay, Next, Purpose, Session, Step, Undone, Wrote};
use crate::error::Error;
use crate::evolve::Look;
use crate::feed::Chunk;
use crate::plan::{TableFacts, UpsertPlan};
use crate::report::{Outcome, Phase};
use crate::snapshot::TableSnapshot;
use crate::sql::mysql as sql;

/// A connection of a pool, or one that the caller lent.
#[doc(hidden)]
pub struct MySqlSession<'p> {
    pub(super) link: Link<'p>,
    /// Who the server is, once it was asked.
    pub(super) identity: Option<Vec<u8>>,
    /// Whether the transaction that is open on a connection that was lent is the caller's.
    pub(super) in_callers: bool,
    /// Whether a transaction or savepoint of ours is open, and the session set up for it.
    pub(super) open: bool,
    /// What begins it, where that is still to be sent.
    to_begin: Option<&'static str>,
    /// Whether nothing can have been left open on the connection since it was looked at.
    pub(super) is_clean: bool,
    /// The statement that drops the staging table, while that is there.
    pub(super) drop_stage: Option<String>,
    /// What the table was found to be like, before the plan takes it in.
    pub(super) looked_at: Option<(TableFacts, Seen)>,
    /// What it was like then.
    pub(super) seen: Option<Seen>,
    /// Whether that was found to be so in the transaction.
    pub(super) looked_again: bool,
    /// What may go through the bulk protocol in this transaction, once that was asked.
    pub(super) bulk: Option<Bulk>,
    /// Rows that statements of the transaction have found, of those that count them.
    pub(super) found: u64,
    /// The statement that gives a lock back, while we have one.
    pub(super) unlock: Option<String>,
    /// The statement that restores how long a table is waited for, while that is ours.
    wait_as_before: Option<&'static str>,
    /// Whether a commit is under way.
    committing: bool,
    /// Rows that are in the staging table, or folded with others there.
    pub(super) staged: u64,
    /// A row of which another one was in the way.
    pub(super) refused: Option<Refused>,
}

impl<'p> MySqlSession<'p> {
    fn new(link: Link<'p>) -> Self {
        Self {
            link,
            identity: None,
            in_callers: false,
            open: false,
            to_begin: None,
            is_clean: false,
            drop_stage: None,
            unlock: None,
            wait_as_before: None,
            looked_at: None,
            seen: None,
            looked_again: false,
            bulk: None,
            found: 0,
            committing: false,
            staged: 0,
            refused: None,
        }
    }

    pub(super) async fn of_pool(pool: &Pool) -> Result<MySqlSession<'static>, Error> {
        Ok(MySqlSession::new(Link::Pooled(Pooled::of(pool).await?)))
    }

    pub(super) async fn of_connection(connection: &'p mut Conn) -> Result<Self, Error> {
        lay_fuse(connection).await?;
        Ok(Self::new(Link::Lent(connection)))
    }

    pub(super) async fn of_transaction(transaction: &'p mut Transaction<'_>) -> Result<Self, Error> {
        lay_fuse(transaction).await?;
        let mut session = Self::new(Link::Lent(transaction));
        session.in_callers = true;
        Ok(session)
    }

    /// Begins, if that is still to be done.
    pub(super) async fn begin_now(&mut self) -> Result<(), Error> {
        match self.take_begin() {
            begin if begin.is_empty() => Ok(()),
            begin => self.link.run(&begin).await.map_err(from_driver),
        }
    }

    /// What still has to be sent to begin, in front of other statements.
    pub(super) fn take_begin(&mut self) -> String {
        let begin = self.to_begin.take();
        begin.map_or_else(String::new, |begin| format!("{};\n{begin};\n", sql::SET_UP))
    }

    /// What ends the transaction of ours and what was set up for it. Until it [has](Self::ended), it may have to be said again.
    fn ending(&self, statement: &str) -> String {
        let ours = self.drop_stage.iter().chain(&self.unlock).map(String::as_str).chain(self.wait_as_before);
        let ours: String = ours.map(|statement| format!(";\n{statement}")).collect();
        format!("{statement}{ours};\n{}", sql::RESTORE)
    }

    /// Nothing of ours is left on the connection.
    fn ended(&mut self) {
        self.open = false;
        self.staged = 0;
        self.drop_stage = None;
        self.unlock = None;
        self.wait_as_before = None;
    }
}

impl Session for MySqlSession<'_> {
    type Packet = Packet;

    async fn look(&mut self, plan: &mut UpsertPlan<'_>, _: Next) -> Result<Option<Look>, Error> {
        self.look_first(plan).await
    }

    fn take_in(&mut self, plan: &mut UpsertPlan<'_>) -> Result<(), Error> {
        let (facts, seen) = self.looked_at.take().expect("a table that rows do not fit was refused");
        self.seen = Some(seen);
        plan.resolve(facts)
    }

    /// By a lock on the table's name; nobody else's transaction is committed by that.
    async fn begin_change(&mut self, plan: &UpsertPlan<'_>) -> Result<Step, Error> {
        if self.in_callers {
            return Err(would_commit(plan));
        }
        self.open = true;
        self.unlock = Some(sql::unlock_table_name(&plan.table));
        self.link.run(sql::SET_UP).await.map_err(from_driver)?;
        if self.ask(&sql::lock_table_name(&plan.table)).await? {
            return Ok(Step::Done);
        }
        let message = "the server did not give the lock under which tables are changed, nor say why: try again";
        Err(Error::plan(message).during(Phase::Prepare))
    }

    async fn look_again(&mut self, plan: &UpsertPlan<'_>) -> Result<Look, Error> {
        let (catalog, _) = self.catalog(plan.schema.as_deref(), &plan.table).await?;
        self.judge(plan, &catalog).await
    }

    /// Only where its rows are asked about: a statement that changes it locks it by itself, and there is more that a table which
    /// is locked cannot use (a sequence, for its default). Either waits for whoever has read it in a transaction that is open, and
    /// all others wait behind us: so we do not wait long.
    async fn hold(&mut self, plan: &UpsertPlan<'_>, against: Against) -> Result<(), Error> {
        if self.wait_as_before.is_none() {
            self.link.run(sql::WAIT_SHORTLY).await.map_err(from_driver)?;
            self.wait_as_before = Some(sql::WAIT_AS_BEFORE);
        }
        match against {
            Against::Changes | Against::Writes => return Ok(()),
            Against::ChangesAndWrites => {}
        }
        self.unlock = Some(format!("{};\n{}", sql::UNLOCK_TABLES, sql::unlock_table_name(&plan.table)));
        self.execute_change(&sql::lock_table(plan)).await
    }

    async fn ask(&mut self, question: &str) -> Result<bool, Error> {
        let answers = self.link.ask(question).await.map_err(from_driver)?;
        Ok(answers.first().and_then(|rows| rows.first()).is_some_and(|row| is_true(row, 0)))
    }

    async fn describe(&mut self, schema: Option<&str>, table: &str) -> Result<Option<TableSnapshot>, Error> {
        let (catalog, _) = self.catalog(schema, table).await?;
        let Some(there) = catalog.table else { return Ok(None) };
        let may_be_filled = self.ask(&sql::has_insert_trigger(there.schema(), table)).await?;
        Ok(Some(there.described(table, may_be_filled)))
    }

    async fn tables(&mut self, schema: Option<&str>) -> Result<Vec<String>, Error> {
        let answers = self.link.ask(&sql::tables(schema)).await.map_err(from_driver)?;
        Ok(answers.iter().flatten().filter_map(|row| text(row, 0)).collect())
    }

    async fn execute_change(&mut self, statement: &str) -> Result<(), Error> {
        self.link.run(statement).await.map_err(|error| of_change(error, statement))
    }

    async fn begin(&mut self, purpose: Purpose) -> Result<Step, Error> {
        // It is sent by the poll that comes here: whoever drops us later closes the connection.
        self.open = true;
        self.found = 0;
        self.looked_again = false;
        self.bulk = None;
        let begin = if self.in_callers { sql::SAVEPOINT } else { sql::BEGIN };
        if self.is_clean && purpose == Purpose::Write {
            // Nothing can be in its way: it goes with what is asked first.
            self.to_begin = Some(begin);
            return Ok(Step::Done);
        }
        match self.link.run(&format!("{};\n{begin}", sql::SET_UP)).await {
            Ok(()) => Ok(Step::Done),
            Err(error) if number(&error) == Some(TRANSACTION_IS_OPEN) && matches!(self.link, Link::Pooled(_)) => {
                self.give_up();
                Ok(Step::ConnectionGivenUp)
            }
            Err(error) => Err(from_driver(error)),
        }
    }

    async fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>, purpose: Purpose) -> Result<Packet, Error> {
        Packet::encode(plan, chunk, purpose).await
    }

    fn strategy(&self, packet: &Packet, purpose: Purpose) -> &'static str {
        if purpose == Purpose::Stage || packet.is_numbered() { "stage" } else { "several_rows" }
    }

    async fn write(&mut self, plan: &UpsertPlan<'_>, packet: Packet) -> Result<Wrote, Error> {
        if packet.is_numbered() {
            self.fill_stage(plan, packet).await?;
            self.write_stage(plan).await
        } else {
            self.write_rows(plan, packet).await
        }
    }

    async fn stage(&mut self, plan: &UpsertPlan<'_>, packet: Packet) -> Result<(), Error> {
        self.fill_stage(plan, packet).await
    }

    async fn write_staged(&mut self, plan: &UpsertPlan<'_>) -> Result<Wrote, Error> {
        self.write_stage(plan).await
    }

    async fn commit(&mut self) -> Result<(), CommitError> {
        let end = if self.in_callers { sql::RELEASE } else { sql::COMMIT };
        if self.to_begin.take().is_some() {
            self.ended();
            return Ok(());
        }
        let ending = self.ending(end);
        self.committing = true;
        let committed = self.link.run_first(&ending).await;
        self.committing = false;
        match committed {
            Ok(restored) => {
                // Whatever becomes of the rest: the rows are committed. A connection that is not as it was is closed.
                if restored.is_ok() {
                    self.ended();
                }
                Ok(())
            }
            Err(error) => {
                Err(CommitError { in_doubt: !self.in_callers && leaves_doubt(&error), error: from_driver(error) })
            }
        }
    }

    async fn rollback(&mut self) -> Result<Undone, Error> {
        if self.to_begin.take().is_some() {
            self.ended();
            return Ok(Undone::Ours);
        }
        let end = if self.in_callers { sql::ROLL_BACK_TO } else { sql::ROLL_BACK };
        let undone = match self.link.run(&self.ending(end)).await {
            Ok(()) => Undone::Ours,
            // The server has ended the caller's transaction, and its savepoints with it.
            Err(error) if self.in_callers && number(&error) == Some(NO_SAVEPOINT) => {
                self.link.run(&self.ending("DO 0")).await.map_err(from_driver)?;
                Undone::CallersToo
            }
            Err(error) => return Err(from_driver(error)),
        };
        self.ended();
        Ok(undone)
    }

    async fn row_in_the_way(&mut self) -> InTheWay {
        self.find_row_in_the_way().await
    }

    /// But a trigger may look at other rows, and be refused other tables'.
    async fn is_refused_alone(&mut self, plan: &UpsertPlan<'_>, _: &Error) -> Result<bool, Error> {
        self.ask(&sql::has_trigger_on_write(plan)).await.map(|has_trigger| !has_trigger)
    }

    fn park(&mut self) {
        self.is_clean = false;
        if let Link::Pooled(pooled) = &mut self.link {
            if self.open { pooled.close() } else { pooled.give_back() }
        }
        self.open &= matches!(self.link, Link::Lent(_));
    }

    async fn resume(&mut self) -> Result<(), Error> {
        match &mut self.link {
            Link::Pooled(pooled) => pooled.take().await,
            Link::Lent(_) => Ok(()),
        }
    }

    fn outcome(&self) -> Outcome {
        if self.in_callers { Outcome::InCallersTransaction } else { Outcome::Committed }
    }

    fn release(mut self) {
        self.park();
    }
}

impl MySqlSession<'_> {
    /// Parts from a connection of a pool on which somebody left a transaction open.
    pub(super) fn give_up(&mut self) {
        self.open = false;
        self.link.close();
    }

    /// An error of a statement that writes.
    pub(super) fn refusal(&self, error: mysql_async::Error) -> Error {
        let ended = self.in_callers && number(&error) == Some(DEADLOCK);
        let error = from_driver(error);
        if ended { error.transaction_ended() } else { error }
    }
}

/// A connection that is in the middle of something is closed, for nobody would read what is still to come. The server rolls
/// back what is open on it, the caller's transaction as well where we were lent that; and it is told to stop what it does.
/// But a commit is left to its end.
impl Drop for MySqlSession<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.link.connected() else { return };
        let busy = connection.is_disconnected();
        self.open &= self.to_begin.is_none();
        if busy
            && !self.committing
            && let Some(identity) = self.identity.clone()
        {
            stop(connection, identity);
        }
        if busy || self.open || matches!(self.link, Link::Pooled(_)) {
            self.link.close();
        }
    }
}

fn would_commit(plan: &UpsertPlan<'_>) -> Error {
    let message = format!(
        "the table {} is not as the rows want it, and MySQL cannot create or change it in an open transaction, which that \
         would commit: do so before, by a call (or `migrate`) with a pool or a connection",
        plan.name()
    );
    Error::plan(message).during(Phase::Prepare)
}
