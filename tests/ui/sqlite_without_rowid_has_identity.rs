use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(sqlite(without_rowid), conflict_target(name))]
struct City {
    #[upsert(primary_key, identity)]
    id: Option<i64>,
    name: String,
}

fn main() {}
