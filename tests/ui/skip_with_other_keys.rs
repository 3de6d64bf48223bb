use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(skip, column = "c")]
    cache: i64,
    #[upsert(primary_key, update = never, skip)]
    key: i64,
}

fn main() {}
