//! What the derive says about mistakes: each file of `ui/` has one or more, and its `.stderr` is the whole of what the
//! compiler shows. Messages that are in the compiler's own words are in `ui/rustc/`; a new toolchain may change those.
//!
//! Run with `TRYBUILD=overwrite` to write the `.stderr` files anew, and read them.

#[test]
fn every_mistake_is_one_error_at_its_token() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
    cases.compile_fail("ui/rustc/*.rs");
}
