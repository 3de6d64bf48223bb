//! `#[derive(ColumnGroup)]`: a struct whose fields are columns of the tables that it is flattened into.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Data, DeriveInput, Path};

use crate::attr;
use crate::errors::Errors;
use crate::expand::{allow_deprecated, columns_name, outside, private, where_send_and_sync, whole};
use crate::layout::{Layout, numbered};
use crate::model::Model;
use crate::questions::Questions;
use crate::snapshot::Snapshots;
use crate::{fallback, validate};

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let syntax = attr::read_group(input, &mut errors);
    let crate_path = syntax.container.crate_path();
    let model = Model::new(input, syntax, &mut errors);
    if let Some(model) = &model {
        validate::check_group(model, &mut errors);
    }
    match (model, errors.into_tokens()) {
        (Some(model), None) => expand(input, &model),
        (model, errors) => {
            let mut tokens = expand_fallback(input, model.as_ref(), &crate_path);
            tokens.extend(errors);
            tokens
        }
    }
}

fn expand(input: &DeriveInput, model: &Model) -> TokenStream {
    let private = private(&model.crate_path);
    let questions = Questions::new(model, &private, false);
    let layout = Layout::new(&questions);
    let name = model.name;
    let columns_name = columns_name(input);
    let (members, refs) = layout.refs(
        |position, _| quote!(#private::column_at::<__Place>(#position)),
        |number| {
            let place = numbered("__UpsertAt", number);
            quote!(#place<__Place>)
        },
    );
    let places = layout.group_positions().into_iter().map(|(number, position)| {
        let place = numbered("__UpsertAt", number);
        quote! {
            pub struct #place<P>(#private::PhantomData<P>);

            impl<P: #private::Place> #private::Place for #place<P> {
                const TABLE: &'static #private::TableSchema<'static> = P::TABLE;
                const OFFSET: #private::usize = P::OFFSET + #position;
            }
        }
    });
    let (items, columns) = layout.columns();
    let columns = outside(columns, model);
    let (constants, groups) = (questions.constants(), questions.groups_of_columns());
    let own = Ident::new("__UPSERT_GROUP", Span::call_site());
    // A table of these columns alone, for the rules about more than one of them.
    let schema = quote!((&#private::TableSchema::new("", #own, &[])));
    let (whole, at_whole) = whole(&questions, &schema);
    let parts = questions.of_parts(&whole);
    let of_whole = questions.of_whole(&schema, |number| layout.position_of(number));
    let column = Ident::new("__upsert_column", Span::mixed_site());
    let block = Ident::new("__upsert_block", Span::mixed_site());
    let first = Ident::new("__upsert_first", Span::mixed_site());
    let rows = Ident::new("__upsert_rows", Span::mixed_site());
    let (value, size, fill) = (layout.value(&column), layout.size(), layout.fill(&rows, &block, Some(&first)));
    let (impl_generics, type_generics, where_clause) = model.generics.split_for_impl();
    let mut at_place = model.generics.clone();
    at_place.params.push(syn::parse_quote!(__Place: #private::Place + 'static));
    let (impl_generics_at_place, ..) = at_place.split_for_impl();

    let allow_deprecated = allow_deprecated(input);
    quote! {
        #allow_deprecated
        const _: () = {
            /// The columns of the table, by the names of their fields.
            pub struct #columns_name<__Place> { #members __upsert_place: #private::PhantomData<__Place> }

            #(#places)*

            #constants
            #groups
            #items

            const #own: &'static [#private::Column<'static>] = #columns;

            #[automatically_derived]
            impl #impl_generics #private::ColumnGroup for #name #type_generics #where_clause {
                const COLUMNS: &'static [#private::Column<'static>] = #own;

                #[inline]
                fn value(&self, #column: #private::usize) -> #private::Value<'_> {
                    #value
                }

                #[inline]
                fn size(&self) -> #private::usize {
                    #size
                }

                #[inline]
                fn fill_block<'__v>(#rows: &[&'__v Self], #block: &mut #private::Block<'__v>, #first: #private::usize) {
                    #fill
                }
            }

            #[automatically_derived]
            impl #impl_generics_at_place #private::RefsAt<__Place> for #name #type_generics #where_clause {
                type Refs = #columns_name<__Place>;

                const REFS: &'static #columns_name<__Place> = &#columns_name { #refs __upsert_place: #private::PhantomData };
            }

            #at_whole
            #parts
            #of_whole
        };
    }
}

/// An empty implementation, so that one mistake is one error, and what can be asked all the same.
fn expand_fallback(input: &DeriveInput, model: Option<&Model>, crate_path: &Path) -> TokenStream {
    let private = private(crate_path);
    let (columns, questions) = fallback::questions(model, &Snapshots::default(), &private);
    let name = &input.ident;
    let columns_name = columns_name(input);
    let fields: Vec<_> = match &input.data {
        Data::Struct(data) => data.fields.iter().filter_map(|field| field.ident.as_ref()).collect(),
        Data::Enum(_) | Data::Union(_) => Vec::new(),
    };
    let where_clause = where_send_and_sync(&input.generics);
    let (impl_generics, type_generics, _) = input.generics.split_for_impl();
    let mut at_place = input.generics.clone();
    at_place.params.push(syn::parse_quote!(__Place: #private::Place));
    let (impl_generics_at_place, ..) = at_place.split_for_impl();
    let allow_deprecated = allow_deprecated(input);
    quote! {
        #allow_deprecated
        const _: () = {
            /// The columns of the table, by the names of their fields.
            pub struct #columns_name { #(pub #fields: #private::ColumnRef),* }

            #[automatically_derived]
            impl #impl_generics #private::ColumnGroup for #name #type_generics #where_clause {
                const COLUMNS: &'static [#private::Column<'static>] = #columns;

                fn value(&self, _: #private::usize) -> #private::Value<'_> {
                    #private::no_such_column(0)
                }

                fn size(&self) -> #private::usize {
                    0
                }
            }

            #[automatically_derived]
            impl #impl_generics_at_place #private::RefsAt<__Place> for #name #type_generics #where_clause {
                type Refs = #columns_name;

                const REFS: &'static #columns_name = &#columns_name { #(#fields: #private::column_ref("", 0, "")),* };
            }

            #questions
        };
    }
}
