//! SQLite: a file with a write-ahead log, `synchronous = NORMAL`, as the documentation of `SqlitePool` recommends it.

mod bulk;
mod by_hand;
mod c_loop;
pub(crate) mod file;
mod small;

pub(crate) use bulk::bulk;
pub(crate) use small::small;
