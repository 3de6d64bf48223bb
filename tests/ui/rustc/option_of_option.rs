use upsert::Upsertable;

#[derive(Upsertable)]
struct User {
    #[upsert(primary_key)]
    id: i64,
    nickname: Option<Option<String>>,
}

fn main() {}
