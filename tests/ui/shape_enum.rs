use upsert::Upsertable;

#[derive(Upsertable)]
enum City {
    Oslo,
    Rome,
}

fn main() {}
