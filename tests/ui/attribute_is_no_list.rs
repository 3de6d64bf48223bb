use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert]
struct City {
    #[upsert = "primary_key"]
    id: i64,
}

fn main() {}
