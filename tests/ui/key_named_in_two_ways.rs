use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(primary_key(org, id))]
struct City {
    #[upsert(primary_key)]
    org: i64,
    #[upsert(primary_key)]
    id: i64,
}

fn main() {}
