//! Bulk upsert of Polars DataFrames: they go into PostgreSQL, SQLite, MySQL or MariaDB by the runtime of [`upsert`], with its
//! promises, options and reports. Cells are read from the chunks they are in; no row is made of them, and no text is copied.
//!
//! ```
//! # extern crate polars_core as polars;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use polars::prelude::*;
//! use upsert::{SqlitePool, UpsertOptions};
//! use upsert_polars::UpsertFrame;
//!
//! let cities = df!("id" => [1i64, 2], "name" => [Some("Oslo"), None])?;
//!
//! let pool = SqlitePool::memory()?;
//! let report = cities.aupsert(&pool, "cities", &["id"], UpsertOptions::new().create_table()).await?;
//! assert_eq!(report.inserted, 2);
//! # Ok(())
//! # }
//! ```
//!
//! What the frame does not say of the table is said by a [`FrameTable`](upsert::frame::FrameTable):
//!
//! ```
//! # extern crate polars_core as polars;
//! # use polars::prelude::*;
//! # use upsert_polars::UpsertFrame;
//! # let cities = df!("id" => [1i64], "name" => ["Oslo"])?;
//! use upsert::frame::FrameTable;
//!
//! let table = FrameTable::new("cities").rename("name", "city").max_len("name", 80);
//! println!("{}", cities.into_frame().table(table, &["id"])?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A struct is what is agreed on, if there is one. All in which a frame differs from it is told at once:
//!
//! ```
//! # extern crate polars_core as polars;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use polars::prelude::*;
//! # use upsert::SqlitePool;
//! use upsert::{UpsertOptions, Upsertable};
//! use upsert_polars::UpsertableFrame;
//!
//! #[derive(Upsertable)]
//! struct City {
//!     #[upsert(primary_key)]
//!     id: i32,
//!     name: String,
//! }
//!
//! let cities = df!("id" => [1i64, 2], "name" => [1i64, 2])?;
//! let error = City::aupsert_frame(&SqlitePool::memory()?, &cities, UpsertOptions::new()).await.unwrap_err();
//! assert!(error.to_string().contains(r#"column "name" is bigint in the frame and text in the struct"#));
//! # Ok(())
//! # }
//! ```
//!
//! # Lazy frames
//!
//! [`frames`] takes the batches of a query as they come, so that no more of its result is held than a chunk is made of and what
//! Polars has at hand. A `LazyFrame` makes them where the features `lazy`, `streaming` and `async` of `polars` are on, and reads files
//! by `parquet`; of the types in them those have to be on which are features too (here `dtype-datetime`, `dtype-decimal` and
//! `timezones`). These lines were run with Polars 0.55.2, on a file of numbers, text, decimals and instants. They are not compiled
//! here, for that `polars` has more than twice as many crates in its tree as this one:
//!
//! ```text
//! use polars::prelude::*;
//!
//! let mut query = LazyFrame::scan_parquet("flights.parquet".into(), Default::default())?;
//! let schema = query.collect_schema()?;
//! let batches = query.collect_batches(Engine::Streaming, true, None, true)?;
//! upsert_polars::frames(schema, batches).aupsert(&pool, "flights", &["id"], options).await?;
//! ```
//!
//! `collect_batches` blocks its thread until there is a batch: where others share the thread, let the call have a task of its own on a
//! runtime of several threads, or use `upsert` in blocking code.
//!
//! # Which Polars
//!
//! `polars` 0.55, whose DataFrame is the one of `polars-core`. No feature of it is turned on here, and no type: Polars' crates compile
//! only together with the same ones, which you turn on at `polars`. Whatever types those are, they are read. Where zones matter, turn
//! on `timezones` too: without it Polars drops the zone of a cast to `Datetime(_, "UTC")` in silence.
//!
//! Columns are read as Polars lends them to Arrow. That copies no text; only of a Categorical, each chunk gets a list of its own of the
//! labels that are in it.
//!
//! # Types
//!
//! | Polars | column |
//! |---|---|
//! | Boolean | bool |
//! | Int8, Int16, UInt8 · Int32, UInt16 · Int64, UInt32 | smallint · integer · bigint |
//! | UInt64 | unsigned bigint (`numeric(20)` on PostgreSQL; on SQLite a number beyond 2^63 − 1 is refused) |
//! | Int128 · UInt128 | hugeint · unsigned hugeint (their digits as text on SQLite) |
//! | Float16, Float32 · Float64 | real · double |
//! | Decimal | decimal of as many digits |
//! | String, Categorical, Enum | text |
//! | Binary | bytes |
//! | Date | date |
//! | Time | time |
//! | Datetime without a zone · with one | timestamp · timestamptz, the same instant |
//! | Duration | duration |
//! | List, Array | array on PostgreSQL, JSON elsewhere; JSON everywhere if nested |
//! | Struct | JSON |
//! | Null | text, all of it NULL; or whatever a struct or `FrameTable::column_type` says |
//! | types of extensions | what they are stored as |
//!
//! Objects are refused. So is a value that the column would not hold as it is (a time finer than a microsecond, say), naming row
//! and column, before anything of its chunk is sent, or of its call where that is atomic.

mod cells;
mod chunks;
mod fields;
mod frames;
mod nested;

pub use upsert::frame::{UpsertFrame, UpsertableFrame};

pub use crate::frames::{Polars, frames, stream};
