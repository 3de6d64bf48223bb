use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(table = "a\0b", schema = "\0")]
struct City {
    #[upsert(primary_key, column = "i\0")]
    id: i64,
}

fn main() {}
