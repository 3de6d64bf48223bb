use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key, json)]
    id: Vec<String>,
}

fn main() {}
