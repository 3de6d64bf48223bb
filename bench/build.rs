//! Compiles the loop in C against the header of the SQLite that rusqlite links.

fn main() {
    let include = std::env::var_os("DEP_SQLITE3_INCLUDE").expect("libsqlite3-sys is built with its bundled SQLite");
    println!("cargo::rerun-if-changed=src/sqlite/c_loop.c");
    cc::Build::new().file("src/sqlite/c_loop.c").include(include).opt_level(3).compile("c_loop");
}
