//! What differs between a struct and the table that is there, and what is changed about it.

use std::fmt;

/// How much a [`Difference`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Every value of the struct is taken; the table is another one than would be created.
    Note,
    /// Some values that the struct can have are refused, with their row and column, before anything of their chunk (or of
    /// their call, where that is atomic) is written.
    Narrower,
    /// Each call is refused before its first row.
    Refused,
}

/// One thing in which a table is not as its struct would have it: what [`Upsertable::diff`](crate::Upsertable::diff) lists.
///
/// It prints as a sentence, which names table and column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub(crate) severity: Severity,
    pub(crate) column: Option<String>,
    /// A whole sentence.
    pub(crate) words: String,
    pub(crate) change: Option<Change>,
}

impl Difference {
    /// How much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The column's name in the database, where it is about one.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// What would mend it, and all that is of the same kind with it, if an option does: [`ChangeKind`] says which.
    #[must_use]
    pub fn change(&self) -> Option<&Change> {
        self.change.as_ref()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// What a [`Change`] does, and the option that allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// Creates the schema (on MySQL, the database): [`create_schema`](crate::options::UpsertOptions::create_schema).
    CreateSchema,
    /// Creates the table: [`create_table`](crate::options::UpsertOptions::create_table).
    CreateTable,
    /// Adds columns, and the keys and indexes that they are part of: [`add_columns`](crate::options::UpsertOptions::add_columns).
    AddColumns,
    /// Gives columns that hold nothing but NULL the types of the struct:
    /// [`adapt_empty_columns`](crate::options::UpsertOptions::adapt_empty_columns).
    AdaptEmptyColumns,
    /// Gives columns types that hold all that the old ones do, and more: [`widen`](crate::options::UpsertOptions::widen).
    Widen,
    /// Creates the indexes that waited for the rows: [`defer_indexes`](crate::options::UpsertOptions::defer_indexes).
    CreateIndexes,
}

/// A change of a schema or a table: what a call did before its first row ([`UpsertReport::changes`]), or what it would do.
///
/// It prints as its SQL, to be read, with a semicolon behind each statement and no line behind the last: [`Upsertable::migrate`](crate::Upsertable::migrate) runs it under a lock, in one transaction
/// where the database has that, and asks first whether it may be (whether a column is empty, whether other tables refer to one that
/// is made anew). Whoever runs it by hand has to see to that.
///
/// [`UpsertReport::changes`]: crate::report::UpsertReport::changes
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub(crate) kind: ChangeKind,
    pub(crate) columns: Vec<String>,
    pub(crate) sql: Vec<String>,
}

impl Change {
    /// What it does.
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        self.kind
    }

    /// The names of its columns in the database; none where it is about the table or the schema.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Its statements, in order, without a semicolon at the end.
    #[must_use]
    pub fn sql(&self) -> &[String] {
        &self.sql
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, statement) in self.sql.iter().enumerate() {
            f.write_str(if number > 0 { "\n" } else { "" })?;
            write!(f, "{statement};")?;
        }
        Ok(())
    }
}
