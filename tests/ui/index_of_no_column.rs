use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(unique(emial), index(e_mail, email, email), index(cache), unique(lower), index(lower))]
struct User {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(column = "e_mail")]
    email: String,
    #[upsert(skip)]
    cache: i64,
    #[upsert(generated = "lower(e_mail)")]
    lower: String,
}

fn main() {}
