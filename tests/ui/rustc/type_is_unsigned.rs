use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    population: u64,
    size: Option<usize>,
}

fn main() {}
