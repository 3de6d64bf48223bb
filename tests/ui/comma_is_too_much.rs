use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(, table = "cities",, schema = "app",)]
struct City {
    #[upsert(primary_key)]
    id: i64,
}

fn main() {}
