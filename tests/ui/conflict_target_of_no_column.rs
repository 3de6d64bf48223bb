use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(primary_key(id), conflict_target(emial))]
struct User {
    id: i64,
    email: String,
}

#[derive(Upsertable)]
#[upsert(primary_key(id), conflict_target(id))]
struct Same {
    id: i64,
}

#[derive(Upsertable)]
#[upsert(conflict_target(id))]
struct SameOnField {
    #[upsert(primary_key)]
    id: i64,
}

fn main() {}
