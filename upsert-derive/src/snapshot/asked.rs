//! What the compiler is asked about snapshots: a question for each column, and one for each flattened struct.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Column, Kind, Snapshot, Snapshots};
use crate::layout::{columns_of_group, numbered};
use crate::questions::{Asked, Questions, dialect};

impl Questions<'_> {
    /// Whether the types of fields fit the columns of snapshots; and what is to be looked at again when one changes.
    pub(crate) fn of_snapshots(&self, snapshots: &Snapshots) -> TokenStream {
        let Self { model, private, .. } = self;
        let mut asked = Asked { private, tokens: TokenStream::new() };
        for (number, snapshot) in snapshots.all().enumerate() {
            let path = snapshot.path();
            asked.tokens.extend(quote!(const _: &[#private::u8] = ::core::include_bytes!(#path);));
            for field in model.columns() {
                if let (Some(constant), Some(column)) = (self.constant(field), snapshot.column_of(field)) {
                    let there = snapshot.column(column, private);
                    asked.over(field.ty, &quote!(column_is_as_in_snapshot), quote!(&#constant, &#there));
                }
            }
            self.ask_for_groups_in(snapshot, number, &mut asked);
        }
        asked.tokens
    }

    fn ask_for_groups_in(&self, snapshot: &Snapshot, number: usize, asked: &mut Asked) {
        let Self { model, private, .. } = self;
        let groups: Vec<_> = self.groups().map(|(number, field)| (columns_of_group(number, field), field)).collect();
        if groups.is_empty() {
            return;
        }
        let (there, columns) = (numbered("__UPSERT_SNAPSHOT", number), snapshot.columns(private));
        asked.tokens.extend(quote!(const #there: &[#private::InSnapshot<'static>] = #columns;));
        let dialect = dialect(snapshot.database, private);
        for (columns, field) in &groups {
            asked.over(field.ty, &quote!(group_is_as_in_snapshot), quote!(#columns, #there, #dialect));
        }
        let wanting = snapshot.wanting(model);
        if !wanting.is_empty() && groups.len() == model.written().filter(|field| field.is_group()).count() {
            let columns = groups.iter().map(|(columns, _)| columns);
            let wanting = wanting.iter().map(|(name, words)| quote!(#private::Wanting { name: #name, words: #words }));
            let arguments = quote!(&[#(#columns),*], &[#(#wanting),*], #dialect);
            asked.at(model.name.span(), "rest_is_in_groups", arguments);
        }
    }
}

impl Snapshot {
    /// All columns, as those of a flattened struct are held against them.
    fn columns(&self, private: &TokenStream) -> TokenStream {
        let columns = self.table.columns.iter().map(|column| self.column(column, private));
        quote!(&[#(#columns),*])
    }

    /// What a field is held against.
    fn column(&self, column: &Column, private: &TokenStream) -> TokenStream {
        let Column { name, sql_type, not_null, generated, filled, max_len, labels, checked, takes, some } = column;
        // A view's columns do not say.
        let filled = *filled || self.table.keys.is_none();
        let dialect = dialect(self.database, private);
        let max_len = max_len.and_then(|most| u32::try_from(most).ok());
        let max_len = max_len.map_or_else(|| quote!(None), |most| quote!(Some(#most)));
        let kinds = |kinds: &[Kind]| {
            let kinds = kinds.iter().map(|kind| kind.tokens(private));
            quote!(&[#(#kinds),*])
        };
        let (takes, some) = (kinds(takes), kinds(some));
        quote! {
            #private::InSnapshot {
                dialect: #dialect,
                name: #name,
                sql_type: #sql_type,
                not_null: #not_null,
                filled: #filled,
                generated: #generated,
                max_len: #private::Option::#max_len,
                labels: &[#(#labels),*],
                checked: &[#(#checked),*],
                takes: #takes,
                takes_some: #some,
            }
        }
    }
}

impl Kind {
    fn tokens(&self, private: &TokenStream) -> TokenStream {
        let Self { name, element } = self;
        match element {
            // An array of whatever is one of arrays, which no column is.
            None if name == "Array" => {
                quote!(#private::ColumnType::Array(&#private::ColumnType::Array(&#private::ColumnType::Bool)))
            }
            None => quote!(#private::ColumnType::#name),
            Some(element) => quote!(#private::ColumnType::Array(&#private::ColumnType::#element)),
        }
    }
}
