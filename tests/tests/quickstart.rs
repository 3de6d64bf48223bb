//! The newcomer's minute runs, on both databases, and says what it did.

use std::process::Command;

use tests::source_files::root;
use tests::{Database, Postgres, Sqlite, row};

#[tokio::test]
async fn the_quickstart_runs_on_sqlite() {
    let database = Sqlite::fresh().await;
    run(&format!("sqlite:{}", database.path().display()));
    loaded(&database).await;
}

#[tokio::test]
async fn the_quickstart_runs_on_postgres() {
    let database = Postgres::fresh().await;
    let folder = database.server.socket_folder().to_str().unwrap().replace('/', "%2F");
    run(&format!("postgres://postgres@{folder}/{}", database.name));
    loaded(&database).await;
}

fn run(database: &str) {
    let mut quickstart = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    quickstart.current_dir(root()).args(["run", "--quiet", "--example", "quickstart", "--", "--database", database]);
    let output = quickstart.output().unwrap();
    let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{complaint}");
    for word in ["airports", "planes", "weather", "inserted", "updated", "unchanged"] {
        assert!(said.contains(word), "it does not say `{word}`: {said}");
    }
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
