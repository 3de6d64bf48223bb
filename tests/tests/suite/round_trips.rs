//! Tables that are drawn, and back: what is created is what its schema says, and one change of it is told by its column.

use std::collections::BTreeSet;

use tests::drawn_tables::{DrawnTable, Mutation, Told, preparation};
use tests::seed::{cases, dice};
use tests::snapshot_text::assert_reads_back;
use tests::{Database, figure, suite};
use upsert::UpsertOptions;
use upsert::backend::AsyncBackend;
use upsert::change::{Difference, Severity};
use upsert::schema::{AnySchema, TableSchema};

suite!(a_drawn_table_is_as_its_schema_and_one_change_is_told_by_its_column);

async fn a_drawn_table_is_as_its_schema_and_one_change_is_told_by_its_column<D: Database>(database: D) {
    let mut dice = dice();
    database.batch(preparation(D::DIALECT)).await;
    let (mut columns, mut changes) = (0, BTreeSet::new());
    let tables = cases(120);
    for number in 0..tables as usize {
        let table = DrawnTable::draw(number, &mut dice);
        let schema = table.schema();
        columns += table.names().len();
        database
            .pool()
            .migrate(AnySchema::Lent(schema), UpsertOptions::new().create_table())
            .await
            .unwrap_or_else(|error| panic!("{schema}: {error}"));
        assert_is_as(&database, schema).await;
        if number % 4 == 0 {
            // By hand it is the same, for the library.
            database.batch(&table.by_hand(D::DIALECT)).await;
            assert_is_as(&database, schema).await;
        }

        let mutation = table.mutation(&mut dice, D::DIALECT);
        database.batch(&mutation.sql).await;
        assert_is_told(&database, schema, &mutation).await;
        changes.insert(mutation.what);
        database.batch(&format!("DROP TABLE {}", table.name)).await;
    }
    figure(
        format!("round_trip_schemas_{}", D::NAME),
        format!("{tables} of {columns} columns, {} kinds of changes", changes.len()),
    );
    database.assert_nothing_left().await;
}

/// Whoever looks finds no difference.
async fn assert_is_as<D: Database>(database: &D, schema: TableSchema<'static>) {
    let differences = database.pool().diff(AnySchema::Lent(schema), UpsertOptions::new()).await.unwrap();
    assert!(differences.is_empty(), "{schema}: {differences:#?}");
    database
        .pool()
        .verify(AnySchema::Lent(schema), UpsertOptions::new())
        .await
        .unwrap_or_else(|error| panic!("{schema}: {error}"));
    let all =
        UpsertOptions::new().create_schema().create_table().add_columns().adapt_empty_columns().widen().rebuild_table();
    let pending = database
        .pool()
        .pending_changes(AnySchema::Lent(schema), all)
        .await
        .unwrap_or_else(|error| panic!("{schema}: {error}"));
    assert!(pending.is_empty(), "{schema}: {pending:#?}");
    assert_reads_back(&database.snapshot(&[schema.table]).await.remove(0));
}

/// The column that is another is named, and no other one.
async fn assert_is_told<D: Database>(database: &D, schema: TableSchema<'static>, mutation: &Mutation) {
    let Mutation { columns, told, .. } = mutation;
    let differences = database.pool().diff(AnySchema::Lent(schema), UpsertOptions::new()).await.unwrap();
    let case = || format!("{mutation:?}\n{schema}\n{differences:#?}");
    let matter: Vec<&Difference> = differences.iter().filter(|one| one.severity() > Severity::Note).collect();
    let of_note: Vec<&Difference> = differences.iter().filter(|one| one.severity() == Severity::Note).collect();
    let (expected, others) = match told {
        Told::AsDifference => (matter, of_note),
        Told::AsNote => (of_note, matter),
    };
    assert!(others.is_empty() && expected.len() == 1, "{}", case());
    if let Some(column) = expected[0].column() {
        assert_eq!([column], columns.as_slice(), "{}", case());
    }
    assert_names(&expected[0].to_string(), schema, columns, &case);

    let verified = database.pool().verify(AnySchema::Lent(schema), UpsertOptions::new()).await;
    let is_refused = expected[0].severity() == Severity::Refused;
    assert_eq!(verified.is_err(), is_refused, "{verified:?}: {}", case());
    if let Err(error) = verified {
        assert_names(&error.to_string(), schema, columns, &case);
    }
}

/// Of all columns, these are in the words.
fn assert_names(words: &str, schema: TableSchema<'static>, columns: &[String], case: &dyn Fn() -> String) {
    let own = schema.columns.iter().chain(schema.generated.iter().map(|computed| &computed.column));
    let all: BTreeSet<&str> = own.map(|column| column.name).chain(columns.iter().map(String::as_str)).collect();
    let named: BTreeSet<&str> = all.into_iter().filter(|name| words.contains(&format!("`{name}`"))).collect();
    assert_eq!(named, columns.iter().map(String::as_str).collect(), "{words}: {}", case());
}
