use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(unique(name), index(name))]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(flatten)]
    a: i64,
    #[upsert(default = "now()")]
    b: i64,
    #[upsert(generated)]
    c: i64,
    #[upsert(sql_type = "varchar(10)")]
    name: String,
}

fn main() {}
