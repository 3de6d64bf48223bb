use upsert::Upsertable;

struct City {
    id: i64,
}

fn main() {
    let _ = <City as Upsertable>::SCHEMA;
    let _ = City { id: 1 };
}
