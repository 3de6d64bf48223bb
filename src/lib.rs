#![doc = include_str!("../README.md")]
//!
//! # Watching it: the feature `tracing`
//!
//! Calls and chunks are spans of the crate [`tracing`](https://docs.rs/tracing), with the target `upsert`. They hold names and
//! numbers, never a value of a row, and no subscriber means next to no cost; without the feature there is none.
//!
//! | | level | fields |
//! |---|---|---|
//! | span `upsert` | info | `schema`, `table`, `dialect`, `on_conflict`, `atomicity`; at its end `rows`, `inserted`, `updated`, `unchanged`, `ignored`, `duplicates`, `chunks`, `bytes`, `elapsed_ms`, `outcome` |
//! | span `chunk`, within it | debug | `chunk` (its number, from 0), `first_row` (of the input; none where rows were sorted as a whole), `rows`, `bytes`, `strategy`, `outcome` |
//! | span `write_staged`, within it | debug | the one statement that writes what a call-atomic stream has staged |
//! | span `find_row`, within it | debug | what is written again, and rolled back, to find the row that a chunk was refused for |
//! | event `upsert failed`, within it | warn | `kind`, `phase`, `sqlstate`, `constraint`, `column`, `row`, `next_row`, `outcome`, `retryable`, `error` |
//!
//! A `strategy` is `arrays` (one statement, an array for each column) or `copy` (COPY into a staging table) on PostgreSQL;
//! `several_rows` or `single_rows` (of each statement) or `stage` on SQLite; `several_rows` or `stage` on MySQL. An `outcome` is an [`Outcome`], or `Abandoned`
//! where the future was dropped before the end. Each step of a cursor is a span `upsert`.
//!
//! Drivers speak for themselves: tokio-postgres logs (through the crate `log`) statements, which hold no values, and the
//! notices of the server, which hold whatever a trigger says in them. mysql_async's own feature `tracing`, if you turn it on,
//! records statements with their parameters at the level `debug`.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(missing_docs)]

pub use upsert_runtime::{
    ChunkReports, ColumnAs, ColumnGroup, ColumnNames, ColumnValue, Dialect, Dynamic, DynamicTable, FitsDatabase,
    KeyValue, UpsertCursor, UpsertFuture, Upsertable, backend, change, error, fit, frame, options, report, rows,
    schema, snapshot, value, with,
};

pub use upsert_runtime::error::{Error, ErrorKind};
pub use upsert_runtime::options::{Atomicity, Duplicates, OnConflict, UpsertOptions};
pub use upsert_runtime::report::{Outcome, UpsertReport};

#[cfg(feature = "derive")]
pub use upsert_derive::{ColumnGroup, ColumnValue, Upsertable};

#[cfg(feature = "postgres")]
pub use upsert_runtime::backend::PostgresPool;
#[cfg(feature = "sqlite")]
pub use upsert_runtime::backend::SqlitePool;

// The drivers, because their types are in signatures.
#[cfg(feature = "mysql")]
pub use upsert_runtime::backend::mysql_async;
#[cfg(feature = "sqlite")]
pub use upsert_runtime::backend::rusqlite;
#[cfg(feature = "postgres")]
pub use upsert_runtime::backend::{deadpool_postgres, tokio_postgres};

#[doc(hidden)]
pub use upsert_runtime::private as __private;
