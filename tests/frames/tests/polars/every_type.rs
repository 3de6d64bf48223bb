//! A column of every type that Polars has, and what databases hold of it.

use polars_core::datatypes::extension::get_extension_type_or_generic;
use polars_core::prelude::*;
use polars_utils::float16::pf16;
use tests::mariadb::is_same_document;
use tests::{Database, suite};
use upsert::{Dialect, UpsertOptions};
use upsert_polars::UpsertFrame;

suite!(every_type_is_read_back, the_least_and_the_most_are_held_or_refused, labels_of_every_width_are_text);

/// So many rows have the columns.
pub const ROWS: usize = 5;

/// A column, and its values as each database's reader shows them.
pub struct Case {
    pub series: Series,
    shown: [[&'static str; ROWS]; 3],
}

impl Case {
    /// What is read of a row.
    pub fn shown(&self, dialect: Dialect, row: usize) -> Option<String> {
        let shown = match dialect {
            Dialect::Sqlite => &self.shown[0],
            Dialect::Postgres => &self.shown[1],
            _ => &self.shown[2],
        };
        (shown[row] != "NULL").then(|| shown[row].to_owned())
    }
}

fn each(
    series: Series,
    sqlite: [&'static str; ROWS],
    postgres: [&'static str; ROWS],
    mariadb: [&'static str; ROWS],
) -> Case {
    Case { series, shown: [sqlite, postgres, mariadb] }
}

fn same(series: Series, shown: [&'static str; ROWS]) -> Case {
    each(series, shown, shown, shown)
}

fn bytes(name: &str) -> Case {
    let values: [&[u8]; ROWS] = [b"", &[0], &[0xff, 0x00], b"\\x41", b"longer than what is in the view itself"];
    let long = "[6c, 6f, 6e, 67, 65, 72, 20, 74, 68, 61, 6e, 20, 77, 68, 61, 74, 20, 69, 73, 20, 69, 6e, 20, 74, 68, 65, 20, 76, 69, \
                65, 77, 20, 69, 74, 73, 65, 6c, 66]";
    let listed = ["[]", "[00]", "[ff, 00]", "[5c, 78, 34, 31]", long];
    let digits = [
        "\\x",
        "\\x00",
        "\\xff00",
        "\\x5c783431",
        "\\x6c6f6e676572207468616e207768617420697320696e207468652076696577206974 73656c66",
    ];
    let digits = digits.map(|digits| digits.replace(' ', "").leak() as &str);
    each(Series::new(name.into(), values), listed, digits, listed)
}

const TEXTS: [&str; ROWS] = ["", "a", "ünïcödé ☃", "it's \"quoted\" \\ %", "longer than what is in the view itself"];
const LABELS: [&str; ROWS] = ["red", "green", "red", "é", ""];

/// Microseconds since 1970 of 1969-12-31 23:59:59.999999, and of others whose last digit is no zero.
const INSTANTS: [i64; ROWS] = [-1, 1, 951_782_400_123_456, 4_102_444_799_999_999, -30_610_224_000_000_001];
const SHOWN_INSTANTS: [&str; ROWS] = [
    "1969-12-31 23:59:59.999999",
    "1970-01-01 00:00:00.000001",
    "2000-02-29 00:00:00.123456",
    "2099-12-31 23:59:59.999999",
    "0999-12-31 23:59:59.999999",
];

/// Names as they would be in the database's own hands.
#[rustfmt::skip]
pub fn cases() -> Vec<Case> {
    let instants = |name: &str| Series::new(name.into(), INSTANTS);
    let times: [i64; ROWS] = [1_000, 86_399_999_999_000, 45_296_123_456_000, 3_600_000_001_000, 59_999_999_000];
    let categorical = DataType::from_categories(Categories::global());
    let few = DataType::from_categories(Categories::new("few".into(), PlSmallStr::EMPTY, CategoricalPhysical::U8));
    let some = DataType::from_categories(Categories::new("some".into(), PlSmallStr::EMPTY, CategoricalPhysical::U16));
    let colours = DataType::from_frozen_categories(FrozenCategories::new(["red", "green", "é", ""]).unwrap());
    let millis: [i64; ROWS] = [-1, 0, 951_782_400_123, 1, 2];
    let zone = TimeZone::opt_try_new(Some("Asia/Kolkata")).unwrap();
    let utc = SHOWN_INSTANTS.map(|shown| format!("{shown}+00:00").leak() as &str);
    let postgres_utc = SHOWN_INSTANTS.map(|shown| format!("{shown}+00").leak() as &str);
    let mut cases = vec![
        each(Series::new("bool".into(), [true, false, true, true, false]),
            ["1", "0", "1", "1", "0"], ["t", "f", "t", "t", "f"], ["1", "0", "1", "1", "0"]),
        same(Series::new("i8".into(), [i8::MIN, -1, 0, 1, i8::MAX]), ["-128", "-1", "0", "1", "127"]),
        same(Series::new("i16".into(), [i16::MIN, -1, 0, 1, i16::MAX]), ["-32768", "-1", "0", "1", "32767"]),
        same(Series::new("i32".into(), [i32::MIN, -1, 0, 1, i32::MAX]), ["-2147483648", "-1", "0", "1", "2147483647"]),
        same(Series::new("i64".into(), [i64::MIN, (1 << 53) + 1, 0, 1, i64::MAX]),
            ["-9223372036854775808", "9007199254740993", "0", "1", "9223372036854775807"]),
        same(Series::new("u8".into(), [u8::MIN, 1, 127, 128, u8::MAX]), ["0", "1", "127", "128", "255"]),
        same(Series::new("u16".into(), [u16::MIN, 1, 32767, 32768, u16::MAX]), ["0", "1", "32767", "32768", "65535"]),
        same(Series::new("u32".into(), [u32::MIN, 1, 1 << 31, 7, u32::MAX]), ["0", "1", "2147483648", "7", "4294967295"]),
        same(Series::new("u64".into(), [u64::MIN, 1, (1 << 53) + 1, 7, (1 << 63) - 1]),
            ["0", "1", "9007199254740993", "7", "9223372036854775807"]),
        same(Series::new("f16".into(), [0.5f32, -2.25, 0.0, 1024.0, -0.125].map(pf16::from)),
            ["0.5", "-2.25", "0", "1024", "-0.125"]),
        same(Series::new("f32".into(), [0.5f32, -2.25, 0.0, 1024.0, -0.125]), ["0.5", "-2.25", "0", "1024", "-0.125"]),
        same(Series::new("f64".into(), [0.1f64, -2.25, 0.0, 1e14, 0.30000000000000004]),
            ["0.1", "-2.25", "0", "100000000000000", "0.30000000000000004"]),
        each(Series::new("decimal".into(), [150i128, -1, 0, 9_999_999_999, 12_345]).into_decimal(10, 2).unwrap(),
            ["1.50", "-0.01", "0.00", "99999999.99", "123.45"], ["1.50", "-0.01", "0.00", "99999999.99", "123.45"],
            ["1.5", "-0.01", "0", "99999999.99", "123.45"]),
        same(Series::new("string".into(), TEXTS), TEXTS),
        same(Series::new("categorical".into(), LABELS).cast(&categorical).unwrap(), LABELS),
        same(Series::new("categorical of 8 bits".into(), LABELS).cast(&few).unwrap(), LABELS),
        same(Series::new("categorical of 16 bits".into(), LABELS).cast(&some).unwrap(), LABELS),
        same(Series::new("enum".into(), LABELS).cast(&colours).unwrap(), LABELS),
        same(Series::new("decimal of 38 digits".into(), [7i128, -7, 0, 10i128.pow(37), 1 - 10i128.pow(38)])
            .into_decimal(38, 0).unwrap(),
            ["7", "-7", "0", "10000000000000000000000000000000000000", "-99999999999999999999999999999999999999"]),
        bytes("binary"),
        Case { series: bytes("offsets").series.cast(&DataType::BinaryOffset).unwrap(), ..bytes("offsets") },
        same(Series::new("date".into(), [-1, 0, 11_016, 47_481, -354_286]).into_date(),
            ["1969-12-31", "1970-01-01", "2000-02-29", "2099-12-31", "0999-12-31"]),
        same(Series::new("time".into(), times).into_time(),
            ["00:00:00.000001", "23:59:59.999999", "12:34:56.123456", "01:00:00.000001", "00:00:59.999999"]),
        same(instants("datetime").into_datetime(TimeUnit::Microseconds, None), SHOWN_INSTANTS),
        same((instants("datetime of nanoseconds") * 1000i64).slice(0, 4).append_one_null()
            .into_datetime(TimeUnit::Nanoseconds, None),
            [SHOWN_INSTANTS[0], SHOWN_INSTANTS[1], SHOWN_INSTANTS[2], SHOWN_INSTANTS[3], "NULL"]),
        each(Series::new("datetime of milliseconds".into(), millis).into_datetime(TimeUnit::Milliseconds, None),
            ["1969-12-31 23:59:59.999000", "1970-01-01 00:00:00.000000", "2000-02-29 00:00:00.123000",
                "1970-01-01 00:00:00.001000", "1970-01-01 00:00:00.002000"],
            ["1969-12-31 23:59:59.999", "1970-01-01 00:00:00", "2000-02-29 00:00:00.123", "1970-01-01 00:00:00.001",
                "1970-01-01 00:00:00.002"],
            ["1969-12-31 23:59:59.999000", "1970-01-01 00:00:00.000000", "2000-02-29 00:00:00.123000",
                "1970-01-01 00:00:00.001000", "1970-01-01 00:00:00.002000"]),
        each(instants("datetime with zone").into_datetime(TimeUnit::Microseconds, zone), utc, postgres_utc, SHOWN_INSTANTS),
        same(Series::new("duration of milliseconds".into(), millis).into_duration(TimeUnit::Milliseconds),
            ["-1000", "0", "951782400123000", "1000", "2000"]),
        same(Series::new("duration".into(), [0, -1, 1, i64::MIN, i64::MAX]).into_duration(TimeUnit::Microseconds),
            ["0", "-1", "1", "-9223372036854775808", "9223372036854775807"]),
        same(Series::new("duration of nanoseconds".into(), [0i64, -1_000, 2_000, 3_000, 4_000]).into_duration(TimeUnit::Nanoseconds),
            ["0", "-1", "2", "3", "4"]),
        same(Series::full_null("null".into(), ROWS, &DataType::Null), ["NULL"; ROWS]),
        same(extended("extension"), ["1", "2", "3", "4", "5"]),
    ];
    cases.extend(nested());
    cases
}

trait AppendOneNull {
    fn append_one_null(self) -> Self;
}

impl AppendOneNull for Series {
    fn append_one_null(mut self) -> Self {
        let null = Self::full_null(self.name().clone(), 1, self.dtype());
        self.append(&null).unwrap();
        self
    }
}

fn extended(name: &str) -> Series {
    let meters = get_extension_type_or_generic("test.meters", &DataType::Int64, None);
    Series::new(name.into(), [1i64, 2, 3, 4, 5]).into_extension(meters)
}

/// Lists of these series.
fn lists<const N: usize>(name: &str, elements: [Option<Series>; N]) -> Series {
    Series::new(name.into(), elements)
}

#[rustfmt::skip]
fn nested() -> Vec<Case> {
    let i64s = |numbers: &[Option<i64>]| Series::new(PlSmallStr::EMPTY, numbers);
    let numbers = lists("list", [
        Some(i64s(&[Some(1), None, Some(i64::MAX)])), Some(i64s(&[])), Some(i64s(&[None])), Some(i64s(&[Some(-7)])),
        Some(i64s(&[Some(4), Some(5)])),
    ]);
    let texts = |texts: &[&str]| Some(Series::new(PlSmallStr::EMPTY, texts));
    let strings = lists("list of text", [texts(&["a", "b\"c"]), texts(&[]), texts(&["é"]), texts(&["x,y"]), texts(&["NULL"])]);
    let days = |days: [i32; 2]| Some(Series::new(PlSmallStr::EMPTY, days).into_date());
    let dates = lists("list of dates", [days([0, 1]), days([2, 3]), days([4, 5]), days([6, 7]), days([-1, -2])]);
    let colours = strings_of_labels();
    let nothing = lists("list of nothing", [
        Some(Series::new_null(PlSmallStr::EMPTY, 0)), Some(Series::new_null(PlSmallStr::EMPTY, 1)),
        Some(Series::new_null(PlSmallStr::EMPTY, 0)), Some(Series::new_null(PlSmallStr::EMPTY, 2)), None,
    ]);
    let doubles = |numbers: &[f64]| Some(Series::new(PlSmallStr::EMPTY, numbers));
    let ratios = lists("list of doubles", [
        doubles(&[0.1, -2.5]), doubles(&[]), doubles(&[1e14]), doubles(&[0.30000000000000004]), doubles(&[7.25]),
    ]);
    let prices = |mantissas: [i128; 2]| {
        Some(Series::new(PlSmallStr::EMPTY, mantissas).into_decimal(10, 2).unwrap())
    };
    let prices = lists("list of decimals", [
        prices([150, -1]), prices([0, 1]), prices([9_999_999_999, 2]), prices([3, 4]), prices([5, 6]),
    ]);
    let people = |ages: [i64; 1]| {
        let ages = Series::new("age".into(), ages);
        Some(StructChunked::from_series(PlSmallStr::EMPTY, 1, [ages].iter()).unwrap().into_series())
    };
    let people = lists("list of structs", [people([1]), people([2]), people([3]), people([4]), people([5])]);
    let pairs = Series::new("array".into(), [1i16, 2, 3, 4, 5, 6, 7, 8, 9, 10])
        .reshape_array(&[ReshapeDimension::Infer, ReshapeDimension::new_dimension(2)]).unwrap();
    let matrix = lists("list of lists", [
        Some(lists("", [Some(i64s(&[Some(1), Some(2)])), Some(i64s(&[]))])), Some(lists("", [Some(i64s(&[None]))])),
        Some(lists("", [Some(i64s(&[Some(3)])), None])), Some(lists("", [Some(i64s(&[Some(4)]))])),
        Some(lists("", [Some(i64s(&[Some(5)]))])),
    ]);
    let document = StructChunked::from_series("struct".into(), ROWS, [
        Series::new("a".into(), [Some(1i64), None, Some(3), Some(4), Some(5)]),
        Series::new("b \"c\"".into(), TEXTS),
        Series::new("day".into(), [0, 1, 2, 3, -1]).into_date(),
        Series::new("colour".into(), LABELS).cast(&DataType::from_categories(Categories::global())).unwrap(),
    ].iter()).unwrap().into_series();
    vec![
        each(numbers, ["[1,null,9223372036854775807]", "[]", "[null]", "[-7]", "[4,5]"],
            ["{1,NULL,9223372036854775807}", "{}", "{NULL}", "{-7}", "{4,5}"],
            ["[1,null,9223372036854775807]", "[]", "[null]", "[-7]", "[4,5]"]),
        each(strings, [r#"["a","b\"c"]"#, "[]", r#"["é"]"#, r#"["x,y"]"#, r#"["NULL"]"#],
            [r#"{a,"b\"c"}"#, "{}", "{é}", r#"{"x,y"}"#, r#"{"NULL"}"#],
            [r#"["a","b\"c"]"#, "[]", r#"["é"]"#, r#"["x,y"]"#, r#"["NULL"]"#]),
        each(dates, [r#"["1970-01-01","1970-01-02"]"#, r#"["1970-01-03","1970-01-04"]"#, r#"["1970-01-05","1970-01-06"]"#,
                r#"["1970-01-07","1970-01-08"]"#, r#"["1969-12-31","1969-12-30"]"#],
            ["{1970-01-01,1970-01-02}", "{1970-01-03,1970-01-04}", "{1970-01-05,1970-01-06}", "{1970-01-07,1970-01-08}",
                "{1969-12-31,1969-12-30}"],
            [r#"["1970-01-01","1970-01-02"]"#, r#"["1970-01-03","1970-01-04"]"#, r#"["1970-01-05","1970-01-06"]"#,
                r#"["1970-01-07","1970-01-08"]"#, r#"["1969-12-31","1969-12-30"]"#]),
        colours,
        each(nothing, ["[]", "[null]", "[]", "[null,null]", "NULL"], ["{}", "{NULL}", "{}", "{NULL,NULL}", "NULL"],
            ["[]", "[null]", "[]", "[null,null]", "NULL"]),
        each(ratios, ["[0.1,-2.5]", "[]", "[100000000000000.0]", "[0.30000000000000004]", "[7.25]"],
            ["{0.1,-2.5}", "{}", "{100000000000000}", "{0.30000000000000004}", "{7.25}"],
            ["[0.1,-2.5]", "[]", "[100000000000000.0]", "[0.30000000000000004]", "[7.25]"]),
        each(prices, [r#"["1.50","-0.01"]"#, r#"["0.00","0.01"]"#, r#"["99999999.99","0.02"]"#, r#"["0.03","0.04"]"#, r#"["0.05","0.06"]"#],
            ["{1.50,-0.01}", "{0.00,0.01}", "{99999999.99,0.02}", "{0.03,0.04}", "{0.05,0.06}"],
            [r#"["1.50","-0.01"]"#, r#"["0.00","0.01"]"#, r#"["99999999.99","0.02"]"#, r#"["0.03","0.04"]"#, r#"["0.05","0.06"]"#]),
        each(people, [r#"[{"age":1}]"#, r#"[{"age":2}]"#, r#"[{"age":3}]"#, r#"[{"age":4}]"#, r#"[{"age":5}]"#],
            [r#"[{"age": 1}]"#, r#"[{"age": 2}]"#, r#"[{"age": 3}]"#, r#"[{"age": 4}]"#, r#"[{"age": 5}]"#],
            [r#"[{"age":1}]"#, r#"[{"age":2}]"#, r#"[{"age":3}]"#, r#"[{"age":4}]"#, r#"[{"age":5}]"#]),
        each(pairs, ["[1,2]", "[3,4]", "[5,6]", "[7,8]", "[9,10]"], ["{1,2}", "{3,4}", "{5,6}", "{7,8}", "{9,10}"],
            ["[1,2]", "[3,4]", "[5,6]", "[7,8]", "[9,10]"]),
        each(matrix, ["[[1,2],[]]", "[[null]]", "[[3],null]", "[[4]]", "[[5]]"],
            ["[[1, 2], []]", "[[null]]", "[[3], null]", "[[4]]", "[[5]]"],
            ["[[1,2],[]]", "[[null]]", "[[3],null]", "[[4]]", "[[5]]"]),
        each(document, DOCUMENTS, DOCUMENTS_OF_POSTGRES, DOCUMENTS),
        struct_of_logical_types(),
    ]
}

const DOCUMENTS: [&str; ROWS] = [
    r#"{"a":1,"b \"c\"":"","day":"1970-01-01","colour":"red"}"#,
    r#"{"a":null,"b \"c\"":"a","day":"1970-01-02","colour":"green"}"#,
    r#"{"a":3,"b \"c\"":"ünïcödé ☃","day":"1970-01-03","colour":"red"}"#,
    r#"{"a":4,"b \"c\"":"it's \"quoted\" \\ %","day":"1970-01-04","colour":"é"}"#,
    r#"{"a":5,"b \"c\"":"longer than what is in the view itself","day":"1969-12-31","colour":""}"#,
];

/// Its documents have their keys in an order of its own.
const DOCUMENTS_OF_POSTGRES: [&str; ROWS] = [
    r#"{"a": 1, "day": "1970-01-01", "b \"c\"": "", "colour": "red"}"#,
    r#"{"a": null, "day": "1970-01-02", "b \"c\"": "a", "colour": "green"}"#,
    r#"{"a": 3, "day": "1970-01-03", "b \"c\"": "ünïcödé ☃", "colour": "red"}"#,
    r#"{"a": 4, "day": "1970-01-04", "b \"c\"": "it's \"quoted\" \\ %", "colour": "é"}"#,
    r#"{"a": 5, "day": "1969-12-31", "b \"c\"": "longer than what is in the view itself", "colour": ""}"#,
];

/// Lists of labels, whose indices are elements of the list.
fn strings_of_labels() -> Case {
    let labels = Series::new("list of labels".into(), LABELS);
    let labels = labels.cast(&DataType::from_categories(Categories::global())).unwrap();
    let lists = labels.reshape_list(&[ReshapeDimension::Infer, ReshapeDimension::new_dimension(1)]).unwrap();
    let json = [r#"["red"]"#, r#"["green"]"#, r#"["red"]"#, r#"["é"]"#, r#"[""]"#];
    each(lists, json, ["{red}", "{green}", "{red}", "{é}", r#"{""}"#], json)
}

/// Fields whose types are others where they are stored.
fn struct_of_logical_types() -> Case {
    let colours = DataType::from_frozen_categories(FrozenCategories::new(["red", "green", "é", ""]).unwrap());
    let pairs = Series::new("p".into(), [0i32, 1, 2, 3, 4, 5, 6, 7, 8, 9]).into_date();
    let fields = [
        Series::new("c".into(), LABELS).cast(&colours).unwrap(),
        Series::new("d".into(), [150i128, -1, 0, 7, 8]).into_decimal(10, 2).unwrap(),
        extended("m"),
        pairs.reshape_array(&[ReshapeDimension::Infer, ReshapeDimension::new_dimension(2)]).unwrap(),
    ];
    let series = StructChunked::from_series("struct of others".into(), ROWS, fields.iter()).unwrap().into_series();
    let shown = [
        r#"{"c":"red","d":"1.50","m":1,"p":["1970-01-01","1970-01-02"]}"#,
        r#"{"c":"green","d":"-0.01","m":2,"p":["1970-01-03","1970-01-04"]}"#,
        r#"{"c":"red","d":"0.00","m":3,"p":["1970-01-05","1970-01-06"]}"#,
        r#"{"c":"é","d":"0.07","m":4,"p":["1970-01-07","1970-01-08"]}"#,
        r#"{"c":"","d":"0.08","m":5,"p":["1970-01-09","1970-01-10"]}"#,
    ];
    let spaced = shown.map(|shown| shown.replace(':', ": ").replace(',', ", ").leak() as &str);
    each(series, shown, spaced, shown)
}

/// A DataFrame of these columns and their row's number.
pub fn numbered(columns: impl IntoIterator<Item = Series>) -> DataFrame {
    let mut all = vec![Column::new("id".into(), (0..ROWS as i64).collect::<Vec<_>>())];
    all.extend(columns.into_iter().map(Column::from));
    DataFrame::new_infer_height(all).unwrap()
}

/// The rows of a table of all columns, as it is read.
pub async fn assert_read<D: Database>(database: &D, cases: &[Case], null: Option<usize>, about: &str) {
    let name = if D::DIALECT == Dialect::MySql { "`" } else { "\"" };
    let columns: Vec<String> = cases.iter().map(|case| format!("{name}{}{name}", case.series.name())).collect();
    let rows = database.query(&format!("SELECT {} FROM every_type ORDER BY id", columns.join(", "))).await;
    assert_eq!(rows.len(), ROWS, "{about}");
    for (row, read) in rows.iter().enumerate() {
        for (case, read) in cases.iter().zip(read) {
            let expected = if null == Some(row) { None } else { case.shown(D::DIALECT, row) };
            let is_same = *read == expected || is_same_document(read.as_deref(), expected.as_deref());
            assert!(is_same, "{about}, row {row} of {}: {read:?} is not {expected:?}", case.series.name());
        }
    }
}

async fn every_type_is_read_back<D: Database>(database: D) {
    let cases = cases();
    let frame = numbered(cases.iter().map(|case| case.series.clone()));
    let options = || UpsertOptions::new().create_table();
    let report = (&frame).aupsert(database.pool(), "every_type", &["id"], options()).await.unwrap();
    assert_eq!(report.inserted, ROWS as u64);
    assert_read(&database, &cases, None, "one chunk").await;
    // What is there is what would be written.
    let report = (&frame).aupsert(database.pool(), "every_type", &["id"], options()).await.unwrap();
    assert_eq!(report.unchanged, ROWS as u64);
}

/// Integers at the end of their range. SQLite has none beyond 64 bits with a sign: of a column of 64 bits without one those are
/// refused, and of 128 bits it has the digits.
async fn the_least_and_the_most_are_held_or_refused<D: Database>(database: D) {
    let hold = |name: &str, series: Series| {
        let frame = numbered([series.with_name("number".into())]);
        let (database, name) = (database.clone(), name.to_owned());
        async move {
            let written =
                frame.aupsert(database.pool(), name.as_str(), &["id"], UpsertOptions::new().create_table()).await;
            let shown = database.query(&format!("SELECT number FROM {name} ORDER BY id")).await;
            written.map(|_| shown.into_iter().flatten().flatten().collect::<Vec<_>>())
        }
    };
    let unsigned = hold("unsigned_numbers", Series::new("".into(), [0, 1, u64::MAX, (1 << 63) - 1, 1 << 63])).await;
    match D::DIALECT {
        Dialect::Sqlite => {
            let error = unsigned.unwrap_err();
            assert_eq!((error.row(), error.column()), (Some(2), Some("number")), "{error}");
        }
        _ => assert_eq!(
            unsigned.unwrap(),
            ["0", "1", "18446744073709551615", "9223372036854775807", "9223372036854775808"]
        ),
    }
    let most = "170141183460469231731687303715884105727";
    let huge = Series::new("".into(), [i128::MIN, -1, 0, 1, i128::MAX]);
    let read = hold("huge_numbers", huge).await.unwrap();
    assert_eq!(read, ["-170141183460469231731687303715884105728", "-1", "0", "1", most]);
    let most = "340282366920938463463374607431768211455";
    let read = hold("unsigned_huge_numbers", Series::new("".into(), [0, 1, 2, 3, u128::MAX])).await.unwrap();
    assert_eq!(read, ["0", "1", "2", "3", most]);
}

/// Their indices have one byte, two or four, as many as there are labels.
async fn labels_of_every_width_are_text<D: Database>(database: D) {
    let mut columns = vec![Column::new("id".into(), [1i64, 2, 3])];
    for labels in [2, 255, 256, 300, 65_535, 65_536, 70_000] {
        let all: Vec<String> = (0..labels).map(|number| format!("label {number}")).collect();
        let dtype = DataType::from_frozen_categories(FrozenCategories::new(all.iter().map(String::as_str)).unwrap());
        let drawn = [Some(all[labels - 1].as_str()), None, Some(all[0].as_str())];
        columns.push(Series::new(format!("enum of {labels}").into(), drawn).cast(&dtype).unwrap().into());
        let categorical = DataType::from_categories(Categories::new(
            format!("{labels} categories").into(),
            PlSmallStr::EMPTY,
            match labels {
                ..256 => CategoricalPhysical::U8,
                256..65_536 => CategoricalPhysical::U16,
                _ => CategoricalPhysical::U32,
            },
        ));
        let all = Series::new(format!("categorical of {labels}").into(), all).cast(&categorical).unwrap();
        let null = Series::full_null(all.name().clone(), 1, all.dtype());
        let mut drawn = all.slice(labels as i64 - 1, 1);
        drawn.append(&null).unwrap();
        drawn.append(&all.slice(0, 1)).unwrap();
        columns.push(drawn.into());
    }
    let widths: std::collections::BTreeSet<String> =
        columns[1..].iter().map(|column| column.to_physical_repr().dtype().to_string()).collect();
    assert_eq!(widths.into_iter().collect::<Vec<_>>(), ["u16", "u32", "u8"]);
    let frame = DataFrame::new_infer_height(columns).unwrap();
    frame.aupsert(database.pool(), "t", &["id"], UpsertOptions::new().create_table()).await.unwrap();
    let read = database.table("t").await;
    for (column, labels) in [2, 255, 256, 300, 65_535, 65_536, 70_000].into_iter().enumerate() {
        for column in [1 + 2 * column, 2 + 2 * column] {
            let read: Vec<_> = read.iter().map(|row| row[column].as_deref()).collect();
            let last = format!("label {}", labels - 1);
            assert_eq!(read, [Some(last.as_str()), None, Some("label 0")], "column {column}");
        }
    }
}
