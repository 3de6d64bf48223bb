use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(json = true)]
    a: String,
    #[upsert(json())]
    b: String,
    #[upsert(json(nulable))]
    c: String,
    #[upsert(with)]
    d: String,
    #[upsert(with = Cents)]
    e: String,
    #[upsert(with = "not a type")]
    f: String,
    #[upsert(json, with = "Cents")]
    g: String,
}

fn main() {}
