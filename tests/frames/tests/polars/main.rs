//! Polars' DataFrames.

mod batches;
mod differential;
mod drawn_frames;
mod every_type;
mod layouts;
mod mistakes;
mod pangres;
mod readme;
mod structs;
