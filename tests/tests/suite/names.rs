//! Promise 8: any name is safe. It is there exactly as it was given, or it is refused; never cut, never run as SQL.

use std::collections::BTreeSet;

use tests::database::quoted;
use tests::hostile_names::{MOST, Name};
use tests::loading::{Door, Form, Place};
use tests::{AnyRow, Database, Datum, MariaDb, Postgres, figure, key_words, row, seed, suite};
use upsert::schema::{Column, ColumnType, TableSchema};
use upsert::value::Value;
use upsert::{Atomicity, Dialect, ErrorKind, FitsDatabase, UpsertOptions, Upsertable};

suite!(
    promise_8_any_name_is_safe_for_a_table,
    promise_8_any_name_is_safe_for_a_column,
    key_words_are_names_of_columns_like_others,
    names_that_cannot_be_had_are_refused,
    columns_that_the_database_takes_for_one_are_refused,
);

#[derive(Clone, Upsertable)]
struct Plain {
    #[upsert(primary_key)]
    id: i64,
    note: Option<String>,
}

/// The last character that a name may have.
const fn last(dialect: Dialect) -> char {
    if matches!(dialect, Dialect::MySql) { '\u{FFFF}' } else { char::MAX }
}

async fn promise_8_any_name_is_safe_for_a_table<D: Database>(database: D) {
    // Beside more than twice as many that are names of columns.
    let cases = seed::cases(800);
    let hostile: Vec<Name> = (0..cases as usize).map(|number| Name::hostile(number, last(D::DIALECT))).collect();
    let mut names: BTreeSet<String> = hostile.iter().map(|name| name.as_str().to_owned()).collect();
    let longest = names.iter().filter(|name| name.len() == MOST).count();
    assert!(longest >= hostile.len() / 5, "only {longest} names are as long as can be");
    let words = match D::DIALECT {
        Dialect::MySql => &key_words::MYSQL[..],
        _ => &[&key_words::POSTGRES[..], &key_words::SQLITE].concat(),
    };
    names.extend(words.iter().map(|word| (*word).to_owned()));
    assert!(names.len() > hostile.len(), "the names differ");

    let mut refused = BTreeSet::new();
    for name in &names {
        // The row says which table it was meant for.
        let rows = vec![Plain { id: 1, note: Some(name.clone()) }];
        let options = UpsertOptions::new().create_table().table(name);
        let written = database.aupsert(rows, options).await;
        if written.is_err() && has_no_file::<D>(name) {
            refused.insert(name.clone());
            continue;
        }
        let report = written.unwrap_or_else(|error| panic!("{name:?}: {error}"));
        assert_eq!(report.inserted, 1, "{name:?}");
    }
    names.retain(|name| !refused.contains(name));
    assert!(names.len() >= hostile.len(), "only {} names", names.len());

    assert_eq!(tables(&database).await, names);
    for name in &names {
        assert_eq!(database.table(name).await, [row(["1", name])]);
    }
    figure(format!("hostile_table_names_{}", D::NAME), names.len());
}

/// MySQL has a file for each table, whose name writes a character that is no letter or digit with five bytes, and the
/// system allows 255.
fn has_no_file<D: Database>(name: &str) -> bool {
    let bytes = |character: char| if character.is_ascii_alphanumeric() || character == '_' { 1 } else { 5 };
    D::DIALECT == Dialect::MySql && name.chars().map(bytes).sum::<usize>() > 255 - ".frm".len()
}

async fn promise_8_any_name_is_safe_for_a_column<D: Database>(database: D) {
    let mut names = 0;
    macro_rules! blocks {
        ($($block:literal)*) => {$(
            names += match D::DIALECT {
                Dialect::MySql => round_trip::<Hostile<$block, '\u{FFFF}'>, D>(&database).await,
                _ => round_trip::<Hostile<$block, { char::MAX }>, D>(&database).await,
            };
        )*};
    }
    blocks!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
    figure(format!("hostile_column_names_{}", D::NAME), names);
}

async fn key_words_are_names_of_columns_like_others<D: Database>(database: D) {
    let mut names = round_trip::<OwnWords, D>(&database).await;
    macro_rules! blocks {
        ($($list:literal: $($block:literal)*;)*) => {$($(
            names += round_trip::<Words<$list, $block>, D>(&database).await;
        )*)*};
    }
    blocks!(0: 0 1 2 3 4; 1: 0 1; 2: 0 1 2 3 4 5 6 7;);
    figure(format!("key_word_column_names_{}", D::NAME), names);
}

#[tokio::test]
async fn no_key_word_of_the_servers_is_missing() {
    let of_postgres = Postgres::fresh().await.query("SELECT word FROM pg_get_keywords()").await;
    // Operators are among them.
    let of_mariadb = "SELECT LOWER(word) FROM information_schema.keywords WHERE word REGEXP '^[A-Z]'";
    let of_mariadb = MariaDb::fresh().await.query(of_mariadb).await;
    for (words, known) in [(of_postgres, &key_words::POSTGRES[..]), (of_mariadb, &key_words::MYSQL)] {
        assert!(words.len() > 400);
        for word in words.into_iter().flatten().flatten() {
            assert!(known.contains(&word.as_str()), "{word} is missing");
        }
    }
}

/// A name of a schema is quoted like any other.
#[tokio::test]
async fn promise_8_any_name_is_safe_for_a_schema() {
    let database = Postgres::fresh().await;
    for name in (0..200).map(|number| Name::hostile(number, last(Dialect::Postgres))) {
        let (name, by_hand) = (name.as_str(), quoted(name.as_str()));
        database.batch(&format!("CREATE SCHEMA {by_hand}")).await;
        let options = UpsertOptions::new().create_table().schema(name);
        database
            .aupsert([Plain { id: 1, note: None }], options)
            .await
            .unwrap_or_else(|error| panic!("{name:?}: {error}"));
        assert_eq!(database.query(&format!("SELECT * FROM {by_hand}.plain")).await, [row(["1", "NULL"])]);
    }
    assert!(tables(&database).await.is_empty(), "nothing went to the default schema");
}

/// The names of all tables.
async fn tables<D: Database>(database: &D) -> BTreeSet<String> {
    let tables = match D::DIALECT {
        Dialect::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table'",
        Dialect::MySql => "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
        _ => "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    };
    database.query(tables).await.into_iter().flatten().flatten().collect()
}

/// A struct whose columns have names that no field could have: the first is an integer, the key, and the rest is text.
trait Named: AnyRow + Clone + 'static {
    const NAMES: &'static [&'static str];

    fn new(id: i64, text: &'static str) -> Self;
}

/// Writes a struct of it by hand, with any names.
macro_rules! named {
    ([$($generics:tt)*] $row:ty, $constructor:ident, $table:literal, $names:expr, $count:expr) => {
        impl<$($generics)*> Named for $row {
            const NAMES: &'static [&'static str] = $names;

            fn new(id: i64, text: &'static str) -> Self {
                $constructor(id, text)
            }
        }

        impl<D, $($generics)*> FitsDatabase<D> for $row {}

        impl<$($generics)*> Upsertable for $row {
            const SCHEMA: &'static TableSchema<'static> =
                &TableSchema::new($table, &columns::<{ $count }>(Self::NAMES), &[0]);
            type Columns = ();
            const COL: () = ();

            fn value(&self, column: usize) -> Value<'_> {
                if column == 0 { Value::BigInt(self.0) } else { Value::Text(format!("{} {column}", self.1).into()) }
            }
        }
    };
}

const fn columns<const COUNT: usize>(names: &'static [&'static str]) -> [Column<'static>; COUNT] {
    let mut columns = [Column::new(names[0], ColumnType::BigInt); COUNT];
    let mut column = 1;
    while column < COUNT {
        columns[column] = Column::new(names[column], ColumnType::Text);
        column += 1;
    }
    columns
}

/// Columns of a table.
const BLOCK: usize = 110;

#[derive(Clone)]
struct Hostile<const NUMBER: usize, const LAST: char>(i64, &'static str);

impl<const NUMBER: usize, const LAST: char> Hostile<NUMBER, LAST> {
    const MADE: &'static [Name; BLOCK] = &{
        let mut names = [Name::hostile(0, LAST); BLOCK];
        let mut name = 0;
        while name < BLOCK {
            // Other names than those of the tables.
            names[name] = Name::hostile(50_000 + NUMBER * BLOCK + name, LAST);
            name += 1;
        }
        names
    };
    const TEXTS: &'static [&'static str; BLOCK] = &{
        let mut texts = [""; BLOCK];
        let mut name = 0;
        while name < BLOCK {
            texts[name] = Self::MADE[name].as_str();
            name += 1;
        }
        texts
    };
}
named!([const NUMBER: usize, const LAST: char] Hostile<NUMBER, LAST>, Hostile, "hostile", Self::TEXTS, BLOCK);

/// The key words of each database, in blocks, the last of which begins earlier: a table of InnoDB has room for about 190
/// texts.
#[derive(Clone)]
struct Words<const LIST: usize, const BLOCK_NUMBER: usize>(i64, &'static str);

const LISTS: [&[&str]; 3] = [&key_words::POSTGRES, &key_words::SQLITE, &key_words::MYSQL];

impl<const LIST: usize, const BLOCK_NUMBER: usize> Words<LIST, BLOCK_NUMBER> {
    const TEXTS: &'static [&'static str] = {
        let (list, from) = (LISTS[LIST], BLOCK_NUMBER * BLOCK);
        let from = if from + BLOCK > list.len() { list.len() - BLOCK } else { from };
        list.split_at(from).1.split_at(BLOCK).0
    };
}
named!([const LIST: usize, const BLOCK_NUMBER: usize] Words<LIST, BLOCK_NUMBER>, Words, "words", Self::TEXTS, BLOCK);

/// Names that the library's own statements use, and names with a meaning of their own on SQLite.
const OWN: [&str; 24] = [
    "new",
    "values",
    "value",
    "target",
    "excluded",
    "EXCLUDED\u{200b}",
    "written",
    "inserted",
    "keys",
    "ord",
    "earlier",
    "same_key",
    "c0",
    "c1",
    "c2",
    "upsert_stage",
    "upsert_converted",
    "rowid",
    "oid",
    "_rowid_",
    "count",
    "unnest",
    "pg_temp",
    "public",
];

#[derive(Clone)]
struct OwnWords(i64, &'static str);
named!([] OwnWords, OwnWords, "target", &OWN, OWN.len());

/// Creates a table of the names, and writes to it in each way that has statements of its own. Tells how many names.
async fn round_trip<R: Named, D: Database>(database: &D) -> usize {
    let table = R::SCHEMA.table;
    let options = UpsertOptions::new().create_table().chunk_rows(1);
    let ways = [
        ("inserted", Form::Vec, Atomicity::Call),
        ("updated", Form::Vec, Atomicity::Call),
        ("staged", Form::Stream, Atomicity::Call),
        ("by chunk", Form::Stream, Atomicity::Chunk),
    ];
    for (text, form, atomicity) in ways {
        let rows = [R::new(1, text), R::new(2, text)];
        let written = database.write(Place::Pool, Door::Call, form, &rows, options.clone().atomicity(atomicity)).await;
        let report = written.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(report.inserted.get().zip(report.updated.get()).map(|(new, old)| new + old), Some(2), "{text}");

        let all: Vec<String> = R::NAMES.iter().map(|name| format!("{table}.{}", quoted(name))).collect();
        let stored = database.query(&format!("SELECT {} FROM {table} ORDER BY 1", all.join(", "))).await;
        for (id, stored) in ["1", "2"].into_iter().zip(stored) {
            let expected = std::iter::once(Some(id.to_owned()))
                .chain((1..R::NAMES.len()).map(|column| Some(format!("{text} {column}"))));
            assert_eq!(stored, expected.collect::<Vec<_>>());
        }
    }
    assert_eq!(database.columns(table).await, R::NAMES);
    assert_eq!(database.primary_key(table).await.0, R::NAMES[..1]);
    database.execute(&format!("DROP TABLE {table}"), &[] as &[Datum]).await;
    R::NAMES.len()
}

const X64: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
const E64: &str = "éééééééééééééééééééééééééééééééé";

/// One column of a name that some database refuses.
macro_rules! refused {
    ($($row:ident $name:expr;)*) => {$(
        #[derive(Clone)]
        struct $row(i64, &'static str);
        named!([] $row, $row, "refused", &["id", $name], 2);
    )*};
}
refused! {
    Empty "";
    Nul "nul\0";
    Long X64;
    LongInBytes E64;
    TooLong "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    System "xmin";
    Blank "blank ";
    Emoji "\u{1f600}";
    Twins "ID";
}

async fn names_that_cannot_be_had_are_refused<D: Database>(database: D) {
    assert_eq!((X64.len(), E64.len(), E64.chars().count()), (64, 64, 32));
    let (is_postgres, is_sqlite) = (D::DIALECT == Dialect::Postgres, D::DIALECT == Dialect::Sqlite);
    let is_mysql = D::DIALECT == Dialect::MySql;
    let options = || UpsertOptions::new().create_table();

    let long = "x".repeat(1_000);
    for (name, has_it) in [
        ("", false),
        ("a\0b", false),
        ("\0", false),
        (X64, !is_postgres),
        (E64, !is_postgres),
        (&long, is_sqlite),
        (&long[..65], is_sqlite),
        ("blank ", !is_mysql),
        ("\u{1f600}", !is_mysql),
        ("sqlite_x", !is_sqlite),
        ("SQLite_X", !is_sqlite),
    ] {
        let result = database.aupsert([Plain { id: 1, note: None }], options().table(name)).await;
        assert_eq!(result.is_ok(), has_it, "{name:?}: {result:?}");
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{name:?}: {error}");
        }
        let found = tables(&database).await;
        assert_eq!(found, has_it.then(|| name.to_owned()).into_iter().collect(), "only what was asked for is there");
        if has_it {
            database.batch(&format!("DROP TABLE {}", quoted(name))).await;
        }
    }

    let schema = database.aupsert([Plain { id: 1, note: None }], options().schema("")).await.unwrap_err();
    assert_eq!(schema.kind(), ErrorKind::InvalidPlan, "{schema}");

    macro_rules! column {
        ($row:ident, $has_it:expr) => {
            let result = database.aupsert([$row::new(1, "text")], options()).await;
            assert_eq!(result.is_ok(), $has_it, "{:?}: {result:?}", $row::NAMES);
            if let Err(error) = result {
                assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{:?}: {error}", $row::NAMES);
            } else {
                assert_eq!(database.columns("refused").await, $row::NAMES);
                database.batch("DROP TABLE refused").await;
            }
        };
    }
    column!(Empty, false);
    column!(Nul, false);
    column!(Long, !is_postgres);
    column!(LongInBytes, !is_postgres);
    column!(TooLong, is_sqlite);
    column!(System, !is_postgres);
    column!(Blank, !is_mysql);
    column!(Emoji, !is_mysql);
    assert!(tables(&database).await.is_empty(), "nothing was made for a name that was refused");
}

async fn columns_that_the_database_takes_for_one_are_refused<D: Database>(database: D) {
    let result = database.aupsert([Twins::new(1, "text")], UpsertOptions::new().create_table()).await;
    match D::DIALECT {
        Dialect::Sqlite | Dialect::MySql => assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidPlan),
        _ => {
            assert_eq!(result.unwrap().inserted, 1);
            assert_eq!(database.columns("refused").await, ["id", "ID"]);
        }
    }
}
