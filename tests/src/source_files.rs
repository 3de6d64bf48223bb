//! The source of the workspace, as the tests that keep it tidy read it.

use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a member of the workspace")
}

/// A file of Rust.
#[derive(Debug)]
pub struct SourceFile {
    /// Its path from the folder that was asked for, with `/`.
    pub path: String,
    pub text: String,
}

impl SourceFile {
    /// Its lines of code with their numbers: no comments, no docs, and nothing from `#[cfg(test)]` on.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(number, line)| (number + 1, line));
        lines
            .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
            .map(|(number, line)| (number, line.split_once("//").map_or(line, |(code, _)| code)))
            .filter(|(_, code)| !code.trim().is_empty())
    }
}

/// All files of Rust below a folder of the workspace.
pub fn below(folder: &str) -> Vec<SourceFile> {
    let folder = root().join(folder);
    let mut files = Vec::new();
    collect(&folder, &folder, &mut files);
    assert!(!files.is_empty(), "{} has no files", folder.display());
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files
}

fn collect(folder: &Path, from: &Path, files: &mut Vec<SourceFile>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path: PathBuf = entry.expect("the folder can be read").path();
        if path.is_dir() {
            collect(&path, from, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let path = path.strip_prefix(from).expect("it is below").to_string_lossy().replace('\\', "/");
            files.push(SourceFile { path, text });
        }
    }
}
