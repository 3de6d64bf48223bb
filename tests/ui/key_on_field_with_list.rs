use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key(id))]
    id: i64,
}

fn main() {}
