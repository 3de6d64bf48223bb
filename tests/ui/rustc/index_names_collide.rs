use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(db(postgres, sqlite, mysql), table = "city")]
#[upsert(index(mayor_since, name = "CITY_name_idx"), index(mayor, name = "city"), index(mayor, id, name = "city_name_idx"))]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(index, max_len = 40)]
    name: String,
    mayor_since: i64,
    mayor: i64,
}

fn main() {}
