//! What the compiler is asked about a struct, beside what the code itself asks by being there.
//!
//! Each question stands at the token that it is about, and depends on nothing but what it asks for: the name of a column on no
//! type, the type of a field on no other field. What is wrong elsewhere then hides no answer, and all mistakes of a struct are
//! shown in one compile. Only the rules of the table as a whole wait until every type is right.
//!
//! Where the macro sees that the answer can only be yes, it does not ask: each question costs the compiler something.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{LitStr, Type, WherePredicate};

use crate::attr::{Database, FieldKeys, IndexKey, IndexOf, Origin, Stored};
use crate::expand::{adapter, at, column_value, mentions, outside};
use crate::layout::{columns_of_group, definition, is_plain, numbered, sql_for};
use crate::model::{FieldModel, Model, Name};

pub(crate) struct Questions<'m> {
    pub(crate) model: &'m Model<'m>,
    pub(crate) private: &'m TokenStream,
    /// The names of parameters, of which nothing is known where the struct is defined.
    unknown: HashSet<String>,
    /// Whether there are mistakes already: then every column is asked for, for no code beside the questions does.
    pub(crate) beside_mistakes: bool,
}

impl<'m> Questions<'m> {
    pub(crate) fn new(model: &'m Model<'m>, private: &'m TokenStream, beside_mistakes: bool) -> Self {
        let generics = model.generics;
        let types = generics.type_params().map(|parameter| parameter.ident.to_string());
        let mut unknown: HashSet<String> =
            types.chain(generics.const_params().map(|parameter| parameter.ident.to_string())).collect();
        if !unknown.is_empty() {
            unknown.insert("Self".to_owned());
        }
        Self { model, private, unknown, beside_mistakes }
    }

    /// Whether the struct has parameters that its columns may depend on.
    pub(crate) fn is_generic(&self) -> bool {
        !self.unknown.is_empty()
    }

    /// A field that can be asked about where the struct is defined: it was read without a mistake, and names no parameter.
    fn is_known(&self, field: &FieldModel) -> bool {
        let names_parameter = mentions(field.ty.to_token_stream(), &self.unknown)
            || matches!(&field.keys.stored, Some((_, Stored::With(with))) if mentions(with.to_token_stream(), &self.unknown));
        // What has a prefix is meant to be flattened, which was said already.
        field.is_read && !names_parameter && (field.is_group() || field.keys.prefix.is_none())
    }

    /// The constant that is the column of a field, if there are questions about it.
    pub(crate) fn constant(&self, field: &FieldModel) -> Option<Ident> {
        let FieldModel { keys, .. } = field;
        let asked = self.beside_mistakes
            || (!self.model.databases.is_empty() && !self.is_asked_by_type(field))
            || self.model.snapshot.is_some()
            || keys.max_len.is_some()
            || keys.stored.is_some()
            || keys.origin.is_some()
            || field.is_optional_twice;
        (asked && !field.is_group() && !field.is_skipped() && self.is_known(field))
            .then(|| numbered("__UPSERT_COLUMN", field.number))
    }

    /// Whether there is one question about a field, for which its type is enough. A constant for each column is a good part of what
    /// the compiler has to do for a struct, and most columns are so.
    fn is_asked_by_type(&self, field: &FieldModel) -> bool {
        let keys = &field.keys;
        let is_alone = is_plain(field, self.private) && keys.max_len.is_none() && keys.sql_types.is_none();
        // Those that borrow are made in a function: errors about their types are then in the same words.
        is_alone && !field.is_optional_twice && !self.is_indexed(field) && !self.borrows(field)
    }

    /// A column as the schema has it.
    pub(crate) fn column(&self, field: &FieldModel) -> TokenStream {
        self.constant(field).map_or_else(|| self.definition(field), ToTokens::into_token_stream)
    }

    fn definition(&self, field: &FieldModel) -> TokenStream {
        let private = self.private;
        let definition = definition(field, private);
        // An index of MySQL asks how long its columns may be.
        let value = column_value(field, private);
        let is_asked = self.is_indexed(field) && adapter(field, private).is_none();
        let longest = is_asked.then(|| quote!(.longest(#value::LONGEST)));
        quote!(#definition #longest)
    }

    /// Whether a key or an index has it.
    fn is_indexed(&self, field: &FieldModel) -> bool {
        let is_listed = |index: &IndexKey| match &index.of {
            IndexOf::Fields(fields) => fields.iter().any(|name| field.is_called(name)),
            IndexOf::Expression(_) => false,
        };
        let FieldKeys { unique, index, .. } = &field.keys;
        self.is_in_key(field) || unique.is_some() || index.is_some() || self.model.indexes.iter().any(is_listed)
    }

    /// The fields that are columns, those that the database computes behind the others.
    fn columns(&self) -> impl Iterator<Item = &'m FieldModel<'m>> {
        self.model.columns().chain(self.model.generated().map(|(field, _)| field))
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = (usize, &'m FieldModel<'m>)> {
        self.model.written().enumerate().filter(|(_, field)| field.is_group() && self.is_known(field))
    }

    /// The constants of the columns that there are questions about.
    pub(crate) fn constants(&self) -> TokenStream {
        let private = self.private;
        let constants = self.columns().filter_map(|field| {
            let constant = self.constant(field)?;
            let ty = field.ty;
            // Beside it the compiler leaves out the weaker question, whether it can be stored.
            let key = (self.is_in_key(field) && is_plain(field, private)).then(|| quote!(#private::key::<#ty>();));
            let definition = self.definition(field);
            let value = quote!({ #key #definition });
            if !self.borrows(field) {
                let value = outside(value, self.model);
                return Some(quote!(const #constant: #private::Column<'static> = #value;));
            }
            // With the struct's own lifetimes: an error about the type is then the same as elsewhere, and shown once.
            let made = numbered("__upsert_column", field.number);
            let lifetimes = self.model.generics.lifetimes();
            let clauses = self.model.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
            let of_lifetimes = clauses.filter(|clause| matches!(clause, WherePredicate::Lifetime(_)));
            Some(quote! {
                const fn #made<#(#lifetimes),*>() -> #private::Column<'static> where #(#of_lifetimes),* #value
                const #constant: #private::Column<'static> = #made();
            })
        });
        quote!(#(#constants)*)
    }

    /// Whether the type of a field names a lifetime of the struct.
    fn borrows(&self, field: &FieldModel) -> bool {
        let own = self.model.generics.lifetimes().map(|own| own.lifetime.ident.to_string()).collect();
        mentions(field.ty.to_token_stream(), &own)
    }

    /// The columns of those constants, without those of groups.
    pub(crate) fn constant_columns(&self) -> TokenStream {
        let constants = self.columns().filter_map(|field| self.constant(field));
        quote!(&[#(#constants),*])
    }

    /// The constants of what is flattened: `COLUMNS` of each group, with the prefix before the names.
    pub(crate) fn groups_of_columns(&self) -> TokenStream {
        let private = self.private;
        let groups = self.groups().map(|(number, field)| {
            let (columns, prefixed) = (numbered("__UPSERT_GROUP", number), columns_of_group(number, field));
            let as_group = as_group(field, &outside(field.ty.to_token_stream(), self.model), private);
            let with_prefix = field.keys.prefix.as_ref().map(|prefix| {
                let names = numbered("__UPSERT_NAMES", number);
                quote! {
                    const #names: [#private::u8; #private::len_of_names(#columns, #prefix)] =
                        #private::join_names(#columns, #prefix);
                    const #prefixed: &[#private::Column<'static>] =
                        &#private::prefixed::<{ #columns.len() }>(#columns, #prefix.len(), &#names);
                }
            });
            quote!(const #columns: &[#private::Column<'static>] = #as_group::COLUMNS; #with_prefix)
        });
        quote!(#(#groups)*)
    }

    /// All that is asked without the table as a whole. `whole` is the type that knows it, for a rule that is about two columns.
    pub(crate) fn of_parts(&self, whole: &TokenStream) -> TokenStream {
        let mut asked = Asked { private: self.private, tokens: TokenStream::new() };
        self.ask_for_names(&mut asked);
        for field in self.columns() {
            if let Some(constant) = self.constant(field) {
                self.ask_for_column(field, &constant, whole, &mut asked);
            } else if !self.model.databases.is_empty() && self.is_known(field) {
                self.ask_for_type(field, whole, &mut asked);
            }
        }
        let (private, table) = (self.private, &self.model.table.text);
        let sqlite = self.model.sqlite.options(private);
        for (number, field) in self.groups() {
            let columns = columns_of_group(number, field);
            if self.beside_mistakes {
                // Nothing else names it, and that would be a warning.
                asked.tokens.extend(quote!(const _: &[#private::Column<'static>] = #columns;));
            }
            for dialect in self.dialects() {
                asked.over(field.ty, &quote!(group_fits), quote!(#columns, #table, #sqlite, #dialect));
            }
        }
        self.ask_for_keys(&mut asked);
        asked.tokens
    }

    /// What has to wait until all types are right: how large a row is depends on each of them, and which names a flattened struct
    /// has is known to the compiler alone. `position` is that of a group.
    pub(crate) fn of_whole(&self, schema: &TokenStream, position: impl Fn(usize) -> TokenStream) -> TokenStream {
        let private = self.private;
        let mut asked = Asked { private, tokens: TokenStream::new() };
        let table = self.model.table.span;
        for dialect in self.dialects() {
            asked.at(table, "table_fits", quote!(#schema, #dialect));
        }
        let range = |number| {
            let (start, columns) = (position(number), numbered("__UPSERT_GROUP", number));
            quote!(#private::Range { start: #start, end: #start + #columns.len() })
        };
        for (number, field) in self.groups() {
            let own = range(number);
            let later: Vec<_> =
                self.groups().map(|(other, _)| other).filter(|other| *other > number).map(range).collect();
            // What it repeats of itself is an error where it is defined.
            let others = quote!(#schema, &#own, &[#own #(, #later)*], #private::Option::None);
            asked.over(field.ty, &quote!(group_stands_in), others);
            for dialect in self.dialects() {
                let all = quote!(#schema, &#own, &[#(#later),*], #private::Option::Some(#dialect));
                asked.over(field.ty, &quote!(group_stands_in), all);
            }
        }
        asked.tokens
    }

    fn ask_for_names(&self, asked: &mut Asked) {
        let Self { model, .. } = self;
        let columns: Vec<&Name> = self.columns().map(|field| &field.column).collect();
        let mut ask = |name: &Name, function: &str| {
            let text = &name.text;
            if is_in_doubt(text) {
                for dialect in self.dialects() {
                    asked.at(name.span, function, quote!(#text, #dialect));
                }
            }
        };
        ask(&model.table, "table_name_fits");
        if let Some(schema) = &model.schema {
            ask(schema, "schema_name_fits");
        }
        for column in &columns {
            ask(column, "column_name_fits");
        }
        // Those that are equal are a mistake in every database, and are refused before.
        let mut earlier: HashMap<String, Vec<&String>> = HashMap::new();
        for Name { text, span } in columns {
            let similar = earlier.entry(lowercase(text)).or_default();
            let others: Vec<&&String> = similar.iter().filter(|other| **other != text).collect();
            for dialect in self.dialects().filter(|_| !others.is_empty()) {
                asked.at(*span, "column_name_differs", quote!(#text, &[#(#others),*], #dialect));
            }
            similar.push(text);
        }
    }

    /// What is asked of a column that is nothing but a type with a name.
    fn ask_for_type(&self, field: &FieldModel, whole: &TokenStream, asked: &mut Asked) {
        let value = column_value(field, self.private);
        let (name, table, dialects) = (&field.column.text, &self.model.table.text, self.dialects());
        let arguments = outside(quote!(#value::TYPE, #value::ENUM, #name, #table, [#(#dialects),*]), self.model);
        asked.over(field.ty, &quote!(plain_type_fits::<#whole, _>), arguments);
    }

    fn ask_for_column(&self, field: &FieldModel, constant: &Ident, whole: &TokenStream, asked: &mut Asked) {
        let private = self.private;
        let FieldModel { keys, ty, .. } = field;
        let (in_primary_key, finds_rows) = (self.in_primary_key(field), self.finds_rows(field));
        let table = &self.model.table.text;
        let standing = quote!(&#private::Standing {
            table: #table,
            in_primary_key: #in_primary_key,
            finds_rows: #finds_rows,
        });
        let dialects: Vec<TokenStream> = self.dialects().collect();
        if !dialects.is_empty() {
            asked.over(ty, &quote!(type_fits::<#whole>), quote!(&#constant, #standing, &[#(#dialects),*]));
        }
        if let Some(max_len) = &keys.max_len {
            asked.at(max_len.span(), "length_is_sound", quote!(&#constant));
            for dialect in self.dialects() {
                asked.at(max_len.span(), "length_fits", quote!(&#constant, #dialect));
            }
        }
        if let Some((_, sql_types)) = &keys.sql_types {
            for (database, sql_type) in sql_types.0.iter().filter(|(own, _)| self.model.databases.contains(own)) {
                let dialect = dialect(*database, private);
                let sqlite = self.model.sqlite.options(private);
                asked.at(sql_type.span(), "sql_type_fits", quote!(&#constant, #sqlite, #dialect));
            }
        }
        match &keys.origin {
            Some((span, Origin::Identity)) => {
                asked.over(ty, &quote!(origin_is_sound), quote!(&#constant));
                for dialect in self.dialects() {
                    asked.at(*span, "identity_fits", quote!(&#constant, #in_primary_key, #dialect));
                }
            }
            Some((span, Origin::Generated(expression))) => {
                let sql = sql_for(expression, private);
                let missing = |database: &&Database| expression.0.iter().all(|(own, _)| own != *database);
                for database in self.model.databases.iter().filter(missing) {
                    let dialect = dialect(*database, private);
                    asked.at(*span, "expression_fits", quote!(&#sql, #dialect));
                }
            }
            Some((_, Origin::Default(_))) | None => {}
        }
        if !self.is_in_key(field) {
            if self.is_indexed(field) && self.model.databases.contains(&Database::MySql) {
                let mysql = dialect(Database::MySql, private);
                asked.over(ty, &quote!(indexed_column_fits), quote!(&#constant, #mysql));
            }
            return;
        }
        if let Some((_, Origin::Identity | Origin::Default(_))) = &keys.origin
            && let Some(span) = self.key_span(field)
        {
            asked.at(span, "key_origin_is_sound", quote!(&#constant, #finds_rows));
        }
        // Of JSON it was said, of an identity more is asked. A plain type may be called a key type by hand, and be none.
        let is_said = matches!(keys.stored, Some((_, Stored::Json | Stored::NullableJson)))
            || matches!(keys.origin, Some((_, Origin::Identity)));
        if !is_said {
            asked.over(ty, &quote!(key_type_is_sound), quote!(&#constant));
        }
    }

    fn ask_for_keys(&self, asked: &mut Asked) {
        let Self { model, private, .. } = self;
        let primary = model.key();
        let of_primary = model.key_list.as_ref().map(|list| list.span).or_else(|| primary.first()?.keys.primary_key);
        let target = model.target_list.as_ref().map(|list| (list.span, model.listed(&list.fields)));
        for (span, fields) in of_primary.map(|span| (span, primary)).into_iter().chain(target) {
            self.ask_for_parts(span, fields.len(), asked);
            if let Some(columns) = self.all_constants(&fields) {
                let mysql = dialect(Database::MySql, private);
                if model.databases.contains(&Database::MySql) {
                    asked.at(span, "key_fits", quote!(&[#(#columns),*], #mysql));
                }
            }
        }
    }

    fn ask_for_parts(&self, span: Span, parts: usize, asked: &mut Asked) {
        // The least that any database has.
        if parts > 16 {
            for dialect in self.dialects() {
                asked.at(span, "number_of_parts_fits", quote!(#parts, #dialect));
            }
        }
    }

    /// What is asked of the indexes. `names` is a schema of which only the names are right, if they are.
    pub(crate) fn of_indexes(&self, names: Option<&TokenStream>) -> TokenStream {
        let Self { model, private, .. } = self;
        let mut asked = Asked { private, tokens: TokenStream::new() };
        for (number, IndexKey { span, unique: _, of, name, predicate, is_read }) in model.indexes.iter().enumerate() {
            if !is_read {
                continue;
            }
            let name = name.as_ref().map_or(*span, LitStr::span);
            self.ask_for_index_name(name, number, names, &mut asked);
            for dialect in self.dialects() {
                if let Some(predicate) = predicate {
                    asked.at(predicate.span(), "index_where_fits", dialect.clone());
                }
                if let IndexOf::Expression(expression) = of {
                    asked.at(expression.span(), "index_expr_fits", dialect);
                }
            }
            if let IndexOf::Fields(fields) = of {
                self.ask_for_indexed(*span, &model.listed(fields), &mut asked);
            }
        }
        // In the order of the schema.
        let of_fields = model.columns().flat_map(|field| {
            let spans = field.keys.unique.into_iter().chain(field.keys.index);
            spans.map(move |span| (span, field))
        });
        for (number, (span, field)) in of_fields.enumerate() {
            self.ask_for_index_name(span, model.indexes.len() + number, names, &mut asked);
            self.ask_for_indexed(span, &[field], &mut asked);
        }
        asked.tokens
    }

    fn ask_for_index_name(&self, span: Span, number: usize, names: Option<&TokenStream>, asked: &mut Asked) {
        let Some(names) = names else { return };
        for dialect in self.dialects() {
            asked.at(span, "index_name_fits", quote!(#names, #number, #dialect));
        }
    }

    fn ask_for_indexed(&self, span: Span, fields: &[&FieldModel], asked: &mut Asked) {
        self.ask_for_parts(span, fields.len(), asked);
        if !self.model.databases.contains(&Database::MySql) || self.is_key(fields) {
            return;
        }
        // What each of them cannot be by itself is said at its type.
        if let Some(columns) = self.all_constants(fields) {
            let mysql = dialect(Database::MySql, self.private);
            asked.at(span, "key_fits", quote!(&[#(#columns),*], #mysql));
        }
    }

    fn all_constants(&self, fields: &[&FieldModel]) -> Option<Vec<Ident>> {
        fields.iter().map(|field| self.constant(field)).collect()
    }

    fn dialects(&self) -> impl Iterator<Item = TokenStream> {
        self.model.databases.iter().map(|database| dialect(*database, self.private))
    }

    fn is_in_target(&self, field: &FieldModel) -> bool {
        let target = self.model.target_list.as_ref();
        target.is_some_and(|list| list.fields.iter().any(|name| field.is_called(name)))
    }

    fn is_in_key(&self, field: &FieldModel) -> bool {
        self.is_in_target(field) || self.model.key().iter().any(|key| key.name == field.name)
    }

    /// Whether these are the fields of the primary key, or of the conflict target, which are asked about as such.
    fn is_key(&self, fields: &[&FieldModel]) -> bool {
        let is_same = |key: &[&FieldModel]| {
            key.len() == fields.len() && key.iter().all(|part| fields.iter().any(|field| field.name == part.name))
        };
        let target = self.model.target_list.as_ref().map(|list| self.model.listed(&list.fields));
        is_same(&self.model.key()) || target.is_some_and(|target| is_same(&target))
    }

    /// Where it was said that a field is in the key: that of the conflict target, if it is in that.
    fn key_span(&self, field: &FieldModel) -> Option<Span> {
        let lists = [&self.model.target_list, &self.model.key_list];
        let named = lists.into_iter().flatten().flat_map(|list| &list.fields).find(|name| field.is_called(name));
        named.map(Ident::span).or(field.keys.primary_key)
    }

    fn in_primary_key(&self, field: &FieldModel) -> TokenStream {
        let private = self.private;
        let key = self.model.key();
        let place = match key.iter().position(|part| part.name == field.name) {
            None => "Not",
            Some(0) if key.len() == 1 => "Alone",
            Some(0) => "First",
            Some(_) => "Later",
        };
        let place = Ident::new(place, Span::call_site());
        quote!(#private::InPrimaryKey::#place)
    }

    fn finds_rows(&self, field: &FieldModel) -> TokenStream {
        let private = self.private;
        let finds = match &self.model.target_list {
            Some(_) => self.is_in_target(field),
            None => self.is_in_key(field),
        };
        let finds = Ident::new(if finds { "Yes" } else { "No" }, Span::call_site());
        quote!(#private::FindsRows::#finds)
    }
}

/// Questions, one behind the other.
pub(crate) struct Asked<'p> {
    pub(crate) private: &'p TokenStream,
    pub(crate) tokens: TokenStream,
}

impl Asked<'_> {
    /// A question whose answer, if it is no, is an error at a place.
    pub(crate) fn at(&mut self, place: Span, function: &str, arguments: TokenStream) {
        let function = Ident::new(function, Span::call_site()).into_token_stream();
        let call = call(place, place, &function, arguments, self.private);
        self.ask(place, &call);
    }

    /// The same at a type.
    pub(crate) fn over(&mut self, ty: &Type, function: &TokenStream, arguments: TokenStream) {
        let call = over(ty, function, arguments, self.private);
        self.ask(ty.span(), &call);
    }

    fn ask(&mut self, place: Span, call: &TokenStream) {
        let place = Span::call_site().located_at(place);
        self.tokens.extend(quote_spanned!(place=> const _: () = #call;));
    }
}

/// A call whose place is a type, from its first token to its last.
pub(crate) fn over(ty: &Type, function: &TokenStream, arguments: TokenStream, private: &TokenStream) -> TokenStream {
    let last = ty.to_token_stream().into_iter().last().map_or_else(|| ty.span(), |token| token.span());
    call(ty.span(), last, function, arguments, private)
}

/// A call from one place to another. The path of the function keeps its own, so that a crate that is not there is one error: the
/// place of a call is that of the brackets around it.
fn call(first: Span, last: Span, function: &TokenStream, arguments: TokenStream, private: &TokenStream) -> TokenStream {
    let in_brackets = |tokens, place: Span| {
        let mut group = Group::new(Delimiter::Parenthesis, tokens);
        group.set_span(Span::call_site().located_at(place));
        group
    };
    let (function, list) = (in_brackets(quote!(#private::#function), first), in_brackets(arguments, last));
    quote!(#function #list)
}

/// A flattened struct as what it is: with the place of its type, so that all errors about it are one.
pub(crate) fn as_group(field: &FieldModel<'_>, ty: &TokenStream, private: &TokenStream) -> TokenStream {
    let span = field.ty.span();
    let private = at(span, private.clone());
    quote_spanned!(span=> <#ty as #private::ColumnGroup>)
}

pub(crate) fn dialect(database: Database, private: &TokenStream) -> TokenStream {
    let dialect = Ident::new(database.dialect(), Span::call_site());
    quote!(#private::Dialect::#dialect)
}

/// Whether a database may refuse a name. None does that is short and plain, but for those that are its own; what every database
/// refuses was refused before.
fn is_in_doubt(name: &str) -> bool {
    /// Names of PostgreSQL's system columns.
    const TAKEN: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];
    if name.is_empty() || name.contains('\0') {
        return false;
    }
    let is_plain = name.len() <= 63 && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    !is_plain || TAKEN.contains(&name) || lowercase(name).starts_with("sqlite_")
}

/// Letter by letter: what is equal to any database is equal then.
pub(crate) fn lowercase(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).collect()
}
