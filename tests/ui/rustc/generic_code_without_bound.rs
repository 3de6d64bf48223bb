use upsert::{SqlitePool, UpsertOptions, Upsertable};

fn load<T: Upsertable + 'static>(pool: &SqlitePool, rows: Vec<T>) {
    drop(T::aupsert(pool, rows, UpsertOptions::new()));
}

fn main() {}
