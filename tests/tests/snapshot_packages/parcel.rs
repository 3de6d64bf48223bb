// Compiled by the test, whose tables it makes, and in a package of its own, whose snapshots it is held against.

#[derive(Clone, Copy, Debug, upsert::ColumnValue)]
pub enum Stage {
    Packed,
    Sent,
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(snapshot)]
pub struct Parcel {
    #[upsert(primary_key)]
    pub id: i64,
    #[upsert(max_len = 20, unique)]
    pub code: String,
    pub weight: Option<f64>,
    pub pieces: i32,
    #[upsert(default = "'new'", max_len = 9)]
    pub state: Option<String>,
    pub stage: Option<Stage>,
    #[upsert(generated = "pieces * 2")]
    pub doubled: Option<i64>,
}
