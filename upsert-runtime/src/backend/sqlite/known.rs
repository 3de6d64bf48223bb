//! What a table of the main database is known by: the statements that make it. What the pragmas tell follows from them, and
//! takes many times as long to be told.

use rusqlite::{Connection, Result};

use super::catalogue::CatalogTable;
use crate::backend::memory::{MOST_BYTES, Memory};

pub(super) static TABLES: Memory<Known, CatalogTable> = Memory::new();

/// The kinds and the statements of a table, its indexes and its triggers; temporary triggers without theirs. An index that a
/// UNIQUE of the table makes has none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Known(Vec<(String, Option<String>)>);

impl Known {
    /// `None` of what is no ordinary table, and of what is too long to be kept.
    pub(super) fn read(connection: &Connection, table: &str) -> Result<Option<Self>> {
        let parts = connection
            .prepare_cached(
                "SELECT type, sql FROM main.sqlite_master WHERE tbl_name = ?1 COLLATE NOCASE \
                 UNION ALL SELECT 'temporary trigger', NULL FROM temp.sqlite_master \
                 WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE",
            )?
            .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(String, Option<String>)>>>()?;
        let is_of_table = |part: &(String, Option<String>)| {
            part.0 == "table" && part.1.as_deref().is_some_and(|sql| sql.starts_with("CREATE TABLE "))
        };
        let bytes: usize = parts.iter().filter_map(|(_, sql)| sql.as_deref()).map(str::len).sum();
        Ok((parts.iter().any(is_of_table) && bytes <= MOST_BYTES).then_some(Self(parts)))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, Result};

    use super::super::catalogue::{MAIN, find};
    use super::{Known, TABLES};

    #[test]
    fn a_table_that_was_looked_at_is_known_until_it_is_another() -> Result<()> {
        let connection = Connection::open_in_memory()?;
        let is_known = || -> Result<bool> {
            Ok(Known::read(&connection, "ledger")?.is_some_and(|known| TABLES.recall(&known).is_some()))
        };
        connection.execute_batch("CREATE TABLE ledger (id INTEGER PRIMARY KEY, note TEXT UNIQUE)")?;
        for change in [
            "ALTER TABLE ledger ADD other INT",
            "CREATE UNIQUE INDEX others ON ledger (other)",
            "CREATE TRIGGER again AFTER INSERT ON ledger BEGIN SELECT 1; END",
            "CREATE TEMPORARY TRIGGER t AFTER INSERT ON ledger BEGIN SELECT 1; END",
            "DROP TABLE ledger; CREATE TABLE Ledger (id INTEGER PRIMARY KEY, note NUMERIC UNIQUE)",
        ] {
            assert!(!is_known()?, "{change}");
            assert!(find(&connection, MAIN, "ledger")?.is_some());
            assert!(is_known()?, "{change}");
            connection.execute_batch(change)?;
        }
        Ok(())
    }

    #[test]
    fn what_is_no_ordinary_table_is_not_known() -> Result<()> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch("CREATE VIEW seen AS SELECT 1 AS id; CREATE TEMPORARY TABLE kept (id INT)")?;
        for name in ["seen", "kept", "missing"] {
            assert_eq!(Known::read(&connection, name)?, None, "{name}");
        }
        Ok(())
    }
}
