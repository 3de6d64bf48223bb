use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(crate = "my crate")]
struct City {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(crate = "")]
struct Town {
    #[upsert(primary_key)]
    id: i64,
}

fn main() {}
