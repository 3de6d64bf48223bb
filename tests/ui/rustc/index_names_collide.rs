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

/// PostgreSQL gives names, too.
#[derive(Upsertable)]
#[upsert(db(postgres), table = "town", unique(code), index(mayor, name = "town_code_key"), index(mayor, code, name = "town_pkey"))]
struct Town {
    #[upsert(primary_key)]
    id: i64,
    code: i64,
    mayor: i64,
}

/// And the conflict target has a unique key.
#[derive(Upsertable)]
#[upsert(db(postgres), table = "village", conflict_target(code), index(mayor, name = "village_code_key"))]
struct Village {
    #[upsert(primary_key)]
    id: i64,
    code: i64,
    mayor: i64,
}

fn main() {}
