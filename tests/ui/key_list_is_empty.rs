use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(primary_key())]
struct City {
    id: i64,
}

fn main() {}
