use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(primary_key(id, cache))]
struct City {
    id: i64,
    #[upsert(skip)]
    cache: i64,
}

fn main() {}
