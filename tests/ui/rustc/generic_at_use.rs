use upsert::Upsertable;

#[derive(Upsertable)]
struct Row<T> {
    #[upsert(primary_key)]
    key: T,
}

fn main() {
    let _ = Row::<i64>::SCHEMA;
    let _ = Row::<f64>::SCHEMA;
    let _ = <Row<f64> as Upsertable>::SCHEMA;
}
