use upsert::Upsertable;

/// Texts have quotes of their own in SQL, which are easily forgotten.
#[derive(Upsertable)]
struct Ticket {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(default = "active")]
    status: Option<String>,
    #[upsert(default(postgres = "light red", mysql = "'red'"))]
    color: Option<String>,
    #[upsert(default = "now")]
    opened: Option<String>,
    #[upsert(default = "current_timestamp")]
    closed: Option<String>,
    #[upsert(default = "TRUE")]
    is_new: Option<bool>,
}

fn main() {}
