//! A column of every type that Arrow has, and what databases hold of it. The values are those of a part of a longer array, with one
//! before and one behind it, so that what starts at an offset is read from there.

use std::collections::HashMap;
use std::sync::Arc;

use super::arrow_array::builder::{FixedSizeListBuilder, Int16Builder, ListBuilder, MapBuilder, StringBuilder};
use super::arrow_array::types::{
    ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, Int64Type, RunEndIndexType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use super::arrow_array::{
    ArrayRef, BinaryArray, BinaryViewArray, BooleanArray, Date32Array, Date64Array, Decimal32Array, Decimal64Array,
    Decimal128Array, Decimal256Array, DictionaryArray, DurationMicrosecondArray, DurationMillisecondArray,
    DurationNanosecondArray, DurationSecondArray, FixedSizeBinaryArray, Float16Array, Float32Array, Float64Array,
    Int8Array, Int16Array, Int32Array, Int64Array, IntervalDayTimeArray, LargeBinaryArray, LargeListArray,
    LargeListViewArray, LargeStringArray, ListArray, ListViewArray, NullArray, PrimitiveArray, RecordBatch, RunArray,
    StringArray, StringViewArray, StructArray, Time32MillisecondArray, Time32SecondArray, Time64MicrosecondArray,
    Time64NanosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use super::arrow_buffer::{OffsetBuffer, ScalarBuffer, i256};
use super::arrow_schema::{DataType, Field, Schema};
use tests::{Database, suite};
use upsert::{Dialect, ErrorKind, UpsertOptions};
use upsert_arrow::UpsertFrame;

suite!(every_type_is_read_back, what_no_column_holds_is_refused_before_anything_is_written);

/// Rows that are written; the last one is NULL.
const ROWS: usize = 4;

/// A column, and its values as each database's reader shows them.
struct Case {
    field: Field,
    array: ArrayRef,
    shown: [[&'static str; ROWS - 1]; 3],
}

/// Kinds of values: each is held by several types.
struct Cases(Vec<Case>);

impl Cases {
    /// An array of six values, the first and the last of which are cut away, as is shown by SQLite, PostgreSQL and MariaDB.
    fn each(&mut self, array: ArrayRef, shown: [[&'static str; ROWS - 1]; 3]) {
        self.with_metadata(array, &[], shown);
    }

    fn same(&mut self, array: ArrayRef, shown: [&'static str; ROWS - 1]) {
        self.each(array, [shown; 3]);
    }

    fn extension(&mut self, array: ArrayRef, name: &str, shown: [[&'static str; ROWS - 1]; 3]) {
        self.with_metadata(array, &[("ARROW:extension:name", name)], shown);
    }

    #[expect(clippy::needless_pass_by_value, reason = "it is made for this, and its part is what is kept")]
    fn with_metadata(&mut self, array: ArrayRef, metadata: &[(&str, &str)], shown: [[&'static str; ROWS - 1]; 3]) {
        let metadata: HashMap<_, _> = metadata.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        let name = format!("c{}", self.0.len());
        let field = Field::new(name, array.data_type().clone(), true).with_metadata(metadata);
        self.0.push(Case { field, array: array.slice(1, ROWS), shown });
    }
}

/// Three values and NULL, with another one before and behind.
fn around<T: Clone>(values: [T; ROWS - 1]) -> Vec<Option<T>> {
    let [a, b, c] = values.map(Some);
    vec![c.clone(), a, b, c.clone(), None, c]
}

macro_rules! primitive {
    ($type:ty, $values:expr) => {
        Arc::new(<$type>::from(around($values)))
    };
}

/// Keys into `values`, of which the one before the first is not used.
fn dictionary<K: ArrowDictionaryKeyType>(keys: PrimitiveArray<K>, values: ArrayRef) -> ArrayRef {
    Arc::new(DictionaryArray::try_new(keys, values).unwrap())
}

/// `around`, in runs.
fn runs<R: RunEndIndexType>(ends: &PrimitiveArray<R>, values: &ArrayRef) -> ArrayRef {
    Arc::new(RunArray::try_new(ends, &**values).unwrap())
}

const TEXTS: [&str; 3] = ["", "it's \"ünï\" \\ % ☃", "longer than what is in the view itself"];

fn numbers(cases: &mut Cases) {
    cases.each(
        Arc::new(BooleanArray::from(around([true, false, true]))),
        [["1", "0", "1"], ["t", "f", "t"], ["1", "0", "1"]],
    );
    cases.same(primitive!(Int8Array, [i8::MIN, 0, i8::MAX]), ["-128", "0", "127"]);
    cases.same(primitive!(Int16Array, [i16::MIN, 0, i16::MAX]), ["-32768", "0", "32767"]);
    cases.same(primitive!(Int32Array, [i32::MIN, 0, i32::MAX]), ["-2147483648", "0", "2147483647"]);
    cases.same(
        primitive!(Int64Array, [i64::MIN, (1 << 53) + 1, i64::MAX]),
        ["-9223372036854775808", "9007199254740993", "9223372036854775807"],
    );
    cases.same(primitive!(UInt8Array, [0, 128, u8::MAX]), ["0", "128", "255"]);
    cases.same(primitive!(UInt16Array, [0, 32768, u16::MAX]), ["0", "32768", "65535"]);
    cases.same(primitive!(UInt32Array, [0, 1 << 31, u32::MAX]), ["0", "2147483648", "4294967295"]);
    cases.same(
        primitive!(UInt64Array, [0, (1 << 53) + 1, (1 << 63) - 1]),
        ["0", "9007199254740993", "9223372036854775807"],
    );
    let halves = around([0.5f32, -2.25, 1024.0]).into_iter().map(|value| value.map(half::f16::from_f32));
    cases.same(Arc::new(halves.collect::<Float16Array>()), ["0.5", "-2.25", "1024"]);
    cases.same(primitive!(Float32Array, [0.5, -2.25, 1024.0]), ["0.5", "-2.25", "1024"]);
    cases.same(
        primitive!(Float64Array, [0.1, -2.25, 0.300_000_000_000_000_04]),
        ["0.1", "-2.25", "0.30000000000000004"],
    );
}

fn decimals(cases: &mut Cases) {
    // The reader of MariaDB leaves zeros at the end away.
    let shown = [["1.50", "-0.01", "1234567.89"], ["1.50", "-0.01", "1234567.89"], ["1.5", "-0.01", "1234567.89"]];
    let values = [150, -1, 123_456_789];
    cases.each(Arc::new(Decimal32Array::from(around(values)).with_precision_and_scale(9, 2).unwrap()), shown);
    let wide = values.map(i64::from);
    cases.each(Arc::new(Decimal64Array::from(around(wide)).with_precision_and_scale(18, 2).unwrap()), shown);
    let wide = values.map(i128::from);
    cases.each(Arc::new(Decimal128Array::from(around(wide)).with_precision_and_scale(38, 2).unwrap()), shown);
    let huge = i256::from_string("1234567890123456789012345678901234567890123456789012345").unwrap();
    let shown = "12345678901234567890123456789012345678901234567890.12345";
    let huge = [i256::from_i128(150_000), i256::from_i128(-1), huge];
    cases.each(
        Arc::new(Decimal256Array::from(around(huge)).with_precision_and_scale(65, 5).unwrap()),
        [["1.50000", "-0.00001", shown], ["1.50000", "-0.00001", shown], ["1.5", "-0.00001", shown]],
    );
    cases.same(
        Arc::new(Decimal128Array::from(around([12_345, 0, -1])).with_precision_and_scale(9, -2).unwrap()),
        ["1234500", "0", "-100"],
    );
}

fn texts(cases: &mut Cases) {
    cases.same(Arc::new(StringArray::from(around(TEXTS))), TEXTS);
    cases.same(Arc::new(LargeStringArray::from(around(TEXTS))), TEXTS);
    cases.same(Arc::new(StringViewArray::from(around(TEXTS))), TEXTS);
    let [values, large, views]: [ArrayRef; 3] = [
        Arc::new(StringArray::from(TEXTS.to_vec())),
        Arc::new(LargeStringArray::from(TEXTS.to_vec())),
        Arc::new(StringViewArray::from(TEXTS.to_vec())),
    ];
    macro_rules! keys {
        ($($key:ty),*) => {
            $(cases.same(dictionary(PrimitiveArray::<$key>::from(around([0, 1, 2])), Arc::clone(&values)), TEXTS);)*
        };
    }
    keys!(Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type);
    cases.same(dictionary(PrimitiveArray::<Int32Type>::from(around([0, 1, 2])), large), TEXTS);
    cases.same(dictionary(PrimitiveArray::<UInt8Type>::from(around([0, 1, 2])), views), TEXTS);
    // A dictionary may have NULL among its values, too.
    let with_null: ArrayRef = Arc::new(StringArray::from(vec![None, Some(TEXTS[0]), Some(TEXTS[1]), Some(TEXTS[2])]));
    cases.same(dictionary(Int32Array::from(vec![3, 1, 2, 3, 0, 1]), with_null), TEXTS);
    // The first run begins before the part, and the last one ends behind it.
    let twice = [TEXTS[1], TEXTS[1], TEXTS[2]];
    let of_runs: ArrayRef = Arc::new(StringArray::from(vec![Some(TEXTS[1]), Some(TEXTS[2]), None]));
    cases.same(runs(&Int16Array::from(vec![3, 4, 6]), &of_runs), twice);
    cases.same(runs(&Int32Array::from(vec![3, 4, 6]), &of_runs), twice);
    cases.same(runs(&Int64Array::from(vec![3, 4, 6]), &of_runs), twice);
    let documents = [r#"{"a":1}"#, "[]", "null"];
    cases.extension(
        Arc::new(StringArray::from(around(documents))),
        "arrow.json",
        [documents, [r#"{"a": 1}"#, "[]", "null"], documents],
    );
}

fn bytes(cases: &mut Cases) {
    let values: [&[u8]; 3] = [b"", &[0xff, 0], b"longer than what fits"];
    let listed =
        ["[]", "[ff, 00]", "[6c, 6f, 6e, 67, 65, 72, 20, 74, 68, 61, 6e, 20, 77, 68, 61, 74, 20, 66, 69, 74, 73]"];
    let digits = ["\\x", "\\xff00", "\\x6c6f6e676572207468616e20776861742066697473"];
    let shown = [listed, digits, listed];
    cases.each(Arc::new(BinaryArray::from(around(values))), shown);
    cases.each(Arc::new(LargeBinaryArray::from(around(values))), shown);
    cases.each(Arc::new(BinaryViewArray::from(around(values))), shown);
    let pairs = around([[0u8, 1], [0xff, 0], [b'\\', b'x']]);
    let listed = ["[00, 01]", "[ff, 00]", "[5c, 78]"];
    cases.each(
        Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(pairs.into_iter(), 2).unwrap()),
        [listed, ["\\x0001", "\\xff00", "\\x5c78"], listed],
    );
    let ids = around([[0u8; 16], [0xff; 16], *b"0123456789abcdef"]);
    let zeros = "[00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00, 00]";
    let ones = "[ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff, ff]";
    let some = "[30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 61, 62, 63, 64, 65, 66]";
    cases.extension(
        Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(ids.into_iter(), 16).unwrap()),
        "arrow.uuid",
        [
            [zeros, ones, some],
            [
                "00000000-0000-0000-0000-000000000000",
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
                "30313233-3435-3637-3839-616263646566",
            ],
            [zeros, ones, some],
        ],
    );
}

/// Days and times of day.
fn days(cases: &mut Cases) {
    let shown = ["1969-12-31", "2000-02-29", "9999-12-31"];
    let numbers = [-1, 11_016, 2_932_896];
    cases.same(primitive!(Date32Array, numbers), shown);
    cases.same(primitive!(Date64Array, numbers.map(|day| i64::from(day) * 86_400_000)), shown);
    let seconds = ["00:00:00.000000", "23:59:59.000000", "12:34:56.000000"];
    let numbers = [0, 86_399, 45_296];
    let short = ["00:00:00", "23:59:59", "12:34:56"];
    cases.each(primitive!(Time32SecondArray, numbers), [seconds, short, seconds]);
    cases.each(primitive!(Time32MillisecondArray, numbers.map(|time| time * 1_000)), [seconds, short, seconds]);
    let shown = ["00:00:00.000001", "23:59:59.999999", "12:34:56.123456"];
    let numbers = [1, 86_399_999_999, 45_296_123_456];
    cases.same(primitive!(Time64MicrosecondArray, numbers), shown);
    cases.same(primitive!(Time64NanosecondArray, numbers.map(|time| time * 1_000)), shown);
}

/// Instants and durations.
fn instants(cases: &mut Cases) {
    let seconds = [-1, 951_782_400, 4_102_444_799];
    let whole = ["1969-12-31 23:59:59.000000", "2000-02-29 00:00:00.000000", "2099-12-31 23:59:59.000000"];
    let short = ["1969-12-31 23:59:59", "2000-02-29 00:00:00", "2099-12-31 23:59:59"];
    let utc =
        ["1969-12-31 23:59:59.000000+00:00", "2000-02-29 00:00:00.000000+00:00", "2099-12-31 23:59:59.000000+00:00"];
    let short_utc = ["1969-12-31 23:59:59+00", "2000-02-29 00:00:00+00", "2099-12-31 23:59:59+00"];
    let zones = ["UTC", "+05:30", "America/New_York", "-00:01"];
    macro_rules! instants {
        ($($type:ty, $factor:expr, $zone:expr;)*) => {
            $({
                let array = <$type>::from(around(seconds.map(|second| second * $factor)));
                cases.each(Arc::new(array.clone()), [whole, short, whole]);
                cases.each(Arc::new(array.with_timezone($zone)), [utc, short_utc, whole]);
            })*
        };
    }
    instants! {
        TimestampSecondArray, 1, zones[0];
        TimestampMillisecondArray, 1_000, zones[1];
        TimestampMicrosecondArray, 1_000_000, zones[2];
        TimestampNanosecondArray, 1_000_000_000, zones[3];
    }
    let micros = [-1i64, 951_782_400_123_456, -62_135_596_800_000_000];
    let shown = ["1969-12-31 23:59:59.999999", "2000-02-29 00:00:00.123456", "0001-01-01 00:00:00.000000"];
    let of_postgres = ["1969-12-31 23:59:59.999999", "2000-02-29 00:00:00.123456", "0001-01-01 00:00:00"];
    cases.each(primitive!(TimestampMicrosecondArray, micros), [shown, of_postgres, shown]);
    cases.same(primitive!(DurationSecondArray, [0, -1, 2]), ["0", "-1000000", "2000000"]);
    cases.same(primitive!(DurationMillisecondArray, [0, -1, 2]), ["0", "-1000", "2000"]);
    cases.same(
        primitive!(DurationMicrosecondArray, [i64::MIN, -1, i64::MAX]),
        ["-9223372036854775808", "-1", "9223372036854775807"],
    );
    cases.same(primitive!(DurationNanosecondArray, [0, -1_000, 2_000]), ["0", "-1", "2"]);
    // What is indirect may be of any type.
    let values: ArrayRef = Arc::new(Date32Array::from(vec![-1, 11_016, 2_932_896]));
    cases.same(dictionary(Int8Array::from(around([0, 1, 2])), values), ["1969-12-31", "2000-02-29", "9999-12-31"]);
}

fn lists(cases: &mut Cases) {
    let lists = || around([vec![Some(1), None], vec![], vec![Some(i64::MAX)]]);
    let json = ["[1,null]", "[]", "[9223372036854775807]"];
    let shown = [json, ["{1,NULL}", "{}", "{9223372036854775807}"], json];
    cases.each(Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists())), shown);
    cases.each(Arc::new(LargeListArray::from_iter_primitive::<Int64Type, _, _>(lists())), shown);
    // Elements of views are in any order, and shared.
    let elements: ArrayRef = Arc::new(Int64Array::from(vec![Some(i64::MAX), Some(1), None]));
    let field = Arc::new(Field::new_list_field(DataType::Int64, true));
    let nulls = Some(vec![true, true, true, true, false, true].into());
    let (offsets, sizes) = ([0, 1, 3, 0, 0, 0], [1, 2, 0, 1, 0, 1]);
    cases.each(
        Arc::new(
            ListViewArray::try_new(
                Arc::clone(&field),
                ScalarBuffer::from(offsets.to_vec()),
                ScalarBuffer::from(sizes.to_vec()),
                Arc::clone(&elements),
                nulls.clone(),
            )
            .unwrap(),
        ),
        shown,
    );
    let [offsets, sizes] = [offsets, sizes].map(|numbers| ScalarBuffer::from(numbers.map(i64::from).to_vec()));
    cases.each(Arc::new(LargeListViewArray::try_new(field, offsets, sizes, elements, nulls).unwrap()), shown);
    let mut pairs = FixedSizeListBuilder::new(Int16Builder::new(), 2);
    for pair in around([[1, 2], [3, 4], [-5, 6]]) {
        pairs.values().append_slice(&pair.unwrap_or_default());
        pairs.append(pair.is_some());
    }
    let json = ["[1,2]", "[3,4]", "[-5,6]"];
    cases.each(Arc::new(pairs.finish()), [json, ["{1,2}", "{3,4}", "{-5,6}"], json]);
    let mut words = ListBuilder::new(StringBuilder::new());
    for list in around([vec!["a", "b\"c"], vec!["NULL"], vec![""]]) {
        words.append_option(list.map(|list| list.into_iter().map(Some)));
    }
    let json = [r#"["a","b\"c"]"#, r#"["NULL"]"#, r#"[""]"#];
    cases.each(Arc::new(words.finish()), [json, [r#"{a,"b\"c"}"#, r#"{"NULL"}"#, r#"{""}"#], json]);
    let mut nested = ListBuilder::new(ListBuilder::new(Int16Builder::new()));
    for lists in around([vec![vec![1, 2], vec![]], vec![], vec![vec![3]]]) {
        for list in lists.iter().flatten() {
            nested.values().append_value(list.iter().map(|number| Some(*number)));
        }
        nested.append(lists.is_some());
    }
    let json = ["[[1,2],[]]", "[]", "[[3]]"];
    cases.each(Arc::new(nested.finish()), [json, ["[[1, 2], []]", "[]", "[[3]]"], json]);
}

fn documents(cases: &mut Cases) {
    let days: ArrayRef = Arc::new(Date32Array::from(around([0, 1, 2])));
    let names: ArrayRef = Arc::new(StringViewArray::from(around(["a", "b\"c", "é"])));
    let members = [("day", days), ("n \"1\"", names)];
    let fields: Vec<_> =
        members.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let validity = Some(vec![true, true, true, true, false, true].into());
    let arrays = members.into_iter().map(|(_, array)| array).collect();
    let json = [
        r#"{"day":"1970-01-01","n \"1\"":"a"}"#,
        r#"{"day":"1970-01-02","n \"1\"":"b\"c"}"#,
        r#"{"day":"1970-01-03","n \"1\"":"é"}"#,
    ];
    let spaced = [
        r#"{"day": "1970-01-01", "n \"1\"": "a"}"#,
        r#"{"day": "1970-01-02", "n \"1\"": "b\"c"}"#,
        r#"{"day": "1970-01-03", "n \"1\"": "é"}"#,
    ];
    cases.each(Arc::new(StructArray::try_new(fields.into(), arrays, validity).unwrap()), [json, spaced, json]);
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int16Builder::new());
    for map in around([vec![("a", Some(1)), ("b", None)], vec![], vec![("é", Some(3))]]) {
        for (key, value) in map.iter().flatten() {
            maps.keys().append_value(key);
            maps.values().append_option(*value);
        }
        maps.append(map.is_some()).unwrap();
    }
    let json = [r#"{"a":1,"b":null}"#, "{}", r#"{"é":3}"#];
    cases.each(Arc::new(maps.finish()), [json, [r#"{"a": 1, "b": null}"#, "{}", r#"{"é": 3}"#], json]);
}

/// A batch of these columns and their row's number.
fn numbered(columns: impl IntoIterator<Item = (Field, ArrayRef)>) -> RecordBatch {
    let id: ArrayRef = Arc::new(Int64Array::from(vec![0, 1, 2, 3]));
    let (mut fields, mut arrays) = (vec![Field::new("id", DataType::Int64, false)], vec![id]);
    for (field, array) in columns {
        fields.push(field);
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

async fn every_type_is_read_back<D: Database>(database: D) {
    let mut cases = Cases(Vec::new());
    for add in [numbers, decimals, texts, bytes, days, instants, lists, documents] {
        add(&mut cases);
    }
    let Cases(cases) = cases;
    let nothing = (Field::new("all_null", DataType::Null, true), Arc::new(NullArray::new(ROWS)) as ArrayRef);
    let columns = cases.iter().map(|case| (case.field.clone(), Arc::clone(&case.array)));
    let batch = numbered(columns.chain([nothing]));
    let options = || UpsertOptions::new().create_table();
    let report = batch.aupsert(database.pool(), "every_type", &["id"], options()).await.unwrap();
    assert_eq!(report.inserted, ROWS as u64);
    for (number, case) in cases.iter().enumerate() {
        let found = database.query(&format!("SELECT c{number}, all_null FROM every_type ORDER BY id")).await;
        let shown = match D::DIALECT {
            Dialect::Sqlite => case.shown[0],
            Dialect::Postgres => case.shown[1],
            _ => case.shown[2],
        };
        let expected = shown.into_iter().map(Some).chain([None]);
        for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
            assert_eq!(found[0].as_deref(), expected, "row {row} of {number}, {:?}", case.field.data_type());
            assert_eq!(found[1], None);
        }
    }
    // What is there is what would be written.
    let report = batch.aupsert(database.pool(), "every_type", &["id"], options()).await.unwrap();
    assert_eq!(report.unchanged, ROWS as u64);
    // What is written is what is there, also where all is NULL.
    let report = batch.slice(3, 1).aupsert(database.pool(), "every_type", &["id"], options()).await.unwrap();
    assert_eq!(report.unchanged, 1);
}

/// Values that would be changed, each in the third row, and types that have no column.
async fn what_no_column_holds_is_refused_before_anything_is_written<D: Database>(database: D) {
    let in_third = |array: ArrayRef| numbered([(Field::new("v", array.data_type().clone(), true), array)]);
    let refused: [(&str, ArrayRef); 7] = [
        ("nanoseconds", Arc::new(TimestampNanosecondArray::from(vec![0, 1_000, 1, 0]))),
        ("nanoseconds_of_a_day", Arc::new(Time64NanosecondArray::from(vec![0, 1_000, 1, 0]))),
        ("nanoseconds_passed", Arc::new(DurationNanosecondArray::from(vec![0, 1_000, 1, 0]))),
        ("seconds", Arc::new(TimestampSecondArray::from(vec![0, 1_000, i64::MAX, 0]))),
        ("a_day_and_more", Arc::new(Time32SecondArray::from(vec![0, 1_000, 86_400, 0]))),
        ("a_part_of_a_day", Arc::new(Date64Array::from(vec![0, 86_400_000, 1, 0]))),
        ("years", Arc::new(Date32Array::from(vec![0, 1_000, i32::MAX, 0]))),
    ];
    for (table, array) in refused {
        let options = UpsertOptions::new().create_table();
        let error = in_third(array).aupsert(database.pool(), table, &["id"], options).await.unwrap_err();
        assert_eq!((error.row(), error.column()), (Some(2), Some("v")), "{table}: {error}");
        assert_eq!(error.kind(), ErrorKind::InvalidValue, "{table}: {error}");
        assert_eq!(table == "a_part_of_a_day", error.to_string().contains("time of day beside it"), "{table}: {error}");
        assert_eq!(database.query(&format!("SELECT id FROM {table}")).await.len(), 0, "{table}");
    }
    // What is said to be JSON is looked at, beside others and within a struct.
    let document = Field::new("v", DataType::Utf8, true);
    let json = HashMap::from([("ARROW:extension:name".to_owned(), "arrow.json".to_owned())]);
    let document = document.with_metadata(json);
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("{}"), None, Some("{}, \"b\": 2"), Some("1")]));
    let within: ArrayRef = Arc::new(StructArray::from(vec![(Arc::new(document.clone()), Arc::clone(&texts))]));
    let around = Field::new("v", within.data_type().clone(), true);
    for (table, field, array) in [("documents", document, texts), ("nested_documents", around, within)] {
        let options = UpsertOptions::new().create_table();
        let error = numbered([(field, array)]).aupsert(database.pool(), table, &["id"], options).await.unwrap_err();
        assert_eq!((error.row(), error.column()), (Some(2), Some("v")), "{table}: {error}");
        assert_eq!(database.query(&format!("SELECT id FROM {table}")).await.len(), 0, "{table}");
    }
    // Levels end where a stack would, and those of MariaDB at 32.
    let deep = |levels: usize| -> ArrayRef {
        (0..levels).fold(Arc::new(Int64Array::from(vec![1, 2, 3, 4])), |array: ArrayRef, _| {
            let field = Arc::new(Field::new_list_field(array.data_type().clone(), true));
            Arc::new(ListArray::new(field, OffsetBuffer::from_lengths([1; ROWS]), array, None))
        })
    };
    let options = UpsertOptions::new().create_table();
    in_third(deep(if D::DIALECT == Dialect::MySql { 30 } else { 64 }))
        .aupsert(database.pool(), "deep", &["id"], options)
        .await
        .unwrap();
    let no_column: [(ArrayRef, &str); 2] =
        [(Arc::new(IntervalDayTimeArray::new_null(ROWS)), "interval"), (deep(65), "nested deeper than 64 levels")];
    for (array, part) in no_column {
        let batch = in_third(array);
        let error =
            batch.aupsert(database.pool(), "t", &["id"], UpsertOptions::new().create_table()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPlan, "{error}");
        assert!(error.to_string().contains(r#"column "v""#) && error.to_string().contains(part), "{error}");
    }
}
