//! Each column that an index of MySQL cannot have is one error, at its type, however many indexes have it.

use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(db(mysql), unique(tenant, login), index(login, seen), index(photo))]
struct User {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_len = 40)]
    tenant: String,
    login: String,
    photo: Option<Vec<u8>>,
    #[upsert(index)]
    seen: Vec<i64>,
}

fn main() {}
