use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(tabel = "cities")]
enum City {
    Oslo,
}

fn main() {}
