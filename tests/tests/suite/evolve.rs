//! A table that is not as the struct would have it: what is different is told, and changed where that is asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use tests::crowd::crowd;
use tests::dropped::dropped_after;
use tests::loading::{PLACES, Place};
use tests::mariadb::exact_collation;
use tests::mariadb_server::either;
use tests::{Database, Sqlite, Table, figure, row, seed, suite};
use tokio::sync::Barrier;
use upsert::change::{Change, ChangeKind, Difference, Severity};
use upsert::report::Outcome;
use upsert::{ColumnValue, Dialect, Error, ErrorKind, UpsertOptions, Upsertable};
use uuid::Uuid;

suite!(
    a_migrated_table_is_the_one_that_would_be_created,
    a_created_table_has_no_differences,
    each_option_allows_its_own_and_no_more,
    what_is_allowed_is_done_in_a_call_and_told,
    a_column_without_a_value_for_rows_that_are_there_is_not_added,
    what_cannot_be_added_is_told_apart_from_what_can,
    a_column_that_holds_values_is_not_adapted,
    what_is_said_of_a_column_survives_its_change,
    nothing_is_changed_where_something_cannot_be_mended,
    a_dry_run_shows_what_is_done,
    changes_are_part_of_the_callers_transaction,
    promise_4_a_migration_that_is_dropped_leaves_whole_changes,
    a_schema_is_created_when_asked_for,
    promise_12_changes_never_race,
    what_is_created_has_the_comments_of_the_struct,
    a_label_that_is_new_is_named_and_added_where_the_type_is_the_columns,
    a_label_that_a_check_lacks_is_named_and_added,
);

#[derive(Clone, Copy, Debug, PartialEq, ColumnValue)]
enum State {
    New,
    Old,
}

/// With a column for each change that there is.
#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "part", index(code, tag))]
struct Part {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_len = 40, unique)]
    code: String,
    weight: f64,
    #[upsert(sql_type(postgres = "numeric(12, 3)", mysql = "decimal(12, 3)"))]
    price: Decimal,
    seen: Option<NaiveDateTime>,
    note: Option<String>,
    #[upsert(default = "'new'")]
    state: State,
    #[upsert(max_len = 16)]
    tag: Option<String>,
    #[upsert(index)]
    lot: Option<Uuid>,
}

fn part(id: i64) -> Part {
    Part {
        id,
        code: format!("a code that is longer than before {id}"),
        weight: 0.1,
        price: Decimal::new(123_456_789_125, 3),
        seen: Some(chrono::DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap().naive_utc()),
        note: Some("text".to_owned()),
        state: if id % 2 == 0 { State::New } else { State::Old },
        tag: None,
        lot: Some(Uuid::from_u128(7)),
    }
}

/// The table as it was some years ago: too narrow, with a note of another type, and without three columns.
fn years_ago(dialect: Dialect) -> String {
    let table = match dialect {
        Dialect::Postgres => {
            "CREATE TABLE part (id integer PRIMARY KEY, code varchar(10) NOT NULL UNIQUE, weight real NOT NULL, \
             price numeric(8, 2) NOT NULL, seen timestamp(0), note integer)"
        }
        Dialect::MySql => {
            "CREATE TABLE part (id int PRIMARY KEY, code varchar(10) CHARACTER SET utf8mb4 COLLATE COLLATION NOT NULL, \
             weight float NOT NULL, price decimal(8, 2) NOT NULL, seen datetime, note int, \
             CONSTRAINT part_code_key UNIQUE (code)) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE COLLATION"
        }
        _ => {
            "CREATE TABLE part (id INTEGER NOT NULL PRIMARY KEY, code TEXT NOT NULL UNIQUE, weight REAL NOT NULL, \
             price TEXT NOT NULL, seen TEXT, note BLOB) STRICT"
        }
    };
    table.replace("COLLATION", exact_collation())
}

const ROWS_OF_YEARS_AGO: &str = "INSERT INTO part (id, code, weight, price, seen) VALUES \
     (1, 'one', 0.5, '12.25', '2020-01-02 03:04:05'), (2, 'two', 2, '-999999.99', NULL)";

fn all() -> UpsertOptions {
    UpsertOptions::new().create_schema().create_table().add_columns().adapt_empty_columns().widen().rebuild_table()
}

async fn begin_years_ago<D: Database>(database: &D) {
    database.batch(&format!("DROP TABLE IF EXISTS part; {}; {ROWS_OF_YEARS_AGO}", years_ago(D::DIALECT))).await;
}

fn columns_of(changes: &[Change], kind: ChangeKind) -> Vec<&str> {
    changes.iter().filter(|change| change.kind() == kind).flat_map(Change::columns).map(String::as_str).collect()
}

async fn a_migrated_table_is_the_one_that_would_be_created<D: Database>(database: D) {
    database.migrate::<Part>(Place::Pool, all()).await.unwrap();
    let created = database.shape("part").await;
    assert!(created.len() > 10, "{created:?}");

    for place in PLACES {
        if place == Place::Transaction && D::DIALECT == Dialect::MySql {
            continue;
        }
        begin_years_ago(&database).await;
        let changes = database.migrate::<Part>(place, all()).await.unwrap();
        let widened: &[&str] = match D::DIALECT {
            Dialect::Sqlite => &[],
            _ => &["id", "code", "weight", "price", "seen"],
        };
        assert_eq!(columns_of(&changes, ChangeKind::Widen), widened);
        assert_eq!(columns_of(&changes, ChangeKind::AdaptEmptyColumns), ["note"]);
        assert_eq!(columns_of(&changes, ChangeKind::AddColumns), ["state", "tag", "lot"]);
        assert_eq!(database.shape("part").await, created, "{place:?}");

        let rows = database.query("SELECT id, code, price, note, state, tag FROM part ORDER BY id").await;
        let price =
            |cents: &'static str, mills: &'static str| if D::DIALECT == Dialect::Postgres { mills } else { cents };
        let expected: Table = vec![
            row(["1", "one", price("12.25", "12.250"), "NULL", "new", "NULL"]),
            row(["2", "two", price("-999999.99", "-999999.990"), "NULL", "new", "NULL"]),
        ];
        assert_eq!(rows, expected);
        assert!(database.diff::<Part>(place, UpsertOptions::new()).await.unwrap().is_empty());
        assert!(database.migrate::<Part>(place, all()).await.unwrap().is_empty());
        let report = database.aupsert(vec![part(1), part(3)], UpsertOptions::new()).await.unwrap();
        assert_eq!((report.updated, report.inserted), (1.into(), 1.into()));
        // The same key, and the same refusals: a second row with its code, and a state that is none.
        let twice = database.aupsert(vec![Part { code: part(1).code, ..part(9) }], UpsertOptions::new()).await;
        assert_eq!(twice.unwrap_err().kind(), ErrorKind::Database);
    }
    database.assert_nothing_left().await;
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(conflict_target(name), unique(name, born), db(postgres, sqlite, mysql))]
pub(crate) struct Everything {
    #[upsert(primary_key, identity)]
    number: Option<i64>,
    #[upsert(max_len = 60)]
    name: String,
    born: chrono::NaiveDate,
    small: i16,
    unsigned: u32,
    #[upsert(sql_type(sqlite = "TEXT"))]
    large: u64,
    #[upsert(sql_type(sqlite = "TEXT"))]
    huge: Option<i128>,
    ratio: Option<f32>,
    bytes: Vec<u8>,
    #[upsert(max_len = 10)]
    few_bytes: Option<Vec<u8>>,
    at: chrono::NaiveTime,
    instant: chrono::DateTime<chrono::Utc>,
    took: std::time::Duration,
    document: serde_json::Value,
    list: Option<Vec<i32>>,
    address: std::net::IpAddr,
    flag: bool,
    #[upsert(default = "'x'", max_len = 5)]
    text: Option<String>,
    state: Option<State>,
    #[upsert(generated = "small * 2")]
    doubled: Option<i64>,
}

async fn a_created_table_has_no_differences<D: Database>(database: D) {
    for place in PLACES {
        let missing = database.diff::<Everything>(place, UpsertOptions::new()).await.unwrap();
        if D::DIALECT != Dialect::MySql || place != Place::Transaction {
            assert!(
                matches!(&missing[..], [one] if one.change().is_some_and(|change| change.kind() == ChangeKind::CreateTable))
            );
            database.migrate::<Everything>(place, UpsertOptions::new().create_table()).await.unwrap();
        } else {
            database.migrate::<Everything>(Place::Pool, UpsertOptions::new().create_table()).await.unwrap();
        }
        let differences = database.diff::<Everything>(place, UpsertOptions::new()).await.unwrap();
        assert!(differences.is_empty(), "{place:?}: {differences:#?}");
        database.batch("DROP TABLE everything").await;
    }
}

/// Columns, how much they matter, and what would mend them.
fn told(differences: &[Difference]) -> Vec<(Option<&str>, Severity, Option<ChangeKind>)> {
    let mut told: Vec<_> =
        differences.iter().map(|one| (one.column(), one.severity(), one.change().map(Change::kind))).collect();
    told.sort_by_key(|(column, ..)| *column);
    told
}

/// The same of columns alone: a table of SQLite that is not STRICT is told as well.
fn told_of_columns(differences: &[Difference]) -> Vec<(Option<&str>, Severity, Option<ChangeKind>)> {
    told(differences).into_iter().filter(|(column, ..)| column.is_some()).collect()
}

async fn each_option_allows_its_own_and_no_more<D: Database>(database: D) {
    begin_years_ago(&database).await;
    let before = database.shape("part").await;
    let differences = database.diff::<Part>(Place::Pool, UpsertOptions::new()).await.unwrap();
    let refused = |column, kind| (Some(column), Severity::Refused, Some(kind));
    let narrow = |column| (Some(column), Severity::Narrower, Some(ChangeKind::Widen));
    let mut expected = match D::DIALECT {
        Dialect::Sqlite => vec![],
        // Numbers that are rounded, and instants, would be changed.
        Dialect::Postgres => vec![
            narrow("id"),
            narrow("code"),
            narrow("price"),
            refused("weight", ChangeKind::Widen),
            refused("seen", ChangeKind::Widen),
        ],
        _ => vec![narrow("id"), narrow("code"), narrow("price"), refused("weight", ChangeKind::Widen), narrow("seen")],
    };
    expected.push(refused("note", ChangeKind::AdaptEmptyColumns));
    expected.extend(["state", "tag", "lot"].map(|column| refused(column, ChangeKind::AddColumns)));
    expected.sort_by_key(|(column, ..)| *column);
    assert_eq!(told(&differences), expected);

    // The words name the option, too.
    let widened =
        differences.iter().filter(|one| one.change().is_some_and(|change| change.kind() == ChangeKind::Widen));
    for difference in widened {
        assert!(difference.to_string().contains("`UpsertOptions::widen`"), "{difference}");
    }

    // Less than all of it leaves the table as it is.
    for options in [
        UpsertOptions::new(),
        UpsertOptions::new().create_table(),
        UpsertOptions::new().add_columns().widen(),
        UpsertOptions::new().add_columns().rebuild_table(),
        UpsertOptions::new().adapt_empty_columns().widen().rebuild_table(),
    ] {
        let error = database.migrate::<Part>(Place::Pool, options.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{options:?}: {error}");
        assert_eq!(error.sqlstate(), None, "the words are the library's own: {error}");
        let called = database.aupsert(vec![part(1)], options).await.unwrap_err();
        // A rebuild has names of its own in each call.
        assert_eq!(reasons(&called), reasons(&error));
        assert_eq!(called.pending_changes().len(), error.pending_changes().len());
        assert_eq!(database.shape("part").await, before);
    }
    if D::DIALECT == Dialect::Sqlite {
        let options = UpsertOptions::new().add_columns().adapt_empty_columns();
        let error = database.migrate::<Part>(Place::Pool, options).await.unwrap_err();
        assert!(error.to_string().contains("`note`"), "{error}");
        assert!(error.to_string().contains("`UpsertOptions::rebuild_table`"), "{error}");
        assert_eq!(database.shape("part").await, before);
    }
}

async fn what_is_allowed_is_done_in_a_call_and_told<D: Database>(database: D) {
    begin_years_ago(&database).await;
    let report = database.aupsert(vec![part(1), part(2), part(3)], all()).await.unwrap();
    assert_eq!((report.inserted, report.updated, report.outcome), (1.into(), 2.into(), Outcome::Committed));
    let kinds: Vec<ChangeKind> = report.changes.iter().map(Change::kind).collect();
    let widened = (D::DIALECT != Dialect::Sqlite).then_some(ChangeKind::Widen);
    let expected = [ChangeKind::AdaptEmptyColumns].into_iter().chain(widened).chain([ChangeKind::AddColumns]);
    assert_eq!(kinds, expected.collect::<Vec<_>>());
    assert!(report.to_string().contains("the table was changed"), "{report}");

    let report = database.aupsert(vec![part(4)], all()).await.unwrap();
    assert!(report.changes.is_empty() && !report.to_string().contains("was changed"), "{report}");

    // Without rows as well; and what was changed stays when rows fail.
    begin_years_ago(&database).await;
    let report = database.aupsert(Vec::<Part>::new(), all()).await.unwrap();
    assert_eq!(report.changes.len(), kinds.len());
    begin_years_ago(&database).await;
    let bad = Part { code: "x".repeat(41), ..part(1) };
    let error = database.aupsert(vec![bad], all()).await.unwrap_err();
    assert_eq!((error.row(), error.column()), (Some(0), Some("code")));
    assert_eq!(error.report().changes.len(), kinds.len());
    assert!(database.diff::<Part>(Place::Pool, UpsertOptions::new()).await.unwrap().is_empty());
}

#[derive(Clone, Debug, Upsertable)]
struct Member {
    #[upsert(primary_key)]
    id: i64,
    name: String,
}

async fn a_column_without_a_value_for_rows_that_are_there_is_not_added<D: Database>(database: D) {
    database.batch("CREATE TABLE member (id BIGINT NOT NULL PRIMARY KEY); INSERT INTO member VALUES (1)").await;
    let before = database.shape("member").await;
    let options = UpsertOptions::new().add_columns();
    for place in PLACES {
        let error = database.migrate::<Member>(place, options.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPlan);
        let in_callers = D::DIALECT == Dialect::MySql && place == Place::Transaction;
        assert!(in_callers || error.to_string().contains("`name`, and has rows"), "{error}");
        // Its dry run says so too.
        let dry = database.pending_changes::<Member>(place, options.clone()).await.unwrap_err();
        assert!(in_callers || dry.to_string() == error.to_string(), "{dry}");
        assert_eq!(database.shape("member").await, before);
    }
    database.batch("DELETE FROM member").await;
    let changes = database.migrate::<Member>(Place::Connection, options).await.unwrap();
    assert_eq!(columns_of(&changes, ChangeKind::AddColumns), ["name"]);
    assert_eq!(told_of_columns(&database.diff::<Member>(Place::Pool, UpsertOptions::new()).await.unwrap()), []);
    database.assert_nothing_left().await;
}

/// The first line of an error, which says what is in the way; behind it is the SQL of the rest.
fn reasons(error: &Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

#[derive(Clone, Debug, Upsertable)]
struct Gadget {
    #[upsert(primary_key)]
    id: i64,
    name: String,
    note: Option<String>,
    #[upsert(default = "7")]
    amount: i64,
}

async fn what_cannot_be_added_is_told_apart_from_what_can<D: Database>(database: D) {
    let strict = if D::DIALECT == Dialect::Sqlite { " STRICT" } else { "" };
    let options = UpsertOptions::new().add_columns();
    let others = ["note".to_owned(), "amount".to_owned()];
    let can = |column| (Some(column), Severity::Refused, Some(ChangeKind::AddColumns));
    let cannot = |column| (Some(column), Severity::Refused, None);
    let begin = async |columns: &str| {
        database.batch(&format!("DROP TABLE IF EXISTS gadget; CREATE TABLE gadget ({columns}){strict}")).await;
        database.batch("INSERT INTO gadget (id) VALUES (1)").await;
    };

    begin("id INTEGER NOT NULL PRIMARY KEY").await;
    let differences = database.diff::<Gadget>(Place::Pool, UpsertOptions::new()).await.unwrap();
    let of = |column: &str| differences.iter().find(|one| one.column() == Some(column)).unwrap();
    let told = told(&differences).into_iter().filter(|(column, ..)| *column != Some("id")).collect::<Vec<_>>();
    assert_eq!(told, [can("amount"), cannot("name"), can("note")]);
    let words = of("name").to_string();
    for word in ["has rows", "`Option`", "`default = \"…\"`", "by hand"] {
        assert!(words.contains(word), "{words}");
    }
    assert!(!words.contains("add_columns"), "{words}");
    assert!(of("note").to_string().contains("`UpsertOptions::add_columns`"));
    assert_eq!(of("note").change().unwrap().columns(), others);

    // The reasons are on the first line, and what could be done on those behind it; nothing is done.
    let before = database.shape("gadget").await;
    for place in [Place::Pool, Place::Connection] {
        let error = database.migrate::<Gadget>(place, options.clone()).await.unwrap_err();
        assert!(reasons(&error).contains("`name`, and has rows") && !reasons(&error).contains("ALTER"), "{error}");
        let listed = |change: &Change| error.to_string().contains(&format!("the options do the rest:\n{change}"));
        assert!(matches!(error.pending_changes(), [change] if change.columns() == others && listed(change)), "{error}");
        let dry = database.pending_changes::<Gadget>(place, options.clone()).await.unwrap_err();
        assert_eq!(dry.to_string(), error.to_string());
        assert_eq!(database.shape("gadget").await, before);
    }
    // By hand, it is the rest that is done.
    let error = database.pending_changes::<Gadget>(Place::Pool, options.clone()).await.unwrap_err();
    for statement in error.pending_changes().iter().flat_map(Change::sql) {
        database.batch(statement).await;
    }
    let error = database.migrate::<Gadget>(Place::Pool, options.clone()).await.unwrap_err();
    assert!(error.pending_changes().is_empty() && error.to_string().lines().count() == 1, "{error}");

    // A column that the struct does not have, and rows without a value, are told together.
    begin("id INTEGER NOT NULL PRIMARY KEY, must INTEGER NOT NULL DEFAULT 3").await;
    database
        .batch(match D::DIALECT {
            // It drops no default.
            Dialect::Sqlite => "DROP TABLE gadget; CREATE TABLE gadget (id INTEGER NOT NULL PRIMARY KEY, must INTEGER NOT NULL) STRICT; \
                                INSERT INTO gadget VALUES (1, 3)",
            _ => "ALTER TABLE gadget ALTER COLUMN must DROP DEFAULT",
        })
        .await;
    for place in [Place::Pool, Place::Connection] {
        let error = database.migrate::<Gadget>(place, options.clone()).await.unwrap_err();
        assert!(reasons(&error).contains("`must`") && reasons(&error).contains("; it has no column `name`"), "{error}");
        assert!(matches!(error.pending_changes(), [change] if change.columns() == others), "{error}");
    }

    // What is of a key is added by hand alone, and keeps nothing else from being told.
    database.batch(&format!("DROP TABLE gadget; CREATE TABLE gadget (name TEXT NOT NULL){strict}")).await;
    let differences = database.diff::<Gadget>(Place::Pool, UpsertOptions::new()).await.unwrap();
    let told = self::told(&differences).into_iter().filter(|(column, ..)| *column != Some("name")).collect::<Vec<_>>();
    assert_eq!(told, [can("amount"), cannot("id"), can("note")]);
    assert!(differences.iter().all(|one| one.column() != Some("id") || !one.to_string().contains("add_columns")));
    let error = database.migrate::<Gadget>(Place::Pool, options).await.unwrap_err();
    assert!(reasons(&error).contains("has no column `id` (add it, for no option adds"), "{error}");
    assert!(matches!(error.pending_changes(), [change] if change.columns() == others), "{error}");
    database.assert_nothing_left().await;
}

/// SQLite computes no stored column for rows that are there.
#[test]
fn a_stored_column_of_sqlite_that_cannot_be_added_is_told() {
    #[derive(Clone, Debug, Upsertable)]
    struct Box {
        #[upsert(primary_key)]
        id: i64,
        #[upsert(generated = "id * 2")]
        twice: i64,
    }
    tests::run(|database: Sqlite| async move {
        database.batch("CREATE TABLE box (id INTEGER PRIMARY KEY) STRICT; INSERT INTO box VALUES (1)").await;
        let differences = database.diff::<Box>(Place::Pool, UpsertOptions::new()).await.unwrap();
        assert_eq!(told(&differences), [(Some("twice"), Severity::Refused, None)]);
        assert!(differences[0].to_string().contains("generated and stored"), "{}", differences[0]);
        database.batch("DELETE FROM box").await;
        let differences = database.diff::<Box>(Place::Pool, UpsertOptions::new()).await.unwrap();
        assert_eq!(told(&differences), [(Some("twice"), Severity::Refused, Some(ChangeKind::AddColumns))]);
    });
}

async fn a_column_that_holds_values_is_not_adapted<D: Database>(database: D) {
    let bytes = if D::DIALECT == Dialect::Postgres { "bytea" } else { "BLOB" };
    database
        .batch(&format!(
            "CREATE TABLE member (id BIGINT NOT NULL PRIMARY KEY, name {bytes}); INSERT INTO member VALUES (1, NULL), (2, 'x')"
        ))
        .await;
    let before = (database.shape("member").await, database.table("member").await);
    let options = UpsertOptions::new().adapt_empty_columns().rebuild_table();
    for place in [Place::Pool, Place::Connection] {
        let error = database.migrate::<Member>(place, options.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPlan);
        assert!(error.to_string().contains("`name`") && error.to_string().contains("not empty"), "{error}");
        let dry = database.pending_changes::<Member>(place, options.clone()).await.unwrap_err();
        assert_eq!(dry.to_string(), error.to_string());
        assert_eq!((database.shape("member").await, database.table("member").await), before);
    }
    database.batch("UPDATE member SET name = NULL").await;
    let changes = database.migrate::<Member>(Place::Pool, options).await.unwrap();
    assert_eq!(columns_of(&changes, ChangeKind::AdaptEmptyColumns), ["name"]);
    let report = database.aupsert(vec![Member { id: 2, name: "text".to_owned() }], UpsertOptions::new()).await.unwrap();
    assert_eq!(report.updated, 1);
    // It may be NULL still: the rows that are there are.
    let differences = database.diff::<Member>(Place::Pool, UpsertOptions::new()).await.unwrap();
    assert_eq!(told_of_columns(&differences), [(Some("name"), Severity::Note, None)]);
    database.assert_nothing_left().await;
}

#[derive(Clone, Debug, Upsertable)]
struct Stock {
    #[upsert(primary_key)]
    id: i64,
    amount: i64,
    #[upsert(max_len = 30)]
    place: String,
    note: Option<i32>,
}

async fn what_is_said_of_a_column_survives_its_change<D: Database>(database: D) {
    let (table, said): (&str, &[&str]) = match D::DIALECT {
        Dialect::Postgres => (
            "CREATE TABLE stock (id serial PRIMARY KEY, amount smallint NOT NULL DEFAULT 7, \
             place varchar(10) COLLATE \"C\" NOT NULL DEFAULT 'it''s' CHECK (place <> ''), note text); \
             COMMENT ON COLUMN stock.amount IS 'how many'; COMMENT ON COLUMN stock.note IS 'what'",
            &["amount bigint NOT NULL", " 7 how many", " C", "'it''s'", "note integer", " what", "CHECK"],
        ),
        Dialect::MySql => (
            "CREATE TABLE stock (id int unsigned AUTO_INCREMENT PRIMARY KEY, amount smallint NOT NULL DEFAULT 7 COMMENT 'how, many', \
             place varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'it''s' CHECK (place <> ''), \
             note varchar(5) CHARACTER SET latin1 DEFAULT NULL COMMENT 'what')",
            either(
                &[
                    "amount bigint(20) NO 7  how, many",
                    "utf8mb4_bin",
                    "it''s",
                    "what",
                    "auto_increment",
                    "\"place\" <> ''",
                ],
                &[
                    "amount bigint NO 7  how, many",
                    "utf8mb4_bin",
                    "it's",
                    "what",
                    "auto_increment",
                    "`place` <> _utf8mb4",
                ],
            ),
        ),
        _ => (
            "CREATE TABLE stock (id INTEGER PRIMARY KEY AUTOINCREMENT, amount INTEGER NOT NULL DEFAULT 7, \
             place TEXT COLLATE NOCASE NOT NULL DEFAULT 'it''s' CHECK (place <> ''), note BLOB /* what, */ UNIQUE)",
            &["amount INTEGER 1 7", "NOCASE", "'it''s'", "note INTEGER", "/* what, */", "CHECK (place <> '')"],
        ),
    };
    database.batch(table).await;
    database.batch("INSERT INTO stock (amount) VALUES (1); INSERT INTO stock (place) VALUES ('there')").await;
    let options = UpsertOptions::new().widen().adapt_empty_columns().rebuild_table();
    database.migrate::<Stock>(Place::Pool, options).await.unwrap();
    let shape = database.shape("stock").await.join("\n");
    for word in said {
        assert!(shape.contains(word), "it does not say {word}:\n{shape}");
    }
    // The numbers go on behind the last one, and may be as large as the new type has them.
    database.batch("DELETE FROM stock WHERE id = 2; INSERT INTO stock (amount) VALUES (3)").await;
    let rows = database.query("SELECT id, amount, place FROM stock ORDER BY id").await;
    assert_eq!(rows, [row(["1", "1", "it's"]), row(["3", "3", "it's"])]);
    if D::DIALECT == Dialect::Postgres {
        database.batch("SELECT setval('stock_id_seq', 3000000000); INSERT INTO stock (amount) VALUES (4)").await;
        assert_eq!(database.query("SELECT max(id)::text FROM stock").await, [row(["3000000001"])]);
    }
    let differences = database.diff::<Stock>(Place::Pool, UpsertOptions::new()).await.unwrap();
    assert!(differences.iter().all(|one| one.severity() == Severity::Note), "{differences:#?}");
}

async fn nothing_is_changed_where_something_cannot_be_mended<D: Database>(database: D) {
    let table = years_ago(D::DIALECT).replacen("(id ", "(must bigint NOT NULL, id ", 1);
    database
        .batch(
            &table.replace("must bigint", if D::DIALECT == Dialect::Sqlite { "must INTEGER" } else { "must bigint" }),
        )
        .await;
    let before = database.shape("part").await;
    for place in [Place::Pool, Place::Connection] {
        let error = database.migrate::<Part>(place, all()).await.unwrap_err();
        assert!(reasons(&error).contains("`must`") && !reasons(&error).contains("`note`"), "{error}");
        // What would have been done otherwise is told behind it, and not done.
        for change in error.pending_changes() {
            assert!(error.to_string().contains(&format!("\n{change}")), "{error}");
        }
        let added = columns_of(error.pending_changes(), ChangeKind::AddColumns);
        assert!(added.contains(&"tag"), "{:?}", error.pending_changes());
        let dry = database.pending_changes::<Part>(place, all()).await.unwrap_err();
        assert_eq!(columns_of(dry.pending_changes(), ChangeKind::AddColumns), added);
        assert_eq!(database.shape("part").await, before);
    }
    let differences = database.diff::<Part>(Place::Pool, all()).await.unwrap();
    let must: Vec<&Difference> = differences.iter().filter(|one| one.column() == Some("must")).collect();
    assert!(matches!(must[..], [one] if one.change().is_none() && one.to_string().contains("part")));
}

async fn a_dry_run_shows_what_is_done<D: Database>(database: D) {
    begin_years_ago(&database).await;
    let before = database.shape("part").await;
    for place in PLACES {
        let pending = database.pending_changes::<Part>(place, all()).await.unwrap();
        assert_eq!(database.shape("part").await, before);
        // Each prints as lines of SQL, without one that is empty.
        for change in &pending {
            let printed = format!("{change}\n");
            assert!(printed.ends_with(";\n") && printed.lines().all(|line| !line.trim().is_empty()), "{printed:?}");
        }
        if place == Place::Transaction {
            // By hand, with the same end.
            for change in &pending {
                database.batch(&change.to_string()).await;
            }
        } else {
            let migrated = database.migrate::<Part>(place, all()).await.unwrap();
            // The temporary tables of SQLite have numbers.
            let kinds =
                |changes: &[Change]| changes.iter().map(|one| (one.kind(), one.columns().to_vec())).collect::<Vec<_>>();
            assert_eq!(kinds(&migrated), kinds(&pending));
            begin_years_ago(&database).await;
        }
    }
    assert!(database.diff::<Part>(Place::Pool, UpsertOptions::new()).await.unwrap().is_empty());
    database.aupsert(vec![part(1)], UpsertOptions::new()).await.unwrap();
}

async fn changes_are_part_of_the_callers_transaction<D: Database>(database: D) {
    begin_years_ago(&database).await;
    let before = (database.shape("part").await, database.table("part").await);
    let migrated: Result<Vec<Change>, Error> = database.migrate_and_roll_back::<Part>(all()).await;
    match D::DIALECT {
        // They would commit it.
        Dialect::MySql => {
            let error = migrated.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidPlan);
            assert!(error.to_string().contains("would commit"), "{error}");
        }
        _ => assert!(migrated.unwrap().len() > 1),
    }
    assert_eq!((database.shape("part").await, database.table("part").await), before);
    database.assert_nothing_left().await;
}

/// All of them or none; on MySQL, which commits each, some of them, one after the other.
async fn promise_4_a_migration_that_is_dropped_leaves_whole_changes<D: Database>(database: D) {
    begin_years_ago(&database).await;
    let mut whole = vec![database.shape("part").await];
    for change in database.pending_changes::<Part>(Place::Pool, all()).await.unwrap() {
        database.batch(&change.to_string()).await;
        whole.push(database.shape("part").await);
    }
    if D::DIALECT != Dialect::MySql {
        whole = vec![whole.first().cloned().unwrap(), whole.last().cloned().unwrap()];
    }
    let mut dropped = 0;
    // How often one waits is a matter of chance on SQLite: then it is done once more.
    let mut again = 0..20;
    let mut polls = 0;
    loop {
        begin_years_ago(&database).await;
        let migrated = dropped_after(polls, database.migrate::<Part>(Place::Pool, all())).await;
        database.assert_nothing_goes_on(&polls).await;
        let shape = database.shape("part").await;
        assert!(whole.contains(&shape), "after {polls} polls: {shape:#?}");
        database.assert_nothing_left().await;
        if let Some(migrated) = migrated {
            migrated.unwrap();
            if dropped > 5 || again.next().is_none() {
                break;
            }
            polls = 1;
            continue;
        }
        dropped += 1;
        polls += 1;
        database.migrate::<Part>(Place::Pool, all()).await.unwrap();
        assert_eq!(Some(&database.shape("part").await), whole.last(), "before {polls} polls, and again");
    }
    assert!(dropped > 5, "{dropped}");
    figure(format!("migrations_dropped_{}", D::NAME), dropped);
}

async fn a_schema_is_created_when_asked_for<D: Database>(database: D) {
    let schema = database.schema("it's \"new\"");
    let options = || UpsertOptions::new().schema(&schema).create_table();
    let missing = database.migrate::<Member>(Place::Pool, options()).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::MissingTable);
    assert!(missing.to_string().contains(&schema), "{missing}");
    let created = database.migrate::<Member>(Place::Pool, options().create_schema()).await;
    if D::DIALECT == Dialect::Sqlite {
        // It is a file that is attached.
        let error = created.unwrap_err();
        assert!(error.to_string().contains("ATTACH"), "{error}");
        return;
    }
    let kinds: Vec<ChangeKind> = created.unwrap().iter().map(Change::kind).collect();
    assert_eq!(kinds, [ChangeKind::CreateSchema, ChangeKind::CreateTable]);
    let report = database.aupsert(vec![Member { id: 1, name: "a".to_owned() }], options()).await.unwrap();
    assert_eq!(report.inserted, 1);
    database.drop_schema(&schema).await;
}

const TASKS: usize = 32;

/// Each round begins with another state of the table: none, a schema that is missing, the one of years ago, that without rows.
async fn promise_12_changes_never_race<D: Database>(database: D) {
    let pools = [database.clone(), database.through_another_pool()];
    let rounds = seed::cases(30) as usize;
    let mut created = Vec::new();
    for round in 0..rounds {
        let schema =
            (round % 4 == 0 && D::DIALECT != Dialect::Sqlite).then(|| database.schema(&format!("race {round}")));
        database.batch("DROP TABLE IF EXISTS part").await;
        match round % 4 {
            2 => database.batch(&years_ago(D::DIALECT)).await,
            3 => begin_years_ago(&database).await,
            _ => {}
        }
        let start = Arc::new(Barrier::new(TASKS));
        let changed = Arc::new(AtomicUsize::new(0));
        let tasks = crowd(TASKS, {
            let (pools, schema, changed) = (pools.clone(), schema.clone(), Arc::clone(&changed));
            move |task| {
                let (start, pool, schema) = (Arc::clone(&start), pools[task % 2].clone(), schema.clone());
                let changed = Arc::clone(&changed);
                async move {
                    start.wait().await;
                    let options = match schema {
                        Some(schema) => all().schema(schema),
                        None => all(),
                    };
                    // Some have rows, and some only ask.
                    let done = match task % 3 {
                        0 => pool.migrate::<Part>(Place::Pool, options).await.map(|changes| changes.len()),
                        _ => {
                            let rows = vec![part(i64::try_from(task).unwrap() + 10)];
                            pool.aupsert(rows, options).await.map(|report| report.changes.len())
                        }
                    };
                    let done = done.unwrap_or_else(|error| panic!("round {round}: {error}"));
                    changed.fetch_add(usize::from(done > 0), Ordering::Relaxed);
                }
            }
        });
        tasks.await;
        assert_eq!(changed.load(Ordering::Relaxed), 1, "round {round}: it is done once");
        match schema {
            Some(schema) => database.drop_schema(&schema).await,
            None => {
                let shape = database.shape("part").await;
                if created.is_empty() {
                    created.clone_from(&shape);
                }
                assert_eq!(shape, created, "round {round}");
            }
        }
    }
    for pool in pools {
        pool.assert_nothing_left().await;
    }
    figure(format!("change_races_{}", D::NAME), rounds * TASKS);
}

/// What SQLite cannot change in place is copied, with all that belongs to it.
#[test]
fn sqlite_rebuilds_what_belongs_to_the_table() {
    tests::run::<Sqlite, _>(|database| async move {
        database
            .batch(
                "CREATE TABLE log (id BIGINT, what TEXT);
                 CREATE TABLE stock (\"the, (id\" INTEGER, amount INTEGER NOT NULL DEFAULT 7, place TEXT, note BLOB, id BIGINT PRIMARY KEY);
                 CREATE INDEX by_place ON stock (place) WHERE amount > 0;
                 CREATE TRIGGER told AFTER INSERT ON stock BEGIN INSERT INTO log VALUES (new.id, 'in; END'); END;
                 CREATE VIEW places AS SELECT place FROM stock;
                 INSERT INTO stock (rowid, id, place) VALUES (5, 1, 'a'), (9, 2, 'b');
                 DELETE FROM log",
            )
            .await;
        let options = UpsertOptions::new().adapt_empty_columns().rebuild_table();
        for place in PLACES {
            database.batch("DROP TRIGGER told; CREATE TRIGGER told AFTER INSERT ON stock BEGIN INSERT INTO log VALUES (new.id, 'in; END'); END").await;
            let changes = database.migrate::<Stock>(place, options.clone()).await.unwrap();
            assert_eq!(columns_of(&changes, ChangeKind::AdaptEmptyColumns), ["note"]);
            assert_eq!(
                database.query("SELECT rowid, id, place FROM stock").await,
                [row(["5", "1", "a"]), row(["9", "2", "b"])]
            );
            assert_eq!(database.query("SELECT count(*) FROM log").await, [row(["0"])], "copying is no insert");
            assert_eq!(database.query("SELECT place FROM places").await, [row(["a"]), row(["b"])]);
            let names = "SELECT name FROM sqlite_master WHERE tbl_name = 'stock' AND sql IS NOT NULL ORDER BY name";
            assert_eq!(database.query(names).await, [row(["by_place"]), row(["stock"]), row(["told"])]);
            database.batch("INSERT INTO stock (id) VALUES (3)").await;
            assert_eq!(database.query("SELECT id FROM log").await, [row(["3"])]);
            database.batch("DELETE FROM stock WHERE id = 3; DELETE FROM log").await;
            // Back to the beginning, for the next place.
            database.batch("ALTER TABLE stock DROP COLUMN note; ALTER TABLE stock ADD COLUMN note BLOB").await;
        }
        // Rows of another table that refer to it would be deleted with it.
        database.batch("CREATE TABLE child (stock BIGINT REFERENCES stock (id) ON DELETE CASCADE); INSERT INTO child VALUES (1)").await;
        let mut connection = database.connect();
        connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
        let error = Stock::migrate_blocking(&mut connection, options).unwrap_err();
        assert!(error.to_string().contains("refer to it"), "{error}");
        assert_eq!(database.query("SELECT count(*) FROM child").await, [row(["1"])]);
    });
}

/// What `ANALYZE` has found goes with a table that is dropped, and plans with it.
#[test]
fn sqlite_analyzes_a_table_again_that_it_rebuilds() {
    tests::run::<Sqlite, _>(|database| async move {
        let options = UpsertOptions::new().adapt_empty_columns().rebuild_table();
        let table = "CREATE TABLE stock (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL, place TEXT NOT NULL, note BLOB) STRICT;
                     CREATE INDEX by_place ON stock (place);
                     INSERT INTO stock VALUES (1, 1, 'a', NULL), (2, 1, 'a', NULL), (3, 1, 'b', NULL)";
        let analyzes = |changes: &[Change]| changes.iter().flat_map(Change::sql).any(|sql| sql.starts_with("ANALYZE"));
        // Where nobody has asked for it, it is not done.
        database.batch(table).await;
        let changes = database.migrate::<Stock>(Place::Pool, options.clone()).await.unwrap();
        assert!(!changes.is_empty() && !analyzes(&changes), "{changes:?}");
        database
            .batch("CREATE TABLE other (id INTEGER PRIMARY KEY); INSERT INTO other VALUES (1); ANALYZE other")
            .await;
        for place in PLACES {
            database.batch(&format!("DROP TABLE stock; {table}")).await;
            let changes = database.migrate::<Stock>(place, options.clone()).await.unwrap();
            assert!(!changes.is_empty() && !analyzes(&changes), "{changes:?}");
            database.batch(&format!("DROP TABLE stock; {table}; ANALYZE")).await;
            let statistics = "SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY 1, 2";
            let before = database.query(statistics).await;
            assert!(before.contains(&row(["stock", "by_place", "3 2"])), "{before:?}");
            let changes = database.migrate::<Stock>(place, options.clone()).await.unwrap();
            assert!(analyzes(&changes), "{changes:?}");
            assert_eq!(database.query(statistics).await, before, "{place:?}");
        }
    });
}

/// What is told of a "station", say: it's C:\\temp.
///
/// And more of it, which is for readers of the code.
#[derive(Clone, Debug, Upsertable)]
struct Commented {
    /// Who it is,
    /// in one line.
    #[upsert(primary_key)]
    id: i64,
    /// In metres \\ above the sea; it's `None` at sea.
    height: Option<i32>,
    #[upsert(max_len = 40)]
    name: Option<String>,
    #[doc = "Twice the height."]
    #[upsert(generated = "height * 2")]
    twice: Option<i32>,
}

async fn what_is_created_has_the_comments_of_the_struct<D: Database>(database: D) {
    let (of_table, of_columns) = match D::DIALECT {
        Dialect::Postgres => (
            "SELECT obj_description('commented'::regclass)",
            "SELECT attname::text, col_description(attrelid, attnum) FROM pg_attribute \
             WHERE attrelid = 'commented'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        ),
        Dialect::MySql => (
            "SELECT table_comment FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'commented'",
            "SELECT column_name, nullif(column_comment, '') FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name = 'commented' ORDER BY ordinal_position",
        ),
        // It has none.
        _ => ("SELECT NULL", "SELECT NULL"),
    };
    for ddl in [None, Some("CREATE TABLE commented (id bigint NOT NULL PRIMARY KEY)")] {
        if let Some(ddl) = ddl {
            database.batch(ddl).await;
        }
        let evolve = UpsertOptions::new().create_table().add_columns();
        database.migrate::<Commented>(Place::Pool, evolve).await.unwrap();
        let (table, columns) = (database.query(of_table).await, database.query(of_columns).await);
        if D::DIALECT != Dialect::Sqlite {
            // What is there keeps what was said of it.
            let (about, id) = match ddl {
                None => (Some("What is told of a \"station\", say: it's C:\\\\temp."), Some("Who it is, in one line.")),
                Some(_) => (None, None),
            };
            assert_eq!(table[0][0].as_deref().filter(|about| !about.is_empty()), about);
            let expected = [
                ("id", id),
                ("height", Some("In metres \\\\ above the sea; it's `None` at sea.")),
                ("name", None),
                ("twice", Some("Twice the height.")),
            ];
            let found: Vec<_> =
                columns.iter().map(|column| (column[0].as_deref().unwrap(), column[1].as_deref())).collect();
            assert_eq!(found, expected);
        }
        database.batch("DROP TABLE commented").await;
    }
}

#[derive(Clone, Debug, PartialEq, ColumnValue)]
#[upsert(postgres_enum = "phase")]
enum Phase {
    Begun,
    OnHold,
    #[upsert(rename = "it's lost")]
    Lost,
}

#[derive(Clone, Debug, Upsertable)]
struct Job {
    #[upsert(primary_key)]
    id: i64,
    phase: Phase,
}

async fn a_label_that_is_new_is_named_and_added_where_the_type_is_the_columns<D: Database>(database: D) {
    database
        .batch(match D::DIALECT {
            Dialect::Postgres => {
                "CREATE TYPE phase AS ENUM ('on_hold', 'begun');
                 CREATE TABLE job (id bigint PRIMARY KEY, phase phase NOT NULL DEFAULT 'on_hold'); INSERT INTO job VALUES (1)"
            }
            Dialect::MySql => {
                "CREATE TABLE job (id bigint PRIMARY KEY, phase enum('on_hold', 'begun') NOT NULL DEFAULT 'on_hold' COMMENT 'x');
                 INSERT INTO job (id) VALUES (1)"
            }
            _ => return,
        })
        .await;
    let differences = database.diff::<Job>(Place::Pool, UpsertOptions::new()).await.unwrap();
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert_eq!((differences[0].column(), differences[0].severity()), (Some("phase"), Severity::Narrower));
    assert!(differences[0].to_string().contains("without `it's lost`"), "{}", differences[0]);
    let way_out = if D::DIALECT == Dialect::MySql { "`UpsertOptions::widen`" } else { "`ALTER TYPE … ADD VALUE`" };
    assert!(differences[0].to_string().contains(way_out), "{}", differences[0]);
    let job = |id, phase| Job { id, phase };
    let rows = vec![job(1, Phase::Begun), job(3, Phase::OnHold), job(2, Phase::Lost)];
    let error = database.aupsert(rows.clone(), UpsertOptions::new()).await.unwrap_err();
    assert_eq!((error.row(), error.column()), (Some(2), Some("phase")));
    if D::DIALECT == Dialect::MySql {
        let changes = database.migrate::<Job>(Place::Pool, UpsertOptions::new().widen()).await.unwrap();
        assert_eq!(columns_of(&changes, ChangeKind::Widen), ["phase"]);
        assert_eq!(database.query("SELECT phase FROM job").await, [row(["on_hold"])]);
        database.batch("INSERT INTO job (id) VALUES (3)").await;
        assert_eq!(database.aupsert(rows.clone(), UpsertOptions::new()).await.unwrap().inserted, 1);
        assert_eq!(
            database.query("SELECT phase FROM job ORDER BY id").await,
            [row(["begun"]), row(["it's lost"]), row(["on_hold"])]
        );
        // What the struct does not have is not taken away.
        database
            .batch("DELETE FROM job; ALTER TABLE job MODIFY phase enum('on_hold', 'begun', 'other') NOT NULL")
            .await;
        let differences = database.diff::<Job>(Place::Pool, UpsertOptions::new().widen()).await.unwrap();
        assert!(differences.iter().all(|difference| difference.change().is_none()), "{differences:?}");
    } else {
        assert!(database.migrate::<Job>(Place::Pool, UpsertOptions::new().widen()).await.unwrap().is_empty());
    }
    database.assert_nothing_left().await;
}

/// A state that was there from the beginning, and the same with one more.
mod moods {
    use upsert::ColumnValue;

    #[derive(Clone, Debug, PartialEq, ColumnValue)]
    pub(super) enum Mood {
        Calm,
        #[upsert(rename = "it's \\odd")]
        Odd,
    }

    #[derive(Clone, Debug, PartialEq, ColumnValue)]
    pub(super) enum More {
        Calm,
        #[upsert(rename = "it's \\odd")]
        Odd,
        Glad,
    }
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "my day")]
struct Day<M: ColumnValue> {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(column = "the mood")]
    mood: M,
    #[upsert(max_len = 9)]
    second: Option<M>,
    /// Holds nothing, of another type in a table of yesterday.
    note: Option<String>,
}

async fn a_label_that_a_check_lacks_is_named_and_added<D: Database>(database: D) {
    use moods::{Mood, More};
    if D::DIALECT == Dialect::MySql {
        // There the labels are those of the type.
        return;
    }
    let old = |id, mood| Day { id, mood, second: Some(Mood::Calm), note: None };
    database.aupsert(vec![old(1, Mood::Calm), old(2, Mood::Odd)], UpsertOptions::new().create_table()).await.unwrap();
    assert!(database.diff::<Day<Mood>>(Place::Pool, all()).await.unwrap().is_empty());
    let differences = database.diff::<Day<More>>(Place::Pool, all()).await.unwrap();
    assert_eq!(
        told(&differences),
        [
            (Some("second"), Severity::Narrower, Some(ChangeKind::Widen)),
            (Some("the mood"), Severity::Narrower, Some(ChangeKind::Widen))
        ]
    );
    assert!(differences[0].to_string().contains("without `glad`"), "{}", differences[0]);
    // It is refused by row and column, before the database would.
    let new = |id, mood| Day { id, mood, second: Some(More::Glad), note: None };
    let error = database.aupsert(vec![new(1, More::Glad)], UpsertOptions::new()).await.unwrap_err();
    assert_eq!((error.kind(), error.row(), error.column()), (ErrorKind::InvalidValue, Some(0), Some("the mood")));

    // What SQLite cannot do alone is not left undone without a word, but done when that is asked for.
    if D::DIALECT == Dialect::Sqlite {
        for options in [UpsertOptions::new().widen(), UpsertOptions::new().widen().adapt_empty_columns()] {
            let error = database.migrate::<Day<More>>(Place::Pool, options.clone()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{error}");
            assert!(error.to_string().contains("`UpsertOptions::rebuild_table`"), "{error}");
            let called = database.aupsert(vec![new(1, More::Odd)], options.clone()).await.unwrap_err();
            assert_eq!(called.to_string(), error.to_string());
            let pending = database.pending_changes::<Day<More>>(Place::Pool, options).await.unwrap_err();
            assert_eq!(pending.to_string(), error.to_string());
        }
    }

    // Another column is changed beside it.
    let note = if D::DIALECT == Dialect::Sqlite { "INTEGER" } else { "bigint" };
    database
        .batch(&format!("ALTER TABLE \"my day\" DROP COLUMN note; ALTER TABLE \"my day\" ADD COLUMN note {note}"))
        .await;
    let widening = UpsertOptions::new().widen().adapt_empty_columns().rebuild_table();
    let rows = vec![new(1, More::Glad), new(3, More::Odd), new(4, More::Calm)];
    let report = database.aupsert(rows, widening.clone()).await.unwrap();
    assert_eq!(columns_of(&report.changes, ChangeKind::Widen), ["the mood", "second"]);
    assert_eq!(columns_of(&report.changes, ChangeKind::AdaptEmptyColumns), ["note"]);
    assert_eq!((report.updated, report.inserted), (1.into(), 2.into()));
    assert!(database.diff::<Day<More>>(Place::Pool, all()).await.unwrap().is_empty());
    assert_eq!(
        database.query("SELECT second FROM \"my day\" ORDER BY id").await,
        [row(["glad"]), row(["calm"]), row(["glad"]), row(["glad"])]
    );
    // The check is one yet.
    let check = database.shape("my day").await.join("\n");
    assert!(check.contains("glad"), "{check}");
    // What the struct does not have is not taken away.
    let differences = database.diff::<Day<Mood>>(Place::Pool, all()).await.unwrap();
    assert!(differences.is_empty(), "{differences:?}");
    database.assert_nothing_left().await;
}
