use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key, primary_key)]
    id: i64,
    #[upsert(column = "a", rename = "b")]
    name: String,
    #[upsert(rename = "d")]
    #[upsert(column = "b", rename = "c")]
    other: String,
    #[upsert(update = never)]
    #[upsert(update = never)]
    seen: i64,
}

fn main() {}
