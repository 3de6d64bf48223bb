use upsert::ColumnValue;

#[derive(ColumnValue)]
#[upsert(transparent = true)]
struct Id(i64);

#[derive(ColumnValue)]
#[upsert(transparent)]
enum Hue {
    Red,
}

#[derive(ColumnValue)]
#[upsert(rename_all = "UPPERCASE", postgres_enum = "word")]
struct Word(String);

#[derive(ColumnValue)]
struct Price {
    #[upsert(column = "cents")]
    cents: i64,
}

#[derive(ColumnValue)]
#[upsert(type_name = "color", table = "x")]
enum Color {
    #[upsert(label = "r", skip)]
    Red,
    #[upsert(renam = "g")]
    Green,
}

fn main() {}
