use upsert::with::TruncateToMicros;
use upsert::Upsertable;

#[derive(Upsertable)]
struct Visit {
    #[upsert(primary_key, with = "TruncateToMicros")]
    at: Option<std::time::SystemTime>,
}

fn main() {}
