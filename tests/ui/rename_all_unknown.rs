use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(rename_all = "camelcase")]
struct City {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(rename_all = "title")]
struct Town {
    #[upsert(primary_key)]
    id: i64,
}

fn main() {}
