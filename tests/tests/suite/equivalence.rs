//! Promise 1: the table ends as if the rows had been upserted one at a time. And every count is exact.
//!
//! The judge is SQL written by hand: one `INSERT … ON CONFLICT …` (or `ON DUPLICATE KEY …`) for one row, run row by row on a table of the same
//! shape in the same database. What is counted is told from that table as it was before and after each unit (the call,
//! or the chunk where chunks commit by themselves), never from what the library says.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use tests::loading::{Door, Form, Place};
use tests::{AnyRow, Database, Datum, MariaDb, Postgres, Sqlite, Table, figure, seed};
use upsert::report::{Count, Outcome};
use upsert::schema::ColumnRef;
use upsert::{Atomicity, Dialect, Error, ErrorKind, OnConflict, UpsertOptions, UpsertReport, Upsertable};

#[test]
fn promise_1_sequential_equivalence_postgres() {
    sequential_equivalence::<Postgres>();
}

#[test]
fn promise_1_sequential_equivalence_sqlite() {
    sequential_equivalence::<Sqlite>();
}

#[test]
fn promise_1_sequential_equivalence_mariadb() {
    sequential_equivalence::<MariaDb>();
}

fn sequential_equivalence<D: Database>() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let database = runtime.block_on(D::fresh());
    runtime.block_on(async {
        make_tables::<ByNumber, D>(&database).await;
        make_tables::<ByPair, D>(&database).await;
        make_tables::<ByText, D>(&database).await;
        make_tables::<KeyOnly, D>(&database).await;
        make_tables::<WithDefaults, D>(&database).await;
        make_tables::<WithTags, D>(&database).await;
    });

    let cases = seed::cases(1_000);
    seed::check(cases, case(), |case| {
        runtime.block_on(async {
            match case.shape {
                Shape::ByNumber => holds::<ByNumber, D>(&database, &case).await,
                Shape::ByPair => holds::<ByPair, D>(&database, &case).await,
                Shape::ByText => holds::<ByText, D>(&database, &case).await,
                Shape::KeyOnly => holds::<KeyOnly, D>(&database, &case).await,
                Shape::WithDefaults => holds::<WithDefaults, D>(&database, &case).await,
                Shape::WithTags => holds::<WithTags, D>(&database, &case).await,
            }
        })
    });
    figure(format!("equivalence_cases_{}", D::NAME), cases);
}

/// One case: what is in the table, what is written, and how.
#[derive(Clone, Debug)]
struct Case {
    shape: Shape,
    /// The kind of table, modulo the kinds that the database has.
    kind: usize,
    there: Vec<Drawn>,
    rows: Vec<Drawn>,
    place: Place,
    door: Door,
    form: Form,
    on_conflict: OnConflict,
    atomicity: Option<Atomicity>,
    chunk_rows: Option<usize>,
    /// Only where the whole call is one unit: which rows share a chunk is then of no consequence.
    chunk_bytes: Option<usize>,
    rewrite_unchanged: bool,
    /// The updatable columns to update, by their bits; all that are not `update = never` if `None`.
    update_columns: Option<u8>,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    ByNumber,
    ByPair,
    ByText,
    KeyOnly,
    WithDefaults,
    WithTags,
}

/// What a row is made of, whatever its shape. Few values of each, so that keys repeat and rows are equal often.
#[derive(Clone, Debug)]
struct Drawn {
    key: u8,
    name: Option<&'static str>,
    amount: Option<f64>,
    open: bool,
    first_seen: Option<i64>,
}

fn case() -> impl Strategy<Value = Case> {
    let shape = prop_oneof![
        3 => Just(Shape::ByNumber),
        3 => Just(Shape::ByPair),
        3 => Just(Shape::ByText),
        1 => Just(Shape::KeyOnly),
        2 => Just(Shape::WithDefaults),
        2 => Just(Shape::WithTags),
    ];
    let keys = prop_oneof![Just(4_u8), Just(16), Just(200)];
    let data = keys
        .prop_flat_map(|keys| (prop::collection::vec(drawn(keys), 0..30), prop::collection::vec(drawn(keys), 0..60)));
    let place = prop_oneof![2 => Just(Place::Pool), 1 => Just(Place::Connection), 1 => Just(Place::Transaction)];
    let door = prop_oneof![3 => Just(Door::Call), 1 => Just(Door::Chunks), 1 => Just(Door::Cursor)];
    let form = prop_oneof![
        Just(Form::Vec),
        Just(Form::Slice),
        Just(Form::Iterator),
        Just(Form::TryIterator),
        Just(Form::Stream),
        Just(Form::TryStream)
    ];
    let on_conflict =
        prop_oneof![4 => Just(OnConflict::Update), 2 => Just(OnConflict::Ignore), 1 => Just(OnConflict::Error)];
    let atomicity = prop_oneof![Just(None), Just(Some(Atomicity::Call)), Just(Some(Atomicity::Chunk))];
    let chunk_rows = prop::option::weighted(0.8, prop_oneof![2 => 1..8_usize, 1 => 8..50_usize]);
    let chunk_bytes = prop::option::weighted(0.2, prop_oneof![Just(1_usize), 30..500_usize]);
    let ways = (place, door, form, on_conflict, atomicity, chunk_rows, chunk_bytes);
    (shape, 0..12_usize, data, ways, prop::bool::weighted(0.25), prop::option::weighted(0.3, 0..8_u8)).prop_map(
        |(shape, kind, (there, rows), ways, rewrite_unchanged, update_columns)| {
            let (place, door, form, on_conflict, mut atomicity, chunk_rows, chunk_bytes) = ways;
            if door == Door::Cursor {
                // A cursor goes chunk by chunk.
                atomicity = Some(Atomicity::Chunk);
            }
            Case {
                shape,
                kind,
                there,
                rows,
                place,
                door,
                form,
                on_conflict,
                atomicity,
                chunk_rows,
                chunk_bytes,
                rewrite_unchanged,
                // Where nothing is updated it would be refused.
                update_columns: update_columns.filter(|_| on_conflict == OnConflict::Update),
            }
        },
    )
}

fn drawn(keys: u8) -> impl Strategy<Value = Drawn> {
    let name =
        prop_oneof![Just(None), Just(Some("")), Just(Some("a")), Just(Some("A")), Just(Some("'; --\n\"é\u{202e}"))];
    let amount = prop_oneof![Just(None), Just(Some(0.0)), Just(Some(1.5)), Just(Some(-1e300)), Just(Some(0.1))];
    let first_seen = prop_oneof![Just(None), Just(Some(0)), Just(Some(i64::MIN)), Just(Some(i64::MAX))];
    (0..keys, name, amount, any::<bool>(), first_seen).prop_map(|(key, name, amount, open, first_seen)| Drawn {
        key,
        name,
        amount,
        open,
        first_seen,
    })
}

/// A struct of the test, and the same table written by hand.
trait Row: AnyRow + Clone + 'static {
    /// The table's columns with their types, and its key.
    const COLUMNS: &'static [(&'static str, &'static str)];
    const KEY: &'static [&'static str];
    /// Columns that an update sets.
    const UPDATABLE: &'static [&'static str];

    fn of(drawn: &Drawn) -> Self;
    fn cells(&self) -> Vec<Datum>;
    /// The same, where the databases write a value in different ways.
    fn cells_in(&self, _: Dialect) -> Vec<Datum> {
        self.cells()
    }
    /// What the judge writes into a column, of a parameter.
    fn written(_: &str, parameter: String, _: Dialect) -> String {
        parameter
    }
    fn updatable() -> Vec<ColumnRef>;
}

/// The columns behind the key, which most shapes share.
macro_rules! payload {
    () => {
        fn updatable() -> Vec<ColumnRef> {
            vec![Self::COL.name, Self::COL.amount, Self::COL.open]
        }
        const UPDATABLE: &'static [&'static str] = &["name", "amount", "open"];
    };
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "by_number")]
struct ByNumber {
    #[upsert(primary_key)]
    id: i64,
    name: Option<String>,
    amount: Option<f64>,
    open: bool,
    #[upsert(update = never)]
    first_seen: Option<i64>,
}

impl Row for ByNumber {
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("id", "BIGINT NOT NULL"),
        ("name", "TEXT"),
        ("amount", "DOUBLE PRECISION"),
        ("open", "BOOLEAN NOT NULL"),
        ("first_seen", "BIGINT"),
    ];
    const KEY: &'static [&'static str] = &["id"];
    payload!();

    fn of(drawn: &Drawn) -> Self {
        // Both ends of the range, and both signs.
        let id = match drawn.key {
            0 => i64::MIN,
            1 => i64::MAX,
            key => (i64::from(key) - 8) << (key % 3 * 16),
        };
        let Drawn { name, amount, open, first_seen, .. } = drawn.clone();
        Self { id, name: name.map(str::to_owned), amount, open, first_seen }
    }

    fn cells(&self) -> Vec<Datum> {
        let Self { id, name, amount, open, first_seen } = self;
        vec![(*id).into(), name.as_deref().into(), (*amount).into(), (*open).into(), (*first_seen).into()]
    }
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "by_pair")]
struct ByPair {
    #[upsert(primary_key, max_len = 100)]
    region: String,
    #[upsert(primary_key)]
    number: i32,
    name: Option<String>,
    amount: Option<f64>,
    open: bool,
    #[upsert(update = never)]
    first_seen: Option<i64>,
}

impl Row for ByPair {
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("region", "TEXT NOT NULL"),
        ("number", "INTEGER NOT NULL"),
        ("name", "TEXT"),
        ("amount", "DOUBLE PRECISION"),
        ("open", "BOOLEAN NOT NULL"),
        ("first_seen", "BIGINT"),
    ];
    const KEY: &'static [&'static str] = &["region", "number"];
    payload!();

    fn of(drawn: &Drawn) -> Self {
        let region = ["", "n", "north of the river", "north of the road"][usize::from(drawn.key % 4)].to_owned();
        let Drawn { name, amount, open, first_seen, .. } = drawn.clone();
        Self { region, number: i32::from(drawn.key / 4) - 3, name: name.map(str::to_owned), amount, open, first_seen }
    }

    fn cells(&self) -> Vec<Datum> {
        let Self { region, number, name, amount, open, first_seen } = self;
        vec![
            region.as_str().into(),
            i64::from(*number).into(),
            name.as_deref().into(),
            (*amount).into(),
            (*open).into(),
            (*first_seen).into(),
        ]
    }
}

#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "by_text")]
struct ByText {
    #[upsert(primary_key, max_len = 100)]
    code: String,
    name: Option<String>,
    amount: Option<f64>,
    open: bool,
    #[upsert(update = never)]
    first_seen: Option<i64>,
}

impl Row for ByText {
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("code", "TEXT NOT NULL"),
        ("name", "TEXT"),
        ("amount", "DOUBLE PRECISION"),
        ("open", "BOOLEAN NOT NULL"),
        ("first_seen", "BIGINT"),
    ];
    const KEY: &'static [&'static str] = &["code"];
    payload!();

    fn of(drawn: &Drawn) -> Self {
        const CODES: [&str; 12] = [
            "",
            " ",
            "a",
            "A",
            "a ",
            "é",
            "e\u{301}",
            "\u{1f600}",
            "12345678",
            "123456789",
            "1234567\u{7f}",
            "\u{10ffff}",
        ];
        let code = match CODES.get(usize::from(drawn.key)) {
            Some(code) => (*code).to_owned(),
            None => format!("a prefix of more than eight bytes, {}", drawn.key),
        };
        let Drawn { name, amount, open, first_seen, .. } = drawn.clone();
        Self { code, name: name.map(str::to_owned), amount, open, first_seen }
    }

    fn cells(&self) -> Vec<Datum> {
        let Self { code, name, amount, open, first_seen } = self;
        vec![code.as_str().into(), name.as_deref().into(), (*amount).into(), (*open).into(), (*first_seen).into()]
    }
}

/// Nothing in it can be updated.
#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "key_only")]
struct KeyOnly {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(update = never)]
    first_seen: Option<i64>,
}

impl Row for KeyOnly {
    const COLUMNS: &'static [(&'static str, &'static str)] = &[("id", "BIGINT NOT NULL"), ("first_seen", "BIGINT")];
    const KEY: &'static [&'static str] = &["id"];
    const UPDATABLE: &'static [&'static str] = &[];

    fn of(drawn: &Drawn) -> Self {
        Self { id: drawn.key.into(), first_seen: drawn.first_seen }
    }

    fn cells(&self) -> Vec<Datum> {
        vec![self.id.into(), self.first_seen.into()]
    }

    fn updatable() -> Vec<ColumnRef> {
        Vec::new()
    }
}

/// Its columns take their defaults where a row has nothing.
#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "with_defaults")]
struct WithDefaults {
    #[upsert(primary_key)]
    id: i64,
    #[upsert(default)]
    name: Option<String>,
    #[upsert(default)]
    amount: Option<f64>,
    open: bool,
    #[upsert(default, update = never)]
    first_seen: Option<i64>,
}

impl Row for WithDefaults {
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
        ("id", "BIGINT NOT NULL"),
        ("name", "TEXT NOT NULL DEFAULT ('a')"),
        ("amount", "DOUBLE PRECISION NOT NULL DEFAULT 1.5"),
        ("open", "BOOLEAN NOT NULL"),
        ("first_seen", "BIGINT NOT NULL DEFAULT (3 + 4)"),
    ];
    const KEY: &'static [&'static str] = &["id"];
    payload!();

    fn of(drawn: &Drawn) -> Self {
        let Drawn { key, name, amount, open, first_seen } = drawn.clone();
        Self { id: key.into(), name: name.map(str::to_owned), amount, open, first_seen }
    }

    fn cells(&self) -> Vec<Datum> {
        let Self { id, name, amount, open, first_seen } = self;
        vec![(*id).into(), name.as_deref().into(), (*amount).into(), (*open).into(), (*first_seen).into()]
    }

    fn written(column: &str, parameter: String, dialect: Dialect) -> String {
        match (column, dialect) {
            ("name", _) => format!("coalesce({parameter}, 'a')"),
            ("amount", Dialect::MySql) => format!("coalesce({parameter}, 1.5)"),
            ("amount", _) => format!("coalesce(CAST({parameter} AS DOUBLE PRECISION), 1.5)"),
            ("first_seen", Dialect::MySql) => format!("coalesce({parameter}, 7)"),
            ("first_seen", _) => format!("coalesce(CAST({parameter} AS BIGINT), 7)"),
            _ => parameter,
        }
    }
}

/// It has a column of arrays, which on PostgreSQL takes another way.
#[derive(Clone, Debug, Upsertable)]
#[upsert(table = "with_tags")]
struct WithTags {
    #[upsert(primary_key)]
    id: i64,
    tags: Option<Vec<Option<String>>>,
    #[upsert(update = never)]
    first_tags: Vec<i64>,
}

impl Row for WithTags {
    const COLUMNS: &'static [(&'static str, &'static str)] =
        &[("id", "BIGINT NOT NULL"), ("tags", "TEXT[]"), ("first_tags", "BIGINT[] NOT NULL")];
    const KEY: &'static [&'static str] = &["id"];
    const UPDATABLE: &'static [&'static str] = &["tags"];

    fn of(drawn: &Drawn) -> Self {
        let Drawn { key, name, amount, open, .. } = drawn.clone();
        let own = name.filter(|name| name.len() < 2).map(str::to_owned);
        let tags = amount.map(|_| if open { vec![own] } else { vec![None, own, Some("b".to_owned())] });
        Self { id: key.into(), tags, first_tags: if open { vec![] } else { vec![1, 2] } }
    }

    fn cells(&self) -> Vec<Datum> {
        vec![self.id.into()]
    }

    fn cells_in(&self, dialect: Dialect) -> Vec<Datum> {
        let (begin, end, null) = if dialect == Dialect::Postgres { ("{", "}", "NULL") } else { ("[", "]", "null") };
        let list = |elements: Vec<String>| Datum::Text(format!("{begin}{}{end}", elements.join(",")));
        let quoted = |tag: &Option<String>| tag.as_ref().map_or_else(|| null.to_owned(), |tag| format!("\"{tag}\""));
        let tags = self.tags.as_ref().map(|tags| list(tags.iter().map(quoted).collect()));
        let first_tags = list(self.first_tags.iter().map(i64::to_string).collect());
        vec![self.id.into(), tags.unwrap_or(Datum::Null), first_tags]
    }

    fn written(column: &str, parameter: String, dialect: Dialect) -> String {
        match (column, dialect) {
            ("tags", Dialect::Postgres) => format!("{parameter}::text::text[]"),
            ("first_tags", Dialect::Postgres) => format!("{parameter}::text::bigint[]"),
            _ => parameter,
        }
    }

    fn updatable() -> Vec<ColumnRef> {
        vec![Self::COL.tags]
    }
}

/// The table of the library, and the judge's.
async fn make_tables<R: Row, D: Database>(database: &D) {
    for kind in 0..D::KINDS {
        for table in [ours::<R>(kind), judged::<R>(kind)] {
            database.batch(&D::table_of_kind(kind, &table, R::COLUMNS, R::KEY)).await;
        }
    }
}

fn ours<R: Row>(kind: usize) -> String {
    format!("{}_{kind}", R::SCHEMA.table)
}

fn judged<R: Row>(kind: usize) -> String {
    format!("{}_{kind}_judged", R::SCHEMA.table)
}

async fn holds<R: Row, D: Database>(database: &D, case: &Case) -> Result<(), TestCaseError> {
    let rows: Vec<R> = case.rows.iter().map(R::of).collect();
    let there: Vec<R> = case.there.iter().map(R::of).collect();
    let kind = case.kind % D::KINDS;
    for table in [ours::<R>(kind), judged::<R>(kind)] {
        database.batch(&format!("DELETE FROM {table}")).await;
        let fill = one_row::<R, D>(&table, &D::on_conflict(&table, R::KEY, &[]));
        database.execute_each(&fill, there.iter().map(|row| row.cells_in(D::DIALECT))).await;
    }

    let expected = one_at_a_time::<R, D>(database, case, &judged::<R>(kind), &rows).await;
    let place = if D::offers(case.place, case.door, case.form) { case.place } else { Place::Pool };
    let result = database.write(place, case.door, case.form, &rows, options::<R>(case).table(ours::<R>(kind))).await;

    let (ours, judged) = (contents(database, &ours::<R>(kind)).await, contents(database, &judged::<R>(kind)).await);
    prop_assert_eq!(ours, judged, "the tables differ; the call said {:?}", result);
    // Of a partitioned table, whose defaults are taken once, nobody tells new rows from those that changed.
    let untold = matches!(case.shape, Shape::WithDefaults) && D::DIALECT == Dialect::Postgres && kind == 1;
    expected.compare::<D>(place, rows.len(), &result, untold)
}

fn options<R: Row>(case: &Case) -> UpsertOptions {
    let mut options = UpsertOptions::new().on_conflict(case.on_conflict);
    if let Some(atomicity) = case.atomicity {
        options = options.atomicity(atomicity);
    }
    if let Some(rows) = case.chunk_rows {
        options = options.chunk_rows(rows);
    }
    if let (Some(bytes), Atomicity::Call) = (case.chunk_bytes, unit(case)) {
        options = options.chunk_bytes(bytes);
    }
    if case.rewrite_unchanged {
        options = options.rewrite_unchanged();
    }
    match case.update_columns {
        Some(bits) => options.update_columns(chosen(bits, R::updatable())),
        None => options,
    }
}

/// What commits at once.
fn unit(case: &Case) -> Atomicity {
    case.atomicity.unwrap_or(if case.form.is_memory() { Atomicity::Call } else { Atomicity::Chunk })
}

fn chosen<T>(bits: u8, all: impl IntoIterator<Item = T>) -> Vec<T> {
    all.into_iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1).map(|(_, column)| column).collect()
}

/// `INSERT` of one row.
fn one_row<R: Row, D: Database>(table: &str, on_conflict: &str) -> String {
    let names: Vec<&str> = R::COLUMNS.iter().map(|(name, _)| *name).collect();
    let value = |(number, name): (usize, &&str)| R::written(name, D::parameter(number + 1), D::DIALECT);
    let values: Vec<String> = names.iter().enumerate().map(value).collect();
    format!("INSERT INTO {table} ({}) VALUES ({}){on_conflict}", names.join(", "), values.join(", "))
}

async fn contents<D: Database>(database: &D, table: &str) -> BTreeMap<Vec<Option<String>>, usize> {
    let mut contents = BTreeMap::new();
    for row in database.table(table).await {
        *contents.entry(row).or_default() += 1;
    }
    contents
}

/// What the judge says that the call has to say.
#[derive(Debug, Default)]
struct Expected {
    inserted: u64,
    updated: u64,
    unchanged: u64,
    ignored: u64,
    duplicates: u64,
    /// Rows of the units that were written.
    written: usize,
    refused: Option<Refused>,
}

/// Why a unit has to fail. If there are two reasons, either may be given.
#[derive(Debug)]
struct Refused {
    is_repeated: bool,
    is_there: bool,
}

/// Upserts the rows one at a time into the judge's table.
async fn one_at_a_time<R: Row, D: Database>(database: &D, case: &Case, table: &str, rows: &[R]) -> Expected {
    let updates = match case.update_columns {
        Some(bits) => chosen(bits, R::UPDATABLE.iter().copied()),
        None => R::UPDATABLE.to_vec(),
    };
    let on_conflict = match case.on_conflict {
        OnConflict::Update => D::on_conflict(table, R::KEY, &updates),
        OnConflict::Ignore => D::on_conflict(table, R::KEY, &[]),
        _ => String::new(),
    };
    let statement = one_row::<R, D>(table, &on_conflict);

    let unit_rows = match unit(case) {
        Atomicity::Chunk => case.chunk_rows.unwrap_or(UpsertOptions::DEFAULT_CHUNK_ROWS.get()),
        _ => usize::MAX,
    };
    let mut expected = Expected::default();
    let mut before = by_key::<R>(database.table(table).await);
    for unit in rows.chunks(unit_rows) {
        let keys: BTreeSet<String> = unit.iter().map(|row| key_as_read(row)).collect();
        if case.on_conflict == OnConflict::Error {
            let is_repeated = keys.len() < unit.len();
            let is_there = keys.iter().any(|key| before.contains_key(key));
            if is_repeated || is_there {
                expected.refused = Some(Refused { is_repeated, is_there });
                break;
            }
        }
        database.execute_each(&statement, unit.iter().map(|row| row.cells_in(D::DIALECT))).await;
        let after = by_key::<R>(database.table(table).await);
        for key in &keys {
            match before.get(key) {
                None => expected.inserted += 1,
                Some(_) if case.on_conflict == OnConflict::Ignore => expected.ignored += 1,
                Some(_) if updates.is_empty() => expected.unchanged += 1,
                Some(_) if case.rewrite_unchanged => expected.updated += 1,
                Some(row) if after[key] != *row => expected.updated += 1,
                Some(_) => expected.unchanged += 1,
            }
        }
        expected.duplicates += (unit.len() - keys.len()) as u64;
        expected.written += unit.len();
        before = after;
    }
    expected
}

fn by_key<R: Row>(table: Table) -> BTreeMap<String, Vec<Option<String>>> {
    table.into_iter().map(|row| (format!("{:?}", &row[..R::KEY.len()]), row)).collect()
}

/// The key of a row in the form in which a table is read.
fn key_as_read<R: Row>(row: &R) -> String {
    let cells = row.cells();
    let key: Vec<Option<String>> = cells[..R::KEY.len()]
        .iter()
        .map(|cell| match cell {
            Datum::Int(value) => Some(value.to_string()),
            Datum::Text(value) => Some(value.clone()),
            other => unreachable!("no key here is {other:?}"),
        })
        .collect();
    format!("{key:?}")
}

impl Expected {
    fn compare<D: Database>(
        &self,
        place: Place,
        rows: usize,
        result: &Result<UpsertReport, Error>,
        untold: bool,
    ) -> Result<(), TestCaseError> {
        let report = match (result, &self.refused) {
            (Ok(report), None) => report,
            (Err(error), Some(refused)) => {
                let told = match error.kind() {
                    ErrorKind::RepeatedKey => refused.is_repeated,
                    ErrorKind::Conflict => refused.is_there && error.sqlstate() == Some(D::UNIQUE_VIOLATION),
                    _ => false,
                };
                prop_assert!(told, "expected {:?}, got {}", refused, error);
                error.report()
            }
            (result, refused) => {
                return Err(TestCaseError::fail(format!("expected {refused:?}, got {result:?}")));
            }
        };
        let counts = [report.inserted, report.updated, report.unchanged, report.ignored];
        let expected = [self.inserted, self.updated, self.unchanged, self.ignored];
        prop_assert!(
            counts
                .iter()
                .zip(expected)
                .all(|(count, expected)| *count == expected || (untold && *count == Count::UNKNOWN)),
            "inserted, updated, unchanged, ignored: expected {:?}, got {:?}",
            expected,
            counts
        );
        prop_assert_eq!(report.duplicates, self.duplicates, "duplicates");
        prop_assert_eq!(report.rows, self.written as u64, "rows");
        prop_assert_eq!(report.rows, expected.iter().sum::<u64>() + self.duplicates, "the counts add up");
        prop_assert_eq!(report.checkpoint.next_row, self.written as u64, "the checkpoint");
        prop_assert_eq!(&report.checkpoint.in_doubt, &None, "nothing is in doubt");
        if self.refused.is_none() {
            prop_assert_eq!(self.written, rows);
            let outcome = if place == Place::Transaction { Outcome::InCallersTransaction } else { Outcome::Committed };
            // Nothing to write is written already, wherever.
            prop_assert!(report.outcome == outcome || rows == 0, "outcome {:?}", report.outcome);
        } else {
            prop_assert_eq!(report.outcome, Outcome::NotCommitted, "what failed is not there");
        }
        Ok(())
    }
}
