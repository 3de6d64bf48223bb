use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(default = "NULL")]
    name: Option<String>,
    #[upsert(default(postgres = "null", sqlite = "0"))]
    people: Option<i64>,
}

fn main() {}
