use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(check_for_backend = "Pg")]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_length = 40)]
    a: String,
    #[upsert(serialize_as = "Cents")]
    b: String,
    #[upsert(column_type = "Text")]
    c: String,
    #[upsert(maxlen = 40)]
    d: String,
    #[upsert(skip_update)]
    e: String,
    #[upsert(db(sqlite))]
    f: String,
}

fn main() {}
