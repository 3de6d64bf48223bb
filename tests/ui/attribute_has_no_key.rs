use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert("cities")]
struct City {
    #[upsert(primary_key, 5)]
    id: i64,
}

fn main() {}
