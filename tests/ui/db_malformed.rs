use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(db = "postgres")]
struct A {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(db())]
struct B {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(db("postgres", pg, sqlit, oracle, sqlite, sqlite, 7, mariadb, sqlite3))]
struct C {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(db(postgres = true, sqlite = false, oracle = true, mysql: true, mysql(8)))]
struct D {
    #[upsert(primary_key)]
    id: i64,
}

fn main() {}
