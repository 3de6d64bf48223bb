//! A snapshot says what each column takes; what a type is, the compiler knows.

use upsert::{ColumnValue, Upsertable};

type Height = f64;

#[derive(ColumnValue)]
struct Id(u64);

#[derive(ColumnValue)]
enum Kind {
    Fixed,
    Buoy,
}

#[derive(ColumnValue)]
enum Shape {
    Round,
    Oval,
}

#[derive(Upsertable)]
#[upsert(snapshot, db(postgres))]
struct Station {
    #[upsert(primary_key)]
    id: Id,
    name: Option<String>,
    altitude: Option<Height>,
    opened: Option<String>,
    operator: i32,
    kind: Kind,
    position: Option<String>,
    sensors: Option<Vec<i64>>,
    readings: Option<i64>,
    shape: Option<Shape>,
}

#[derive(Upsertable)]
#[upsert(snapshot, table = "station", db(postgres))]
struct AnyKind {
    #[upsert(primary_key)]
    id: i64,
    name: String,
    operator: String,
    kind: String,
    /// What a check forbids is left to the database.
    shape: Option<String>,
}

mod sound {
    use upsert::{ColumnValue, Upsertable};

    #[derive(ColumnValue)]
    enum Kind {
        Fixed,
        Ship,
    }

    #[derive(ColumnValue)]
    enum Shape {
        Square,
    }

    #[derive(ColumnValue)]
    struct Id(i64);

    /// Whoever names a type knows what it has no room for.
    #[derive(Upsertable)]
    #[upsert(snapshot, db(postgres))]
    struct Station {
        #[upsert(primary_key)]
        id: Id,
        #[upsert(max_len = 40)]
        name: String,
        operator: String,
        kind: Kind,
        #[upsert(sql_type(postgres = "real"))]
        altitude: Option<i64>,
        sensors: Option<Vec<i32>>,
        #[upsert(default = "0")]
        readings: Option<i64>,
        shape: Option<Shape>,
    }
}

fn main() {}
