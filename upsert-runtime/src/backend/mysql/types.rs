//! What the columns of a table do with the values that are sent to them.

use std::ops::RangeInclusive;

use super::facts::unescaped;
use crate::plan::{ColumnFacts, Comparison, Keeps, Sent};
use crate::schema::ColumnType;

/// A column as the catalogue has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CatalogColumn {
    pub(super) name: String,
    /// As in `varchar`.
    pub(super) data_type: String,
    /// As in `varchar(20)`, `int unsigned`, `enum('a','b')`.
    pub(super) column_type: String,
    pub(super) character_set: Option<String>,
    pub(super) collation: Option<String>,
    /// Characters, or bytes where that is the type's limit.
    pub(super) length: Option<usize>,
    pub(super) precision: Option<i64>,
    pub(super) scale: Option<i64>,
    /// Digits of a second.
    pub(super) fraction: Option<u32>,
    pub(super) nullable: bool,
    pub(super) default: Option<String>,
    pub(super) extra: String,
}

impl CatalogColumn {
    pub(super) fn is_generated(&self) -> bool {
        ["VIRTUAL GENERATED", "STORED GENERATED", "PERSISTENT"].iter().any(|word| self.extra.contains(word))
    }

    /// Whether its default is an expression, as MySQL says it.
    pub(super) fn has_computed_default(&self) -> bool {
        self.extra.contains("DEFAULT_GENERATED")
    }

    pub(super) fn gives_numbers(&self) -> bool {
        self.extra.contains("auto_increment")
    }

    /// Whether a NULL becomes something else: the next number, or (as the server or the session is set) the present time.
    pub(super) fn makes_value_of_null(&self) -> bool {
        !self.nullable && (self.gives_numbers() || self.data_type == "timestamp")
    }

    /// Its type as a statement that creates another table writes it.
    pub(super) fn whole_type(&self) -> String {
        match (&self.character_set, &self.collation) {
            (Some(character_set), Some(collation)) => {
                format!("{} CHARACTER SET {character_set} COLLATE {collation}", self.column_type)
            }
            _ => self.column_type.clone(),
        }
    }

    pub(super) fn is_numeric(&self) -> bool {
        self.integers().is_some() || ["decimal", "float", "double", "bit"].contains(&self.data_type.as_str())
    }

    /// Whether it holds bytes, and no text.
    pub(super) fn holds_bytes(&self) -> bool {
        self.data_type.ends_with("binary") || self.data_type.ends_with("blob")
    }

    fn is_unsigned(&self) -> bool {
        self.column_type.contains("unsigned")
    }

    /// The integers that it holds, if it holds integers.
    fn integers(&self) -> Option<RangeInclusive<i128>> {
        let bits = match self.data_type.as_str() {
            "tinyint" => 8,
            "smallint" | "year" => 16,
            "mediumint" => 24,
            "int" => 32,
            "bigint" => 64,
            _ => return None,
        };
        if self.data_type == "year" {
            return None;
        }
        Some(if self.is_unsigned() { 0..=(1 << bits) - 1 } else { -(1 << (bits - 1))..=(1 << (bits - 1)) - 1 })
    }

    /// Whether texts that are equal to it are identical.
    fn is_exact(&self) -> bool {
        self.collation.as_deref().is_none_or(|name| name.ends_with("_nopad_bin") || name.ends_with("_0900_bin"))
    }

    /// The labels of an enum, which are quoted as in SQL, where a backslash begins an escape.
    fn labels(&self) -> Vec<String> {
        let list = self.column_type.strip_prefix("enum(").and_then(|list| list.strip_suffix(')')).unwrap_or_default();
        let mut labels = Vec::new();
        let mut rest = list.chars().peekable();
        while rest.next() == Some('\'') {
            let mut label = String::new();
            while let Some(character) = rest.next() {
                match character {
                    '\'' if rest.peek() == Some(&'\'') => label.extend(rest.next()),
                    '\'' => break,
                    '\\' => label.extend([character].into_iter().chain(rest.next())),
                    other => label.push(other),
                }
            }
            labels.push(unescaped(&label));
            rest.next(); // the comma
        }
        labels
    }
}

/// What a column does with the values that are sent to it; `None` if it would change them.
pub(super) fn judge(sent: ColumnType, there: &CatalogColumn) -> Option<ColumnFacts> {
    let facts = |comparison, keeps| Some(ColumnFacts::new(comparison, keeps));
    let exact = |keeps| facts(Comparison::Exact, keeps);
    let as_text = || Some(ColumnFacts { sent: Sent::AsText, ..ColumnFacts::new(Comparison::Exact, Keeps::All) });
    let CatalogColumn { length, fraction, .. } = *there;

    if let Some(held) = there.integers() {
        let own = match sent {
            ColumnType::Bool => 0..=1,
            ColumnType::SmallInt => i128::from(i16::MIN)..=i128::from(i16::MAX),
            ColumnType::Integer => i128::from(i32::MIN)..=i128::from(i32::MAX),
            ColumnType::BigInt | ColumnType::Duration => i128::from(i64::MIN)..=i128::from(i64::MAX),
            ColumnType::UnsignedBigInt => 0..=i128::from(u64::MAX),
            ColumnType::HugeInt | ColumnType::UnsignedHugeInt => i128::MIN..=i128::MAX,
            _ => return None,
        };
        let all = held.contains(own.start()) && held.contains(own.end());
        return exact(if all { Keeps::All } else { Keeps::Integers { min: *held.start(), max: *held.end() } });
    }
    match (sent, there.data_type.as_str()) {
        (ColumnType::Bool, "bit") if there.precision == Some(1) => exact(Keeps::All),
        (sent, "decimal") if sent.is_integer() || matches!(sent, ColumnType::Decimal | ColumnType::Duration) => {
            let scale = there.scale?;
            let digits = Keeps::Digits { integer: there.precision? - scale, fraction: scale };
            (!there.is_unsigned()).then_some(())?;
            exact(digits)
        }
        // Where digits are said, it rounds.
        (_, "float" | "double") if there.column_type.contains(['(', ' ']) => None,
        (ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt, "double") => {
            exact(Keeps::IntegersOfFloat { bits: 53 })
        }
        (ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt, "float") => {
            exact(Keeps::IntegersOfFloat { bits: 24 })
        }
        (ColumnType::Real, "float" | "double") | (ColumnType::Double, "double") => {
            facts(Comparison::SignedZero, Keeps::All)
        }

        (ColumnType::Text, "enum") => exact(Keeps::Labels(there.labels())),
        (ColumnType::Text, "varchar" | "char" | "tinytext" | "text" | "mediumtext" | "longtext") => {
            let keeps = match there.data_type.as_str() {
                "varchar" => Keeps::Characters(length?),
                "char" => Keeps::NoBlankAtEnd(length?),
                "longtext" => Keeps::All,
                _ => Keeps::Bytes(length?),
            };
            facts(if there.is_exact() { Comparison::Exact } else { Comparison::Image }, keeps)
        }
        // What MariaDB calls so is text.
        (ColumnType::Json | ColumnType::Array(_), "json") => facts(Comparison::Image, Keeps::JsonOfMySql),
        (ColumnType::Json | ColumnType::Array(_), "longtext") => facts(Comparison::Image, Keeps::All),
        (ColumnType::Json | ColumnType::Array(_), "text" | "mediumtext") => {
            facts(Comparison::Image, Keeps::Bytes(length?))
        }
        (ColumnType::Bytes, "varbinary" | "tinyblob" | "blob" | "mediumblob") => exact(Keeps::Bytes(length?)),
        (ColumnType::Bytes, "binary") => exact(Keeps::AllBytes(length?)),
        (ColumnType::Bytes, "longblob") | (ColumnType::Date, "date") => exact(Keeps::All),
        (ColumnType::Uuid, "binary") if length == Some(16) => exact(Keeps::All),
        (ColumnType::Uuid | ColumnType::Inet, "varbinary") if length >= Some(16) => exact(Keeps::All),
        (ColumnType::Uuid, "uuid") => as_text(),
        (ColumnType::Uuid, "char" | "varchar") if length >= Some(36) => as_text(),
        (ColumnType::Inet, "char" | "varchar") if length >= Some(39) => as_text(),

        // An instant is stored as it is in UTC; what is no instant has nothing to do with zones.
        (ColumnType::Time, "time") | (ColumnType::Timestamp | ColumnType::TimestampTz, "datetime") => {
            exact(micros(i64::MIN..=i64::MAX, fraction?))
        }
        (ColumnType::TimestampTz, "timestamp") => exact(micros(TIMESTAMPS, fraction?)),
        _ => None,
    }
}

/// What a `timestamp` holds: 0 stands for no date, and seconds have 31 bits.
const TIMESTAMPS: RangeInclusive<i64> = 1_000_000..=2_147_483_647_999_999;

fn micros(range: RangeInclusive<i64>, fraction: u32) -> Keeps {
    if fraction >= 6 && range == (i64::MIN..=i64::MAX) {
        return Keeps::All;
    }
    Keeps::Micros { min: *range.start(), max: *range.end(), multiple_of: 10_i64.pow(6_u32.saturating_sub(fraction)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(data_type: &str, column_type: &str) -> CatalogColumn {
        CatalogColumn {
            name: "c".to_owned(),
            data_type: data_type.to_owned(),
            column_type: column_type.to_owned(),
            character_set: None,
            collation: None,
            length: None,
            precision: None,
            scale: None,
            fraction: None,
            nullable: false,
            default: None,
            extra: String::new(),
        }
    }

    #[test]
    fn labels_are_read_as_they_are_quoted() {
        let labels = |column_type| column("enum", column_type).labels();
        assert_eq!(labels("enum('it''s','a,b','','''')"), ["it's", "a,b", "", "'"]);
        assert_eq!(labels(r"enum('a\\b','\\','\n')"), [r"a\b", r"\", "\n"]);
        assert_eq!(labels("enum('one')"), ["one"]);
    }

    #[test]
    fn integers_are_kept_by_columns_that_hold_them() {
        let keeps =
            |sent, data_type, column_type| judge(sent, &column(data_type, column_type)).map(|facts| facts.keeps);
        assert_eq!(keeps(ColumnType::Integer, "int", "int(11)"), Some(Keeps::All));
        assert_eq!(keeps(ColumnType::SmallInt, "bigint", "bigint(20)"), Some(Keeps::All));
        let unsigned = Some(Keeps::Integers { min: 0, max: u64::MAX.into() });
        assert_eq!(keeps(ColumnType::BigInt, "bigint", "bigint(20) unsigned"), unsigned);
        assert_eq!(keeps(ColumnType::UnsignedBigInt, "bigint", "bigint unsigned"), Some(Keeps::All));
        assert_eq!(keeps(ColumnType::Integer, "tinyint", "tinyint(4)"), Some(Keeps::Integers { min: -128, max: 127 }));
        assert_eq!(keeps(ColumnType::Text, "int", "int"), None);
        assert_eq!(keeps(ColumnType::Real, "float", "float(7,2)"), None);
        assert_eq!(keeps(ColumnType::Double, "float", "float"), None);
    }

    #[test]
    fn only_the_fraction_of_a_second_that_a_column_has_is_taken() {
        let seconds = CatalogColumn { fraction: Some(0), ..column("datetime", "datetime") };
        let keeps = judge(ColumnType::Timestamp, &seconds).map(|facts| facts.keeps);
        let kept = Some(Keeps::Micros { min: i64::MIN, max: i64::MAX, multiple_of: 1_000_000 });
        assert_eq!(keeps, kept);
        let micros = CatalogColumn { fraction: Some(6), ..column("datetime", "datetime(6)") };
        assert_eq!(judge(ColumnType::Timestamp, &micros).map(|facts| facts.keeps), Some(Keeps::All));
    }
}
