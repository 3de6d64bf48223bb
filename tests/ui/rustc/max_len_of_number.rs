use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_len = 40)]
    people: i64,
}

fn main() {}
