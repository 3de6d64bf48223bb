use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(pk)]
    a: i64,
    #[upsert(key)]
    b: i64,
    #[upsert(id)]
    c: i64,
    #[upsert(column_name = "d")]
    d: i64,
    #[upsert(name = "e")]
    e: i64,
    #[upsert(ignore)]
    f: i64,
    #[upsert(type = "jsonb")]
    g: i64,
    #[upsert(nullable)]
    h: i64,
}

fn main() {}
