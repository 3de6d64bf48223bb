use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    name: String,
    #[upsert(skip)]
    cache: i64,
}

fn main() {
    let _ = City::COL.nam;
    let _ = City::COL.cache;
}
