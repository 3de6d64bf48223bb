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

impl SourceFile {
    /// Its literal strings with their lines, those of comments, docs and tests left out, as the compiler reads them.
    pub fn strings(&self) -> Vec<(usize, String)> {
        let text = self.text.split("#[cfg(test)]").next().unwrap_or_default();
        let mut strings = Vec::new();
        let (mut rest, mut line) = (text, 1);
        while let Some(first) = rest.chars().next() {
            let after_hashes = rest.strip_prefix('r').map(|raw| raw.trim_start_matches('#'));
            let taken = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if let Some(raw) = after_hashes.and_then(|raw| raw.strip_prefix('"')) {
                let start = rest.len() - raw.len();
                let end = format!("\"{}", "#".repeat(start - 2));
                let len = raw.find(&end).unwrap_or(raw.len());
                strings.push((line, raw[..len].to_owned()));
                start + len + end.len()
            } else if let Some(string) = rest.strip_prefix('"') {
                let len = end_of_string(string);
                strings.push((line, unescaped(&string[..len])));
                len + 2
            } else if let Some(character) = rest.strip_prefix('\'') {
                // Else it is a lifetime.
                let escape = character.strip_prefix('\\').and_then(|escape| escape.get(1..)?.find('\''));
                let plain = character.chars().next().filter(|plain| character[plain.len_utf8()..].starts_with('\''));
                escape.map(|end| end + 4).or(plain.map(|plain| plain.len_utf8() + 2)).unwrap_or(1)
            } else if first.is_alphanumeric() || first == '_' {
                rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            let (taken, left) = rest.split_at(taken.min(rest.len()));
            line += taken.matches('\n').count();
            rest = left;
        }
        strings
    }
}

fn end_of_string(string: &str) -> usize {
    let mut escaped = false;
    let end = string.char_indices().find(|(_, letter)| {
        let ends = *letter == '"' && !escaped;
        escaped = *letter == '\\' && !escaped;
        ends
    });
    end.map_or(string.len(), |(at, _)| at)
}

fn unescaped(string: &str) -> String {
    let mut text = String::new();
    let mut letters = string.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => text.push('\n'),
            Some('0') => text.push('\0'),
            // The line goes on, without the blanks before it.
            Some('\n') => while letters.next_if(|blank| blank.is_whitespace()).is_some() {},
            Some(other) => text.push(other),
            None => {}
        }
    }
    text
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
