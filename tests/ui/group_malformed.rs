use upsert::ColumnGroup;

#[derive(ColumnGroup)]
#[upsert(table = "addresses", index(city), rename_al = "camelCase")]
struct Address {
    #[upsert(primary_key)]
    city: String,
    #[upsert(generated = "upper(city)")]
    upper: String,
    #[upsert(colum = "plz")]
    zip: String,
}

#[derive(ColumnGroup)]
struct Pair<T> {
    left: T,
    right: T,
}

#[derive(ColumnGroup)]
struct Same {
    city: String,
    #[upsert(column = "city")]
    town: String,
}

#[derive(ColumnGroup)]
struct Nothing {}

#[derive(ColumnGroup)]
enum Place {
    Here,
}

fn main() {}
