use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(primary_key(id, r#type, id, type))]
struct City {
    id: i64,
    r#type: i64,
}

fn main() {}
