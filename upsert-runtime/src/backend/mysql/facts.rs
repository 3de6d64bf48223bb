//! What the table is like, as the catalogue has it.

use std::sync::Arc;

use mysql_async::{Row, Value};

use super::known::{Create, Known};
use super::types::{CatalogColumn, judge};
use crate::error::Error;
use crate::evolve;
use crate::misfit::{self, Misfit};
use crate::plan::{ColumnFacts, Comparison, Default, Keeps, MySqlFacts, Server, TableFacts, UpsertPlan};
use crate::report::Phase;
use crate::schema::{Column, GeneratedColumn, Origin};
use crate::snapshot::{ColumnSnapshot, TableSnapshot};
use crate::sql::{Dialect, mysql as sql};

/// The answers to `table_facts`, or what is known of them.
pub(super) struct Catalog {
    pub(super) server: Server,
    /// The most bytes of a statement.
    pub(super) most_bytes: usize,
    /// The schema that was named, or is selected.
    pub(super) schema: Option<String>,
    pub(super) has_schema: bool,
    /// Tells servers of one address apart.
    pub(super) identity: Vec<u8>,
    /// Whether the last question was answered, which a refusal does not tell: it has nothing of whether a transaction is open.
    pub(super) is_shown: bool,
    pub(super) table: Option<Arc<CatalogTable>>,
}

/// Begins the statement that creates a table in front of another one.
const TEMPORARY: &str = "CREATE TEMPORARY TABLE";

/// Whether the answer to `show_table` is about such a one.
pub(super) fn is_temporary(shown: &[Row]) -> bool {
    shown.first().and_then(|row| bytes(row, 1)).is_some_and(|create| create.starts_with(TEMPORARY.as_bytes()))
}

#[derive(Debug)]
pub(super) struct CatalogTable {
    schema: String,
    /// No view, nor a sequence.
    is_ordinary: bool,
    /// Behind a temporary table of the same name.
    is_hidden: bool,
    engine: String,
    has_transactions: bool,
    columns: Vec<CatalogColumn>,
    /// Unique ones.
    indexes: Vec<Index>,
    /// The statement that creates it, as it was when the table was looked at for the first time.
    create: String,
}

/// The answers to `about_server` and `show_table`.
pub(super) struct Shown {
    version: String,
    most_bytes: u64,
    identity: Vec<u8>,
    pub(super) known: Known,
}

impl Shown {
    /// `None` where that is not all that has to be asked of a table, whatever is known.
    pub(super) fn read(about: &[Row], shown: &[Row], table: &str) -> Option<Self> {
        let about = about.first()?;
        let (version, identity, whom) = (text(about, 0)?, bytes(about, 4)?, bytes(about, 5)?);
        let known = Known {
            server: [version.as_bytes(), identity, whom].join(&0),
            schema: text(about, 2)?,
            table: table.to_owned(),
            create: create(shown)?,
        };
        Some(Self { version, most_bytes: number(about, 1)?, identity: identity.to_vec(), known })
    }

    pub(super) fn with(&self, table: Arc<CatalogTable>, most_bytes: Option<usize>) -> Catalog {
        Catalog {
            server: Server::of(&self.version),
            most_bytes: most_bytes_of(most_bytes, self.most_bytes),
            schema: Some(self.known.schema.clone()),
            has_schema: true,
            identity: self.identity.clone(),
            is_shown: true,
            table: Some(table),
        }
    }
}

/// The statement in the answer to `show_table`.
pub(super) fn create(shown: &[Row]) -> Option<Create> {
    Create::of(std::str::from_utf8(bytes(shown.first()?, 1)?).ok()?)
}

/// Of a statement: what the driver sends at most, if that was said, and the server takes. Some are left for the statement itself.
fn most_bytes_of(sent: Option<usize>, taken: u64) -> usize {
    let taken = usize::try_from(taken).unwrap_or(usize::MAX);
    sent.unwrap_or(usize::MAX).min(taken).saturating_sub(1024)
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Index {
    name: String,
    /// `None` for one that is of an expression, or of the beginning of a text.
    columns: Vec<Option<String>>,
}

impl Catalog {
    /// `most_bytes` is what the driver sends at most, if that was said.
    pub(super) fn read(answers: &[Vec<Row>], most_bytes: Option<usize>) -> Option<Self> {
        let [server, table, columns, indexes, definition @ ..] = answers else { return None };
        let found = definition.first().and_then(|rows| bytes(rows.first()?, 1));
        // Whatever characters the session has it told in.
        let found = String::from_utf8_lossy(found.unwrap_or_default()).into_owned();
        let about = server.first()?;
        let most_bytes = most_bytes_of(most_bytes, number(about, 1)?);
        let table = table.first().and_then(|table| {
            Some(Arc::new(CatalogTable {
                schema: text(table, 0)?,
                is_ordinary: is_true(table, 1),
                is_hidden: found.starts_with(TEMPORARY),
                engine: text(table, 2).unwrap_or_default(),
                has_transactions: is_true(table, 3),
                columns: columns.iter().filter_map(column).collect(),
                indexes: read_indexes(indexes),
                create: found.clone(),
            }))
        });
        Some(Self {
            server: Server::of(&text(about, 0)?),
            most_bytes,
            schema: text(about, 2),
            has_schema: is_true(about, 3),
            identity: bytes(about, 4)?.to_vec(),
            is_shown: !definition.is_empty(),
            table,
        })
    }
}

/// What was looked at before the first row is sent, and has to be the same when rows are.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Those that are written.
    columns: Vec<CatalogColumn>,
    indexes: Vec<Index>,
    /// Of which these follow, if that is certain.
    create: Option<Create>,
}

impl Seen {
    /// Where this is the statement that creates the table, these are its columns and keys.
    pub(super) fn follows_from(self, create: Option<Create>) -> Self {
        Self { create, ..self }
    }

    pub(super) fn create(&self) -> Option<&Create> {
        self.create.as_ref()
    }

    /// Whether the columns that are written and the keys are the same.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let Self { columns, indexes, create: _ } = self;
        *columns == other.columns && *indexes == other.indexes
    }

    /// From the answers to `table_now`.
    pub(super) fn read(plan: &UpsertPlan<'_>, answers: &[Vec<Row>]) -> Option<Self> {
        let [columns, indexes] = answers else { return None };
        let there: Vec<CatalogColumn> = columns.iter().filter_map(column).collect();
        Some(Self { columns: written(plan, &there), indexes: read_indexes(indexes), create: None })
    }
}

fn written(plan: &UpsertPlan<'_>, there: &[CatalogColumn]) -> Vec<CatalogColumn> {
    let own = |name: &str| plan.columns.iter().any(|own| own.name.to_lowercase() == name.to_lowercase());
    there.iter().filter(|column| own(&column.name)).cloned().collect()
}

impl CatalogTable {
    pub(super) fn seen(&self, plan: &UpsertPlan<'_>) -> Seen {
        Seen { columns: written(plan, &self.columns), indexes: self.indexes.clone(), create: None }
    }

    /// By what it is partitioned, if it is: a line of the statement that creates it, which has no line breaks in its texts.
    fn partitioned(&self) -> Option<&str> {
        let line = self.create.lines().rev().find_map(|line| {
            line.split_once(" PARTITION BY ").filter(|(before, _)| before.is_empty() || before.starts_with("/*!"))
        });
        line.map(|(_, by)| by.trim_end_matches(" */"))
    }

    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    /// Whether a column holds text, and no bytes.
    pub(super) fn holds_text(&self, plan: &UpsertPlan<'_>, column: usize) -> bool {
        self.find(plan.columns[column].name).is_some_and(|column| !column.holds_bytes())
    }

    pub(super) fn is_ordinary(&self) -> bool {
        self.is_ordinary
    }

    pub(super) fn create(&self) -> &str {
        &self.create
    }

    fn find(&self, name: &str) -> Option<&CatalogColumn> {
        // Names of columns are compared without case; ours are told apart at least by that.
        self.columns.iter().find(|column| column.name.to_lowercase() == name.to_lowercase())
    }

    /// What it is like, whatever is to be written to it.
    pub(super) fn described(&self, table: &str, may_be_filled: bool) -> TableSnapshot {
        let column = |column: &CatalogColumn| {
            let is_filled =
                column.gives_numbers() || column.default.as_deref().is_some_and(|default| default != "NULL");
            ColumnSnapshot::new(&column.name, &column.column_type, |kind| judge(kind, column).map(|facts| facts.keeps))
                .nullable(column.nullable)
                .filled(is_filled || may_be_filled && !column.nullable)
                .generated(column.is_generated())
        };
        let columns = self.columns.iter().map(column).collect();
        let key_of = |index: &Index| index.columns.iter().cloned().collect::<Option<Vec<String>>>();
        let keys = self.is_ordinary.then(|| self.indexes.iter().filter_map(key_of).collect());
        TableSnapshot::new(Dialect::MySql, self.schema.clone(), table, columns, keys)
    }

    /// Columns that the struct does not have, and that would have no value.
    fn not_filled(&self, plan: &UpsertPlan<'_>) -> impl Iterator<Item = Misfit> {
        self.columns
            .iter()
            .filter(|column| !column.nullable && column.default.is_none())
            .filter(|column| !column.is_generated() && !column.gives_numbers())
            .filter(|column| !plan.columns.iter().any(|own| own.name.to_lowercase() == column.name.to_lowercase()))
            .map(|column| Misfit::NotFilled { column: column.name.clone() })
    }

    /// Whether rows may lack values that the table must have, unless a trigger fills them.
    pub(super) fn wants_values(&self, plan: &UpsertPlan<'_>) -> bool {
        let own = plan.columns.iter().filter(|own| own.nullable && own.origin == Origin::Row);
        let mut own = own.filter_map(|own| self.find(own.name));
        self.is_ordinary && (own.any(|column| !column.nullable) || self.not_filled(plan).next().is_some())
    }
}

/// Why the struct does not fit the table that was found, and what the plan has to know of one that rows fit.
pub(super) fn facts(
    plan: &UpsertPlan<'_>,
    catalog: &Catalog,
    there: &CatalogTable,
    may_be_filled: bool,
) -> (Vec<Misfit>, Option<TableFacts>) {
    if !there.is_ordinary {
        return (vec![Misfit::View], None);
    }
    let (mut missing, mut misfits) = (Vec::new(), Vec::new());
    let mut column_facts = Vec::with_capacity(plan.columns.len());
    let mut column_types = Vec::with_capacity(plan.columns.len());
    for own in plan.columns {
        let Some(column) = there.find(own.name) else {
            missing.push(own.name.to_owned());
            continue;
        };
        match column_facts_of(plan, own, column) {
            Ok(facts) => {
                let is_filled = may_be_filled || own.is_given_by_database();
                let takes_null = facts.takes_null && (column.nullable || is_filled);
                misfits.extend(evolve::narrow(plan, own, &column.column_type, &facts.keeps));
                misfits.extend(misfit::about_null(own, takes_null, column.nullable));
                column_facts.push(ColumnFacts { takes_null, ..facts });
                column_types.push(column.whole_type());
            }
            Err(misfit) => misfits.push(misfit),
        }
    }
    for GeneratedColumn { column, .. } in plan.generated {
        match there.find(column.name) {
            None => missing.push(column.name.to_owned()),
            Some(found) if !found.is_generated() => {
                misfits.push(Misfit::NotGenerated { column: column.name.to_owned() });
            }
            Some(_) => {}
        }
    }
    misfits.extend(misfit::no_columns(missing));
    if !may_be_filled {
        misfits.extend(there.not_filled(plan));
    }
    if there.is_hidden {
        misfits.push(Misfit::Hidden);
    }
    if !there.has_transactions {
        misfits.push(Misfit::NoTransactions { engine: there.engine.clone() });
    }
    let (own, others): (Vec<&Index>, Vec<&Index>) = there.indexes.iter().partition(|index| index.is_of_key(plan));
    let is_there = plan.names(&plan.key).all(|name| there.find(name).is_some());
    if is_there && own.is_empty() {
        let key = plan.names(&plan.key).map(str::to_owned).collect();
        misfits.push(Misfit::NoUniqueKey { key, partitioned: there.partitioned().map(str::to_owned) });
    }
    let facts = (!misfits.iter().any(Misfit::refuses)).then(|| {
        let exact_keys = plan.key.iter().all(|&column| column_facts[column].comparison == Comparison::Exact);
        let mysql = MySqlFacts {
            server: catalog.server,
            most_bytes: catalog.most_bytes,
            // Keys of columns on which one has no privilege are not told, where that is not of the table.
            has_other_keys: !catalog.is_shown || others.iter().any(|index| index.may_find(plan)),
            target_keys: own.iter().map(|index| index.name.clone()).collect(),
            unique_keys: there.indexes.iter().map(|index| index.name.clone()).collect(),
            column_types,
        };
        TableFacts { schema: there.schema.clone(), column_facts, exact_keys, counts_in_one: true, mysql }
    });
    (misfits, facts)
}

/// Of columns whose defaults stand in for what rows do not have, and may have characters that the catalogue does not hold: their
/// positions, and whether the default is a text in quotes.
pub(super) fn doubted_defaults(plan: &UpsertPlan<'_>, there: &CatalogTable) -> Vec<(usize, bool)> {
    let doubted = |(position, own): (usize, &Column<'_>)| {
        let column = there.find(own.name)?;
        let default = column.default.as_deref()?;
        // MySQL writes a text as it is, and MariaDB in quotes.
        let is_literal = match plan.mysql.server {
            Server::MariaDb => default.starts_with('\''),
            Server::MySql(..) => !column.has_computed_default(),
        };
        // And MySQL takes what is in an expression for Latin letters, each byte for one.
        let is_garbled = plan.mysql.server != Server::MariaDb && !is_literal && !default.is_ascii();
        let may_be_lost = column.holds_bytes() || default.contains(['?', '\u{FFFD}']) || is_garbled;
        (may_be_lost && !column.gives_numbers()).then_some((position, is_literal))
    };
    plan.given_by_database().filter_map(doubted).collect()
}

/// What a column does with the values that are sent to it.
fn column_facts_of(plan: &UpsertPlan<'_>, own: &Column<'_>, there: &CatalogColumn) -> Result<ColumnFacts, Misfit> {
    let name = || own.name.to_owned();
    if there.is_generated() {
        return Err(Misfit::Generated { column: name() });
    }
    let facts = match own.only_null {
        true => ColumnFacts::new(Comparison::Exact, Keeps::All),
        false => judge(own.column_type, there).ok_or_else(|| evolve::wrong_type(plan, own, &there.column_type))?,
    };
    match own.origin {
        Origin::Row => Ok(ColumnFacts { takes_null: !there.makes_value_of_null(), ..facts }),
        // NULL is what a number is given for.
        Origin::RowOrIdentity if there.gives_numbers() => Ok(facts),
        Origin::RowOrIdentity | Origin::RowOrDefault(_) => match default(there, plan.mysql.server) {
            Some(sql) => Ok(ColumnFacts { default: Some(Default { sql, sql_type: None }), ..facts }),
            None => Err(Misfit::NoDefault { column: name() }),
        },
    }
}

/// The default of a column, in SQL. MariaDB writes it so; MySQL writes the value alone, unless it is an expression, which it
/// writes as a text in quotes would be.
fn default(there: &CatalogColumn, server: Server) -> Option<String> {
    let default = there.default.as_deref()?;
    match server {
        Server::MariaDb if default == "NULL" => None,
        Server::MySql(..) if there.has_computed_default() => Some(format!("({})", unescaped(default))),
        Server::MySql(..) if !there.is_numeric() => Some(sql::literal(default)),
        Server::MariaDb | Server::MySql(..) => Some(format!("({default})")),
    }
}

/// What stands in quotes, in which a backslash begins an escape.
pub(super) fn unescaped(quoted: &str) -> String {
    let mut characters = quoted.chars();
    let mut out = String::with_capacity(quoted.len());
    while let Some(character) = characters.next() {
        let escaped = if character == '\\' { characters.next() } else { None };
        out.push(match escaped {
            Some('0') => '\0',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('Z') => '\u{1A}',
            Some(other) => other,
            None => character,
        });
    }
    out
}

impl Index {
    /// Whether it is of exactly the columns of the conflict target.
    fn is_of_key(&self, plan: &UpsertPlan<'_>) -> bool {
        let is_in = |name: &str| plan.names(&plan.key).any(|part| part.to_lowercase() == name.to_lowercase());
        self.columns.len() == plan.key.len() && self.columns.iter().all(|column| column.as_deref().is_some_and(is_in))
    }

    /// Whether it may find a row that the conflict target does not: not where it has all columns of the target. A number
    /// that no row brings may find one as well: a trigger gives it, or a key of another table that cascades has gone ahead of what
    /// the server counts, or MySQL has come to the last one.
    fn may_find(&self, plan: &UpsertPlan<'_>) -> bool {
        let has = |name: &str| self.columns.iter().flatten().any(|column| column.to_lowercase() == name.to_lowercase());
        !plan.names(&plan.key).all(has)
    }
}

fn read_indexes(rows: &[Row]) -> Vec<Index> {
    let mut indexes: Vec<Index> = Vec::new();
    for row in rows {
        let Some(name) = text(row, 0) else { continue };
        let column = text(row, 1).filter(|_| is_true(row, 2));
        match indexes.last_mut().filter(|last| last.name == name) {
            Some(last) => last.columns.push(column),
            None => indexes.push(Index { name, columns: vec![column] }),
        }
    }
    indexes
}

fn column(row: &Row) -> Option<CatalogColumn> {
    let count = |place| number(row, place);
    Some(CatalogColumn {
        name: text(row, 0)?,
        data_type: text(row, 1)?.to_lowercase(),
        column_type: text(row, 2)?,
        character_set: text(row, 3),
        collation: text(row, 4),
        length: count(5).and_then(|length| usize::try_from(length).ok()),
        precision: count(6).and_then(|precision| i64::try_from(precision).ok()),
        scale: count(7).and_then(|scale| i64::try_from(scale).ok()),
        fraction: count(8).and_then(|fraction| u32::try_from(fraction).ok()),
        nullable: is_true(row, 9),
        default: text(row, 10),
        extra: text(row, 11).unwrap_or_default(),
    })
}

pub(super) fn text(row: &Row, place: usize) -> Option<String> {
    String::from_utf8(bytes(row, place)?.to_vec()).ok()
}

pub(super) fn bytes(row: &Row, place: usize) -> Option<&[u8]> {
    match row.as_ref(place)? {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// A number, which is text in answers to what is not prepared.
pub(super) fn number(row: &Row, place: usize) -> Option<u64> {
    match row.as_ref(place)? {
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::UInt(number) => Some(*number),
        Value::Bytes(digits) => std::str::from_utf8(digits).ok()?.parse().ok(),
        _ => None,
    }
}

pub(super) fn is_true(row: &Row, place: usize) -> bool {
    number(row, place).is_some_and(|number| number != 0)
}

/// The answer to a question had another form than it has.
pub(super) fn not_understood() -> Error {
    Error::plan("the server's answer about the table was not understood").during(Phase::Prepare)
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn an_expression_is_read_as_mysql_writes_it() {
        assert_eq!(
            unescaped(r"concat(_utf8mb4\'it\\\'s\',_utf8mb4\'\n\\\\\')"),
            "concat(_utf8mb4'it\\'s',_utf8mb4'\n\\\\')"
        );
        assert_eq!(unescaped("(1 + 2)"), "(1 + 2)");
    }
}
