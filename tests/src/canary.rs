//! Rows whose every value is easy to recognise, wherever it turns up.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use upsert::Upsertable;

/// A row of canaries. It is written to a table of the same name.
#[derive(Clone, Debug, Upsertable)]
pub struct Bird {
    #[upsert(primary_key)]
    pub id: i64,
    pub text: String,
    pub bytes: Vec<u8>,
    pub small: i16,
    pub medium: i32,
    pub large: i64,
    pub single: f32,
    pub double: f64,
    pub day: NaiveDate,
    pub time: NaiveTime,
    pub local: NaiveDateTime,
    pub instant: DateTime<Utc>,
    pub uuid: uuid::Uuid,
    pub json: serde_json::Value,
    pub absent: Option<String>,
}

/// A text of a row. It is no number, date, name, path or query of any language.
pub const TEXT: &str = "canary-4711 secret";
/// A password. It is found as texts of rows are.
pub const PASSWORD: &str = "canary-password";

/// The rows differ in their keys alone.
pub fn birds(count: i64) -> Vec<Bird> {
    let day = NaiveDate::from_ymd_opt(1847, 11, 14).expect("it is a day");
    let time = NaiveTime::from_hms_micro_opt(4, 47, 11, 471_147).expect("it is a time");
    let bird = |number| Bird {
        id: 471_147_114_710 + number,
        text: TEXT.to_owned(),
        bytes: b"canary-bytes".to_vec(),
        small: 31_147,
        medium: 1_471_147_147,
        large: 8_147_114_711_471,
        single: 4_711.25,
        double: 8_471.147_147,
        day,
        time,
        local: day.and_time(time),
        instant: day.and_time(time).and_utc(),
        uuid: uuid::uuid!("c0a47114-7114-4711-8711-c0a471147114"),
        json: serde_json::json!({ "secret": "canary-json", "number": 314_711_471 }),
        absent: None,
    };
    (0..count).map(bird).collect()
}

/// What the values look like, in any of the forms in which a program writes values down.
const MARKS: [&str; 23] = [
    "canary",
    "CANARY",
    // `canary` in hexadecimal digits and as a list of bytes.
    "63616e617279",
    "99, 97, 110, 97, 114, 121",
    "47114711471",
    // The first bytes of the key as a list, in both orders, and as escapes, which toolchains write differently.
    "0, 109, 178",
    "178, 109, 0",
    r"\0m\xb2",
    r"\x00m\xb2",
    "1471147147",
    "8147114711471",
    "4711.25",
    "4.71125",
    "8471.147",
    "8.471147",
    "1847-11-14",
    "1847-318",
    "47:11.471",
    "c0a47114",
    "C0A47114",
    "192, 164, 113, 20",
    "314711471",
    r"\xc0\xa4q\x14",
];

/// The values that a text shows.
pub fn leaks(text: &str) -> Vec<&'static str> {
    let small = text.match_indices("31147").any(|(at, found)| {
        let is_digit = |character: char| character.is_ascii_digit() || character == '.';
        !text[..at].ends_with(is_digit) && !text[at + found.len()..].starts_with(is_digit)
    });
    MARKS.into_iter().filter(|mark| text.contains(mark)).chain(small.then_some("31147")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_found_in_every_form() {
        let bird = &birds(1)[0];
        for text in [
            format!("{}", bird.id),
            format!("{:?}", bird.id.to_be_bytes()),
            format!("{:?}", bird.id.to_le_bytes()),
            bird.id.to_be_bytes().escape_ascii().to_string(),
            format!("Key ({})", bird.text),
            format!("{:?}", bird.bytes),
            bird.bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            bird.bytes.escape_ascii().to_string(),
            format!("({}, 1)", bird.small),
            bird.medium.to_string(),
            bird.large.to_string(),
            bird.single.to_string(),
            format!("{:e}", bird.single),
            bird.double.to_string(),
            format!("{:e}", bird.double),
            bird.day.to_string(),
            bird.time.to_string(),
            format!("{:?}", bird.local),
            bird.instant.to_rfc3339(),
            bird.uuid.to_string(),
            format!("{:?}", bird.uuid.as_bytes()),
            bird.uuid.as_bytes().escape_ascii().to_string(),
            bird.json.to_string(),
            bird.json["number"].to_string(),
            PASSWORD.to_owned(),
        ] {
            assert!(!leaks(&text).is_empty(), "{text}");
        }
        assert!(leaks("row 3, 10000 rows, 20.311471ms, 231147 bytes").is_empty());
    }
}
