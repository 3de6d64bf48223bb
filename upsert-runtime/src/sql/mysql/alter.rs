//! The statements that change a table that is there.

use super::create::{created_type, definition, generated, index, unique_key};
use super::{quoted, table};
use crate::change::ChangeKind;
use crate::evolve::Definition;
use crate::fit::Width;
use crate::plan::UpsertPlan;
use crate::schema::{Column, Index};
use crate::sql::{self, Dialect, goes_with, join, unique_keys};

pub(crate) fn create_schema(schema: &str) -> String {
    format!("CREATE DATABASE IF NOT EXISTS {} CHARACTER SET utf8mb4", quoted(schema))
}

/// Keeps others from writing to the table between a question about its rows and what is done then.
pub(crate) fn lock_table(plan: &UpsertPlan<'_>) -> String {
    format!("LOCK TABLES {} WRITE", table(plan))
}

pub(crate) const UNLOCK_TABLES: &str = "UNLOCK TABLES";

pub(crate) fn has_rows(plan: &UpsertPlan<'_>) -> String {
    format!("SELECT EXISTS (SELECT 1 FROM {})", table(plan))
}

pub(crate) fn has_values(plan: &UpsertPlan<'_>, column: &str) -> String {
    format!("SELECT EXISTS (SELECT 1 FROM {} WHERE {} IS NOT NULL)", table(plan), quoted(column))
}

pub(crate) fn add_columns(plan: &UpsertPlan<'_>, columns: &[usize]) -> Vec<String> {
    let added = columns.iter().map(|&position| {
        let column = match position.checked_sub(plan.columns.len()) {
            None => {
                let column = &plan.columns[position];
                definition(column, &exact_collation(plan, column))
            }
            Some(number) => generated(&plan.generated[number]),
        };
        format!("    ADD COLUMN {column}")
    });
    let keys = unique_keys(plan)
        .filter(|(_, key)| key.iter().any(|column| columns.contains(column)))
        .map(|(name, key)| format!("    ADD {}", unique_key(plan, name, key)));
    let indexes = plan.beside_table().filter(|own| goes_with(own, columns));
    let indexes = indexes.map(|own| format!("    ADD {}", index(plan, own)));
    vec![format!("ALTER TABLE {}\n{}", table(plan), join(added.chain(keys).chain(indexes), ",\n"))]
}

/// All of them in one, which reads the table once.
pub(crate) fn add_indexes(plan: &UpsertPlan<'_>, indexes: &[&Index<'_>]) -> String {
    let added = indexes.iter().map(|own| format!("    ADD {}", index(plan, own)));
    format!("ALTER TABLE {}\n{}", table(plan), join(added, ",\n"))
}

/// Text is compared as in a table that is created, whatever the default of this one is.
fn exact_collation(plan: &UpsertPlan<'_>, column: &Column<'_>) -> String {
    let sql_type = created_type(column);
    let is_text = sql_type.starts_with("enum(") || Width::of(&sql_type, Dialect::MySql).is_some_and(Width::is_text);
    if !is_text || column.sql_types.mysql.is_some() {
        return String::new();
    }
    format!(" CHARACTER SET utf8mb4 COLLATE {}", plan.mysql.server.exact_collation())
}

/// MODIFY forgets all of a column that is not said again (NOT NULL, its default, its comment): so everything behind its type is
/// said as the table's own statement has it.
pub(crate) fn change_types(
    plan: &UpsertPlan<'_>,
    kind: ChangeKind,
    columns: &[usize],
    definition: &Definition,
) -> Option<Vec<String>> {
    let modified = columns.iter().map(|&position| {
        let column = plan.column_at(position);
        let sql_type = created_type(column);
        let behind = behind_type(&definition.create, column.name)?;
        let (collation, behind) = match kind {
            // It held no text before, or none at all; nor any JSON, which a column of MariaDB is checked to be.
            ChangeKind::AdaptEmptyColumns => {
                let is_json = format!(" CHECK (json_valid({}))", quoted(column.name));
                (exact_collation(plan, column), without_collation(behind).replace(&is_json, ""))
            }
            _ => (String::new(), behind.to_owned()),
        };
        Some(format!("    MODIFY COLUMN {} {sql_type}{collation}{behind}", quoted(column.name)))
    });
    let modified: Vec<String> = modified.collect::<Option<_>>()?;
    Some(vec![format!("ALTER TABLE {}\n{}", table(plan), modified.join(",\n"))])
}

/// Whether a statement of [`change_types`] changes that of a column.
pub(crate) fn changes_type_of(statement: &str, column: &str) -> bool {
    statement.to_lowercase().contains(&format!("modify column {} ", quoted(column).to_lowercase()))
}

/// What stands behind the type of a column in the answer to `SHOW CREATE TABLE`, where each has a line of its own.
fn behind_type<'d>(create: &'d str, column: &str) -> Option<&'d str> {
    // How names are quoted there depends on the session; and they are compared without case.
    let names = [quoted(column), sql::quoted(column)];
    let behind_name = create.lines().skip(1).find_map(|line| {
        let line = line.strip_prefix("  ")?;
        let line = line.strip_suffix(',').unwrap_or(line);
        let named =
            |name: &String| line.get(..name.len()).is_some_and(|start| start.to_lowercase() == name.to_lowercase());
        let name = names.iter().find(|name| named(name))?;
        line[name.len()..].strip_prefix(' ')
    })?;
    // A type is one word, and perhaps what stands in parentheses, and `unsigned`.
    let word = behind_name.find([' ', '(']).unwrap_or(behind_name.len());
    let mut rest = &behind_name[word..];
    if rest.starts_with('(') {
        rest = &rest[parenthesised_len(rest)?..];
    }
    for attribute in [" unsigned", " zerofill"] {
        rest = rest.strip_prefix(attribute).unwrap_or(rest);
    }
    Some(rest)
}

/// Asks whether the default of a column is another than its line of `SHOW CREATE TABLE` says, which has a question mark for each
/// character of four bytes; `None` if it has none. Of a column that is NOT NULL, a table without rows does not tell.
pub(crate) fn default_is_not_told(plan: &UpsertPlan<'_>, column: &str, create: &str) -> Option<String> {
    let (_, default) = behind_type(create, column)?.split_once(" DEFAULT '")?;
    let mut end = 0;
    let mut characters = default.char_indices().peekable();
    while let Some((place, character)) = characters.next() {
        match character {
            '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => drop(characters.next()),
            '\\' => drop(characters.next()),
            '\'' => {
                end = place;
                break;
            }
            _ => {}
        }
    }
    // A table that is locked goes by its own name alone.
    let (default, table) = (&default[..end], table(plan));
    if !default.contains(['?', '\u{FFFD}']) {
        return None;
    }
    let exact = format!("DEFAULT({table}.{})", quoted(column));
    Some(format!(
        "SELECT NOT (CAST(CONVERT({exact} USING utf8mb4) AS BINARY) <=> CAST('{default}' AS BINARY)) \
         FROM (SELECT 1) AS one LEFT JOIN {table} ON 1 = 1 LIMIT 1"
    ))
}

/// Whether a `CHECK` that names a column, on its own line of `SHOW CREATE TABLE` or on one of the table's, has texts in it. That a
/// column of MariaDB is JSON is no such check.
pub(crate) fn is_checked_by_texts(create: &str, column: &str) -> bool {
    let names = [quoted(column), sql::quoted(column)];
    let check_of = |line: &str| Some(line.rsplit_once(" CHECK (")?.1.to_lowercase());
    let is_named = |check: &String| names.iter().any(|name| check.contains(&name.to_lowercase()));
    let mut checks = create.lines().skip(1).filter_map(check_of);
    checks.any(|check| is_named(&check) && check.contains('\''))
}

/// The length of what stands in parentheses, texts in quotes included.
fn parenthesised_len(text: &str) -> Option<usize> {
    let mut in_quotes = false;
    for (place, character) in text.char_indices() {
        match character {
            '\'' => in_quotes = !in_quotes,
            ')' if !in_quotes => return Some(place + 1),
            _ => {}
        }
    }
    None
}

fn without_collation(behind: &str) -> &str {
    let mut rest = behind;
    for attribute in [" CHARACTER SET ", " COLLATE "] {
        if let Some(named) = rest.strip_prefix(attribute) {
            rest = named.find(' ').map_or("", |end| &named[end..]);
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATE: &str = "CREATE TABLE `t` (
  `id` int(11) unsigned NOT NULL AUTO_INCREMENT COMMENT 'a, `b` c',
  `na``me` varchar(10) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'x' COMMENT 'y',
  `mood` enum('a),','b''') NOT NULL,
  `Day` date DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB";

    #[test]
    fn what_stands_behind_a_type_is_found() {
        assert_eq!(behind_type(CREATE, "id"), Some(" NOT NULL AUTO_INCREMENT COMMENT 'a, `b` c'"));
        let name = " CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'x' COMMENT 'y'";
        assert_eq!(behind_type(CREATE, "na`me"), Some(name));
        assert_eq!(without_collation(name), " DEFAULT 'x' COMMENT 'y'");
        assert_eq!(behind_type(CREATE, "mood"), Some(" NOT NULL"));
        assert_eq!(behind_type(CREATE, "day"), Some(" DEFAULT NULL"));
        assert_eq!(behind_type(CREATE, "b"), None);
        let checked = "CREATE TABLE `t` (\n  `a` varchar(5) CHECK (`a` = 'x'),\n  `b` longtext CHECK (json_valid(`b`)),\n  \
             CONSTRAINT `c` CHECK ((`c` <> _utf8mb4'y'))\n)";
        assert!(is_checked_by_texts(checked, "A") && is_checked_by_texts(checked, "c"));
        assert!(!is_checked_by_texts(checked, "b") && !is_checked_by_texts(CREATE, "id"));
        assert_eq!(behind_type(&CREATE.replace("`Day`", "\"Day\""), "day"), Some(" DEFAULT NULL"));
    }
}
