use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_len)]
    a: String,
    #[upsert(max_len = "40")]
    b: String,
    #[upsert(max_len = 0)]
    c: String,
    #[upsert(max_len = -1)]
    d: String,
    #[upsert(max_len = 40usize)]
    e: String,
    #[upsert(max_len = 99999999999)]
    f: String,
    #[upsert(max_len = 40 json)]
    g: String,
    #[upsert(max_len = )]
    h: String,
}

fn main() {}
