use upsert::Upsertable;

struct City {
    id: i64,
}

fn load<T: Upsertable>(_: Vec<T>) {}

fn main() {
    let _ = <City as Upsertable>::SCHEMA;
    load(vec![City { id: 1 }]);
}
