//! Arrow's record batches.

mod mistakes;
