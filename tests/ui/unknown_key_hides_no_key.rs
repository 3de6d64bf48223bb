use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary)]
    id: i64,
}

fn main() {}
