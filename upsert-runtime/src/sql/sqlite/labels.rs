//! The `CHECK` of a column that holds nothing but some texts, in the statement that creates its table.

use std::ops::Range;

use super::tokens::{Token, tokens};
use crate::sql::{join, literal};

/// The texts that a column is checked to be one of, in the form in which we write that, wherever it stands; `None` if there is no
/// such check, or nobody can tell.
pub(crate) fn checked_labels(create: &str, column: &str) -> Option<Vec<String>> {
    let lists = lists(create, column)?;
    let (first, others) = lists.split_first()?;
    let texts = first.iter().filter_map(|token| token.name(create));
    let in_all =
        |text: &String| others.iter().all(|list| list.iter().any(|token| token.name(create).as_ref() == Some(text)));
    Some(texts.filter(in_all).collect())
}

/// The statement with other texts, where one check has them.
pub(super) fn with_labels(create: &str, column: &str, labels: &[&str]) -> Option<String> {
    let lists = lists(create, column)?;
    let [list] = lists.as_slice() else { return None };
    let place: Range<usize> = list.first()?.start..list.last()?.end;
    let labels = join(labels.iter().map(|label| literal(label)), ", ");
    Some(format!("{}{labels}{}", &create[..place.start], &create[place.end..]))
}

/// What stands in the parentheses of each `CHECK (column IN ('a', 'b'))`: the texts alone.
fn lists(create: &str, column: &str) -> Option<Vec<Vec<Token>>> {
    let tokens = tokens(create)?;
    let found = (0..tokens.len()).filter_map(|at| list(create, column, &tokens[at..])).collect();
    Some(found)
}

fn list(create: &str, column: &str, tokens: &[Token]) -> Option<Vec<Token>> {
    let [check, open, name, within, begin, rest @ ..] = tokens else { return None };
    let is = |token: &Token, word: &str| token.text(create).eq_ignore_ascii_case(word);
    let is_text = |token: &Token| token.text(create).starts_with('\'');
    let is_column = !is_text(name) && name.name(create).is_some_and(|name| name.eq_ignore_ascii_case(column));
    if !(is(check, "CHECK") && is(open, "(") && is_column && is(within, "IN") && is(begin, "(")) {
        return None;
    }
    let mut texts = Vec::new();
    let mut rest = rest.iter();
    loop {
        texts.push(rest.next().copied().filter(is_text)?);
        match rest.next()?.text(create) {
            "," => {}
            ")" => break,
            _ => return None,
        }
    }
    (rest.next()?.text(create) == ")").then_some(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_a_column_is_checked_to_be_are_found_and_replaced() {
        let create = "CREATE TABLE t (a TEXT CHECK (\"b\" IN ('x', 'it''s')), /* CHECK (b IN ('no')) */ [b] TEXT, c DEFAULT 'CHECK (a IN (''y''))')";
        assert_eq!(checked_labels(create, "B"), Some(vec!["x".to_owned(), "it's".to_owned()]));
        assert_eq!(checked_labels(create, "a"), None);
        assert_eq!(
            with_labels(create, "b", &["x", "it's", "new"]),
            Some(create.replace("('x', 'it''s')", "('x', 'it''s', 'new')")),
        );
    }

    #[test]
    fn what_is_written_otherwise_is_not_taken_for_such_a_check() {
        for check in [
            "b IN ('x') OR 1",
            "b NOT IN ('x')",
            "b IN ('x' || 'y')",
            "b IN ()",
            "b IN (1)",
            "'b' IN ('x')",
            "b IN (SELECT 'x')",
            "lower(b) IN ('x')",
        ] {
            assert_eq!(checked_labels(&format!("CREATE TABLE t (b TEXT CHECK ({check}))"), "b"), None, "{check}");
        }
        let twice = "CREATE TABLE t (b TEXT CHECK (b IN ('x', 'y')), CHECK (b IN ('y', 'z')))";
        assert_eq!(checked_labels(twice, "b"), Some(vec!["y".to_owned()]));
        assert_eq!(with_labels(twice, "b", &["x"]), None);
    }
}
