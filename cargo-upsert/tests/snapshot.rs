//! `cargo upsert snapshot` writes down what tables are like, on every database, and tells when they are another.

#![allow(clippy::unwrap_used, reason = "that is how a test fails")]

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;
use tests::mariadb_server::either;
use tests::{Database, MariaDb, Postgres, Sqlite, run};

const TABLES: &str = "CREATE TABLE station (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL, height REAL);
    CREATE TABLE \"other's\" (a BIGINT NOT NULL, b BIGINT NOT NULL DEFAULT 7, UNIQUE (b, a))";

#[test]
fn a_snapshot_is_written_and_compared_on_postgres() {
    run(async |database: Postgres| {
        let text = r#"table "station" on postgres {
    column "height" "real" takes(SmallInt, Real) some(Integer, BigInt);
    column "id" "bigint" not_null takes(SmallInt, Integer, BigInt, Duration) some(UnsignedBigInt, HugeInt, UnsignedHugeInt);
    column "name" "character varying(40)" not_null max_len(40) takes(Text);
    key "id";
}
"#;
        is_written_and_compared(&database, "postgres", text).await;
    });
}

#[test]
fn a_snapshot_is_written_and_compared_on_sqlite() {
    run(async |database: Sqlite| {
        let text = r#"table "station" on sqlite {
    column "height" "REAL" takes(SmallInt, Integer, Real, Double) some(BigInt, UnsignedBigInt, HugeInt, UnsignedHugeInt, Duration);
    column "id" "BIGINT" not_null takes(Bool, SmallInt, Integer, BigInt, UnsignedBigInt, HugeInt, UnsignedHugeInt, Duration);
    column "name" "VARCHAR(40)" not_null takes(SmallInt, Integer, BigInt, UnsignedBigInt, HugeInt, UnsignedHugeInt, Decimal, Text, Date, Time, Timestamp, TimestampTz, Duration, Uuid, Inet, Json, Array);
    key "id";
}
"#;
        is_written_and_compared(&database, "sqlite", text).await;
    });
}

#[test]
fn a_snapshot_is_written_and_compared_on_mariadb() {
    run(async |database: MariaDb| {
        let text = r#"table "station" on mysql {
    column "height" "double" takes(SmallInt, Integer, Real, Double) some(BigInt);
    column "id" "bigint(20)" not_null takes(Bool, SmallInt, Integer, BigInt, Duration) some(UnsignedBigInt, HugeInt, UnsignedHugeInt);
    column "name" "varchar(40)" not_null max_len(40) takes(Text, Uuid, Inet);
    key "id";
}
"#;
        // MySQL gives integers no width.
        let text = text.replace("(20)", either("(20)", ""));
        is_written_and_compared(&database, "mysql", &text).await;
    });
}

async fn is_written_and_compared<D: Database>(database: &D, folder: &str, text: &str) {
    let home = a_package();
    let url = database.url();
    let asked = |more: &[&str]| snapshot(home.path(), &[&["--database", &url], more].concat());
    let file = |name: &str| home.path().join("upsert-snapshots").join(folder).join(name);
    let head = "// What a table is like, as `cargo upsert snapshot` found it and `#[upsert(snapshot)]` reads it.\n";

    database.batch(TABLES).await;
    assert_says(&asked(&["--check"]), 2, "missing");
    assert_says(&asked(&["--check", "--table", "station"]), 1, "missing");
    assert!(!file("station.snapshot").exists(), "whoever checks writes nothing");
    assert_says(&asked(&[]), 0, "written");
    assert_eq!(std::fs::read_to_string(file("station.snapshot")).unwrap(), format!("{head}{text}"));
    assert!(file("other%27s.snapshot").exists());
    assert_says(&asked(&["--check"]), 0, "unchanged");

    // A file is touched only when its table is another: cargo builds anew what reads it.
    let before = std::fs::metadata(file("station.snapshot")).unwrap().modified().unwrap();
    database.batch("ALTER TABLE \"other's\" ADD COLUMN c BIGINT").await;
    assert_says(&asked(&["--check", "--table", "station"]), 0, "unchanged");
    assert_says(&asked(&["--check"]), 1, "writes it anew\n  + column \"c\"");
    assert_says(&asked(&[]), 0, "other%27s.snapshot: written");
    assert_eq!(std::fs::metadata(file("station.snapshot")).unwrap().modified().unwrap(), before);

    database.batch("DROP TABLE \"other's\"").await;
    assert_says(&asked(&["--check"]), 1, "there is no such table");
    assert_says(&asked(&[]), 0, "there is no such table");
    assert!(file("other%27s.snapshot").exists());
    assert_says(&asked(&["--prune"]), 0, "removed");
    assert!(!file("other%27s.snapshot").exists() && file("station.snapshot").exists());
    // A view is looked at once it was named.
    database.batch("CREATE VIEW seen AS SELECT id FROM station").await;
    assert_says(&asked(&["--check"]), 0, "station.snapshot: unchanged");
    assert_says(&asked(&["--table", "seen"]), 0, "seen.snapshot: written");
    assert_says(&asked(&["--check"]), 0, "seen.snapshot: unchanged");
    assert_says(&asked(&["--prune"]), 0, "seen.snapshot: unchanged");
    assert_says(&asked(&["--table", "stations"]), 2, "there is no table `stations`; did you mean `station`?");
    assert_says(&asked(&["--check", "--table", "stations"]), 2, "did you mean `station`?");
    // What nobody keeps is not asked for, unless by name.
    database.batch("CREATE TABLE later (id BIGINT NOT NULL PRIMARY KEY)").await;
    assert_says(&asked(&["--check"]), 0, "seen.snapshot: unchanged");
    assert_says(&asked(&["--check", "--table", "later"]), 1, "missing");
    // One that was kept and is gone is a difference, told alone or beside others.
    assert_says(&asked(&["--table", "later"]), 0, "later.snapshot: written");
    database.batch("DROP TABLE later").await;
    assert_says(&asked(&["--check", "--table", "later"]), 1, "later.snapshot: there is no such table");
    assert_says(&asked(&["--check", "--table", "station", "--table", "later"]), 1, "station.snapshot: unchanged");
    assert_says(&asked(&["--table", "later"]), 2, "there is no table `later`");
    assert_says(&asked(&["--prune", "--table", "later"]), 0, "later.snapshot: removed");
    assert!(!file("later.snapshot").exists());
    // Another database is no reason to forget all.
    database.batch("DROP VIEW seen; DROP TABLE station").await;
    assert_says(&asked(&["--prune"]), 2, "is it the right database");
    assert!(file("station.snapshot").exists());
    database.assert_nothing_left().await;
}

#[test]
fn what_cannot_be_done_is_told() {
    let home = a_package();
    let missing = format!("sqlite:{}", home.path().join("nothing.sqlite").display());
    let words = ["there is no file `", "there is no file `", "there is no such file"];
    for (prefix, words) in ["sqlite:", "sqlite://", ""].into_iter().zip(words) {
        let missing = missing.replace("sqlite:", prefix);
        assert_says(&snapshot(home.path(), &["--database", &missing]), 2, &format!("error: {words}"));
    }
    let slip = snapshot(home.path(), &["--database", "postgres//me:secret@127.0.0.1/name"]);
    assert_says(&slip, 2, "no such file");
    assert!(!String::from_utf8_lossy(&slip.stderr).contains("secret"));
    assert!(!home.path().join("nothing.sqlite").exists(), "no database is made");
    assert_says(&snapshot(home.path(), &["--database", "oracle://x"]), 2, "sqlite:PATH");
    // Nothing is sent in the clear that was to be hidden: nobody is asked, and nobody listens.
    for url in [
        "postgres://me:secret@127.0.0.1:1/name?sslmode=verify-full",
        "mysql://me:secret@127.0.0.1:1/name?ssl-mode=REQUIRED",
    ] {
        let output = snapshot(home.path(), &["--database", url]);
        assert_says(&output, 2, "error: the URL asks for TLS, which `cargo upsert` is built without");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.lines().count() == 1 && !said.contains("secret"), "{said}");
    }
    assert_says(&snapshot(home.path(), &["--tables"]), 2, "usage: cargo upsert snapshot");
    let nobody = "postgres://somebody:secret@127.0.0.1:1/name";
    let output = snapshot(home.path(), &["--database", nobody]);
    assert_says(&output, 2, "Is the server running");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("secret"));
}

#[test]
fn a_file_of_sqlite_is_named_in_three_ways() {
    run(async |database: Sqlite| {
        database.batch("CREATE TABLE station (id BIGINT NOT NULL PRIMARY KEY)").await;
        let url = database.url();
        let path = url.strip_prefix("sqlite:").unwrap();
        for named in [
            path.to_owned(),
            format!("sqlite:{path}"),
            format!("sqlite://{path}"),
            format!("sqlite:file:{path}?mode=ro"),
        ] {
            let home = a_package();
            assert_says(&snapshot(home.path(), &["--database", &named]), 0, "sqlite/station.snapshot: written");
        }
        // And from where the file is.
        let (folder, name) = path.rsplit_once('/').unwrap();
        let home = a_package();
        let directory = home.path().join("kept").display().to_string();
        for named in [name.to_owned(), format!("sqlite:{name}"), format!("sqlite://{name}")] {
            let asked = ["--database", &named, "--directory", &directory];
            assert_says(&snapshot(Path::new(folder), &asked), 0, "station.snapshot: ");
        }
        database.assert_nothing_left().await;
    });
}

#[test]
fn files_stand_beside_the_manifest_of_the_package() {
    run(async |database: Sqlite| {
        database.batch("CREATE TABLE station (id BIGINT NOT NULL PRIMARY KEY)").await;
        let home = a_package();
        let src = home.path().join("src");
        std::fs::create_dir(&src).unwrap();
        let url = database.url();
        assert_says(&snapshot(&src, &["--database", &url]), 0, "written");
        assert!(
            home.path().join("upsert-snapshots/sqlite/station.snapshot").exists()
                && !src.join("upsert-snapshots").exists()
        );
        std::fs::write(home.path().join("Cargo.toml"), "[workspace]\n").unwrap();
        assert_says(&snapshot(&src, &["--database", &url]), 2, "of a workspace");
        std::fs::remove_file(home.path().join("Cargo.toml")).unwrap();
        assert_says(&snapshot(&src, &["--database", &url]), 2, "no Cargo.toml");
        assert_says(&snapshot(&src, &["--database", &url, "--directory", "kept"]), 0, "written");
        assert!(src.join("kept/sqlite/station.snapshot").exists());
        database.assert_nothing_left().await;
    });
}

/// What was taken of a schema is checked by whoever checks all, too.
#[test]
fn files_of_named_schemas_are_checked_with_all_others() {
    run(async |database: Postgres| {
        let home = a_package();
        let url = database.url();
        let asked = |more: &[&str]| snapshot(home.path(), &[&["--database", &url], more].concat());
        database
            .batch("CREATE SCHEMA \"Its own\"; CREATE TABLE \"Its own\".station (id bigint PRIMARY KEY); CREATE TABLE city (id bigint PRIMARY KEY)")
            .await;
        let own = "%49ts%20own.station.snapshot";
        assert_says(&asked(&["--schema", "Its own"]), 0, &format!("{own}: written"));
        assert_says(&asked(&["--check"]), 0, &format!("{own}: unchanged"));
        assert_says(&asked(&[]), 0, "city.snapshot: written");
        database.batch("ALTER TABLE \"Its own\".station ADD name text").await;
        let checked = asked(&["--check"]);
        assert_says(&checked, 1, "postgres/city.snapshot: unchanged");
        assert_says(&checked, 1, &format!("{own}: the table is another one now"));
        assert_says(&asked(&["--check", "--table", "city"]), 0, "city.snapshot: unchanged");
        database.batch("DROP SCHEMA \"Its own\" CASCADE").await;
        assert_says(&asked(&["--check"]), 2, "there is no table in the schema `Its own`");
        database.batch("DROP TABLE city").await;
        database.assert_nothing_left().await;
    });
}

/// A folder with the manifest of a package in it.
fn a_package() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("Cargo.toml"), "[package]\nname = \"keeper\"\n").unwrap();
    home
}

/// What the program says, wherever it says it, and how it ends.
fn assert_says(output: &Output, code: i32, words: &str) {
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(words), "it does not say `{words}`: {said}");
}

fn snapshot(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-upsert"));
    command.current_dir(home).args(["upsert", "snapshot"]).args(arguments).output().unwrap()
}
