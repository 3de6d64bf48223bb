//! The invariants of the house (DESIGN.md, section 4), kept by reading its files.

use std::collections::BTreeSet;
use std::process::Command;

use tests::figure;
use tests::source_files::{SourceFile, below, root};

const RUNTIME: &str = "upsert-runtime/src";

const VOCABULARY: [&str; 9] =
    ["schema", "value", "column_value", "group", "rows", "options", "report", "change", "error"];
const DECIDING: [&str; 7] = ["plan", "fit", "misfit", "evolve", "duplicates", "snapshot", "sql"];
/// The drivers, and the only folder that names each.
const DRIVERS: [(&str, &str); 5] = [
    ("tokio_postgres", "backend/postgres/"),
    ("deadpool", "backend/postgres/"),
    ("deadpool_postgres", "backend/postgres/"),
    ("rusqlite", "backend/sqlite/"),
    ("mysql_async", "backend/mysql/"),
];

#[test]
fn vocabulary_imports_only_vocabulary() {
    for file in runtime_files(&VOCABULARY) {
        for (place, module) in imports(&file) {
            // What rows of a type are is said by the type.
            let of_rows = file.path == "rows.rs" && module == "upsertable";
            assert!(VOCABULARY.contains(&module.as_str()) || of_rows, "{place}: vocabulary names `crate::{module}`");
        }
    }
}

#[test]
fn deciding_is_pure() {
    for file in runtime_files(&DECIDING) {
        for (place, module) in imports(&file) {
            let allowed = VOCABULARY.contains(&module.as_str()) || DECIDING.contains(&module.as_str());
            assert!(allowed, "{place}: deciding names `crate::{module}`");
        }
        for (number, code) in file.code() {
            let place = format!("{}:{number}", file.path);
            assert!(!code.contains("cfg(feature"), "{place}: deciding depends on a feature");
            for word in words(code) {
                let does =
                    ["async", "await", "tokio"].contains(&word) || DRIVERS.iter().any(|(driver, _)| *driver == word);
                assert!(!does, "{place}: deciding says `{word}`");
            }
        }
    }
}

#[test]
fn a_driver_is_named_in_its_own_folder_only() {
    for file in below(RUNTIME) {
        for (number, code) in file.code() {
            for (driver, folder) in DRIVERS {
                // The list of backends re-exports the drivers, and says in a diagnostic what their types are called.
                let is_at_home = file.path.starts_with(folder) || file.path == "backend/mod.rs";
                assert!(is_at_home || !words(code).any(|word| word == driver), "{}:{number}: `{driver}`", file.path);
            }
        }
    }
}

#[test]
fn no_backend_imports_another() {
    let backends = backends();
    assert!(["postgres", "sqlite", "mysql"].iter().all(|name| backends.contains(*name)), "{backends:?}");
    for file in below(&format!("{RUNTIME}/backend")) {
        let Some((own, _)) = file.path.split_once('/') else { continue };
        for (number, code) in file.code() {
            for other in backends.iter().filter(|other| *other != own) {
                // Its SQL is another's as well.
                for path in [format!("backend::{other}"), format!("super::{other}"), format!("sql::{other}")] {
                    assert!(!code.contains(&path), "backend/{}:{number}: {own} names {path}", file.path);
                }
            }
        }
    }
}

#[test]
fn features_stand_in_lists() {
    const LISTS: [&str; 3] = ["backend/mod.rs", "column_value/mod.rs", "trace/mod.rs"];
    let mut found = 0;
    for (folder, lists) in [(RUNTIME, &LISTS[..]), ("src", &["lib.rs"]), ("upsert-derive/src", &[])] {
        for file in below(folder) {
            for (number, code) in file.code() {
                // What the documentation shows, and which lints speak, may depend on features anywhere.
                let only_for_readers = code.contains("cfg_attr(docsrs") || code.contains("allow(dead_code,");
                if code.contains("cfg") && code.contains("feature") && !only_for_readers {
                    assert!(lists.contains(&file.path.as_str()), "{folder}/{}:{number}: {code}", file.path);
                    assert!(code.starts_with("#[cfg("), "{folder}/{}:{number}: it is not part of a list", file.path);
                    found += 1;
                }
            }
        }
    }
    assert!(found >= 5, "features were not found");
}

#[test]
fn the_runtime_does_not_depend_on_the_derive() {
    let manifest = std::fs::read_to_string(root().join("upsert-runtime/Cargo.toml")).unwrap();
    let mut section = "";
    let mut dependencies = 0;
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section == "[dependencies]" {
            dependencies += usize::from(line.contains('='));
            assert!(!line.contains("upsert-derive"), "{line}");
        }
    }
    assert!(dependencies >= 2, "the dependencies were not found");
}

/// `forbid(unsafe_code)` stands in the manifests; here it is seen that no crate has forgotten it. Only the benchmark,
/// which is not published, may call SQLite as C does, to show the distance.
#[test]
fn nothing_is_unsafe() {
    for folder in ["src", "upsert-derive/src", RUNTIME, "tests/src", "tests/tests", "examples"] {
        for file in below(folder) {
            for (number, code) in file.code() {
                assert!(!words(code).any(|word| word == concat!("un", "safe")), "{folder}/{}:{number}", file.path);
            }
        }
    }
    let manifests = [("Cargo.toml", "[workspace.lints.rust]"), ("tests/Cargo.toml", "[lints.rust]")];
    for (manifest, section) in manifests {
        let text = std::fs::read_to_string(root().join(manifest)).unwrap();
        let lints = text.split_once(section).unwrap_or_else(|| panic!("{manifest} has no {section}")).1;
        let lints = lints.split("\n[").next().unwrap();
        assert!(lints.contains("unsafe_code = \"forbid\""), "{manifest}");
    }
    for member in ["upsert-derive", "upsert-runtime", "."] {
        let text = std::fs::read_to_string(root().join(member).join("Cargo.toml")).unwrap();
        assert!(text.contains("[lints]\nworkspace = true"), "{member} does not take the lints of the workspace");
    }
}

/// Each promise has a test that bears its name. Those that are kept later join the list with their tests.
#[test]
fn each_promise_has_a_test_that_bears_its_name() {
    const TESTED: [u32; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    let tests: String = below("tests/tests").into_iter().map(|file| file.text).collect();
    for promise in TESTED {
        assert!(tests.contains(&format!("fn promise_{promise}_")), "promise {promise} has no test");
    }
    figure("promises_tested", TESTED.len());
}

/// The tests that the documentation names are there.
#[test]
fn what_stands_in_the_place_of_pangres_is_shown_by_tests() {
    let text = std::fs::read_to_string(root().join("docs/pangres.md")).unwrap();
    let sources = below("tests/tests").into_iter().chain(below("tests/frames/tests"));
    let tests: String = sources.map(|file| file.text).collect();
    // The first two lines of a table are its head.
    let table = |title: &str| -> Vec<&str> {
        let (_, behind) = text.split_once(title).expect("there is this table");
        let section = behind.split("\n## ").next().expect("it has an end");
        section.lines().filter(|line| line.starts_with("| ")).skip(1).collect()
    };
    let (parameters, changes) = (table("## Its parameters"), table("## What it changes, loses or fails at"));
    for row in parameters.iter().chain(&changes) {
        let shown = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let names: Vec<&str> = shown.split(", ").map(|name| name.trim_matches('`')).collect();
        assert!(!names.is_empty(), "{row}");
        for name in names {
            assert!(tests.contains(&format!("fn {name}")), "no test is called {name}");
        }
    }
    // Those of its signature.
    assert_eq!(parameters.len(), 12);
    figure("pangres_faults_shown_not_to_be_here", changes.len());
}

/// What the documentation says of mistakes is shown by tests that are there.
#[test]
fn each_mistake_is_shown_by_a_test() {
    let text = std::fs::read_to_string(root().join("docs/mistakes.md")).unwrap();
    let (_, ours) = text.split_once("## What upsert does").expect("it has our table");
    let ours = ours.split("\n## ").next().expect("it has an end");
    let sources: Vec<_> = below("tests/tests").into_iter().chain(below("cargo-upsert/tests")).collect();
    let (mut rows, mut at_compile_time) = (0, 0);
    for row in ours.lines().filter(|row| row.starts_with("| ") && !row.starts_with("| #")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [number, verdict, tests] = cells.as_slice() else { panic!("{row}") };
        rows += 1;
        assert_eq!(number.trim_start_matches("| "), rows.to_string(), "{row}");
        at_compile_time += usize::from(verdict.contains("**compile"));
        for test in tests.trim_end_matches(" |").split(", ").filter(|test| *test != "none") {
            let test = test.trim_matches('`');
            let found = match test.split_once("::") {
                Some((file, name)) => {
                    let (file, name) = (format!("{file}.rs"), format!("fn {name}"));
                    let is_it = |path: &str| path.rsplit('/').next() == Some(&file);
                    sources.iter().any(|source| is_it(&source.path) && source.text.contains(&name))
                }
                None => root().join("tests").join(test).with_extension("stderr").is_file(),
            };
            assert!(found, "row {number}: there is no test {test}");
        }
        assert!(tests.contains("ui/") || !verdict.contains("**compile"), "row {number} is shown by no case of ui/");
    }
    figure("mistakes_listed", rows);
    figure("mistakes_found_at_compile_time", at_compile_time);
}

/// What the derive says, and what the rules of the databases say at compile time, stands in a file beside a case of `ui/`: a
/// message that nobody has seen is none. A string of some words is a message; of one that is put together, the longest part.
#[test]
fn each_message_of_the_derive_has_a_golden_file() {
    /// What is said of schemas that no derive has made, and strings that are no messages.
    const OTHERS: [&str; 9] = [
        "a table WITHOUT ROWID gives no numbers, and a column is an `identity`: leave one of the two out",
        "a table WITHOUT ROWID has a primary key, and no column is part of one: leave WITHOUT ROWID out",
        "the key has no column",
        "the key names a column that is not there",
        "the index names a column that is not there",
        "another column has the same name: give one another by `column = \"…\"`",
        "The columns of `",
        "it is the compiler that shows it, as an error at the caller's place",
        "the schema has no column",
    ];
    let golden: Vec<String> = ["tests/ui", "tests/ui/rustc"].iter().flat_map(|folder| golden_files(folder)).collect();
    let (mut messages, mut unseen) = (0, Vec::new());
    let fit = format!("{RUNTIME}/fit");
    let places = [("upsert-derive/src", ""), (fit.as_str(), ""), (RUNTIME, "private.rs"), (RUNTIME, "compared.rs")];
    // Names of types may have many words.
    let has_messages = |path: &str| path != "tests.rs" && path != "width.rs";
    for (folder, only) in places {
        for file in below(folder).iter().filter(|file| file.path.ends_with(only) && has_messages(&file.path)) {
            for (line, string) in file.strings() {
                let parts = string.split('\n').flat_map(|line| line.split(['{', '}']).step_by(2));
                let longest = parts.max_by_key(|part| part.len()).unwrap_or_default().trim();
                let is_message = longest.split(' ').filter(|word| word.chars().all(char::is_alphabetic)).count() > 2;
                if !is_message || OTHERS.contains(&longest) {
                    continue;
                }
                messages += 1;
                if !golden.iter().any(|text| text.contains(longest)) {
                    unseen.push(format!("{folder}/{}:{line}: {longest}", file.path));
                }
            }
        }
    }
    assert!(messages > 100, "the messages were not found");
    assert!(unseen.is_empty(), "no file of ui/ has these messages:\n{}", unseen.join("\n"));
    figure("messages_of_the_derive", messages);
}

fn golden_files(folder: &str) -> Vec<String> {
    let files = std::fs::read_dir(root().join(folder)).expect("the cases are there");
    let paths = files.map(|file| file.expect("it can be read").path());
    let golden = paths.filter(|path| path.extension().is_some_and(|extension| extension == "stderr"));
    golden.map(|path| std::fs::read_to_string(path).expect("it can be read")).collect()
}

#[test]
fn few_crates_are_in_the_tree() {
    for (name, features, most) in
        [("default", "", 16), ("sqlite", "sqlite-bundled", 34), ("postgres", "postgres", 74), ("mysql", "mysql", 115)]
    {
        let crates = crates(features);
        figure(format!("crates_{name}"), crates.len());
        assert!(crates.len() <= most, "{} crates with {name}: {crates:#?}", crates.len());
        assert!(crates.iter().any(|line| line.starts_with("upsert-runtime ")), "{crates:?}");
    }
}

fn crates(features: &str) -> BTreeSet<String> {
    let mut tree = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    tree.current_dir(root()).args(["tree", "--package", "upsert", "--edges", "normal", "--prefix", "none"]);
    let tree = tree.args(["--features", features]).output().expect("cargo can be started");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    tree.lines().map(|line| line.trim_end_matches(" (*)").trim_end_matches(" (proc-macro)").to_owned()).collect()
}

/// The files of some modules of the runtime: `plan.rs`, `sql/mod.rs`, …
fn runtime_files(modules: &[&str]) -> Vec<SourceFile> {
    let files: Vec<SourceFile> =
        below(RUNTIME).into_iter().filter(|file| modules.contains(&module(&file.path))).collect();
    for module_name in modules {
        assert!(files.iter().any(|file| module(&file.path) == *module_name), "there is no module {module_name}");
    }
    files
}

fn module(path: &str) -> &str {
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}

fn backends() -> BTreeSet<String> {
    below(&format!("{RUNTIME}/backend"))
        .iter()
        .filter_map(|file| Some(file.path.split_once('/')?.0.to_owned()))
        .collect()
}

/// The modules of the crate that a file names, each with its place.
fn imports(file: &SourceFile) -> Vec<(String, String)> {
    let mut imports = Vec::new();
    for (number, code) in file.code() {
        let mut rest = code;
        while let Some((_, named)) = rest.split_once("crate::") {
            rest = named;
            // `crate::{…}` would hide from this.
            assert!(!named.starts_with('{'), "{}:{number}: one `use` for each module", file.path);
            imports.extend(words(named).next().map(|module| (format!("{}:{number}", file.path), module.to_owned())));
        }
        // The parent of a file at the top is the crate.
        assert!(file.path.contains('/') || !code.contains("super::"), "{}:{number}", file.path);
    }
    imports
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|character: char| !character.is_alphanumeric() && character != '_').filter(|word| !word.is_empty())
}
