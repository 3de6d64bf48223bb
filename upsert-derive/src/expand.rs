//! The code that is generated.
//!
//! All of it is in one `const _`, every path is absolute, and the local names have the hygiene of the macro. The items in there have
//! none, for a macro gives it to no item: types and constants of the user's that a field names are looked for among them first. So
//! they have names that begin with `__upsert`, `__Upsert` or `__UPSERT`, and parameters with `__`, which are ours; the struct of
//! columns, which has its name from the user's, takes one that does not stand in the input.
//!
//! What a field's type must fulfil is asked for with the tokens of the type itself, so that the compiler's error stands
//! under the type in the struct. The questions are always put in the same words (`<Type as ColumnValue>::…` and
//! `key::<Type>()`): errors that are equal in text and place are shown once, however many bodies ask.

use std::collections::HashSet;

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{DeriveInput, Generics, Path, Token, Type, WhereClause, WherePredicate, parse_quote, parse_quote_spanned};

use crate::attr::{Database, IndexKey, IndexOf, Stored};
use crate::layout::{Layout, is_plain, numbered, sql_for};
use crate::model::{FieldModel, Model};
use crate::questions::{Questions, lowercase};
use crate::snapshot::Snapshots;
use crate::validate;

pub(crate) fn expand(input: &DeriveInput, model: &Model, snapshots: &Snapshots) -> TokenStream {
    let private = private(&model.crate_path);
    let questions = Questions::new(model, &private, false);
    let layout = Layout::new(&questions);
    let key = key_fields(model);
    let name = model.name;
    let table = &model.table.text;

    // Whether a column that is stored in another way can be in the key is asked below.
    let key_types = key.iter().filter(|field| is_plain(field, &private)).map(|field| field.ty);
    // Asked for in every body: beside it the compiler leaves out the weaker question, whether it can be stored.
    let key_obligations = quote!(#( #private::key::<#key_types>(); )*);

    let columns_name = columns_name(input);
    let (members, refs) = layout.refs(
        |position, field| {
            let column = &field.column.text;
            quote!(#private::column_ref(#table, #position, #column))
        },
        |number| numbered("__UpsertAt", number).into_token_stream(),
    );
    let own = own_schema();
    let places = layout.group_positions().into_iter().map(|(number, position)| {
        let place = numbered("__UpsertAt", number);
        quote! {
            pub struct #place;

            impl #private::Place for #place {
                const TABLE: &'static #private::TableSchema<'static> = #own;
                const OFFSET: #private::usize = #position;
            }
        }
    });

    let (impl_generics, type_generics, _) = model.generics.split_for_impl();
    let where_clause = where_clause(model, &key, &private);
    // A constant of the user's would make a pattern of a plainer name.
    let column = Ident::new("__upsert_column", Span::mixed_site());
    let block = Ident::new("__upsert_block", Span::mixed_site());
    let rows = Ident::new("__upsert_rows", Span::mixed_site());
    let (value, size, fill) = (layout.value(&column), layout.size(), layout.fill(&rows, &block, None));
    let checks = checks(&questions, &layout);
    let of_snapshots = questions.of_snapshots(snapshots);
    // They are looked at here, or the user would be told that nobody reads them.
    let generated = model.generated().map(|(field, _)| member(field.name));
    let (column_items, columns) = layout.columns();
    let generated_columns = model.generated().map(|(field, expression)| {
        let (column, expression) = (questions.column(field), sql_for(expression, &private));
        quote!(#private::GeneratedColumn::new(#column, #expression))
    });
    let position = |field: &FieldModel| layout.position(field);
    let table_schema = table_schema(&questions, &columns, position, &generated_columns.collect::<Vec<_>>());
    let definition = quote! {
        {
            #key_obligations
            #table_schema
        }
    };
    let (constants, groups) = (questions.constants(), questions.groups_of_columns());
    // What is asked of the schema alone does not ask the struct for more, and so is no second error where it fails.
    let (own_schema, schema) = if has_own_schema(model, &layout) {
        let definition = outside(definition, model);
        (Some(quote!(#column_items const #own: &#private::TableSchema<'static> = #definition;)), quote!(#own))
    } else {
        (None, definition)
    };

    let allow_deprecated = allow_deprecated(input);
    quote! {
        #allow_deprecated
        const _: () = {
            /// The columns of the table, by the names of their fields.
            pub struct #columns_name { #members }

            #constants
            #groups
            #own_schema

            #(#places)*

            #[automatically_derived]
            impl #impl_generics #private::Upsertable for #name #type_generics #where_clause {
                const SCHEMA: &'static #private::TableSchema<'static> = #schema;

                type Columns = #columns_name;

                const COL: #columns_name = #columns_name { #refs };

                #[inline]
                fn value(&self, #column: #private::usize) -> #private::Value<'_> {
                    #key_obligations
                    #value
                }

                #[inline]
                fn size(&self) -> #private::usize {
                    #key_obligations
                    #( let _ = &self.#generated; )*
                    #size
                }

                #[inline]
                fn fill_block<'__v>(#rows: &[&'__v Self], #block: &mut #private::Block<'__v>) {
                    #key_obligations
                    #fill
                }
            }

            #checks
            #of_snapshots
        };
    }
}

/// The fields by which rows are told apart: those of the primary key, and of the conflict target.
fn key_fields<'m, 'a>(model: &'m Model<'a>) -> Vec<&'m FieldModel<'a>> {
    let mut fields = model.key();
    for field in model.target_list.iter().flat_map(|list| model.listed(&list.fields)) {
        if fields.iter().all(|known| known.name != field.name) {
            fields.push(field);
        }
    }
    fields
}

/// Whether the schema is a constant outside the implementation: one that depends on no parameter.
fn has_own_schema(model: &Model, layout: &Layout<'_>) -> bool {
    model.generics.params.is_empty() || layout.has_groups()
}

fn table_schema(
    questions: &Questions<'_>,
    columns: &TokenStream,
    position: impl Fn(&FieldModel) -> Option<TokenStream>,
    generated: &[TokenStream],
) -> TokenStream {
    let Questions { model, private, .. } = questions;
    let table = &model.table.text;
    let positions = |fields: Vec<&FieldModel>| {
        let positions = fields.into_iter().filter_map(&position);
        quote!(&[#(#positions),*])
    };
    let key = positions(model.key());
    let in_schema = model.schema.as_ref().map(|schema| {
        let schema = &schema.text;
        quote!(.in_schema(#schema))
    });
    let target = model.target_list.as_ref().map(|list| {
        let target = positions(model.listed(&list.fields));
        quote!(.conflict_target(#target))
    });
    let generated = (!generated.is_empty()).then(|| quote!(.generated(&[#(#generated),*])));

    let of_struct = model.indexes.iter().map(|IndexKey { span: _, unique, of, name, predicate, is_read: _ }| {
        let of = match of {
            IndexOf::Fields(fields) => {
                let positions = positions(model.listed(fields));
                quote!(Columns(#positions))
            }
            IndexOf::Expression(expression) => quote!(Expression(#expression)),
        };
        let name = name.as_ref().map(|name| quote!(.named(#name)));
        let predicate = predicate.as_ref().map(|predicate| quote!(.predicate(#predicate)));
        let made = Ident::new(if *unique { "unique" } else { "new" }, Span::call_site());
        quote!(#private::Index::#made(#private::IndexOf::#of) #name #predicate)
    });
    let of_fields = model.columns().flat_map(|field| {
        let position = positions(vec![field]);
        let unique = field.keys.unique.map(|_| quote!(unique));
        let index = field.keys.index.map(|_| quote!(new));
        let made = unique.into_iter().chain(index);
        made.map(|made| quote!(#private::Index::#made(#private::IndexOf::Columns(#position)))).collect::<Vec<_>>()
    });
    let indexes: Vec<_> = of_struct.chain(of_fields).collect();
    let indexes = (!indexes.is_empty()).then(|| quote!(.indexes(&[#(#indexes),*])));
    let comment = model.doc.as_ref().map(|doc| quote!(.comment(#doc)));
    let sqlite = (!model.sqlite.is_default()).then(|| {
        let sqlite = model.sqlite.options(private);
        quote!(.sqlite(#sqlite))
    });
    quote!(&#private::TableSchema::new(#table, #columns, #key) #in_schema #target #generated #indexes #comment #sqlite)
}

/// The name of the schema in generated code.
fn own_schema() -> Ident {
    Ident::new("__UPSERT_SCHEMA", Span::call_site())
}

/// What the compiler finds out about the finished schema. Of a struct with type parameters it cannot be asked before they
/// are known; its plan asks.
fn checks(questions: &Questions<'_>, layout: &Layout<'_>) -> TokenStream {
    let (model, private) = (questions.model, questions.private);
    let name = model.name;
    let (_, type_generics, _) = model.generics.split_for_impl();
    let mut generics = model.generics.clone();
    let database = Ident::new("__Database", Span::mixed_site());
    generics.params.push(parse_quote!(#database));

    if questions.is_generic() {
        let parts = questions.of_parts(&quote!(#private::Nowhere));
        let indexes = of_indexes(questions);
        generics.make_where_clause().predicates.push(parse_quote!(#name #type_generics: #private::Upsertable));
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        return quote! {
            #[automatically_derived]
            impl #impl_generics #private::FitsDatabase<#database> for #name #type_generics #where_clause {}

            #parts
            #indexes
        };
    }

    let schema = if has_own_schema(model, layout) {
        own_schema().to_token_stream()
    } else {
        // All rows of a struct that borrows have one schema.
        let lifetimes = model.generics.lifetimes().map(|_| quote!('static));
        quote!(<#name<#(#lifetimes),*> as #private::Upsertable>::SCHEMA)
    };
    // What a database refuses that is named on the struct is said there, and not once more where rows are written.
    let is_named = Database::ALL.map(|database| model.databases.contains(&database));
    let verdicts = is_named
        .iter()
        .enumerate()
        .map(|(number, named)| if *named { quote!(true) } else { quote!({ __UPSERT_VERDICTS[#number] }) });
    let verdict: WherePredicate = parse_quote!(#private::Verdict<#(#verdicts),*>: #private::Passes<#database>);
    generics.make_where_clause().predicates.push(verdict);
    let (impl_generics, _, where_clause) = generics.split_for_impl();

    // The compiler would compare each name with each: where all of them are known here, it need not.
    let names_differ = if layout.has_groups() {
        quote!(#private::names_differ(#schema))
    } else {
        let mut names = HashSet::new();
        let columns = model.columns().chain(model.generated().map(|(field, _)| field));
        let differ = columns.into_iter().all(|field| names.insert(lowercase(&field.column.text)));
        quote!(#differ)
    };
    let found_out = (is_named != [true; 3]).then(|| {
        quote! {
            // Structs of many columns have many names.
            #[allow(long_running_const_eval)]
            const __UPSERT_VERDICTS: [#private::bool; 3] =
                #private::verdicts(#schema, #names_differ, [#(#is_named),*]);
        }
    });
    let (whole, at_whole) = whole(questions, &schema);
    let parts = questions.of_parts(&whole);
    let of_whole = questions.of_whole(&schema, |number| layout.position_of(number));
    let indexes = of_indexes(questions);
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::FitsDatabase<#database> for #name #type_generics #where_clause {}

        #found_out

        #at_whole
        #parts
        #indexes
        #of_whole
    }
}

/// The type that knows the whole table, and how it does. Only PostgreSQL has a rule that asks it, about types with names.
pub(crate) fn whole(questions: &Questions<'_>, schema: &TokenStream) -> (TokenStream, Option<TokenStream>) {
    let private = questions.private;
    if !questions.model.databases.contains(&Database::Postgres) {
        return (quote!(#private::Nowhere), None);
    }
    let known = quote! {
        pub struct __UpsertWhole;

        impl #private::Whole for __UpsertWhole {
            const WHOLE: &'static #private::TableSchema<'static> = #schema;
        }
    };
    (quote!(__UpsertWhole), Some(known))
}

/// What is asked of the indexes. Their names are made of those of the struct's own columns, so that no type is waited for: a
/// schema is made for them in which nothing else is right; where something is wrong with them, it would be with those as well.
pub(crate) fn of_indexes(questions: &Questions<'_>) -> TokenStream {
    let Questions { model, private, .. } = questions;
    let has_indexes = !model.indexes.is_empty()
        || model.columns().any(|field| field.keys.unique.is_some() || field.keys.index.is_some());
    if model.databases.is_empty() || !has_indexes {
        return TokenStream::new();
    }
    if !validate::names_are_sound(model) {
        return questions.of_indexes(None);
    }
    let columns = model.columns().map(|field| {
        let name = &field.column.text;
        quote!(#private::Column::new(#name, #private::ColumnType::Bool))
    });
    let position = |field: &FieldModel| model.columns().position(|own| own.name == field.name).map(|at| quote!(#at));
    let schema = table_schema(questions, &quote!(&[#(#columns),*]), position, &[]);
    let names = quote!(__UPSERT_NAMES_ALONE);
    let questions = questions.of_indexes(Some(&names));
    quote! {
        const #names: &#private::TableSchema<'static> = #schema;
        #questions
    }
}

/// What says how the field is stored: its type, or something else.
pub(crate) fn column_value(field: &FieldModel, private: &TokenStream) -> TokenStream {
    let ty = field.ty;
    match adapter(field, private) {
        None => quote!(<#ty as #private::ColumnValue>),
        Some(adapter) => quote!(<#adapter as #private::ColumnAs<#ty>>),
    }
}

pub(crate) fn adapter(field: &FieldModel, private: &TokenStream) -> Option<TokenStream> {
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

/// What is said of names that are no longer to be used where generated code names them. A crate may have forbidden that it be
/// said, so it is only where the word stands in the input.
pub(crate) fn allow_deprecated(input: &DeriveInput) -> Option<TokenStream> {
    let mut names = HashSet::new();
    collect_names(input.to_token_stream(), &mut names);
    names.contains("deprecated").then(|| quote!(#[allow(deprecated)]))
}

fn collect_names(tokens: TokenStream, names: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => _ = names.insert(name.to_string()),
            TokenTree::Group(group) => collect_names(group.stream(), names),
            // Types are written in some.
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
                names.extend(words.map(str::to_owned));
            }
            TokenTree::Punct(_) => {}
        }
    }
}

/// The same tokens outside of the implementation, where the struct's lifetimes and `Self` are not known: all rows of a struct that
/// borrows have one schema.
pub(crate) fn outside(tokens: TokenStream, model: &Model) -> TokenStream {
    let own: HashSet<String> = model.generics.lifetimes().map(|own| own.lifetime.ident.to_string()).collect();
    let name = model.name;
    let lifetimes: Vec<_> = model.generics.lifetimes().map(|_| quote!('static)).collect();
    // It may stand in the length of an array, which is no type.
    let itself = if lifetimes.is_empty() { quote!(#name) } else { quote!(#name::<#(#lifetimes),*>) };
    outside_of(tokens, &own, &itself)
}

fn outside_of(tokens: TokenStream, own: &HashSet<String>, itself: &TokenStream) -> TokenStream {
    let mut changed = TokenStream::new();
    let mut after_quote = false;
    for token in tokens {
        let is_quote = matches!(&token, TokenTree::Punct(quote) if quote.as_char() == '\'');
        match token {
            TokenTree::Ident(name) if after_quote && own.contains(&name.to_string()) => {
                changed.extend([TokenTree::from(Ident::new("static", name.span()))]);
            }
            TokenTree::Ident(name) if name == "Self" => changed.extend(at(name.span(), itself.clone())),
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), outside_of(group.stream(), own, itself));
                inner.set_span(group.span());
                changed.extend([TokenTree::from(inner)]);
            }
            other => changed.extend([other]),
        }
        after_quote = is_quote;
    }
    changed
}

/// What a generic struct needs beside its own bounds: that its fields fit, and that it is `Send` and `Sync`.
fn where_clause(model: &Model, key: &[&FieldModel], private: &TokenStream) -> WhereClause {
    let parameters = type_parameters(model.generics);
    let mut clause = where_send_and_sync(model.generics);
    let generic = |field: &&FieldModel| mentions(field.ty.to_token_stream(), &parameters);
    let bound = |ty: &Type, name: &str| -> WherePredicate {
        let span = Span::call_site().located_at(ty.span());
        let name = Ident::new(name, span);
        let private = at(span, private.clone());
        parse_quote_spanned!(span=> #ty: #private::#name)
    };
    let stored_as = |field: &FieldModel| -> WherePredicate {
        let ty = field.ty;
        match adapter(field, private) {
            None => bound(ty, "ColumnValue"),
            Some(adapter) => parse_quote!(#adapter: #private::ColumnAs<#ty>),
        }
    };
    let columns = model.columns().chain(model.generated().map(|(field, _)| field));
    clause.predicates.extend(columns.filter(generic).map(stored_as));
    let of_type = key.iter().copied().filter(|field| is_plain(field, private));
    clause.predicates.extend(of_type.filter(generic).map(|field| bound(field.ty, "KeyValue")));
    clause
}

/// The same tokens in another place: where an error about them is to stand.
pub(crate) fn at(span: Span, tokens: TokenStream) -> TokenStream {
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
pub(crate) fn mentions(tokens: TokenStream, parameters: &HashSet<String>) -> bool {
    let mut names = HashSet::new();
    collect_names(tokens, &mut names);
    !names.is_disjoint(parameters)
}
