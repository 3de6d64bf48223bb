//! Columns whose type is another than the struct's own, and keys whose equal values are not identical.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use rust_decimal::Decimal;
use tests::loading::{Door, Form, Place};
use tests::{Database, Postgres, row, suite};
use upsert::report::Count;
use upsert::schema::{Column, ColumnRef, ColumnType, EnumType, Sql, TableSchema};
use upsert::value::{Invalid, Value};
use upsert::with::TruncateToMicros;
use upsert::{Atomicity, ColumnValue, Dialect, Error, ErrorKind, FitsDatabase, UpsertOptions, Upsertable};

suite!(
    promise_1_decimals_of_another_scale_are_the_same_key,
    promise_1_addresses_and_spans_are_keys,
    promise_1_a_repeated_key_beside_an_array_keeps_what_was_inserted,
    columns_are_created_as_the_schema_says,
    an_enum_of_ones_own_is_checked_by_the_table,
    promise_7_values_of_ones_own_are_read_back,
    promise_7_json_has_no_null_in_place_of_a_float,
    the_narrower_of_struct_and_table_is_told,
);

#[derive(Clone, Debug, Upsertable)]
struct Price {
    #[upsert(primary_key, sql_type(mysql = "decimal(20, 5)"))]
    amount: Decimal,
    note: String,
}

async fn promise_1_decimals_of_another_scale_are_the_same_key<D: Database>(database: D) {
    let price = |amount: &str, note: &str| Price { amount: amount.parse().unwrap(), note: note.to_owned() };
    let rows = vec![price("1.50", "a"), price("20", "b"), price("1.5", "c"), price("2e1", "d"), price("-0.0", "e")];
    let report = database.aupsert(rows, UpsertOptions::new().create_table()).await.unwrap();
    assert_eq!((report.inserted, report.duplicates), (Count::exact(3), Count::exact(2)));
    let report = database.aupsert(vec![price("1.500", "f"), price("0", "e")], UpsertOptions::new()).await.unwrap();
    assert_eq!((report.updated, report.unchanged), (Count::exact(1), Count::exact(1)));
    // The key is as it was inserted first; SQLite, where it is text, has the shortest, and so is MySQL read.
    let (first, zero) = if D::DIALECT == Dialect::Postgres { ("1.50", "0.0") } else { ("1.5", "0") };
    assert_eq!(database.table("price").await, [row([zero, "e"]), row([first, "f"]), row(["20", "d"])]);
}

#[derive(Clone, Debug, Upsertable)]
struct Lease {
    #[upsert(primary_key)]
    host: IpAddr,
    #[upsert(primary_key)]
    span: Duration,
    note: String,
}

fn lease(host: &str, span: Duration, note: &str) -> Lease {
    Lease { host: host.parse().unwrap(), span, note: note.to_owned() }
}

const DAY: Duration = Duration::from_secs(86_400);

/// Addresses that would be neighbours as texts, or are the same number in the other family, are keys of their own.
async fn promise_1_addresses_and_spans_are_keys<D: Database>(database: D) {
    let hosts =
        ["10.0.0.9", "10.0.0.10", "::ffff:10.0.0.9", "::10.0.0.9", "::1", "0.0.0.1", "9.0.0.0", "ff::", "255.0.0.0"];
    let spans = [Duration::ZERO, Duration::from_micros(1), DAY, 30 * DAY, 365 * DAY];
    let leases = |note: &str| -> Vec<Lease> {
        hosts.iter().flat_map(|host| spans.map(|span| lease(host, span, note))).collect()
    };
    let all = (hosts.len() * spans.len()) as u64;
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        let options = || UpsertOptions::new().create_table().atomicity(atomicity).chunk_rows(7);
        let twice = [leases("a"), leases("b")].concat();
        let report = database.aupsert(twice, options().chunk_rows(1_000)).await.unwrap();
        assert_eq!((report.inserted, report.duplicates), (Count::exact(all), Count::exact(all)));
        let mut some = leases("b");
        some.reverse();
        some.truncate(10);
        some.push(lease("10.0.0.9", DAY, "c"));
        let report = database.aupsert(some, options()).await.unwrap();
        assert_eq!((report.unchanged, report.updated), (Count::exact(10), Count::exact(1)));
        let notes = "SELECT note, CAST(COUNT(*) AS CHAR(9)) FROM lease GROUP BY note ORDER BY note";
        let counted: Vec<Vec<String>> = database
            .query(notes)
            .await
            .into_iter()
            .map(|row| row.into_iter().flatten().map(|text| text.trim().to_owned()).collect())
            .collect();
        assert_eq!(counted, [["b".to_owned(), (all - 1).to_string()], ["c".to_owned(), "1".to_owned()]]);
        database.batch("DELETE FROM lease").await;
    }
}

/// What equals a key without being identical: a month, 30 days and 720 hours; an address with its whole mask.
#[test]
fn promise_1_keys_of_other_types_are_found_on_postgres() {
    tests::run(|database: Postgres| async move {
        database
            .batch(
                "CREATE TABLE lease (host inet, span interval, note text, PRIMARY KEY (host, span));
                 INSERT INTO lease VALUES ('10.0.0.9/32', '1 mon', 'there'), ('10.0.0.9/24', '1 mon', 'net'),
                     ('10.0.0.9', '30 days 1 us', 'more')",
            )
            .await;
        for atomicity in [Atomicity::Call, Atomicity::Chunk] {
            let note = format!("{atomicity:?}");
            let rows = [lease("10.0.0.9", 30 * DAY, "first"), lease("10.0.0.9", 30 * DAY, &note)];
            let options = UpsertOptions::new().atomicity(atomicity);
            let report = database.aupsert(rows.as_slice(), options).await.unwrap();
            assert_eq!((report.updated, report.duplicates), (Count::exact(1), Count::exact(1)));
            assert_eq!(
                database.query("SELECT note, span::text FROM lease ORDER BY note").await,
                [row([note.as_str(), "1 mon"]), row(["more", "30 days 00:00:00.000001"]), row(["net", "1 mon"])],
            );
        }
    });
}

#[derive(Clone, Debug, Upsertable)]
struct Tagged {
    #[upsert(primary_key)]
    id: i64,
    tags: Vec<i32>,
    #[upsert(update = never)]
    first: i64,
}

async fn promise_1_a_repeated_key_beside_an_array_keeps_what_was_inserted<D: Database>(database: D) {
    let tagged = |first: i64| Tagged { id: 1, tags: vec![], first };
    for atomicity in [Atomicity::Call, Atomicity::Chunk] {
        let options = UpsertOptions::new().create_table().atomicity(atomicity);
        database.aupsert(vec![tagged(10), tagged(20)], options).await.unwrap();
        assert_eq!(database.query("SELECT first FROM tagged").await, [row(["10"])], "{atomicity:?}");
        database.batch("DELETE FROM tagged").await;
    }
}

/// A row of one value beside its key, into a table that is there.
#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "one")]
struct One<T> {
    #[upsert(primary_key)]
    id: i64,
    value: T,
}

async fn write<T: ColumnValue + Send + Sync + 'static>(database: &Postgres, value: T) -> Result<String, Error> {
    let read = async || database.query("SELECT value::text FROM one").await.remove(0).remove(0);
    let rows = [One { id: 1, value }];
    // In the statement itself, and by way of the staging table.
    database.aupsert(rows.as_slice(), UpsertOptions::new()).await?;
    let found = read().await;
    let staged = UpsertOptions::new().atomicity(Atomicity::Call);
    let report = database.aupsert(rows.into_iter(), staged).await?;
    assert_eq!((read().await, report.unchanged), (found.clone(), Count::exact(1)), "it was written in another way");
    Ok(found.expect("it is not NULL"))
}

async fn refuses<T: ColumnValue + Send + Sync + 'static>(database: &Postgres, value: T, why: Invalid) {
    let error = write(database, value).await.unwrap_err();
    assert_eq!((error.kind(), error.row(), error.column()), (ErrorKind::InvalidValue, Some(0), Some("value")));
    assert!(error.to_string().contains(&why.to_string()), "{error}");
}

async fn column(database: &Postgres, sql_type: &str) {
    let table =
        format!("DROP TABLE IF EXISTS one; CREATE TABLE one (id BIGINT PRIMARY KEY, value {sql_type} NOT NULL)");
    database.batch(&table).await;
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn promise_7_columns_of_other_types_change_no_value() {
    tests::run(|database: Postgres| async move {
        column(&database, "numeric(6, 2)").await;
        assert_eq!(write(&database, decimal("1234.5")).await.unwrap(), "1234.50");
        assert_eq!(write(&database, decimal("-9999.99000")).await.unwrap(), "-9999.99");
        refuses(&database, decimal("1.239"), Invalid::FinerThanColumn).await;
        refuses(&database, decimal("12345"), Invalid::OutOfRange).await;
        assert_eq!(write(&database, 9_999_i64).await.unwrap(), "9999.00");
        refuses(&database, 10_000_u64, Invalid::OutOfRange).await;

        // Hundreds.
        column(&database, "numeric(4, -2)").await;
        assert_eq!(write(&database, decimal("123400.0")).await.unwrap(), "123400");
        assert_eq!(write(&database, decimal("0")).await.unwrap(), "0");
        refuses(&database, decimal("123450"), Invalid::FinerThanColumn).await;
        refuses(&database, decimal("1000000"), Invalid::OutOfRange).await;

        column(&database, "char(3)").await;
        assert_eq!(write(&database, "äb ").await.unwrap(), "äb");
        assert_eq!(database.query("SELECT octet_length(value), value = 'äb ' FROM one").await, [row(["4", "t"])]);
        refuses(&database, "ab", Invalid::ChangedByColumn).await;
        refuses(&database, "abcd", Invalid::TooLarge).await;

        column(&database, "bigint").await;
        assert_eq!(write(&database, u64::MAX >> 1).await.unwrap(), i64::MAX.to_string());
        refuses(&database, u64::MAX, Invalid::OutOfRange).await;
        assert_eq!(write(&database, i128::from(i64::MIN)).await.unwrap(), i64::MIN.to_string());
        refuses(&database, i128::MAX, Invalid::OutOfRange).await;

        for interval in ["interval", "interval(6)"] {
            column(&database, interval).await;
            assert_eq!(write(&database, Duration::from_micros(90_000_001)).await.unwrap(), "00:01:30.000001");
            let days = Duration::from_secs(40 * 86_400);
            assert_eq!(write(&database, days).await.unwrap(), "960:00:00");
        }
        // Its seconds would be rounded.
        column(&database, "interval(0)").await;
        assert_eq!(write(&database, Duration::ZERO).await.unwrap_err().kind(), ErrorKind::InvalidPlan);

        database.batch("CREATE TYPE mood AS ENUM ('it''s fine', 'other')").await;
        column(&database, "mood").await;
        assert_eq!(write(&database, "it's fine".to_owned()).await.unwrap(), "it's fine");
        assert_eq!(write(&database, "other").await.unwrap(), "other");
        refuses(&database, "third", Invalid::UnknownLabel).await;

        column(&database, "integer[]").await;
        assert_eq!(write(&database, vec![Some(1), None, Some(-3)]).await.unwrap(), "{1,NULL,-3}");
        assert_eq!(write(&database, Vec::<i32>::new()).await.unwrap(), "{}");
        assert_eq!(write(&database, vec![1.5]).await.unwrap_err().kind(), ErrorKind::InvalidPlan);
    });
}

/// What lies beneath a domain decides, however deep it lies.
#[test]
fn promise_7_domains_change_no_value() {
    tests::run(|database: Postgres| async move {
        database
            .batch(
                "CREATE TYPE mood AS ENUM ('good', 'bad');
                 CREATE DOMAIN money_2 AS numeric(6, 2); CREATE DOMAIN price AS money_2 CHECK (VALUE >= 0);
                 CREATE DOMAIN offer AS price; CREATE DOMAIN prices AS offer[]; CREATE DOMAIN code AS char(2);
                 CREATE DOMAIN count AS integer; CREATE DOMAIN counts AS count[]; CREATE DOMAIN humour AS mood;
                 CREATE DOMAIN word AS text; CREATE DOMAIN name_ AS word",
            )
            .await;
        for price in ["money_2", "price", "offer"] {
            column(&database, price).await;
            assert_eq!(write(&database, decimal("1234.5")).await.unwrap(), "1234.50");
            refuses(&database, decimal("1.239"), Invalid::FinerThanColumn).await;
        }
        column(&database, "code").await;
        refuses(&database, "a", Invalid::ChangedByColumn).await;
        column(&database, "name_").await;
        assert_eq!(write(&database, "x").await.unwrap(), "x");
        column(&database, "humour").await;
        assert_eq!(write(&database, "good").await.unwrap(), "good");
        refuses(&database, "fine", Invalid::UnknownLabel).await;
        for counts in ["count[]", "counts", "integer[]"] {
            column(&database, counts).await;
            assert_eq!(write(&database, vec![Some(1), None]).await.unwrap(), "{1,NULL}");
            assert_eq!(write(&database, 1_i32).await.unwrap_err().kind(), ErrorKind::InvalidPlan, "{counts}");
        }
        for prices in ["offer[]", "prices", "numeric(6, 2)[]", "mood[]", "char(2)[]"] {
            column(&database, prices).await;
            assert_eq!(write(&database, vec![decimal("1.5")]).await.unwrap_err().kind(), ErrorKind::InvalidPlan);
            assert_eq!(write(&database, vec!["good"]).await.unwrap_err().kind(), ErrorKind::InvalidPlan);
        }
    });
}

/// A key that rounds would make one row of two.
#[test]
fn promise_1_decimal_keys_of_domains_are_told_apart() {
    tests::run(|database: Postgres| async move {
        database.batch("CREATE DOMAIN cents AS numeric(8, 2); CREATE DOMAIN amount AS cents").await;
        database.batch("CREATE TABLE price (amount amount PRIMARY KEY, note TEXT NOT NULL)").await;
        let price = |amount: &str| Price { amount: decimal(amount), note: "new".to_owned() };
        let rows = vec![price("1.50"), price("1.5"), price("2")];
        let report = database.aupsert(rows, UpsertOptions::new()).await.unwrap();
        assert_eq!((report.inserted, report.duplicates), (Count::exact(2), Count::exact(1)));
        let error = database.aupsert(vec![price("1.501")], UpsertOptions::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidValue);
    });
}

/// A struct whose schema is written by hand: what is not the column type's own.
#[derive(Clone, Debug)]
struct Task {
    id: i64,
    state: &'static str,
    mood: &'static str,
    code: String,
    price: Decimal,
}

impl<D> FitsDatabase<D> for Task {}

impl Upsertable for Task {
    const SCHEMA: &'static TableSchema<'static> = &TableSchema::new(
        "task",
        &[
            Column::new("id", ColumnType::BigInt),
            Column::new("state", ColumnType::Text).enum_type(Some(EnumType::new(&["open", "it's done"]))),
            Column::new("mood", ColumnType::Text).enum_type(Some(EnumType::new(&["good", "bad"]).postgres("mood"))),
            Column::new("code", ColumnType::Text).max_len(3),
            Column::new("price", ColumnType::Decimal)
                .sql_types(Sql::NONE.postgres("numeric(6, 2)").mysql("decimal(6, 2)")),
        ],
        &[0],
    );
    type Columns = [ColumnRef; 0];
    const COL: Self::Columns = [];

    fn value(&self, column: usize) -> Value<'_> {
        match column {
            0 => self.id.value(),
            1 => self.state.value(),
            2 => self.mood.value(),
            3 => self.code.value(),
            _ => self.price.value(),
        }
    }
}

async fn columns_are_created_as_the_schema_says<D: Database>(database: D) {
    let task = Task { id: 1, state: "it's done", mood: "bad", code: "äöü".into(), price: decimal("1.50") };
    let create = UpsertOptions::new().create_table();
    database.aupsert(vec![task.clone()], create.clone()).await.unwrap();
    let price = if D::DIALECT == Dialect::MySql { "1.5" } else { "1.50" };
    assert_eq!(database.table("task").await, [row(["1", "it's done", "bad", "äöü", price])]);

    let refused =
        database.aupsert(vec![Task { code: "four".into(), ..task.clone() }], create.clone()).await.unwrap_err();
    assert_eq!((refused.kind(), refused.column()), (ErrorKind::InvalidValue, Some("code")));
    let refused = database.aupsert(vec![Task { state: "lost", ..task.clone() }], create.clone()).await.unwrap_err();
    if D::DIALECT == Dialect::MySql {
        // The labels are those of the column's type.
        assert_eq!((refused.kind(), refused.column()), (ErrorKind::InvalidValue, Some("state")), "{refused}");
    } else {
        // What the check finds, the database says.
        assert!(["23514", "SQLITE_CONSTRAINT_CHECK"].map(Some).contains(&refused.sqlstate()), "{refused}");
    }
    // Another table can have the same enum type.
    database.aupsert(vec![task], create.table("task_2")).await.unwrap();
}

/// An enum type may be called as one of the server's own types is; but not as another type in its place.
#[test]
fn enum_types_have_names_of_their_own() {
    #[derive(Clone, Debug)]
    struct Stop(&'static str);

    impl<D> FitsDatabase<D> for Stop {}

    impl Upsertable for Stop {
        const SCHEMA: &'static TableSchema<'static> = &TableSchema::new(
            "stop",
            &[Column::new("line", ColumnType::Text).enum_type(Some(EnumType::new(&["red", "green"]).postgres("line")))],
            &[0],
        );
        type Columns = [ColumnRef; 0];
        const COL: Self::Columns = [];

        fn value(&self, _: usize) -> Value<'_> {
            self.0.value()
        }
    }

    tests::run(|database: Postgres| async move {
        let create = UpsertOptions::new().create_table();
        database.aupsert(vec![Stop("red")], create.clone()).await.unwrap();
        database.aupsert(vec![Stop("green")], create.clone().table("another")).await.unwrap();
        let types = "SELECT DISTINCT typname, typtype FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
                     WHERE attname = 'line' AND attrelid IN ('stop'::regclass, 'another'::regclass)";
        assert_eq!(database.query(types).await, [row(["line", "e"])]);

        database.batch("CREATE SCHEMA taken; CREATE TYPE taken.line AS (x integer)").await;
        let error = database.aupsert(vec![Stop("red")], create.schema("taken")).await.unwrap_err();
        assert_eq!(error.sqlstate(), Some("42710"), "{error}");
    });
}

/// An enum whose column holds nothing else.
#[derive(Clone, Copy, Debug)]
enum Light {
    Red,
    Green,
}

impl ColumnValue for Light {
    const TYPE: ColumnType = ColumnType::Text;
    const ENUM: Option<EnumType<'static>> = Some(EnumType::new(&["red", "green"]));

    fn value(&self) -> Value<'_> {
        Value::Text(if matches!(self, Self::Red) { "red" } else { "green" }.into())
    }
}

#[derive(Clone, Debug, Upsertable)]
struct Lamp {
    #[upsert(primary_key)]
    id: i64,
    light: Light,
    before: Option<Light>,
}

async fn an_enum_of_ones_own_is_checked_by_the_table<D: Database>(database: D) {
    let lamp = Lamp { id: 1, light: Light::Green, before: Some(Light::Red) };
    database.aupsert(vec![lamp], UpsertOptions::new().create_table()).await.unwrap();
    assert_eq!(database.table("lamp").await, [row(["1", "green", "red"])]);
    let sql = Lamp::create_table_sql(D::DIALECT).unwrap();
    for column in ["light", "before"] {
        let kept = match D::DIALECT {
            Dialect::MySql => format!("`{column}` enum('red', 'green')"),
            _ => format!("CHECK (\"{column}\" IN ('red', 'green'))"),
        };
        assert!(sql.contains(&kept), "{sql}");
    }
    assert!(Lamp::SCHEMA.to_string().contains("light text of enum: \"red\", \"green\""), "{}", Lamp::SCHEMA);
}

#[test]
fn promise_8_names_of_enum_types_are_not_cut() {
    const LONG: &str = "a name of sixty-four bytes, of which PostgreSQL would cut the last";
    const SCHEMA: TableSchema<'static> = TableSchema::new(
        "task",
        &[
            Column::new("id", ColumnType::BigInt),
            Column::new("mood", ColumnType::Text).enum_type(Some(EnumType::new(&["good"]).postgres(LONG))),
        ],
        &[0],
    );
    struct Long;
    impl Upsertable for Long {
        const SCHEMA: &'static TableSchema<'static> = &SCHEMA;
        type Columns = [ColumnRef; 0];
        const COL: Self::Columns = [];

        fn value(&self, _: usize) -> Value<'_> {
            Value::Null
        }
    }
    let error = Long::create_table_sql(Dialect::Postgres).unwrap_err();
    assert!(error.to_string().contains("enum type"), "{error}");
    assert!(Long::create_table_sql(Dialect::Sqlite).is_ok());
}

#[derive(Clone, Copy, Debug, ColumnValue)]
enum Mood {
    Good,
    #[upsert(rename = "it's bad")]
    Bad,
}

#[derive(Clone, Copy, Debug, ColumnValue)]
#[upsert(postgres_enum = "Priority", rename_all = "UPPERCASE")]
enum Priority {
    Low,
    High,
}

#[derive(Clone, Debug, ColumnValue)]
struct TicketId(i64);

#[derive(Clone, Debug, serde::Serialize)]
struct Label {
    text: &'static str,
}

/// All that the derives can store in another way than a type of a library's own. The key has an enum of the server's, whose
/// order is that of its labels.
#[derive(Clone, Debug, Upsertable)]
#[upsert(db(postgres, sqlite, mysql))]
struct Ticket {
    #[upsert(primary_key)]
    priority: Priority,
    #[upsert(primary_key)]
    id: TicketId,
    mood: Option<Mood>,
    #[upsert(json)]
    labels: Vec<Label>,
    #[upsert(json(nullable))]
    maybe: Option<Label>,
    #[upsert(with = "TruncateToMicros")]
    at: SystemTime,
    #[upsert(max_len = 4)]
    code: String,
}

async fn promise_7_values_of_ones_own_are_read_back<D: Database>(database: D) {
    let ticket = |id: i64, priority, mood| Ticket {
        priority,
        id: TicketId(id),
        mood,
        labels: vec![Label { text: "a" }],
        maybe: (id == 2).then_some(Label { text: "b" }),
        at: SystemTime::UNIX_EPOCH + Duration::from_nanos(1_000_001_999),
        code: "äöüß".into(),
    };
    let rows = vec![
        ticket(1, Priority::Low, None),
        ticket(2, Priority::High, Some(Mood::Bad)),
        ticket(1, Priority::High, Some(Mood::Good)),
        ticket(1, Priority::Low, Some(Mood::Good)),
    ];
    let create = UpsertOptions::new().create_table();
    for (form, atomicity) in
        [(Form::Vec, Atomicity::Call), (Form::Stream, Atomicity::Call), (Form::Iterator, Atomicity::Chunk)]
    {
        let options = create.clone().atomicity(atomicity);
        let report = database.write(Place::Pool, Door::Call, form, &rows, options.clone()).await.unwrap();
        assert_eq!((report.inserted, report.duplicates), (Count::exact(3), Count::exact(1)), "{form:?}");
        let report = database.write(Place::Pool, Door::Call, form, &rows[1..], options).await.unwrap();
        assert_eq!(report.unchanged, Count::exact(3), "{form:?}");

        let text = if D::DIALECT == Dialect::Postgres { "::text" } else { "" };
        let query = format!("SELECT priority{text}, id, mood, labels{text}, maybe{text}, code FROM ticket");
        let mut found = database.query(&query).await;
        found.sort();
        let blank = if D::DIALECT == Dialect::Postgres { " " } else { "" };
        let (labels, maybe) = (format!("[{{\"text\":{blank}\"a\"}}]"), format!("{{\"text\":{blank}\"b\"}}"));
        assert_eq!(
            found,
            [
                row(["HIGH", "1", "good", &labels, "NULL", "äöüß"]),
                row(["HIGH", "2", "it's bad", &labels, &maybe, "äöüß"]),
                row(["LOW", "1", "good", &labels, "NULL", "äöüß"]),
            ],
            "{form:?}"
        );
        let at = if D::DIALECT == Dialect::Postgres { "extract(epoch FROM at)" } else { "at" };
        let at = database.query(&format!("SELECT DISTINCT {at} FROM ticket")).await;
        let wanted = match D::DIALECT {
            Dialect::Postgres => "1.000001",
            Dialect::Sqlite => "1970-01-01 00:00:01.000001+00:00",
            _ => "1970-01-01 00:00:01.000001",
        };
        assert_eq!(at, [row([wanted])]);
        database.batch("DELETE FROM ticket").await;
    }
    let long = Ticket { code: "äöüßx".into(), ..ticket(1, Priority::Low, None) };
    let error = database.aupsert(vec![long], create).await.unwrap_err();
    assert_eq!((error.kind(), error.row(), error.column()), (ErrorKind::InvalidValue, Some(0), Some("code")));
    assert!(error.to_string().contains("at most 4 characters"), "{error}");
}

#[derive(Clone, Debug, Upsertable)]
struct Named {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_len = 8)]
    name: String,
}

async fn the_narrower_of_struct_and_table_is_told<D: Database>(database: D) {
    for (column, most) in [("varchar(4)", 4), ("varchar(40)", 8)] {
        database.batch(&format!("CREATE TABLE named (id BIGINT PRIMARY KEY, name {column} NOT NULL)")).await;
        // SQLite does not heed what is declared.
        let most = if D::DIALECT == Dialect::Sqlite { 8 } else { most };
        let too_long = Named { id: 1, name: "x".repeat(most + 1) };
        let error = database.aupsert(vec![too_long], UpsertOptions::new()).await.unwrap_err();
        assert_eq!((error.row(), error.column()), (Some(0), Some("name")));
        assert!(error.to_string().contains(&format!("takes: at most {most} characters")), "{column}: {error}");
        database.batch("DROP TABLE named").await;
    }
}

#[derive(Clone, Debug, Upsertable)]
struct Measured {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(json)]
    values: Vec<Option<f64>>,
}

/// serde_json makes `null` of a float that is no number, which is what it makes of `None`.
async fn promise_7_json_has_no_null_in_place_of_a_float<D: Database>(database: D) {
    let measured = |id, value| Measured { id, values: vec![None, value] };
    let create = UpsertOptions::new().create_table();
    database.aupsert(vec![measured(1, None), measured(2, Some(1.5))], create).await.unwrap();
    for no_number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let rows = vec![measured(3, Some(2.5)), measured(1, Some(no_number))];
        let error = database.aupsert(rows, UpsertOptions::new()).await.unwrap_err();
        assert_eq!((error.kind(), error.row(), error.column()), (ErrorKind::InvalidValue, Some(1), Some("values")));
    }
    let blank = if D::DIALECT == Dialect::Postgres { " " } else { "" };
    let there = [row(["1", &format!("[null,{blank}null]")]), row(["2", &format!("[null,{blank}1.5]")])];
    assert_eq!(database.table("measured").await, there);
}
