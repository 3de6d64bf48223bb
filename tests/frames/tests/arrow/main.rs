//! Arrow's record batches.

mod arrow_59;
mod arrow_60;
mod conversions;
mod differential;
mod drawn_frames;
mod mistakes;
mod pangres;
