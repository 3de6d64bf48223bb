use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(table = "cities", primary_key(id), table = "towns")]
#[upsert(table = "villages", primary_key(id))]
struct City {
    id: i64,
}

fn main() {}
