//! What a call will do, decided before anything is sent: pure data, made of a schema, the options and a dialect, and
//! later of what the table turns out to be like.

use crate::duplicates::Fold;
use crate::error::Error;
use crate::fit;
use crate::options::{Atomicity, CreateTable, Duplicates, OnConflict, Unchanged, UpsertOptions};
use crate::rows::Bounds;
use crate::schema::{Column, ColumnRef, ColumnType, GeneratedColumn, Index, Origin, TableSchema, Update};
use crate::sql::{self, Dialect};
use crate::value::{Decimal, Invalid, Value};

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
    /// Columns of the conflict target, in the order of the schema's key.
    pub(crate) key: Vec<usize>,
    /// Columns that are set in a row that is already there; empty unless rows are updated.
    pub(crate) updates: Vec<usize>,
    pub(crate) on_conflict: OnConflict,
    pub(crate) unchanged: Unchanged,
    pub(crate) duplicates: Duplicates,
    pub(crate) create_table: CreateTable,
    pub(crate) atomicity: Option<Atomicity>,
    pub(crate) bounds: Bounds,
    /// What the table's columns do with values; what the dialect's own types do until the table was looked up.
    pub(crate) column_facts: Vec<ColumnFacts>,
    /// Whether the database's equality of keys is Rust's.
    pub(crate) exact_keys: bool,
    /// Whether one statement can count what it inserted apart from what it updated.
    pub(crate) counts_in_one: bool,
}

/// What a column of the table does with the values that are sent to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnFacts {
    pub(crate) comparison: Comparison,
    pub(crate) keeps: Keeps,
    pub(crate) sent: Sent,
    /// What stands in for a value that a row does not have.
    pub(crate) default: Option<Default>,
}

/// A default of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Default {
    pub(crate) sql: String,
    /// The type of the column, where the values of rows have to be of it to stand beside the default.
    pub(crate) sql_type: Option<String>,
}

impl ColumnFacts {
    /// Of a column whose values are sent as they are.
    pub(crate) fn new(comparison: Comparison, keeps: Keeps) -> Self {
        Self { comparison, keeps, sent: Sent::AsItIs, default: None }
    }
}

/// The form in which values are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// As the column type's own.
    AsItIs,
    /// Spans of time as PostgreSQL's `interval`.
    AsInterval,
    /// As the column type's own, and converted by the statement to a type of the database.
    Cast(String),
    /// Integers as the text of their digits.
    AsDigits,
    /// Decimals without zeros at their end, so that equal ones are one key.
    Shortest,
}

/// Which values a column keeps unchanged. Others are refused before anything of their chunk is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Keeps {
    All,
    /// Integers of a narrower type.
    Integers {
        min: i64,
        max: i64,
    },
    /// Integers that a float holds exactly: up to 2 to this power.
    IntegersOfFloat {
        bits: u32,
    },
    /// Numbers of so many digits before the point, and behind it; more behind it would be rounded.
    Digits {
        integer: i64,
        fraction: i64,
    },
    /// Text of so many characters; the rest would be cut if it is blank.
    Characters(usize),
    /// Text of so many characters and no fewer: blanks would be added.
    AllCharacters(usize),
    /// The labels of an enum.
    Labels(Vec<String>),
    /// Text that does not look like a number, which a column with numeric affinity would make one.
    NoNumbers,
    /// Nothing: the database gives all values.
    Nothing,
}

impl Keeps {
    /// Refuses a value that the column would change.
    #[inline]
    pub(crate) fn check(&self, value: &Value<'_>) -> Result<(), Invalid> {
        match self {
            Self::All => Ok(()),
            Self::Integers { .. }
            | Self::IntegersOfFloat { .. }
            | Self::Digits { .. }
            | Self::Characters(_)
            | Self::AllCharacters(_)
            | Self::Labels(_)
            | Self::NoNumbers
            | Self::Nothing => self.check_value(value),
        }
    }

    fn check_value(&self, value: &Value<'_>) -> Result<(), Invalid> {
        match (self, value) {
            (Self::Integers { min, max }, _) => match integer(value) {
                Some(value) if !(i128::from(*min)..=i128::from(*max)).contains(&value) => Err(Invalid::OutOfRange),
                _ => Ok(()),
            },
            (Self::IntegersOfFloat { bits }, _) => match integer(value) {
                Some(value) if value.unsigned_abs() > 1 << bits => Err(Invalid::ChangedByColumn),
                _ => Ok(()),
            },
            (Self::Digits { integer: most, fraction }, _) => decimal(value).map_or(Ok(()), |decimal| {
                decimal.with_parts(|parts| {
                    if parts.integer_digits() > *most && !parts.digits.is_empty() {
                        Err(Invalid::OutOfRange)
                    } else if parts.fraction_digits() > *fraction {
                        Err(Invalid::FinerThanColumn)
                    } else {
                        Ok(())
                    }
                })
            }),
            (Self::Characters(most), Value::Text(text)) if text.len() > *most && text.chars().count() > *most => {
                Err(Invalid::TooLarge)
            }
            (Self::AllCharacters(all), Value::Text(text)) => match text.chars().count() {
                count if count > *all => Err(Invalid::TooLarge),
                count if count < *all => Err(Invalid::ChangedByColumn),
                _ => Ok(()),
            },
            (Self::Labels(labels), Value::Text(text)) if !labels.iter().any(|label| label == text) => {
                Err(Invalid::UnknownLabel)
            }
            (Self::NoNumbers, Value::Text(text) | Value::Json(text)) if looks_like_a_number(text) => {
                Err(Invalid::ChangedByColumn)
            }
            (Self::Nothing, Value::Null) => Ok(()),
            (Self::Nothing, _) => Err(Invalid::GivenByDatabase),
            _ => Ok(()),
        }
    }
}

/// The number of a value that is a whole one; what is larger than any column takes counts as the largest.
fn integer(value: &Value<'_>) -> Option<i128> {
    match value {
        Value::SmallInt(value) => Some((*value).into()),
        Value::Integer(value) => Some((*value).into()),
        Value::BigInt(value) => Some((*value).into()),
        Value::UnsignedBigInt(value) => Some((*value).into()),
        Value::HugeInt(value) => Some(*value),
        Value::UnsignedHugeInt(value) => Some(i128::try_from(*value).unwrap_or(i128::MAX)),
        Value::Duration { micros } => Some((*micros).into()),
        _ => None,
    }
}

/// The number of a value that is one.
fn decimal<'v>(value: &Value<'v>) -> Option<Decimal<'v>> {
    match value {
        Value::Decimal(decimal) => Some(decimal.clone()),
        Value::UnsignedHugeInt(value) => Some(Decimal::from_unsigned(*value, 0)),
        _ => integer(value).map(|value| Decimal::new(value, 0)),
    }
}

/// A little more than SQLite takes for a number ("Datatypes In SQLite", section 3).
fn looks_like_a_number(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
}

/// How to tell, in SQL, whether a column would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// Equal values are identical.
    Exact,
    /// As `Exact`, but 0 equals -0.
    SignedZero,
    /// Equal values can differ (in case, say): compare what is stored.
    Image,
    /// As `Image`, of decimals: those that are equal to the database (1.5, 1.50) are equal to Rust as well.
    ImageOfNumber,
}

impl Comparison {
    /// Whether it is what is stored that tells.
    pub(crate) fn is_by_image(self) -> bool {
        matches!(self, Self::Image | Self::ImageOfNumber)
    }
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

/// What is known of the table once it was looked up.
#[derive(Clone, Debug)]
pub(crate) struct TableFacts {
    pub(crate) schema: String,
    /// One for each column of the plan.
    pub(crate) column_facts: Vec<ColumnFacts>,
    pub(crate) exact_keys: bool,
    pub(crate) counts_in_one: bool,
}

impl<'s> UpsertPlan<'s> {
    /// Checks schema and options against each other and the dialect. Every mistake is reported, not only the first.
    pub(crate) fn new(schema: &TableSchema<'s>, options: &UpsertOptions, dialect: Dialect) -> Result<Self, Error> {
        let UpsertOptions {
            on_conflict,
            unchanged,
            duplicates,
            atomicity,
            chunk_rows,
            chunk_bytes,
            create_table,
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
        if *create_table == CreateTable::IfMissing {
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
            key,
            updates,
            on_conflict: *on_conflict,
            unchanged: *unchanged,
            duplicates: *duplicates,
            create_table: *create_table,
            atomicity: *atomicity,
            bounds: Bounds { rows: *chunk_rows, bytes: *chunk_bytes },
            column_facts: columns.iter().map(own_facts).collect(),
            exact_keys: true,
            counts_in_one: true,
        })
    }

    pub(crate) fn numbered(self, call: u64) -> Self {
        Self { call, ..self }
    }

    /// Takes in what the table turned out to be like.
    pub(crate) fn resolve(&mut self, facts: TableFacts) -> Result<(), Error> {
        let TableFacts { schema, column_facts, exact_keys, counts_in_one } = facts;
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
        Ok(())
    }

    /// The table's quoted name.
    pub(crate) fn name(&self) -> String {
        sql::qualified(self.schema.as_deref(), &self.table)
    }

    /// Names of columns by their positions.
    pub(crate) fn names<'p>(&'p self, positions: &'p [usize]) -> impl Iterator<Item = &'s str> + 'p {
        positions.iter().map(|&position| self.columns[position].name)
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
        !self.exact_keys && self.dialect == Dialect::Postgres
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
}

/// What a column does that is as the struct has it.
fn own_facts(column: &Column<'_>) -> ColumnFacts {
    let comparison = match column.column_type {
        ColumnType::Real | ColumnType::Double => Comparison::SignedZero,
        ColumnType::Decimal => Comparison::ImageOfNumber,
        ColumnType::Json | ColumnType::Array(_) => Comparison::Image,
        ColumnType::Bool
        | ColumnType::SmallInt
        | ColumnType::Integer
        | ColumnType::BigInt
        | ColumnType::UnsignedBigInt
        | ColumnType::HugeInt
        | ColumnType::UnsignedHugeInt
        | ColumnType::Text
        | ColumnType::Bytes
        | ColumnType::Date
        | ColumnType::Time
        | ColumnType::Timestamp
        | ColumnType::TimestampTz
        | ColumnType::Duration
        | ColumnType::Uuid
        | ColumnType::Inet => Comparison::Exact,
    };
    ColumnFacts::new(comparison, Keeps::All)
}

/// Positions of columns that the caller named; a column of another struct is a mistake.
fn positions(schema: &TableSchema<'_>, refs: &[ColumnRef], mistakes: &mut Vec<String>) -> Vec<usize> {
    for column in refs {
        let known = schema.columns.get(column.position).is_some_and(|own| own.name == column.name);
        if !known || column.table != schema.table {
            mistakes.push(format!("column `{}` of `{}` is no column of `{}`", column.name, column.table, schema.table));
        }
    }
    refs.iter().map(|column| column.position).filter(|&position| position < schema.columns.len()).collect()
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

/// Options that contradict themselves or each other.
fn check_options(options: &UpsertOptions, mistakes: &mut Vec<String>) {
    for (option, bound) in [("chunk_rows", options.chunk_rows), ("chunk_bytes", options.chunk_bytes)] {
        if bound == 0 {
            mistakes.push(format!("`{option}(0)` leaves no room for a row: the least is 1"));
        }
    }
    if options.update_columns.is_some() && options.on_conflict != OnConflict::Update {
        mistakes.push(format!(
            "`update_columns` and `OnConflict::{:?}`, which updates nothing, contradict each other: leave one of them out",
            options.on_conflict
        ));
    }
}

/// Checks the primary key and the conflict target.
fn check_key(schema: &TableSchema<'_>, mistakes: &mut Vec<String>) {
    let columns = schema.columns;
    for (name, key) in [("primary key", schema.primary_key), ("conflict target", schema.key())] {
        if key.is_empty() {
            mistakes.push(format!("the {name} has no column"));
        }
        if let Some(position) = key.iter().find(|&&position| position >= columns.len()) {
            mistakes.push(format!("the key names column {position}, but there are {}", columns.len()));
        }
    }
    for (position, column) in columns.iter().enumerate() {
        mistakes.extend(
            fit::broken_by_key_position(schema, position)
                .map(|broken| format!("key column `{}`: {broken}", column.name)),
        );
    }
}

/// Refuses to create a table whose defaults nobody has said.
fn check_defaults(schema: &TableSchema<'_>, dialect: Dialect, mistakes: &mut Vec<String>) {
    for column in schema.columns {
        if let Origin::RowOrDefault(default) = column.origin
            && fit::on(&default, dialect).is_none()
        {
            mistakes.push(format!(
                "column {}: the table cannot be created, for nothing says what the column's default is in this database",
                sql::quoted(column.name)
            ));
        }
    }
}

/// Indexes share one name space with each other, and on PostgreSQL and SQLite with tables.
fn check_index_names(schema: &TableSchema<'_>, dialect: Dialect, mistakes: &mut Vec<String>) {
    let fold = |name: &str| if dialect == Dialect::Postgres { name.to_owned() } else { name.to_ascii_lowercase() };
    let mut taken = vec![fold(schema.table)];
    let named = schema.indexes.iter().filter(|index| index.name.is_some() || index.key().is_none());
    for index in named.filter(|index| index.has_its_columns(schema.columns.len())) {
        let name = index.name_in(schema.table, schema.columns);
        if taken.contains(&fold(&name)) {
            mistakes.push(format!(
                "index {}: the table or another index has this name: give it one with `name = \"…\"`",
                sql::quoted(&name)
            ));
        }
        taken.push(fold(&name));
    }
}

/// The rules of the database, for what the compiler has not seen: names of run time, generic structs.
fn check_fit(schema: &TableSchema<'_>, dialect: Dialect, mistakes: &mut Vec<String>) {
    mistakes.extend(
        fit::broken_by_table(schema, dialect)
            .map(|broken| format!("table {}: {broken}", sql::qualified(schema.schema, schema.table))),
    );
    for position in 0..fit::all_columns(schema) {
        mistakes.extend(
            fit::broken_by_column(schema, position, dialect)
                .map(|broken| format!("column {}: {broken}", sql::quoted(fit::column_at(schema, position).name))),
        );
    }
    check_index_names(schema, dialect, mistakes);
    for (position, index) in schema.indexes.iter().enumerate() {
        mistakes.extend(
            fit::broken_by_index(schema, position, dialect)
                .map(|broken| format!("index {}: {broken}", index.name.unwrap_or("without a name"))),
        );
    }
}
