//! `unique(…)` and `index(…)` on a struct.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::LitStr;
use syn::spanned::Spanned;

use super::database::Database;
use super::entry::{COMMA, Entry, EntryValue, after_first, expected_field, pieces};
use super::sql::{For, check_sql};
use crate::errors::Errors;
use crate::suggest;

/// `unique(a, b)`, `index(a, name = "…", where = "…")`, `unique(expr = "…", name = "…")`
pub(crate) struct IndexKey {
    pub(crate) span: Span,
    pub(crate) unique: bool,
    pub(crate) of: IndexOf,
    pub(crate) name: Option<LitStr>,
    pub(crate) predicate: Option<LitStr>,
    /// Whether there was no mistake in it, but for quotes around fields.
    pub(crate) is_read: bool,
}

pub(crate) enum IndexOf {
    Fields(Vec<Ident>),
    Expression(LitStr),
}

impl Entry<'_> {
    pub(super) fn index(&self, errors: &mut Errors) -> Option<IndexKey> {
        const WORDS: [&str; 3] = ["name", "where", "expr"];
        let (key, span) = (&self.key, self.written.span());
        let EntryValue::List(tokens) = &self.value else {
            errors.at(span, format!("on a struct, `{key}` names fields: write `{key}(a, b)`"));
            return None;
        };
        let (mut fields, mut values): (Vec<Ident>, Vec<(Ident, LitStr)>) = (Vec::new(), Vec::new());
        let mut mistakes = errors.count();
        for piece in pieces(tokens.clone(), errors) {
            match piece.as_slice() {
                [TokenTree::Ident(name)] => fields.push(name.clone()),
                [TokenTree::Ident(word), TokenTree::Punct(equals), value @ ..] if equals.as_char() == '=' => {
                    let value: TokenStream = value.iter().cloned().collect();
                    let known = WORDS.iter().any(|known| word == known);
                    match syn::parse2::<LitStr>(value.clone()) {
                        _ if !known => {
                            let meant = suggest::did_you_mean(&word.to_string(), WORDS);
                            let words = suggest::list(WORDS);
                            errors.at(
                                word.span(),
                                format!("unknown word `{word}`{meant}\nbeside fields there are {words}"),
                            );
                        }
                        Ok(_) if values.iter().any(|(earlier, _)| earlier == word) => {
                            errors.at(word.span(), format!("`{word}` is given twice; keep one"));
                        }
                        Ok(value) => {
                            if word != "name" {
                                // An index of MySQL has neither here.
                                check_sql(&value, For::SomeOf(&[Database::Postgres, Database::Sqlite]), errors);
                            } else if value.value().is_empty() {
                                errors.at(value.span(), "the name of an index cannot be empty");
                            }
                            values.push((word.clone(), value));
                        }
                        Err(_) => match after_first::<LitStr>(&value) {
                            Some(extra) => errors.at(extra, COMMA),
                            None if value.is_empty() => {
                                errors.at(word.span(), format!("`{word}` needs a value: write `{word} = \"…\"`"));
                            }
                            None => errors.over(value, format!("expected a string: write `{word} = \"…\"`")),
                        },
                    }
                }
                [TokenTree::Ident(word), TokenTree::Group(_)] if word == "columns" || word == "fields" => {
                    errors
                        .at(word.span(), format!("fields stand here without a word before them: write `{key}(a, b)`"));
                }
                [TokenTree::Ident(_), TokenTree::Group(_)] => {
                    let expression: TokenStream = piece.iter().cloned().collect();
                    let written = expression.to_string();
                    errors.over(
                        expression,
                        format!("expected the name of a field: an expression is written `{key}(expr = {written:?}, name = \"…\")`"),
                    );
                }
                [TokenTree::Ident(_), TokenTree::Ident(way)] if way == "desc" || way == "asc" => {
                    errors.at(way.span(), "an index here has its columns in ascending order: leave this out");
                }
                [TokenTree::Ident(_), extra @ TokenTree::Ident(_), ..] => errors.at(extra.span(), COMMA),
                other => {
                    let tokens: TokenStream = other.iter().cloned().collect();
                    match syn::parse2::<LitStr>(tokens.clone()) {
                        Ok(name) => {
                            errors.over(&tokens, format!("fields have no quotes here: write `{}`", name.value()));
                            // What was meant is known, and is asked about.
                            if let Ok(mut name) = syn::parse_str::<Ident>(&name.value()) {
                                name.set_span(tokens.span());
                                fields.push(name);
                                mistakes += 1;
                            }
                        }
                        Err(_) => errors.over(tokens, expected_field(other)),
                    }
                }
            }
        }
        let is_read = errors.count() == mistakes;
        let mut value = |word: &str| {
            let place = values.iter().position(|(own, _)| own == word)?;
            Some(values.swap_remove(place).1)
        };
        let (name, predicate, expression) = (value("name"), value("where"), value("expr"));
        let of = match expression {
            Some(expression) if !fields.is_empty() => {
                errors.at(expression.span(), "an index is on fields or on an expression, not on both; keep one");
                return None;
            }
            Some(expression) if name.is_none() && is_read => {
                errors.at(expression.span(), "an index on an expression needs a name: add `name = \"…\"`");
                return None;
            }
            Some(expression) => IndexOf::Expression(expression),
            None if fields.is_empty() && !is_read => return None,
            None if fields.is_empty() => {
                errors.at(span, format!("`{key}` names no field: write `{key}(a, b)`"));
                return None;
            }
            None => IndexOf::Fields(fields),
        };
        Some(IndexKey { span, unique: key == "unique", of, name, predicate, is_read })
    }
}
