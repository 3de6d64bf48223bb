//! DataFrames, tested: see the tests.
