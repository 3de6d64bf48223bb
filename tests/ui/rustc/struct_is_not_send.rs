use upsert::Upsertable;

#[derive(Upsertable)]
struct City {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(skip)]
    cache: std::rc::Rc<i64>,
}

fn main() {}
