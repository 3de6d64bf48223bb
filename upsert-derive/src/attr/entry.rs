//! One of the things between the commas of `#[upsert(…)]`: how it is found, and how its value is read.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Lit, LitBool, LitInt, LitStr, Meta, Path};

use super::place::Place;
use crate::errors::Errors;
use crate::suggest;

pub(super) const COMMA: &str = "expected `,` before this";

/// One of the things between the commas of `#[upsert(…)]`.
pub(super) struct Entry<'p> {
    pub(super) place: &'p Place,
    /// As it was written, to point at it.
    pub(super) written: Ident,
    /// The key's name, also where a synonym was written.
    pub(super) key: String,
    pub(super) value: EntryValue,
}

pub(super) enum EntryValue {
    /// `key`
    Absent,
    /// `key = …`
    Is(TokenStream),
    /// `key(…)`
    List(TokenStream),
}

/// Those entries of all `#[upsert(…)]` whose key is known here and was not given before.
pub(super) fn entries<'p>(
    attrs: &[Attribute],
    place: &'p Place,
    key_may_be_meant: &mut bool,
    errors: &mut Errors,
) -> Vec<Entry<'p>> {
    let mut entries: Vec<Entry<'p>> = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("upsert")) {
        let Meta::List(list) = &attr.meta else {
            *key_may_be_meant = true;
            let example = place.example("primary_key");
            errors.over(&attr.meta, format!("expected a list: `#[upsert({example})]`"));
            continue;
        };
        for piece in pieces(list.tokens.clone(), errors) {
            match entry(piece, place) {
                Err((span, message)) => {
                    *key_may_be_meant = true;
                    errors.at(span, message);
                }
                Ok(entry) => match entries.iter().find(|earlier| earlier.key == entry.key) {
                    Some(_) if place.repeats(&entry.key) => entries.push(entry),
                    None => entries.push(entry),
                    Some(earlier) if earlier.written == entry.written => {
                        errors.at(entry.written.span(), format!("`{}` is given twice; keep one", entry.written));
                    }
                    Some(earlier) => errors.at(
                        entry.written.span(),
                        format!("`{}` means the same as `{}`; keep one", entry.written, earlier.written),
                    ),
                },
            }
        }
    }
    entries
}

/// What stands between commas; nothing may stand only after the last.
pub(super) fn pieces(tokens: TokenStream, errors: &mut Errors) -> Vec<Vec<TokenTree>> {
    let mut pieces = Vec::new();
    let mut piece = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                if piece.is_empty() {
                    errors.at(comma.span(), "expected a key before this comma");
                } else {
                    pieces.push(std::mem::take(&mut piece));
                }
            }
            TokenTree::Group(group) if piece.is_empty() && group.delimiter() == Delimiter::None => {
                piece.extend(without_bounds(&group));
            }
            token => piece.push(token),
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// What a macro of the user's was given as one fragment (`$key:meta`), as if it were written here.
fn without_bounds(group: &Group) -> Vec<TokenTree> {
    let mut inner = group.stream().into_iter().peekable();
    match inner.next_if(|first| matches!(first, TokenTree::Group(first) if first.delimiter() == Delimiter::None)) {
        Some(TokenTree::Group(first)) => without_bounds(&first).into_iter().chain(inner).collect(),
        _ => inner.collect(),
    }
}

fn entry(piece: Vec<TokenTree>, place: &Place) -> Result<Entry<'_>, (Span, String)> {
    let mut tokens = piece.into_iter();
    let written = match tokens.next() {
        Some(TokenTree::Ident(written)) => written,
        other => {
            let span = other.map_or_else(Span::call_site, |token| token.span());
            let allowed = suggest::list(place.keys.iter().map(|&(_, example)| example));
            let allowed = if allowed.is_empty() { "none" } else { &allowed };
            return Err((span, format!("expected a key: a {} takes {allowed}", place.name)));
        }
    };
    let mut key = written.to_string();
    if key == "rename" && place.has("column") {
        "column".clone_into(&mut key);
    }
    if !place.has(&key) {
        return Err((written.span(), place.unknown(&key)));
    }
    let value = match tokens.next() {
        None => EntryValue::Absent,
        Some(TokenTree::Punct(equals)) if equals.as_char() == '=' => EntryValue::Is(tokens.by_ref().collect()),
        Some(TokenTree::Group(group)) => EntryValue::List(group.stream()),
        Some(other) => return Err((other.span(), COMMA.to_owned())),
    };
    match tokens.next() {
        Some(extra) => Err((extra.span(), COMMA.to_owned())),
        None => Ok(Entry { place, written, key, value }),
    }
}

impl Entry<'_> {
    /// `key`
    pub(super) fn flag(&self, errors: &mut Errors) {
        let key = &self.key;
        match &self.value {
            EntryValue::Absent => {}
            EntryValue::Is(tokens) if is_false(tokens) => {
                errors.at(self.written.span(), format!("`{key}` takes no value: leave it out where it is not meant"));
            }
            EntryValue::Is(_) => errors.at(self.written.span(), format!("`{key}` takes no value: write `{key}` alone")),
            EntryValue::List(_) if key == "primary_key" => errors.at(
                self.written.span(),
                format!("on a field, `{key}` takes no list: write `{key}` on each of the fields"),
            ),
            EntryValue::List(list) => {
                let beside = if key == "flatten" && !list.is_empty() { format!(", {list}") } else { String::new() };
                errors.at(self.written.span(), format!("`{key}` takes no list: write `{key}{beside}`"));
            }
        }
    }

    /// `unique` and `index` on a field of this name: what has more to say stands on the struct.
    pub(super) fn flag_of_index(&self, field: Option<&Ident>, errors: &mut Errors) {
        let (key, field) = (&self.key, field.map(ToString::to_string).unwrap_or_default());
        let said = match &self.value {
            EntryValue::Absent => return,
            EntryValue::Is(tokens) => match syn::parse2::<LitStr>(tokens.clone()) {
                Ok(name) => format!("{field}, name = {:?}", name.value()),
                Err(_) => return self.flag(errors),
            },
            EntryValue::List(list) if list.is_empty() => return self.flag(errors),
            EntryValue::List(list) => {
                let names_fields = list.clone().into_iter().all(|token| match token {
                    TokenTree::Ident(_) => true,
                    TokenTree::Punct(comma) => comma.as_char() == ',',
                    TokenTree::Group(_) | TokenTree::Literal(_) => false,
                });
                if names_fields { list.to_string() } else { format!("{field}, {list}") }
            }
        };
        errors.at(
            self.written.span(),
            format!("on a field, `{key}` is one of that field alone: write `#[upsert({key}({said}))]` on the struct"),
        );
    }

    /// `key = "…"`
    pub(super) fn string(&self, errors: &mut Errors) -> Option<LitStr> {
        let key = &self.key;
        let example = self.place.example(key);
        let tokens = match &self.value {
            EntryValue::Is(tokens) if !tokens.is_empty() => tokens,
            EntryValue::Absent | EntryValue::Is(_) | EntryValue::List(_) => {
                let meant = match &self.value {
                    EntryValue::List(list) => syn::parse2::<LitStr>(list.clone()).ok(),
                    EntryValue::Absent | EntryValue::Is(_) => None,
                };
                let meant = meant.map(|value| format!("{} = {:?}", self.written, value.value()));
                let write = meant.as_deref().unwrap_or(example);
                errors.at(self.written.span(), format!("`{key}` needs a value: write `{write}`"));
                return None;
            }
        };
        match syn::parse2::<LitStr>(tokens.clone()) {
            Ok(string) => return Some(string),
            Err(_) => match after_first::<LitStr>(tokens) {
                Some(extra) => errors.at(extra, COMMA),
                None => {
                    let is_sql = key == "default" || key == "generated";
                    let quoted = if is_sql { sql_in_quotes(tokens) } else { in_quotes(tokens) };
                    let quoted = quoted.map(|value| format!("{} = {value:?}", self.written));
                    let write = quoted.as_deref().unwrap_or(example);
                    errors.over(tokens, format!("expected a string: write `{write}`"));
                }
            },
        }
        None
    }

    /// `update = never`
    pub(super) fn never(&self, errors: &mut Errors) -> bool {
        let EntryValue::Is(tokens) = &self.value else {
            errors.at(self.written.span(), "`update` needs a rule: write `update = never`");
            return false;
        };
        if tokens.is_empty() {
            errors.at(self.written.span(), "`update` needs a rule: write `update = never`");
            return false;
        }
        match syn::parse2::<Ident>(tokens.clone()) {
            Ok(rule) if rule == "never" => return true,
            Ok(rule) => errors.at(
                rule.span(),
                format!(
                    "unknown rule `{rule}`{}\nthe only one is `never`: the column keeps the value of the first insert",
                    suggest::did_you_mean(&rule.to_string(), ["never"])
                ),
            ),
            Err(_) => match syn::parse2::<LitStr>(tokens.clone()) {
                Ok(quoted) if quoted.value() == "never" => {
                    errors.at(quoted.span(), "a rule has no quotes: write `update = never`");
                }
                _ => match after_first::<Ident>(tokens) {
                    Some(extra) => errors.at(extra, COMMA),
                    None => errors.over(tokens, "expected a rule: write `update = never`"),
                },
            },
        }
        false
    }

    /// `max_len = 40`
    pub(super) fn number(&self, errors: &mut Errors) -> Option<LitInt> {
        let key = &self.key;
        let meant = match &self.value {
            EntryValue::Absent => None,
            EntryValue::Is(tokens) | EntryValue::List(tokens) => number_meant(tokens),
        };
        let meant = meant.map(|number| format!("{key} = {number}"));
        let example = meant.as_deref().unwrap_or(self.place.example(key));
        let EntryValue::Is(tokens) = &self.value else {
            errors.at(self.written.span(), format!("`{key}` needs a number: write `{example}`"));
            return None;
        };
        match syn::parse2::<LitInt>(tokens.clone()) {
            Ok(number) if number.suffix().is_empty() && number.base10_parse::<u32>().is_ok_and(|number| number > 0) => {
                return Some(number);
            }
            Ok(number) => {
                errors.at(number.span(), format!("expected a number from 1 to {}, without a suffix", u32::MAX));
            }
            Err(_) if tokens.is_empty() => {
                errors.at(self.written.span(), format!("`{key}` needs a number: write `{example}`"));
            }
            Err(_) => match after_first::<LitInt>(tokens) {
                Some(extra) => errors.at(extra, COMMA),
                None => errors.over(tokens, format!("expected a number: write `{example}`")),
            },
        }
        None
    }

    /// `key(a, b)`
    pub(super) fn field_names(&self, errors: &mut Errors) -> Vec<Ident> {
        let key = &self.key;
        let EntryValue::List(tokens) = &self.value else {
            errors.at(self.written.span(), format!("on a struct, `{key}` names fields: write `{key}(a, b)`"));
            return Vec::new();
        };
        let mut names = Vec::new();
        let pieces = pieces(tokens.clone(), errors);
        if pieces.is_empty() && tokens.is_empty() {
            errors.at(self.written.span(), format!("`{key}()` names no field: write `{key}(a, b)`"));
        }
        for piece in pieces {
            match piece.as_slice() {
                [TokenTree::Ident(name)] => names.push(name.clone()),
                [TokenTree::Ident(_), extra @ TokenTree::Ident(_), ..] => errors.at(extra.span(), COMMA),
                other => {
                    let tokens: TokenStream = other.iter().cloned().collect();
                    let name = syn::parse2::<LitStr>(tokens.clone()).map(|name| name.value());
                    match name.ok().and_then(|name| syn::parse_str::<Ident>(&name).ok()) {
                        Some(mut name) => {
                            name.set_span(tokens.span());
                            errors.over(tokens, format!("fields have no quotes here: write `{name}`"));
                            // What was meant is known, and is asked about.
                            names.push(name);
                        }
                        None => errors.over(tokens, expected_field(other)),
                    }
                }
            }
        }
        names
    }
}

/// What is said where the name of a field was expected.
pub(super) fn expected_field(instead: &[TokenTree]) -> String {
    match instead {
        [TokenTree::Ident(_), TokenTree::Punct(dot), TokenTree::Ident(column)] if dot.as_char() == '.' => format!(
            "expected the name of a field: columns of what is flattened have none here; make `{column}` a field of this struct"
        ),
        _ => "expected the name of a field".to_owned(),
    }
}

/// `= false`
pub(super) fn is_false(tokens: &TokenStream) -> bool {
    syn::parse2::<LitBool>(tokens.clone()).is_ok_and(|value| !value.value)
}

/// What was probably meant by a value without quotes: one word, one number, a path.
fn in_quotes(tokens: &TokenStream) -> Option<String> {
    if let Ok(name) = syn::parse2::<Ident>(tokens.clone()) {
        return Some(name.unraw().to_string());
    }
    match syn::parse2::<Lit>(tokens.clone()) {
        Ok(Lit::Int(_) | Lit::Float(_) | Lit::Bool(_)) => return Some(tokens.to_string()),
        Ok(Lit::Char(value)) => return Some(value.value().to_string()),
        _ => {}
    }
    let path = Path::parse_mod_style.parse2(tokens.clone()).ok()?;
    let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let root = if path.leading_colon.is_some() { "::" } else { "" };
    Some(format!("{root}{}", names.join("::")))
}

/// The same of SQL: a call of a function and a number below zero as well.
fn sql_in_quotes(tokens: &TokenStream) -> Option<String> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    match trees.as_slice() {
        [TokenTree::Ident(_), TokenTree::Group(arguments)] if arguments.delimiter() == Delimiter::Parenthesis => {
            Some(tokens.to_string())
        }
        [TokenTree::Punct(minus), TokenTree::Literal(number)] if minus.as_char() == '-' => Some(format!("-{number}")),
        _ => in_quotes(tokens),
    }
}

/// What was probably meant by a number in quotes or in brackets.
fn number_meant(tokens: &TokenStream) -> Option<u32> {
    let number = match syn::parse2::<Lit>(tokens.clone()).ok()? {
        Lit::Int(number) => number.base10_parse::<u32>().ok(),
        Lit::Str(number) => number.value().trim().parse::<u32>().ok(),
        _ => None,
    };
    number.filter(|number| *number > 0)
}

/// Where the value is all right but something follows it: the place of what follows.
pub(super) fn after_first<T: Parse>(tokens: &TokenStream) -> Option<Span> {
    let mut tokens = tokens.clone().into_iter();
    syn::parse2::<T>(tokens.next()?.into()).ok()?;
    tokens.next().map(|extra| extra.span())
}
