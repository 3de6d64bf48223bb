use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(rename_all = "camelCase")]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(column = "id")]
    number: i64,
    first_seen: i64,
    first__seen: i64,
    #[upsert(skip)]
    firstSeen: i64,
}

fn main() {}
