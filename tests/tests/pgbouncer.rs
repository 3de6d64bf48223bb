//! Behind a pooler that gives each transaction whatever connection is free, every strategy works, and nothing of a call
//! outlives its transactions.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use futures_util::stream;
use proptest::test_runner::TestRng;
use tests::pgbouncer::PgBouncer;
use tests::{Database, Postgres, figure, seed};
use upsert::deadpool_postgres::{Manager, Pool};
use upsert::tokio_postgres::NoTls;
use upsert::{Atomicity, Error, OnConflict, UpsertOptions, Upsertable};

#[derive(Clone, Debug, Upsertable)]
struct Item {
    #[upsert(primary_key)]
    id: i64,
    note: i64,
}

#[derive(Clone, Debug, Upsertable)]
struct Word {
    #[upsert(primary_key)]
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
    /// Two statements, for a partitioned table.
    InTwo,
    /// Rows that are there are left alone.
    Ignored,
    /// Into a table that is created if it is missing.
    Created,
}

const STRATEGIES: [Strategy; 7] = [
    Strategy::Arrays,
    Strategy::ArraysByChunk,
    Strategy::Staged,
    Strategy::Folded,
    Strategy::InTwo,
    Strategy::Ignored,
    Strategy::Created,
];

const CONNECTIONS: usize = 4;
const CLIENTS: usize = 12;
/// Keys of a client.
const KEYS: i64 = 40;

#[test]
fn promise_4_a_pooler_of_transactions_sees_nothing_of_a_session() {
    tests::run(|database: Postgres| async move {
        database
            .batch(
                "CREATE EXTENSION citext;
                 CREATE TABLE plain (id BIGINT PRIMARY KEY, note BIGINT NOT NULL);
                 CREATE TABLE ignored (id BIGINT PRIMARY KEY, note BIGINT NOT NULL);
                 CREATE TABLE word (word CITEXT PRIMARY KEY, note BIGINT NOT NULL)",
            )
            .await;
        let columns = [("id", "BIGINT"), ("note", "BIGINT NOT NULL")];
        database.batch(&Postgres::table_of_kind(1, "parted", &columns, &["id"])).await;

        let pooler = PgBouncer::before(&database, CONNECTIONS).await;
        let manager = Manager::new(pooler.config(), NoTls);
        let pool = Pool::builder(manager).max_size(CLIENTS).build().expect("a pool without timeouts needs no runtime");
        let mut dice = seed::dice();
        let rounds = seed::cases(98) as usize;
        let clients = (0..CLIENTS).map(|number| {
            let calls: Vec<TestCall> = (0..rounds).map(|round| TestCall::draw(number, round, &mut dice)).collect();
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut errors = Vec::new();
                let mut model = Model::default();
                for call in calls {
                    match call.write(&pool).await {
                        Ok(()) => model.take(&call),
                        Err(error) => errors.push(format!("{:?}: {error}", call.strategy)),
                    }
                }
                (model, errors)
            })
        });
        let (mut model, mut errors) = (Model::default(), Vec::new());
        for client in join_all(clients.collect::<Vec<_>>()).await {
            let (of_client, failed) = client.expect("no client panics");
            model.0.extend(of_client.0);
            errors.extend(failed);
        }
        figure("pgbouncer_calls", CLIENTS * rounds);
        figure("pgbouncer_errors", errors.len());
        assert!(errors.is_empty(), "{} calls failed: {errors:#?}", errors.len());

        let mut found = BTreeMap::new();
        for table in ["plain", "ignored", "parted", "created", "word"] {
            for row in database.table(table).await {
                let cell = |column: usize| row[column].clone().expect("nothing is NULL");
                found.insert((table, cell(0).to_lowercase()), cell(1).parse().expect("it is a number"));
            }
        }
        assert_eq!(found, model.0);
        assert_eq!(database.under_way().await, [""; 0]);
        let through_pooler = Postgres { pool, ..database.clone() };
        assert_eq!(through_pooler.leftovers().await, [""; 0]);
    });
}

/// One call of a client, whose keys are its own.
#[derive(Clone, Debug)]
struct TestCall {
    strategy: Strategy,
    rows: Vec<Item>,
}

impl TestCall {
    fn draw(client: usize, round: usize, dice: &mut TestRng) -> Self {
        let first = i64::try_from(client).expect("small") * KEYS;
        let mut below =
            |limit: i64| i64::try_from(seed::below(dice, usize::try_from(limit).expect("small"))).expect("small");
        let rows = (0..1 + below(60)).map(|_| Item { id: first + below(KEYS), note: below(1_000) }).collect();
        Self { strategy: STRATEGIES[round % STRATEGIES.len()], rows }
    }

    fn table(&self) -> &'static str {
        match self.strategy {
            Strategy::Arrays | Strategy::ArraysByChunk | Strategy::Staged => "plain",
            Strategy::Folded => "word",
            Strategy::InTwo => "parted",
            Strategy::Ignored => "ignored",
            Strategy::Created => "created",
        }
    }

    async fn write(&self, pool: &Pool) -> Result<(), Error> {
        let options = UpsertOptions::new().table(self.table()).chunk_rows(15);
        let (call, rows) = (options.clone().atomicity(Atomicity::Call), self.rows.clone());
        let written = match self.strategy {
            Strategy::Arrays | Strategy::InTwo => Item::aupsert(pool, rows, options).await,
            Strategy::ArraysByChunk => Item::aupsert(pool, rows.into_iter(), options).await,
            Strategy::Staged => Item::aupsert(pool, stream::iter(rows), call).await,
            Strategy::Ignored => Item::aupsert(pool, rows, options.on_conflict(OnConflict::Ignore)).await,
            Strategy::Created => Item::aupsert(pool, rows, options.create_table()).await,
            Strategy::Folded => {
                // One word in several spellings.
                let words = rows.iter().enumerate().map(|(number, row)| Word {
                    word: if number % 2 == 0 { format!("word {}", row.id) } else { format!("WORD {}", row.id) },
                    note: row.note,
                });
                Word::aupsert(pool, words.collect::<Vec<_>>(), options).await
            }
        };
        written.map(|_| ())
    }
}

/// What the tables hold in the end: the last note of each key, or the first where rows that are there are left alone.
#[derive(Debug, Default)]
struct Model(BTreeMap<(&'static str, String), i64>);

impl Model {
    fn take(&mut self, call: &TestCall) {
        for row in &call.rows {
            let key = match call.strategy {
                Strategy::Folded => format!("word {}", row.id),
                _ => row.id.to_string(),
            };
            let slot = self.0.entry((call.table(), key));
            match call.strategy {
                Strategy::Ignored => _ = slot.or_insert(row.note),
                _ => *slot.or_default() = row.note,
            }
        }
    }
}
