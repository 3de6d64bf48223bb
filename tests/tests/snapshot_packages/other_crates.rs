//! Crates that are not as ours are: of an older edition, or that forbid what they can.

use super::{Package, stderr};

/// A struct, and what else derives.
const DERIVES: &str = r#"
#[derive(::upsert::ColumnGroup)]
pub struct Address { pub city: String }

#[derive(::upsert::ColumnValue)]
pub enum Status { Open, Closed }

#[derive(::upsert::ColumnValue)]
pub struct Cents(pub i64);

#[derive(::upsert::Upsertable)]
#[upsert(db(postgres, sqlite, mysql), unique(price))]
pub struct Order<'a> {
    #[upsert(primary_key, max_len = 20)]
    pub id: &'a str,
    pub r#type: Status,
    pub price: Cents,
    #[upsert(flatten, prefix = "to_")]
    pub address: Address,
    #[upsert(default = "1")]
    pub pieces: Option<i32>,
    #[upsert(generated = "pieces + 1")]
    pub more: i32,
}

#[derive(::upsert::Upsertable)]
pub struct Keyed<K> {
    #[upsert(primary_key)]
    pub key: K,
    pub value: Option<i64>,
}
"#;

#[test]
fn a_crate_of_edition_2015_derives_and_is_told_of_mistakes() {
    let package = Package::new("edition_2015", &format!("extern crate upsert;\n{DERIVES}"));
    package.replace("Cargo.toml", "2024", "2015");
    let said = package.check();
    assert!(said.status.success(), "{}", stderr(&said));

    package.replace("src/lib.rs", "unique(price)", "uniqe(price)");
    let said = package.check();
    assert!(stderr(&said).contains("unknown key `uniqe`; did you mean `unique`?"), "{}", stderr(&said));
}

#[test]
fn a_crate_that_forbids_lints_derives() {
    let forbidden = "#![forbid(warnings, unused, deprecated, nonstandard_style, future_incompatible, unused_qualifications)]\n\
                     #![forbid(rust_2018_idioms, unused_lifetimes, single_use_lifetimes, unreachable_pub, unused_results)]\n";
    let package = Package::new("strict_crate", &format!("{forbidden}{DERIVES}"));
    let said = package.check();
    assert!(said.status.success() && !stderr(&said).contains("warning"), "{}", stderr(&said));
}
