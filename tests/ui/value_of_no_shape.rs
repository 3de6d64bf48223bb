use upsert::ColumnValue;

#[derive(ColumnValue)]
enum Never {}

#[derive(ColumnValue)]
struct Pair(i64, i64);

#[derive(ColumnValue)]
struct Unit;

#[derive(ColumnValue)]
union Both {
    a: i64,
    b: f64,
}

fn main() {}
