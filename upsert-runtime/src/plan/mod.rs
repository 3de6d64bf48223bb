//! What a call will do, decided before anything is sent: pure data, made of a schema, the options and a dialect, and
//! later of what the table turns out to be like.

mod checks;
mod facts;

use self::checks::{check_defaults, check_fit, check_key, check_options};
use self::facts::own_facts;
pub(crate) use self::facts::{ColumnFacts, Comparison, Default, Keeps, MySqlFacts, Sent, Server, TableFacts};
use crate::change::Change;
use crate::duplicates::Fold;
use crate::error::Error;
use crate::options::{Allowed, Atomicity, Duplicates, OnConflict, Unchanged, UpsertOptions};
use crate::rows::Bounds;
use crate::schema::{
    Column, ColumnType, GeneratedColumn, Index, NamedColumn, Origin, SqliteTableOptions, TableSchema, Update,
};
use crate::sql::{self, Dialect};

/// A checked plan of one call.
#[derive(Clone, Debug)]
pub struct UpsertPlan<'s> {
    pub(crate) dialect: Dialect,
    /// Tells calls apart in the names of their staging tables.
    pub(crate) call: u64,
    /// `None` until the table was looked up, if nobody named it.
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) columns: &'s [Column<'s>],
    pub(crate) primary_key: &'s [usize],
    pub(crate) generated: &'s [GeneratedColumn<'s>],
    pub(crate) indexes: &'s [Index<'s>],
    pub(crate) comment: Option<&'s str>,
    pub(crate) sqlite: SqliteTableOptions,
    /// Columns of the conflict target, in the order of the schema's key.
    pub(crate) key: Vec<usize>,
    /// Columns that are set in a row that is already there; empty unless rows are updated.
    pub(crate) updates: Vec<usize>,
    pub(crate) on_conflict: OnConflict,
    pub(crate) unchanged: Unchanged,
    pub(crate) duplicates: Duplicates,
    /// What may be made or changed before.
    pub(crate) allowed: Allowed,
    /// What was.
    pub(crate) changes: Vec<Change>,
    pub(crate) atomicity: Option<Atomicity>,
    pub(crate) bounds: Bounds,
    /// What the table's columns do with values; what the dialect's own types do until the table was looked up.
    pub(crate) column_facts: Vec<ColumnFacts>,
    /// Whether the database's equality of keys is Rust's.
    pub(crate) exact_keys: bool,
    /// Whether one statement can count what it inserted apart from what it updated.
    pub(crate) counts_in_one: bool,
    pub(crate) mysql: MySqlFacts,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Statements {
    /// One, which tells what it inserted from what it updated.
    One,
    /// One that inserts what is missing, and one that updates the rest.
    Two,
    /// One that tells how many rows it wrote, and not which were new: two would each take a default of their own (a random
    /// one, the next of a sequence).
    OneUncounted,
}

impl<'s> UpsertPlan<'s> {
    /// Databases count the elements of an array, and the rows of a statement, in 32 bits.
    const MOST_CHUNK_ROWS: usize = 1 << 29;

    /// Checks schema and options against each other and the dialect. Every mistake is reported, not only the first.
    pub(crate) fn new(schema: &TableSchema<'s>, options: &UpsertOptions, dialect: Dialect) -> Result<Self, Error> {
        let UpsertOptions {
            on_conflict,
            unchanged,
            duplicates,
            atomicity,
            chunk_rows,
            chunk_bytes,
            allowed,
            table,
            schema: schema_name,
            conflict_target,
            update_columns,
            pool_timeout: _,
            chunk_timeout: _,
            stall_timeout: _,
        } = options;
        let TableSchema {
            schema: own_schema,
            table: own_table,
            columns,
            primary_key,
            conflict_target: _,
            generated,
            indexes,
            comment,
            sqlite,
        } = *schema;

        let mut mistakes = Vec::new();
        let table = table.clone().unwrap_or_else(|| own_table.to_owned());
        let schema_name = schema_name.clone().or_else(|| own_schema.map(str::to_owned));
        check_options(options, &mut mistakes);
        check_fit(&TableSchema { schema: schema_name.as_deref(), table: &table, ..*schema }, dialect, &mut mistakes);

        let key = match conflict_target {
            Some(target) => in_key_order(positions(schema, target, &mut mistakes), schema),
            None => schema.key().to_vec(),
        };
        check_key(&TableSchema { conflict_target: Some(&key), ..*schema }, &mut mistakes);
        if allowed.create_table {
            check_defaults(schema, dialect, &mut mistakes);
        }

        let chosen = update_columns.as_ref().map(|chosen| positions(schema, chosen, &mut mistakes));
        for &position in chosen.iter().flatten() {
            let Some(column) = columns.get(position) else { continue };
            if key.contains(&position) {
                mistakes.push(format!("column `{}` is part of the conflict target and cannot be updated", column.name));
            } else if primary_key.contains(&position) || column.origin == Origin::RowOrIdentity {
                mistakes.push(format!(
                    "column `{}` tells rows from each other and cannot be updated: a row that is there keeps it",
                    column.name
                ));
            } else if column.update == Update::Never {
                mistakes.push(format!(
                    "column `{}` is `update = never` and cannot be updated: a row that is there keeps it",
                    column.name
                ));
            }
        }
        let updates = match on_conflict {
            OnConflict::Update => match chosen {
                Some(mut chosen) => {
                    chosen.sort_unstable();
                    chosen.dedup();
                    chosen
                }
                None => (0..columns.len())
                    .filter(|position| !key.contains(position) && !primary_key.contains(position))
                    .filter(|&position| columns[position].update == Update::Always)
                    .filter(|&position| columns[position].origin != Origin::RowOrIdentity)
                    .collect(),
            },
            OnConflict::Ignore | OnConflict::Error => Vec::new(),
        };

        if !mistakes.is_empty() {
            return Err(Error::plan(mistakes.join("; ")));
        }
        Ok(Self {
            dialect,
            call: 0,
            schema: schema_name,
            table,
            columns,
            primary_key,
            generated,
            indexes,
            comment,
            sqlite,
            key,
            updates,
            on_conflict: *on_conflict,
            unchanged: *unchanged,
            duplicates: *duplicates,
            allowed: *allowed,
            changes: Vec::new(),
            atomicity: *atomicity,
            bounds: Bounds { rows: (*chunk_rows).min(Self::MOST_CHUNK_ROWS), bytes: *chunk_bytes },
            column_facts: columns.iter().map(own_facts).collect(),
            exact_keys: true,
            counts_in_one: true,
            mysql: MySqlFacts::default(),
        })
    }

    pub(crate) fn numbered(self, call: u64) -> Self {
        Self { call, ..self }
    }

    /// Takes in what the table turned out to be like.
    pub(crate) fn resolve(&mut self, facts: TableFacts) -> Result<(), Error> {
        let TableFacts { schema, column_facts, exact_keys, counts_in_one, mysql } = facts;
        if !exact_keys && self.duplicates == Duplicates::Error && self.dialect == Dialect::Sqlite {
            return Err(Error::plan(format!(
                "`Duplicates::Error` cannot be kept for table {}: its key compares otherwise than byte by byte",
                self.name()
            )));
        }
        self.schema = Some(schema);
        self.column_facts = column_facts;
        self.exact_keys = exact_keys;
        self.counts_in_one = counts_in_one;
        self.mysql = mysql;
        Ok(())
    }

    /// Whether an index waits until the rows are written.
    pub(crate) fn defers(&self, index: &Index<'_>) -> bool {
        self.allowed.defer_indexes && !index.unique
    }

    /// The indexes that do.
    pub(crate) fn deferred(&self) -> impl Iterator<Item = &'s Index<'s>> {
        self.indexes.iter().filter(|index| self.defers(index))
    }

    /// The indexes that a table has no place for as keys, and that are created with it all the same.
    pub(crate) fn beside_table(&self) -> impl Iterator<Item = &'s Index<'s>> {
        self.indexes.iter().filter(|index| index.key().is_none() && !self.defers(index))
    }

    /// The table's quoted name.
    pub(crate) fn name(&self) -> String {
        sql::qualified(self.schema.as_deref(), &self.table)
    }

    /// Names of columns by their positions.
    pub(crate) fn names<'p>(&'p self, positions: &'p [usize]) -> impl Iterator<Item = &'s str> + 'p {
        positions.iter().map(|&position| self.columns[position].name)
    }

    /// The column at a position among all, those that the database computes behind the others.
    pub(crate) fn column_at(&self, position: usize) -> &'s Column<'s> {
        match position.checked_sub(self.columns.len()) {
            None => &self.columns[position],
            Some(generated) => &self.generated[generated].column,
        }
    }

    /// The position of a column among all.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        (0..self.columns.len() + self.generated.len()).find(|&position| self.column_at(position).name == name)
    }

    /// What happens to rows with the same key.
    pub(crate) fn fold(&self) -> Fold {
        if !self.exact_keys {
            Fold::LeaveToDatabase
        } else if self.refuses_repeated_keys() {
            Fold::Refuse
        } else if self.on_conflict == OnConflict::Update {
            Fold::Latest
        } else {
            Fold::First
        }
    }

    /// Whether repeated keys are found by the database, in a staging table, because Rust cannot tell them. SQLite writes
    /// such rows one by one, in input order.
    pub(crate) fn folds_in_database(&self) -> bool {
        !self.exact_keys && self.dialect != Dialect::Sqlite
    }

    /// The column whose numbers are looked for, of rows that are there: without that each would be given another one first,
    /// and they come to their end. PostgreSQL does so in the statement itself.
    pub(crate) fn looked_up_number(&self) -> Option<usize> {
        let is_number = |column: &Column<'_>| column.origin == Origin::RowOrIdentity;
        self.columns.iter().position(is_number).filter(|_| self.on_conflict != OnConflict::Error)
    }

    /// Whether one statement inserts what is missing and another updates the rest. Two calls that do so are never in each
    /// other's way: whoever has come to the second statement waits for no row that is missing. That holds as long as the
    /// first is done with all rows of the transaction.
    pub(crate) fn writes_in_two(&self) -> bool {
        !self.counts_in_one && !self.updates.is_empty()
    }

    /// One row at a time, a repeated key would be a unique violation with `OnConflict::Error`.
    pub(crate) fn refuses_repeated_keys(&self) -> bool {
        self.duplicates == Duplicates::Error || self.on_conflict == OnConflict::Error
    }

    /// Whether a column takes no values but those of the table.
    pub(crate) fn overrides_identity(&self) -> bool {
        self.column_facts.iter().any(|facts| facts.keeps == Keeps::Nothing)
    }

    /// By how many statements rows are written.
    pub(crate) fn statements(&self) -> Statements {
        if !self.writes_in_two() {
            Statements::One
        } else if self.column_facts.iter().all(|facts| facts.default.is_none()) {
            Statements::Two
        } else {
            Statements::OneUncounted
        }
    }

    /// Columns whose values the database gives to rows that have none.
    pub(crate) fn given_by_database(&self) -> impl Iterator<Item = (usize, &'s Column<'s>)> {
        self.columns.iter().enumerate().filter(|(_, column)| column.is_given_by_database())
    }

    /// Whether rows go through a staging table of PostgreSQL, because an array of arrays would be flattened.
    pub(crate) fn has_arrays(&self) -> bool {
        self.columns.iter().any(|column| matches!(column.column_type, ColumnType::Array(_)))
    }

    /// What a column of a row takes its value from when several rows of the input have its key: the last of them, or
    /// the first.
    pub(crate) fn takes_latest(&self, column: usize) -> bool {
        self.updates.contains(&column)
    }

    /// Whether several rows that have one key make one whose values are of two of them.
    pub(crate) fn mixes_rows(&self) -> bool {
        (0..self.columns.len()).any(|column| !self.takes_latest(column) && !self.key.contains(&column))
    }
}

/// Positions of columns that the caller named; a column of another struct is a mistake.
fn positions(schema: &TableSchema<'_>, refs: &[NamedColumn], mistakes: &mut Vec<String>) -> Vec<usize> {
    let is_known = |column: &&NamedColumn| {
        let own = schema.columns.get(column.position);
        own.is_some_and(|own| own.name == column.name) && column.table == schema.table
    };
    let (known, unknown): (Vec<&NamedColumn>, Vec<&NamedColumn>) = refs.iter().partition(is_known);
    mistakes.extend(unknown.into_iter().map(|NamedColumn { name, table, .. }| {
        format!("column `{name}` of `{table}` is that of another struct, of `{}`", schema.table)
    }));
    known.into_iter().map(|column| column.position).collect()
}

/// A conflict target that is a key of the struct in another order is that key.
fn in_key_order(mut target: Vec<usize>, schema: &TableSchema<'_>) -> Vec<usize> {
    target.sort_unstable();
    target.dedup();
    let unique = schema.indexes.iter().filter_map(Index::key);
    let keys = [schema.key(), schema.primary_key].into_iter().chain(unique);
    let same = |key: &&[usize]| {
        let mut sorted = key.to_vec();
        sorted.sort_unstable();
        sorted == target
    };
    keys.clone().find(same).map_or_else(|| target.clone(), <[usize]>::to_vec)
}
