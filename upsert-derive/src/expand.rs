//! The code that is generated.
//!
//! Every path is absolute, and the one local name has the hygiene of the macro, so that no name of the user's crate
//! is ever taken for one of ours. All of it is in one `const _`.
//!
//! What a field's type must fulfil is asked for with the tokens of the type itself, so that the compiler's error stands
//! under the type in the struct. The questions are always put in the same words (`<Type as ColumnValue>::…` and
//! `key::<Type>()`): errors that are equal in text and place are shown once, however many bodies ask.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{DeriveInput, Generics, Path, Token, Type, WhereClause, WherePredicate, parse_quote, parse_quote_spanned};

use crate::attr::Stored;
use crate::model::{FieldModel, Model};

pub(crate) fn expand(input: &DeriveInput, model: &Model) -> TokenStream {
    let private = private(&model.crate_path);
    let columns: Vec<&FieldModel> = model.columns().collect();
    let key = model.key();
    let name = model.name;

    let definitions = columns.iter().map(|field| definition(field, &private));
    let key_positions = key.iter().filter_map(|part| columns.iter().position(|field| field.name == part.name));
    let table = &model.table.text;
    let in_schema = model.schema.as_ref().map(|schema| {
        let schema = &schema.text;
        quote!(.in_schema(#schema))
    });

    let positions = 0..columns.len();
    let members = columns.iter().map(|field| member(field.name));
    let values = columns.iter().map(|field| column_value(field, &private));
    let sizes = columns.iter().map(|field| {
        let (member, value) = (member(field.name), column_value(field, &private));
        quote!(#value::size(&self.#member))
    });
    // Whether a column that is stored in another way can be in the key is asked below.
    let key_types = key.iter().filter(|field| field.keys.stored.is_none()).map(|field| field.ty);
    // Asked for in every body: beside it the compiler leaves out the weaker question, whether it can be stored.
    let key_obligations = quote!(#( #private::key::<#key_types>(); )*);

    let columns_name = columns_name(input);
    let columns_struct =
        columns_struct(&columns_name, columns.iter().map(|field| (field.name, field.column.text.as_str())), &private);
    let refs = columns.iter().enumerate().map(|(position, field)| {
        let (member, column) = (member(field.name), &field.column.text);
        quote!(#member: #private::column_ref(#table, #position, #column))
    });

    let (impl_generics, type_generics, _) = model.generics.split_for_impl();
    let where_clause = where_clause(model, &columns, &key, &private);
    let column = Ident::new("column", Span::mixed_site());
    let checks = checks(model, &columns, &private);
    let definition = quote! {
        {
            #key_obligations
            &#private::TableSchema::new(#table, &[#(#definitions),*], &[#(#key_positions),*])#in_schema
        }
    };
    // What is asked of the schema alone does not ask the struct for more, and so is no second error where it fails.
    let (own_schema, schema) = if model.generics.params.is_empty() {
        let own = own_schema();
        (Some(quote!(const #own: &#private::TableSchema<'static> = #definition;)), quote!(#own))
    } else {
        (None, definition)
    };

    quote! {
        const _: () = {
            #columns_struct

            #own_schema

            #[automatically_derived]
            impl #impl_generics #private::Upsertable for #name #type_generics #where_clause {
                const SCHEMA: &'static #private::TableSchema<'static> = #schema;

                type Columns = #columns_name;

                const COL: #columns_name = #columns_name { #(#refs),* };

                #[inline]
                fn value(&self, #column: #private::usize) -> #private::Value<'_> {
                    #key_obligations
                    match #column {
                        #( #positions => #values::value(&self.#members), )*
                        _ => #private::no_such_column(#column),
                    }
                }

                #[inline]
                fn size(&self) -> #private::usize {
                    #key_obligations
                    #(#sizes)+*
                }
            }

            #checks
        };
    }
}

/// The name of the schema in generated code.
fn own_schema() -> Ident {
    Ident::new("__UPSERT_SCHEMA", Span::call_site())
}

/// What the compiler finds out about the finished schema. Of a struct with type parameters it cannot be asked before they
/// are known; its plan asks.
fn checks(model: &Model, columns: &[&FieldModel], private: &TokenStream) -> TokenStream {
    let name = model.name;
    let (_, type_generics, _) = model.generics.split_for_impl();
    let mut generics = model.generics.clone();
    let database = Ident::new("__Database", Span::mixed_site());
    generics.params.push(parse_quote!(#database));

    if model.generics.type_params().next().is_some() || model.generics.const_params().next().is_some() {
        generics.make_where_clause().predicates.push(parse_quote!(#name #type_generics: #private::Upsertable));
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        return quote! {
            #[automatically_derived]
            impl #impl_generics #private::FitsDatabase<#database> for #name #type_generics #where_clause {}
        };
    }

    let schema = if model.generics.params.is_empty() {
        own_schema().to_token_stream()
    } else {
        // All rows of a struct that borrows have one schema.
        let lifetimes = model.generics.lifetimes().map(|_| quote!('static));
        quote!(<#name<#(#lifetimes),*> as #private::Upsertable>::SCHEMA)
    };
    let verdict: WherePredicate = parse_quote! {
        #private::Verdict<
            { #private::passes(#schema, #private::Dialect::Postgres) },
            { #private::passes(#schema, #private::Dialect::Sqlite) },
        >: #private::Passes<#database>
    };
    generics.make_where_clause().predicates.push(verdict);
    let (impl_generics, _, where_clause) = generics.split_for_impl();

    let sound = columns.iter().enumerate().filter_map(|(position, field)| {
        // Asked only where it may be in doubt: each question costs the compiler something.
        let asked = field.keys.max_len.is_some() || field.keys.stored.is_some();
        let span = Span::call_site().located_at(field.ty.span());
        asked.then(|| check_at(span, quote!(#private::column_is_sound(#schema, #position))))
    });
    let fits = model.databases.iter().flat_map(|database| {
        let dialect = Ident::new(database.dialect(), Span::call_site());
        let table = Span::call_site().located_at(model.table.span);
        let whole = check_at(table, quote!(#private::table_fits(#schema, #private::Dialect::#dialect)));
        let schema = &schema;
        let each = columns.iter().enumerate().map(move |(position, field)| {
            let span = Span::call_site().located_at(field.ty.span());
            check_at(span, quote!(#private::column_fits(#schema, #position, #private::Dialect::#dialect)))
        });
        std::iter::once(whole).chain(each).collect::<Vec<_>>()
    });
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::FitsDatabase<#database> for #name #type_generics #where_clause {}

        #(#sound)*
        #(#fits)*
    }
}

/// A question whose answer, if it is no, is an error at a place.
fn check_at(span: Span, question: TokenStream) -> TokenStream {
    let question = at(span, question);
    quote_spanned!(span=> const _: () = #question;)
}

/// What says how the field is stored: its type, or something else.
fn column_value(field: &FieldModel, private: &TokenStream) -> TokenStream {
    let ty = field.ty;
    match adapter(field, private) {
        None => quote!(<#ty as #private::ColumnValue>),
        Some(adapter) => quote!(<#adapter as #private::ColumnAs<#ty>>),
    }
}

fn adapter(field: &FieldModel, private: &TokenStream) -> Option<TokenStream> {
    let (_, stored) = field.keys.stored.as_ref()?;
    let span = Span::call_site().located_at(field.ty.span());
    let private = at(span, private.clone());
    Some(match stored {
        Stored::Json => quote_spanned!(span=> #private::AsJson),
        Stored::NullableJson => quote_spanned!(span=> #private::AsNullableJson),
        Stored::With(adapter) => adapter.to_token_stream(),
    })
}

/// The place of all names that generated code uses.
pub(crate) fn private(crate_path: &Path) -> TokenStream {
    quote!(#crate_path::__private)
}

/// A field as generated code writes it: found in an editor at the user's field, but no lint about it is the user's.
pub(crate) fn member(field: &Ident) -> Ident {
    let mut member = field.clone();
    member.set_span(field.span().resolved_at(Span::call_site()));
    member
}

/// A name for the struct of columns that nothing in the input can mean.
pub(crate) fn columns_name(input: &DeriveInput) -> Ident {
    let mut taken = HashSet::new();
    collect_names(input.to_token_stream(), &mut taken);
    let mut name = format!("{}Columns", input.ident.unraw());
    while taken.contains(&name) {
        name.push('_');
    }
    Ident::new(&name, Span::call_site())
}

fn collect_names(tokens: TokenStream, names: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => _ = names.insert(name.to_string()),
            TokenTree::Group(group) => collect_names(group.stream(), names),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The type of `COL`.
pub(crate) fn columns_struct<'a>(
    name: &Ident,
    fields: impl Iterator<Item = (&'a Ident, &'a str)>,
    private: &TokenStream,
) -> TokenStream {
    let fields = fields.map(|(field, column)| {
        let (doc, member) = (format!("The column `{column}`."), member(field));
        quote!(#[doc = #doc] pub #member: #private::ColumnRef)
    });
    quote! {
        /// The columns of the table, by the names of their fields.
        pub struct #name { #(#fields),* }
    }
}

fn definition(field: &FieldModel, private: &TokenStream) -> TokenStream {
    let (value, column) = (column_value(field, private), &field.column.text);
    let update = field.keys.update_never.map(|_| quote!(.update(#private::Update::Never)));
    let max_len = field.keys.max_len.as_ref().map(|max_len| quote!(.max_len(#max_len)));
    let sql_types = field.keys.sql_types.iter().map(|(database, sql_type)| {
        let database = Ident::new(database.name(), Span::call_site());
        quote!(.#database(#sql_type))
    });
    let sql_types =
        (!field.keys.sql_types.is_empty()).then(|| quote!(.sql_types(#private::SqlTypes::NONE #(#sql_types)*)));
    quote! {
        #private::Column::new(#column, #value::TYPE)
            .nullable(#value::NULLABLE)
            .enum_type(#value::ENUM)
            #update
            #max_len
            #sql_types
    }
}

/// What a generic struct needs beside its own bounds: that its fields fit, and that it is `Send` and `Sync`.
fn where_clause(model: &Model, columns: &[&FieldModel], key: &[&FieldModel], private: &TokenStream) -> WhereClause {
    let parameters = type_parameters(model.generics);
    let mut clause = where_send_and_sync(model.generics);
    let generic = |field: &&&FieldModel| mentions(field.ty.to_token_stream(), &parameters);
    let bound = |ty: &Type, name: &str| -> WherePredicate {
        let span = Span::call_site().located_at(ty.span());
        let name = Ident::new(name, span);
        let private = at(span, private.clone());
        parse_quote_spanned!(span=> #ty: #private::#name)
    };
    let stored_as = |field: &&FieldModel| -> WherePredicate {
        let ty = field.ty;
        match adapter(field, private) {
            None => bound(ty, "ColumnValue"),
            Some(adapter) => parse_quote!(#adapter: #private::ColumnAs<#ty>),
        }
    };
    clause.predicates.extend(columns.iter().filter(generic).map(stored_as));
    let of_type = key.iter().filter(|field| field.keys.stored.is_none());
    clause.predicates.extend(of_type.filter(generic).map(|field| bound(field.ty, "KeyValue")));
    clause
}

/// The same tokens in another place: where an error about them is to stand.
fn at(span: Span, tokens: TokenStream) -> TokenStream {
    let respanned = tokens.into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    respanned.collect()
}

/// The struct's own bounds, and those of the trait where they depend on a parameter.
pub(crate) fn where_send_and_sync(generics: &Generics) -> WhereClause {
    let own = generics.where_clause.clone();
    let mut clause =
        own.unwrap_or_else(|| WhereClause { where_token: <Token![where]>::default(), predicates: Punctuated::new() });
    if generics.type_params().next().is_some() {
        clause.predicates.push(parse_quote!(Self: ::core::marker::Send + ::core::marker::Sync));
    }
    clause
}

fn type_parameters(generics: &Generics) -> HashSet<String> {
    generics.type_params().map(|parameter| parameter.ident.to_string()).collect()
}

/// Whether a type names one of the parameters. It may find one too many: a bound that holds anyway does no harm.
fn mentions(tokens: TokenStream, parameters: &HashSet<String>) -> bool {
    let mut names = HashSet::new();
    collect_names(tokens, &mut names);
    !names.is_disjoint(parameters)
}
