//! What the table was like when its snapshot was taken, and what the struct says it is.

use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(snapshot, db(postgres))]
struct Station {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(max_len = 60)]
    name: String,
    altitud: Option<f32>,
    #[upsert(column = "caption")]
    title: String,
    #[upsert(column = "title")]
    heading: Option<String>,
    #[upsert(generated = "1")]
    readings: i64,
    #[upsert(generated = "1")]
    openend: Option<i64>,
    #[upsert(skip)]
    kind: String,
    #[upsert(default = "'{}'")]
    sensors: Option<Vec<i32>>,
}

#[derive(Upsertable)]
#[upsert(snapshot, table = "station", db(postgres), conflict_target(name))]
struct ByName {
    #[upsert(primary_key)]
    id: i64,
    name: String,
    operator: String,
}

#[derive(Upsertable)]
#[upsert(snapshot, table = "station", db(postgres), primary_key(id, name))]
struct ByBoth {
    id: i64,
    name: String,
    operator: String,
    #[upsert(skip)]
    kind: String,
}

#[derive(Upsertable)]
#[upsert(snapshot, db(postgres))]
struct Broken {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(snapshot, schema = "it's mine")]
struct Missing {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(snapshot, db(sqlite))]
struct Elsewhere {
    #[upsert(primary_key)]
    id: i64,
}

#[derive(Upsertable)]
#[upsert(snapshot = "station")]
struct Flag {
    #[upsert(primary_key)]
    id: i64,
}

fn main() {}
