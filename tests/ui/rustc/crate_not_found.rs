use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(crate = "my_crate::upsert")]
struct City {
    #[upsert(primary_key)]
    id: i64,
    name: String,
}

fn main() {}
