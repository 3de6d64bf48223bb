use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(primary_key(orgid, id, country))]
struct City {
    org_id: i64,
    id: i64,
}

fn main() {}
