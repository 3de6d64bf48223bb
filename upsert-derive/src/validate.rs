//! What must hold for a struct: one function for each rule, and every broken rule is reported.
//!
//! What depends on the *type* of a field is not here: a macro sees only its text. `expand` asks the compiler.

use std::collections::HashMap;

use proc_macro2::Ident;
use syn::ext::IdentExt;

use crate::attr::{IndexOf, KeyList, Origin, Stored};
use crate::errors::Errors;
use crate::model::{FieldModel, Model, Name};
use crate::suggest;

pub(crate) fn check(model: &Model, errors: &mut Errors) {
    has_columns(model, errors);
    has_a_key(model, errors);
    key_is_named_once(model, errors);
    lists_are_sound(model, errors);
    skip_stands_alone(model, errors);
    flatten_stands_alone(model, errors);
    generated_columns_are_not_written(model, errors);
    key_columns_have_no_update_rule(model, errors);
    key_columns_are_no_json(model, errors);
    names_are_usable(model, errors);
    column_names_are_different(model, errors);
    without_rowid_gives_no_numbers(model, errors);
}

/// The rules of a struct that is flattened into others.
pub(crate) fn check_group(model: &Model, errors: &mut Errors) {
    has_columns(model, errors);
    group_is_not_generic(model, errors);
    skip_stands_alone(model, errors);
    flatten_stands_alone(model, errors);
    for field in model.columns() {
        name_is_usable(&field.column, "column", errors);
    }
    column_names_are_different(model, errors);
}

/// Whether nothing is wrong with what names of indexes are made of.
pub(crate) fn names_are_sound(model: &Model) -> bool {
    let mut errors = Errors::default();
    lists_are_sound(model, &mut errors);
    names_are_usable(model, &mut errors);
    column_names_are_different(model, &mut errors);
    let is_read = model.fields.iter().all(|field| field.is_read) && model.indexes.iter().all(|index| index.is_read);
    is_read && errors.is_empty()
}

fn has_columns(model: &Model, errors: &mut Errors) {
    if model.written().next().is_none() {
        let why = if model.fields.is_empty() { "no fields" } else { "no field that is not skipped" };
        errors.at(model.name.span(), format!("`{}` has {why}: there must be at least one column", model.name));
    }
}

fn has_a_key(model: &Model, errors: &mut Errors) {
    let named = model.key_list.is_some() || model.fields.iter().any(|field| field.keys.primary_key.is_some());
    if model.written().next().is_none() {
        return;
    }
    let first = model.columns().next().map_or_else(|| "id".to_owned(), |field| field.name.unraw().to_string());
    if !named && !model.key_may_be_meant {
        errors.at(
            model.name.span(),
            format!(
                "`{}` has no primary key, by which rows that are already there are found\n\
                 write `#[upsert(primary_key)]` on each field that is part of it, \
                 or `#[upsert(primary_key({first}))]` on the struct",
                model.name
            ),
        );
    }
}

fn key_is_named_once(model: &Model, errors: &mut Errors) {
    let Some(list) = &model.key_list else { return };
    let marked: Vec<String> = model
        .fields
        .iter()
        .filter(|field| field.keys.primary_key.is_some())
        .map(|field| field.name.unraw().to_string())
        .collect();
    // A list that names nothing was an error already.
    if !marked.is_empty() && !list.fields.is_empty() {
        errors.at(
            list.span,
            format!(
                "the primary key is named here and at {}; keep one of the two",
                suggest::list(marked.iter().map(String::as_str))
            ),
        );
    }
}

/// Every list of fields: what stands in it is a column, and stands in it once.
fn lists_are_sound(model: &Model, errors: &mut Errors) {
    let keys = model.key_list.iter().map(|list| ("the primary key", list.fields.as_slice()));
    let targets = model.target_list.iter().map(|list| ("the conflict target", list.fields.as_slice()));
    let indexes = model.indexes.iter().filter_map(|index| match &index.of {
        IndexOf::Fields(fields) => Some((if index.unique { "the unique key" } else { "the index" }, fields.as_slice())),
        IndexOf::Expression(_) => None,
    });
    for (list, names) in keys.chain(targets).chain(indexes) {
        for (place, name) in names.iter().enumerate() {
            if let Some(message) = not_a_column(model, list, name) {
                errors.at(name.span(), message);
            } else if names[..place].iter().any(|earlier| earlier.unraw() == name.unraw()) {
                errors.at(name.span(), format!("`{}` is in {list} already; remove it here", name.unraw()));
            }
        }
    }
    let is_key = |target: &KeyList| {
        let key = model.key();
        target.fields.len() == key.len() && target.fields.iter().zip(key).all(|(name, field)| field.is_called(name))
    };
    if let Some(target) = &model.target_list
        && !target.fields.is_empty()
        && is_key(target)
    {
        errors.at(target.span, "the conflict target is the primary key unless another is named; remove it");
    }
}

/// Why a name in a list of columns is none.
fn not_a_column(model: &Model, list: &str, name: &Ident) -> Option<String> {
    let written = name.unraw().to_string();
    let Some(field) = model.field(name) else {
        if let Some(field) = model.fields.iter().find(|field| field.column.text == written) {
            let field = field.name.unraw();
            return Some(format!("`{written}` is a column; {list} is made of fields: write `{field}`"));
        }
        let fields: Vec<String> = model.columns().map(|field| field.name.unraw().to_string()).collect();
        let meant = suggest::did_you_mean(&written, fields.iter().map(String::as_str));
        let groups: Vec<String> =
            model.fields.iter().filter(|field| field.is_group()).map(|field| field.name.unraw().to_string()).collect();
        let flattened = if meant.is_empty() && !groups.is_empty() {
            let (groups, name) = (suggest::list(groups.iter().map(String::as_str)), model.name);
            format!(
                "\ncolumns of what is flattened ({groups}) cannot be in {list}: make such a one a field of `{name}`"
            )
        } else {
            String::new()
        };
        return Some(format!("`{}` has no field `{written}`{meant}{flattened}", model.name));
    };
    if field.is_skipped() {
        return Some(format!(
            "`{written}` is skipped, so it cannot be in {list}; remove `skip` from the field, or `{written}` here"
        ));
    }
    if field.generated().is_some() {
        let key = match list {
            "the index" => Some(("index", "idx")),
            "the unique key" => Some(("unique", "key")),
            _ => None,
        };
        let Some((key, end)) = key else {
            return Some(format!(
                "`{written}` is generated by the database, so it cannot be in {list}: no row has a value to find others by; \
                 leave it out"
            ));
        };
        let (table, column) = (&model.table.text, &field.column.text);
        return Some(format!(
            "`{written}` is generated by the database, and {list} is made of fields that are written: \
             write `{key}(expr = \"{column}\", name = \"{table}_{column}_{end}\")`"
        ));
    }
    field.is_group().then(|| {
        format!(
            "`{written}` is flattened, so it cannot be in {list}; make what belongs there a field of `{}`",
            model.name
        )
    })
}

fn skip_stands_alone(model: &Model, errors: &mut Errors) {
    for field in &model.fields {
        let Some(skip) = field.keys.skip else { continue };
        let others = keys_beside(field, "skip");
        if !others.is_empty() {
            let others = suggest::list(others);
            errors.at(skip, format!("a skipped field is no column: remove `skip`, or all beside it ({others})"));
        }
    }
}

fn flatten_stands_alone(model: &Model, errors: &mut Errors) {
    for field in model.fields.iter().filter(|field| !field.is_skipped()) {
        let Some(flatten) = field.keys.flatten else {
            if let Some(prefix) = &field.keys.prefix {
                errors.at(prefix.span(), "a prefix goes before the columns of a flattened struct: add `flatten`");
            }
            continue;
        };
        let mut others = keys_beside(field, "flatten");
        others.retain(|key| *key != "prefix");
        if !others.is_empty() {
            let others = suggest::list(others);
            errors.at(
                flatten,
                format!("a flattened struct is no column: what is said of its columns ({others}) is said in it"),
            );
        }
        if is_generic(model) {
            errors.at(
                flatten,
                format!(
                    "`{}` has type parameters, so its columns are not known here, and none can be flattened into it",
                    model.name
                ),
            );
        }
    }
}

fn group_is_not_generic(model: &Model, errors: &mut Errors) {
    if is_generic(model) {
        errors.over(
            &model.generics.params,
            "a struct with type parameters cannot be flattened: its columns have to be known where it is defined",
        );
    }
}

fn is_generic(model: &Model) -> bool {
    model.generics.type_params().next().is_some() || model.generics.const_params().next().is_some()
}

/// All keys of a field but one.
fn keys_beside(field: &FieldModel, key: &str) -> Vec<&'static str> {
    let keys = &field.keys;
    let given = [
        keys.primary_key.map(|_| "primary_key"),
        keys.column.as_ref().map(|_| "column"),
        keys.update_never.map(|_| "update"),
        keys.stored.as_ref().map(|(_, stored)| match stored {
            Stored::Json | Stored::NullableJson => "json",
            Stored::With(_) => "with",
        }),
        keys.max_len.as_ref().map(|_| "max_len"),
        keys.sql_types.as_ref().map(|_| "sql_type"),
        keys.unique.map(|_| "unique"),
        keys.index.map(|_| "index"),
        keys.origin.as_ref().map(|(_, origin)| origin.key()),
        keys.flatten.map(|_| "flatten"),
        keys.prefix.as_ref().map(|_| "prefix"),
    ];
    given.into_iter().flatten().filter(|given| *given != key).collect()
}

/// What is said of a column that is written makes no sense of one that is not.
fn generated_columns_are_not_written(model: &Model, errors: &mut Errors) {
    for (field, _) in model.generated().filter(|(field, _)| !field.is_skipped()) {
        let of_written = ["primary_key", "update", "unique", "index"];
        let mut others = keys_beside(field, "generated");
        others.retain(|key| of_written.contains(key));
        if let (Some((span, _)), false) = (&field.keys.origin, others.is_empty()) {
            let others = suggest::list(others);
            errors.at(*span, format!("a generated column is never written: remove `generated`, or {others}"));
        }
    }
}

/// The numbers of SQLite are rowids.
fn without_rowid_gives_no_numbers(model: &Model, errors: &mut Errors) {
    let Some(without_rowid) = model.sqlite.without_rowid else { return };
    let is_identity = |field: &&FieldModel| matches!(field.keys.origin, Some((_, Origin::Identity)));
    if let Some(field) = model.fields.iter().find(is_identity) {
        errors.at(
            without_rowid,
            format!(
                "a table WITHOUT ROWID gives no numbers, and `{}` is an `identity`: leave one of the two out",
                field.name.unraw()
            ),
        );
    }
}

fn key_columns_have_no_update_rule(model: &Model, errors: &mut Errors) {
    for field in model.key() {
        if let (Some(span), false) = (field.keys.update_never, field.is_skipped()) {
            errors.at(
                span,
                format!(
                    "`{}` is in the primary key, which is never updated; remove `update = never`",
                    field.name.unraw()
                ),
            );
        }
    }
}

fn key_columns_are_no_json(model: &Model, errors: &mut Errors) {
    let target = model.target_list.iter().flat_map(|list| model.listed(&list.fields));
    let keys = model.key().into_iter().map(|field| ("the primary key", field));
    let mut said = Vec::new();
    for (key, field) in keys.chain(target.map(|field| ("the conflict target", field))) {
        if let Some((span, Stored::Json | Stored::NullableJson)) = field.keys.stored
            && !said.contains(&field.name)
        {
            said.push(field.name);
            errors.at(
                span,
                format!(
                    "`{}` is in {key} and cannot be JSON, for which databases have no exact equality; \
                     leave it out of the key, or store it in another way",
                    field.name.unraw()
                ),
            );
        }
    }
}

fn names_are_usable(model: &Model, errors: &mut Errors) {
    name_is_usable(&model.table, "table", errors);
    if let Some(schema) = &model.schema {
        name_is_usable(schema, "schema", errors);
    }
    for field in model.columns().chain(model.generated().map(|(field, _)| field)) {
        name_is_usable(&field.column, "column", errors);
    }
}

fn name_is_usable(name: &Name, what: &str, errors: &mut Errors) {
    if name.text.is_empty() {
        errors.at(name.span, format!("the name of a {what} cannot be empty: write one, `{what} = \"…\"`"));
    } else if name.text.contains('\0') {
        errors.at(
            name.span,
            format!("the name of a {what} cannot contain NUL, which no database takes: write it without"),
        );
    }
}

fn column_names_are_different(model: &Model, errors: &mut Errors) {
    let mut earlier = HashMap::new();
    let columns = model.columns().chain(model.generated().map(|(field, _)| field));
    for field in columns.filter(|field| !field.column.text.is_empty()) {
        if let Some(other) = earlier.insert(&field.column.text, field.name) {
            errors.at(
                field.column.span,
                format!(
                    "`{}` and `{}` are both the column `{}`; give one another name with `#[upsert(column = \"…\")]`",
                    other.unraw(),
                    field.name.unraw(),
                    field.column.text
                ),
            );
        }
    }
}
