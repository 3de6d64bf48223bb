//! Frames of Arrow 60.

use {arrow_array_60 as arrow_array, arrow_buffer_60 as arrow_buffer, arrow_schema_60 as arrow_schema};

// The same source for each version, whose types have the same names and are others.
#[allow(clippy::duplicate_mod)]
#[path = "bridge/mod.rs"]
mod bridge;

pub use self::bridge::{Arrow, reader, stream};
