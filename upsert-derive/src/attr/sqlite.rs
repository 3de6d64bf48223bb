//! `sqlite(…)` on a struct: how SQLite keeps the table.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote;
use syn::LitBool;

use super::entry::{COMMA, Entry, EntryValue, after_first, pieces};
use crate::errors::Errors;
use crate::suggest;

/// Where each thing was said that is not so by itself.
#[derive(Default)]
pub(crate) struct SqliteKeys {
    /// `strict = false`
    not_strict: Option<Span>,
    pub(crate) without_rowid: Option<Span>,
}

impl SqliteKeys {
    pub(crate) fn is_strict(&self) -> bool {
        self.not_strict.is_none()
    }

    pub(crate) fn is_default(&self) -> bool {
        self.not_strict.is_none() && self.without_rowid.is_none()
    }

    /// The value of `SqliteTableOptions`.
    pub(crate) fn options(&self, private: &TokenStream) -> TokenStream {
        let not_strict = self.not_strict.map(|_| quote!(.not_strict()));
        let without_rowid = self.without_rowid.map(|_| quote!(.without_rowid()));
        quote!(#private::SqliteTableOptions::new() #not_strict #without_rowid)
    }
}

impl Entry<'_> {
    /// `sqlite(without_rowid)`, `sqlite(strict = false)`
    pub(super) fn sqlite(&self, errors: &mut Errors) -> SqliteKeys {
        const WORDS: [&str; 2] = ["strict", "without_rowid"];
        const WRITE: &str = "write `sqlite(without_rowid)`, `sqlite(strict = false)` or both in one";
        let mut keys = SqliteKeys::default();
        let mut given: Vec<String> = Vec::new();
        let tokens = match &self.value {
            EntryValue::List(tokens) if !tokens.is_empty() => tokens.clone(),
            EntryValue::List(_) | EntryValue::Absent | EntryValue::Is(_) => {
                errors.at(self.written.span(), format!("`sqlite` says how SQLite keeps the table: {WRITE}"));
                return keys;
            }
        };
        for piece in pieces(tokens, errors) {
            let [TokenTree::Ident(word), rest @ ..] = piece.as_slice() else {
                errors.over(piece.iter().cloned().collect::<TokenStream>(), format!("expected a word: {WRITE}"));
                continue;
            };
            let name = word.to_string();
            if given.contains(&name) {
                errors.at(word.span(), format!("`{name}` is given twice; keep one"));
                continue;
            }
            match (name.as_str(), rest) {
                ("without_rowid", []) => keys.without_rowid = Some(word.span()),
                ("without_rowid", [TokenTree::Punct(equals), ..]) if equals.as_char() == '=' => {
                    errors.at(word.span(), "`without_rowid` takes no value: write `without_rowid` alone");
                }
                ("strict", []) => {}
                ("strict", [TokenTree::Punct(equals), value @ ..]) if equals.as_char() == '=' => {
                    if strict(word.span(), value, errors) == Some(false) {
                        keys.not_strict = Some(word.span());
                    }
                }
                (known, [extra, ..]) if WORDS.contains(&known) => errors.at(extra.span(), COMMA),
                (unknown, _) => {
                    let meant = suggest::did_you_mean(unknown, WORDS);
                    errors.at(
                        word.span(),
                        format!(
                            "unknown word `{unknown}`{meant}\nof a table of SQLite there are {}",
                            suggest::list(WORDS)
                        ),
                    );
                }
            }
            given.push(name);
        }
        keys
    }
}

/// `= false`
fn strict(word: Span, value: &[TokenTree], errors: &mut Errors) -> Option<bool> {
    let value: TokenStream = value.iter().cloned().collect();
    match syn::parse2::<LitBool>(value.clone()) {
        Ok(strict) => return Some(strict.value),
        Err(_) if value.is_empty() => errors.at(word, "`strict` needs a value: write `strict = false`"),
        Err(_) => match after_first::<LitBool>(&value) {
            Some(extra) => errors.at(extra, COMMA),
            None => errors.over(value, "expected `true` or `false`: write `strict = false`"),
        },
    }
    None
}
