//! The files of snapshots: one for each table, in a folder for each kind of database.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use upsert::Dialect;
use upsert::snapshot::TableSnapshot;

use crate::Failure;
use crate::arguments::Arguments;

/// What became of a file, or what was found of it.
#[derive(Debug)]
pub(crate) enum Outcome {
    Unchanged,
    Written,
    Removed,
    Missing,
    /// The lines that are only in one of the file and what would be written.
    Stale(String),
    /// The file is there, and its table is not.
    WithoutTable,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Unchanged => "unchanged",
            Self::Written => "written",
            Self::Removed => "removed, for its table is gone",
            Self::Missing => "missing: `cargo upsert snapshot` without --check writes it",
            Self::Stale(lines) => {
                f.write_str("the table is another one now: `cargo upsert snapshot` without --check writes it anew")?;
                return f.write_str(lines);
            }
            Self::WithoutTable => "there is no such table: `cargo upsert snapshot --prune` removes the file",
        };
        f.write_str(words)
    }
}

/// The folder of all snapshots: where the derive looks for them, unless it was named.
pub(crate) fn directory(arguments: &Arguments) -> Result<PathBuf, Failure> {
    const NAME: &str = "upsert-snapshots";
    if let Some(directory) = &arguments.directory {
        return Ok(directory.clone());
    }
    let here = std::env::current_dir()?;
    for (steps, folder) in here.ancestors().enumerate() {
        let Some(manifest) = read(&folder.join("Cargo.toml"))? else { continue };
        if !manifest.lines().any(|line| line.trim() == "[package]") {
            return Err(format!(
                "{} is of a workspace, and of no package: go to the folder of the package whose structs these are, or name the \
                 folder with --directory",
                folder.join("Cargo.toml").display()
            )
            .into());
        }
        return Ok(if steps == 0 { NAME.into() } else { folder.join(NAME) });
    }
    Err("there is no Cargo.toml here, nor above: name the folder with --directory".into())
}

/// The folder of a kind of database.
pub(crate) fn folder(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "postgres",
        Dialect::Sqlite => "sqlite",
        _ => "mysql",
    }
}

/// The file of a table, which is named as the struct names it: with its schema where that was named.
pub(crate) fn path(folder: &Path, table: &str, arguments: &Arguments) -> PathBuf {
    let table = as_file_name(table);
    folder.join(match &arguments.schema {
        Some(schema) => format!("{}.{table}.{ENDING}", as_file_name(schema)),
        None => format!("{table}.{ENDING}"),
    })
}

const ENDING: &str = "snapshot";

/// A name as every file system takes it, and tells it from others: whatever is no small letter, digit or `_` is written in
/// hexadecimal digits. The derive does the same.
fn as_file_name(name: &str) -> String {
    let mut file_name = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'_' => file_name.push(char::from(byte)),
            _ => file_name.push_str(&format!("%{byte:02X}")),
        }
    }
    file_name
}

/// The names of tables that have a file: views, and tables of another schema on the search path, are not among all of a schema,
/// but were named once.
pub(crate) fn named(folder: &Path, arguments: &Arguments) -> Result<Vec<String>, Failure> {
    let names = without_table(folder, &BTreeMap::new(), arguments)?;
    let name = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.strip_suffix(ENDING)?.strip_suffix('.')?.to_owned();
        from_file_name(name.rsplit('.').next()?)
    };
    Ok(names.into_iter().filter_map(name).collect())
}

/// The schemas that were named when files were written.
pub(crate) fn schemas(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut schemas = BTreeSet::new();
    for (name, _) in entries(folder)? {
        if let [schema, _] = name.split('.').collect::<Vec<_>>().as_slice() {
            schemas.extend(from_file_name(schema));
        }
    }
    Ok(schemas.into_iter().collect())
}

/// The files of a folder: the name of each, without its ending, and its path.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(at(folder, &error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| at(folder, &error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let Some(name) = name.strip_suffix(ENDING).and_then(|name| name.strip_suffix('.')) else { continue };
        files.push((name.to_owned(), path));
    }
    Ok(files)
}

/// The name that was written as this one.
fn from_file_name(file_name: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = file_name.as_bytes();
    while let [first, behind @ ..] = rest {
        if let (b'%', [high, low, behind @ ..]) = (first, behind) {
            let digits = [*high, *low];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            rest = behind;
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8(bytes).ok()
}

/// The texts of the files, by their paths.
fn texts(folder: &Path, snapshots: &[TableSnapshot], arguments: &Arguments) -> BTreeMap<PathBuf, String> {
    let file = |snapshot: &TableSnapshot| (path(folder, &snapshot.table, arguments), snapshot.to_string());
    snapshots.iter().map(file).collect()
}

/// Files of tables that were looked for, those that were named or all of a schema, and are not there.
fn without_table(
    folder: &Path,
    texts: &BTreeMap<PathBuf, String>,
    arguments: &Arguments,
) -> Result<Vec<PathBuf>, Failure> {
    if !arguments.tables.is_empty() {
        let named = arguments.tables.iter().map(|table| path(folder, table, arguments));
        let gone: BTreeSet<PathBuf> = named.filter(|path| !texts.contains_key(path) && path.exists()).collect();
        return Ok(gone.into_iter().collect());
    }
    let parts = if arguments.schema.is_some() { 2 } else { 1 };
    let schema = arguments.schema.as_deref().map(as_file_name);
    let mut paths = Vec::new();
    for (name, path) in entries(folder)? {
        let named: Vec<&str> = name.split('.').collect();
        let is_of_schema =
            named.len() == parts && schema.as_deref().is_none_or(|schema| named.first() == Some(&schema));
        if is_of_schema && !texts.contains_key(&path) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Writes the files that are not as they should be, and removes those without a table.
pub(crate) fn write(
    folder: &Path,
    snapshots: &[TableSnapshot],
    arguments: &Arguments,
) -> Result<Vec<(PathBuf, Outcome)>, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| at(folder, &error))?;
    let texts = texts(folder, snapshots, arguments);
    let mut outcomes = compare(folder, &texts, arguments)?;
    for (path, outcome) in &mut outcomes {
        // A file that is written makes cargo build what reads it.
        *outcome = match (&*outcome, texts.get(path)) {
            (Outcome::Missing | Outcome::Stale(_), Some(text)) => {
                std::fs::write(&*path, text).map_err(|error| at(path, &error))?;
                Outcome::Written
            }
            (Outcome::WithoutTable, _) if arguments.prune => {
                std::fs::remove_file(&*path).map_err(|error| at(path, &error))?;
                Outcome::Removed
            }
            _ => continue,
        };
    }
    Ok(outcomes)
}

/// Tells which files are not as they should be.
pub(crate) fn check(
    folder: &Path,
    snapshots: &[TableSnapshot],
    arguments: &Arguments,
) -> Result<Vec<(PathBuf, Outcome)>, Failure> {
    let mut outcomes = compare(folder, &texts(folder, snapshots, arguments), arguments)?;
    // All of a schema are looked at: those that are not kept are nobody's.
    outcomes.retain(|(_, outcome)| !matches!(outcome, Outcome::Missing) || !arguments.tables.is_empty());
    if outcomes.is_empty() {
        return Err(format!("{}: the files are missing: without --check they are written", folder.display()).into());
    }
    Ok(outcomes)
}

/// What is found of each file that should be there, and of those that should not.
fn compare(
    folder: &Path,
    texts: &BTreeMap<PathBuf, String>,
    arguments: &Arguments,
) -> Result<Vec<(PathBuf, Outcome)>, Failure> {
    let mut outcomes = Vec::new();
    for (path, text) in texts {
        let outcome = match read(path)? {
            None => Outcome::Missing,
            Some(written) if written == *text => Outcome::Unchanged,
            Some(written) => Outcome::Stale(only_in_one(&written, text)),
        };
        outcomes.push((path.clone(), outcome));
    }
    let gone = without_table(folder, texts, arguments)?;
    outcomes.extend(gone.into_iter().map(|path| (path, Outcome::WithoutTable)));
    Ok(outcomes)
}

/// What is to be taken away, and added.
fn only_in_one(written: &str, text: &str) -> String {
    let lines = |sign: char, of: &str, other: &str| {
        let kept: BTreeSet<String> = other.lines().map(str::to_owned).collect();
        let own = of.lines().filter(|line| !kept.contains(*line));
        own.map(|line| format!("\n  {sign} {}", line.trim())).collect::<String>()
    };
    lines('-', written, text) + &lines('+', text, written)
}

/// The text of a file; `None` if there is none. One whose lines another system ends is the same.
fn read(path: &Path) -> Result<Option<String>, Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.replace("\r\n", "\n"))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path, &error)),
    }
}

fn at(path: &Path, error: &std::io::Error) -> Failure {
    format!("{}: {error}", path.display()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_told_apart_by_every_file_system() {
        assert_eq!(as_file_name("weather_2026"), "weather_2026");
        assert_eq!(as_file_name("Weather"), "%57eather");
        assert_eq!(as_file_name("a/../b.c é"), "a%2F%2E%2E%2Fb%2Ec%20%C3%A9");
        for name in ["weather_2026", "Weather", "a/../b.c é", "%", "%41"] {
            assert_eq!(from_file_name(&as_file_name(name)).as_deref(), Some(name));
        }
    }
}
