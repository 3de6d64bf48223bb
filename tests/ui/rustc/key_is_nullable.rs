use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: Option<i64>,
}

type Maybe = Option<String>;

#[derive(Upsertable)]
#[upsert(primary_key(name))]
struct Town {
    name: Maybe,
}

fn main() {}
