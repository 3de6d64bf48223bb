//! How hard the tests tried, in numbers.

use std::fmt::Display;
use std::io::Write;

/// Notes a figure: it is printed, and kept in the file that `UPSERT_FIGURES` names, which `test.sh` prints at its end.
pub fn figure(name: impl Display, value: impl Display) {
    let line = format!("figure {name} {value}\n");
    print!("{line}");
    if let Some(path) = std::env::var_os("UPSERT_FIGURES") {
        let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
        // One write, so that lines of tests that run side by side do not mix.
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .expect("UPSERT_FIGURES names a file that can be written");
    }
}
