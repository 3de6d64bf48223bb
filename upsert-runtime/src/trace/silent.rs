//! Without the feature `tracing`: everything here compiles to nothing.

use std::future::Future;

use crate::options::{Atomicity, UpsertOptions};
use crate::report::Outcome;
use crate::schema::TableSchema;
use crate::sql::Dialect;

pub(crate) struct CallSpan;

impl CallSpan {
    pub(crate) fn new(_: &TableSchema<'_>, _: &UpsertOptions, _: Atomicity, _: Dialect) -> Self {
        Self
    }

    pub(crate) fn around<F: Future>(self, call: F) -> F {
        call
    }
}

pub(crate) struct ChunkSpan;

impl ChunkSpan {
    pub(crate) fn new(_: u64, _: Option<u64>, _: u64, _: u64, _: &'static str) -> Self {
        Self
    }

    pub(crate) fn around<F: Future>(&self, chunk: F) -> F {
        chunk
    }

    pub(crate) fn doubt(&self) {}

    pub(crate) fn end(self, _: Outcome) {}
}

pub(crate) fn around_search<F: Future>(searching: F) -> F {
    searching
}

pub(crate) fn around_stage<F: Future>(writing: F) -> F {
    writing
}
