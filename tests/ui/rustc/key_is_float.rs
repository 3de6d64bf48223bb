use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    latitude: f64,
    #[upsert(primary_key)]
    tags: serde_json::Value,
}

fn main() {}
