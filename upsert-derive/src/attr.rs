//! The syntax of `#[upsert(…)]`: which keys there are, what their values look like, and where each was written.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::Parse;
use syn::{Attribute, Data, DeriveInput, Field, LitInt, LitStr, Meta, Path, Type};

use crate::case::Case;
use crate::errors::Errors;
use crate::suggest;

/// What the attributes of a struct say.
pub(crate) struct Syntax<'a> {
    pub(crate) container: Container,
    /// Of a struct with named fields; of anything else there are none.
    pub(crate) fields: Vec<(&'a Field, FieldKeys)>,
    /// Something could not be read and may have been meant as the primary key.
    pub(crate) key_may_be_meant: bool,
}

#[derive(Default)]
pub(crate) struct Container {
    pub(crate) table: Option<LitStr>,
    pub(crate) schema: Option<LitStr>,
    pub(crate) rename_all: Option<Case>,
    pub(crate) primary_key: Option<KeyList>,
    pub(crate) crate_path: Option<Path>,
    /// `db(postgres, sqlite)`
    pub(crate) databases: Vec<(Span, Database)>,
}

impl Container {
    /// The crate as users know it, or as a crate that re-exports it says.
    pub(crate) fn crate_path(&self) -> Path {
        self.crate_path.clone().unwrap_or_else(|| syn::parse_quote!(::upsert))
    }
}

/// `primary_key(a, b)`
pub(crate) struct KeyList {
    pub(crate) span: Span,
    pub(crate) fields: Vec<Ident>,
}

/// Of each key the place where it was written, and its value.
#[derive(Default)]
pub(crate) struct FieldKeys {
    pub(crate) primary_key: Option<Span>,
    pub(crate) column: Option<(Span, LitStr)>,
    pub(crate) skip: Option<Span>,
    pub(crate) update_never: Option<Span>,
    pub(crate) stored: Option<(Span, Stored)>,
    pub(crate) max_len: Option<(Span, LitInt)>,
    pub(crate) sql_type: Option<(Span, Vec<(Database, LitStr)>)>,
}

/// How a value is stored, if not as its type says.
pub(crate) enum Stored {
    /// `json`
    Json,
    /// `json(nullable)`
    NullableJson,
    /// `with = "Cents"`
    With(Box<Type>),
}

/// A database that an attribute names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Postgres,
    Sqlite,
    MySql,
}

impl Database {
    const ALL: [Self; 3] = [Self::Postgres, Self::Sqlite, Self::MySql];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
            Self::MySql => "mysql",
        }
    }

    fn from_name(name: &Ident, all: &[Self], errors: &mut Errors) -> Option<Self> {
        let found = all.iter().copied().find(|database| name == database.name());
        if found.is_none() {
            let names = || all.iter().map(|database| database.name());
            let meant = match name.to_string().to_lowercase().as_str() {
                "pg" | "postgresql" => "; did you mean `postgres`?".to_owned(),
                "mariadb" if all.contains(&Self::MySql) => "; did you mean `mysql`?".to_owned(),
                "sqlite3" => "; did you mean `sqlite`?".to_owned(),
                other => suggest::did_you_mean(other, names()),
            };
            errors.at(name.span(), format!("unknown database `{name}`{meant}\nthere are {}", suggest::list(names())));
        }
        found
    }
}

/// Reads all attributes of the struct and its fields.
pub(crate) fn read<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Syntax<'a> {
    let mut key_may_be_meant = false;
    let mut container = Container::default();
    for entry in entries(&input.attrs, &CONTAINER, &mut key_may_be_meant, errors) {
        entry.read_container(&mut container, errors);
    }
    let mut fields = Vec::new();
    if let Data::Struct(data) = &input.data {
        for field in &data.fields {
            let mut keys = FieldKeys::default();
            for entry in entries(&field.attrs, &FIELD, &mut key_may_be_meant, errors) {
                entry.read_field(&mut keys, errors);
            }
            fields.push((field, keys));
        }
    }
    Syntax { container, fields, key_may_be_meant }
}

/// What the attributes of an enum say, or of a struct of one field.
#[derive(Default)]
pub(crate) struct EnumKeys {
    pub(crate) rename_all: Option<Case>,
    pub(crate) postgres_enum: Option<LitStr>,
    pub(crate) crate_path: Option<Path>,
    /// Of each variant, in order.
    pub(crate) renamed: Vec<Option<LitStr>>,
    /// Where keys stand that only enums have.
    of_enums: Vec<(Span, String)>,
}

impl EnumKeys {
    pub(crate) fn only_of_enums(&self) -> impl Iterator<Item = (Span, &str)> {
        self.of_enums.iter().map(|(span, key)| (*span, key.as_str()))
    }
}

/// Reads all attributes of a type that is a column's value.
pub(crate) fn read_enum(input: &DeriveInput, errors: &mut Errors) -> EnumKeys {
    let mut keys = EnumKeys::default();
    // No key of a table can be meant here.
    let mut ignored = false;
    for entry in entries(&input.attrs, &COLUMN_VALUE, &mut ignored, errors) {
        if entry.key != "crate" {
            keys.of_enums.push((entry.written.span(), entry.key.clone()));
        }
        match entry.key.as_str() {
            "rename_all" => keys.rename_all = entry.string(errors).and_then(|name| case(&name, errors)),
            "postgres_enum" => keys.postgres_enum = entry.string(errors),
            "crate" => keys.crate_path = entry.string(errors).and_then(|path| crate_path(&path, errors)),
            _ => {}
        }
    }
    match &input.data {
        Data::Enum(data) => {
            for variant in &data.variants {
                let mut entries = entries(&variant.attrs, &VARIANT, &mut ignored, errors).into_iter();
                keys.renamed.push(entries.next().and_then(|entry| entry.string(errors)));
            }
        }
        Data::Struct(data) => {
            for field in &data.fields {
                entries(&field.attrs, &NEWTYPE_FIELD, &mut ignored, errors);
            }
        }
        Data::Union(_) => {}
    }
    keys
}

/// The keys that may stand on a struct, or on a field.
struct Place {
    name: &'static str,
    /// Each key, and how it is written.
    keys: &'static [(&'static str, &'static str)],
    /// What people write who come from another crate, and what it is called here.
    elsewhere: &'static [(&'static str, &'static str)],
}

const CONTAINER: Place = Place {
    name: "struct",
    keys: &[
        ("table", r#"table = "users""#),
        ("schema", r#"schema = "app""#),
        ("rename_all", r#"rename_all = "camelCase""#),
        ("primary_key", "primary_key(a, b)"),
        ("db", "db(postgres, sqlite)"),
        ("crate", r#"crate = "my_crate::upsert""#),
    ],
    elsewhere: &[
        ("database", "db(…)"),
        ("check_for_backend", "db(…)"),
        ("table_name", r#"table = "…""#),
        ("name", r#"table = "…""#),
        ("rename", r#"table = "…""#),
        ("schema_name", r#"schema = "…""#),
        ("pk", "primary_key(…)"),
        ("key", "primary_key(…)"),
        ("id", "primary_key(…)"),
    ],
};

const FIELD: Place = Place {
    name: "field",
    keys: &[
        ("primary_key", "primary_key"),
        ("column", r#"column = "e_mail""#),
        ("skip", "skip"),
        ("update", "update = never"),
        ("max_len", "max_len = 40"),
        ("json", "json"),
        ("with", r#"with = "Cents""#),
        ("sql_type", r#"sql_type(postgres = "citext")"#),
    ],
    elsewhere: &[
        ("max_length", "max_len = …"),
        ("length", "max_len = …"),
        ("serialize_as", r#"with = "…""#),
        ("column_type", r#"sql_type(postgres = "…")"#),
        ("skip_update", "update = never"),
        ("skip_insertion", "skip"),
        ("column_name", r#"column = "…""#),
        ("name", r#"column = "…""#),
        ("pk", "primary_key"),
        ("key", "primary_key"),
        ("id", "primary_key"),
        ("ignore", "skip"),
    ],
};

const COLUMN_VALUE: Place = Place {
    name: "value of a column",
    keys: &[
        ("rename_all", r#"rename_all = "UPPERCASE""#),
        ("postgres_enum", r#"postgres_enum = "color""#),
        ("crate", r#"crate = "my_crate::upsert""#),
    ],
    elsewhere: &[("type_name", r#"postgres_enum = "…""#), ("name", r#"postgres_enum = "…""#)],
};

const VARIANT: Place = Place {
    name: "variant",
    keys: &[("rename", r#"rename = "light red""#)],
    elsewhere: &[("name", r#"rename = "…""#), ("label", r#"rename = "…""#), ("string_value", r#"rename = "…""#)],
};

const NEWTYPE_FIELD: Place = Place { name: "field of a value", keys: &[], elsewhere: &[] };

impl Place {
    fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|&(name, _)| name == key)
    }

    fn example(&self, key: &str) -> &'static str {
        self.keys.iter().find(|&&(name, _)| name == key).map_or("", |&(_, example)| example)
    }

    fn unknown(&self, key: &str) -> String {
        if self.keys.is_empty() {
            return format!(
                "a {} takes no keys: what a column is called and how it is updated is said at the row's field",
                self.name
            );
        }
        if key == "transparent" {
            return "`transparent` is not needed: a struct of one field is what its field is; remove it".to_owned();
        }
        let other = if self.name == FIELD.name { &CONTAINER } else { &FIELD };
        if let Some((_, ours)) = self.elsewhere.iter().find(|&&(name, _)| name == key) {
            return format!("unknown key `{key}`; write `{ours}`");
        }
        if other.has(key) && (self.name == FIELD.name || self.name == CONTAINER.name) {
            return format!("`{key}` belongs on a {}, not on a {}", other.name, self.name);
        }
        let meant = suggest::did_you_mean(key, self.keys.iter().map(|&(name, _)| name));
        let allowed = suggest::list(self.keys.iter().map(|&(_, example)| example));
        format!("unknown key `{key}`{meant}\na {} takes {allowed}", self.name)
    }
}

const COMMA: &str = "expected `,` before this";

/// One of the things between the commas of `#[upsert(…)]`.
struct Entry<'p> {
    place: &'p Place,
    /// As it was written, to point at it.
    written: Ident,
    /// The key's name, also where a synonym was written.
    key: String,
    value: EntryValue,
}

enum EntryValue {
    /// `key`
    Absent,
    /// `key = …`
    Is(TokenStream),
    /// `key(…)`
    List(TokenStream),
}

/// Those entries of all `#[upsert(…)]` whose key is known here and was not given before.
fn entries<'p>(
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
fn pieces(tokens: TokenStream, errors: &mut Errors) -> Vec<Vec<TokenTree>> {
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
            token => piece.push(token),
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
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
    fn read_container(self, container: &mut Container, errors: &mut Errors) {
        match self.key.as_str() {
            "table" => container.table = self.string(errors),
            "schema" => container.schema = self.string(errors),
            "rename_all" => container.rename_all = self.string(errors).and_then(|name| case(&name, errors)),
            "db" => container.databases = self.databases(errors),
            "crate" => container.crate_path = self.string(errors).and_then(|path| crate_path(&path, errors)),
            // Given, even if it cannot be read: then it is not missing as well.
            "primary_key" => {
                let span = self.written.span();
                container.primary_key = Some(KeyList { span, fields: self.field_names(errors) });
            }
            _ => {}
        }
    }

    fn read_field(self, keys: &mut FieldKeys, errors: &mut Errors) {
        let span = self.written.span();
        match self.key.as_str() {
            "primary_key" => {
                self.flag(errors);
                keys.primary_key = Some(span);
            }
            "skip" => {
                self.flag(errors);
                keys.skip = Some(span);
            }
            "column" => keys.column = self.string(errors).map(|name| (span, name)),
            "update" => keys.update_never = self.never(errors).then_some(span),
            "max_len" => keys.max_len = self.number(errors).map(|number| (span, number)),
            "sql_type" => keys.sql_type = Some((span, self.sql_types(errors))),
            "json" => keys.set_stored(span, &self, self.json(errors), errors),
            "with" => {
                let adapter = self.string(errors).and_then(|adapter| adapter_type(&adapter, errors));
                keys.set_stored(span, &self, adapter.map(|adapter| Stored::With(Box::new(adapter))), errors);
            }
            _ => {}
        }
    }

    /// `key`
    fn flag(&self, errors: &mut Errors) {
        let key = &self.key;
        match &self.value {
            EntryValue::Absent => {}
            EntryValue::Is(_) => errors.at(self.written.span(), format!("`{key}` takes no value: write `{key}` alone")),
            EntryValue::List(_) => errors.at(
                self.written.span(),
                format!("on a field, `{key}` takes no list: write `{key}` on each of the fields"),
            ),
        }
    }

    /// `key = "…"`
    fn string(&self, errors: &mut Errors) -> Option<LitStr> {
        let key = &self.key;
        let example = self.place.example(key);
        let EntryValue::Is(tokens) = &self.value else {
            errors.at(self.written.span(), format!("`{key}` needs a value: write `{example}`"));
            return None;
        };
        if tokens.is_empty() {
            errors.at(self.written.span(), format!("`{key}` needs a value: write `{example}`"));
            return None;
        }
        match syn::parse2::<LitStr>(tokens.clone()) {
            Ok(string) => return Some(string),
            Err(_) => match after_first::<LitStr>(tokens) {
                Some(extra) => errors.at(extra, COMMA),
                None => {
                    let quoted = match syn::parse2::<Ident>(tokens.clone()) {
                        Ok(name) => format!("{} = \"{}\"", self.written, name.unraw()),
                        Err(_) => example.to_owned(),
                    };
                    errors.over(tokens, format!("expected a string: write `{quoted}`"));
                }
            },
        }
        None
    }

    /// `update = never`
    fn never(&self, errors: &mut Errors) -> bool {
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
    fn number(&self, errors: &mut Errors) -> Option<LitInt> {
        let (key, example) = (&self.key, self.place.example(&self.key));
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

    /// `json` or `json(nullable)`
    fn json(&self, errors: &mut Errors) -> Option<Stored> {
        match &self.value {
            EntryValue::Absent => Some(Stored::Json),
            EntryValue::List(tokens) if syn::parse2::<Ident>(tokens.clone()).is_ok_and(|word| word == "nullable") => {
                Some(Stored::NullableJson)
            }
            EntryValue::List(tokens) | EntryValue::Is(tokens) => {
                let message =
                    "write `json`, or `json(nullable)` where `None` is to be NULL and not the document `null`";
                if tokens.is_empty() {
                    errors.at(self.written.span(), message);
                } else {
                    errors.over(tokens, message);
                }
                None
            }
        }
    }

    /// `db(postgres, sqlite)`
    fn databases(&self, errors: &mut Errors) -> Vec<(Span, Database)> {
        // The rules of the others come with them.
        const CHECKED: [Database; 2] = [Database::Postgres, Database::Sqlite];
        let EntryValue::List(tokens) = &self.value else {
            errors.at(self.written.span(), "`db` names databases: write `db(postgres, sqlite)`");
            return Vec::new();
        };
        let mut databases: Vec<(Span, Database)> = Vec::new();
        if tokens.is_empty() {
            errors.at(self.written.span(), "`db()` names no database: write `db(postgres, sqlite)`");
        }
        for piece in pieces(tokens.clone(), errors) {
            match piece.as_slice() {
                [TokenTree::Ident(name)] => {
                    let Some(database) = Database::from_name(name, &CHECKED, errors) else { continue };
                    if databases.iter().any(|&(_, earlier)| earlier == database) {
                        errors.at(name.span(), format!("`{name}` is given twice; keep one"));
                    } else {
                        databases.push((name.span(), database));
                    }
                }
                [TokenTree::Ident(_), extra, ..] => errors.at(extra.span(), COMMA),
                other => {
                    let tokens: TokenStream = other.iter().cloned().collect();
                    match syn::parse2::<LitStr>(tokens.clone()) {
                        Ok(name) => {
                            errors.over(tokens, format!("databases have no quotes here: write `{}`", name.value()));
                        }
                        Err(_) => errors.over(tokens, "expected the name of a database"),
                    }
                }
            }
        }
        databases
    }

    /// `sql_type(postgres = "citext", sqlite = "TEXT")`
    fn sql_types(&self, errors: &mut Errors) -> Vec<(Database, LitStr)> {
        const EXAMPLE: &str = r#"write `sql_type(postgres = "citext", sqlite = "TEXT")`"#;
        let EntryValue::List(tokens) = &self.value else {
            errors.at(self.written.span(), format!("`sql_type` names a type for each database: {EXAMPLE}"));
            return Vec::new();
        };
        if tokens.is_empty() {
            errors.at(self.written.span(), format!("`sql_type()` names no type: {EXAMPLE}"));
        }
        let mut types: Vec<(Database, LitStr)> = Vec::new();
        for piece in pieces(tokens.clone(), errors) {
            let mut tokens = piece.iter();
            let (Some(TokenTree::Ident(name)), Some(TokenTree::Punct(equals))) = (tokens.next(), tokens.next()) else {
                let tokens: TokenStream = piece.iter().cloned().collect();
                errors.over(tokens, format!("expected a database and its type: {EXAMPLE}"));
                continue;
            };
            let Some(database) = Database::from_name(name, &Database::ALL, errors) else { continue };
            let value: TokenStream = tokens.cloned().collect();
            match syn::parse2::<LitStr>(value.clone()) {
                Ok(_) if equals.as_char() != '=' => errors.at(equals.span(), "expected `=`"),
                Ok(_) if types.iter().any(|(earlier, _)| *earlier == database) => {
                    errors.at(name.span(), format!("`{name}` is given twice; keep one"));
                }
                Ok(sql_type) => {
                    check_sql_type(database, &sql_type, errors);
                    types.push((database, sql_type));
                }
                Err(_) => match after_first::<LitStr>(&value) {
                    Some(extra) => errors.at(extra, COMMA),
                    None if value.is_empty() => errors.at(name.span(), format!("`{name}` needs a type: {EXAMPLE}")),
                    None => errors.over(value, format!("expected a type in quotes: {EXAMPLE}")),
                },
            }
        }
        types
    }

    /// `key(a, b)`
    fn field_names(&self, errors: &mut Errors) -> Vec<Ident> {
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
                    match name.ok().filter(|name| syn::parse_str::<Ident>(name).is_ok()) {
                        Some(name) => errors.over(tokens, format!("fields have no quotes here: write `{name}`")),
                        None => errors.over(tokens, "expected the name of a field"),
                    }
                }
            }
        }
        names
    }
}

impl FieldKeys {
    fn set_stored(&mut self, span: Span, entry: &Entry<'_>, stored: Option<Stored>, errors: &mut Errors) {
        match &self.stored {
            Some(_) => errors.at(entry.written.span(), "`json` and `with` both say how the value is stored; keep one"),
            None => self.stored = stored.map(|stored| (span, stored)),
        }
    }
}

fn check_sql_type(database: Database, sql_type: &LitStr, errors: &mut Errors) {
    /// Those of a table that is STRICT ("STRICT Tables", section 2).
    const STRICT: [&str; 6] = ["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"];
    let written = sql_type.value();
    if written.trim().is_empty() {
        errors.at(sql_type.span(), "a type cannot be empty");
    } else if database == Database::Sqlite && !STRICT.iter().any(|strict| strict.eq_ignore_ascii_case(written.trim())) {
        let meant = suggest::did_you_mean(&written, STRICT);
        errors.at(
            sql_type.span(),
            format!(
                "tables of SQLite are STRICT here, and have no type `{written}`{meant}\nthe types are {}",
                suggest::list(STRICT)
            ),
        );
    }
}

fn adapter_type(adapter: &LitStr, errors: &mut Errors) -> Option<Type> {
    let parsed = adapter.parse::<Type>();
    if parsed.is_err() {
        errors.at(adapter.span(), "expected a type that implements `ColumnAs`: write `with = \"Cents\"`");
    }
    parsed.ok()
}

/// Where the value is all right but something follows it: the place of what follows.
fn after_first<T: Parse>(tokens: &TokenStream) -> Option<Span> {
    let mut tokens = tokens.clone().into_iter();
    syn::parse2::<T>(tokens.next()?.into()).ok()?;
    tokens.next().map(|extra| extra.span())
}

fn case(name: &LitStr, errors: &mut Errors) -> Option<Case> {
    let case = Case::from_name(&name.value());
    if case.is_none() {
        let names = Case::ALL.map(Case::name);
        let meant = suggest::did_you_mean(&name.value(), names);
        errors.at(name.span(), format!("unknown case{meant}\nthe cases are {}", suggest::list(names)));
    }
    case
}

fn crate_path(path: &LitStr, errors: &mut Errors) -> Option<Path> {
    let parsed = path.parse_with(Path::parse_mod_style);
    if parsed.is_err() {
        errors.at(path.span(), "expected the path of the crate `upsert`: write `crate = \"my_crate::upsert\"`");
    }
    parsed.ok()
}
