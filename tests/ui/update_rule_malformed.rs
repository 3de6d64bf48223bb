use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(update = "never")]
    a: i64,
    #[upsert(update)]
    b: i64,
    #[upsert(update = )]
    c: i64,
    #[upsert(update(never))]
    d: i64,
    #[upsert(update = 5)]
    e: i64,
}

fn main() {}
