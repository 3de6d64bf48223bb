use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key = true)]
    id: i64,
    #[upsert(skip = true)]
    cache: i64,
    #[upsert(primary_key = false)]
    name: i64,
}

fn main() {}
