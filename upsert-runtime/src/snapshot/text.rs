//! The text of a snapshot: tokens of Rust, which the derive reads with the parser that it has, and lines that a person can read in
//! a diff.

use std::fmt;

use super::{ColumnSnapshot, TableSnapshot};
use crate::schema::ColumnType;
use crate::sql::{Dialect, join};

impl fmt::Display for TableSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Which schema it was found in is said by the name of the file, where the struct says it too.
        let Self { dialect, schema: _, table, columns, keys } = self;
        let database = match dialect {
            Dialect::Postgres => "postgres",
            Dialect::Sqlite => "sqlite",
            Dialect::MySql => "mysql",
        };
        writeln!(
            f,
            "// What a table is like, as `cargo upsert snapshot` found it and `#[upsert(snapshot)]` reads it."
        )?;
        writeln!(f, "table {table:?} on {database} {{")?;
        for column in columns {
            writeln!(f, "    {column}")?;
        }
        match keys {
            Some(keys) => {
                for key in keys {
                    writeln!(f, "    key {};", join(key.iter().map(|column| format!("{column:?}")), ", "))?;
                }
            }
            None => writeln!(f, "    view;")?,
        }
        writeln!(f, "}}")
    }
}

impl fmt::Display for ColumnSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, sql_type, nullable, filled, generated, max_len, labels, checked, takes, takes_some } = self;
        write!(f, "column {name:?} {sql_type:?}")?;
        for (word, is_so) in [(" not_null", !nullable), (" filled", *filled), (" generated", *generated)] {
            f.write_str(if is_so { word } else { "" })?;
        }
        if let Some(most) = max_len {
            write!(f, " max_len({most})")?;
        }
        for (word, texts) in [("labels", labels), ("checked", checked)] {
            if !texts.is_empty() {
                write!(f, " {word}({})", join(texts.iter().map(|text| format!("{text:?}")), ", "))?;
            }
        }
        // What takes no value takes none of any kind.
        if !generated {
            for (word, kinds) in [("takes", takes), ("some", takes_some)] {
                if !kinds.is_empty() {
                    write!(f, " {word}({})", kinds_in_words(kinds))?;
                }
            }
        }
        f.write_str(";")
    }
}

/// Where an array is text, it is so whatever its elements are.
fn kinds_in_words(kinds: &[ColumnType]) -> String {
    let is_array = |kind: &&ColumnType| matches!(kind, ColumnType::Array(_));
    let all_arrays = kinds.iter().filter(is_array).count() == super::ARRAYS.len();
    let others = kinds.iter().filter(|kind| !all_arrays || !is_array(kind)).map(|kind| format!("{kind:?}"));
    join(others.chain(all_arrays.then(|| "Array".to_owned())), ", ")
}
