use upsert::rusqlite::Connection;
use upsert::{SqlitePool, UpsertOptions, Upsertable};

#[derive(Upsertable)]
struct Visit {
    #[upsert(primary_key)]
    id: u64,
}

fn on_a_pool(pool: &SqlitePool) {
    drop(Visit::aupsert(pool, vec![Visit { id: 1 }], UpsertOptions::new()));
}

fn blocking(connection: &mut Connection) {
    Visit::upsert(connection, vec![Visit { id: 1 }], UpsertOptions::new()).unwrap();
}

fn chunk_by_chunk(connection: &mut Connection) {
    let mut cursor = Visit::cursor(vec![Visit { id: 1 }], UpsertOptions::new());
    cursor.write_next_blocking(connection).unwrap();
}

/// Of PostgreSQL nothing is wrong.
fn on_postgres(pool: &upsert::deadpool_postgres::Pool) {
    drop(Visit::aupsert(pool, vec![Visit { id: 1 }], UpsertOptions::new()));
}

fn main() {}
