//! What a table that was looked up does with the values that are sent to it.

use crate::schema::{Column, ColumnType, Length};
use crate::value::{Decimal, Invalid, Value, jsonb};

/// What a column of the table does with the values that are sent to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnFacts {
    pub(crate) comparison: Comparison,
    pub(crate) keeps: Keeps,
    pub(crate) sent: Sent,
    /// What stands in for a value that a row does not have.
    pub(crate) default: Option<Default>,
    /// Whether a NULL that is sent stays one.
    pub(crate) takes_null: bool,
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
        Self { comparison, keeps, sent: Sent::AsItIs, default: None, takes_null: true }
    }

    /// Whether all that is asked of the column's values, but of NULL, follows from their type: a table and a struct set no limit.
    pub(crate) fn sets_no_limit(&self, column: &Column<'_>) -> bool {
        (&self.keeps, &self.sent, column.max_len) == (&Keeps::All, &Sent::AsItIs, None)
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
    /// UUIDs and addresses as people write them.
    AsText,
    /// JSON as PostgreSQL's `json`, which keeps its text.
    AsJson,
}

/// Which values a column keeps unchanged. Others are refused before anything of their chunk is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Keeps {
    All,
    /// Integers of a narrower type.
    Integers {
        min: i128,
        max: i128,
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
    /// Text of so many characters, and no blank at its end, which would be taken away.
    NoBlankAtEnd(usize),
    /// Text or bytes of so many bytes.
    Bytes(usize),
    /// So many bytes and no fewer: zeros would be added.
    AllBytes(usize),
    /// Times in a range, of so many microseconds or a multiple of that; a finer one would be rounded.
    Micros {
        min: i64,
        max: i64,
        multiple_of: i64,
    },
    /// The labels of an enum.
    Labels(Vec<String>),
    /// Text that does not look like a number, which a column with numeric affinity would make one.
    NoNumbers,
    /// JSON that repeats no key, nor has a zero with a sign.
    DistinctKeys,
    /// JSON that MySQL's type of that name keeps.
    JsonOfMySql,
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
            | Self::NoBlankAtEnd(_)
            | Self::Bytes(_)
            | Self::AllBytes(_)
            | Self::Micros { .. }
            | Self::Labels(_)
            | Self::NoNumbers
            | Self::DistinctKeys
            | Self::JsonOfMySql
            | Self::Nothing => self.check_value(value),
        }
    }

    /// Whether it keeps all values of the kind that it was asked about.
    pub(crate) fn takes_all(&self) -> bool {
        match self {
            Self::All | Self::DistinctKeys | Self::JsonOfMySql | Self::Nothing => true,
            Self::Integers { .. }
            | Self::IntegersOfFloat { .. }
            | Self::Digits { .. }
            | Self::Characters(_)
            | Self::AllCharacters(_)
            | Self::NoBlankAtEnd(_)
            | Self::Bytes(_)
            | Self::AllBytes(_)
            | Self::Micros { .. }
            | Self::Labels(_)
            | Self::NoNumbers => false,
        }
    }

    /// How long the longest text or bytes are that it keeps.
    pub(crate) fn longest(&self) -> Option<Length> {
        match self {
            Self::Characters(most) | Self::AllCharacters(most) | Self::NoBlankAtEnd(most) => {
                Some(Length::Characters(*most))
            }
            Self::Bytes(most) | Self::AllBytes(most) => Some(Length::Bytes(*most)),
            _ => None,
        }
    }

    fn check_value(&self, value: &Value<'_>) -> Result<(), Invalid> {
        match (self, value) {
            (Self::Integers { min, max }, _) => match integer(value) {
                Some(value) if !(*min..=*max).contains(&value) => Err(Invalid::OutOfRange),
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
            (Self::NoBlankAtEnd(_), Value::Text(text)) if text.ends_with(' ') => Err(Invalid::ChangedByColumn),
            (Self::NoBlankAtEnd(most), Value::Text(text)) if text.len() > *most && text.chars().count() > *most => {
                Err(Invalid::TooLarge)
            }
            (Self::Bytes(most) | Self::AllBytes(most), _) if length(value).is_some_and(|length| length > *most) => {
                Err(Invalid::TooLarge)
            }
            (Self::AllBytes(all), _) if length(value).is_some_and(|length| length < *all) => {
                Err(Invalid::ChangedByColumn)
            }
            (
                Self::Micros { min, max, multiple_of },
                Value::Time { micros } | Value::Timestamp { micros } | Value::TimestampTz { micros },
            ) => {
                if !(min..=max).contains(&micros) {
                    Err(Invalid::OutOfRange)
                } else if micros % multiple_of != 0 {
                    Err(Invalid::FinerThanColumn)
                } else {
                    Ok(())
                }
            }
            (Self::Labels(labels), Value::Text(text)) if !labels.iter().any(|label| label == text) => {
                Err(Invalid::UnknownLabel)
            }
            (Self::NoNumbers, Value::Text(text) | Value::Json(text)) if looks_like_a_number(text) => {
                Err(Invalid::ChangedByColumn)
            }
            (Self::DistinctKeys, Value::Json(document)) if !jsonb::is_kept(document) => Err(Invalid::NotKeptByJsonb),
            (Self::DistinctKeys, Value::Array(elements)) => {
                elements.iter().try_for_each(|element| self.check_value(element))
            }
            (Self::JsonOfMySql, _) => check_json_of_mysql(value, 0),
            (Self::Nothing, Value::Null) => Ok(()),
            (Self::Nothing, _) => Err(Invalid::GivenByDatabase),
            _ => Ok(()),
        }
    }
}

/// The same of a value that stands in so many arrays.
fn check_json_of_mysql(value: &Value<'_>, arrays: usize) -> Result<(), Invalid> {
    match value {
        Value::Json(document) if !jsonb::is_kept_by_mysql(document, arrays) => Err(Invalid::NotKeptByMySqlJson),
        Value::Array(elements) => elements.iter().try_for_each(|element| check_json_of_mysql(element, arrays + 1)),
        _ => Ok(()),
    }
}

/// The length of a value that is text or bytes.
fn length(value: &Value<'_>) -> Option<usize> {
    match value {
        Value::Text(text) | Value::Json(text) => Some(text.len()),
        Value::Bytes(bytes) => Some(bytes.len()),
        _ => None,
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

/// A little more than SQLite takes for a number ("Datatypes In SQLite", section 3). It reads no further than to a NUL.
fn looks_like_a_number(text: &str) -> bool {
    let text = text.split('\0').next().unwrap_or_default().trim();
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

/// What is known of the table once it was looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableFacts {
    pub(crate) schema: String,
    /// One for each column of the plan.
    pub(crate) column_facts: Vec<ColumnFacts>,
    pub(crate) exact_keys: bool,
    pub(crate) counts_in_one: bool,
    pub(crate) mysql: MySqlFacts,
}

/// What only MySQL has to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MySqlFacts {
    pub(crate) server: Server,
    /// The most bytes of one statement with its values.
    pub(crate) most_bytes: usize,
    /// Whether another unique key than the conflict target may find a row, which is then not to be touched.
    pub(crate) has_other_keys: bool,
    /// The names of its unique keys.
    pub(crate) unique_keys: Vec<String>,
    /// Those of exactly the columns of the conflict target.
    pub(crate) target_keys: Vec<String>,
    /// The types of the columns that are written, as the table has them.
    pub(crate) column_types: Vec<String>,
}

impl std::default::Default for MySqlFacts {
    fn default() -> Self {
        Self {
            server: Server::default(),
            most_bytes: usize::MAX,
            has_other_keys: false,
            unique_keys: Vec::new(),
            target_keys: Vec::new(),
            column_types: Vec::new(),
        }
    }
}

/// Who speaks MySQL's protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Server {
    #[default]
    MariaDb,
    /// With its version.
    MySql(u32, u32, u32),
}

impl Server {
    /// From what it says of its version: `8.0.36`, or `10.11.6-MariaDB-1`.
    pub(crate) fn of(version: &str) -> Self {
        if version.contains("MariaDB") {
            return Self::MariaDb;
        }
        let mut numbers = version.split(|character: char| !character.is_ascii_digit()).map(str::parse);
        let mut next = || numbers.next().and_then(Result::ok).unwrap_or(0);
        Self::MySql(next(), next(), next())
    }

    /// Whether the rows of a statement can be given a name; `VALUES(…)` is on its way out there.
    pub(crate) fn names_rows(self) -> bool {
        matches!(self, Self::MySql(major, minor, patch) if (major, minor, patch) >= (8, 0, 20))
    }

    /// The collation in which texts are equal that are identical, blanks at their end included.
    pub(crate) fn exact_collation(self) -> &'static str {
        match self {
            Self::MariaDb => "utf8mb4_nopad_bin",
            Self::MySql(major, minor, patch) if (major, minor, patch) >= (8, 0, 17) => "utf8mb4_0900_bin",
            Self::MySql(..) => "utf8mb4_bin",
        }
    }
}

/// What a column does that is as the struct has it.
pub(super) fn own_facts(column: &Column<'_>) -> ColumnFacts {
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
