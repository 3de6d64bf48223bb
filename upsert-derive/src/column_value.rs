//! `#[derive(ColumnValue)]`: enums without data are texts, structs of one field are what their field is.

use std::collections::HashMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, LitStr, Member, Path, Type, parse_quote};

use crate::attr::{self, EnumKeys};
use crate::case::Case;
use crate::errors::Errors;
use crate::expand::{allow_deprecated, mentions, private};

const WANTED: &str = "a value of a column is an enum whose variants have no data (`enum Color { Red, Green }`), \
                      or a struct of one field (`struct Celsius(f64)`)";

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let keys = attr::read_column_value(input, &mut errors);
    let crate_path = keys.crate_path.clone().unwrap_or_else(|| parse_quote!(::upsert));
    let model = Model::new(input, &keys, &mut errors);
    match (model, errors.into_tokens()) {
        (Some(Model::Enum(labels)), None) => expand_enum(input, &crate_path, &keys, &labels),
        (Some(Model::Newtype(newtype)), None) => expand_newtype(input, &crate_path, &newtype),
        (model, errors) => {
            let mut tokens = fallback(input, &crate_path);
            if let Some(Model::Newtype(newtype)) = model {
                tokens.extend(ask(input, &crate_path, newtype.ty));
            }
            tokens.extend(errors);
            tokens
        }
    }
}

/// Whether the field of a struct can be stored, asked beside other mistakes; of parameters nothing is known.
fn ask(input: &DeriveInput, crate_path: &Path, ty: &Type) -> Option<TokenStream> {
    let private = private(crate_path);
    let is_known = input.generics.params.is_empty();
    is_known.then(|| quote!(const _: #private::ColumnType = <#ty as #private::ColumnValue>::TYPE;))
}

enum Model<'a> {
    /// Each variant and its text.
    Enum(Vec<(&'a Ident, String)>),
    Newtype(Newtype<'a>),
}

/// A struct of one field.
struct Newtype<'a> {
    member: Member,
    ty: &'a Type,
    /// Fields beside it that have no data.
    markers: Vec<Member>,
}

/// Whether a type looks like `PhantomData<T>`. Generated code asks the compiler whether it is.
fn is_marker(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|name| name.ident == "PhantomData")
}

impl<'a> Model<'a> {
    fn new(input: &'a DeriveInput, keys: &EnumKeys, errors: &mut Errors) -> Option<Self> {
        match &input.data {
            Data::Enum(data) => {
                if data.variants.is_empty() {
                    errors.at(input.ident.span(), "an enum without variants has no values: add a variant");
                    return None;
                }
                for variant in data.variants.iter().filter(|variant| !matches!(variant.fields, Fields::Unit)) {
                    errors.over(
                        &variant.fields,
                        format!(
                            "`{}` has data, which one text cannot hold: {WANTED}; \
                             what serde can serialize is stored by `#[upsert(json)]` on the field that has it",
                            variant.ident
                        ),
                    );
                }
                let case = keys.rename_all.unwrap_or(Case::Snake);
                let labels = data.variants.iter().zip(&keys.renamed).map(|(variant, renamed)| match renamed {
                    Some(renamed) => (&variant.ident, renamed.value(), renamed.span()),
                    None => (&variant.ident, case.variant(&variant.ident.unraw().to_string()), variant.ident.span()),
                });
                let labels: Vec<_> = labels.collect();
                check_labels(&labels, keys, errors);
                if let Some(name) = &keys.postgres_enum {
                    check_name(name, errors);
                }
                Some(Self::Enum(labels.into_iter().map(|(variant, label, _)| (variant, label)).collect()))
            }
            Data::Struct(data) => {
                for (span, key) in keys.only_of_enums() {
                    errors.at(span, format!("`{key}` belongs on an enum, and `{}` is a struct", input.ident));
                }
                let members = data.fields.iter().zip(data.fields.members());
                let (markers, values): (Vec<_>, Vec<_>) = members.partition(|(field, _)| is_marker(&field.ty));
                match values.as_slice() {
                    [(field, member)] => Some(Self::Newtype(Newtype {
                        member: member.clone(),
                        ty: &field.ty,
                        markers: markers.into_iter().map(|(_, member)| member).collect(),
                    })),
                    _ => {
                        let count = data.fields.len();
                        errors.at(
                            input.ident.span(),
                            format!(
                                "`{}` has {count} fields, which one column cannot hold: {WANTED}; \
                                 a row of a table derives `Upsertable`",
                                input.ident
                            ),
                        );
                        None
                    }
                }
            }
            Data::Union(data) => {
                errors.over(data.union_token, format!("a union says not what it holds: {WANTED}"));
                None
            }
        }
    }
}

fn check_labels(labels: &[(&Ident, String, Span)], keys: &EnumKeys, errors: &mut Errors) {
    let mut earlier: HashMap<&str, &Ident> = HashMap::new();
    for (variant, label, span) in labels {
        if label.is_empty() || label.contains('\0') {
            errors.at(*span, "a label cannot be empty or contain NUL: write another with `rename = \"…\"`");
        } else if keys.postgres_enum.is_some() && label.len() > 63 {
            errors.at(
                *span,
                "a label has 63 bytes at most in an enum type of PostgreSQL: write a shorter `rename = \"…\"`",
            );
        } else if let Some(other) = earlier.insert(label, variant) {
            errors.at(
                *span,
                format!("`{other}` and `{variant}` are both the text {label:?}; give one another with `#[upsert(rename = \"…\")]`"),
            );
        }
    }
}

fn check_name(name: &LitStr, errors: &mut Errors) {
    let text = name.value();
    if text.is_empty() || text.contains('\0') || text.len() > 63 {
        errors.at(name.span(), "the name of a type of PostgreSQL has 1 to 63 bytes, and no NUL: write such a one");
    }
}

fn expand_enum(input: &DeriveInput, crate_path: &Path, keys: &EnumKeys, labels: &[(&Ident, String)]) -> TokenStream {
    let private = private(crate_path);
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let variants = labels.iter().map(|(variant, _)| variant);
    let texts: Vec<&str> = labels.iter().map(|(_, label)| label.as_str()).collect();
    let postgres = keys.postgres_enum.as_ref().map(|name| quote!(.postgres(#name)));
    let allow_deprecated = allow_deprecated(input);
    quote! {
        const _: () = {
            #[automatically_derived]
            #allow_deprecated
            impl #impl_generics #private::ColumnValue for #name #type_generics #where_clause {
                const TYPE: #private::ColumnType = #private::ColumnType::Text;
                const ENUM: #private::Option<#private::EnumType<'static>> =
                    #private::Option::Some(#private::EnumType::new(&[#(#texts),*]) #postgres);

                fn value(&self) -> #private::Value<'_> {
                    #private::text(match self { #( Self::#variants => #texts, )* })
                }
            }

            #[automatically_derived]
            #allow_deprecated
            impl #impl_generics #private::KeyValue for #name #type_generics #where_clause {}
        };
    }
}

fn expand_newtype(input: &DeriveInput, crate_path: &Path, newtype: &Newtype<'_>) -> TokenStream {
    let Newtype { member, ty, markers } = newtype;
    let private = private(crate_path);
    let name = &input.ident;
    let (impl_generics, type_generics, _) = input.generics.split_for_impl();
    let mut generics = input.generics.clone();
    let parameters = generics.type_params().map(|parameter| parameter.ident.to_string()).collect();
    if mentions(ty.to_token_stream(), &parameters) {
        generics.make_where_clause().predicates.push(parse_quote!(#ty: #private::ColumnValue));
    }
    let where_clause = &generics.where_clause;
    // It is a key where its field is. Asked for every lifetime, the question may have the answer no.
    let mut key_generics = generics.clone();
    key_generics.make_where_clause().predicates.push(parse_quote!(for<'__any> #ty: #private::KeyValue));
    let key_where = &key_generics.where_clause;
    let allow_deprecated = allow_deprecated(input);
    quote! {
        const _: () = {
            #[automatically_derived]
            #allow_deprecated
            impl #impl_generics #private::ColumnValue for #name #type_generics #where_clause {
                const TYPE: #private::ColumnType = <#ty as #private::ColumnValue>::TYPE;
                const NULLABLE: #private::bool = <#ty as #private::ColumnValue>::NULLABLE;
                const HAS_ONE_NULL: #private::bool = <#ty as #private::ColumnValue>::HAS_ONE_NULL;
                const LONGEST: #private::Option<#private::u32> = <#ty as #private::ColumnValue>::LONGEST;
                const ENUM: #private::Option<#private::EnumType<'static>> = <#ty as #private::ColumnValue>::ENUM;

                #[inline]
                fn value(&self) -> #private::Value<'_> {
                    #( let _: &#private::PhantomData<_> = &self.#markers; )*
                    <#ty as #private::ColumnValue>::value(&self.#member)
                }

                #[inline]
                fn size(&self) -> #private::usize {
                    <#ty as #private::ColumnValue>::size(&self.#member)
                }
            }

            #[automatically_derived]
            #allow_deprecated
            impl #impl_generics #private::KeyValue for #name #type_generics #key_where {}
        };
    }
}

/// What stands beside the errors, so that one mistake is one error. It never runs.
fn fallback(input: &DeriveInput, crate_path: &Path) -> TokenStream {
    let private = private(crate_path);
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let allow_deprecated = allow_deprecated(input);
    quote! {
        const _: () = {
            #[automatically_derived]
            #allow_deprecated
            impl #impl_generics #private::ColumnValue for #name #type_generics #where_clause {
                const TYPE: #private::ColumnType = #private::ColumnType::Text;

                fn value(&self) -> #private::Value<'_> {
                    #private::text("")
                }
            }

            #[automatically_derived]
            #allow_deprecated
            impl #impl_generics #private::KeyValue for #name #type_generics #where_clause {}
        };
    }
}
