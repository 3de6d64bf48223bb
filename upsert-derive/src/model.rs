//! What the struct says, with every name and default settled.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Expr, ExprLit, Fields, Generics, Lit, LitStr, Meta, Path, Type};

use crate::attr::{Database, FieldKeys, FieldSyntax, IndexKey, KeyList, Origin, Sql, SqliteKeys, Syntax};
use crate::case;
use crate::errors::Errors;

pub(crate) struct Model<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) crate_path: Path,
    pub(crate) table: Name,
    /// The first paragraph of its doc comment.
    pub(crate) doc: Option<String>,
    pub(crate) schema: Option<Name>,
    /// In the order of the struct, also those that are skipped.
    pub(crate) fields: Vec<FieldModel<'a>>,
    /// `primary_key(a, b)` on the struct.
    pub(crate) key_list: Option<KeyList>,
    pub(crate) key_may_be_meant: bool,
    /// `conflict_target(a)` on the struct.
    pub(crate) target_list: Option<KeyList>,
    pub(crate) indexes: Vec<IndexKey>,
    /// Those whose rules are looked at where the struct is defined.
    pub(crate) databases: Vec<Database>,
    /// Where it is asked to be held against what its table was like.
    pub(crate) snapshot: Option<Span>,
    /// How SQLite keeps the table.
    pub(crate) sqlite: SqliteKeys,
}

pub(crate) struct FieldModel<'a> {
    /// Its place among all fields of the struct.
    pub(crate) number: usize,
    pub(crate) name: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) column: Name,
    /// The first paragraph of its doc comment.
    pub(crate) doc: Option<String>,
    pub(crate) keys: FieldKeys,
    /// Whether there was no mistake in its attributes.
    pub(crate) is_read: bool,
    /// Whether its type may be an `Option` of one, which is refused: then the other columns are asked about all the same.
    pub(crate) is_optional_twice: bool,
}

/// A name in the database, and where it comes from.
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl<'a> Model<'a> {
    /// `None` (and an error) for anything that is no struct with named fields.
    pub(crate) fn new(input: &'a DeriveInput, syntax: Syntax<'a>, errors: &mut Errors) -> Option<Self> {
        only_structs_with_named_fields(input, errors)?;
        let Syntax { container, fields, key_may_be_meant } = syntax;
        let rename_all = container.rename_all.unwrap_or(case::Case::Snake);
        let fields = fields
            .into_iter()
            .enumerate()
            .filter_map(|(number, FieldSyntax { field, keys, is_read })| {
                let name = field.ident.as_ref()?;
                let column = match &keys.column {
                    Some((_, column)) => Name::written(column),
                    None => Name { text: rename_all.column(&name.unraw().to_string()), span: name.span() },
                };
                Some(FieldModel {
                    number,
                    name,
                    ty: &field.ty,
                    column,
                    doc: first_paragraph(&field.attrs),
                    keys,
                    is_read,
                    is_optional_twice: options(field.ty.to_token_stream()) > 1,
                })
            })
            .collect();
        let table = match &container.table {
            Some(table) => Name::written(table),
            None => Name { text: case::table(&input.ident.unraw().to_string()), span: input.ident.span() },
        };
        Some(Self {
            name: &input.ident,
            generics: &input.generics,
            crate_path: container.crate_path(),
            table,
            doc: first_paragraph(&input.attrs),
            schema: container.schema.as_ref().map(Name::written),
            fields,
            key_list: container.primary_key,
            key_may_be_meant,
            target_list: container.conflict_target,
            indexes: container.indexes,
            databases: container.databases,
            snapshot: container.snapshot,
            sqlite: container.sqlite,
        })
    }

    /// The fields that are written, in order: columns, and structs of columns.
    pub(crate) fn written(&self) -> impl Iterator<Item = &FieldModel<'a>> {
        self.fields.iter().filter(|field| !field.is_skipped() && field.generated().is_none())
    }

    /// The fields that are columns of the struct's own, in order.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &FieldModel<'a>> {
        self.written().filter(|field| !field.is_group())
    }

    /// The columns that the database computes.
    pub(crate) fn generated(&self) -> impl Iterator<Item = (&FieldModel<'a>, &Sql)> {
        self.fields.iter().filter_map(|field| Some((field, field.generated()?)))
    }

    /// The fields of a list in its order. A name that is no column is left out.
    pub(crate) fn listed(&self, names: &[Ident]) -> Vec<&FieldModel<'a>> {
        names.iter().filter_map(|name| self.columns().find(|field| field.is_called(name))).collect()
    }

    /// The fields of the key, in its order. A name in the list that is no field is left out.
    pub(crate) fn key(&self) -> Vec<&FieldModel<'a>> {
        match &self.key_list {
            Some(list) => self.listed(&list.fields),
            None => self.fields.iter().filter(|field| field.keys.primary_key.is_some()).collect(),
        }
    }

    /// The field of this name.
    pub(crate) fn field(&self, name: &Ident) -> Option<&FieldModel<'a>> {
        self.fields.iter().find(|field| field.is_called(name))
    }
}

impl FieldModel<'_> {
    pub(crate) fn is_skipped(&self) -> bool {
        self.keys.skip.is_some()
    }

    /// Whether it is a struct whose fields are columns.
    pub(crate) fn is_group(&self) -> bool {
        self.keys.flatten.is_some()
    }

    /// What the database computes it from.
    pub(crate) fn generated(&self) -> Option<&Sql> {
        match &self.keys.origin {
            Some((_, Origin::Generated(sql))) => Some(sql),
            _ => None,
        }
    }

    /// Whether it has this name; `r#type` and `type` are the same.
    pub(crate) fn is_called(&self, name: &Ident) -> bool {
        self.name.unraw() == name.unraw()
    }
}

impl Name {
    fn written(literal: &LitStr) -> Self {
        Self { text: literal.value(), span: literal.span() }
    }
}

/// How often a type says `Option`.
fn options(ty: TokenStream) -> usize {
    let each = ty.into_iter().map(|token| match token {
        TokenTree::Ident(name) => usize::from(name == "Option"),
        TokenTree::Group(group) => options(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => 0,
    });
    each.sum()
}

/// What a doc comment says first, in one line.
fn first_paragraph(attributes: &[Attribute]) -> Option<String> {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let lines = text.lines().map(str::trim).skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
    let paragraph = lines.collect::<Vec<_>>().join(" ");
    (!paragraph.is_empty() && !paragraph.contains('\0')).then_some(paragraph)
}

fn only_structs_with_named_fields(input: &DeriveInput, errors: &mut Errors) -> Option<()> {
    let wanted = "a table's row is a struct with named fields: `struct City { id: i64, name: String }`";
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(_) => return Some(()),
            Fields::Unnamed(fields) => {
                errors.over(fields, format!("fields without names cannot name columns; {wanted}"));
            }
            Fields::Unit => errors.at(input.ident.span(), format!("a struct without fields has no columns; {wanted}")),
        },
        Data::Enum(data) => errors.over(data.enum_token, format!("an enum has no columns; {wanted}")),
        Data::Union(data) => errors.over(data.union_token, format!("a union has no columns; {wanted}")),
    }
    None
}
