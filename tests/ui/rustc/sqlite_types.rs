use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(db(sqlite), sqlite(strict = false), conflict_target(name))]
struct City {
    #[upsert(primary_key, identity, sql_type(sqlite = "BIGINT"))]
    id: Option<i64>,
    name: String,
    #[upsert(sql_type(sqlite = "VARCHAR(40)"))]
    people: f64,
    #[upsert(sql_type(sqlite = "VARCHAR(40)"))]
    mayor: String,
}

fn main() {}
