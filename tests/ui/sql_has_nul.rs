use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(index(id, where = "id > 0\0"))]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(default = "'\0'")]
    name: Option<String>,
    #[upsert(generated(postgres = "id\0", sqlite = "id"))]
    number: i64,
}

fn main() {}
