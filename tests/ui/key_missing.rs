use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    id: i64,
    name: String,
}

fn main() {}
