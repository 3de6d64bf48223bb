use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(unique)]
#[upsert(unique())]
#[upsert(unique("email"))]
#[upsert(unique(columns(email)))]
#[upsert(index(email city))]
#[upsert(index(email desc))]
#[upsert(index(lower(email)))]
#[upsert(index(emial, name = "a", name = "b"), unique("emial"))]
#[upsert(index(email, wher = "city IS NULL"))]
#[upsert(index(email, name))]
#[upsert(index(email, name = city))]
#[upsert(index(email, name = "a", name = "b"))]
#[upsert(index(email, where = ""))]
#[upsert(index(email, name = ""))]
#[upsert(unique(expr = "lower(email)"))]
#[upsert(unique(email, expr = "lower(email)", name = "lower_email"))]
struct User {
    #[upsert(primary_key)]
    id: i64,
    email: String,
    city: String,
    #[upsert(unique = "key")]
    name: String,
    #[upsert(index(name = "by_phone"))]
    phone: String,
    #[upsert(unique(street, city))]
    street: String,
}

fn main() {}
