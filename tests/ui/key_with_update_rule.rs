use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key, update = never)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(primary_key(id))]
struct Town {
    #[upsert(update = never)]
    id: i64,
}

fn main() {}
