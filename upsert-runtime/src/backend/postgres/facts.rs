//! What the table is like, as the catalogue has it.

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::catalogue::{Attribute, Catalogue, IMMEDIATE, OTHER_COLLATION};
use crate::evolve::{self, Constraint, DefinedColumn, Sequence};
use crate::misfit::{self, Misfit, MoreLabels};
use crate::options::OnConflict;
use crate::plan::{ColumnFacts, Comparison, Default, Keeps, MySqlFacts, Sent, TableFacts, UpsertPlan};
use crate::schema::{Column, ColumnType, GeneratedColumn, Origin};
use crate::snapshot::ColumnSnapshot;
use crate::sql;
use crate::sql::postgres::checked_labels;

/// A column as the catalogue has it; of domains and arrays, the type beneath them.
struct CatalogColumn<'c> {
    type_oid: u32,
    type_modifier: i32,
    is_array: bool,
    /// Whether the column's own type is another: a domain or an array.
    is_beneath: bool,
    /// Whether texts that are equal are identical.
    deterministic: bool,
    type_name: &'c str,
    /// Of an enum its quoted name and its labels.
    enum_type: Option<(String, Vec<String>)>,
}

/// The types of columns that are enums, or under which others lie: what `TYPES_BENEATH` is to be asked about.
pub(super) fn covering(catalogue: &Catalogue) -> Vec<u32> {
    catalogue.columns.iter().filter(|column| column.covers).map(|column| column.type_oid).collect()
}

/// What a table turned out to be like.
pub(super) struct Found {
    /// Whether it is no table.
    pub(super) is_view: bool,
    pub(super) misfits: Vec<Misfit>,
    /// Of a table that rows can be written to.
    pub(super) facts: Option<TableFacts>,
}

/// The answers to what is asked beside `TABLE_FACTS`, where a table or a struct gives reason to.
pub(super) struct Beside {
    /// To `TYPES_BENEATH`.
    pub(super) beneath: Vec<Row>,
    /// To `COLUMN_DEFAULTS`.
    pub(super) defaults: Vec<Row>,
    /// To `COLUMN_CHECKS`.
    pub(super) checks: Vec<Row>,
}

/// Reads a table of the catalogue, and the other answers.
pub(super) fn facts(plan: &UpsertPlan<'_>, catalogue: &Catalogue, beside: &Beside) -> Found {
    let Beside { beneath, defaults, checks } = beside;
    let ordinary = catalogue.is_ordinary;
    // Of what is partitioned keys are told as well.
    let is_view = !ordinary && catalogue.keys.is_none();

    let (mut missing, mut misfits) = (Vec::new(), Vec::new());
    let mut column_facts = Vec::with_capacity(plan.columns.len());
    for column in plan.columns {
        let name = column.name.to_owned();
        let Some(attribute) = catalogue.find(column.name) else {
            missing.push(name);
            continue;
        };
        // One that the database numbers, always, is no misfit of a column that leaves it that.
        if attribute.generated && !column.is_given_by_database() {
            misfits.push(Misfit::Generated { column: name });
            continue;
        }
        let there = catalog_column(attribute, beneath);
        match judge_column(column, &there) {
            Some(facts) => {
                let takes_null = !attribute.not_null || column.is_given_by_database();
                misfits.extend(evolve::narrow(plan, column, there.type_name, &facts.keeps));
                misfits.extend(misfit::about_null(column, takes_null, ordinary && attribute.nullable));
                let mut facts = ColumnFacts { takes_null, ..facts };
                // Where others are equal to a label, the check does not say which texts it takes.
                if attribute.deterministic {
                    misfits.extend(take_labels(column, &mut facts, there.type_name, checks));
                }
                misfits.extend(take_default(column, &mut facts, defaults));
                column_facts.push(facts);
            }
            None => misfits.push(evolve::wrong_type(plan, column, there.type_name)),
        }
    }
    for GeneratedColumn { column, .. } in plan.generated {
        match catalogue.find(column.name) {
            None => missing.push(column.name.to_owned()),
            Some(attribute) if !attribute.generated => {
                misfits.push(Misfit::NotGenerated { column: column.name.to_owned() });
            }
            Some(_) => {}
        }
    }
    misfits.extend(misfit::no_columns(missing));
    misfits.extend(not_filled(plan, catalogue));
    misfits.extend(without_key(plan, catalogue));
    misfits.extend(catalogue.is_rewritten.then_some(Misfit::Rewritten));
    let facts = (!misfits.iter().any(Misfit::refuses)).then(|| {
        let is_exact = |comparison| matches!(comparison, Comparison::Exact | Comparison::ImageOfNumber);
        let exact_keys = plan.key.iter().all(|&column| is_exact(column_facts[column].comparison));
        let (schema, mysql) = (catalogue.schema.clone(), MySqlFacts::default());
        TableFacts { schema, column_facts, exact_keys, counts_in_one: ordinary, mysql }
    });
    Found { is_view, misfits, facts }
}

/// A text that is checked to be one of some labels, of which an enum has others.
fn take_labels(column: &Column<'_>, facts: &mut ColumnFacts, there: &str, checks: &[Row]) -> Option<Misfit> {
    let enum_type = column.enum_type.filter(|_| !matches!(facts.keeps, Keeps::Labels(_)))?;
    let Checked { kept, constraint } = Checked::of(column.name, checks)?;
    let may_widen = enum_type.postgres.is_none() && constraint.is_some();
    let more = if may_widen { MoreLabels::Widen } else { MoreLabels::Unknown };
    let misfit = misfit::no_labels(column.name, there, &kept, enum_type.labels, more)?;
    facts.keeps = Keeps::Labels(kept);
    Some(misfit)
}

/// The labels that a column is checked to be one of.
struct Checked {
    kept: Vec<String>,
    /// The constraint, if it is one, and the table's own to drop.
    constraint: Option<Constraint>,
}

impl Checked {
    /// Reads the rows of `COLUMN_CHECKS`.
    fn of(column: &str, checks: &[Row]) -> Option<Self> {
        let of_column = checks.iter().filter(|row| row.get::<_, &str>(0) == column);
        let mut of_labels = of_column.filter_map(|row| Some((row, checked_labels(row.get(3), row.get(1))?)));
        let (row, mut kept) = of_labels.next()?;
        let mut constraint = row.get::<_, bool>(4).then(|| Constraint { name: row.get(2), comment: row.get(5) });
        for (_, others) in of_labels {
            kept.retain(|label| others.contains(label));
            constraint = None;
        }
        Some(Self { kept, constraint })
    }
}

/// What stands in for a value that rows do not have, of a column to which the database gives it.
fn take_default(column: &Column<'_>, facts: &mut ColumnFacts, defaults: &[Row]) -> Option<Misfit> {
    if !column.is_given_by_database() {
        return None;
    }
    let name = || column.name.to_owned();
    let Some(row) = defaults.iter().find(|row| row.get::<_, &str>(0) == column.name) else {
        return Some(Misfit::NoDefault { column: name() });
    };
    facts.default = Some(Default { sql: row.get(1), sql_type: row.get(3) });
    if !row.get::<_, bool>(2) {
        return None;
    }
    facts.keeps = Keeps::Nothing;
    // Such a column takes no update either, and what is no `identity` may be updated.
    (column.origin != Origin::RowOrIdentity).then(|| Misfit::Generated { column: name() })
}

/// Reads the columns of a table, and the rows of `TYPES_BENEATH` and `COLUMN_CHECKS`, whatever is to be written.
pub(super) fn described(catalogue: &Catalogue, beneath: &[Row], checks: &[Row]) -> Vec<ColumnSnapshot> {
    let column = |attribute: &Attribute| {
        let there = catalog_column(attribute, beneath);
        let is_nullable = attribute.nullable;
        let keeps = |kind| judge(kind, &there).map(|facts| facts.keeps);
        // As a call reads them: of a column that takes texts, and is no enum, nor finds others equal to them.
        let is_text = !matches!(keeps(ColumnType::Text), None | Some(Keeps::Labels(_)));
        let checked = Checked::of(&attribute.name, checks).filter(|_| is_text && attribute.deterministic);
        ColumnSnapshot::new(&attribute.name, there.type_name, keeps)
            .checked(checked.map(|checked| checked.kept))
            .nullable(is_nullable)
            // One that is NOT NULL and may stay out all the same is filled by a trigger.
            .filled(attribute.has_default || !is_nullable && !attribute.not_null)
            .generated(attribute.generated)
    };
    catalogue.columns.iter().map(column).collect()
}

/// Reads the rows of `COLUMN_DEFINITIONS`, and of `COLUMN_CHECKS`.
pub(super) fn defined_columns(rows: &[Row], checks: &[Row], misfits: &[Misfit]) -> Vec<DefinedColumn> {
    let sequence = |row: &Row| {
        let [name, sql_type]: [String; 2] = row.get::<_, Option<Vec<String>>>(2)?.try_into().ok()?;
        Some(Sequence { name, sql_type })
    };
    let column = |row: &Row| {
        let name: String = row.get(0);
        let is_changed = |misfit: &Misfit| match misfit {
            Misfit::WrongType { column, .. } | Misfit::Narrow { column, .. } => *column == name,
            _ => false,
        };
        let lacks_labels = |misfit: &Misfit| match misfit {
            Misfit::NoLabels { column, more: MoreLabels::Widen, .. } => *column == name,
            _ => false,
        };
        let checked = misfits.iter().any(lacks_labels).then(|| Checked::of(&name, checks)).flatten();
        DefinedColumn {
            collation: row.get(1),
            keeps_type: !misfits.iter().any(is_changed),
            labels: checked.and_then(|checked| checked.constraint),
            sequence: sequence(row),
            storage: row.get(3),
            name,
        }
    };
    rows.iter().map(column).collect()
}

/// What of a column decides what becomes of values: if it is another now, nothing that was found out holds.
#[derive(PartialEq, Eq)]
pub(super) struct SeenColumn {
    name: String,
    type_oid: u32,
    type_modifier: i32,
    collation: u32,
    generated: bool,
}

impl SeenColumn {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_of_own_type(&self) -> bool {
        Type::from_oid(self.type_oid).is_some()
    }

    /// Whether a statement says the same of it.
    pub(super) fn is_returned_as(&self, column: &tokio_postgres::Column) -> bool {
        column.type_().oid() == self.type_oid && column.type_modifier() == self.type_modifier
    }
}

/// The columns that are written.
pub(super) fn seen(plan: &UpsertPlan<'_>, catalogue: &Catalogue) -> Vec<SeenColumn> {
    let seen = |attribute: &Attribute| SeenColumn {
        name: attribute.name.clone(),
        type_oid: attribute.type_oid,
        type_modifier: attribute.type_modifier,
        collation: attribute.collation,
        generated: attribute.generated,
    };
    plan.columns.iter().filter_map(|column| catalogue.find(column.name).map(seen)).collect()
}

/// Whether the rows of `COLUMNS_NOW` say the same.
pub(super) fn are_as_seen(seen: &[SeenColumn], rows: &[Row]) -> bool {
    let now = |row: &Row| SeenColumn {
        name: row.get(0),
        type_oid: row.get(1),
        type_modifier: row.get(2),
        collation: row.get(3),
        generated: row.get(4),
    };
    let now: Vec<SeenColumn> = rows.iter().map(now).collect();
    seen.iter().all(|column| now.contains(column))
}

fn catalog_column<'c>(attribute: &'c Attribute, beneath: &[Row]) -> CatalogColumn<'c> {
    let (own_type, own_modifier) = (attribute.type_oid, attribute.type_modifier);
    let itself = CatalogColumn {
        type_oid: own_type,
        type_modifier: own_modifier,
        is_array: false,
        is_beneath: false,
        deterministic: attribute.deterministic,
        type_name: &attribute.type_name,
        enum_type: None,
    };
    match beneath.iter().find(|beneath| beneath.get::<_, u32>(0) == own_type) {
        None => itself,
        Some(beneath) => CatalogColumn {
            type_oid: beneath.get(1),
            // A domain has its modifier, and a column that is an array its own.
            type_modifier: if own_modifier == -1 { beneath.get(2) } else { own_modifier },
            is_array: beneath.get(3),
            is_beneath: beneath.get::<_, u32>(1) != own_type,
            enum_type: enum_type(beneath),
            ..itself
        },
    }
}

/// Columns that the struct does not have, and that would be NULL and must not.
fn not_filled<'c>(plan: &'c UpsertPlan<'_>, catalogue: &'c Catalogue) -> impl Iterator<Item = Misfit> + 'c {
    let is_written = |name: &str| plan.columns.iter().any(|column| column.name == name);
    let columns = catalogue.columns.iter().filter(|column| column.not_null && !column.has_default);
    columns
        .filter(move |column| !is_written(&column.name))
        .map(|column| Misfit::NotFilled { column: column.name.clone() })
}

/// What is missing for rows to be told apart. PostgreSQL takes all unique indexes of the
/// columns together, and refuses one that is looked at late, unless conflicts are errors. Of what
/// is no ordinary table, a view say, the server is the judge.
fn without_key(plan: &UpsertPlan<'_>, catalogue: &Catalogue) -> Option<Misfit> {
    let keys = catalogue.keys.as_ref()?;
    if !plan.names(&plan.key).all(|name| catalogue.find(name).is_some()) {
        return None;
    }
    let key = || plan.names(&plan.key).map(str::to_owned).collect();
    if keys.is_empty() {
        Some(Misfit::NoUniqueKey { key: key(), partitioned: catalogue.partitioned.clone() })
    } else if plan.on_conflict != OnConflict::Error && keys.iter().any(|bits| bits & IMMEDIATE == 0) {
        Some(Misfit::DeferrableKey { key: key() })
    } else if keys.iter().any(|bits| bits & OTHER_COLLATION != 0) {
        Some(Misfit::OtherCollation { key: key() })
    } else {
        None
    }
}

/// The quoted name and the labels of an enum.
fn enum_type(beneath: &Row) -> Option<(String, Vec<String>)> {
    let schema = beneath.get::<_, Option<&str>>(4)?;
    Some((sql::qualified(Some(schema), beneath.get(5)), beneath.get(6)))
}

/// What a column does with the values of a column that is written to it.
fn judge_column(column: &Column<'_>, there: &CatalogColumn<'_>) -> Option<ColumnFacts> {
    if column.only_null {
        let sent = Sent::Cast(there.type_name.to_owned());
        return Some(ColumnFacts { sent, ..ColumnFacts::new(Comparison::Image, Keeps::All) });
    }
    judge(column.column_type, there)
}

/// What a column does with the values that are sent to it; `None` if PostgreSQL's assignment casts would change them.
fn judge(sent: ColumnType, there: &CatalogColumn<'_>) -> Option<ColumnFacts> {
    let CatalogColumn { type_oid, type_modifier, is_array, is_beneath, deterministic, ref enum_type, type_name: _ } =
        *there;
    let unlimited = type_modifier == -1;
    let facts = |comparison, keeps| Some(ColumnFacts::new(comparison, keeps));
    let exact = facts(Comparison::Exact, Keeps::All);
    if let (ColumnType::Array(element), true) = (sent, is_array) {
        // The elements have the modifier and the collation of the column.
        let of = CatalogColumn { is_array: false, type_name: "", enum_type: None, ..*there };
        let of = judge(*element, &of)?;
        let keeps = match (of.keeps, of.sent) {
            (keeps @ (Keeps::All | Keeps::DistinctKeys), Sent::AsItIs) if enum_type.is_none() => keeps,
            // Elements go as `jsonb` in any case.
            (Keeps::All, Sent::AsJson) => Keeps::DistinctKeys,
            _ => return None,
        };
        return facts(Comparison::Image, keeps);
    }
    if is_array {
        return None;
    }
    if let (ColumnType::Text, Some((name, labels))) = (sent, enum_type) {
        let keeps = Keeps::Labels(labels.clone());
        // A domain over an enum has no operators.
        let comparison = if is_beneath { Comparison::Image } else { Comparison::Exact };
        return Some(ColumnFacts { sent: Sent::Cast(name.clone()), ..ColumnFacts::new(comparison, keeps) });
    }
    if enum_type.is_some() {
        return None;
    }
    // What we do not know (citext, a type of an extension): the server converts, or refuses, by its own rules.
    let Some(there) = Type::from_oid(type_oid) else { return facts(Comparison::Image, Keeps::All) };

    match (sent, there) {
        (ColumnType::Bool, Type::BOOL)
        | (ColumnType::SmallInt, Type::INT2 | Type::INT4 | Type::INT8)
        | (ColumnType::Integer, Type::INT4 | Type::INT8)
        | (ColumnType::BigInt | ColumnType::Duration, Type::INT8)
        | (ColumnType::Bytes, Type::BYTEA)
        | (ColumnType::Date, Type::DATE)
        | (ColumnType::Uuid, Type::UUID)
        | (ColumnType::Inet, Type::INET) => exact,
        (ColumnType::Text, Type::TEXT) if deterministic => exact,
        // The modifier is the number of digits of a second.
        (ColumnType::Time, Type::TIME)
        | (ColumnType::Timestamp, Type::TIMESTAMP)
        | (ColumnType::TimestampTz, Type::TIMESTAMPTZ)
            if unlimited || type_modifier == 6 =>
        {
            exact
        }
        (ColumnType::Duration, Type::INTERVAL) if unlimited || type_modifier == MICROSECONDS => {
            // A month and 30 days are equal, and not identical.
            Some(ColumnFacts { sent: Sent::AsInterval, ..ColumnFacts::new(Comparison::Image, Keeps::All) })
        }

        (ColumnType::BigInt, Type::INT4) => facts(Comparison::Exact, integers(i32::MIN, i32::MAX)),
        (ColumnType::Integer | ColumnType::BigInt, Type::INT2) => {
            facts(Comparison::Exact, integers(i16::MIN, i16::MAX))
        }
        (ColumnType::UnsignedBigInt | ColumnType::HugeInt | ColumnType::UnsignedHugeInt, Type::INT8) => {
            facts(Comparison::Exact, integers(i64::MIN, i64::MAX))
        }
        (sent, Type::NUMERIC) if sent.is_integer() => facts(Comparison::Exact, digits(type_modifier)),
        // All numbers of a column with a scale have it.
        (ColumnType::Decimal, Type::NUMERIC) if unlimited => facts(Comparison::ImageOfNumber, Keeps::All),
        (ColumnType::Decimal, Type::NUMERIC) => facts(Comparison::Exact, digits(type_modifier)),
        (ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt, Type::FLOAT8) => {
            facts(Comparison::Exact, Keeps::IntegersOfFloat { bits: 53 })
        }
        (ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt, Type::FLOAT4) => {
            facts(Comparison::Exact, Keeps::IntegersOfFloat { bits: 24 })
        }
        (ColumnType::Real, Type::FLOAT4 | Type::FLOAT8) | (ColumnType::Double, Type::FLOAT8) => {
            facts(Comparison::SignedZero, Keeps::All)
        }

        // The modifier is the number of characters, and 4. Blanks behind them would be cut without an error.
        (ColumnType::Text, Type::VARCHAR) if deterministic => {
            facts(Comparison::Exact, characters(type_modifier).map_or(Keeps::All, Keeps::Characters))
        }
        (ColumnType::Text, Type::VARCHAR) => {
            facts(Comparison::Image, characters(type_modifier).map_or(Keeps::All, Keeps::Characters))
        }
        // What is shorter would be filled up with blanks.
        (ColumnType::Text, Type::BPCHAR) => {
            facts(Comparison::Image, characters(type_modifier).map_or(Keeps::All, Keeps::AllCharacters))
        }
        (ColumnType::Json, Type::JSONB) => facts(Comparison::Image, Keeps::DistinctKeys),
        (ColumnType::Json, Type::JSON) => {
            Some(ColumnFacts { sent: Sent::AsJson, ..ColumnFacts::new(Comparison::Image, Keeps::All) })
        }
        (ColumnType::Text, Type::TEXT) => facts(Comparison::Image, Keeps::All),
        _ => None,
    }
}

/// The modifier of `interval(6)`: all fields, six digits of a second.
const MICROSECONDS: i32 = 0x7FFF_0006;

fn integers(min: impl Into<i128>, max: impl Into<i128>) -> Keeps {
    Keeps::Integers { min: min.into(), max: max.into() }
}

fn characters(type_modifier: i32) -> Option<usize> {
    usize::try_from(type_modifier.checked_sub(4)?).ok()
}

/// The modifier of `numeric(p, s)` has p in its upper half, s in its lowest 11 bits, with a sign; and 4 is added.
fn digits(type_modifier: i32) -> Keeps {
    if type_modifier < 4 {
        return Keeps::All;
    }
    let precision = i64::from((type_modifier - 4) >> 16 & 0xFFFF);
    let scale = i64::from(((type_modifier - 4) & 0x7FF ^ 0x400) - 0x400);
    Keeps::Digits { integer: precision - scale, fraction: scale }
}
