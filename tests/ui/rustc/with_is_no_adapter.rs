use upsert::Upsertable;

struct Cents;

#[derive(Upsertable)]
struct Price {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(with = "Cents")]
    amount: f64,
}

fn main() {}
