//! The newcomer's minute runs, on every database, and says what it did.

use std::process::Output;

use tests::example::example;
use tests::source_files::root;
use tests::{Database, MariaDb, Postgres, Sqlite, row};

#[tokio::test]
async fn the_quickstart_runs_on_sqlite() {
    let database = Sqlite::fresh().await;
    run(&database.url());
    loaded(&database).await;
}

#[tokio::test]
async fn the_quickstart_runs_on_postgres() {
    let database = Postgres::fresh().await;
    run(&database.url());
    loaded(&database).await;
}

#[tokio::test]
async fn the_quickstart_runs_on_mariadb() {
    let database = MariaDb::fresh().await;
    run(&database.url());
    loaded(&database).await;
}

/// Somebody else's table is left alone, and the reader told what is the matter, in words.
#[tokio::test]
async fn the_quickstart_explains_a_table_that_is_not_its_own() {
    let database = Sqlite::fresh().await;
    database
        .batch("CREATE TABLE weather (city TEXT PRIMARY KEY, temp REAL); INSERT INTO weather VALUES ('Oslo', 3.5)")
        .await;
    let output = quickstart(&database.url());
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    for word in ["weather", "no columns `origin`", "--database sqlite:"] {
        assert!(complaint.contains(word), "it does not say `{word}`: {complaint}");
    }
    assert!(!complaint.contains("Error {"), "that is for programmers: {complaint}");
    assert_eq!(database.table("weather").await, [row(["Oslo", "3.5"])]);
}

#[test]
fn the_quickstart_names_an_argument_that_it_does_not_know() {
    for (arguments, expected) in [
        (&["--databse", "sqlite:a"][..], "\"--databse\""),
        (&["--database"], "--database needs a database"),
        (&["--database", "foo://a"], "\"foo://a\""),
        (&["--database", "sqlite:a", "more"], "\"more\""),
    ] {
        let output = example("quickstart").args(arguments).output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}");
        assert!(complaint.contains(expected), "it does not say {expected}: {complaint}");
    }
}

#[test]
fn the_example_of_own_types_runs() {
    let output = example("own_types").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    for words in ["state text of enum: \"idle\", \"running\"", "2 inserted", "row 0, column `load`"] {
        assert!(said.contains(words), "it does not say `{words}`: {said}");
    }
}

fn run(database: &str) {
    let output = quickstart(database);
    let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{complaint}");
    let lines: Vec<Vec<&str>> = said.lines().map(|line| line.split_whitespace().collect()).collect();
    for expected in [
        ["table", "load", "rows", "inserted", "updated", "unchanged"],
        ["airports", "first", "1458", "1458", "0", "0"],
        ["planes", "first", "3322", "3322", "0", "0"],
        ["weather", "first", "26115", "26115", "0", "0"],
        // Every tenth row is changed.
        ["airports", "changed", "1458", "0", "146", "1312"],
        ["planes", "changed", "3322", "0", "333", "2989"],
        ["weather", "changed", "26115", "0", "2612", "23503"],
    ] {
        assert!(lines.iter().any(|line| line.starts_with(&expected)), "it does not say {expected:?}: {said}");
    }
}

fn quickstart(database: &str) -> Output {
    example("quickstart").args(["--database", database]).output().unwrap()
}

/// Lines of the files, without their heads: the second load changes rows and adds none that repeat a key.
async fn loaded<D: Database>(database: &D) {
    for table in ["airports", "planes", "weather"] {
        let file = std::fs::read_to_string(root().join(format!("examples/data/{table}.csv"))).unwrap();
        let lines = file.lines().count() - 1;
        let rows = database.query(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(rows, [row([lines.to_string().as_str()])], "{table}");
    }
}
