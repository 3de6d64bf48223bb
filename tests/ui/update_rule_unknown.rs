use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(update = nevr)]
    a: i64,
    #[upsert(update = add)]
    b: i64,
}

fn main() {}
