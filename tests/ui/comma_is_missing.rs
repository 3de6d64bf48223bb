use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(table = "cities" schema = "app")]
struct City {
    #[upsert(primary_key column = "id")]
    id: i64,
    #[upsert(update = never skip)]
    seen: i64,
    #[upsert(skip() column)]
    cache: i64,
}

fn main() {}
