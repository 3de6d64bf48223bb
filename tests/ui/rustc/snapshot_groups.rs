//! Columns of flattened structs are known to the compiler alone, which holds them against the snapshot at the field.

use upsert::{ColumnGroup, Upsertable};

#[derive(ColumnGroup)]
struct Place {
    #[upsert(max_len = 60)]
    name: String,
    #[upsert(default = "true")]
    open: Option<bool>,
    county: String,
}

#[derive(ColumnGroup)]
struct Reading {
    computed: i32,
    level: Option<i16>,
}

#[derive(Upsertable)]
#[upsert(snapshot, db(postgres))]
struct Tide {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(flatten, prefix = "place_")]
    place: Place,
    #[upsert(flatten)]
    reading: Reading,
}

/// Digits are compared where both sides say how many there are.
#[derive(Upsertable)]
#[upsert(snapshot, table = "tide", db(postgres))]
struct Level {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(sql_type(postgres = "numeric(7, 2)"))]
    level: i64,
    must: String,
    place_name: String,
}

mod sound {
    use upsert::{ColumnGroup, Upsertable};

    #[derive(ColumnGroup)]
    struct Place {
        #[upsert(max_len = 40)]
        name: String,
        open: Option<bool>,
    }

    #[derive(ColumnGroup)]
    struct Reading {
        #[upsert(sql_type(postgres = "numeric(6, 2)"))]
        level: i64,
        must: String,
    }

    #[derive(Upsertable)]
    #[upsert(snapshot, db(postgres))]
    struct Tide {
        #[upsert(primary_key)]
        id: i64,
        #[upsert(flatten, prefix = "place_")]
        place: Place,
        #[upsert(flatten)]
        reading: Reading,
    }
}

fn main() {}
