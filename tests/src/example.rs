//! The examples of the workspace, as programs.

use std::process::Command;

/// The program of an example. Cargo builds all of them before it runs the tests of the workspace; where one test is run alone, they are
/// as they were built last.
///
/// # Panics
/// If it has never been built.
pub fn example(name: &str) -> Command {
    let own = std::env::current_exe().expect("a program has a path");
    let target = own.ancestors().nth(2).expect("tests are in a folder of the target directory");
    let program = target.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.is_file(), "build it: cargo build --workspace --example {name}");
    Command::new(program)
}
