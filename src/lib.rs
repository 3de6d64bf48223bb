#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(missing_docs)]

pub use upsert_runtime::{
    ChunkReports, ColumnValue, Dialect, KeyValue, UpsertCursor, UpsertFuture, Upsertable, backend, error, options,
    report, rows, schema, value,
};

pub use upsert_runtime::error::{Error, ErrorKind};
pub use upsert_runtime::options::{Atomicity, Duplicates, OnConflict, UpsertOptions};
pub use upsert_runtime::report::{Outcome, UpsertReport};

/// See the trait of the same name, and the attributes in the documentation of the derive.
#[cfg(feature = "derive")]
pub use upsert_derive::Upsertable;

#[cfg(feature = "sqlite")]
pub use upsert_runtime::backend::SqlitePool;

// The drivers, because their types are in signatures.
#[cfg(feature = "sqlite")]
pub use upsert_runtime::backend::rusqlite;
#[cfg(feature = "postgres")]
pub use upsert_runtime::backend::{deadpool_postgres, tokio_postgres};

#[doc(hidden)]
pub use upsert_runtime::private as __private;
