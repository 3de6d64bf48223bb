use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    latitude: f64,
    #[upsert(primary_key)]
    tags: serde_json::Value,
}

#[derive(Upsertable)]
struct Path {
    #[upsert(primary_key)]
    points: Vec<i64>,
    #[upsert(primary_key)]
    ends: [i32; 2],
}

fn main() {}
