//! Whether the type of a field fits a column, as its snapshot has it: asked by the compiler.

use crate::schema::{Column, ColumnType};

/// A column of a snapshot, and the words in which a field is refused.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct InSnapshot<'a> {
    pub takes: &'a [ColumnType],
    pub takes_some: &'a [ColumnType],
    /// Whether it is enough that some values are kept.
    pub some_will_do: bool,
    pub takes_null: bool,
    /// The texts that it holds, if it is an enum.
    pub labels: &'a [&'a str],
    pub refused: &'a str,
    pub narrow: &'a str,
    pub null: &'a str,
    pub label: &'a str,
    pub any_text: &'a str,
}

impl<'a> InSnapshot<'a> {
    /// What is wrong with a column of the struct.
    pub(crate) const fn broken_by(&self, own: &Column<'_>) -> Option<&'a str> {
        if !is_among(own.column_type, self.takes) {
            if !is_among(own.column_type, self.takes_some) {
                return Some(self.refused);
            }
            if !self.some_will_do {
                return Some(self.narrow);
            }
        }
        if own.nullable && !self.takes_null {
            return Some(self.null);
        }
        if self.labels.is_empty() {
            return None;
        }
        match own.enum_type {
            Some(own) => {
                let mut number = 0;
                while number < own.labels.len() {
                    if !is_label(own.labels[number], self.labels) {
                        return Some(self.label);
                    }
                    number += 1;
                }
                None
            }
            // A text may be any.
            None if self.some_will_do => None,
            None => Some(self.any_text),
        }
    }
}

const fn is_among(kind: ColumnType, kinds: &[ColumnType]) -> bool {
    let mut rest = kinds;
    while let [first, behind @ ..] = rest {
        if is_same(kind, *first) {
            return true;
        }
        rest = behind;
    }
    false
}

/// An array of arrays stands for any array.
const fn is_same(own: ColumnType, other: ColumnType) -> bool {
    match (own, other) {
        (ColumnType::Array(_), ColumnType::Array(ColumnType::Array(_))) => true,
        (ColumnType::Array(own), ColumnType::Array(other)) => is_text(own.name().as_bytes(), other.name().as_bytes()),
        (ColumnType::Array(_), _) | (_, ColumnType::Array(_)) => false,
        (own, other) => is_text(own.name().as_bytes(), other.name().as_bytes()),
    }
}

const fn is_label(label: &str, labels: &[&str]) -> bool {
    let mut rest = labels;
    while let [first, behind @ ..] = rest {
        if is_text(label.as_bytes(), first.as_bytes()) {
            return true;
        }
        rest = behind;
    }
    false
}

const fn is_text(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut place = 0;
    while place < left.len() {
        if left[place] != right[place] {
            return false;
        }
        place += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::EnumType;

    const THERE: InSnapshot<'static> = InSnapshot {
        takes: &[ColumnType::Integer, ColumnType::Text, ColumnType::Array(&ColumnType::Real)],
        takes_some: &[ColumnType::BigInt],
        some_will_do: false,
        takes_null: false,
        labels: &[],
        refused: "refused",
        narrow: "narrow",
        null: "null",
        label: "label",
        any_text: "any text",
    };

    #[test]
    fn each_reason_has_its_words() {
        let own = |kind| Column::new("c", kind);
        assert_eq!(THERE.broken_by(&own(ColumnType::Integer)), None);
        assert_eq!(THERE.broken_by(&own(ColumnType::Bool)), Some("refused"));
        assert_eq!(THERE.broken_by(&own(ColumnType::BigInt)), Some("narrow"));
        assert_eq!(InSnapshot { some_will_do: true, ..THERE }.broken_by(&own(ColumnType::BigInt)), None);
        assert_eq!(THERE.broken_by(&own(ColumnType::Integer).nullable(true)), Some("null"));
        assert_eq!(InSnapshot { takes_null: true, ..THERE }.broken_by(&own(ColumnType::Integer).nullable(true)), None);
        assert_eq!(THERE.broken_by(&own(ColumnType::Array(&ColumnType::Real))), None);
        assert_eq!(THERE.broken_by(&own(ColumnType::Array(&ColumnType::Double))), Some("refused"));
        assert_eq!(THERE.broken_by(&own(ColumnType::Real)), Some("refused"));
        let any_array = InSnapshot { takes: &[ColumnType::Array(&ColumnType::Array(&ColumnType::Bool))], ..THERE };
        assert_eq!(any_array.broken_by(&own(ColumnType::Array(&ColumnType::Double))), None);
    }

    #[test]
    fn an_enum_has_the_labels_of_the_column_and_a_text_any() {
        let there = InSnapshot { labels: &["a", "b"], ..THERE };
        let own = |labels| Column::new("c", ColumnType::Text).enum_type(Some(EnumType::new(labels)));
        assert_eq!(there.broken_by(&own(&["b"])), None);
        assert_eq!(there.broken_by(&own(&["b", "c"])), Some("label"));
        assert_eq!(there.broken_by(&Column::new("c", ColumnType::Text)), Some("any text"));
        let knowing = InSnapshot { some_will_do: true, ..there };
        assert_eq!(knowing.broken_by(&Column::new("c", ColumnType::Text)), None);
    }
}
