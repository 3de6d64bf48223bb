use upsert::ColumnValue;

#[derive(ColumnValue)]
enum Color {
    Red,
    #[upsert(rename = "red")]
    DeepRed,
    #[upsert(rename = "")]
    Blue,
    #[upsert(rename = "a\0b")]
    Green,
    #[upsert(rename)]
    Black,
}

#[derive(ColumnValue)]
#[upsert(rename_all = "lowercase")]
enum Case {
    Up,
    UP,
}

#[derive(ColumnValue)]
#[upsert(postgres_enum = "")]
enum Named {
    One,
}

#[derive(ColumnValue)]
#[upsert(postgres_enum = "length")]
enum Length {
    #[upsert(rename = "a label of more than sixty-three bytes, which PostgreSQL does not take")]
    Long,
}

#[derive(ColumnValue)]
enum Nothing {}

fn main() {}
