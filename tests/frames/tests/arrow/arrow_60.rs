//! Arrow 60.

use {::arrow_array, ::arrow_buffer, ::arrow_schema};

// The same source for each version, whose types have the same names and are others.
#[allow(clippy::duplicate_mod)]
#[path = "every_type.rs"]
mod every_type;
