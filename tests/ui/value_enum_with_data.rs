use upsert::ColumnValue;

#[derive(ColumnValue)]
enum Shape {
    Point,
    Circle(f64),
    Box { width: f64 },
}

fn main() {}
