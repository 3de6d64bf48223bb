//! Whether a column of a struct fits the one that a table had when its snapshot was taken: asked by the compiler.

use crate::fit::{Lines, Width, is_same_name, on};
use crate::schema::{Column, ColumnType};
use crate::sql::Dialect;

/// A column of a snapshot.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct InSnapshot<'a> {
    pub dialect: Dialect,
    pub name: &'a str,
    pub sql_type: &'a str,
    pub not_null: bool,
    /// Whether something stands in for what rows do not have; of a view nobody knows, and it counts as filled.
    pub filled: bool,
    pub generated: bool,
    pub max_len: Option<u32>,
    /// The texts that it holds, if it is an enum.
    pub labels: &'a [&'a str],
    /// The texts that a `CHECK` allows.
    pub checked: &'a [&'a str],
    pub takes: &'a [ColumnType],
    pub takes_some: &'a [ColumnType],
}

/// A column that must have a value, and the words for a struct that has none.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Wanting<'a> {
    pub name: &'a str,
    pub words: &'a str,
}

impl InSnapshot<'_> {
    /// What is wrong with the type of a column of the struct.
    pub(crate) const fn broken_by(&self, own: &Column<'_>) -> Lines {
        let own_type = on(&own.sql_types, self.dialect);
        if !is_among(own.column_type, self.takes) {
            if !is_among(own.column_type, self.takes_some) {
                return self.refused();
            }
            // Whoever names the type knows it.
            if own_type.is_none() {
                return self.narrow();
            }
        }
        if let Some(own_type) = own_type
            && let (Some(own), Some(there)) =
                (Width::of(own_type, self.dialect), Width::of(self.sql_type, self.dialect))
            && !there.holds(own)
        {
            return self.holds_less(own_type);
        }
        if own.takes_null() && self.not_null {
            return self.null();
        }
        // A `CHECK` is one whatever the type, and what it says of a text that is no enum the database knows, as of all others.
        if let Some(own) = own.enum_type
            && !self.checked.is_empty()
            && !are_labels(own.labels, self.checked)
        {
            return self.check(own.labels);
        }
        if self.labels.is_empty() || own_type.is_some() {
            return Lines::NONE;
        }
        match own.enum_type {
            Some(own) if are_labels(own.labels, self.labels) => Lines::NONE,
            Some(own) => self.label(own.labels),
            // A text may be any.
            None => self.any_text(),
        }
    }

    /// The same of a column whose name and keys no macro has seen: one of a flattened struct.
    const fn broken_by_flattened(&self, own: &Column<'_>) -> Lines {
        if self.generated {
            let words = in_snapshot(self.dialect).and(" computes the column `").and(self.name);
            return words.and("`, and takes no value for it: leave the field out of the flattened struct by `skip`");
        }
        if let (Some(own), Some(there)) = (own.max_len, self.max_len)
            && own > there
        {
            return self.there().and(", which is shorter: make the field's `max_len` less, or widen the column");
        }
        if own.is_given_by_database() && !self.filled {
            let words = in_snapshot(self.dialect).and(" has a column `").and(self.name);
            return words.and(
                "` without a default, to stand in for a row's `None`: give the column one, or leave `default` out",
            );
        }
        self.broken_by(own)
    }

    const fn there(&self) -> Lines {
        in_snapshot(self.dialect).and(" has a column `").and(self.name).and("` of type ").and(self.sql_type)
    }

    const fn refused(&self) -> Lines {
        let words = self.there().and(", which would change or refuse the values of this type (it takes: ");
        kinds(words, self.takes, "nothing that is known").and(")")
    }

    const fn narrow(&self) -> Lines {
        let words = self.there().and(", which does not hold every value of this type (it does hold those of: ");
        let words = kinds(words, self.takes, "").and("): change one of the two, or name the column's type by ");
        words
            .and("`sql_type(")
            .and(key(self.dialect))
            .and(" = \"…\")`, and what it has no room for is refused row by row")
    }

    const fn holds_less(&self, own_type: &str) -> Lines {
        let words = self.there().and(", which does not hold all that the `sql_type` of the field does, ").and(own_type);
        words.and(": change one of the two")
    }

    const fn null(&self) -> Lines {
        let words = self.there().and(" that is NOT NULL, and an `Option` may be `None`: ");
        words.and("take the `Option` away, or mark the field `default`")
    }

    const fn label(&self, own: &[&str]) -> Lines {
        let words =
            lacking(self.there().and(", which lacks "), own, self.labels).and(" of this enum's labels (it has: ");
        listed(words, self.labels).and(")")
    }

    const fn check(&self, own: &[&str]) -> Lines {
        let words = lacking(self.there().and(", whose `CHECK` lacks "), own, self.checked);
        listed(words.and(" of this enum's labels (it allows: "), self.checked).and(")")
    }

    const fn any_text(&self) -> Lines {
        let mut words = self.there().and(", which takes no other texts than ");
        let mut label = 0;
        while label < self.labels.len() {
            let between = match label {
                0 => "`",
                _ if label + 1 == self.labels.len() => " and `",
                _ => ", `",
            };
            words = words.and(between).and(self.labels[label]).and("`");
            label += 1;
        }
        let words = words.and(": make the field an enum of these, or name the column's type by `sql_type(");
        words.and(key(self.dialect)).and(" = \"…\")`, and other texts are refused row by row")
    }
}

/// What is wrong with the columns of a flattened struct, a line for each.
pub(crate) const fn broken_by_group(columns: &[Column<'_>], there: &[InSnapshot<'_>], dialect: Dialect) -> Lines {
    let mut lines = Lines::NONE;
    let mut column = 0;
    while column < columns.len() {
        let own = &columns[column];
        let broken = match find(own.name, there, dialect) {
            Some(there) => there.broken_by_flattened(own),
            None => {
                let words = in_snapshot(dialect).and(" has no column `").and(own.name);
                words.and("` (name it by `column = \"…\"` in the flattened struct, or by another `prefix`; leave the field out by `skip`; or take the snapshot anew)")
            }
        };
        if let Some(line) = broken.text() {
            lines = lines.with(line);
        }
        column += 1;
    }
    lines
}

/// Columns that must have a value, and that no flattened struct has either.
pub(crate) const fn broken_by_rest(groups: &[&[Column<'_>]], wanting: &[Wanting<'_>], dialect: Dialect) -> Lines {
    let mut lines = Lines::NONE;
    let mut column = 0;
    while column < wanting.len() {
        if !is_brought(wanting[column].name, groups, dialect) {
            lines = lines.with(wanting[column].words);
        }
        column += 1;
    }
    lines
}

const fn is_brought(name: &str, groups: &[&[Column<'_>]], dialect: Dialect) -> bool {
    let mut group = 0;
    while group < groups.len() {
        let mut column = 0;
        while column < groups[group].len() {
            if is_same_name(name, groups[group][column].name, dialect) {
                return true;
            }
            column += 1;
        }
        group += 1;
    }
    false
}

const fn find<'t, 'a>(name: &str, columns: &'t [InSnapshot<'a>], dialect: Dialect) -> Option<&'t InSnapshot<'a>> {
    let mut column = 0;
    while column < columns.len() {
        if is_same_name(name, columns[column].name, dialect) {
            return Some(&columns[column]);
        }
        column += 1;
    }
    None
}

/// Labels, with commas between them.
const fn listed(mut words: Lines, labels: &[&str]) -> Lines {
    let mut label = 0;
    while label < labels.len() {
        words = words.and(if label > 0 { ", " } else { "" }).and(labels[label]);
        label += 1;
    }
    words
}

/// The labels of an enum that a column lacks.
const fn lacking(mut words: Lines, own: &[&str], there: &[&str]) -> Lines {
    let (mut label, mut lacks) = (0, 0);
    while label < own.len() {
        if !is_label(own[label], there) {
            words = words.and(if lacks > 0 { ", `" } else { "`" }).and(own[label]).and("`");
            lacks += 1;
        }
        label += 1;
    }
    words
}

/// Whether all labels of an enum are among those of a column.
const fn are_labels(own: &[&str], there: &[&str]) -> bool {
    let mut number = 0;
    while number < own.len() {
        if !is_label(own[number], there) {
            return false;
        }
        number += 1;
    }
    true
}

/// How it begins what is said about a snapshot.
const fn in_snapshot(dialect: Dialect) -> Lines {
    let database = match dialect {
        Dialect::Postgres => "PostgreSQL",
        Dialect::Sqlite => "SQLite",
        Dialect::MySql => "MySQL",
    };
    Lines::NONE.and("in its snapshot of ").and(database).and(" the table")
}

/// As attributes name it.
const fn key(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "postgres",
        Dialect::Sqlite => "sqlite",
        Dialect::MySql => "mysql",
    }
}

/// Kinds as schemas are printed.
const fn kinds(mut words: Lines, kinds: &[ColumnType], none: &str) -> Lines {
    if kinds.is_empty() {
        return words.and(none);
    }
    let mut kind = 0;
    while kind < kinds.len() {
        words = words.and(if kind > 0 { ", " } else { "" });
        words = match kinds[kind] {
            // Of whatever.
            ColumnType::Array(ColumnType::Array(_)) => words.and("array"),
            ColumnType::Array(element) => words.and(element.name()).and("[]"),
            other => words.and(other.name()),
        };
        kind += 1;
    }
    words
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
    use crate::schema::{EnumType, Origin, Sql};

    const THERE: InSnapshot<'static> = InSnapshot {
        dialect: Dialect::Postgres,
        name: "c",
        sql_type: "integer",
        not_null: true,
        filled: false,
        generated: false,
        max_len: None,
        labels: &[],
        checked: &[],
        takes: &[ColumnType::Integer, ColumnType::Text, ColumnType::Array(&ColumnType::Real)],
        takes_some: &[ColumnType::BigInt, ColumnType::Decimal],
    };

    fn broken(there: InSnapshot<'_>, own: Column<'_>) -> Option<String> {
        there.broken_by(&own).text().map(str::to_owned)
    }

    fn assert_says(said: &Option<String>, words: &str) {
        assert!(said.as_ref().is_some_and(|said| said.contains(words)), "{said:?}");
    }

    #[test]
    fn each_reason_has_its_words() {
        let own = |kind| Column::new("c", kind);
        assert_eq!(broken(THERE, own(ColumnType::Integer)), None);
        assert_says(&broken(THERE, own(ColumnType::Bool)), "would change or refuse");
        assert_says(&broken(THERE, own(ColumnType::Bool)), "(it takes: integer, text, real[])");
        assert_says(&broken(THERE, own(ColumnType::BigInt)), "does not hold every value");
        let named = |sql_type| own(ColumnType::BigInt).sql_types(Sql::NONE.postgres(sql_type));
        assert_eq!(broken(THERE, named("integer")), None);
        assert_says(&broken(THERE, named("bigint")), "the `sql_type` of the field does, bigint");
        assert_says(&broken(THERE, own(ColumnType::Integer).nullable(true)), "NOT NULL");
        assert_eq!(broken(InSnapshot { not_null: false, ..THERE }, own(ColumnType::Integer).nullable(true)), None);
        let given = own(ColumnType::Integer).nullable(true).origin(Origin::RowOrIdentity);
        assert_eq!(broken(THERE, given), None);
        assert_eq!(broken(THERE, own(ColumnType::Array(&ColumnType::Real))), None);
        assert_says(&broken(THERE, own(ColumnType::Array(&ColumnType::Double))), "would change or refuse");
        assert_says(&broken(THERE, own(ColumnType::Real)), "would change or refuse");
        let any_array = InSnapshot { takes: &[ColumnType::Array(&ColumnType::Array(&ColumnType::Bool))], ..THERE };
        assert_eq!(broken(any_array, own(ColumnType::Array(&ColumnType::Double))), None);
    }

    #[test]
    fn digits_are_compared_where_both_have_them() {
        let there = InSnapshot { sql_type: "numeric(10,2)", ..THERE };
        let own = |sql_type| Column::new("c", ColumnType::Decimal).sql_types(Sql::NONE.postgres(sql_type));
        assert_eq!(broken(there, own("numeric(9, 1)")), None);
        assert_eq!(broken(there, own("numeric(10, 2)")), None);
        assert_says(&broken(there, own("numeric(10, 3)")), "numeric(10, 3)");
        assert_says(&broken(there, own("numeric(11, 2)")), "numeric(11, 2)");
        assert_says(&broken(there, own("numeric")), "does, numeric:");
        // What is not known is left to the calls.
        assert_eq!(broken(there, own("money")), None);
    }

    #[test]
    fn an_enum_has_the_labels_of_the_column_and_a_text_any() {
        let there = InSnapshot { labels: &["a", "b"], sql_type: "mood", ..THERE };
        let own = |labels| Column::new("c", ColumnType::Text).enum_type(Some(EnumType::new(labels)));
        assert_eq!(broken(there, own(&["b"])), None);
        assert_says(&broken(there, own(&["b", "c"])), "which lacks `c` of this enum's labels (it has: a, b)");
        assert_says(&broken(there, own(&["d", "b", "c"])), "which lacks `d`, `c` of this enum's labels");
        assert_says(&broken(there, Column::new("c", ColumnType::Text)), "no other texts than `a` and `b`");
        let knowing = |column: Column<'static>| column.sql_types(Sql::NONE.postgres("mood"));
        assert_eq!(broken(there, knowing(Column::new("c", ColumnType::Text))), None);
        assert_eq!(broken(there, knowing(own(&["b", "c"]))), None);
    }

    /// However many there are.
    #[test]
    fn labels_beyond_number_are_told_of_a_flattened_struct() {
        let labels: Vec<String> = (0..1000).map(|label| format!("label {label}")).collect();
        let labels: Vec<&'static str> = labels.into_iter().map(|label| &*label.leak()).collect();
        let own = Column::new("c", ColumnType::Text).enum_type(Some(EnumType::new(labels.leak())));
        let there = InSnapshot { labels: &["a", "b"], sql_type: "mood", ..THERE };
        let told = broken_by_group(&[own], &[there], Dialect::Postgres);
        assert!(told.text().is_some_and(|text| text.contains("which lacks `label 0`, `label 1`")));
    }

    #[test]
    fn an_enum_has_the_texts_that_a_check_allows_and_a_text_is_left_to_the_database() {
        let there = InSnapshot { checked: &["a", "b"], sql_type: "text", takes: &[ColumnType::Text], ..THERE };
        let own = |labels| Column::new("c", ColumnType::Text).enum_type(Some(EnumType::new(labels)));
        assert_eq!(broken(there, own(&["b"])), None);
        let words = "whose `CHECK` lacks `c` of this enum's labels (it allows: a, b)";
        assert_says(&broken(there, own(&["b", "c"])), words);
        assert_says(&broken(there, own(&["b", "c"]).sql_types(Sql::NONE.postgres("text"))), words);
        assert_eq!(broken(there, Column::new("c", ColumnType::Text)), None);
    }

    #[test]
    fn columns_of_a_flattened_struct_are_found_by_name() {
        let there = [THERE, InSnapshot { name: "D", generated: true, ..THERE }];
        let broken =
            |columns: &[Column<'_>], dialect| broken_by_group(columns, &there, dialect).text().map(str::to_owned);
        let own = |name| Column::new(name, ColumnType::Integer);
        assert_eq!(broken(&[own("c")], Dialect::Postgres), None);
        assert_eq!(broken(&[own("C")], Dialect::Sqlite), None);
        assert_says(&broken(&[own("C")], Dialect::Postgres), "no column `C`");
        let two = broken(&[own("e"), own("d")], Dialect::MySql).unwrap_or_default();
        assert_eq!(two.lines().count(), 2, "{two}");
        assert!(two.contains("no column `e`") && two.contains("computes the column `D`"), "{two}");
        let wanting = [Wanting { name: "must", words: "add the field" }];
        assert_says(&broken_by_rest(&[&[own("c")]], &wanting, Dialect::Sqlite).text().map(str::to_owned), "add");
        assert!(broken_by_rest(&[&[own("c")], &[own("Must")]], &wanting, Dialect::Sqlite).text().is_none());
    }
}
