use upsert::{ColumnValue, Upsertable};

#[derive(ColumnValue)]
struct Celsius(f64);

#[derive(ColumnValue)]
struct Color(Rgb);

struct Rgb;

#[derive(Upsertable)]
struct Reading {
    #[upsert(primary_key)]
    at: Celsius,
}

fn main() {}
