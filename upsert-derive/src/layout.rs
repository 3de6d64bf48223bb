//! The columns of a struct one behind the other: its own, and those of the structs that are flattened into it.
//!
//! How many columns a flattened struct has is known to the compiler alone, so that what stands behind one has a position
//! which is an expression.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use crate::attr::{Origin, Sql};
use crate::expand::{adapter, column_value, member, outside};
use crate::model::FieldModel;
use crate::questions::{Questions, as_group, over};

pub(crate) struct Layout<'m> {
    fields: Vec<&'m FieldModel<'m>>,
    private: &'m TokenStream,
    pub(crate) questions: &'m Questions<'m>,
}

impl<'m> Layout<'m> {
    pub(crate) fn new(questions: &'m Questions<'m>) -> Self {
        Self { fields: questions.model.written().collect(), private: questions.private, questions }
    }

    pub(crate) fn has_groups(&self) -> bool {
        self.groups().next().is_some()
    }

    fn groups(&self) -> impl Iterator<Item = (usize, &'m FieldModel<'m>)> {
        self.fields.iter().copied().enumerate().filter(|(_, field)| field.is_group())
    }

    /// The position of the first column of the field with this number.
    pub(crate) fn position_of(&self, number: usize) -> TokenStream {
        let before = &self.fields[..number];
        let own = before.iter().filter(|field| !field.is_group()).count();
        let groups = self.groups().take_while(|(group, _)| *group < number).map(|(group, _)| len_of_group(group));
        quote!(#own #(+ #groups)*)
    }

    /// The position of a field among all columns.
    pub(crate) fn position(&self, field: &FieldModel<'_>) -> Option<TokenStream> {
        let number = self.fields.iter().position(|own| own.name == field.name)?;
        Some(self.position_of(number))
    }

    /// The columns, as a slice. Items that it needs stand before it, in a place that knows no lifetimes.
    ///
    /// What a flattened struct has is asked for in one item, so that one that has nothing is one error.
    pub(crate) fn columns(&self) -> (TokenStream, TokenStream) {
        let Self { fields, private, questions } = self;
        if !self.has_groups() {
            let columns = fields.iter().map(|field| questions.column(field));
            return (TokenStream::new(), quote!(&[#(#columns),*]));
        }
        let parts = fields.iter().enumerate().map(|(number, field)| {
            if field.is_group() {
                return columns_of_group(number, field).into_token_stream();
            }
            let column = outside(questions.column(field), questions.model);
            quote!(&[#column])
        });
        let len = self.position_of(fields.len());
        let items = quote! {
            const __UPSERT_COLUMNS: [#private::Column<'static>; #len] = #private::concatenated(&[#(#parts),*]);
        };
        (items, quote!(&__UPSERT_COLUMNS))
    }

    fn as_group(&self, field: &FieldModel<'_>, ty: &TokenStream) -> TokenStream {
        as_group(field, ty, self.private)
    }

    /// The value of the cell in a column, whose position is a variable of this name.
    pub(crate) fn value(&self, column: &Ident) -> TokenStream {
        let private = self.private;
        let mut value = quote!(#private::no_such_column(#column));
        // From the last to the first: each is asked by what is left of the position behind those before it.
        let mut end = self.fields.len();
        while end > 0 {
            let number = end - 1;
            let field = self.fields[number];
            if field.is_group() {
                let (len, member) = (len_of_group(number), member(field.name));
                let as_group = self.as_group(field, &field.ty.to_token_stream());
                let behind = less(column, &len, &value);
                value = quote! {
                    if #column < #len { #as_group::value(&self.#member, #column) } else { #behind }
                };
                end = number;
                continue;
            }
            let start = self.fields[..end].iter().rposition(|field| field.is_group()).map_or(0, |group| group + 1);
            let own = &self.fields[start..end];
            let (positions, len) = (0..own.len(), own.len());
            let members = own.iter().map(|field| member(field.name));
            let values = own.iter().map(|field| column_value(field, private));
            let behind = if self.has_groups() { less(column, &quote!(#len), &value) } else { value };
            value = quote! {
                match #column {
                    #( #positions => #values::value(&self.#members), )*
                    _ => #behind,
                }
            };
            end = start;
        }
        value
    }

    /// The sum of the sizes of all cells.
    pub(crate) fn size(&self) -> TokenStream {
        let private = self.private;
        let sizes = self.fields.iter().map(|field| {
            let member = member(field.name);
            if field.is_group() {
                let as_group = self.as_group(field, &field.ty.to_token_stream());
                return quote!(#as_group::size(&self.#member));
            }
            let value = column_value(field, private);
            quote!(#value::size(&self.#member))
        });
        quote!(#(#sizes)+*)
    }

    /// Puts the cells of some rows into a block, into the columns from a first one on.
    pub(crate) fn fill(&self, rows: &Ident, block: &Ident, first: Option<&Ident>) -> TokenStream {
        let private = self.private;
        let first = first.map(|first| quote!(#first + ));
        let row = Ident::new("__upsert_row", Span::mixed_site());
        let fills = self.fields.iter().enumerate().map(|(number, field)| {
            let (position, member) = (self.position_of(number), member(field.name));
            if field.is_group() {
                let as_group = self.as_group(field, &field.ty.to_token_stream());
                let groups = quote!(#private::parts(#rows, |#row| &#row.#member));
                return quote!(#as_group::fill_block(&#groups, #block, #first #position););
            }
            let value = column_value(field, private);
            quote!(#block.fill(#first #position, #rows, |#row| #value::value(&#row.#member));)
        });
        quote!(#(#fills)*)
    }

    /// The members of the struct of columns, with docs and types, and its value. `own` makes the value of a column of the
    /// struct's own from its position; `place` says where the group with a number is.
    pub(crate) fn refs(
        &self,
        own: impl Fn(TokenStream, &FieldModel<'_>) -> TokenStream,
        place: impl Fn(usize) -> TokenStream,
    ) -> (TokenStream, TokenStream) {
        let private = self.private;
        let (mut members, mut values) = (TokenStream::new(), TokenStream::new());
        for (number, field) in self.fields.iter().enumerate() {
            let member = member(field.name);
            if field.is_group() {
                let (ty, place) = (outside(field.ty.to_token_stream(), self.questions.model), place(number));
                let doc = format!("The columns of `{}`.", field.name.unraw());
                members.extend(quote!(#[doc = #doc] pub #member: #private::GroupRefs<#ty, #place>,));
                values.extend(quote!(#member: #private::GroupRefs::NEW,));
            } else {
                let (doc, own) = (format!("The column `{}`.", field.column.text), own(self.position_of(number), field));
                members.extend(quote!(#[doc = #doc] pub #member: #private::ColumnRef,));
                values.extend(quote!(#member: #own,));
            }
        }
        (members, values)
    }

    /// The numbers of the groups among the fields, and their positions.
    pub(crate) fn group_positions(&self) -> Vec<(usize, TokenStream)> {
        self.groups().map(|(number, _)| (number, self.position_of(number))).collect()
    }
}

/// What is said behind so many columns, by what is then left of the position.
fn less(column: &Ident, columns: &TokenStream, said: &TokenStream) -> TokenStream {
    quote!({
        let #column = #column - #columns;
        #said
    })
}

fn len_of_group(number: usize) -> TokenStream {
    let columns = numbered("__UPSERT_GROUP", number);
    quote!(#columns.len())
}

/// The constant that has the columns of a flattened struct, by the names that they have in the table.
pub(crate) fn columns_of_group(number: usize, field: &FieldModel<'_>) -> Ident {
    numbered(if field.keys.prefix.is_some() { "__UPSERT_PREFIXED" } else { "__UPSERT_GROUP" }, number)
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
    let comment = field.doc.as_ref().map(|doc| quote!(.comment(#doc)));
    let nullable = if adapter(field, private).is_none() && field.is_optional_twice {
        let ty = field.ty;
        over(ty, &quote!(nullable::<#ty>), TokenStream::new(), private)
    } else {
        quote!(#value::NULLABLE)
    };
    quote! {
        #private::Column::new(#column, #value::TYPE)
            .nullable(#nullable)
            .enum_type(#value::ENUM)
            #update
            #max_len
            #sql_types
            #origin
            #comment
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
