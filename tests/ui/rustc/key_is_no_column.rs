use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: std::ops::Range<i64>,
}

fn main() {}
