//! Writes rows, and counts what became of them.

use std::pin::pin;

use bytes::Bytes;
use futures_util::SinkExt;
use futures_util::future::join;

use super::encode::Arrays;
use super::error::from_driver;
use super::session::{Handle, Parameter, PostgresSession};
use crate::backend::Wrote;
use crate::error::{Error, Kind};
use crate::options::{OnConflict, Unchanged};
use crate::plan::{Statements, UpsertPlan};
use crate::report::{Count, Counts, Phase};
use crate::sql::postgres::{self as sql, Stage, Told, Upsert};

/// A chunk that was refused, and what is asked to find the row that it was refused for.
pub(super) struct Refused {
    pub(super) first_there: String,
    pub(super) key: Vec<usize>,
    pub(super) rows: Arrays,
}

impl PostgresSession<'_> {
    /// Writes the rows of a query, to the table that was looked at and no other.
    pub(super) async fn write_rows(
        &mut self,
        plan: &UpsertPlan<'_>,
        query: &str,
        parameters: &[Parameter<'_>],
        rows: u64,
    ) -> Result<Counts, Error> {
        if self.looked_again {
            return self.write_whatever_it_is(plan, query, parameters, rows).await;
        }
        // Asked at once behind the first statement, which keeps others from changing the table.
        let (written, is_as_seen) =
            join(self.write_whatever_it_is(plan, query, parameters, rows), self.is_as_seen(plan)).await;
        let counts = written?;
        if !is_as_seen? {
            return Err(Error::new(Kind::ChangedTable { table: plan.name() }, Phase::Write));
        }
        self.looked_again = true;
        Ok(counts)
    }

    pub(super) async fn write_whatever_it_is(
        &self,
        plan: &UpsertPlan<'_>,
        query: &str,
        parameters: &[Parameter<'_>],
        rows: u64,
    ) -> Result<Counts, Error> {
        let (inserted, updated) = match plan.statements() {
            Statements::One => self.execute(&sql::upsert(plan, query), parameters).await?,
            Statements::Two => {
                let (inserted, updated) = self.in_two(plan, query, parameters, rows).await?;
                if self.seen.may_change_rows && inserted < rows {
                    return Ok(Counts { inserted: inserted.into(), ..Counts::UNKNOWN });
                }
                (inserted, updated)
            }
            Statements::OneUncounted => {
                let written = self.client().execute_typed(&sql::update_rest(plan, query), parameters).await;
                let left = rows.saturating_sub(written.map_err(from_driver)?);
                // Of rows that are rewritten whether they change or not, nobody tells which did.
                let unchanged = if plan.unchanged == Unchanged::Skip { Count::exact(left) } else { Count::UNKNOWN };
                return Ok(Counts { unchanged, ..Counts::UNKNOWN });
            }
        };
        Ok(counts(plan, rows, inserted, updated))
    }

    /// Inserted and updated rows of one statement.
    pub(super) async fn execute(&self, upsert: &Upsert, parameters: &[Parameter<'_>]) -> Result<(u64, u64), Error> {
        match upsert.told {
            Told::ByTag => {
                let inserted = self.client().execute_typed(&upsert.sql, parameters).await.map_err(from_driver)?;
                Ok((inserted, 0))
            }
            Told::ByRow => {
                let row = self.client().query_typed_one(&upsert.sql, parameters).await.map_err(from_driver)?;
                Ok((unsigned(row.get(0)), unsigned(row.get(1))))
            }
        }
    }

    /// Inserted and updated rows where one statement cannot tell them apart. Rows that the first inserts are equal to
    /// what the second would set, so that only a rewrite counts them again.
    pub(super) async fn in_two(
        &self,
        plan: &UpsertPlan<'_>,
        query: &str,
        parameters: &[Parameter<'_>],
        rows: u64,
    ) -> Result<(u64, u64), Error> {
        let (inserted, _) = self.execute(&sql::insert_missing(plan, query), parameters).await?;
        if inserted == rows {
            return Ok((inserted, 0));
        }
        let touched =
            self.client().execute_typed(&sql::update_rest(plan, query), parameters).await.map_err(from_driver)?;
        let updated = match plan.unchanged {
            Unchanged::Skip => touched,
            Unchanged::Rewrite => touched.saturating_sub(inserted),
        };
        Ok((inserted, updated))
    }

    pub(super) async fn copy(&mut self, plan: &UpsertPlan<'_>, rows: Bytes) -> Result<(), Error> {
        let stage = Stage { plan };
        if !self.staging {
            self.client().batch_execute(&stage.create()).await.map_err(from_driver)?;
            self.staging = true;
        }
        self.forget_copy = Some(stage.forget_copy());
        let copy = self.client().prepare(&stage.copy()).await.map_err(from_driver)?;
        self.forget_copy = None;
        let mut sink = pin!(self.client().copy_in(&copy).await.map_err(from_driver)?);
        sink.send(rows).await.map_err(from_driver)?;
        sink.finish().await.map_err(from_driver)?;
        Ok(())
    }

    pub(super) async fn write_stage(&mut self, plan: &UpsertPlan<'_>) -> Result<Wrote, Error> {
        let stage = Stage { plan };
        let client = self.client();
        if !plan.exact_keys {
            client.batch_execute(&stage.convert()).await.map_err(from_driver)?;
        }
        if plan.refuses_repeated_keys()
            && let Some(row) = client.query_typed_opt(&stage.repeated(), &[]).await.map_err(from_driver)?
        {
            let kind = Kind::RepeatedKey { row: unsigned(row.get(0)), earlier: unsigned(row.get(1)) };
            return Err(Error::new(kind, Phase::Write));
        }
        let numbers = client.query_typed_one(&stage.count_keys(), &[]).await.map_err(from_driver)?;
        let (keys, rows) = (unsigned(numbers.get(0)), unsigned(numbers.get(1)));

        let counts = self.write_rows(plan, &stage.rows_to_write(), &[], keys).await?;
        self.client().batch_execute(&stage.drop()).await.map_err(from_driver)?;
        self.staging = false;
        Ok(Wrote { counts, duplicates: Count::exact(rows - keys) })
    }

    pub(super) async fn find_row_in_the_way(&mut self) -> Option<u64> {
        let Refused { first_there, key, rows } = self.refused.take()?;
        if matches!(self.handle, Handle::InTransaction(_)) {
            return None;
        }
        let parameters: Vec<Parameter<'_>> = key.iter().map(|&column| rows.parameter(column)).collect();
        let answer = self.client().query_typed_one(&first_there, &parameters).await.ok()?;
        rows.number(answer.get::<_, Option<i64>>(0)?)
    }
}

/// What became of rows with different keys.
fn counts(plan: &UpsertPlan<'_>, rows: u64, inserted: u64, updated: u64) -> Counts {
    // A trigger that changes the rows that were inserted just now (where two statements are needed) blurs the numbers.
    let Some(left) = rows.checked_sub(inserted + updated).map(Count::exact) else { return Counts::UNKNOWN };
    let (unchanged, ignored) = match plan.on_conflict {
        OnConflict::Ignore => (Count::ZERO, left),
        OnConflict::Update | OnConflict::Error => (left, Count::ZERO),
    };
    Counts { inserted: inserted.into(), updated: updated.into(), unchanged, ignored }
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).expect("PostgreSQL counts from 0")
}
