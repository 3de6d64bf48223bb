use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(table_name = "cities", schema_name = "app", pk(id))]
struct City {
    id: i64,
}

#[derive(Upsertable)]
#[upsert(name = "towns", rename = "towns", id = "id", key(id), on_conflict(id))]
struct Town {
    id: i64,
}

fn main() {}
