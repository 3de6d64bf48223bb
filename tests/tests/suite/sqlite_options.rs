//! Tables of SQLite that are created WITHOUT ROWID, or not STRICT.

use tests::loading::{PLACES, Place};
use tests::{Database, Sqlite, row, run};
use upsert::change::{Difference, Severity};
use upsert::{Dialect, UpsertOptions, Upsertable};

#[derive(Clone, Debug, Upsertable)]
#[upsert(sqlite(without_rowid, strict = false), table = "plain")]
struct Plain {
    #[upsert(primary_key, sql_type(sqlite = "BIGINT"))]
    id: i64,
    #[upsert(sql_type(sqlite = "VARCHAR(40)"))]
    name: String,
    #[upsert(sql_type(sqlite = "DATETIME"))]
    seen: Option<chrono::NaiveDateTime>,
    active: bool,
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(sqlite(strict, without_rowid), table = "word")]
struct Word {
    #[upsert(primary_key, max_len = 40)]
    word: String,
    count: i64,
}

#[test]
fn tables_of_sqlite_are_created_as_the_struct_says() {
    run(async |database: Sqlite| {
        let plain = |id, name: &str| Plain { id, name: name.to_owned(), seen: None, active: true };
        let word = |word: &str, count| Word { word: word.to_owned(), count };
        let create = UpsertOptions::new().create_table();
        // Nothing here tells an inserted row by its rowid.
        for (name, inserted, updated, unchanged) in [("a", 2, 0, 0), ("b", 0, 2, 0), ("b", 0, 0, 2)] {
            let report = database.aupsert(vec![plain(1, name), plain(2, name)], create.clone()).await.unwrap();
            assert_eq!(
                (report.inserted, report.updated, report.unchanged),
                (inserted.into(), updated.into(), unchanged.into())
            );
            let count = if name == "a" { 1 } else { 2 };
            let report = database.aupsert(vec![word("x", count), word("y", count)], create.clone()).await.unwrap();
            assert_eq!(
                (report.inserted, report.updated, report.unchanged),
                (inserted.into(), updated.into(), unchanged.into())
            );
        }
        assert_eq!(
            database
                .query("SELECT name, wr, strict FROM pragma_table_list WHERE name IN ('plain', 'word') ORDER BY 1")
                .await,
            [row(["plain", "1", "0"]), row(["word", "1", "1"])]
        );
        for place in [Place::Pool, Place::Connection] {
            let all = UpsertOptions::new();
            assert!(database.diff::<Plain>(place, all.clone()).await.unwrap().is_empty());
            assert!(database.diff::<Word>(place, all).await.unwrap().is_empty());
        }
        // What a column without STRICT would make of values is known by its affinity.
        database
            .batch("CREATE TABLE other (id BIGINT PRIMARY KEY, name DATE NOT NULL, seen TEXT, active BLOB NOT NULL)")
            .await;
        let differences = database.diff::<Plain>(Place::Pool, UpsertOptions::new().table("other")).await.unwrap();
        let active = differences.iter().find(|difference| difference.column() == Some("active"));
        assert_eq!(active.map(Difference::severity), Some(Severity::Refused), "{differences:?}");
        // How a table is kept is told of one that is kept otherwise, and is nothing that keeps rows out.
        let notes = |differences: Vec<Difference>| {
            let notes = differences.into_iter().filter(|one| one.column().is_none());
            notes.map(|one| (one.severity(), one.change().is_some(), one.to_string())).collect::<Vec<_>>()
        };
        let says = |note: &(Severity, bool, String), words: &str| {
            assert!(note.0 == Severity::Note && !note.1 && note.2.contains(words), "{note:?}");
        };
        let [rowid] = &notes(differences)[..] else { panic!("it differs in one") };
        says(rowid, "\"other\" has a rowid");
        database
            .batch(
                "CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY, count INTEGER NOT NULL);
                 CREATE TABLE strict (id INTEGER PRIMARY KEY, name TEXT NOT NULL, seen TEXT, active INTEGER NOT NULL) STRICT",
            )
            .await;
        for place in PLACES {
            let differences = database.diff::<Word>(place, UpsertOptions::new().table("words")).await.unwrap();
            let [strict, rowid] = &notes(differences)[..] else { panic!("it differs in two") };
            says(strict, "\"words\" is not STRICT");
            says(rowid, "\"words\" has a rowid");
        }
        database.verify::<Word>(Place::Pool, UpsertOptions::new().table("words")).await.unwrap();
        let differences = database.diff::<Plain>(Place::Pool, UpsertOptions::new().table("strict")).await.unwrap();
        says(&notes(differences)[0], "\"strict\" is STRICT, and the struct would have it created without");
        // Other databases have no such options.
        assert!(!Word::create_table_sql(Dialect::Postgres).unwrap().contains("ROWID"));
        database.assert_nothing_left().await;
    });
}
