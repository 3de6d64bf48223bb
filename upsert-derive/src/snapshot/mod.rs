//! `#[upsert(snapshot)]`: what the table was like when `cargo upsert snapshot` looked at it, and in what the struct is not as it.
//!
//! Names are compared here, each at its token. Whether a type fits is asked of the compiler, who knows what an alias stands for:
//! one question for each column, and one for each flattened struct, whose columns no macro sees.

mod asked;

use std::path::PathBuf;

use proc_macro2::{Ident, Span};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{LitInt, LitStr, Token, braced, parenthesized};

use crate::attr::{Database, Origin};
use crate::errors::Errors;
use crate::model::{FieldModel, Model};
use crate::suggest::{did_you_mean, list};

/// The snapshots that a struct is held against.
#[derive(Default)]
pub(crate) struct Snapshots(Vec<Snapshot>);

pub(crate) struct Snapshot {
    database: Database,
    path: PathBuf,
    table: Table,
}

/// The text of a file.
struct Table {
    columns: Vec<Column>,
    /// The columns of each key; `None` of a view.
    keys: Option<Vec<Vec<String>>>,
}

#[derive(Default)]
pub(crate) struct Column {
    name: String,
    sql_type: String,
    not_null: bool,
    filled: bool,
    generated: bool,
    max_len: Option<u64>,
    labels: Vec<String>,
    checked: Vec<String>,
    takes: Vec<Kind>,
    some: Vec<Kind>,
}

/// A kind of value: `BigInt`, `Array(BigInt)`, or `Array` of whatever.
struct Kind {
    name: Ident,
    element: Option<Ident>,
}

const FOLDER: &str = "upsert-snapshots";
/// Where it is, if not beside Cargo.toml.
const ELSEWHERE: &str = "UPSERT_SNAPSHOTS";

/// Reads the snapshots of a struct's table; what cannot be read is an error.
pub(crate) fn read(model: &Model, errors: &mut Errors) -> Snapshots {
    let mut snapshots = Vec::new();
    let Some(span) = model.snapshot else { return Snapshots(snapshots) };
    let table = model.table.text.as_str();
    let schema = model.schema.as_ref().map(|schema| schema.text.as_str());
    let in_schema = schema.map_or_else(String::new, |schema| format!(" --schema {}", quoted(schema)));
    let command = format!("cargo upsert snapshot --database URL{in_schema} --table {}", quoted(table));

    let folder = std::env::var_os(ELSEWHERE).map(PathBuf::from).unwrap_or_else(|| {
        let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
        root.join(FOLDER)
    });
    let is_named = |database: &Database| model.databases.is_empty() || model.databases.contains(database);
    let databases: Vec<Database> = Database::ALL
        .into_iter()
        .filter(|database| is_named(database) && folder.join(database.name()).is_dir())
        .collect();
    if databases.is_empty() {
        // Somebody else's package, as crates.io has it, or as its documentation is made: whoever publishes it has compared it.
        let is_own = std::env::var_os("CARGO_PRIMARY_PACKAGE").is_some() && std::env::var_os("DOCS_RS").is_none();
        if is_own {
            errors.at(
                span,
                format!(
                    "there is nothing to compare with in the folder `{FOLDER}` beside Cargo.toml: `{command}` writes it"
                ),
            );
        }
        return Snapshots(snapshots);
    }
    let file = file_name(schema, table);
    for database in databases {
        let path = folder.join(database.name()).join(&file);
        let shown = format!("{FOLDER}/{}/{file}", database.name());
        match std::fs::read_to_string(&path) {
            Ok(text) => match syn::parse_str::<Table>(&text) {
                Ok(table) => snapshots.push(Snapshot { database, path, table }),
                Err(error) => errors.at(
                    span,
                    format!("the snapshot `{shown}` is not understood ({error}): `{command}` writes it anew"),
                ),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                errors.at(span, format!("there is no snapshot `{shown}`: `{command}` writes it"));
            }
            Err(error) => errors.at(span, format!("the snapshot `{shown}` cannot be read: {error}")),
        }
    }
    Snapshots(snapshots)
}

/// A name as an argument of a command.
fn quoted(name: &str) -> String {
    let is_plain = name.chars().all(|character| character.is_alphanumeric() || "_-.".contains(character));
    if is_plain { name.to_owned() } else { format!("'{}'", name.replace('\'', r"'\''")) }
}

/// The file of a table, as `cargo upsert snapshot` names it: whatever is no small letter, digit or `_` is written in hexadecimal
/// digits.
fn file_name(schema: Option<&str>, table: &str) -> String {
    let plain = |name: &str| -> String {
        let byte = |byte: u8| match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'_' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        name.bytes().map(byte).collect()
    };
    let schema = schema.map_or_else(String::new, |schema| format!("{}.", plain(schema)));
    format!("{schema}{}.snapshot", plain(table))
}

impl Snapshots {
    /// Compares names.
    pub(crate) fn check(&self, model: &Model, errors: &mut Errors) {
        for snapshot in &self.0 {
            check_columns(snapshot, model, errors);
            check_generated(snapshot, model, errors);
            // What a flattened struct has is known to the compiler alone.
            if model.written().all(|field| !field.is_group()) {
                check_rest(snapshot, model, errors);
            }
            check_key(snapshot, model, errors);
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Snapshot> {
        self.0.iter()
    }
}

impl Snapshot {
    pub(crate) fn path(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// The column that a field is, if it takes values.
    pub(crate) fn column_of(&self, field: &FieldModel<'_>) -> Option<&Column> {
        self.find(&field.column.text).filter(|column| !column.generated)
    }

    /// Columns that must have a value and are no fields of the struct's own, and what to do about each.
    pub(crate) fn wanting(&self, model: &Model) -> Vec<(&str, String)> {
        let is_brought = |column: &&Column| model.columns().any(|field| self.is_same(&column.name, &field.column.text));
        let wanting = |column: &&Column| column.not_null && !column.filled && !column.generated;
        let columns = self.table.columns.iter().filter(wanting).filter(|column| !is_brought(column));
        let words = |name: &str| {
            format!(
                "{} has a column `{name}` that is NOT NULL without a default, and the struct has no such column: add the field, or give \
                 the column a default",
                self.table(),
            )
        };
        columns.map(|column| (column.name.as_str(), words(&column.name))).collect()
    }

    /// Names of columns are compared as the database compares them.
    fn find(&self, name: &str) -> Option<&Column> {
        self.table.columns.iter().find(|column| self.is_same(&column.name, name))
    }

    fn is_same(&self, left: &str, right: &str) -> bool {
        match self.database {
            Database::Postgres => left == right,
            Database::Sqlite => left.eq_ignore_ascii_case(right),
            Database::MySql => left.to_lowercase() == right.to_lowercase(),
        }
    }

    /// How it begins what is said about it.
    fn table(&self) -> String {
        format!("in its snapshot of {} the table", self.database.title())
    }
}

fn check_columns(snapshot: &Snapshot, model: &Model, errors: &mut Errors) {
    for field in model.columns() {
        let name = &field.column.text;
        match snapshot.find(name) {
            None => {
                let meant = did_you_mean(name, unclaimed(snapshot, model));
                errors.at(
                    field.column.span,
                    format!(
                        "{} has no column `{name}`{meant} (name it by `column = \"…\"`, leave the field out by `skip`, or take the \
                         snapshot anew)",
                        snapshot.table()
                    ),
                );
            }
            Some(column) if column.generated && !is_numbered(field, column) => errors.at(
                field.column.span,
                format!(
                    "{} computes the column `{name}`, and takes no value for it: leave the field out by `skip`, or mark it `generated`",
                    snapshot.table()
                ),
            ),
            Some(column) => {
                check_length(snapshot, field, column, errors);
                check_filled(snapshot, field, column, errors);
            }
        }
    }
}

/// Whether the database numbers the column always, and rows need bring no number. Of a column that it computes otherwise it is the
/// call that tells: what is `filled` says no more of it here.
fn is_numbered(field: &FieldModel<'_>, column: &Column) -> bool {
    let is_identity = matches!(&field.keys.origin, Some((_, Origin::Identity)));
    is_identity && column.not_null && column.filled
}

/// Columns of the table that no field is; none where a flattened struct may have them.
fn unclaimed<'s>(snapshot: &'s Snapshot, model: &Model) -> impl Iterator<Item = &'s str> {
    let has_groups = model.written().any(FieldModel::is_group);
    let is_claimed =
        |column: &Column| model.fields.iter().any(|field| snapshot.is_same(&column.name, &field.column.text));
    let names: Vec<&str> = snapshot
        .table
        .columns
        .iter()
        .filter(|column| !has_groups && !is_claimed(column))
        .map(|column| column.name.as_str())
        .collect();
    names.into_iter()
}

fn check_length(snapshot: &Snapshot, field: &FieldModel<'_>, column: &Column, errors: &mut Errors) {
    let (Some(own), Some(there)) = (&field.keys.max_len, column.max_len) else { return };
    if own.base10_parse::<u64>().is_ok_and(|own| own > there) {
        errors.at(
            own.span(),
            format!(
                "{} has a column `{}` of type {}, which is shorter: say `max_len = {there}`, or widen it",
                snapshot.table(),
                column.name,
                column.sql_type
            ),
        );
    }
}

/// A `None` of a field that is marked `default` is what the column makes of it. A view's columns do not say.
fn check_filled(snapshot: &Snapshot, field: &FieldModel<'_>, column: &Column, errors: &mut Errors) {
    let Some((span, origin)) = &field.keys.origin else { return };
    if !column.filled && snapshot.table.keys.is_some() {
        errors.at(
            *span,
            format!(
                "{} has a column `{}` without a default, to stand in for a row's `None`: give the column one, or leave `{}` out",
                snapshot.table(),
                column.name,
                origin.key()
            ),
        );
    }
}

fn check_generated(snapshot: &Snapshot, model: &Model, errors: &mut Errors) {
    for (field, _) in model.generated() {
        let name = &field.column.text;
        let reason = match snapshot.find(name) {
            None => format!("has no column `{name}`{}", did_you_mean(name, unclaimed(snapshot, model))),
            Some(column) if !column.generated => {
                format!(
                    "does not compute the column `{name}`, which would stay empty: rows do not bring what is `generated`"
                )
            }
            Some(_) => continue,
        };
        errors.at(field.column.span, format!("{} {reason}", snapshot.table()));
    }
}

/// Columns that the struct does not have, and that must have a value.
fn check_rest(snapshot: &Snapshot, model: &Model, errors: &mut Errors) {
    for (_, words) in snapshot.wanting(model) {
        errors.at(model.name.span(), words);
    }
}

fn check_key(snapshot: &Snapshot, model: &Model, errors: &mut Errors) {
    let Some(keys) = &snapshot.table.keys else { return };
    let (fields, span) = match (&model.target_list, &model.key_list) {
        (Some(target), _) => (model.listed(&target.fields), target.span),
        (None, Some(key)) => (model.key(), key.span),
        (None, None) => {
            let fields = model.key();
            let span = fields.first().and_then(|field| field.keys.primary_key).unwrap_or_else(Span::call_site);
            (fields, span)
        }
    };
    let names: Vec<&str> = fields.iter().map(|field| field.column.text.as_str()).collect();
    // A column that is not there is told already.
    if names.is_empty() || names.iter().any(|name| snapshot.find(name).is_none()) {
        return;
    }
    let is_of = |key: &Vec<String>| {
        key.len() == names.len() && names.iter().all(|name| key.iter().any(|column| snapshot.is_same(column, name)))
    };
    if keys.iter().any(is_of) {
        return;
    }
    let there: Vec<String> = keys.iter().map(|key| format!("({})", key.join(", "))).collect();
    let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
    errors.at(
        span,
        format!(
            "{} has no primary key or unique index of exactly {}, by which rows are to be told apart (it has: {there})",
            snapshot.table(),
            list(names)
        ),
    );
}

impl Parse for Table {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        word(input, "table")?;
        input.parse::<LitStr>()?;
        word(input, "on")?;
        input.parse::<Ident>()?;
        let body;
        braced!(body in input);
        let (mut columns, mut keys, mut is_view) = (Vec::new(), Vec::new(), false);
        while !body.is_empty() {
            let item: Ident = body.parse()?;
            match item.to_string().as_str() {
                "column" => columns.push(body.parse()?),
                "key" => {
                    let key = Punctuated::<LitStr, Token![,]>::parse_separated_nonempty(&body)?;
                    keys.push(key.iter().map(LitStr::value).collect());
                }
                "view" => is_view = true,
                _ => return Err(syn::Error::new(item.span(), format!("there is no `{item}`"))),
            }
            body.parse::<Token![;]>()?;
        }
        Ok(Self { columns, keys: (!is_view).then_some(keys) })
    }
}

impl Parse for Column {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut column = Self {
            name: input.parse::<LitStr>()?.value(),
            sql_type: input.parse::<LitStr>()?.value(),
            ..Self::default()
        };
        while !input.peek(Token![;]) {
            let word: Ident = input.parse()?;
            match word.to_string().as_str() {
                "not_null" => column.not_null = true,
                "filled" => column.filled = true,
                "generated" => column.generated = true,
                "max_len" => {
                    column.max_len =
                        Some(in_parentheses::<LitInt>(input)?.first().map_or(Ok(0), LitInt::base10_parse)?);
                }
                "labels" => column.labels = in_parentheses::<LitStr>(input)?.iter().map(LitStr::value).collect(),
                "checked" => column.checked = in_parentheses::<LitStr>(input)?.iter().map(LitStr::value).collect(),
                "takes" => column.takes = in_parentheses(input)?,
                "some" => column.some = in_parentheses(input)?,
                _ => return Err(syn::Error::new(word.span(), format!("there is no `{word}`"))),
            }
        }
        Ok(column)
    }
}

impl Parse for Kind {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        let element = if input.peek(syn::token::Paren) { in_parentheses(input)?.pop() } else { None };
        Ok(Self { name, element })
    }
}

fn word(input: ParseStream<'_>, word: &str) -> syn::Result<()> {
    let found: Ident = input.parse()?;
    if found == word { Ok(()) } else { Err(syn::Error::new(found.span(), format!("expected `{word}`"))) }
}

fn in_parentheses<T: Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    let inner;
    parenthesized!(inner in input);
    Ok(Punctuated::<T, Token![,]>::parse_terminated(&inner)?.into_iter().collect())
}
