use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(skip, json, max_len = 3, sql_type(postgres = "citext"))]
    cache: Vec<String>,
}

fn main() {}
