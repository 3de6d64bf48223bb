use upsert::Upsertable;

#[derive(Upsertable)]
#[upsert(db(postgres))]
struct Row {
    #[upsert(primary_key)]
    tableoid: i64,
    xmin: i64,
    #[upsert(column = "cmin")]
    first: i64,
    xmax: i64,
    cmax: i64,
    ctid: i64,
}

fn main() {}
