//! SQLite, through rusqlite: our own small pool for async code, and plain connections and transactions for blocking
//! code. Both do the same work, which `table` does on a borrowed connection.

mod blocking;
mod error;
mod pack;
mod pool;
mod pooled;
mod table;

pub use pool::SqlitePool;
