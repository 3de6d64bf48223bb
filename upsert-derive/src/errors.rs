//! Every mistake of a struct, to be shown in one compile.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

#[derive(Default)]
pub(crate) struct Errors(Vec<Mistake>);

struct Mistake {
    /// The tokens that are marked, from the first to the last.
    first: Span,
    last: Span,
    message: String,
}

impl Errors {
    /// An error at one token.
    pub(crate) fn at(&mut self, span: Span, message: impl Into<String>) {
        self.0.push(Mistake { first: span, last: span, message: message.into() });
    }

    /// An error at all of these tokens.
    pub(crate) fn over(&mut self, tokens: impl ToTokens, message: impl Into<String>) {
        let mut spans = tokens.into_token_stream().into_iter().map(|token| token.span());
        let first = spans.next().unwrap_or_else(Span::call_site);
        let last = spans.last().unwrap_or(first);
        self.0.push(Mistake { first, last, message: message.into() });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The errors as the `compile_error!`s that show them; `None` when there is none.
    ///
    /// They stand in a block: beside one that stands in a module, the compiler says nothing of names in that module which it does
    /// not find, and a type that is misspelt would be told in a second compile.
    pub(crate) fn into_tokens(self) -> Option<TokenStream> {
        if self.0.is_empty() {
            return None;
        }
        let errors = self.0.into_iter().map(Mistake::into_tokens);
        // Of edition 2015, `::core` would be something in the user's crate.
        Some(quote! {
            const _: () = {
                extern crate core as __upsert_core;
                #(#errors)*
            };
        })
    }
}

impl Mistake {
    fn into_tokens(self) -> TokenStream {
        let Self { first, last, message } = self;
        let mut message = Group::new(Delimiter::Brace, message.to_token_stream());
        message.set_span(last);
        quote_spanned!(first=> __upsert_core::compile_error! #message)
    }
}
