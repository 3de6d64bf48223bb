use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(primary_key("id", "not a field", 5, org id, City::id))]
struct City {
    id: i64,
}

fn main() {}
