use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(sql_type(sqlite = "VARCHAR(40)"))]
    name: String,
    #[upsert(sql_type(sqlite = "INTEGR"))]
    people: u64,
}

fn main() {}
