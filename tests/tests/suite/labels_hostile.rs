//! Checks that look like those of an enum's labels, and say something else.

use tests::{Database, Postgres, Sqlite, row, run};
use upsert::{ColumnValue, Error, ErrorKind, UpsertOptions, UpsertReport, Upsertable};

#[derive(Clone, Copy, Debug, ColumnValue)]
enum Version {
    #[upsert(rename = "1.0")]
    One,
    #[upsert(rename = "beta")]
    Beta,
    #[upsert(rename = "new")]
    New,
}

#[derive(Clone, Debug, Upsertable)]
struct Release {
    #[upsert(primary_key)]
    id: i64,
    version: Version,
}

/// It is made anew, for no check can be changed.
#[test]
fn a_check_that_is_widened_keeps_its_comment() {
    run(async |database: Postgres| {
        let comment = r"ask Ann''s \ \\ team";
        database
            .batch(&format!(
                "CREATE TABLE release (id bigint PRIMARY KEY, version text NOT NULL
                     CONSTRAINT \"our check\" CHECK (version IN ('1.0', 'beta')));
                 COMMENT ON CONSTRAINT \"our check\" ON release IS '{comment}'"
            ))
            .await;
        let rows = vec![Release { id: 1, version: Version::New }];
        let report = database.aupsert(rows, UpsertOptions::new().widen()).await.unwrap();
        assert_eq!((report.inserted, report.changes.len()), (1.into(), 1));
        let checks = "SELECT conname, convalidated, obj_description(oid, 'pg_constraint') = 'COMMENT'
            FROM pg_constraint WHERE contype = 'c' AND conrelid = 'release'::regclass";
        assert_eq!(database.query(&checks.replace("COMMENT", comment)).await, [row(["our check", "t", "t"])]);
    });
}

async fn write<D: Database>(database: &D, version: &str, rows: [Version; 2]) -> Result<UpsertReport, Error> {
    let table =
        format!("DROP TABLE IF EXISTS release; CREATE TABLE release (id bigint PRIMARY KEY, version {version})");
    database.batch(&table).await;
    let rows = rows.into_iter().zip(1..).map(|(version, id)| Release { id, version }).collect::<Vec<_>>();
    database.aupsert(rows, UpsertOptions::new()).await
}

const OLD: [Version; 2] = [Version::One, Version::Beta];

#[test]
fn promise_7_a_check_is_read_for_no_more_than_it_says_on_sqlite() {
    run(async |database: Sqlite| {
        // Its column is for numbers, whatever the check.
        let error = write(&database, "NUMERIC NOT NULL CHECK (version IN ('1.0', 'beta'))", OLD).await.unwrap_err();
        assert_eq!((error.kind(), error.row(), error.column()), (ErrorKind::InvalidValue, Some(0), Some("version")));
        for taken in [
            "TEXT COLLATE NOCASE NOT NULL CHECK (version IN ('1.0', 'BETA'))",
            "TEXT NOT NULL, /*/ CHECK (version IN ('no')) */ CHECK (version IN ('1.0', 'beta') AND 1)",
            "TEXT NOT NULL /*/ CHECK (version IN ('no')) */ CHECK (version IN ('1.0', 'beta'))",
        ] {
            let report = write(&database, taken, OLD).await.unwrap_or_else(|error| panic!("{taken}: {error}"));
            assert_eq!(report.inserted, 2, "{taken}");
        }
        let error =
            write(&database, "TEXT NOT NULL /*/ */ CHECK (version IN ('1.0', 'beta'))", [Version::One, Version::New]);
        assert_eq!(error.await.unwrap_err().row(), Some(1));
    });
}

#[test]
fn promise_7_a_check_is_read_for_no_more_than_it_says_on_postgres() {
    run(async |database: Postgres| {
        database
            .batch("CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
            .await;
        for taken in [
            "text NOT NULL CHECK (version = ANY ('{1.0,beta}'::text[]))",
            "varchar NOT NULL CHECK (version = ANY (('{1.0,beta}'::varchar[])::text[]))",
            "text COLLATE any_case NOT NULL CHECK (version IN ('1.0', 'BETA'))",
        ] {
            let report = write(&database, taken, OLD).await.unwrap_or_else(|error| panic!("{taken}: {error}"));
            assert_eq!(report.inserted, 2, "{taken}");
        }
        assert_eq!(database.query("SELECT version FROM release ORDER BY id").await, [row(["1.0"]), row(["beta"])]);
    });
}
