//! Every mistake of a struct, to be shown in one compile.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

#[derive(Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    /// An error at one token.
    pub(crate) fn at(&mut self, span: Span, message: impl AsRef<str>) {
        self.0.push(syn::Error::new(span, message.as_ref()));
    }

    /// An error at all of these tokens.
    pub(crate) fn over(&mut self, tokens: impl ToTokens, message: impl AsRef<str>) {
        self.0.push(syn::Error::new_spanned(tokens, message.as_ref()));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The errors as the `compile_error!`s that show them; `None` when there is none.
    pub(crate) fn into_tokens(self) -> Option<TokenStream> {
        let all = self.0.into_iter().reduce(|mut all, error| {
            all.combine(error);
            all
        })?;
        Some(all.into_compile_error())
    }
}
