use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(primary_key)]
struct City {
    id: i64,
}

#[derive(Upsertable)]
#[upsert(primary_key = "id")]
struct Town {
    #[upsert(primary_key)]
    id: i64,
}

fn main() {}
