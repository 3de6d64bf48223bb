use upsert::{SqlitePool, UpsertOptions, Upsertable};

#[derive(Upsertable)]
struct Keyed<K> {
    #[upsert(primary_key)]
    key: K,
}

#[derive(Upsertable)]
struct Valued<V> {
    #[upsert(primary_key)]
    key: i64,
    value: V,
}

struct Own;

fn in_memory(pool: &SqlitePool) {
    drop(Keyed::aupsert(pool, [Keyed { key: Some(1) }], UpsertOptions::new()));
    drop(Valued::aupsert(pool, vec![Valued { key: 1, value: Own }], UpsertOptions::new()));
}

fn lazy(pool: &SqlitePool) {
    drop(Keyed::aupsert(pool, std::iter::once(Keyed { key: 1.0 }), UpsertOptions::new()));
}

fn named(pool: &SqlitePool) {
    drop(Keyed::<Option<i64>>::aupsert(pool, [Keyed { key: Some(1) }], UpsertOptions::new()));
}

fn main() {}
