use upsert::Upsertable;

#[derive(Upsertable)]
struct City(i64, String);

fn main() {}
