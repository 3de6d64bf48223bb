//! DataFrames, tested: see the tests. Here is what those of all adapters are drawn from.

pub mod drawn_rows;
