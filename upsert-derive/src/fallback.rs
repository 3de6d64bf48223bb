//! What is generated beside the errors of a struct: an empty implementation, so that one mistake is one error and not
//! another one at each use of `User::aupsert` or `User::COL.email`; and the questions about all that was read without a mistake,
//! so that nobody is told of the others in a second compile. It never runs.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Path, parse_quote};

use crate::expand;
use crate::model::Model;
use crate::questions::Questions;
use crate::snapshot::Snapshots;

pub(crate) fn expand(
    input: &DeriveInput,
    model: Option<&Model>,
    snapshots: &Snapshots,
    crate_path: &Path,
) -> TokenStream {
    let private = expand::private(crate_path);
    let (columns, questions) = questions(model, snapshots, &private);
    let name = &input.ident;
    let fields: Vec<_> = match &input.data {
        Data::Struct(data) => data.fields.iter().filter_map(|field| field.ident.as_ref()).collect(),
        Data::Enum(_) | Data::Union(_) => Vec::new(),
    };
    let columns_name = expand::columns_name(input);
    let members: Vec<_> = fields.iter().map(|field| expand::member(field)).collect();
    let where_clause = expand::where_send_and_sync(&input.generics);
    let (impl_generics, type_generics, _) = input.generics.split_for_impl();
    let mut of_database = input.generics.clone();
    of_database.params.push(parse_quote!(__Database));
    let (impl_generics_of_database, ..) = of_database.split_for_impl();

    let allow_deprecated = expand::allow_deprecated(input);
    quote! {
        #allow_deprecated
        const _: () = {
            /// The columns of the table, by the names of their fields.
            pub struct #columns_name { #(pub #members: #private::ColumnRef),* }

            #[automatically_derived]
            impl #impl_generics #private::Upsertable for #name #type_generics #where_clause {
                const SCHEMA: &'static #private::TableSchema<'static> = &#private::TableSchema::new("", #columns, &[]);

                type Columns = #columns_name;

                const COL: #columns_name = #columns_name { #(#members: #private::column_ref("", 0, "")),* };

                fn value(&self, _: #private::usize) -> #private::Value<'_> {
                    #private::no_such_column(0)
                }
            }

            #[automatically_derived]
            impl #impl_generics_of_database #private::FitsDatabase<__Database> for #name #type_generics #where_clause {}

            #questions
        };
    }
}

/// The columns that are sound, and what is asked of them. What asks for the table as a whole is not: there is none.
pub(crate) fn questions(
    model: Option<&Model>,
    snapshots: &Snapshots,
    private: &TokenStream,
) -> (TokenStream, TokenStream) {
    let Some(model) = model else { return (quote!(&[]), TokenStream::new()) };
    let questions = Questions::new(model, private, true);
    let (constants, groups) = (questions.constants(), questions.groups_of_columns());
    let parts = questions.of_parts(&quote!(#private::Nowhere));
    let indexes = expand::of_indexes(&questions);
    let of_snapshots = questions.of_snapshots(snapshots);
    (questions.constant_columns(), quote!(#constants #groups #parts #indexes #of_snapshots))
}
