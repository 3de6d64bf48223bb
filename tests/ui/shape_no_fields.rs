use upsert::Upsertable;

#[derive(Upsertable)]
struct City {}

fn main() {}
