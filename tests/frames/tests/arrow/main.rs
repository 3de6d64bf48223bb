//! Arrow's record batches.

mod arrow_59;
mod arrow_60;
mod differential;
mod drawn_frames;
mod drawn_rows;
mod mistakes;
mod pangres;
