use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(skip)]
    id: i64,
}

fn main() {}
