//! Unique keys and indexes.

use super::Column;

/// An index that a table is created with, beside its primary key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Index<'a> {
    /// Its name, unquoted; `None` for one that is made of the names of table and columns.
    pub name: Option<&'a str>,
    /// Whether no two rows may have the same.
    pub unique: bool,
    /// What it is on.
    pub of: IndexOf<'a>,
    /// The rows that are in it, as SQL that holds for them; `None` for all.
    pub predicate: Option<&'a str>,
}

/// What an [`Index`] is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IndexOf<'a> {
    /// Positions in the table's columns, in the order of the index.
    Columns(&'a [usize]),
    /// An expression, as SQL.
    Expression(&'a str),
}

impl<'a> Index<'a> {
    /// An index that only helps to find rows.
    #[must_use]
    pub const fn new(of: IndexOf<'a>) -> Self {
        Self { name: None, unique: false, of, predicate: None }
    }

    /// A unique key.
    #[must_use]
    pub const fn unique(of: IndexOf<'a>) -> Self {
        Self { unique: true, ..Self::new(of) }
    }

    /// The same with a name.
    #[must_use]
    pub const fn named(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    /// The same of some rows only.
    #[must_use]
    pub const fn predicate(mut self, predicate: &'a str) -> Self {
        self.predicate = Some(predicate);
        self
    }

    /// The columns of a unique key that all rows are in: it can be a conflict target, and stands in the table's own
    /// statement.
    pub(crate) const fn key(&self) -> Option<&'a [usize]> {
        match (self.of, self.predicate) {
            (IndexOf::Columns(columns), None) if self.unique => Some(columns),
            _ => None,
        }
    }

    /// Its name, in a table of this one. Names that are not given are made as PostgreSQL makes them.
    pub(crate) fn name_in(&self, table: &str, columns: &[Column<'_>]) -> String {
        if let Some(name) = self.name {
            return name.to_owned();
        }
        let of = match self.of {
            // Positions beyond the columns are another rule's to refuse.
            IndexOf::Columns(positions) => {
                positions.iter().filter_map(|&position| columns.get(position)).map(|column| column.name).collect()
            }
            IndexOf::Expression(_) => vec!["expr"],
        };
        format!("{table}_{}_{}", of.join("_"), if self.unique { "key" } else { "idx" })
    }
}
