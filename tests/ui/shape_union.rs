use upsert::Upsertable;

#[derive(Upsertable)]
union City {
    id: i64,
    code: u64,
}

fn main() {}
