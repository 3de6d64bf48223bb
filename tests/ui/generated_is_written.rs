use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(primary_key(id, lower))]
struct User {
    id: i64,
    name: String,
    #[upsert(generated = "lower(name)", update = never, index)]
    lower: String,
    #[upsert(generated = "upper(name)", column = "name")]
    upper: String,
}

fn main() {}
