//! What it costs to look at a table, and that what a look tells is never old: whatever others do to a table between two calls,
//! the second knows it.

use std::time::Duration;

use futures_util::future::join_all;
use tests::faulty_mariadb::FaultyMariaDb;
use tests::faulty_postgres::{FaultyPool, Front};
use tests::faulty_stream::Meter;
use tests::{Database, MariaDb, Postgres, row, suite};
use upsert::mysql_async::prelude::Queryable;
use upsert::{Dialect, Error, ErrorKind, UpsertOptions, UpsertReport, Upsertable};

/// A number that `real` makes another one of, and a text that a number or a short column would.
#[derive(Clone, Debug, Upsertable)]
struct Entry {
    #[upsert(primary_key)]
    id: i64,
    amount: i64,
    note: String,
}

const AMOUNT: i64 = 16_777_217;
const NOTE: &str = "007 ";

fn entry(id: i64) -> Entry {
    Entry { id, amount: AMOUNT, note: NOTE.to_owned() }
}

fn table(amount: &str, note: &str) -> String {
    format!("CREATE TABLE entry (id bigint NOT NULL PRIMARY KEY, amount {amount} NOT NULL, note {note} NOT NULL)")
}

fn table_as_it_should_be<D: Database>() -> String {
    match D::DIALECT {
        // Of an `INTEGER PRIMARY KEY` nothing is found that is called bigint.
        Dialect::Sqlite => table("bigint", "text").replace("id bigint", "id INTEGER"),
        _ => table("bigint", "text"),
    }
}

suite!(
    a_table_that_is_changed_between_two_calls_is_noticed,
    a_table_that_is_dropped_between_two_calls_is_missed_or_made_anew,
    two_databases_with_tables_of_one_name_are_told_apart,
    calls_meet_a_table_that_is_made_anew_all_the_time,
);

/// What a call says after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Written,
    Refused(ErrorKind),
}

const BAD_VALUE: Then = Then::Refused(ErrorKind::InvalidValue);
const BAD_PLAN: Then = Then::Refused(ErrorKind::InvalidPlan);

/// What is done to the table behind the back of those who have looked at it.
fn changes(dialect: Dialect) -> Vec<(String, Then)> {
    let written = |change: &str| (change.to_owned(), Then::Written);
    let anew = |amount: &str, note: &str| format!("DROP TABLE entry; {}", table(amount, note));
    match dialect {
        Dialect::Postgres => vec![
            ("ALTER TABLE entry ALTER amount TYPE real".to_owned(), BAD_VALUE),
            (anew("numeric(20, -3)", "text"), BAD_VALUE),
            ("ALTER TABLE entry ALTER note TYPE varchar(3)".to_owned(), BAD_VALUE),
            (format!("ALTER TABLE entry RENAME TO was; {}", table("bigint", "char(7)")), BAD_VALUE),
            ("CREATE RULE none AS ON INSERT TO entry DO INSTEAD NOTHING".to_owned(), BAD_PLAN),
            ("TRUNCATE entry; ALTER TABLE entry ADD other int NOT NULL".to_owned(), BAD_PLAN),
            ("ALTER TABLE entry DROP amount; ALTER TABLE entry ADD amount bigint GENERATED ALWAYS AS (1) STORED".to_owned(), BAD_PLAN),
            ("ALTER TABLE entry DROP CONSTRAINT entry_pkey".to_owned(), BAD_PLAN),
            ("ALTER TABLE entry DROP CONSTRAINT entry_pkey; ALTER TABLE entry ADD PRIMARY KEY (id) DEFERRABLE".to_owned(), BAD_PLAN),
            (
                "CREATE TYPE notes AS ENUM ('007 '); ALTER TABLE entry ALTER note TYPE notes USING '007 '; \
                 ALTER TYPE notes RENAME VALUE '007 ' TO '008'"
                    .to_owned(),
                BAD_VALUE,
            ),
            ("CREATE DOMAIN little AS varchar(3); ALTER TABLE entry ALTER note TYPE little USING ''".to_owned(), BAD_VALUE),
            // A trigger fills what is missing; a reference makes triggers too, and fills nothing.
            (
                "TRUNCATE entry; ALTER TABLE entry ADD other int NOT NULL; \
                 CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.other := 1; RETURN NEW; END'; \
                 CREATE TRIGGER fill BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION fill()"
                    .to_owned(),
                Then::Written,
            ),
            (
                "TRUNCATE entry; CREATE TABLE referred (id int PRIMARY KEY); \
                 ALTER TABLE entry ADD other int NOT NULL REFERENCES referred"
                    .to_owned(),
                BAD_PLAN,
            ),
            written("CREATE TABLE referred (id int PRIMARY KEY); ALTER TABLE entry ADD other int REFERENCES referred"),
            written("ALTER TABLE entry ADD other int; CREATE INDEX ON entry (note); ANALYZE entry; TRUNCATE entry"),
            written("ALTER TABLE entry ALTER note TYPE varchar(4); ALTER TABLE entry ALTER amount TYPE numeric"),
        ],
        Dialect::Sqlite => vec![
            (anew("real", "text"), Then::Written),
            (anew("bigint", "numeric"), BAD_VALUE),
            ("ALTER TABLE entry RENAME TO was; CREATE VIEW entry AS SELECT * FROM was".to_owned(), BAD_PLAN),
            ("DROP TABLE entry; CREATE TABLE entry (id INTEGER, amount bigint, note text)".to_owned(), BAD_PLAN),
            (
                "DROP TABLE entry; CREATE TABLE entry (id INTEGER PRIMARY KEY, amount bigint, note text, other int NOT NULL)"
                    .to_owned(),
                BAD_PLAN,
            ),
            written("ALTER TABLE entry ADD other int; CREATE UNIQUE INDEX other ON entry (id, note); ANALYZE"),
            written("DROP TABLE entry; CREATE TABLE entry (note text, id INTEGER PRIMARY KEY, amount bigint) STRICT")
                .into_strict(),
            written("CREATE TRIGGER again AFTER INSERT ON entry BEGIN UPDATE entry SET note = note; END"),
        ],
        _ => vec![
            ("ALTER TABLE entry MODIFY amount FLOAT NOT NULL".to_owned(), BAD_VALUE),
            (anew("FLOAT", "TEXT"), BAD_VALUE),
            ("ALTER TABLE entry MODIFY note VARCHAR(3) NOT NULL".to_owned(), BAD_VALUE),
            ("ALTER TABLE entry MODIFY note CHAR(9) NOT NULL".to_owned(), BAD_VALUE),
            ("TRUNCATE entry; ALTER TABLE entry MODIFY note ENUM('a') NOT NULL".to_owned(), BAD_VALUE),
            ("ALTER TABLE entry ADD other INT NOT NULL".to_owned(), BAD_PLAN),
            ("ALTER TABLE entry DROP PRIMARY KEY".to_owned(), BAD_PLAN),
            ("ALTER TABLE entry ENGINE = MyISAM".to_owned(), BAD_PLAN),
            ("ALTER TABLE entry DROP amount, ADD amount BIGINT AS (1) STORED".to_owned(), BAD_PLAN),
            // Another key finds a row that is a stranger's.
            (
                "TRUNCATE entry; INSERT INTO entry VALUES (99, 16777217, 'its own'); ALTER TABLE entry ADD UNIQUE (amount)".to_owned(),
                Then::Refused(ErrorKind::Database),
            ),
            written("ALTER TABLE entry AUTO_INCREMENT = 70, COMMENT = 'x'; ANALYZE TABLE entry; TRUNCATE entry"),
            written("ALTER TABLE entry MODIFY note VARCHAR(4) NOT NULL COLLATE utf8mb4_bin"),
        ],
    }
}

/// Makes a table that holds all that is written to it.
trait IntoStrict {
    fn into_strict(self) -> Self;
}

impl IntoStrict for (String, Then) {
    fn into_strict(self) -> Self {
        (self.0.replace("bigint", "INTEGER").replace("text", "TEXT"), self.1)
    }
}

async fn a_table_that_is_changed_between_two_calls_is_noticed<D: Database>(database: D) {
    for (change, then) in changes(D::DIALECT) {
        database.batch(&table_as_it_should_be::<D>()).await;
        let another = database.through_another_pool();
        for pool in [&database, &another] {
            assert_eq!(write(pool, 1).await.unwrap().rows, 1, "{change}");
        }
        database.batch(&change).await;
        for (id, pool) in (2..).zip([&database, &another, &database]) {
            let case = format!("{change}: call {id}");
            let result = write(pool, id).await;
            let there = database.query(&format!("SELECT amount, note FROM entry WHERE id = {id}")).await;
            match (then, result) {
                (Then::Written, Ok(report)) => {
                    assert_eq!(report.inserted, 1, "{case}");
                    assert_eq!(there, [row(["16777217", NOTE])], "{case}");
                }
                (Then::Refused(kind), Err(error)) => {
                    assert_eq!(error.kind(), kind, "{case}: {error}");
                    assert!(there.is_empty(), "{case}: {there:?}");
                }
                (_, result) => panic!("{case}: {result:?}, and not {then:?}"),
            }
        }
        if D::DIALECT == Dialect::MySql && change.contains("its own") {
            let stranger = database.query("SELECT note FROM entry WHERE amount = 16777217").await;
            assert_eq!(stranger, [row(["its own"])], "{change}");
        }
        clear(&database).await;
    }
}

async fn clear<D: Database>(database: &D) {
    match D::DIALECT {
        Dialect::Postgres => {
            let drop = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
            database.batch(drop).await;
        }
        Dialect::Sqlite => {
            for kind in ["view", "table"] {
                let names = "SELECT name FROM sqlite_schema WHERE name IN ('entry', 'was') AND type =";
                for name in database.query(&format!("{names} '{kind}'")).await {
                    database.batch(&format!("DROP {kind} {}", name[0].as_ref().unwrap())).await;
                }
            }
        }
        _ => database.batch("DROP TABLE entry").await,
    }
}

fn write<D: Database>(database: &D, id: i64) -> impl Future<Output = Result<UpsertReport, Error>> {
    database.aupsert([entry(id)], UpsertOptions::new())
}

async fn a_table_that_is_dropped_between_two_calls_is_missed_or_made_anew<D: Database>(database: D) {
    database.batch(&table_as_it_should_be::<D>()).await;
    write(&database, 1).await.unwrap();
    database.batch("DROP TABLE entry").await;
    for _ in 0..2 {
        assert_eq!(write(&database, 2).await.unwrap_err().kind(), ErrorKind::MissingTable);
    }
    let report = database.aupsert([entry(3)], UpsertOptions::new().create_table()).await.unwrap();
    assert_eq!((report.inserted.get(), report.changes.len()), (Some(1), 1), "{report}");
    database.batch("ALTER TABLE entry DROP COLUMN note").await;
    assert_eq!(write(&database, 4).await.unwrap_err().kind(), ErrorKind::InvalidPlan);
    let options = UpsertOptions::new().create_table().add_columns();
    assert_eq!(database.aupsert([entry(4)], options).await.unwrap_err().kind(), ErrorKind::InvalidPlan, "it has rows");
    database.batch("DELETE FROM entry").await;
    assert_eq!(database.aupsert([entry(4)], UpsertOptions::new().add_columns()).await.unwrap().changes.len(), 1);
    assert_eq!(database.query("SELECT id, amount, note FROM entry").await, [row(["4", "16777217", NOTE])]);
    database.assert_nothing_left().await;
}

async fn two_databases_with_tables_of_one_name_are_told_apart<D: Database>(database: D) {
    let narrow = D::fresh().await;
    database.batch(&table_as_it_should_be::<D>()).await;
    let (amount, note) = if D::DIALECT == Dialect::Sqlite { ("bigint", "numeric") } else { ("float(24)", "text") };
    narrow.batch(&table(amount, note)).await;
    for id in 1..4 {
        assert_eq!(write(&database, id).await.unwrap().inserted, 1);
        assert_eq!(write(&narrow, id).await.unwrap_err().kind(), ErrorKind::InvalidValue);
    }
    assert_eq!(database.query("SELECT id FROM entry WHERE note = '007 '").await.len(), 3);
    assert!(narrow.query("SELECT 1 FROM entry").await.is_empty());
}

async fn calls_meet_a_table_that_is_made_anew_all_the_time<D: Database>(database: D) {
    const WRITERS: i64 = 8;
    const CALLS: i64 = 12;
    let tables = match D::DIALECT {
        Dialect::Sqlite => [table_as_it_should_be::<D>(), table("bigint", "numeric")],
        _ => [table_as_it_should_be::<D>(), table("float(24)", "varchar(3)")],
    };
    database.batch(&tables[0]).await;
    let writers = (0..WRITERS).map(|writer| {
        let database = database.clone();
        tokio::spawn(async move {
            let mut written = 0;
            let mut call = 0;
            while call < CALLS || written == 0 && call < 100 * CALLS {
                call += 1;
                match write(&database, writer * 1_000_000 + call).await {
                    Ok(report) => written += report.rows,
                    Err(error) => {
                        let kinds = [
                            ErrorKind::InvalidValue,
                            ErrorKind::ChangedTable,
                            ErrorKind::MissingTable,
                            ErrorKind::InvalidPlan,
                            // What is dropped while a statement is on its way to it.
                            ErrorKind::Database,
                        ];
                        assert!(kinds.contains(&error.kind()), "{error:?}");
                    }
                }
            }
            written
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut round = 0;
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        round += 1;
        let changed = "SELECT * FROM entry WHERE amount <> 16777217 OR note <> '007 '";
        assert!(database.query(changed).await.is_empty(), "a value was changed");
        database.batch(&format!("DROP TABLE entry; {}", tables[round % 2])).await;
        // Whoever is busy with something else comes upon the right one all the same, as long as that takes.
        let pause = if round % 2 == 0 { 5 + round as u64 / 20 } else { 1 };
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    let written: u64 = join_all(writers).await.into_iter().map(Result::unwrap).sum();
    assert!(written > 0, "no call ever met the table as it should be");
    database.assert_nothing_left().await;
}

/// A call of few rows is begun by the look, written, and committed. On two threads, what is asked together might be sent one after
/// the other.
#[test]
fn a_call_of_one_row_takes_three_round_trips_on_postgres() {
    tests::run_on_one_thread(|database: Postgres| async move {
        // What is asked of tables of which the short question does not tell.
        let spied = FaultyPool::that_looks_for("pg_partition_tree", &Front::from(&database), |_| None);
        let call = |id| Entry::aupsert(&spied.pool, vec![entry(id)], UpsertOptions::new());
        database.batch(&table("bigint", "text")).await;
        call(0).await.unwrap();
        let trips = of_calls(&spied.meter, call).await;
        assert_eq!(trips, (3, 0));
        // An enum has labels, which are asked for; so is how it is defined, because it does not take every text.
        database
            .batch("CREATE TYPE notes AS ENUM ('007 '); ALTER TABLE entry ALTER note TYPE notes USING '007 '")
            .await;
        let trips = of_calls(&spied.meter, call).await;
        assert_eq!(trips, (6, 1));
    });
}

/// The catalogue is read once of a table, however often rows are written to it.
#[test]
fn the_catalogue_is_read_once_of_a_table_on_mariadb() {
    tests::run(|database: MariaDb| async move {
        let spied = FaultyMariaDb::that_looks_for("information_schema.COLUMNS", &database, |_| None);
        let pool = spied.pool();
        let call = |id| Entry::aupsert(&pool, vec![entry(id)], UpsertOptions::new());
        let reads = || spied.meter.sent_with_text();
        database.batch(&table("BIGINT", "TEXT")).await;
        for id in 0..10 {
            call(id).await.unwrap();
        }
        assert_eq!(reads(), 1);
        database.batch("ALTER TABLE entry ADD other INT").await;
        let calls = join_all((0..8).map(|id| Entry::aupsert(&pool, vec![entry(id)], UpsertOptions::new()))).await;
        assert!(calls.iter().all(Result::is_ok), "{calls:?}");
        assert!((2..=9).contains(&reads()), "{}", reads());
        let before = reads();
        for id in 0..10 {
            call(id).await.unwrap();
        }
        assert_eq!(reads(), before);
        // What was so before is known.
        database.batch("ALTER TABLE entry DROP other").await;
        call(11).await.unwrap();
        assert_eq!(reads(), before);
    });
}

/// Of each call: round trips, and messages with the text.
async fn of_calls<F: Future<Output = Result<UpsertReport, Error>>>(
    meter: &Meter,
    call: impl Fn(i64) -> F,
) -> (usize, usize) {
    const CALLS: i64 = 10;
    let (rounds, messages) = (meter.rounds(), meter.sent_with_text());
    for id in 0..CALLS {
        call(id).await.unwrap();
    }
    let calls = usize::try_from(CALLS).unwrap();
    ((meter.rounds() - rounds) / calls, (meter.sent_with_text() - messages) / calls)
}

/// The search path, a table in front of another, a temporary one: rows go where they would have gone had nobody looked before.
#[tokio::test]
async fn the_name_of_a_table_is_looked_up_anew_on_postgres() {
    let database = Postgres::fresh().await;
    database.batch(&format!("CREATE SCHEMA tenant; {}", table("bigint", "text"))).await;
    let mut client = database.connect().await;
    let count = async |name: &str| database.query(&format!("SELECT 1 FROM {name}")).await.len();
    Entry::aupsert(&mut client, [entry(1)], UpsertOptions::new()).await.unwrap();
    assert_eq!(count("public.entry").await, 1);
    client.batch_execute(&table("bigint", "text").replace("TABLE", "TEMPORARY TABLE")).await.unwrap();
    Entry::aupsert(&mut client, [entry(2)], UpsertOptions::new()).await.unwrap();
    assert_eq!(count("public.entry").await, 2);
    client.batch_execute("SET search_path = tenant, public").await.unwrap();
    Entry::aupsert(&mut client, [entry(3)], UpsertOptions::new()).await.unwrap();
    assert_eq!(count("public.entry").await, 3);
    client
        .batch_execute("DROP TABLE pg_temp.entry; SET search_path = pg_catalog, tenant, public, pg_temp")
        .await
        .unwrap();
    database.batch(&table("bigint", "text").replace("entry", "tenant.entry")).await;
    Entry::aupsert(&mut client, [entry(4)], UpsertOptions::new()).await.unwrap();
    assert_eq!((count("public.entry").await, count("tenant.entry").await), (3, 1));
    // An index of that name is no table.
    database
        .batch("DROP TABLE tenant.entry; CREATE TABLE tenant.x (id int); CREATE INDEX entry ON tenant.x (id)")
        .await;
    Entry::aupsert(&mut client, [entry(5)], UpsertOptions::new()).await.unwrap();
    assert_eq!(count("public.entry").await, 4);
    let mut transaction = client.transaction().await.unwrap();
    transaction.batch_execute(&table("real", "text").replace("entry", "tenant.entry2")).await.unwrap();
    let error = Entry::aupsert(&mut transaction, [entry(6)], UpsertOptions::new().table("entry2")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    transaction.rollback().await.unwrap();
}

/// A key that takes texts for equal that are not: it would find the rows of others.
#[tokio::test]
async fn a_key_that_compares_otherwise_is_noticed_on_postgres() {
    #[derive(Clone, Upsertable)]
    #[upsert(table = "named")]
    struct Named {
        #[upsert(primary_key)]
        name: String,
        amount: i64,
    }
    let database = Postgres::fresh().await;
    database
        .batch(
            "CREATE COLLATION either (provider = icu, locale = 'und-u-ks-level2', deterministic = false); \
             CREATE TABLE named (name text PRIMARY KEY, amount bigint NOT NULL)",
        )
        .await;
    let named = |name: &str| Named { name: name.to_owned(), amount: 1 };
    Named::aupsert(&database.pool, [named("a")], UpsertOptions::new()).await.unwrap();
    database.batch("CREATE UNIQUE INDEX other ON named (name COLLATE either)").await;
    let refused = Named::aupsert(&database.pool, [named("A")], UpsertOptions::new()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidPlan);
    database.batch("DROP INDEX other; ALTER TABLE named ALTER name TYPE text COLLATE either").await;
    let report = Named::aupsert(&database.pool, [named("B"), named("b")], UpsertOptions::new()).await.unwrap();
    assert_eq!((report.inserted.get(), report.duplicates.get()), (Some(1), Some(1)));
}

/// A default that stands in for what a row does not have is the one that the table has now.
#[tokio::test]
async fn a_default_that_is_another_now_is_taken_on_mariadb() {
    #[derive(Clone, Upsertable)]
    #[upsert(table = "filled")]
    struct Filled {
        #[upsert(primary_key)]
        id: i64,
        #[upsert(default = "1")]
        amount: Option<i64>,
    }
    let database = MariaDb::fresh().await;
    database.batch("CREATE TABLE filled (id BIGINT PRIMARY KEY, amount BIGINT DEFAULT 1)").await;
    for (id, default) in [(1, "1"), (2, "2"), (3, "2")] {
        database.batch(&format!("ALTER TABLE filled ALTER amount SET DEFAULT {default}")).await;
        Filled::aupsert(&database.pool, [Filled { id, amount: None }], UpsertOptions::new()).await.unwrap();
    }
    let expected = [row(["1", "1"]), row(["2", "2"]), row(["3", "2"])];
    assert_eq!(database.table("filled").await, expected);
}

/// A temporary table in front of it, another schema that is selected.
#[tokio::test]
async fn the_name_of_a_table_is_looked_up_anew_on_mariadb() {
    let database = MariaDb::fresh().await;
    let other = MariaDb::fresh().await;
    for (database, amount) in [(&database, "BIGINT"), (&other, "FLOAT")] {
        database.batch(&table(amount, "TEXT")).await;
    }
    let mut connection = database.connect().await;
    Entry::aupsert(&mut connection, [entry(1)], UpsertOptions::new()).await.unwrap();
    connection.query_drop(format!("USE {}", other.name)).await.unwrap();
    let refused = Entry::aupsert(&mut connection, [entry(2)], UpsertOptions::new()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidValue);
    connection.query_drop(format!("USE {}", database.name)).await.unwrap();
    connection.query_drop(table("BIGINT", "TEXT").replace("TABLE", "TEMPORARY TABLE")).await.unwrap();
    let refused = Entry::aupsert(&mut connection, [entry(3)], UpsertOptions::new()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidPlan);
    connection.query_drop("DROP TEMPORARY TABLE entry; SET NAMES latin1; SET sql_mode = 'ANSI'").await.unwrap();
    Entry::aupsert(&mut connection, [entry(4)], UpsertOptions::new()).await.unwrap();
    assert_eq!(database.table("entry").await.len(), 2);
}
