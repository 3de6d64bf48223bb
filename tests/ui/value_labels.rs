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

fn main() {}
