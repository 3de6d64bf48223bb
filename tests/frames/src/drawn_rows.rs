//! Rows of every type, drawn.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use proptest::prelude::Rng;
use proptest::test_runner::TestRng;
use rust_decimal::Decimal;
use tests::Datum;
use tests::seed::below;
use upsert::frame::FrameTable;
use upsert::schema::{ColumnType, SqlBuf};
use upsert::{Dialect, Upsertable};
use uuid::Uuid;

#[derive(Clone, Debug, Upsertable)]
#[upsert(primary_key(id, k))]
pub struct Reading {
    pub id: i64,
    #[upsert(max_len = 20)]
    pub k: String,
    pub flag: Option<bool>,
    pub small: Option<i16>,
    pub num: Option<i32>,
    pub big: Option<i64>,
    #[upsert(sql_type(sqlite = "INTEGER"))]
    pub huge: Option<u64>,
    pub rough: Option<f32>,
    pub ratio: Option<f64>,
    #[upsert(sql_type(postgres = "numeric(20, 4)", mysql = "decimal(20, 4)"))]
    pub price: Option<Decimal>,
    pub note: Option<String>,
    pub raw: Option<Vec<u8>>,
    pub day: Option<NaiveDate>,
    pub clock: Option<NaiveTime>,
    pub at: Option<NaiveDateTime>,
    pub seen: Option<DateTime<Utc>>,
    pub span: Option<TimeDelta>,
    pub uid: Option<Uuid>,
    pub tags: Option<Vec<Option<i32>>>,
}

/// How a judge is told a value.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// As it is; of this type, where PostgreSQL has to be told.
    Is(&'static str),
    /// By a text that PostgreSQL reads as this type, and the others as it is.
    Text(&'static str),
    /// In hexadecimal digits.
    Hex,
    Uuid,
}

pub const COLUMNS: [(&str, Kind); 19] = [
    ("id", Kind::Is("bigint")),
    ("k", Kind::Is("text")),
    ("flag", Kind::Is("boolean")),
    ("small", Kind::Is("bigint")),
    ("num", Kind::Is("bigint")),
    ("big", Kind::Is("bigint")),
    ("huge", Kind::Is("bigint")),
    ("rough", Kind::Is("double precision")),
    ("ratio", Kind::Is("double precision")),
    ("price", Kind::Text("numeric")),
    ("note", Kind::Is("text")),
    ("raw", Kind::Hex),
    ("day", Kind::Text("date")),
    ("clock", Kind::Text("time")),
    ("at", Kind::Text("timestamp")),
    ("seen", Kind::Text("timestamptz")),
    ("span", Kind::Is("bigint")),
    ("uid", Kind::Uuid),
    ("tags", Kind::Text("integer[]")),
];

impl Reading {
    /// The values as the judge is told them.
    pub fn told(&self, dialect: Dialect) -> Vec<Datum> {
        fn text(value: Option<String>) -> Datum {
            value.map_or(Datum::Null, Datum::Text)
        }
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let moment = "%Y-%m-%d %H:%M:%S%.6f";
        let zone = if dialect == Dialect::MySql { "" } else { "+00:00" };
        let (open, close, null) = if dialect == Dialect::Postgres { ("{", "}", "NULL") } else { ("[", "]", "null") };
        let list = |elements: &Vec<Option<i32>>| {
            let elements =
                elements.iter().map(|element| element.map_or(null.to_owned(), |element| element.to_string()));
            format!("{open}{}{close}", elements.collect::<Vec<_>>().join(","))
        };
        vec![
            self.id.into(),
            self.k.as_str().into(),
            self.flag.into(),
            self.small.map(i64::from).into(),
            self.num.map(i64::from).into(),
            self.big.into(),
            self.huge.map(|number| i64::try_from(number).unwrap()).into(),
            self.rough.map(f64::from).into(),
            self.ratio.into(),
            text(self.price.map(|price| price.to_string())),
            self.note.as_deref().into(),
            text(self.raw.as_deref().map(hex)),
            text(self.day.map(|day| day.format("%Y-%m-%d").to_string())),
            text(self.clock.map(|clock| clock.format("%H:%M:%S%.6f").to_string())),
            text(self.at.map(|at| at.format(moment).to_string())),
            text(self.seen.map(|at| format!("{}{zone}", at.naive_utc().format(moment)))),
            self.span.map(|span| span.num_microseconds().unwrap()).into(),
            text(self.uid.map(|uid| hex(uid.as_bytes()))),
            text(self.tags.as_ref().map(list)),
        ]
    }
}

/// The table of frames, whose columns have the types of the struct's.
pub fn table_of_frames() -> FrameTable {
    let price = SqlBuf::default().postgres("numeric(20, 4)").mysql("decimal(20, 4)");
    FrameTable::new("of_frames")
        .max_len("k", 20)
        .column_type("small", ColumnType::SmallInt)
        .column_type("num", ColumnType::Integer)
        .column_type("big", ColumnType::BigInt)
        .column_type("ratio", ColumnType::Double)
        .column_type("uid", ColumnType::Uuid)
        .sql_types("price", price)
}

fn draw<T>(dice: &mut TestRng, extremes: &[T], any: impl FnOnce(&mut TestRng) -> T) -> Option<T>
where
    T: Clone,
{
    match below(dice, 5) {
        0 => None,
        1 => Some(extremes[below(dice, extremes.len())].clone()),
        _ => Some(any(dice)),
    }
}

const NOTES: [&str; 12] = [
    "",
    " ",
    "NULL",
    "it's",
    "\"quoted\"",
    "\\N",
    "tab\there",
    "line\nbreak",
    "ü",
    "日本",
    "🦀",
    "a longer text than twelve bytes",
];
const KEYS: [&str; 10] = ["", "a", "A", "á", "a b", "%", "self", "🦀", "zz", "0"];

/// Fewer rows than `most`, few or many of which have the same key.
pub fn drawn_rows(dice: &mut TestRng, most: usize) -> Vec<Reading> {
    let rows = below(dice, most);
    let keys = [3, 20, 1_000][below(dice, 3)];
    (0..rows).map(|_| drawn_row(dice, keys)).collect()
}

fn micros(dice: &mut TestRng) -> i64 {
    // 1900 to 2100.
    i64::try_from(dice.next_u64() % 6_311_433_600_000_000).unwrap() - 2_208_988_800_000_000
}

fn drawn_row(dice: &mut TestRng, keys: usize) -> Reading {
    let date = |text: &str| text.parse::<NaiveDate>().unwrap();
    let moment = |text: &str| text.parse::<NaiveDateTime>().unwrap();
    let at = |micros| DateTime::from_timestamp_micros(micros).unwrap();
    let clock = |text: &str| text.parse::<NaiveTime>().unwrap();
    let moments =
        [moment("1000-01-01T00:00:00"), moment("9999-12-31T23:59:59.999999"), moment("1969-12-31T23:59:59.999999")];
    Reading {
        id: i64::try_from(below(dice, keys)).unwrap() + if below(dice, 4) == 0 { 9_007_199_254_740_993 } else { 0 },
        k: KEYS[below(dice, KEYS.len())].to_owned(),
        flag: draw(dice, &[true, false], |dice| below(dice, 2) == 0),
        small: draw(dice, &[i16::MIN, i16::MAX, 0], |dice| i16::try_from(below(dice, 120)).unwrap()),
        num: draw(dice, &[i32::MIN, i32::MAX, 0], |dice| i32::try_from(below(dice, 30_000)).unwrap()),
        big: draw(dice, &[i64::MIN, i64::MAX, 0], |dice| i64::try_from(dice.next_u64() >> 1).unwrap()),
        huge: draw(dice, &[0, u64::MAX >> 1, 1], |dice| dice.next_u64() >> 1),
        rough: draw(dice, &[f32::MIN, f32::MAX, 0.1], |dice| {
            f32::from(u16::try_from(below(dice, 60_000)).unwrap()) / 64.0
        }),
        ratio: draw(dice, &[f64::MIN, f64::MAX, 0.1], |dice| {
            f64::from(u32::try_from(below(dice, 1 << 30)).unwrap()) / 7.0
        }),
        price: draw(dice, &[Decimal::new(i64::MAX / 1_000, 4), Decimal::new(-1, 4), Decimal::new(0, 4)], |dice| {
            Decimal::new(i64::try_from(below(dice, 1 << 40)).unwrap(), 4)
        }),
        note: draw(dice, &NOTES, |dice| NOTES[below(dice, NOTES.len())]).map(str::to_owned),
        raw: draw(dice, &[vec![], vec![0], vec![255; 40]], |dice| {
            dice.next_u64().to_be_bytes()[..below(dice, 8)].to_vec()
        }),
        day: draw(dice, &[date("1000-01-01"), date("9999-12-31"), date("1970-01-01")], |dice| {
            at(micros(dice)).date_naive()
        }),
        clock: draw(dice, &[clock("00:00:00"), clock("23:59:59.999999")], |dice| at(micros(dice)).time()),
        at: draw(dice, &moments, |dice| at(micros(dice)).naive_utc()),
        seen: draw(dice, &moments.map(|moment| moment.and_utc()), |dice| at(micros(dice))),
        span: draw(dice, &[TimeDelta::zero(), TimeDelta::microseconds(-1), TimeDelta::days(400)], |dice| {
            TimeDelta::microseconds(i64::try_from(dice.next_u64() >> 12).unwrap())
        }),
        uid: draw(dice, &[Uuid::nil(), Uuid::max()], |dice| Uuid::from_u128(u128::from(dice.next_u64()) << 64 | 7)),
        tags: draw(dice, &[vec![], vec![None], vec![Some(1), None, Some(-1)]], |dice| {
            (0..below(dice, 5)).map(|_| draw(dice, &[0], |dice| i32::try_from(below(dice, 99)).unwrap())).collect()
        }),
    }
}
