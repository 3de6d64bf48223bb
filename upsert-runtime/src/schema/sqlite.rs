//! How SQLite keeps a table.

use std::fmt;

/// The options behind a `CREATE TABLE` of SQLite, as a table is created. One that is there stays what it is.
///
/// ```
/// use upsert::{Dialect, Upsertable};
///
/// #[derive(Upsertable)]
/// #[upsert(sqlite(without_rowid))]
/// struct Word {
///     #[upsert(primary_key)]
///     word: String,
///     count: i64,
/// }
///
/// assert!(Word::SCHEMA.sqlite.without_rowid);
/// assert!(Word::create_table_sql(Dialect::Sqlite)?.ends_with(") STRICT, WITHOUT ROWID"));
/// # Ok::<(), upsert::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SqliteTableOptions {
    /// `STRICT`, unless told otherwise: a column holds values of its type alone, and types are `INT`, `INTEGER`, `REAL`, `TEXT`,
    /// `BLOB` and `ANY`.
    pub strict: bool,
    /// `WITHOUT ROWID`: rows lie in the index of the primary key, which is good for short rows whose key is no integer. Nothing
    /// in such a table is an identity.
    pub without_rowid: bool,
}

impl SqliteTableOptions {
    /// `STRICT`, with a rowid.
    #[must_use]
    pub const fn new() -> Self {
        Self { strict: true, without_rowid: false }
    }

    /// The same without `STRICT`: a type is any word, and what a column holds is decided by its affinity.
    #[must_use]
    pub const fn not_strict(mut self) -> Self {
        self.strict = false;
        self
    }

    /// The same `WITHOUT ROWID`.
    #[must_use]
    pub const fn without_rowid(mut self) -> Self {
        self.without_rowid = true;
        self
    }
}

impl Default for SqliteTableOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// As SQLite has them behind the parenthesis, with a blank before them, so that nothing is nothing.
impl fmt::Display for SqliteTableOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.strict, self.without_rowid) {
            (true, false) => " STRICT",
            (true, true) => " STRICT, WITHOUT ROWID",
            (false, true) => " WITHOUT ROWID",
            (false, false) => "",
        })
    }
}
