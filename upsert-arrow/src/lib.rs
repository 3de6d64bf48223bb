//! Bulk upsert of Arrow data: record batches, readers and streams of them go into PostgreSQL, SQLite, MySQL or MariaDB by the
//! runtime of [`upsert`], with its promises, options and reports. Cells are read from the arrays they are in; no row is made of them.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use arrow_array_60 as arrow_array;
//! use std::sync::Arc;
//!
//! use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
//! use upsert::{SqlitePool, UpsertOptions};
//! use upsert_arrow::UpsertFrame;
//!
//! let id: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
//! let name: ArrayRef = Arc::new(StringArray::from(vec![Some("Oslo"), None]));
//! let cities = RecordBatch::try_from_iter([("id", id), ("name", name)])?;
//!
//! let pool = SqlitePool::memory()?;
//! let report = cities.aupsert(&pool, "cities", &["id"], UpsertOptions::new().create_table()).await?;
//! assert_eq!(report.inserted, 2);
//! # Ok(())
//! # }
//! ```
//!
//! Record batches in memory, `&RecordBatch` or `&[RecordBatch]`, are written wholly or not at all.
//! What the frame does not say of the table is said by a [`FrameTable`](upsert::frame::FrameTable):
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use arrow_array_60 as arrow_array;
//! # use std::sync::Arc;
//! # use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
//! # let id: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
//! # let name: ArrayRef = Arc::new(StringArray::from(vec!["Oslo", "Rome"]));
//! # let cities = RecordBatch::try_from_iter([("id", id), ("name", name)])?;
//! use upsert::frame::FrameTable;
//! use upsert::{SqlitePool, UpsertOptions};
//! use upsert_arrow::UpsertFrame;
//!
//! let pool = SqlitePool::memory()?;
//! let table = FrameTable::new("cities").rename("name", "city").max_len("name", 80);
//! cities.aupsert(&pool, table, &["id"], UpsertOptions::new().create_table()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! A struct is what is agreed on, if there is one. All in which a frame differs from it is told at once:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use arrow_array_60 as arrow_array;
//! # use std::sync::Arc;
//! use arrow_array::{ArrayRef, Int64Array, RecordBatch};
//! use upsert::{SqlitePool, UpsertOptions, Upsertable};
//! use upsert_arrow::UpsertableFrame;
//!
//! #[derive(Upsertable)]
//! struct City {
//!     #[upsert(primary_key)]
//!     id: i32,
//!     name: String,
//! }
//!
//! let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
//! let batch = RecordBatch::try_from_iter([("id", Arc::clone(&ids)), ("name", ids)])?;
//! let error = City::aupsert_frame(&SqlitePool::memory()?, &batch, UpsertOptions::new()).await.unwrap_err();
//! assert!(error.to_string().contains(r#"column "name" is bigint in the frame and text in the struct"#));
//! # Ok(())
//! # }
//! ```
//!
//! # Which Arrow
//!
//! Types of one major version of Arrow are not those of another, so there is a feature for each: `arrow-60` (the default) and
//! `arrow-59`. [`arrow_60`] and `arrow_59` make frames of readers and streams.
//!
//! # Types
//!
//! | Arrow | column |
//! |---|---|
//! | Boolean | bool |
//! | Int8, Int16, UInt8 · Int32, UInt16 · Int64, UInt32 | smallint · integer · bigint |
//! | UInt64 | unsigned bigint (`numeric(20)` on PostgreSQL; on SQLite a number beyond 2^63 − 1 is refused) |
//! | Float16, Float32 · Float64 | real · double |
//! | Decimal32, 64, 128, 256 | decimal of as many digits |
//! | Utf8, LargeUtf8, Utf8View | text; with the extension type `arrow.json`, JSON, which it has to be |
//! | Binary, LargeBinary, BinaryView, FixedSizeBinary | bytes; with the extension type `arrow.uuid`, UUID |
//! | Date32, Date64 | date |
//! | Time32, Time64 | time |
//! | Timestamp without a zone · with one | timestamp · timestamptz, the same instant |
//! | Duration | duration |
//! | Dictionary, RunEndEncoded | what they are of |
//! | List, LargeList, ListView, LargeListView, FixedSizeList | array on PostgreSQL, JSON elsewhere; JSON everywhere if nested |
//! | Struct, Map with keys of text | JSON |
//! | Null | text, all of it NULL; or whatever a struct or `FrameTable::column_type` says |
//!
//! Intervals, unions and what is nested deeper than 64 levels are refused. So is a value that the column would not hold as it is (a time finer than a microsecond, say),
//! naming row and column, before anything of its chunk is sent, or of its call where that is atomic.

#[cfg(feature = "arrow-59")]
pub mod arrow_59;
#[cfg(feature = "arrow-60")]
pub mod arrow_60;

pub use upsert::frame::{UpsertFrame, UpsertableFrame};
