//! What must hold for a struct: one function for each rule, and every broken rule is reported.
//!
//! What depends on the *type* of a field is not here: a macro sees only its text. `expand` asks the compiler.

use std::collections::HashMap;

use syn::ext::IdentExt;

use crate::attr::Stored;
use crate::errors::Errors;
use crate::model::{FieldModel, Model, Name};
use crate::suggest;

pub(crate) fn check(model: &Model, errors: &mut Errors) {
    has_columns(model, errors);
    has_a_key(model, errors);
    key_is_named_once(model, errors);
    key_fields_exist(model, errors);
    key_fields_are_different(model, errors);
    key_fields_are_columns(model, errors);
    skip_stands_alone(model, errors);
    key_columns_have_no_update_rule(model, errors);
    key_columns_are_no_json(model, errors);
    names_are_usable(model, errors);
    column_names_are_different(model, errors);
}

fn has_columns(model: &Model, errors: &mut Errors) {
    if model.columns().next().is_none() {
        let why = if model.fields.is_empty() { "no fields" } else { "no field that is not skipped" };
        errors.at(model.name.span(), format!("`{}` has {why}: a table needs at least one column", model.name));
    }
}

fn has_a_key(model: &Model, errors: &mut Errors) {
    let named = model.key_list.is_some() || model.fields.iter().any(|field| field.keys.primary_key.is_some());
    let Some(first) = model.columns().next() else { return };
    if !named && !model.key_may_be_meant {
        errors.at(
            model.name.span(),
            format!(
                "`{}` has no primary key, by which rows that are already there are found\n\
                 write `#[upsert(primary_key)]` on each field that is part of it, \
                 or `#[upsert(primary_key({}))]` on the struct",
                model.name,
                first.name.unraw()
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

fn key_fields_exist(model: &Model, errors: &mut Errors) {
    for name in model.key_list.iter().flat_map(|list| &list.fields) {
        if model.field(name).is_some() {
            continue;
        }
        let written = name.unraw().to_string();
        let message = match model.fields.iter().find(|field| field.column.text == written) {
            Some(field) => {
                format!("`{written}` is a column; the key is made of fields: write `{}`", field.name.unraw())
            }
            None => {
                let fields: Vec<String> = model.columns().map(|field| field.name.unraw().to_string()).collect();
                let meant = suggest::did_you_mean(&written, fields.iter().map(String::as_str));
                format!("`{}` has no field `{written}`{meant}", model.name)
            }
        };
        errors.at(name.span(), message);
    }
}

fn key_fields_are_different(model: &Model, errors: &mut Errors) {
    let names: Vec<_> = model.key_list.iter().flat_map(|list| &list.fields).collect();
    for (place, name) in names.iter().enumerate() {
        if names[..place].iter().any(|earlier| earlier.unraw() == name.unraw()) {
            errors.at(name.span(), format!("`{}` is in the primary key already; remove it here", name.unraw()));
        }
    }
}

fn key_fields_are_columns(model: &Model, errors: &mut Errors) {
    for name in model.key_list.iter().flat_map(|list| &list.fields) {
        if model.field(name).is_some_and(FieldModel::is_skipped) {
            errors.at(
                name.span(),
                format!(
                    "`{0}` is skipped, so it cannot be in the primary key; remove `skip` from the field, or `{0}` here",
                    name.unraw()
                ),
            );
        }
    }
}

fn skip_stands_alone(model: &Model, errors: &mut Errors) {
    for field in &model.fields {
        let Some(skip) = field.keys.skip else { continue };
        let others: Vec<&str> = [
            field.keys.primary_key.map(|_| "primary_key"),
            field.keys.column.as_ref().map(|_| "column"),
            field.keys.update_never.map(|_| "update"),
            field.keys.stored.as_ref().map(|(_, stored)| match stored {
                Stored::Json | Stored::NullableJson => "json",
                Stored::With(_) => "with",
            }),
            field.keys.max_len.as_ref().map(|_| "max_len"),
            (!field.keys.sql_types.is_empty()).then_some("sql_type"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !others.is_empty() {
            let others = suggest::list(others);
            errors.at(skip, format!("a skipped field is no column: remove `skip`, or all beside it ({others})"));
        }
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
    for field in model.key() {
        if let Some((span, Stored::Json | Stored::NullableJson)) = field.keys.stored {
            errors.at(
                span,
                format!(
                    "`{}` is in the primary key and cannot be JSON, for which databases have no exact equality",
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
    for field in model.columns() {
        name_is_usable(&field.column, "column", errors);
    }
}

fn name_is_usable(name: &Name, what: &str, errors: &mut Errors) {
    if name.text.is_empty() {
        errors.at(name.span, format!("the name of a {what} cannot be empty"));
    } else if name.text.contains('\0') {
        errors.at(name.span, format!("the name of a {what} cannot contain NUL; no database takes it"));
    }
}

fn column_names_are_different(model: &Model, errors: &mut Errors) {
    let mut earlier = HashMap::new();
    for field in model.columns().filter(|field| !field.column.text.is_empty()) {
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
