//! SQLite, through rusqlite: our own small pool for async code, and plain connections and transactions for blocking
//! code. Both do the same work, on a borrowed connection: `look`, `transaction`, `write`, `stage`.

mod blocking;
mod catalogue;
mod error;
mod facts;
mod known;
mod look;
mod pack;
mod pool;
mod pooled;
mod script;
mod stage;
mod transaction;
mod write;

pub use pool::SqlitePool;
