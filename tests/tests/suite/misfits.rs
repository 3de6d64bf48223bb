//! What does not fit the table that is there is said before a row is written, in words that name the column.

use tests::loading::{Door, Form, PLACES, Place, ways};
use tests::{Database, MariaDb, Postgres, Sqlite, suite};
use upsert::report::Outcome;
use upsert::{Dialect, ErrorKind, OnConflict, UpsertOptions, Upsertable};

suite!(
    a_table_without_the_key_is_refused,
    a_unique_index_of_other_columns_is_no_key,
    any_whole_unique_index_of_the_key_will_do,
    a_column_that_must_be_filled_is_named,
    a_generated_column_is_no_field,
    all_misfits_are_told_at_once,
    a_schema_that_is_missing_is_no_missing_table,
    options_that_contradict_each_other_are_refused,
    a_null_for_a_column_that_takes_none_is_named,
    a_look_creates_and_writes_nothing,
);

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "visit", primary_key(page, day))]
struct Visit {
    #[upsert(max_len = 100)]
    page: String,
    day: i64,
    count: i64,
}

fn visit(count: i64) -> Visit {
    Visit { page: "start".to_owned(), day: 1, count }
}

/// Whether the columns fit; what is said if they do not.
async fn said<D: Database>(database: &D, table: &str, options: UpsertOptions) -> Result<(), String> {
    let table = table.replace("page TEXT", &format!("page {}", D::KEY_TEXT));
    database.batch(&format!("DROP TABLE IF EXISTS visit; {table}")).await;
    let said = refusal(database, &[visit(1)], options).await;
    if said.is_err() {
        let rows = database.query("SELECT count(*) FROM visit").await;
        assert_eq!(rows, [tests::row(["0"])], "{table}");
    }
    said
}

/// The same words through every door, and nothing left behind.
async fn refusal<D: Database, T: tests::AnyRow + Clone + 'static>(
    database: &D,
    rows: &[T],
    options: UpsertOptions,
) -> Result<(), String> {
    let mut all_said = Vec::new();
    for (place, door, form, atomicity) in ways::<D>() {
        if !matches!(form, Form::Vec | Form::Stream) {
            continue;
        }
        let way = format!("{place:?} {door:?} {form:?} {atomicity:?}");
        let result = database.write(place, door, form, rows, options.clone().atomicity(atomicity)).await;
        all_said.push(result.map(|_| ()).map_err(|error| {
            assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{way}: {error}");
            assert_eq!((error.outcome(), error.is_retryable()), (Outcome::NotCommitted, false), "{way}");
            assert_eq!(error.sqlstate(), None, "the words are the library's own: {error}");
            error.to_string()
        }));
        if all_said.last().is_some_and(Result::is_ok) {
            break;
        }
    }
    // Whoever asks before is told the same, but for what the options alone get wrong.
    for place in PLACES {
        let verified = database.verify::<T>(place, options.clone()).await;
        all_said.push(verified.map_err(|error| {
            assert_eq!(error.kind(), ErrorKind::InvalidPlan, "verify {place:?}: {error}");
            error.to_string()
        }));
    }
    database.assert_nothing_left().await;
    let first = all_said.remove(0);
    assert!(all_said.iter().all(|said| said == &first), "{first:?}, and {all_said:?}");
    first
}

fn assert_names(said: Result<(), String>, words: &[&str]) {
    let said = said.expect_err("it does not fit");
    for word in words {
        assert!(said.contains(word), "it does not say `{word}`: {said}");
    }
}

const COLUMNS: &str = "page TEXT NOT NULL, day BIGINT NOT NULL, count BIGINT";

async fn a_table_without_the_key_is_refused<D: Database>(database: D) {
    let table = format!("CREATE TABLE visit ({COLUMNS})");
    for on_conflict in [OnConflict::Update, OnConflict::Ignore, OnConflict::Error] {
        let said = said(&database, &table, UpsertOptions::new().on_conflict(on_conflict)).await;
        assert_names(said, &["visit", "primary key or unique index", "`page`, `day`", "conflict_target"]);
    }
    let options = UpsertOptions::new().conflict_target([Visit::COL.day]);
    let keyed = format!("CREATE TABLE visit ({COLUMNS}, PRIMARY KEY (page, day))");
    assert_names(said(&database, &keyed, options).await, &["columns `day`,"]);
    // Here it can have none.
    let parts = match D::DIALECT {
        Dialect::Sqlite => return,
        Dialect::MySql => " PARTITIONS 3",
        _ => "",
    };
    let parted = format!("CREATE TABLE visit ({COLUMNS}, PRIMARY KEY (page, count)) PARTITION BY HASH (count){parts}");
    let said = said(&database, &parted, UpsertOptions::new()).await;
    assert_names(said, &["primary key or unique index", "partitioned by HASH", "count", "all columns of that"]);
}

async fn a_unique_index_of_other_columns_is_no_key<D: Database>(database: D) {
    for index in [
        "UNIQUE INDEX i ON visit (page)",
        "UNIQUE INDEX i ON visit (page, day, count)",
        "UNIQUE INDEX i ON visit (page, day) WHERE count > 0",
        "UNIQUE INDEX i ON visit (page, abs(day))",
        "UNIQUE INDEX i ON visit (page(5), day)",
        "INDEX i ON visit (page, day)",
    ] {
        // MariaDB has indexes neither of some rows only nor on expressions, and nobody else has any of the beginnings of
        // texts.
        let of_mariadb = index.contains("page(5)");
        let of_others = index.contains("WHERE") || index.contains("abs");
        if if D::DIALECT == Dialect::MySql { of_others } else { of_mariadb } {
            continue;
        }
        let table = format!("CREATE TABLE visit ({COLUMNS}); CREATE {index}");
        assert_names(said(&database, &table, UpsertOptions::new()).await, &["unique index", "`page`, `day`"]);
    }
}

async fn any_whole_unique_index_of_the_key_will_do<D: Database>(database: D) {
    for table in [
        format!("CREATE TABLE visit ({COLUMNS}, PRIMARY KEY (page, day))"),
        format!("CREATE TABLE visit ({COLUMNS}, PRIMARY KEY (day, page))"),
        format!("CREATE TABLE visit ({COLUMNS}, UNIQUE (day, page))"),
        format!("CREATE TABLE visit (own BIGINT PRIMARY KEY DEFAULT 7, {COLUMNS}, UNIQUE (day, page))"),
        format!("CREATE TABLE visit ({COLUMNS}, UNIQUE (page)); CREATE UNIQUE INDEX i ON visit (day DESC, page)"),
    ] {
        for on_conflict in [OnConflict::Update, OnConflict::Ignore, OnConflict::Error] {
            let options = UpsertOptions::new().on_conflict(on_conflict);
            assert_eq!(said(&database, &table, options).await, Ok(()), "{table}");
        }
    }
}

async fn a_column_that_must_be_filled_is_named<D: Database>(database: D) {
    let with = |more: &str| format!("CREATE TABLE visit ({COLUMNS}, {more}, PRIMARY KEY (page, day))");
    for must_be_filled in [
        "tenant BIGINT NOT NULL",
        "tenant BIGINT NOT NULL DEFAULT NULL",
        "\"te nant\" BIGINT NOT NULL CHECK (\"te nant\" > 0)",
    ] {
        // MySQL makes no such table.
        if D::DIALECT == Dialect::MySql && must_be_filled.contains("DEFAULT NULL") {
            continue;
        }
        let said = said(&database, &with(must_be_filled), UpsertOptions::new()).await;
        assert_names(said, &["nant`", "NOT NULL", "default", "rows have no such column"]);
    }
    // MariaDB has no NOT NULL here.
    let generated = if D::DIALECT == Dialect::MySql { "" } else { "NOT NULL " };
    for filled in [
        "tenant BIGINT",
        "tenant BIGINT NOT NULL DEFAULT 7",
        &format!("tenant BIGINT {generated}GENERATED ALWAYS AS (day + 1) STORED"),
        "tenant TEXT NOT NULL DEFAULT ('')",
    ] {
        assert_eq!(said(&database, &with(filled), UpsertOptions::new()).await, Ok(()), "{filled}");
    }
}

async fn a_generated_column_is_no_field<D: Database>(database: D) {
    let table = "CREATE TABLE visit (page TEXT, day BIGINT, count BIGINT GENERATED ALWAYS AS (day + 1) STORED, PRIMARY KEY (page, day))";
    assert_names(said(&database, table, UpsertOptions::new()).await, &["`count`", "generates", "skip"]);
}

async fn all_misfits_are_told_at_once<D: Database>(database: D) {
    let table = "CREATE TABLE visit (page TEXT NOT NULL, day BIGINT NOT NULL, tenant BIGINT NOT NULL)";
    let said = said(&database, table, UpsertOptions::new()).await;
    assert_names(said, &["no column `count`", "`tenant`", "unique index"]);
}

async fn a_schema_that_is_missing_is_no_missing_table<D: Database>(database: D) {
    for options in [UpsertOptions::new().schema("no where"), UpsertOptions::new().schema("no where").create_table()] {
        for (place, door, form, atomicity) in ways::<D>() {
            let way = format!("{place:?} {door:?} {form:?} {atomicity:?}");
            let options = options.clone().atomicity(atomicity);
            let error = database.write(place, door, form, &[visit(1)], options).await.expect_err(&way);
            assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::MissingTable, None), "{way}: {error}");
            let said = error.to_string();
            assert!(said.contains("`no where`"), "{said}");
            assert!(!said.contains("create_table` creates it"), "that would not help: {said}");
        }
    }
    database.assert_nothing_left().await;
}

async fn options_that_contradict_each_other_are_refused<D: Database>(database: D) {
    let new = UpsertOptions::new;
    let chosen = || UpsertOptions::new().update_columns([Visit::COL.count]);
    for (options, words) in [
        (new().chunk_rows(0), ["`chunk_rows(0)`", "least is 1"]),
        (new().chunk_bytes(0), ["`chunk_bytes(0)`", "least is 1"]),
        (chosen().on_conflict(OnConflict::Ignore), ["`update_columns`", "`OnConflict::Ignore`"]),
        (chosen().on_conflict(OnConflict::Error), ["`update_columns`", "`OnConflict::Error`"]),
    ] {
        assert_names(refusal(&database, &[visit(1)], options).await, &words);
    }
    // The least there is, and the order in which options are said, are fine.
    database.aupsert([visit(1)], new().create_table().chunk_rows(1).chunk_bytes(1)).await.unwrap();
    database.aupsert([visit(1)], chosen().on_conflict(OnConflict::Update)).await.unwrap();
}

async fn a_look_creates_and_writes_nothing<D: Database>(database: D) {
    for place in PLACES {
        let error = database.verify::<Visit>(place, UpsertOptions::new().create_table()).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::MissingTable, Outcome::NotCommitted), "{error}");
    }
    database.aupsert(Vec::<Visit>::new(), UpsertOptions::new().create_table()).await.unwrap();
    database.aupsert([visit(7)], UpsertOptions::new()).await.unwrap();
    let before = database.table("visit").await;
    for place in PLACES {
        database.verify::<Visit>(place, UpsertOptions::new()).await.unwrap();
        // The table is the one that is named.
        let other = UpsertOptions::new().table("visit_2026");
        assert_eq!(database.verify::<Visit>(place, other).await.unwrap_err().kind(), ErrorKind::MissingTable);
    }
    assert_eq!(database.table("visit").await, before);
    database.assert_nothing_left().await;
}

/// The struct may have none, and the table must: the row is told before anything is sent, and not by the database.
async fn a_null_for_a_column_that_takes_none_is_named<D: Database>(database: D) {
    let rows = [One { id: 1, value: Some(7) }, One { id: 2, value: None }];
    let table = "CREATE TABLE one (id INTEGER PRIMARY KEY, value BIGINT NOT NULL DEFAULT 7)";
    for (place, door, form, atomicity) in ways::<D>() {
        database.batch(&format!("DROP TABLE IF EXISTS one; {table}")).await;
        let options = UpsertOptions::new().atomicity(atomicity);
        let error = database.write(place, door, form, &rows, options).await.unwrap_err();
        let way = format!("{place:?} {door:?} {form:?} {atomicity:?}: {error}");
        assert_eq!(error.kind(), ErrorKind::InvalidValue, "{way}");
        assert_eq!((error.row(), error.column()), (Some(1), Some("value")), "{way}");
        assert_eq!(database.query("SELECT count(*) FROM one").await, [tests::row(["0"])], "{way}");
    }
    database.assert_nothing_left().await;
}

/// What might fill it is the database's to say.
#[test]
fn a_trigger_may_fill_a_column_with_a_null() {
    tests::run(|database: Postgres| async move {
        database
            .batch(
                "CREATE TABLE one (id BIGINT PRIMARY KEY, value BIGINT NOT NULL);
                 CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS
                     'BEGIN NEW.value := coalesce(NEW.value, 9); RETURN NEW; END';
                 CREATE TRIGGER fill BEFORE INSERT ON one FOR EACH ROW EXECUTE FUNCTION fill();",
            )
            .await;
        let report = database.aupsert([One { id: 1, value: None::<i64> }], UpsertOptions::new()).await.unwrap();
        assert_eq!(report.inserted, 1);
        assert_eq!(database.table("one").await, [tests::row(["1", "9"])]);
    });
    tests::run(|database: MariaDb| async move {
        database.batch("CREATE TABLE one (id BIGINT PRIMARY KEY, value BIGINT NOT NULL)").await;
        database
            .batch("CREATE TRIGGER fill BEFORE INSERT ON one FOR EACH ROW SET NEW.value = coalesce(NEW.value, 9)")
            .await;
        let report = database.aupsert([One { id: 1, value: None::<i64> }], UpsertOptions::new()).await.unwrap();
        assert_eq!(report.inserted, 1);
        assert_eq!(database.table("one").await, [tests::row(["1", "9"])]);
    });
    tests::run(|database: Sqlite| async move {
        database
            .batch(
                "CREATE TABLE one (id INTEGER PRIMARY KEY, value BIGINT NOT NULL);
                 CREATE TRIGGER skip BEFORE INSERT ON one WHEN NEW.value IS NULL BEGIN SELECT RAISE(IGNORE); END",
            )
            .await;
        let rows = [One { id: 1, value: None }, One { id: 2, value: Some(2_i64) }];
        database.aupsert(rows, UpsertOptions::new()).await.unwrap();
        assert_eq!(database.table("one").await, [tests::row(["2", "2"])]);
    });
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "made")]
struct MadeWrong {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(sql_type(postgres = "whole"))]
    seen_at: std::time::SystemTime,
}

/// It would be found there by the next call, which did not create it. (Of a database's own types the
/// compiler knows.)
#[test]
fn a_table_that_its_own_struct_does_not_fit_is_not_left_behind() {
    tests::run(|database: Postgres| async move {
        database.batch("CREATE DOMAIN whole AS bigint").await;
        for (place, door, form, atomicity) in ways::<Postgres>() {
            let options = UpsertOptions::new().create_table().atomicity(atomicity);
            let rows = [MadeWrong { id: 1, seen_at: std::time::SystemTime::UNIX_EPOCH }];
            let error = database.write(place, door, form, &rows, options).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{error}");
            assert!(error.to_string().contains("`seen_at`"), "{error}");
            let there = database.query("SELECT count(*) FROM pg_class WHERE relname = 'made'").await;
            assert_eq!(there, [tests::row(["0"])], "{place:?} {door:?} {form:?} {atomicity:?}");
        }
        database.assert_nothing_left().await;
    });
}

/// A row of one value beside its key, into a table that is there.
#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "one")]
struct One<T: upsert::ColumnValue + Send + Sync> {
    #[upsert(primary_key)]
    id: i64,
    value: T,
}

async fn told<D: Database, T>(database: &D, sql_type: &str, value: T) -> Result<(), String>
where
    T: upsert::ColumnValue + Clone + Send + Sync + 'static,
{
    database.batch("DROP TABLE IF EXISTS one").await;
    let strict = if D::DIALECT == Dialect::Sqlite { " STRICT" } else { "" };
    database.batch(&format!("CREATE TABLE one (id INTEGER PRIMARY KEY, value {sql_type}){strict}")).await;
    refusal(database, &[One { id: 1, value }], UpsertOptions::new()).await
}

/// What each type of a STRICT table takes; what it does not is told by the type, not by the value.
#[test]
fn a_strict_column_of_another_type_is_refused_on_sqlite() {
    tests::run(|database: Sqlite| async move {
        let database = &database;
        for (sql_type, fits) in [
            ("INT", [true, false, false, false]),
            ("INTEGER", [true, false, false, false]),
            ("REAL", [true, true, false, false]),
            ("TEXT", [true, false, true, false]),
            ("BLOB", [false, false, false, true]),
            ("ANY", [true, true, true, true]),
        ] {
            let all_said = [
                told(database, sql_type, 7_i64).await,
                told(database, sql_type, 2.5_f64).await,
                told(database, sql_type, "seven".to_owned()).await,
                told(database, sql_type, vec![7_u8]).await,
            ];
            assert_eq!(all_said.each_ref().map(Result::is_ok), fits, "{sql_type}: {all_said:?}");
            for said in all_said.into_iter().filter(Result::is_err) {
                assert_names(said, &["`value`", sql_type]);
            }
        }
        assert_eq!(told(database, "INTEGER", true).await, Ok(()));
        assert!(told(database, "INTEGER", uuid::Uuid::nil()).await.is_err());
        assert_eq!(told(database, "TEXT", uuid::Uuid::nil()).await, Ok(()));
        assert!(told(database, "TEXT", true).await.is_err());
    });
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "one")]
struct Named {
    #[upsert(primary_key, max_len = 100)]
    id: String,
}

/// `INTEGER PRIMARY KEY` is the rowid, which takes nothing but integers in any table.
#[test]
fn a_rowid_takes_no_text_on_sqlite() {
    tests::run(|database: Sqlite| async move {
        database.batch("CREATE TABLE one (id INTEGER PRIMARY KEY)").await;
        let said = refusal(&database, &[Named { id: "a".to_owned() }], UpsertOptions::new()).await;
        assert_names(said, &["`id`", "INTEGER", "text"]);
        // This one is no rowid.
        database.batch("DROP TABLE one; CREATE TABLE one (id PRIMARY KEY)").await;
        assert_eq!(refusal(&database, &[Named { id: "a".to_owned() }], UpsertOptions::new()).await, Ok(()));
    });
}

/// What SQLite alone has: a rowid that fills itself, a key that is none, views.
#[test]
fn rowids_fill_themselves_on_sqlite() {
    tests::run(|database: Sqlite| async move {
        for table in [
            format!("CREATE TABLE visit (own INTEGER PRIMARY KEY NOT NULL, {COLUMNS}, UNIQUE (page, day))"),
            format!("CREATE TABLE visit (own INTEGER PRIMARY KEY AUTOINCREMENT, {COLUMNS}, UNIQUE (page, day))"),
            format!("CREATE TABLE visit (own INTEGER NOT NULL PRIMARY KEY, {COLUMNS}, UNIQUE (page, day)) STRICT")
                .replace("BIGINT", "INTEGER"),
            "CREATE TABLE visit (PAGE TEXT, DAY INT, COUNT INT NOT NULL, PRIMARY KEY (PAGE, DAY)) WITHOUT ROWID"
                .to_owned(),
        ] {
            assert_eq!(said(&database, &table, UpsertOptions::new()).await, Ok(()), "{table}");
        }
        let key_of_its_own =
            format!("CREATE TABLE visit (own INT PRIMARY KEY, {COLUMNS}, UNIQUE (page, day)) WITHOUT ROWID");
        assert_names(said(&database, &key_of_its_own, UpsertOptions::new()).await, &["`own`", "NOT NULL"]);
        database.batch("DROP TABLE visit").await;
        // What a trigger of a view inserts is counted by nobody.
        database
            .batch(&format!(
                "CREATE TABLE beneath ({COLUMNS}, PRIMARY KEY (page, day)); CREATE VIEW visit AS SELECT * FROM beneath;
                 CREATE TRIGGER through INSTEAD OF INSERT ON visit BEGIN
                     INSERT INTO beneath VALUES (new.page, new.day, new.count); END"
            ))
            .await;
        for on_conflict in [OnConflict::Update, OnConflict::Ignore, OnConflict::Error] {
            let options = UpsertOptions::new().on_conflict(on_conflict);
            let error = database.write(Place::Pool, Door::Call, Form::Vec, &[visit(1)], options).await.unwrap_err();
            assert!(error.to_string().contains("is a view"), "{error}");
        }
        assert!(database.table("beneath").await.is_empty());
    });
}

/// What fills a column on PostgreSQL, beside a default; and keys that PostgreSQL does not take for one.
#[test]
fn what_fills_a_column_on_postgres() {
    tests::run(|database: Postgres| async move {
        database
            .batch(
                "CREATE DOMAIN filled AS bigint DEFAULT 7 NOT NULL; CREATE DOMAIN must AS bigint NOT NULL;
                 CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.tenant := 7; RETURN NEW; END'",
            )
            .await;
        let with = |more: &str| format!("CREATE TABLE visit ({COLUMNS}, {more}, PRIMARY KEY (page, day))");
        for filled in [
            "tenant filled",
            "tenant bigint GENERATED ALWAYS AS IDENTITY",
            "tenant bigint GENERATED BY DEFAULT AS IDENTITY",
            "tenant bigserial",
        ] {
            assert_eq!(said(&database, &with(filled), UpsertOptions::new()).await, Ok(()), "{filled}");
        }
        let by_trigger = "; CREATE TRIGGER fills BEFORE INSERT ON visit FOR EACH ROW EXECUTE FUNCTION fill()";
        let filled = with("tenant bigint NOT NULL") + by_trigger;
        assert_eq!(said(&database, &filled, UpsertOptions::new()).await, Ok(()));
        for trigger in
            ["AFTER INSERT ON visit FOR EACH ROW", "BEFORE UPDATE ON visit FOR EACH ROW", "BEFORE INSERT ON visit"]
        {
            let late = format!("; CREATE TRIGGER late {trigger} EXECUTE FUNCTION fill()");
            let said = said(&database, &(with("tenant bigint NOT NULL") + &late), UpsertOptions::new()).await;
            assert_names(said, &["`tenant`"]);
        }
        assert_names(said(&database, &with("tenant must"), UpsertOptions::new()).await, &["`tenant`", "NOT NULL"]);
        let identity = "CREATE TABLE visit (page TEXT, day BIGINT, count BIGINT GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (page, day))";
        assert_names(said(&database, identity, UpsertOptions::new()).await, &["`count`", "generates"]);

        let late = format!("CREATE TABLE visit ({COLUMNS}, PRIMARY KEY (page, day) DEFERRABLE)");
        assert_names(said(&database, &late, UpsertOptions::new()).await, &["DEFERRABLE", "`page`, `day`"]);
        let refused = UpsertOptions::new().on_conflict(OnConflict::Error);
        assert_eq!(said(&database, &late, refused).await, Ok(()), "a plain INSERT needs nothing at once");
        let both = format!("{late}; CREATE UNIQUE INDEX i ON visit (day, page)");
        assert_names(said(&database, &both, UpsertOptions::new()).await, &["DEFERRABLE"]);
        let covering =
            format!("CREATE TABLE visit ({COLUMNS}); CREATE UNIQUE INDEX i ON visit (day, page) INCLUDE (count)");
        assert_eq!(said(&database, &covering, UpsertOptions::new()).await, Ok(()));
        let covered = format!("CREATE TABLE visit ({COLUMNS}); CREATE UNIQUE INDEX i ON visit (day) INCLUDE (page)");
        assert_names(said(&database, &covered, UpsertOptions::new()).await, &["unique index"]);

        let whole = format!("CREATE TABLE visit ({COLUMNS}, PRIMARY KEY (page, day))");
        for (rule, rewrites) in [
            ("ON INSERT TO visit DO INSTEAD NOTHING", true),
            ("ON INSERT TO visit DO ALSO NOTIFY visits", true),
            ("ON UPDATE TO visit DO INSTEAD NOTHING", true),
            ("ON DELETE TO visit DO INSTEAD NOTHING", false),
        ] {
            for on_conflict in [OnConflict::Update, OnConflict::Error] {
                let ruled = format!("{whole}; CREATE RULE r AS {rule}");
                let said = said(&database, &ruled, UpsertOptions::new().on_conflict(on_conflict)).await;
                if rewrites {
                    assert_names(said, &["CREATE RULE", "trigger"]);
                } else {
                    assert_eq!(said, Ok(()), "{rule}");
                }
            }
            // The catalogue goes on to say that there are rules.
            let gone = format!("{whole}; CREATE RULE r AS {rule}; DROP RULE r ON visit");
            assert_eq!(said(&database, &gone, UpsertOptions::new()).await, Ok(()), "{rule}");
        }

        let parted = format!(
            "CREATE TABLE visit ({COLUMNS}) PARTITION BY LIST (page); CREATE TABLE p PARTITION OF visit DEFAULT"
        );
        assert_names(said(&database, &parted, UpsertOptions::new()).await, &["unique index"]);
        let parted = parted.replace(") PARTITION BY", ", PRIMARY KEY (page, day)) PARTITION BY");
        assert_eq!(said(&database, &parted, UpsertOptions::new()).await, Ok(()));
        database.batch("DROP TABLE visit").await;

        // The key of a view is that of its table.
        database
            .batch(&format!(
                "CREATE TABLE beneath ({COLUMNS}, PRIMARY KEY (page, day)); CREATE VIEW visit AS SELECT * FROM beneath"
            ))
            .await;
        database.write(Place::Pool, Door::Call, Form::Vec, &[visit(1)], UpsertOptions::new()).await.unwrap();
        // What was there is counted right, or not at all.
        let again =
            database.write(Place::Pool, Door::Call, Form::Vec, &[visit(1)], UpsertOptions::new()).await.unwrap();
        let counts = [again.inserted, again.updated, again.unchanged].map(upsert::report::Count::get);
        for (count, right) in counts.into_iter().zip([0, 0, 1]) {
            assert!(count.is_none_or(|count| count == right), "{again}");
        }
    });
}

#[test]
fn a_column_of_a_type_that_takes_no_such_values_is_refused_on_postgres() {
    tests::run(|database: Postgres| async move {
        let database = &database;
        database.batch("CREATE TYPE mood AS ENUM ('good', 'bad')").await;
        for (sql_type, fits) in [
            ("integer", [true, false, false, false]),
            ("double precision", [true, true, false, false]),
            ("text", [false, false, true, false]),
            ("bytea", [false, false, false, true]),
            ("boolean", [false, false, false, false]),
            ("timestamptz", [false, false, false, false]),
            ("jsonb", [false, false, false, false]),
            ("integer[]", [false, false, false, false]),
            ("uuid", [false, false, false, false]),
            ("mood", [false, false, true, false]),
        ] {
            let all_said = [
                told(database, sql_type, 7_i64).await,
                told(database, sql_type, 2.5_f64).await,
                told(database, sql_type, "good".to_owned()).await,
                told(database, sql_type, vec![7_u8]).await,
            ];
            assert_eq!(all_said.each_ref().map(Result::is_ok), fits, "{sql_type}: {all_said:?}");
            let name = if sql_type == "timestamptz" { "timestamp with time zone" } else { sql_type };
            for said in all_said.into_iter().filter(Result::is_err) {
                assert_names(said, &["`value`", name]);
            }
        }
    });
}
