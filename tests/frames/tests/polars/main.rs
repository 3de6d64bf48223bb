//! Polars' DataFrames.

mod batches;
mod every_type;
mod layouts;
mod mistakes;
mod structs;
