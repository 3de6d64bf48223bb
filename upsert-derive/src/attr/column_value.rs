//! What the attributes of a type say that is a column's value.

use proc_macro2::Span;
use syn::{Data, DeriveInput, LitStr, Path};

use super::entry::entries;
use super::place::{COLUMN_VALUE, NEWTYPE_FIELD, VARIANT};
use super::{case, crate_path};
use crate::case::Case;
use crate::errors::Errors;

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
pub(crate) fn read_column_value(input: &DeriveInput, errors: &mut Errors) -> EnumKeys {
    let mut keys = EnumKeys::default();
    // No key of a table can be meant here.
    let mut ignored = false;
    for entry in entries(&input.attrs, &COLUMN_VALUE, &mut ignored, errors) {
        if entry.key == "transparent" {
            entry.flag(errors);
            if !matches!(input.data, Data::Struct(_)) {
                errors.at(
                    entry.written.span(),
                    "`transparent` is what a struct of one field is, and no enum: leave it out",
                );
            }
        } else if entry.key != "crate" {
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
