//! Structs of drawn tables, held against the snapshots of these: what was created compiles, and one change of each table is one
//! error, at its field.

use tests::drawn_tables::{DrawnTable, Mutation, Source, Told, preparation, source};
use tests::seed::{cases, dice};
use tests::{Database, MariaDb, Postgres, Sqlite, figure, run};
use upsert::backend::AsyncBackend;
use upsert::schema::AnySchema;
use upsert::{Dialect, UpsertOptions};

use super::{Package, stderr, write};

#[test]
fn one_change_of_each_drawn_table_is_one_error_at_its_field() {
    run(async |sqlite: Sqlite| {
        let (postgres, mariadb) = (Postgres::fresh().await, MariaDb::fresh().await);
        // As few compilations as there can be: all of them in one package.
        let mut dice = dice();
        let mut tables = Vec::new();
        for number in 0..cases(18) as usize {
            let dialect = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql][number % 3];
            tables.push((DrawnTable::draw(number, &mut dice), dialect));
        }
        let source = source(&tables);
        let package = Package::new("drawn_tables", "");
        write(&package.file("src/lib.rs"), &source.text);

        create(&sqlite, &tables, &package).await;
        create(&postgres, &tables, &package).await;
        create(&mariadb, &tables, &package).await;
        let said = package.check();
        assert!(said.status.success(), "{}\n{}", stderr(&said), source.text);

        let mutations: Vec<Mutation> =
            tables.iter().map(|(table, dialect)| table.mutation(&mut dice, *dialect)).collect();
        mutate(&sqlite, &tables, &mutations, &package).await;
        mutate(&postgres, &tables, &mutations, &package).await;
        mutate(&mariadb, &tables, &mutations, &package).await;
        let said = package.cargo(&["check", "--offline", "--message-format=short"]);
        assert_told(&stderr(&said), &tables, &mutations, &source);
        figure("snapshot_structs_compiled_clean_and_after_a_change", tables.len());
    });
}

async fn create<D: Database>(database: &D, tables: &[(DrawnTable, Dialect)], package: &Package) {
    database.batch(preparation(D::DIALECT)).await;
    for (table, _) in tables.iter().filter(|(_, dialect)| *dialect == D::DIALECT) {
        database.pool().migrate(AnySchema::Lent(table.schema()), UpsertOptions::new().create_table()).await.unwrap();
        take(database, table, package).await;
    }
}

async fn mutate<D: Database>(
    database: &D,
    tables: &[(DrawnTable, Dialect)],
    mutations: &[Mutation],
    package: &Package,
) {
    let own = tables.iter().zip(mutations).filter(|((_, dialect), _)| *dialect == D::DIALECT);
    for ((table, _), mutation) in own {
        database.batch(&mutation.sql).await;
        take(database, table, package).await;
    }
}

/// Writes what `cargo upsert snapshot` writes.
async fn take<D: Database>(database: &D, table: &DrawnTable, package: &Package) {
    let folder = match D::DIALECT {
        Dialect::Postgres => "postgres",
        Dialect::MySql => "mysql",
        _ => "sqlite",
    };
    let snapshot = database.snapshot(&[&table.name]).await.remove(0);
    write(&package.file(&format!("upsert-snapshots/{folder}/{}.snapshot", table.name)), &snapshot.to_string());
}

/// One error for each change that matters, which stands at its line and names its column, and no other one.
fn assert_told(said: &str, tables: &[(DrawnTable, Dialect)], mutations: &[Mutation], source: &Source) {
    const PLACE: &str = "src/lib.rs:";
    let mut errors: Vec<(usize, &str)> = said
        .split(PLACE)
        .skip(1)
        .filter(|error| error.contains(": error"))
        .map(|error| (error.split(':').next().and_then(|line| line.parse().ok()).expect("it has a line"), error))
        .collect();
    for (number, ((table, _), mutation)) in tables.iter().zip(mutations).enumerate() {
        let case = || format!("{mutation:?}\n{}\n{said}\n{}", table.schema(), source.text);
        let line = source.line(number, mutation.place);
        let (own, others) = errors.into_iter().partition(|(at, _)| *at == line);
        errors = others;
        match (mutation.told, own.as_slice()) {
            (Told::AsDifference, [(_, error)]) => {
                let named: Vec<&str> =
                    table.names().into_iter().filter(|name| error.contains(&format!("`{name}`"))).collect();
                let is_named = |column: &String| error.contains(&format!("`{column}`"));
                let columns: Vec<&String> = mutation.columns.iter().collect();
                assert!(mutation.columns.iter().all(is_named), "{}", case());
                assert!(named.iter().all(|name| columns.iter().any(|column| column == name)), "{named:?} {}", case());
            }
            (Told::AsNote, []) => {}
            (_, told) => panic!("{told:?}: {}", case()),
        }
    }
    assert!(errors.is_empty(), "{errors:?}\n{mutations:#?}\n{said}\n{}", source.text);
}
