//! Promise 3 on a PostgreSQL server that is killed; and promise 4, as far as ids of transactions are given again then.
//!
//! Its processes are killed, not its machine: what they have handed to the system is not lost, so that `fsync` may be
//! off. What they have not is lost, so that `synchronous_commit` must be on: without it PostgreSQL itself acknowledges
//! what it may lose. A page that one of them was writing may be there in part, so that `full_page_writes` must be on.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use tests::deadlines::{assert_is_tried_again, longer_and_longer};
use tests::postgres::query;
use tests::postgres_server::PostgresServer;
use tests::raw_connection::{Connected, connect_through};
use tests::rounds::{Lap, Rounds};
use tests::verdict::assert_right;
use tests::{LONGEST, figure, seed};
use tokio::sync::Semaphore;
use upsert::backend::AsyncBackend;
use upsert::deadpool_postgres::{Connect, Hook, Manager, ManagerConfig, Pool};
use upsert::report::{Checkpoint, Outcome};
use upsert::tokio_postgres::{Client, Config, NoTls};
use upsert::{Atomicity, Error, ErrorKind, UpsertOptions, UpsertReport, Upsertable, fit};

/// What is acknowledged is there after its processes are killed.
const SAFE: [&str; 2] = ["synchronous_commit=on", "full_page_writes=on"];

const CHUNK: u64 = 20;
/// Rows of a call.
const CALL: u64 = 5 * CHUNK;

/// How a load commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Chunks,
    Memory,
    Staged,
}

/// What a load is written to.
enum Place {
    Pool(Pool),
    /// A connection of the caller's, who makes another one when it is lost.
    Lent(Client),
}

/// Loads one table, call after call, or with a cursor.
struct Writer {
    rounds: Rounds,
    config: Config,
    is_over: Arc<AtomicBool>,
    tally: Arc<Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    chunks: AtomicUsize,
    calls: AtomicUsize,
    failed: AtomicUsize,
    in_doubt: AtomicUsize,
}

impl Tally {
    /// How much was written, in one way or another.
    fn done(&self) -> usize {
        let Self { chunks, calls, failed: _, in_doubt: _ } = self;
        calls.load(Ordering::Relaxed) + chunks.load(Ordering::Relaxed)
    }

    fn report(&self, what: &str) {
        let Self { chunks, calls: _, failed, in_doubt } = self;
        figure(format!("{what}_chunks_checked"), chunks.load(Ordering::Relaxed));
        figure(format!("{what}_calls_failed"), failed.load(Ordering::Relaxed));
        figure(format!("{what}_calls_left_in_doubt"), in_doubt.load(Ordering::Relaxed));
    }
}

fn count(number: &AtomicUsize, more: u64) {
    number.fetch_add(usize::try_from(more).unwrap(), Ordering::Relaxed);
}

impl Writer {
    async fn write_calls(self, way: Way, mut place: Place) {
        let mut from = 0;
        while !self.is_over.load(Ordering::Relaxed) {
            let said = self.load(&mut place, way, from, CALL).await;
            let unit = if way == Way::Chunks { CHUNK } else { CALL };
            let next = assert_right(&said, unit, self.progress().await - from);
            count(&self.tally.calls, 1);
            count(&self.tally.chunks, next / CHUNK);
            from += next;
            let Err(error) = said else { continue };
            count(&self.tally.failed, 1);
            if let Some(doubted) = error.checkpoint().in_doubt.clone() {
                count(&self.tally.in_doubt, 1);
                // What a caller does.
                let rows = doubted.end - doubted.start;
                while self.load(&mut place, way, from, rows).await.is_err() {}
                from += rows;
            }
        }
        assert_eq!(self.progress().await, from);
    }

    async fn load(&self, place: &mut Place, way: Way, from: u64, rows: u64) -> Result<UpsertReport, Error> {
        match place {
            Place::Pool(pool) => self.load_to(&*pool, way, from, rows).await,
            Place::Lent(client) => {
                let said = self.load_to(&mut *client, way, from, rows).await;
                if said.is_err() {
                    *client = self.connect().await;
                }
                said
            }
        }
    }

    async fn load_to<'a>(
        &self,
        place: impl AsyncBackend<Database = fit::Postgres> + 'a,
        way: Way,
        from: u64,
        rows: u64,
    ) -> Result<UpsertReport, Error> {
        let rows = self.rounds.rows(from).take(usize::try_from(rows).unwrap());
        let options = self.options();
        match way {
            Way::Chunks => {
                let mut chunks = Lap::aupsert_chunks(place, rows, options);
                while let Some(chunk) = chunks.next().await {
                    chunk?;
                }
                Ok(chunks.report().expect("it came to its end").clone())
            }
            Way::Memory => Lap::aupsert(place, rows.collect::<Vec<_>>(), options).await,
            Way::Staged => Lap::aupsert(place, stream::iter(rows), options.atomicity(Atomicity::Call)).await,
        }
    }

    /// However long it takes until the server is there again, it is asked.
    fn options(&self) -> UpsertOptions {
        let options = self.rounds.options().pool_timeout(Duration::from_secs(600));
        options.chunk_rows(usize::try_from(CHUNK).unwrap())
    }

    /// Chunk by chunk, without end. When its connection is lost, the cursor goes on with another one; or it is forgotten,
    /// and another cursor begins at its checkpoint.
    async fn write_with_cursor(self, mut client: Client) {
        let (mut from, mut left_in_doubt) = (0, 0);
        let mut cursor = Lap::cursor(self.rounds.rows(from), self.options());
        while !self.is_over.load(Ordering::Relaxed) {
            let error = match cursor.write_next(&mut client).await {
                Ok(chunk) => {
                    assert_eq!(chunk.expect("there is no end").outcome, Outcome::Committed);
                    count(&self.tally.chunks, 1);
                    continue;
                }
                Err(error) => error,
            };
            client = self.connect().await;
            let checkpoint = error.checkpoint().clone();
            count(&self.tally.failed, 1);
            count(&self.tally.in_doubt, u64::from(checkpoint.in_doubt.is_some()));
            assert_eq!(cursor.report().checkpoint, checkpoint);
            if checkpoint.next_row > 0 {
                left_in_doubt = 0;
            }
            let there = self.progress().await - from;
            assert_right(&Err(error), CHUNK, if there == left_in_doubt { 0 } else { there });
            if self.tally.failed.load(Ordering::Relaxed).is_multiple_of(2) {
                from += checkpoint.next_row;
                // The next one begins with what may be there; it knows nothing of that.
                left_in_doubt = checkpoint.in_doubt.map_or(left_in_doubt, |rows| rows.end - rows.start);
                cursor = Lap::cursor(self.rounds.rows(from), self.options());
            }
        }
        // What was in doubt last may be there.
        let Checkpoint { next_row, in_doubt, .. } = cursor.report().checkpoint.clone();
        let end = in_doubt.map_or(next_row.max(left_in_doubt), |rows| rows.end);
        let there = self.progress().await - from;
        assert!([next_row, end].contains(&there), "{there} rows are there, and not {next_row} or {end}");
    }

    /// A connection, once the server takes one again.
    async fn connect(&self) -> Client {
        loop {
            if let Ok((client, connection)) = self.config.connect(NoTls).await {
                tokio::spawn(connection);
                return client;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// How many rows are there, once the server answers again.
    async fn progress(&self) -> u64 {
        let select = format!("SELECT * FROM {} ORDER BY id::text", self.rounds.table);
        let table = loop {
            if let Ok(rows) = self.connect().await.simple_query(&select).await {
                break tests::postgres::table(&rows);
            }
        };
        self.rounds.progress(&table).unwrap_or_else(|| panic!("{} is torn: {table:?}", self.rounds.table))
    }
}

/// What came of the writers of each sort.
#[derive(Debug, Default)]
struct Tallies {
    pool: Arc<Tally>,
    lent: Arc<Tally>,
    cursor: Arc<Tally>,
}

impl Tallies {
    /// Waits until writers of each sort have written something: they have noticed that the server is there again.
    async fn until_all_write(&self) {
        let of_all = [&self.pool, &self.lent, &self.cursor];
        let (before, began) = (of_all.map(|tally| tally.done()), Instant::now());
        while of_all.iter().zip(before).any(|(tally, before)| tally.done() == before) {
            assert!(began.elapsed() < LONGEST, "somebody does not write any more: {self:?}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[test]
fn promise_3_what_a_killed_server_acknowledged_is_there() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // Of four, three kill the server, and one kills a process of it.
    let kills = seed::cases(28);
    let tallies = Tallies::default();
    let pauses = proptest::collection::vec(0..100_u64, kills as usize);
    seed::check(1, pauses, |pauses| {
        runtime.block_on(kill_again_and_again(pauses, &tallies));
        Ok(())
    });
    let Tallies { pool, lent, cursor } = tallies;
    let of_processes = kills / 4;
    figure("server_kills", kills - of_processes);
    figure("server_process_kills", of_processes);
    assert!(kills - of_processes >= 20, "{kills} kills, but too few of the whole server");
    pool.report("server_kills");
    lent.report("server_kills_lent");
    cursor.report("server_kills_cursor");
    let [calls, failed, in_doubt] =
        [&pool.calls, &pool.failed, &pool.in_doubt].map(|number| number.load(Ordering::Relaxed));
    assert!(failed >= kills as usize, "{failed} of {calls} calls failed: nobody was hit");
    assert!(in_doubt * 10 <= failed, "{in_doubt} of {failed} are in doubt");
    for tally in [lent, cursor] {
        let failed = tally.failed.load(Ordering::Relaxed);
        assert!(failed * 2 >= kills as usize, "{failed} failed: nobody was hit");
    }
}

async fn kill_again_and_again(pauses: Vec<u64>, tallies: &Tallies) {
    let mut server = PostgresServer::start(&SAFE).await;
    let config = server.config("postgres");
    let pool = Pool::builder(Manager::new(config.clone(), NoTls)).max_size(16).build().unwrap();
    let admin = server.connect("postgres").await;
    let is_over = Arc::<AtomicBool>::default();
    let writer = async |number: usize, tally: &Arc<Tally>| {
        let rounds = Rounds { table: format!("lap_{number}"), keys: 7 * CHUNK };
        admin.batch_execute(&rounds.create_statement()).await.unwrap();
        Writer { rounds, config: config.clone(), is_over: Arc::clone(&is_over), tally: Arc::clone(tally) }
    };
    let mut writing = Vec::new();
    for (number, way) in [Way::Chunks, Way::Chunks, Way::Memory, Way::Staged].into_iter().enumerate() {
        let writer = writer(number, &tallies.pool).await;
        writing.push(tokio::spawn(writer.write_calls(way, Place::Pool(pool.clone()))));
    }
    for (number, way) in [Way::Chunks, Way::Memory, Way::Staged].into_iter().enumerate() {
        let writer = writer(10 + number, &tallies.lent).await;
        let client = server.connect("postgres").await;
        writing.push(tokio::spawn(writer.write_calls(way, Place::Lent(client))));
    }
    for number in 0..2 {
        let writer = writer(20 + number, &tallies.cursor).await;
        writing.push(tokio::spawn(writer.write_with_cursor(server.connect("postgres").await)));
    }
    for (number, pause) in pauses.into_iter().enumerate() {
        tallies.until_all_write().await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        if number % 4 == 3 {
            // One of its processes only: then the server starts anew by itself.
            server.crash().await;
        } else {
            server.kill();
            server.restart().await;
        }
    }
    is_over.store(true, Ordering::Relaxed);
    for writer in writing {
        writer.await.unwrap();
    }
}

/// What is done to a server whose commit hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crash {
    /// All is killed.
    Whole,
    /// One process is; the server starts anew by itself.
    OneProcess,
}

/// A transaction whose id never reached the disk is forgotten in a crash, and its id given to the next one. What became
/// of that one is not what became of ours.
#[tokio::test]
async fn promise_3_another_transaction_with_the_same_id_is_not_taken_for_ours() {
    for crash in [Crash::Whole, Crash::OneProcess] {
        for id in [Id::Free, Id::GivenAgain, Id::OfAnOpenTransaction] {
            let mut errors = Vec::new();
            for _ in 0..TRIES {
                errors.extend(crash_in_commit(crash, id).await);
                if !errors.is_empty() {
                    break;
                }
            }
            let error = errors.pop().expect("the server forgets the transaction");
            assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
            assert_eq!(error.checkpoint().next_row, 0);
            if id == Id::GivenAgain {
                assert_eq!(error.outcome(), Outcome::InDoubt, "{crash:?}");
                assert_eq!(error.checkpoint().in_doubt, Some(0..CHUNK));
            } else {
                assert_eq!(error.outcome(), Outcome::NotCommitted, "{crash:?} {id:?}");
                assert_eq!(error.checkpoint().in_doubt, None);
            }
        }
    }
}

/// Commits wait for the session that says this.
const WAIT_IN_COMMIT: &str = "
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON lap DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();
    SELECT pg_advisory_lock(1)";

/// The id of a transaction once its commit waits.
async fn commit_that_waits(judge: &Client) -> u64 {
    transaction_that_waits(judge, "query = 'COMMIT'").await
}

/// The id of a transaction once a statement of it waits.
async fn transaction_that_waits(judge: &Client, statement: &str) -> u64 {
    let waits = format!("SELECT backend_xid FROM pg_stat_activity WHERE {statement} AND wait_event = 'advisory'");
    loop {
        if let Some(row) = query(judge, &waits).await.into_iter().next() {
            return row[0].clone().expect("it has written").parse().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The way to a server, through a gate at which connections wait.
struct Gate {
    socket: PathBuf,
    open: Arc<Semaphore>,
}

impl Connect for Gate {
    fn connect(&self, config: &Config) -> Pin<Box<dyn Future<Output = Connected> + Send + '_>> {
        let config = config.clone();
        Box::pin(async move {
            self.open.acquire().await.expect("it is never closed").forget();
            connect_through(self.socket.clone(), config, |server| server).await
        })
    }
}

/// When the connection of a call is lost, what may still run for it is ended. In a crash it ended by itself, and its id is
/// another transaction's now, which nobody ends.
#[tokio::test]
async fn promise_4_another_transaction_with_the_same_id_is_not_ended() {
    for tried in 1.. {
        if meet_another_with_the_same_id().await {
            return;
        }
        assert!(tried < TRIES, "nobody comes to end it");
    }
}

/// On a busy machine the server may write to the disk what it is to forget, and nobody tries for long to end what runs.
const TRIES: u32 = 5;

/// Tells whether there was another one when somebody came to end the first.
async fn meet_another_with_the_same_id() -> bool {
    let mut server = PostgresServer::start(&[&LAZY[..], &SAFE].concat()).await;
    let judge = server.connect("postgres").await;
    let rounds = Rounds { table: "lap".to_owned(), keys: CHUNK };
    let wait = "
        CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END';
        CREATE TRIGGER wait BEFORE INSERT ON lap FOR EACH ROW EXECUTE FUNCTION wait();
        CREATE TABLE other (id xid8);
        SELECT pg_advisory_lock(1)";
    judge.batch_execute(&format!("{}; {wait}", rounds.create_statement())).await.unwrap();
    let open = Arc::new(Semaphore::new(1));
    let gate = Gate { socket: server.socket(), open: Arc::clone(&open) };
    let manager = Manager::from_connect(server.config("postgres"), gate, ManagerConfig::default());
    let pool = Pool::builder(manager).max_size(1).build().unwrap();
    let rows: Vec<Lap> = rounds.rows(0).take(usize::try_from(CHUNK).unwrap()).collect();
    let writing = tokio::spawn(async move { Lap::aupsert(&pool, rows, rounds.options()).await });
    let id = transaction_that_waits(&judge, "query LIKE 'WITH written%'").await;

    server.kill();
    server.restart().await;
    let error = writing.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
    let other = server.connect("postgres").await;
    if !begin_with_id(&other, id).await {
        return false;
    }
    open.add_permits(1);
    let began = Instant::now();
    while open.available_permits() > 0 {
        // Whoever wanted to come has given up.
        if began.elapsed() > Duration::from_secs(15) {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Somebody comes to end it. As long as that takes, and longer.
    tokio::time::sleep(Duration::from_millis(500)).await;
    other.batch_execute("INSERT INTO other VALUES (pg_current_xact_id()); COMMIT").await.unwrap();
    true
}

/// Begins a transaction that has an id, if the server has forgotten the one that had it.
async fn begin_with_id(client: &Client, id: u64) -> bool {
    loop {
        client.batch_execute("BEGIN").await.unwrap();
        let given = current_id(client).await;
        if given == id {
            return true;
        }
        client.batch_execute("ROLLBACK").await.unwrap();
        if given > id {
            return false;
        }
    }
}

async fn current_id(client: &Client) -> u64 {
    query(client, "SELECT pg_current_xact_id()").await[0][0].as_ref().unwrap().parse().unwrap()
}

/// Somebody throws away the statistics by which a crash is known, while a commit takes longer than its deadline.
#[tokio::test]
async fn promise_3_a_commit_that_still_runs_is_not_taken_for_lost() {
    let server = PostgresServer::start(&SAFE).await;
    let judge = server.connect("postgres").await;
    let rounds = Rounds { table: "lap".to_owned(), keys: CHUNK };
    judge.batch_execute(&format!("{}; {WAIT_IN_COMMIT}", rounds.create_statement())).await.unwrap();
    let pool = Pool::builder(Manager::new(server.config("postgres"), NoTls)).max_size(2).build().unwrap();
    // On a busy machine a deadline may pass before the commit.
    for deadline in longer_and_longer().map(|deadline| 6 * deadline) {
        let rows: Vec<Lap> = rounds.rows(0).take(usize::try_from(CHUNK).unwrap()).collect();
        let (pool, options) = (pool.clone(), rounds.options().chunk_timeout(deadline));
        let writing = tokio::spawn(async move { Lap::aupsert(&pool, rows, options).await });
        let until_it_is_over = async {
            while !writing.is_finished() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let waits = tokio::select! {
            _ = commit_that_waits(&judge) => true,
            () = until_it_is_over => false,
        };
        judge.batch_execute("SELECT pg_stat_reset_shared('archiver')").await.unwrap();
        let error = writing.await.unwrap().unwrap_err();
        if waits {
            assert_eq!(error.outcome(), Outcome::InDoubt, "{error}");
            break;
        }
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert_is_tried_again(deadline / 6, "a commit that waits", &error);
    }
    judge.batch_execute("SELECT pg_advisory_unlock(1)").await.unwrap();
    let began = Instant::now();
    while query(&judge, "SELECT * FROM lap").await.len() as u64 != CHUNK {
        assert!(began.elapsed() < LONGEST, "it was not committed after all");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Nothing goes to the disk by itself.
const LAZY: [&str; 4] = ["wal_writer_delay=10s", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off"];

/// What becomes of the id of a transaction of which a crash has left nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Id {
    /// Nobody has it.
    Free,
    /// Another transaction had it, and committed.
    GivenAgain,
    /// Another transaction has it, and waits for its client.
    OfAnOpenTransaction,
}

/// Crashes the server while a commit hangs in it, before anything of the transaction is on the disk; `None` if by then it was.
async fn crash_in_commit(crash: Crash, then: Id) -> Option<Error> {
    let mut server = PostgresServer::start(&[&LAZY[..], &SAFE].concat()).await;
    let judge = server.connect("postgres").await;
    let rounds = Rounds { table: "lap".to_owned(), keys: CHUNK };
    judge.batch_execute(&format!("{}; {WAIT_IN_COMMIT}", rounds.create_statement())).await.unwrap();

    // The first connection is had at once, the next one when it is let in.
    let gate = Arc::new(Semaphore::new(1));
    let wait_at_gate = {
        let gate = Arc::clone(&gate);
        Hook::async_fn(move |_, _| {
            let gate = Arc::clone(&gate);
            Box::pin(async move {
                gate.acquire().await.expect("it is never closed").forget();
                Ok(())
            })
        })
    };
    let manager = Manager::new(server.config("postgres"), NoTls);
    let pool = Pool::builder(manager).post_create(wait_at_gate).max_size(1).build().unwrap();
    let rows: Vec<Lap> = rounds.rows(0).take(usize::try_from(CHUNK).unwrap()).collect();
    let options = rounds.options().pool_timeout(Duration::from_secs(600));
    let writing = tokio::spawn(async move { Lap::aupsert(&pool, rows, options).await });

    let id = commit_that_waits(&judge).await;
    match crash {
        Crash::Whole => {
            server.kill();
            server.restart().await;
        }
        Crash::OneProcess => server.crash().await,
    }
    let judge = server.connect("postgres").await;
    let other = server.connect("postgres").await;
    if then == Id::OfAnOpenTransaction && !begin_with_id(&other, id).await {
        return None;
    }
    if then == Id::GivenAgain {
        let given = loop {
            let given = current_id(&judge).await;
            if given >= id {
                break given;
            }
        };
        if given > id {
            return None;
        }
    }
    gate.add_permits(1);
    let error = writing.await.unwrap().unwrap_err();
    assert!(query(&judge, "SELECT * FROM lap").await.is_empty());
    // Whoever has the id now is let be.
    other.batch_execute("COMMIT").await.expect("nobody has ended it");
    Some(error)
}
