use upsert::Upsertable;

#[derive(Upsertable)]
struct User {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(default = 0)]
    visits: i64,
    #[upsert(default())]
    nickname: Option<String>,
    #[upsert(default(postgres = now))]
    seen: Option<String>,
    #[upsert(default(oracle = "sysdate"))]
    made: Option<String>,
    #[upsert(default = "")]
    empty: Option<String>,
    #[upsert(generated)]
    lower: String,
    #[upsert(generated())]
    upper: String,
    #[upsert(identity = 1)]
    number: Option<i64>,
    #[upsert(default = active)]
    word: Option<String>,
    #[upsert(default = true)]
    answer: Option<bool>,
    #[upsert(default, identity)]
    both: Option<i64>,
    #[upsert(default = now())]
    changed: Option<String>,
    #[upsert(default = -1.5)]
    least: Option<f64>,
}

fn main() {}
