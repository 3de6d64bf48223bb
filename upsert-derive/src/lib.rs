use proc_macro::TokenStream; #[proc_macro_derive(Upsertable, attributes(upsert))] pub fn derive(_: TokenStream) -> TokenStream { TokenStream::new() }
