//! The columns of a struct one behind the other: its own, and those of the structs that are flattened into it.
//!
//! How many columns a flattened struct has is known to the compiler alone, so that what stands behind one has a position
//! which is an expression.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::attr::{Origin, Sql};
use crate::expand::{adapter, at, check_at, column_value, member, with_static_lifetimes};
use crate::model::{FieldModel, Model};

pub(crate) struct Layout<'m> {
    fields: Vec<&'m FieldModel<'m>>,
    private: &'m TokenStream,
}

impl<'m> Layout<'m> {
    pub(crate) fn new(model: &'m Model<'_>, private: &'m TokenStream) -> Self {
        Self { fields: model.written().collect(), private }
    }

    pub(crate) fn has_groups(&self) -> bool {
        self.groups().next().is_some()
    }

    fn groups(&self) -> impl Iterator<Item = (usize, &'m FieldModel<'m>)> {
        self.fields.iter().copied().enumerate().filter(|(_, field)| field.is_group())
    }

    /// The position of the first column of the field with this number.
    fn position_of(&self, number: usize) -> TokenStream {
        let before = &self.fields[..number];
        let own = before.iter().filter(|field| !field.is_group()).count();
        let groups = before.iter().filter(|field| field.is_group()).map(|group| self.len_of_group(group));
        quote!(#own #(+ #groups)*)
    }

    /// The position of a field among all columns.
    pub(crate) fn position(&self, field: &FieldModel<'_>) -> Option<TokenStream> {
        let number = self.fields.iter().position(|own| own.name == field.name)?;
        Some(self.position_of(number))
    }

    fn group(&self, field: &FieldModel<'_>) -> TokenStream {
        self.as_group(field, with_static_lifetimes(field.ty.to_token_stream()))
    }

    /// With the place of the type, so that all errors about it are one.
    fn as_group(&self, field: &FieldModel<'_>, ty: TokenStream) -> TokenStream {
        let span = Span::call_site().located_at(field.ty.span());
        let private = at(span, self.private.clone());
        quote_spanned!(span=> <#ty as #private::ColumnGroup>)
    }

    fn len_of_group(&self, field: &FieldModel<'_>) -> TokenStream {
        let (group, span) = (self.group(field), Span::call_site().located_at(field.ty.span()));
        quote_spanned!(span=> #group::COLUMNS.len())
    }

    /// The columns, as a slice. Items that it needs stand before it, in a place that knows no lifetimes.
    pub(crate) fn columns(&self) -> (TokenStream, TokenStream) {
        let private = self.private;
        if !self.has_groups() {
            let definitions = self.fields.iter().map(|field| definition(field, private));
            return (TokenStream::new(), quote!(&[#(#definitions),*]));
        }
        let mut items = TokenStream::new();
        let parts: Vec<TokenStream> = self
            .fields
            .iter()
            .enumerate()
            .map(|(number, field)| {
                if !field.is_group() {
                    let definition = with_static_lifetimes(definition(field, private));
                    return quote!(&[#definition]);
                }
                let group = self.group(field);
                let Some(prefix) = &field.keys.prefix else { return quote!(#group::COLUMNS) };
                let names = numbered("__UPSERT_NAMES", number);
                items.extend(quote! {
                    const #names: [#private::u8; #private::len_of_names(#group::COLUMNS, #prefix)] =
                        #private::join_names(#group::COLUMNS, #prefix);
                });
                quote! {
                    &#private::prefixed::<{ #group::COLUMNS.len() }>(#group::COLUMNS, #prefix.len(), &#names)
                }
            })
            .collect();
        let len = self.position_of(self.fields.len());
        items.extend(quote! {
            const __UPSERT_COLUMNS: [#private::Column<'static>; #len] = #private::concatenated(&[#(#parts),*]);
        });
        (items, quote!(&__UPSERT_COLUMNS))
    }

    /// A column's value or size: what a function of this name says of the cell in column `column`.
    pub(crate) fn value(&self, column: &Ident) -> TokenStream {
        let private = self.private;
        let mut rest = quote!(#private::no_such_column(#column));
        let mut after: Vec<&FieldModel<'_>> = Vec::new();
        let run = |fields: &[&FieldModel<'_>], rest: TokenStream| {
            let positions = 0..fields.len();
            let members = fields.iter().map(|field| member(field.name));
            let values = fields.iter().map(|field| column_value(field, private));
            quote! {
                match #column {
                    #( #positions => #values::value(&self.#members), )*
                    _ => #rest,
                }
            }
        };
        // From the last to the first: what stands behind a group is asked for by what is left of the position.
        for field in self.fields.iter().rev() {
            if !field.is_group() {
                after.insert(0, field);
                continue;
            }
            let before_rest = after.len();
            let tail = if before_rest == 0 { rest } else { run(&after, shifted(column, before_rest, rest)) };
            after.clear();
            let (group, member) = (self.group_here(field), member(field.name));
            rest = quote! {
                {
                    if #column < #group::COLUMNS.len() {
                        return #private::ColumnGroup::value(&self.#member, #column);
                    }
                    let #column = #column - #group::COLUMNS.len();
                    #tail
                }
            };
        }
        if after.is_empty() {
            return rest;
        }
        let len = after.len();
        let rest = if self.has_groups() { shifted(column, len, rest) } else { rest };
        run(&after, rest)
    }

    /// A flattened struct with the lifetimes of the row.
    fn group_here(&self, field: &FieldModel<'_>) -> TokenStream {
        self.as_group(field, field.ty.to_token_stream())
    }

    /// The sum of the sizes of all cells.
    pub(crate) fn size(&self) -> TokenStream {
        let private = self.private;
        let sizes = self.fields.iter().map(|field| {
            let member = member(field.name);
            if field.is_group() {
                return quote!(#private::ColumnGroup::size(&self.#member));
            }
            let value = column_value(field, private);
            quote!(#value::size(&self.#member))
        });
        quote!(#(#sizes)+*)
    }

    /// The members of the struct of columns: their docs, names and types.
    pub(crate) fn refs_struct(&self, name: &Ident) -> TokenStream {
        let private = self.private;
        let members = self.fields.iter().map(|field| {
            let member = member(field.name);
            if field.is_group() {
                let (doc, group) = (format!("The columns of `{}`.", field.name.unraw()), self.group(field));
                let span = Span::call_site().located_at(field.ty.span());
                quote_spanned!(span=> #[doc = #doc] pub #member: #group::Refs)
            } else {
                let doc = format!("The column `{}`.", field.column.text);
                quote!(#[doc = #doc] pub #member: #private::ColumnRef)
            }
        });
        quote! {
            /// The columns of the table, by the names of their fields.
            pub struct #name { #(#members),* }
        }
    }

    /// The values of the struct of columns. `own` makes that of a column of the struct's own from its position and name;
    /// those of groups need the schema that they are part of, and how far into it the struct begins.
    pub(crate) fn refs(
        &self,
        own: impl Fn(TokenStream, &FieldModel<'_>) -> TokenStream,
        place: impl Fn(usize, TokenStream) -> TokenStream,
    ) -> TokenStream {
        let private = self.private;
        let members = self.fields.iter().enumerate().map(|(number, field)| {
            let (member, position) = (member(field.name), self.position_of(number));
            if field.is_group() {
                let ty = with_static_lifetimes(field.ty.to_token_stream());
                let place = place(number, position);
                quote!(#member: <#ty as #private::RefsAt<#place>>::REFS)
            } else {
                let own = own(position, field);
                quote!(#member: #own)
            }
        });
        quote!(#(#members),*)
    }

    /// The numbers of the groups among the fields, and their positions.
    pub(crate) fn group_positions(&self) -> Vec<(usize, TokenStream)> {
        self.groups().map(|(number, _)| (number, self.position_of(number))).collect()
    }

    /// What is asked of each column at its field: whether the rules of every database hold.
    pub(crate) fn soundness(&self, schema: &TokenStream) -> TokenStream {
        let private = self.private;
        let questions = self.fields.iter().enumerate().filter_map(|(number, field)| {
            let span = Span::call_site().located_at(field.ty.span());
            let position = self.position_of(number);
            if field.is_group() {
                let len = self.len_of_group(field);
                return Some(check_at(span, quote!(#private::group_is_sound(#schema, #position, #len))));
            }
            // Asked only where it may be in doubt: each question costs the compiler something.
            let FieldModel { keys, .. } = field;
            let asked = keys.max_len.is_some() || keys.stored.is_some() || keys.origin.is_some();
            asked.then(|| check_at(span, quote!(#private::column_is_sound(#schema, #position))))
        });
        quote!(#(#questions)*)
    }

    /// The same for the rules of one database.
    pub(crate) fn fitness(&self, schema: &TokenStream, dialect: &TokenStream) -> TokenStream {
        let private = self.private;
        let questions = self.fields.iter().enumerate().map(|(number, field)| {
            let span = Span::call_site().located_at(field.ty.span());
            let position = self.position_of(number);
            if field.is_group() {
                let len = self.len_of_group(field);
                return check_at(span, quote!(#private::group_fits(#schema, #position, #len, #dialect)));
            }
            check_at(span, quote!(#private::column_fits(#schema, #position, #dialect)))
        });
        quote!(#(#questions)*)
    }
}

/// What is left of a position behind so many columns.
fn shifted(column: &Ident, columns: usize, rest: TokenStream) -> TokenStream {
    quote!({
        let #column = #column - #columns;
        #rest
    })
}

/// A name of generated code.
pub(crate) fn numbered(name: &str, number: usize) -> Ident {
    Ident::new(&format!("{name}_{number}"), Span::call_site())
}

/// A column as the schema has it.
pub(crate) fn definition(field: &FieldModel<'_>, private: &TokenStream) -> TokenStream {
    let (value, column) = (column_value(field, private), &field.column.text);
    let update = field.keys.update_never.map(|_| quote!(.update(#private::Update::Never)));
    let max_len = field.keys.max_len.as_ref().map(|max_len| quote!(.max_len(#max_len)));
    let sql_types = field.keys.sql_types.as_ref().map(|(_, sql)| {
        let sql = sql_for(sql, private);
        quote!(.sql_types(#sql))
    });
    let origin = field.keys.origin.as_ref().and_then(|(_, origin)| match origin {
        Origin::Default(sql) => {
            let sql = sql_for(sql, private);
            Some(quote!(.origin(#private::Origin::RowOrDefault(#sql))))
        }
        Origin::Identity => Some(quote!(.origin(#private::Origin::RowOrIdentity))),
        Origin::Generated(_) => None,
    });
    quote! {
        #private::Column::new(#column, #value::TYPE)
            .nullable(#value::NULLABLE)
            .enum_type(#value::ENUM)
            #update
            #max_len
            #sql_types
            #origin
    }
}

/// SQL for each database.
pub(crate) fn sql_for(sql: &Sql, private: &TokenStream) -> TokenStream {
    let each = sql.0.iter().map(|(database, sql)| {
        let database = Ident::new(database.name(), Span::call_site());
        quote!(.#database(#sql))
    });
    quote!(#private::Sql::NONE #(#each)*)
}

/// Whether the type alone says how a field is stored, and who gives its value.
pub(crate) fn is_plain(field: &FieldModel<'_>, private: &TokenStream) -> bool {
    adapter(field, private).is_none() && field.keys.origin.is_none()
}
