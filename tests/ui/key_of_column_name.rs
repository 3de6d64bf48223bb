use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(primary_key(e_mail))]
struct User {
    #[upsert(column = "e_mail")]
    email: String,
}

fn main() {}
