use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(sql_type = "citext")]
    a: String,
    #[upsert(sql_type())]
    b: String,
    #[upsert(sql_type("citext"))]
    c: String,
    #[upsert(sql_type(postgres = citext))]
    d: String,
    #[upsert(sql_type(postgresql = "citext"))]
    e: String,
    #[upsert(sql_type(oracle = "clob"))]
    f: String,
    #[upsert(sql_type(postgres = "citext", postgres = "text"))]
    g: String,
    #[upsert(sql_type(postgres = ""))]
    h: String,
    #[upsert(sql_type(postgres = "citext" sqlite = "TEXT"))]
    i: String,
    #[upsert(sql_type(postgres = ))]
    j: String,
}

fn main() {}
