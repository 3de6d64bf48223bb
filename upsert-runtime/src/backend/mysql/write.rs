//! Writes encoded rows, and counts what became of them.

use mysql_async::{Row, Value};

use super::count::{counts, sum};
use super::encode::{Packet, Piece, Way};
use super::error::{TWO_ROWS, from_driver, number, row};
use super::facts::{is_true, not_understood, number as number_at};
use super::link::Told;
use super::session::MySqlSession;
use crate::backend::{InTheWay, Wrote};
use crate::error::{Error, Kind};
use crate::options::OnConflict;
use crate::plan::UpsertPlan;
use crate::report::{Count, Counts, Phase};
use crate::schema::Origin;
use crate::sql::mysql::{self as sql, Found, Stage};

/// Rows of a statement that was refused, because another row is in the way of one of them.
pub(super) struct Refused {
    /// Of so many rows, asks which are there.
    questions: Vec<(String, Vec<Value>)>,
    names: Vec<Option<u64>>,
    /// Asks whether a trigger may have written to another table, if the key that was named is the conflict target's.
    other_table: Option<String>,
}

impl Refused {
    /// Of which rows can be asked at once.
    const ROWS: usize = 64;

    /// `None` if it was another key of the table: a row that is there with the conflict target's was not in the way.
    fn of(plan: &UpsertPlan<'_>, keys: &[Value], names: Vec<Option<u64>>, constraint: Option<&str>) -> Option<Self> {
        let is_of_target = constraint.is_some_and(|name| plan.mysql.target_keys.iter().any(|own| own == name));
        if constraint.is_some() && !is_of_target {
            return None;
        }
        let questions = keys.chunks(plan.key.len() * Self::ROWS);
        let questions = questions.map(|keys| (sql::are_there(plan, keys.len() / plan.key.len()), keys.to_vec()));
        let other_table = is_of_target.then(|| sql::has_trigger_on_insert(plan));
        Some(Self { questions: questions.collect(), names, other_table })
    }
}

impl MySqlSession<'_> {
    pub(super) async fn write_rows(&mut self, plan: &UpsertPlan<'_>, mut packet: Packet) -> Result<Wrote, Error> {
        self.look_again(plan).await?;
        let found_rows = self.link.counts_found_rows();
        let way = self.way_of_rows(plan, packet.rows()).await?;
        let mut all = Counts::default();
        while let Some(Piece { mut values, names }) = packet.next(way, plan.mysql.most_bytes) {
            let rows = names.len();
            self.look_for_numbers(plan, &mut values).await?;
            let keys = if plan.on_conflict == OnConflict::Error { keys(plan, &values) } else { Vec::new() };
            let counted = counted(if rows == 1 { found_rows } else { way == Way::Bulk });
            match self.execute(way, rows, |rows| sql::upsert(plan, rows, counted), values).await {
                Ok(told) => {
                    let found = self.ask_for_found(plan, counted).await?;
                    all = sum(all, counts(plan, rows as u64, &told, found_rows, found));
                }
                Err(error) => {
                    let error = self.refusal_of_rows(plan, error, &names);
                    if plan.on_conflict == OnConflict::Error && error.is_of_unknown_conflict() {
                        self.refused = Refused::of(plan, &keys, names, error.constraint());
                    }
                    return Err(error);
                }
            }
        }
        Ok(Wrote { counts: all, duplicates: Count::ZERO })
    }

    /// Executes a statement for some rows, which is written for a number of them.
    async fn execute(
        &mut self,
        way: Way,
        rows: usize,
        statement: impl Fn(usize) -> String,
        values: Vec<Value>,
    ) -> mysql_async::Result<Told> {
        match way {
            // A row alone may be larger than a packet.
            Way::Bulk if rows > 1 => self.link.execute_bulk(&statement(1), values).await,
            Way::Bulk | Way::Values => self.link.execute(&statement(rows), values).await,
        }
    }

    /// Gives rows that bring no number the one that they have, if they are there.
    async fn look_for_numbers(&mut self, plan: &UpsertPlan<'_>, values: &mut [Value]) -> Result<(), Error> {
        let Some(column) = plan.looked_up_number() else { return Ok(()) };
        for rows in values.chunks_mut(Self::QUESTIONS * plan.columns.len()) {
            let question = sql::numbers(plan, column, rows.len() / plan.columns.len());
            let answer = self.link.ask_first(&question, keys(plan, rows)).await.map_err(|error| self.refusal(error))?;
            let found = answer.map(Row::unwrap).unwrap_or_default();
            for (row, found) in rows.chunks_mut(plan.columns.len()).zip(found) {
                if row[column] == Value::NULL {
                    row[column] = found;
                }
            }
        }
        Ok(())
    }

    /// Of so many rows can be asked at once.
    const QUESTIONS: usize = 256;

    fn refusal_of_rows(&self, plan: &UpsertPlan<'_>, error: mysql_async::Error, names: &[Option<u64>]) -> Error {
        let is_of_other_key = plan.mysql.has_other_keys && number(&error) == Some(TWO_ROWS);
        let row = row(&error).and_then(|row| names.get(row).copied().flatten());
        let single = if let &[name] = names { name } else { None };
        let error = self.refusal(error).at_row(row).of_single_row(single);
        let error = error.of_unique_keys(&plan.table, &plan.mysql.unique_keys);
        if is_of_other_key { error.of_unique_constraint().because(OTHER_KEY, INTEGRITY_VIOLATION) } else { error }
    }

    pub(super) async fn fill_stage(&mut self, plan: &UpsertPlan<'_>, mut packet: Packet) -> Result<(), Error> {
        let stage = Stage { plan };
        self.begin_now().await?;
        if self.drop_stage.is_none() {
            self.drop_stage = Some(stage.drop());
            self.link.run(&stage.create()).await.map_err(from_driver)?;
        }
        let way = self.way_of_staged(plan, packet.rows()).await?;
        while let Some(Piece { values, names }) = packet.next(way, plan.mysql.most_bytes) {
            let filled = self.execute(way, names.len(), |rows| stage.fill(rows), values).await;
            filled.map_err(|error| self.refusal_of_rows(plan, error, &names))?;
            self.staged += names.len() as u64;
        }
        Ok(())
    }

    pub(super) async fn write_stage(&mut self, plan: &UpsertPlan<'_>) -> Result<Wrote, Error> {
        self.look_again(plan).await?;
        let stage = Stage { plan };
        let answers = self.link.ask(&stage.count()).await.map_err(from_driver)?;
        let [keys, repeated] = answers.as_slice() else { return Err(not_understood()) };
        let keys = keys.first().and_then(|row| number_at(row, 0)).ok_or_else(not_understood)?;
        if plan.refuses_repeated_keys()
            && let Some(row) = repeated.first()
            && let (Some(row), Some(earlier)) = (number_at(row, 0), number_at(row, 1))
        {
            return Err(Error::new(Kind::RepeatedKey { row, earlier }, Phase::Write));
        }
        if plan.columns.iter().any(|column| column.origin == Origin::RowOrIdentity) {
            self.unlock = Some(sql::unlock_numbers(&plan.table));
            self.link.run(&sql::lock_numbers(&plan.table)).await.map_err(from_driver)?;
        }
        let found_rows = self.link.counts_found_rows();
        let counted = counted(found_rows);
        let told = self.link.execute(&stage.write(counted), Vec::new()).await;
        let told = told.map_err(|error| self.refusal_of_rows(plan, error, &[]))?;
        let found = self.ask_for_found(plan, counted).await?;
        let counts = counts(plan, keys, &told, found_rows, found);
        if let Some(drop_stage) = self.drop_stage.take() {
            self.link.run(&drop_stage).await.map_err(from_driver)?;
        }
        let duplicates = Count::exact(std::mem::take(&mut self.staged).saturating_sub(keys));
        Ok(Wrote { counts, duplicates })
    }

    /// How many rows the last statement has found, if it counted them.
    async fn ask_for_found(&mut self, plan: &UpsertPlan<'_>, counted: Found) -> Result<Option<u64>, Error> {
        if counted == Found::NotCounted || plan.on_conflict == OnConflict::Error {
            return Ok(None);
        }
        let answers = self.link.ask(sql::FOUND).await.map_err(from_driver)?;
        let all = answers.first().and_then(|rows| number_at(rows.first()?, 0)).ok_or_else(not_understood)?;
        let before = std::mem::replace(&mut self.found, all);
        Ok(Some(all.saturating_sub(before)))
    }

    /// Asked for once nothing of the chunk is there any more.
    pub(super) async fn find_row_in_the_way(&mut self) -> InTheWay {
        let Some(refused) = self.refused.take() else { return InTheWay::Unknown };
        self.ask_for_row_in_the_way(refused).await.unwrap_or(InTheWay::Unknown)
    }

    /// The server names a key without its table, and every table's is called `PRIMARY`.
    async fn ask_for_row_in_the_way(&mut self, refused: Refused) -> Option<InTheWay> {
        let Refused { questions, names, other_table } = refused;
        let mut names = names.into_iter();
        for (question, keys) in questions {
            let answer = self.link.ask_first(&question, keys).await.ok()??;
            let there = (0..answer.len()).position(|place| is_true(&answer, place));
            match there {
                Some(place) => return names.nth(place).flatten().map(InTheWay::Row),
                None => drop(names.by_ref().take(answer.len()).last()),
            }
        }
        // No row has such a key: it is another table's, unless somebody has deleted the row meanwhile.
        let answers = self.link.ask(&other_table?).await.ok()?;
        is_true(answers.first()?.first()?, 0).then_some(InTheWay::Elsewhere)
    }
}

/// What it is, whatever the statement made of it.
const INTEGRITY_VIOLATION: &str = "23000";
const OTHER_KEY: &str = "another row, of the table or of the input, has another key, and the same values in another unique key of the table";

fn counted(is_counted: bool) -> Found {
    if is_counted { Found::Counted } else { Found::NotCounted }
}

/// The values of the keys of rows.
fn keys(plan: &UpsertPlan<'_>, values: &[Value]) -> Vec<Value> {
    let rows = values.chunks(plan.columns.len());
    rows.flat_map(|row| plan.key.iter().map(|&column| row[column].clone())).collect()
}
