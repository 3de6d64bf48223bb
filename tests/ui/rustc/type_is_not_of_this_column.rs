use upsert::{ColumnValue, Upsertable};

#[derive(Upsertable)]
#[upsert(db(sqlite))]
struct Visit {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(sql_type(sqlite = "INTEGER"))]
    at: std::time::SystemTime,
    #[upsert(sql_type(sqlite = "TEXT"))]
    share: f64,
}

#[derive(ColumnValue)]
#[upsert(postgres_enum = "mood")]
enum Mood {
    Good,
    Bad,
}

#[derive(ColumnValue)]
#[upsert(postgres_enum = "mood")]
enum OtherMood {
    High,
    Low,
}

#[derive(Upsertable)]
#[upsert(db(postgres))]
struct Person {
    #[upsert(primary_key)]
    id: i64,
    mood: Mood,
    other_mood: OtherMood,
}

#[derive(Upsertable)]
#[upsert(table = "mood", db(postgres))]
struct Entry {
    #[upsert(primary_key)]
    id: i64,
    mood: Mood,
}

#[derive(Upsertable)]
#[upsert(db(mysql))]
struct Page {
    #[upsert(primary_key, sql_type(mysql = "mediumtext"))]
    path: String,
    #[upsert(column = "é")]
    small: i64,
    #[upsert(column = "É")]
    large: i64,
}

#[derive(Upsertable)]
#[upsert(db(mysql), unique(name), index(plan, name = "account_name_key"))]
struct Account {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_len = 20)]
    name: String,
    plan: i64,
}

#[derive(Upsertable)]
#[upsert(db(postgres))]
struct Pet {
    #[upsert(primary_key)]
    id: i64,
    mood: Mood,
    #[upsert(generated = "'high'")]
    other_mood: OtherMood,
}

fn main() {}
