//! The syntax of `#[upsert(…)]`: which keys there are, what their values look like, and where each was written.

mod column_value;
mod database;
mod entry;
mod index;
mod place;
mod sql;
mod sqlite;

use proc_macro2::{Ident, Span};
use syn::{Data, DeriveInput, Field, LitInt, LitStr, Path, Type};

pub(crate) use self::column_value::{EnumKeys, read_column_value};
pub(crate) use self::database::{Database, Sql};
use self::entry::{Entry, EntryValue, entries};
pub(crate) use self::index::{IndexKey, IndexOf};
use self::place::{CONTAINER, FIELD, GROUP, GROUP_FIELD, Place};
pub(crate) use self::sqlite::SqliteKeys;
use crate::case::Case;
use crate::errors::Errors;
use crate::suggest;

/// What the attributes of a struct say.
pub(crate) struct Syntax<'a> {
    pub(crate) container: Container,
    /// Of a struct with named fields; of anything else there are none.
    pub(crate) fields: Vec<FieldSyntax<'a>>,
    /// Something could not be read and may have been meant as the primary key.
    pub(crate) key_may_be_meant: bool,
}

pub(crate) struct FieldSyntax<'a> {
    pub(crate) field: &'a Field,
    pub(crate) keys: FieldKeys,
    /// Whether there was no mistake in its attributes.
    pub(crate) is_read: bool,
}

#[derive(Default)]
pub(crate) struct Container {
    pub(crate) table: Option<LitStr>,
    pub(crate) schema: Option<LitStr>,
    pub(crate) rename_all: Option<Case>,
    pub(crate) primary_key: Option<KeyList>,
    pub(crate) crate_path: Option<Path>,
    /// `db(postgres, sqlite)`
    pub(crate) databases: Vec<Database>,
    /// `snapshot`
    pub(crate) snapshot: Option<Span>,
    pub(crate) conflict_target: Option<KeyList>,
    /// `unique(…)` and `index(…)`, in the order in which they are written.
    pub(crate) indexes: Vec<IndexKey>,
    /// `sqlite(without_rowid)`
    pub(crate) sqlite: SqliteKeys,
}

impl Container {
    /// The crate as users know it, or as a crate that re-exports it says.
    pub(crate) fn crate_path(&self) -> Path {
        self.crate_path.clone().unwrap_or_else(|| syn::parse_quote!(::upsert))
    }
}

/// `primary_key(a, b)`, `conflict_target(a, b)`
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
    pub(crate) max_len: Option<LitInt>,
    pub(crate) sql_types: Option<(Span, Sql)>,
    pub(crate) unique: Option<Span>,
    pub(crate) index: Option<Span>,
    pub(crate) origin: Option<(Span, Origin)>,
    pub(crate) flatten: Option<Span>,
    pub(crate) prefix: Option<LitStr>,
}

/// Who gives the value, if not the row alone.
pub(crate) enum Origin {
    /// `default`, `default = "0"`, `default(postgres = "now()")`
    Default(Sql),
    /// `generated = "price * quantity"`
    Generated(Sql),
    /// `identity`
    Identity,
}

impl Origin {
    pub(crate) fn key(&self) -> &'static str {
        match self {
            Self::Default(_) => "default",
            Self::Generated(_) => "generated",
            Self::Identity => "identity",
        }
    }
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

/// Reads all attributes of a struct that is a table.
pub(crate) fn read<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Syntax<'a> {
    read_at(input, &CONTAINER, &FIELD, errors)
}

/// Reads all attributes of a struct that is flattened into others.
pub(crate) fn read_group<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Syntax<'a> {
    read_at(input, &GROUP, &GROUP_FIELD, errors)
}

fn read_at<'a>(
    input: &'a DeriveInput,
    on_struct: &'static Place,
    on_field: &'static Place,
    errors: &mut Errors,
) -> Syntax<'a> {
    let mut key_may_be_meant = false;
    let mut container = Container::default();
    for entry in entries(&input.attrs, on_struct, &mut key_may_be_meant, errors) {
        entry.read_container(&mut container, errors);
    }
    let mut fields = Vec::new();
    if let Data::Struct(data) = &input.data {
        for field in &data.fields {
            let mut keys = FieldKeys::default();
            let mistakes = errors.count();
            for entry in entries(&field.attrs, on_field, &mut key_may_be_meant, errors) {
                entry.read_field(field, &mut keys, &container, errors);
            }
            fields.push(FieldSyntax { field, keys, is_read: errors.count() == mistakes });
        }
    }
    Syntax { container, fields, key_may_be_meant }
}

impl Entry<'_> {
    fn read_container(self, container: &mut Container, errors: &mut Errors) {
        match self.key.as_str() {
            "table" => container.table = self.string(errors),
            "schema" => container.schema = self.string(errors),
            "rename_all" => container.rename_all = self.string(errors).and_then(|name| case(&name, errors)),
            "db" => container.databases = self.databases(errors),
            "snapshot" => {
                let mistakes = errors.count();
                self.flag(errors);
                container.snapshot = (errors.count() == mistakes).then(|| self.written.span());
            }
            "crate" => container.crate_path = self.string(errors).and_then(|path| crate_path(&path, errors)),
            // Given, even if it cannot be read: then it is not missing as well.
            "primary_key" => {
                let span = self.written.span();
                container.primary_key = Some(KeyList { span, fields: self.field_names(errors) });
            }
            "conflict_target" => {
                let span = self.written.span();
                container.conflict_target = Some(KeyList { span, fields: self.field_names(errors) });
            }
            "unique" | "index" => container.indexes.extend(self.index(errors)),
            "sqlite" => container.sqlite = self.sqlite(errors),
            _ => {}
        }
    }

    fn read_field(self, field: &Field, keys: &mut FieldKeys, container: &Container, errors: &mut Errors) {
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
            "max_len" => keys.max_len = self.number(errors),
            "sql_type" => keys.sql_types = Some((span, self.sql_types(&container.sqlite, errors))),
            "unique" => {
                self.flag_of_index(field.ident.as_ref(), errors);
                keys.unique = Some(span);
            }
            "index" => {
                self.flag_of_index(field.ident.as_ref(), errors);
                keys.index = Some(span);
            }
            "flatten" => {
                self.flag(errors);
                keys.flatten = Some(span);
            }
            "prefix" => keys.prefix = self.string(errors),
            "identity" => {
                self.flag(errors);
                keys.set_origin(span, Origin::Identity, errors);
            }
            "default" => keys.set_origin(span, Origin::Default(self.default(&container.databases, errors)), errors),
            "generated" => {
                keys.set_origin(span, Origin::Generated(self.generated(&container.databases, errors)), errors);
            }
            "json" => keys.set_stored(span, &self, self.json(errors), errors),
            "with" => {
                let adapter = self.string(errors).and_then(|adapter| adapter_type(&adapter, errors));
                keys.set_stored(span, &self, adapter.map(|adapter| Stored::With(Box::new(adapter))), errors);
            }
            _ => {}
        }
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
}

impl FieldKeys {
    fn set_origin(&mut self, span: Span, origin: Origin, errors: &mut Errors) {
        match &self.origin {
            Some((_, earlier)) => errors
                .at(span, format!("`{}` and `{}` both say who gives the value; keep one", earlier.key(), origin.key())),
            None => self.origin = Some((span, origin)),
        }
    }

    fn set_stored(&mut self, span: Span, entry: &Entry<'_>, stored: Option<Stored>, errors: &mut Errors) {
        match &self.stored {
            Some(_) => errors.at(entry.written.span(), "`json` and `with` both say how the value is stored; keep one"),
            None => self.stored = stored.map(|stored| (span, stored)),
        }
    }
}

fn adapter_type(adapter: &LitStr, errors: &mut Errors) -> Option<Type> {
    let parsed = adapter.parse::<Type>();
    if parsed.is_err() {
        errors.at(adapter.span(), "expected a type that implements `ColumnAs`: write `with = \"Cents\"`");
    }
    parsed.ok()
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
