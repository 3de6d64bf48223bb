use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key, json)]
    id: Vec<String>,
}

#[derive(Upsertable)]
#[upsert(conflict_target(document))]
struct Document {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(json)]
    document: String,
}

fn main() {}
