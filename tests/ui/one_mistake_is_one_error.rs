use upsert::Upsertable;

use upsert::Dialect;

#[derive(Upsertable)]
#[upsert(tabel = "users")]
struct User<'a, T> {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(skip)]
    cache: T,
    name: &'a str,
}

fn main() {
    let user = User { id: 1, cache: (), name: "n" };
    let _ = (User::<()>::COL.id, User::<()>::COL.name, User::<()>::SCHEMA);
    let _ = (user.value(0), user.size(), User::<()>::create_table_sql(Dialect::Postgres));
}
