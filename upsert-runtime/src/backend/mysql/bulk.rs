//! Whether rows go to MariaDB through its bulk protocol: a statement for one row, and the values of many. An error names the
//! row as where all of them stand in the statement itself; but the number of affected rows has those of triggers in it.

use super::encode::Way;
use super::facts::{is_true, text};
use super::session::MySqlSession;
use crate::error::Error;
use crate::plan::{Server, UpsertPlan};
use crate::sql::mysql as sql;

/// What may go through the bulk protocol of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bulk {
    /// Rows that nobody counts.
    any: bool,
    /// Those of the table.
    counted: bool,
}

/// For fewer rows the questions take longer than is won: one call of 64 rows takes as long either way, of 16 rows 1.2 times as long by
/// the bulk protocol, and of 256 rows 0.8 times (MariaDB 10.11, through a socket, 400 calls each in turns).
const FEWEST_ROWS: usize = 64;

impl MySqlSession<'_> {
    /// How rows of the staging table go to the server.
    pub(super) async fn way_of_staged(&mut self, plan: &UpsertPlan<'_>, rows: usize) -> Result<Way, Error> {
        let is_bulk = rows >= FEWEST_ROWS && self.ask_for_bulk(plan).await?.any;
        Ok(if is_bulk { Way::Bulk } else { Way::Values })
    }

    /// How rows of the table itself do. Where rows that are found count as affected, there is no telling which were changed.
    pub(super) async fn way_of_rows(&mut self, plan: &UpsertPlan<'_>, rows: usize) -> Result<Way, Error> {
        let is_bulk = rows >= FEWEST_ROWS
            && has_plain_values(plan)
            && !self.link.counts_found_rows()
            && self.ask_for_bulk(plan).await?.counted;
        Ok(if is_bulk { Way::Bulk } else { Way::Values })
    }

    async fn ask_for_bulk(&mut self, plan: &UpsertPlan<'_>) -> Result<Bulk, Error> {
        if plan.mysql.server != Server::MariaDb {
            return Ok(Bulk::default());
        }
        if let Some(bulk) = self.bulk {
            return Ok(bulk);
        }
        let mut bulk = Bulk::default();
        if self.link.has_bulk().await.map_err(|error| self.refusal(error))? {
            let answers = self.link.ask(&sql::about_bulk(plan)).await.map_err(|error| self.refusal(error))?;
            if let Some(about) = answers.first().and_then(|rows| rows.first()) {
                let is_logged_as_statement = is_true(about, 1);
                bulk.any = !is_logged_as_statement && text(about, 0).is_some_and(|version| is_sound(&version));
                bulk.counted = bulk.any && is_true(about, 2);
            }
        }
        self.bulk = Some(bulk);
        Ok(bulk)
    }
}

/// Whether parameters are values of columns as they are. In an expression their type would be that of the first row's; and a
/// number that was looked up may be of another type than those that were sent, where all rows have to have the same.
fn has_plain_values(plan: &UpsertPlan<'_>) -> bool {
    plan.looked_up_number().is_none() && plan.column_facts.iter().all(|facts| facts.default.is_none())
}

/// Whether a statement of a trigger takes no row that was meant for ours, as it did before MDEV-24411 and MDEV-34718 were
/// mended: in 10.5.27, says its changelog, and so in what was released after it of the versions to which its changes go up.
/// Of those of its own day nothing is taken for granted. Triggers are not shown to everybody.
fn is_sound(version: &str) -> bool {
    let mut numbers = version.split(|character: char| !character.is_ascii_digit()).map(str::parse::<u32>);
    let mut next = || numbers.next().and_then(Result::ok).unwrap_or(0);
    match (next(), next(), next()) {
        (10, 5, patch) => patch >= 27,
        (10, 6, patch) => patch >= 21,
        (10, 11, patch) => patch >= 11,
        (11, 4, patch) => patch >= 5,
        release => release >= (11, 8, 2),
    }
}

#[cfg(test)]
mod tests {
    use super::is_sound;

    #[test]
    fn servers_whose_triggers_take_rows_are_known() {
        for version in
            ["10.5.27-MariaDB", "10.11.14-MariaDB-0+deb12u2-log", "11.4.5-MariaDB", "11.8.2-MariaDB", "12.0.2"]
        {
            assert!(is_sound(version), "{version}");
        }
        for version in
            ["10.4.34-MariaDB", "10.6.20-MariaDB", "10.11.10-MariaDB", "11.4.4-MariaDB", "11.7.2-MariaDB", "x", ""]
        {
            assert!(!is_sound(version), "{version}");
        }
    }
}
