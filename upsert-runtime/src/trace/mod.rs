//! What whoever watches the program is told: spans and events with the feature `tracing`, nothing without it. Names and
//! numbers only, never a value of a row.

#[cfg(not(feature = "tracing"))]
mod silent;
#[cfg(feature = "tracing")]
mod spans;

#[cfg(not(feature = "tracing"))]
pub(crate) use silent::{CallSpan, ChunkSpan, around_search, around_stage};
#[cfg(feature = "tracing")]
pub(crate) use spans::{CallSpan, ChunkSpan, around_search, around_stage};
