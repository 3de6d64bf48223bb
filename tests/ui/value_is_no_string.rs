use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(table = cities, schema = 5, rename_all = camelCase, crate = ::upsert)]
struct City {
    #[upsert(primary_key, rename = r#type)]
    id: i64,
    #[upsert(column = b"bytes")]
    name: String,
    #[upsert(column = concat!("a", "b"))]
    other: String,
}

fn main() {}
