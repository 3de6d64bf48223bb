use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(column = "c", skip)]
struct City {
    #[upsert(primary_key, table = "cities", rename_all = "camelCase")]
    id: i64,
}

fn main() {}
