use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(tabel = "cities", on_conflict = ignore)]
struct City {
    #[upsert(primary_key)]
    id: i64,
}

fn main() {}
