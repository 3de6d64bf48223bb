//! What the derives say about mistakes: each file of this folder has one or more, and its `.stderr` is the whole of what the
//! compiler shows. Messages that are in the compiler's own words are in `rustc/`; those are compared on one version of
//! the compiler, and on any other the case must merely fail.
//!
//! Run with `TRYBUILD=overwrite` to write the `.stderr` files anew, and read them.

use std::path::Path;
use std::process::Command;

#[path = "../../src/figures.rs"]
mod figures;
use figures::figure;

/// The compiler in whose words `rustc/` is.
const RUSTC: &str = "rustc 1.95.";

#[test]
fn every_mistake_is_one_error_at_its_token() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("the compiler can be asked").stdout;
    let same_words = version.starts_with(RUSTC.as_bytes());

    let (own, in_rustcs_words) = (cases(Path::new(".")), cases(Path::new("rustc")));
    figure("ui_cases", own + in_rustcs_words);
    figure("ui_cases_compared", if same_words { own + in_rustcs_words } else { own });

    // One runner: each builds the whole tree anew.
    let runner = trybuild::TestCases::new();
    runner.compile_fail("*.rs");
    if same_words {
        runner.compile_fail("rustc/*.rs");
        return;
    }
    // Without a file beside it, nothing is compared.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    for case in std::fs::read_dir("rustc").expect("the cases are there") {
        let case = case.expect("the cases can be read").path();
        if case.extension().is_some_and(|extension| extension == "rs") {
            let copy = folder.join(case.file_name().expect("it is a file"));
            std::fs::copy(&case, &copy).expect("a case can be copied");
            runner.compile_fail(copy);
        }
    }
}

/// How many there are in a folder, each with its `.stderr`.
fn cases(folder: &Path) -> usize {
    let files =
        std::fs::read_dir(folder).expect("the cases are there").map(|file| file.expect("it can be read").path());
    let cases: Vec<_> = files.filter(|file| file.extension().is_some_and(|extension| extension == "rs")).collect();
    let overwrites = std::env::var("TRYBUILD").is_ok_and(|how| how == "overwrite");
    for case in &cases {
        assert!(overwrites || case.with_extension("stderr").is_file(), "{} is compared with nothing", case.display());
    }
    cases.len()
}
