use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(colunm = "n", json)]
    name: String,
}

fn main() {}
