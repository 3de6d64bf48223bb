//! A load whose progress can be read off its table: it goes round and round a few keys, and each row bears its number.

use upsert::{UpsertOptions, Upsertable};

use crate::database::{Database, Table};

/// A row of the load.
#[derive(Clone, Debug, Upsertable)]
pub struct Lap {
    #[upsert(primary_key)]
    id: i64,
    number: i64,
    text: String,
}

/// A load of any length into a table of few keys. One writer at a time has the table.
#[derive(Clone, Debug)]
pub struct Rounds {
    pub table: String,
    pub keys: u64,
}

impl Rounds {
    pub const COLUMNS: &'static str = "(id BIGINT PRIMARY KEY, number BIGINT NOT NULL, text TEXT NOT NULL)";

    pub fn create_statement(&self) -> String {
        format!("CREATE TABLE {} {}", self.table, Self::COLUMNS)
    }

    /// Puts the first rows of the load in place.
    pub fn fill_statement(&self, rows: u64) -> String {
        let rows: Vec<String> =
            (0..rows).map(|number| format!("({}, {number}, '{}')", number % self.keys, text(number))).collect();
        format!("INSERT INTO {} VALUES {}", self.table, rows.join(", "))
    }

    pub fn options(&self) -> UpsertOptions {
        UpsertOptions::new().table(&self.table)
    }

    /// The rows from a number on, without end.
    pub fn rows(&self, from: u64) -> impl Iterator<Item = Lap> + Send + use<> {
        let keys = self.keys;
        (from..).map(move |number| {
            let signed = |number: u64| i64::try_from(number).expect("it is a small number");
            Lap { id: signed(number % keys), number: signed(number), text: text(number) }
        })
    }

    /// How many rows of the load the table holds: all of them from the first, and nothing of what follows. `None` where
    /// that is not so, because a chunk is there in part, or one is missing.
    pub fn progress(&self, table: &Table) -> Option<u64> {
        let number = |row: &Vec<Option<String>>| row[1].as_ref()?.parse::<u64>().ok();
        let rows = table.iter().filter_map(number).max().map_or(0, |last| last + 1);
        let mut expected: Table = (rows.saturating_sub(self.keys)..rows)
            .map(|number| [(number % self.keys).to_string(), number.to_string(), text(number)].map(Some).to_vec())
            .collect();
        expected.sort();
        (*table == expected).then_some(rows)
    }

    /// Reads the progress off a database.
    pub async fn progress_in(&self, database: &impl Database) -> u64 {
        let table = database.table(&self.table).await;
        self.progress(&table).unwrap_or_else(|| panic!("{} is torn: {table:?}", self.table))
    }
}

fn text(number: u64) -> String {
    format!("row {number}")
}
