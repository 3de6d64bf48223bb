//! Rows in PostgreSQL's binary formats: an array for each column, or the rows of a COPY.

mod arrays;
mod block;
mod cell;
mod copy;

pub(super) use self::arrays::Arrays;
use self::copy::Copy;
use crate::backend::Size;
use crate::error::Error;
use crate::feed::Chunk;
use crate::plan::UpsertPlan;

/// An encoded chunk.
#[doc(hidden)]
pub enum Packet {
    Arrays(Arrays),
    Copy(Copy),
}

impl Packet {
    pub(super) async fn arrays(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>) -> Result<Self, Error> {
        Arrays::encode(plan, chunk).await.map(Self::Arrays)
    }

    pub(super) async fn copy(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>) -> Result<Self, Error> {
        Copy::encode(plan, chunk).await.map(Self::Copy)
    }
}

impl Size for Packet {
    fn size(&self) -> u64 {
        match self {
            Self::Arrays(arrays) => arrays.size(),
            Self::Copy(copy) => copy.values,
        }
    }
}
