//! What a table that is there is like, whatever is to be written to it.

use tests::loading::Place;
use tests::snapshot_text::assert_reads_back;
use tests::{Database, suite};
use upsert::schema::ColumnType;
use upsert::{Dialect, UpsertOptions, Upsertable};

use crate::evolve::Everything;

suite!(
    a_created_table_takes_what_its_struct_has,
    what_is_said_of_columns_is_in_the_snapshot,
    texts_that_a_check_allows_are_in_the_snapshot,
);

async fn a_created_table_takes_what_its_struct_has<D: Database>(database: D) {
    database.migrate::<Everything>(Place::Pool, UpsertOptions::new().create_table()).await.unwrap();
    let snapshot = database.snapshot(&[]).await.remove(0);
    assert_eq!((snapshot.table.as_str(), snapshot.dialect), ("everything", D::DIALECT));
    assert_eq!(snapshot.columns.len(), Everything::SCHEMA.columns.len() + 1);
    for own in Everything::SCHEMA.columns {
        let column = snapshot.columns.iter().find(|column| column.name == own.name).unwrap();
        assert!(column.takes.contains(&own.column_type), "{own:?}: {column}");
        assert_eq!(column.nullable, own.takes_null(), "{column}");
        assert!(!column.generated, "{column}");
        assert_eq!(column.filled, own.is_given_by_database(), "{column}");
        // SQLite's columns have no widths, and what PostgreSQL has of bytes neither.
        if D::DIALECT != Dialect::Sqlite && own.column_type == ColumnType::Text && own.enum_type.is_none() {
            assert_eq!(column.max_len, own.max_len.map(u64::from), "{column}");
        }
    }
    // An enum is a type, or a text with a check.
    let state = snapshot.columns.iter().find(|column| column.name == "state").unwrap();
    let texts = if D::DIALECT == Dialect::MySql { &state.labels } else { &state.checked };
    assert_eq!(*texts, ["new", "old"], "{state}");
    let doubled = snapshot.columns.iter().find(|column| column.name == "doubled").unwrap();
    assert!(doubled.generated, "{doubled}");
    let keys = snapshot.keys.unwrap();
    for key in [vec!["number"], vec!["name"], vec!["born", "name"]] {
        assert!(keys.iter().any(|there| *there == key), "{key:?}: {keys:?}");
    }
}

async fn texts_that_a_check_allows_are_in_the_snapshot<D: Database>(database: D) {
    if D::DIALECT == Dialect::MySql {
        // There nobody asks for them, for an enum is a type.
        return;
    }
    database
        .batch(
            "CREATE TABLE \"day's\" (id INTEGER PRIMARY KEY, mood TEXT CHECK (mood IN ('calm', 'it''s odd')), \
             short TEXT CHECK (length(short) < 9), \"the mood\" VARCHAR(9) CHECK (\"the mood\" IN ('x')), number INTEGER CHECK (number IN (1, 2)), \
             ab TEXT CHECK (ab IN ('a', 'b', 'c')), CHECK (ab IN ('c', 'b', 'd')))",
        )
        .await;
    let snapshot = database.snapshot(&[]).await.remove(0);
    let checked: Vec<(&str, Vec<&str>)> = snapshot
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.checked.iter().map(String::as_str).collect()))
        .filter(|(_, texts): &(_, Vec<_>)| !texts.is_empty())
        .collect();
    assert_eq!(checked, [("ab", vec!["b", "c"]), ("mood", vec!["calm", "it's odd"]), ("the mood", vec!["x"])]);
    assert!(snapshot.to_string().contains(" checked(\"calm\", \"it's odd\") takes("), "{snapshot}");
    assert_reads_back(&snapshot);

    // Where a text is equal to another that it is not, nothing is known.
    let table = match D::DIALECT {
        Dialect::Postgres => {
            "CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false); \
             CREATE TABLE \"day's\" (id INTEGER PRIMARY KEY, mood TEXT COLLATE any_case CHECK (mood IN ('calm')))"
        }
        _ => "CREATE TABLE \"day's\" (id INTEGER PRIMARY KEY, mood TEXT COLLATE NOCASE CHECK (mood IN ('calm')))",
    };
    database.batch(&format!("DROP TABLE \"day's\"; {table}")).await;
    assert!(database.snapshot(&[]).await[0].columns.iter().all(|column| column.checked.is_empty()));
    database.assert_nothing_left().await;
}

async fn what_is_said_of_columns_is_in_the_snapshot<D: Database>(database: D) {
    database
        .batch(
            "CREATE TABLE parts (a INTEGER NOT NULL, b INTEGER DEFAULT 3, c INTEGER NOT NULL DEFAULT 4, UNIQUE (a, b))",
        )
        .await;
    database.batch("CREATE VIEW seen AS SELECT a, b FROM parts").await;
    let all = database.snapshot(&[]).await;
    assert_eq!(
        all.iter().map(|one| one.table.as_str()).collect::<Vec<_>>(),
        ["parts"],
        "views are not among the tables"
    );
    let said: Vec<(bool, bool)> = all[0].columns.iter().map(|column| (column.nullable, column.filled)).collect();
    assert_eq!(said, [(false, false), (true, true), (false, true)]);
    let view = database.snapshot(&["seen"]).await.remove(0);
    assert_eq!((view.columns.len(), view.keys.as_ref()), (2, None));
    assert!(view.to_string().contains("    view;"), "{view}");
    database.assert_nothing_left().await;
}
