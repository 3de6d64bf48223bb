use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(table, schema = , rename_all("camelCase"))]
struct City {
    #[upsert(primary_key, column)]
    id: i64,
    #[upsert(column("e_mail"))]
    mail: String,
}

fn main() {}
