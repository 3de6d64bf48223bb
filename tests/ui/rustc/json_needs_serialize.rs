use upsert::Upsertable;

struct Preferences;

#[derive(Upsertable)]
struct User {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(json)]
    preferences: Preferences,
    #[upsert(json(nullable))]
    name: String,
}

fn main() {}
