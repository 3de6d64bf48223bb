//! The runtime of [`upsert`](https://docs.rs/upsert): use that crate, which re-exports this one and adds the derive.
//!
//! `vocabulary` (schema, value, column_value, rows, options, report, change, error) names things; `deciding` (plan, fit, misfit, evolve, snapshot,
//! duplicates, sql) is pure; `doing` (run, feed, tally, trace, wait, backend) talks to databases; `upsertable` holds the doors.

#![cfg_attr(docsrs, feature(doc_cfg))]
// What is decided is decided for all databases, whichever are enabled.
#![cfg_attr(
    not(all(feature = "postgres", feature = "sqlite", feature = "mysql")),
    allow(dead_code, unused_imports, unused_macros)
)]

pub mod backend;
pub mod change;
mod column_value;
mod duplicates;
mod dynamic;
pub mod error;
mod evolve;
mod feed;
pub mod fit;
pub mod frame;
mod group;
mod misfit;
pub mod options;
mod plan;
pub mod report;
pub mod rows;
mod run;
pub mod schema;
pub mod snapshot;
mod sql;
mod tally;
mod trace;
mod upsertable;
pub mod value;
mod wait;

#[doc(hidden)]
pub mod private;

pub use column_value::with::{self, ColumnAs};
pub use column_value::{ColumnValue, KeyValue};
pub use dynamic::{ColumnNames, Dynamic, DynamicTable};
pub use fit::FitsDatabase;
pub use group::ColumnGroup;
pub use sql::Dialect;
pub use upsertable::{ChunkReports, UpsertCursor, UpsertFuture, Upsertable, snapshot};
