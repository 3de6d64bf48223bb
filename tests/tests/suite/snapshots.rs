//! What a table that is there is like, whatever is to be written to it.

use tests::loading::Place;
use tests::{Database, suite};
use upsert::schema::ColumnType;
use upsert::{Dialect, UpsertOptions, Upsertable};

use crate::evolve::Everything;

suite!(a_created_table_takes_what_its_struct_has, what_is_said_of_columns_is_in_the_snapshot);

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
    let doubled = snapshot.columns.iter().find(|column| column.name == "doubled").unwrap();
    assert!(doubled.generated, "{doubled}");
    let keys = snapshot.keys.unwrap();
    for key in [vec!["number"], vec!["name"], vec!["born", "name"]] {
        assert!(keys.iter().any(|there| *there == key), "{key:?}: {keys:?}");
    }
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
