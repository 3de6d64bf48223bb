use upsert::Upsertable;

use std::collections::HashMap;

struct Own;

type Alias = Own;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    map: HashMap<String, i64>,
    own: Own,
    alias: Option<Alias>,
}

fn main() {}
