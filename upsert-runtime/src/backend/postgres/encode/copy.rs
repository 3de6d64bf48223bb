//! Rows as a COPY has them.

use bytes::{BufMut, Bytes};

use super::cell::encode_cell;
use crate::error::Error;
use crate::feed::Chunk;
use crate::plan::UpsertPlan;

/// The rows of one COPY into the staging table, whose first column is the row's number.
#[doc(hidden)]
pub struct Copy {
    encoded: Vec<u8>,
    pub(super) values: u64,
}

impl Copy {
    pub(super) async fn encode(plan: &UpsertPlan<'_>, chunk: &Chunk<'_>) -> Result<Self, Error> {
        let fields = i16::try_from(plan.columns.len() + 1).expect("a plan has at most 1600 columns");
        let mut values = 0;
        let mut encoded = Vec::with_capacity(chunk.len() * 16 * (plan.columns.len() + 1));
        encoded.put_slice(b"PGCOPY\n\xff\r\n\0");
        encoded.put_i32(0); // flags
        encoded.put_i32(0); // length of the header's extension
        let mut blocks = chunk.blocks(plan);
        while let Some((picks, columns)) = blocks.take().await {
            for (place, pick) in picks.iter().enumerate() {
                encoded.put_i16(fields);
                encoded.put_i32(8);
                encoded.put_u64(chunk.number(pick.updatable));
                for (position, (column, facts)) in plan.columns.iter().zip(&plan.column_facts).enumerate() {
                    values += columns[position]
                        .look_at(place, |value| encode_cell(&mut encoded, column, facts, value))
                        .map_err(|invalid| chunk.refused(plan, *pick, position, invalid))?;
                }
            }
        }
        encoded.put_i16(-1);
        Ok(Self { encoded, values })
    }

    pub(in crate::backend::postgres) fn into_bytes(self) -> Bytes {
        self.encoded.into()
    }
}
