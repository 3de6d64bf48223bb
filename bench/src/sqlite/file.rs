//! Database files: fresh ones for each run, and what they should hold at its end.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use upsert::rusqlite::types::ValueRef;
use upsert::rusqlite::{self, Connection};
use upsert::{Dialect, SqlitePool, Upsertable};

use super::by_hand;
use crate::Result;
use crate::rows::{Input, Inputs, Item};

/// A folder of database files.
pub(crate) struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    /// One file with an empty table, one with the old rows.
    pub(crate) fn new(inputs: &Inputs) -> Result<Self> {
        let files = Self { folder: tempfile::tempdir()? };
        for (name, rows) in [("empty", &[][..]), ("old", inputs.get(Input::Old))] {
            let mut connection = Connection::open(files.path(name))?;
            connection.execute_batch(&Item::create_table_sql(Dialect::Sqlite)?)?;
            by_hand::write(&mut connection, rows)?;
        }
        Ok(files)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A copy of a file, on the disk and not only on its way there.
    pub(crate) fn copy(&self, name: &str, copy: &str) -> Result<PathBuf> {
        let path = self.path(copy);
        for suffix in ["", "-wal", "-shm"] {
            let old = self.path(&format!("{copy}{suffix}"));
            if old.exists() {
                std::fs::remove_file(old)?;
            }
        }
        std::fs::copy(self.path(name), &path)?;
        std::fs::File::open(&path)?.sync_all()?;
        Ok(path)
    }
}

pub(crate) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")?;
    // Reads the schema, and what the cache can hold of the table.
    connection.query_row("SELECT count(*) FROM item", [], |_| Ok(()))?;
    Ok(connection)
}

pub(crate) fn open_pool(path: &Path) -> Result<SqlitePool> {
    let path = path.to_owned();
    Ok(SqlitePool::open_with(move || open(&path))?)
}

/// A checksum of what the rows are as cells, made by chrono's own formatting.
pub(crate) fn expected(rows: &[Item]) -> u64 {
    checksum(rows.iter().map(|item| {
        let Item { id, shelf, serial, name, note, weight, active, seen_at, made_on, token } = item;
        let (seen_at, made_on) = (seen_at.format("%Y-%m-%d %H:%M:%S%.6f+00:00").to_string(), made_on.to_string());
        hash([
            ValueRef::Integer(*id),
            ValueRef::Integer(i64::from(*shelf)),
            ValueRef::Integer(*serial),
            ValueRef::Text(name.as_bytes()),
            note.as_ref().map_or(ValueRef::Null, |note| ValueRef::Text(note.as_bytes())),
            ValueRef::Real(*weight),
            ValueRef::Integer(i64::from(*active)),
            ValueRef::Text(seen_at.as_bytes()),
            ValueRef::Text(made_on.as_bytes()),
            ValueRef::Blob(token.as_bytes()),
        ])
    }))
}

/// The same of the table's rows.
pub(crate) fn found(path: &Path) -> Result<u64> {
    let connection = Connection::open(path)?;
    let mut statement = connection.prepare("SELECT * FROM item ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut hashes = Vec::new();
    while let Some(row) = rows.next()? {
        let mut cells = [ValueRef::Null; 10];
        for (column, cell) in cells.iter_mut().enumerate() {
            *cell = row.get_ref(column)?;
        }
        hashes.push(hash(cells));
    }
    Ok(checksum(hashes.into_iter()))
}

fn checksum(hashes: impl Iterator<Item = u64>) -> u64 {
    let mut hasher = DefaultHasher::new();
    hashes.for_each(|hash| hash.hash(&mut hasher));
    hasher.finish()
}

fn hash(cells: [ValueRef<'_>; 10]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for cell in cells {
        match cell {
            ValueRef::Null => "null".hash(&mut hasher),
            ValueRef::Integer(value) => ("integer", value).hash(&mut hasher),
            ValueRef::Real(value) => ("real", value.to_bits()).hash(&mut hasher),
            ValueRef::Text(value) => ("text", value).hash(&mut hasher),
            ValueRef::Blob(value) => ("blob", value).hash(&mut hasher),
        }
    }
    hasher.finish()
}
