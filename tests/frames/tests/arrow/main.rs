//! Arrow's record batches.

mod differential;
mod drawn_frames;
mod mistakes;
