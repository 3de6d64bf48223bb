use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(conflict(email), indexes(email), unique_key(email), default = "0", unqiue(email))]
struct User {
    #[upsert(primary_key, auto_increment)]
    id: i64,
    #[upsert(indexed, default_value = "")]
    email: String,
    #[upsert(embed)]
    address: String,
    #[upsert(computed = "1")]
    one: i64,
    #[upsert(conflict_target, flattn)]
    two: i64,
}

fn main() {}
