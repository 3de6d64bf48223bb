//! Behind a pooler that gives each transaction whatever connection is free, every strategy works, and nothing of a call
//! outlives its transactions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::test_runner::TestRng;
use tests::crowd::crowd;
use tests::dropped::dropped_after;
use tests::loading::{Door, Form, Place};
use tests::pgbouncer::PgBouncer;
use tests::postgres::left_in_session;
use tests::{Database, Postgres, figure, seed};
use upsert::deadpool_postgres::{Manager, Pool};
use upsert::tokio_postgres::NoTls;
use upsert::{Atomicity, Error, OnConflict, UpsertOptions, UpsertReport, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
    note: i64,
}

#[derive(Clone, Debug, Upsertable)]
struct Word {
    #[upsert(primary_key, max_len = 40)]
    word: String,
    note: i64,
}

/// How rows are written, as far as the server sees a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strategy {
    /// One statement for each chunk, all in one transaction,
    Arrays,
    /// or each in its own.
    ArraysByChunk,
    /// A stream, staged by COPY.
    Staged,
    /// Keys that only the database can compare, folded in a staging table.
    Folded,
    /// Two statements for each chunk of a partitioned table,
    InTwoByChunk,
    /// or, staged, for all of them.
    InTwo,
    /// Rows that are there are left alone,
    Ignored,
    /// or make the call fail.
    Refused,
    /// Into a table that is created if it is missing.
    Created,
}

const STRATEGIES: [Strategy; 9] = [
    Strategy::Arrays,
    Strategy::ArraysByChunk,
    Strategy::Staged,
    Strategy::Folded,
    Strategy::InTwoByChunk,
    Strategy::InTwo,
    Strategy::Ignored,
    Strategy::Refused,
    Strategy::Created,
];

impl Strategy {
    /// Whether the test can tell what a call to a place has left behind that was dropped.
    fn can_be_dropped(self, place: Place) -> bool {
        match self {
            Self::Arrays | Self::ArraysByChunk | Self::InTwoByChunk | Self::Ignored | Self::Created => true,
            // Where the connection was lent, tokio-postgres forgets the statement of a COPY whose preparation is dropped.
            Self::Staged | Self::Folded | Self::InTwo => place == Place::Pool,
            // Nobody knows then whether its rows were there already.
            Self::Refused => false,
        }
    }
}

const CONNECTIONS: usize = 4;
const CLIENTS: usize = 12;
/// Keys of a client.
const KEYS: usize = 40;
const ROWS_OF_A_CHUNK: usize = 15;
/// A call is dropped after fewer polls than this, if it is not done before.
const POLLS: usize = 12;

#[test]
fn promise_4_a_pooler_of_transactions_sees_nothing_of_a_session() {
    tests::run(|database: Postgres| async move {
        database
            .batch(
                "CREATE EXTENSION citext;
                 CREATE TABLE plain (id BIGINT PRIMARY KEY, note BIGINT NOT NULL);
                 CREATE TABLE ignored (id BIGINT PRIMARY KEY, note BIGINT NOT NULL);
                 CREATE TABLE refused (id BIGINT PRIMARY KEY, note BIGINT NOT NULL);
                 CREATE TABLE word (word CITEXT PRIMARY KEY, note BIGINT NOT NULL)",
            )
            .await;
        let columns = [("id", "BIGINT"), ("note", "BIGINT NOT NULL")];
        database.batch(&Postgres::table_of_kind(1, "parted", &columns, &["id"])).await;

        let pooler = PgBouncer::before(&database, CONNECTIONS).await;
        let manager = Manager::new(pooler.config(), NoTls);
        let pool = Pool::builder(manager).max_size(CLIENTS).build().expect("a pool without timeouts needs no runtime");
        let through_pooler = Postgres { pool, ..database.clone() };
        let mut dice = seed::dice();
        let rounds = seed::cases(98) as usize;
        let calls: Vec<Vec<TestCall>> = (0..CLIENTS)
            .map(|client| (0..rounds).map(|round| TestCall::draw(client, round, &mut dice)).collect())
            .collect();
        let calls = Arc::new(calls);
        let clients = crowd(CLIENTS, {
            let database = through_pooler.clone();
            move |number| {
                let (database, calls) = (database.clone(), Arc::clone(&calls));
                async move {
                    let mut client = Client::default();
                    for call in &calls[number] {
                        client.write(call, &database).await;
                    }
                    client
                }
            }
        });
        let mut all = Client::default();
        for Client { calls, drops, errors, model } in clients.await {
            all.calls += calls;
            all.drops += drops;
            all.errors.extend(errors);
            all.model.extend(model);
        }
        figure("pgbouncer_calls", all.calls);
        figure("pgbouncer_drops", all.drops);
        figure("pgbouncer_errors", all.errors.len());
        assert!(all.calls >= 1_000 && all.drops >= 200, "only {} calls, {} drops", all.calls, all.drops);
        assert!(all.errors.is_empty(), "{} calls failed: {:#?}", all.errors.len(), all.errors);

        let mut found = BTreeMap::new();
        for table in ["plain", "ignored", "refused", "parted", "created", "word"] {
            for row in database.table(table).await {
                let cell = |column: usize| row[column].clone().expect("nothing is NULL");
                found.insert((table, cell(0).to_lowercase()), cell(1).parse().expect("it is a number"));
            }
        }
        assert_eq!(found, all.model);
        database.assert_nothing_goes_on(&"all calls").await;
        assert_eq!(left_behind(&pooler).await, [""; 0]);
    });
}

/// What is left behind in the connections of the pooler to the server. Each is asked in a transaction, so that it is
/// another one for each client.
async fn left_behind(pooler: &PgBouncer) -> Vec<String> {
    let (mut clients, mut servers, mut found) = (Vec::new(), BTreeSet::new(), Vec::new());
    for _ in 0..CONNECTIONS {
        let (client, connection) = pooler.config().connect(NoTls).await.expect("the pooler takes connections");
        tokio::spawn(connection);
        client.batch_execute("BEGIN").await.expect("a connection to the server is free");
        let answer = client.simple_query("SELECT pg_backend_pid()").await.expect("it answers");
        servers.insert(tests::postgres::table(&answer));
        found.extend(left_in_session(&client).await);
        clients.push(client);
    }
    assert_eq!(servers.len(), CONNECTIONS, "some were asked twice");
    found
}

/// One call of a client, whose keys are its own.
#[derive(Clone, Debug)]
struct TestCall {
    strategy: Strategy,
    place: Place,
    rows: Vec<Item>,
    /// It is dropped when it was polled so often, and then done again.
    dropped_after: Option<u32>,
}

impl TestCall {
    fn draw(client: usize, round: usize, dice: &mut TestRng) -> Self {
        let mut below = |limit| seed::below(dice, limit);
        let strategy = STRATEGIES[round % STRATEGIES.len()];
        let number = |number: usize| i64::try_from(number).expect("it is small");
        let mut rows: Vec<Item> = (0..=below(60))
            .map(|_| Item { id: number(client * KEYS + below(KEYS)), note: number(below(1_000)) })
            .collect();
        if strategy == Strategy::Refused {
            // So that the table is not full at once.
            rows.truncate(1);
        }
        let place = [Place::Pool, Place::Connection, Place::Transaction][below(3)];
        let dropped_after =
            strategy.can_be_dropped(place).then(|| below(POLLS)).and_then(|polls| u32::try_from(polls).ok());
        Self { strategy, place, rows, dropped_after }
    }

    fn table(&self) -> &'static str {
        match self.strategy {
            Strategy::Arrays | Strategy::ArraysByChunk | Strategy::Staged => "plain",
            Strategy::Folded => "word",
            Strategy::InTwoByChunk | Strategy::InTwo => "parted",
            Strategy::Ignored => "ignored",
            Strategy::Refused => "refused",
            Strategy::Created => "created",
        }
    }

    async fn write(&self, database: &Postgres) -> Result<UpsertReport, Error> {
        let options = UpsertOptions::new().table(self.table()).chunk_rows(ROWS_OF_A_CHUNK);
        let (form, options) = match self.strategy {
            Strategy::Arrays | Strategy::InTwo => (Form::Vec, options),
            Strategy::ArraysByChunk | Strategy::InTwoByChunk => (Form::Iterator, options),
            Strategy::Staged => (Form::Stream, options.atomicity(Atomicity::Call)),
            Strategy::Ignored => (Form::Vec, options.on_conflict(OnConflict::Ignore)),
            Strategy::Refused => (Form::Vec, options.on_conflict(OnConflict::Error)),
            Strategy::Created => (Form::Vec, options.create_table()),
            Strategy::Folded => {
                // One word in several spellings.
                let words = self.rows.iter().enumerate().map(|(number, row)| Word {
                    word: if number % 2 == 0 { format!("word {}", row.id) } else { format!("WORD {}", row.id) },
                    note: row.note,
                });
                let words: Vec<Word> = words.collect();
                return database.write(self.place, Door::Call, Form::Vec, &words, options).await;
            }
        };
        database.write(self.place, Door::Call, form, &self.rows, options).await
    }
}

/// What a client has done, and what the tables hold of it in the end.
#[derive(Debug, Default)]
struct Client {
    calls: usize,
    drops: usize,
    errors: Vec<String>,
    /// The last note of each key, or the first where rows that are there are left alone.
    model: BTreeMap<(&'static str, String), i64>,
}

impl Client {
    async fn write(&mut self, call: &TestCall, database: &Postgres) {
        if let Some(polls) = call.dropped_after {
            let done = dropped_after(polls, call.write(database)).await;
            self.calls += 1;
            self.drops += usize::from(done.is_none());
            self.errors.extend(done.and_then(Result::err).map(|error| format!("{call:?}: {error}")));
        }
        let written = call.write(database).await;
        self.calls += 1;
        let refused = call.strategy == Strategy::Refused && self.has_some_of(call);
        match written {
            Err(error) if refused && error.sqlstate() == Some(Postgres::UNIQUE_VIOLATION) => {}
            Ok(_) if !refused => self.take(call),
            other => self.errors.push(format!("{call:?}: {other:?}")),
        }
    }

    fn has_some_of(&self, call: &TestCall) -> bool {
        call.rows.iter().any(|row| self.model.contains_key(&(call.table(), row.id.to_string())))
    }

    fn take(&mut self, call: &TestCall) {
        for row in &call.rows {
            let key = match call.strategy {
                Strategy::Folded => format!("word {}", row.id),
                _ => row.id.to_string(),
            };
            let slot = self.model.entry((call.table(), key));
            match call.strategy {
                Strategy::Ignored => _ = slot.or_insert(row.note),
                _ => *slot.or_default() = row.note,
            }
        }
    }
}
