use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(tabel = "cities", schema = 5, rename_all = "Camel", primary_key(idd))]
struct City {
    #[upsert(colum = "i")]
    id: i64,
    #[upsert(column = "x", skip)]
    a: i64,
    #[upsert(column = "same")]
    b: i64,
    #[upsert(column = "same", update = sometimes)]
    c: i64,
}

fn main() {}
