//! What was asked for.

use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
usage: cargo upsert snapshot [--database URL] [--schema NAME] [--table NAME]... [--check | --prune] [--directory PATH]

  --database   the path of a file of SQLite (sqlite:PATH and sqlite://PATH are the same), postgres://USER:PASSWORD@HOST/NAME
               or mysql://USER:PASSWORD@HOST/NAME, without TLS; the variable DATABASE_URL if it is not given
  --schema     the schema (PostgreSQL), database (MySQL) or attached database (SQLite) that the tables are in,
               as in `#[upsert(schema = \"…\")]`; the connection's own if it is not given
  --table      a table to look at, as often as there are; all of the schema if none is given
  --check      writes nothing: fails (1) if a file is another one than would be written, or its table is gone, and tells how;
               it looks at the tables that have a file, whatever their schemas unless one is named, or at those that are
               named, which must have one
  --prune      removes the files of tables that are gone, which are only told otherwise; of those that are named, if any are
  --directory  where the files go; the folder `upsert-snapshots` beside the Cargo.toml of the package if it is not given

Commit the files. `#[upsert(snapshot)]` on a struct holds it against the one of its table where it is compiled.";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) database: String,
    pub(crate) schema: Option<String>,
    pub(crate) tables: Vec<String>,
    pub(crate) check: bool,
    pub(crate) prune: bool,
    pub(crate) directory: Option<PathBuf>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Help,
    Snapshot(Arguments),
}

/// Reads the arguments behind the program's name. Cargo says `upsert` first, and a shell does not.
pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut arguments = arguments.peekable();
    arguments.next_if(|first| first == "upsert");
    match arguments.next().as_deref() {
        Some("snapshot") => {}
        Some("--help" | "-h" | "help") => return Ok(Asked::Help),
        Some(other) => return Err(format!("there is no `{other}`: did you mean `snapshot`?")),
        None => return Err("it is not said what to do".to_owned()),
    }
    let mut asked = Arguments {
        database: String::new(),
        schema: None,
        tables: Vec::new(),
        check: false,
        prune: false,
        directory: None,
    };
    while let Some(argument) = arguments.next() {
        let (name, given) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        let mut value = || given.clone().or_else(|| arguments.next()).ok_or(format!("`{name}` wants a value"));
        match name.as_str() {
            "--database" => asked.database = value()?,
            "--schema" => asked.schema = Some(value()?),
            "--table" => asked.tables.push(value()?),
            "--directory" => asked.directory = Some(value()?.into()),
            "--check" => asked.check = true,
            "--prune" => asked.prune = true,
            "--help" | "-h" => return Ok(Asked::Help),
            _ => return Err(format!("there is no `{name}`")),
        }
    }
    if asked.database.is_empty() {
        asked.database = std::env::var("DATABASE_URL").map_err(|_| "no database is named".to_owned())?;
    }
    Ok(Asked::Snapshot(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Result<Asked, String> {
        read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn arguments_are_read_in_both_forms() {
        let expected = Asked::Snapshot(Arguments {
            database: "sqlite:a=b".to_owned(),
            schema: Some("app".to_owned()),
            tables: vec!["x".to_owned(), "y".to_owned()],
            check: true,
            prune: false,
            directory: Some("elsewhere".into()),
        });
        let line =
            "upsert snapshot --database sqlite:a=b --schema=app --table x --table=y --check --directory elsewhere";
        assert_eq!(asked(line).as_ref(), Ok(&expected));
        assert_eq!(asked(line.trim_start_matches("upsert ")), Ok(expected));
        assert_eq!(asked("upsert --help"), Ok(Asked::Help));
    }

    #[test]
    fn mistakes_are_told() {
        for (line, word) in [
            ("upsert", "what to do"),
            ("upsert snapshots", "did you mean `snapshot`"),
            ("upsert snapshot --tables x", "`--tables`"),
            ("upsert snapshot --table", "wants a value"),
        ] {
            let mistake = asked(line).expect_err(line);
            assert!(mistake.contains(word), "{mistake}");
        }
    }
}
