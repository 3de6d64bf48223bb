//! What a table of MySQL is known by.
//!
//! The views of the catalogue are the dearest part of a call of few rows, and what they say of a table follows from the statement
//! that creates it, which is asked for anew in each call, for a twentieth of the time.

use super::facts::CatalogTable;
use crate::backend::memory::{MOST_BYTES, Memory};

pub(super) static TABLES: Memory<Known, CatalogTable> = Memory::new();

/// A table, by what the catalogue's answers follow from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Known {
    /// Its version, where it runs, and whom it tells.
    pub(super) server: Vec<u8>,
    pub(super) schema: String,
    pub(super) table: String,
    pub(super) create: Create,
}

/// The statement that creates a table, but for its next number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Create(String);

impl Create {
    /// `None` of what is no table, or not said whole: as some modes have it, or in quotes of another kind. And of what is too long
    /// to be kept.
    pub(super) fn of(statement: &str) -> Option<Self> {
        const OPTIONS: &str = "\n) ";
        const ENGINE: &str = "ENGINE=";
        const NUMBER: &str = " AUTO_INCREMENT=";
        if !statement.starts_with("CREATE TABLE `") || statement.len() > MOST_BYTES {
            return None;
        }
        // MySQL may name a tablespace before.
        let options = statement.rfind(OPTIONS)?;
        let engine = options + statement[options..].find(ENGINE)?;
        let behind_engine = engine + statement[engine..].find(' ').unwrap_or(statement.len() - engine);
        let (before, behind) = statement.split_at(behind_engine);
        let behind = match behind.strip_prefix(NUMBER) {
            Some(number) => number.trim_start_matches(|character: char| character.is_ascii_digit()),
            None => behind,
        };
        Some(Self(format!("{before}{behind}")))
    }
}

#[cfg(test)]
mod tests {
    use super::Create;

    #[test]
    fn only_the_next_number_makes_no_difference() {
        let create = |number: &str, comment: &str| {
            Create::of(&format!("CREATE TABLE `t` (\n  `id` int(11)\n) ENGINE=InnoDB{number} COMMENT='{comment}'"))
        };
        assert_eq!(create(" AUTO_INCREMENT=7", ""), create("", ""));
        assert_ne!(create("", ""), create("", " AUTO_INCREMENT=7"));
        let elsewhere = |number: &str| {
            Create::of(&format!("CREATE TABLE `t` (\n  `id` int\n) /*!50100 TABLESPACE `s` */ ENGINE=InnoDB{number}"))
        };
        assert!(elsewhere("").is_some() && elsewhere("") == elsewhere(" AUTO_INCREMENT=7"));
        assert_ne!(create(" AUTO_INCREMENT=7", "a"), create(" AUTO_INCREMENT=7", "b"));
        assert_ne!(
            Create::of("CREATE TABLE `t` (\n  `a` int(11)\n) ENGINE=A"),
            Create::of("CREATE TABLE `t` (\n  `a` int(11)\n) ENGINE=B")
        );
    }

    #[test]
    fn what_is_not_said_whole_is_not_known() {
        for statement in [
            "CREATE TEMPORARY TABLE `t` (\n  `id` int(11)\n) ENGINE=InnoDB",
            "CREATE ALGORITHM=UNDEFINED VIEW `t` AS select 1",
            "CREATE TABLE \"t\" (\n  \"id\" int(11)\n) ENGINE=InnoDB",
            "CREATE TABLE `t` (\n  `id` int(11)\n)",
        ] {
            assert_eq!(Create::of(statement), None, "{statement}");
        }
    }
}
