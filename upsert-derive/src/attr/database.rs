//! Databases that attributes name: `db(…)` and `sql_type(…)`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::LitStr;

use super::entry::{COMMA, Entry, EntryValue, after_first, pieces};
use crate::errors::Errors;
use crate::suggest;

/// A database that an attribute names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Postgres,
    Sqlite,
    MySql,
}

impl Database {
    const ALL: [Self; 3] = [Self::Postgres, Self::Sqlite, Self::MySql];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
            Self::MySql => "mysql",
        }
    }

    /// The variant of `Dialect`.
    pub(crate) fn dialect(self) -> &'static str {
        match self {
            Self::Postgres => "Postgres",
            Self::Sqlite => "Sqlite",
            Self::MySql => "MySql",
        }
    }

    fn from_name(name: &Ident, all: &[Self], errors: &mut Errors) -> Option<Self> {
        let found = all.iter().copied().find(|database| name == database.name());
        if found.is_none() {
            let names = || all.iter().map(|database| database.name());
            let meant = match name.to_string().to_lowercase().as_str() {
                "pg" | "postgresql" => "; did you mean `postgres`?".to_owned(),
                "mariadb" if all.contains(&Self::MySql) => "; did you mean `mysql`?".to_owned(),
                "sqlite3" => "; did you mean `sqlite`?".to_owned(),
                other => suggest::did_you_mean(other, names()),
            };
            errors.at(name.span(), format!("unknown database `{name}`{meant}\nthere are {}", suggest::list(names())));
        }
        found
    }
}

impl Entry<'_> {
    /// `db(postgres, sqlite)`
    pub(super) fn databases(&self, errors: &mut Errors) -> Vec<Database> {
        // The rules of the others come with them.
        const CHECKED: [Database; 2] = [Database::Postgres, Database::Sqlite];
        let EntryValue::List(tokens) = &self.value else {
            errors.at(self.written.span(), "`db` names databases: write `db(postgres, sqlite)`");
            return Vec::new();
        };
        let mut databases: Vec<Database> = Vec::new();
        if tokens.is_empty() {
            errors.at(self.written.span(), "`db()` names no database: write `db(postgres, sqlite)`");
        }
        for piece in pieces(tokens.clone(), errors) {
            match piece.as_slice() {
                [TokenTree::Ident(name)] => {
                    let Some(database) = Database::from_name(name, &CHECKED, errors) else { continue };
                    if databases.contains(&database) {
                        errors.at(name.span(), format!("`{name}` is given twice; keep one"));
                    } else {
                        databases.push(database);
                    }
                }
                [TokenTree::Ident(_), extra, ..] => errors.at(extra.span(), COMMA),
                other => {
                    let tokens: TokenStream = other.iter().cloned().collect();
                    match syn::parse2::<LitStr>(tokens.clone()) {
                        Ok(name) => {
                            errors.over(tokens, format!("databases have no quotes here: write `{}`", name.value()));
                        }
                        Err(_) => errors.over(tokens, "expected the name of a database"),
                    }
                }
            }
        }
        databases
    }

    /// `sql_type(postgres = "citext", sqlite = "TEXT")`
    pub(super) fn sql_types(&self, errors: &mut Errors) -> Vec<(Database, LitStr)> {
        const EXAMPLE: &str = r#"write `sql_type(postgres = "citext", sqlite = "TEXT")`"#;
        let EntryValue::List(tokens) = &self.value else {
            errors.at(self.written.span(), format!("`sql_type` names a type for each database: {EXAMPLE}"));
            return Vec::new();
        };
        if tokens.is_empty() {
            errors.at(self.written.span(), format!("`sql_type()` names no type: {EXAMPLE}"));
        }
        let mut types: Vec<(Database, LitStr)> = Vec::new();
        for piece in pieces(tokens.clone(), errors) {
            let mut tokens = piece.iter();
            let (Some(TokenTree::Ident(name)), Some(TokenTree::Punct(equals))) = (tokens.next(), tokens.next()) else {
                let tokens: TokenStream = piece.iter().cloned().collect();
                errors.over(tokens, format!("expected a database and its type: {EXAMPLE}"));
                continue;
            };
            let Some(database) = Database::from_name(name, &Database::ALL, errors) else { continue };
            let value: TokenStream = tokens.cloned().collect();
            match syn::parse2::<LitStr>(value.clone()) {
                Ok(_) if equals.as_char() != '=' => errors.at(equals.span(), "expected `=`"),
                Ok(_) if types.iter().any(|(earlier, _)| *earlier == database) => {
                    errors.at(name.span(), format!("`{name}` is given twice; keep one"));
                }
                Ok(sql_type) => {
                    check_sql_type(database, &sql_type, errors);
                    types.push((database, sql_type));
                }
                Err(_) => match after_first::<LitStr>(&value) {
                    Some(extra) => errors.at(extra, COMMA),
                    None if value.is_empty() => errors.at(name.span(), format!("`{name}` needs a type: {EXAMPLE}")),
                    None => errors.over(value, format!("expected a type in quotes: {EXAMPLE}")),
                },
            }
        }
        types
    }
}

fn check_sql_type(database: Database, sql_type: &LitStr, errors: &mut Errors) {
    /// Those of a table that is STRICT ("STRICT Tables", section 2).
    const STRICT: [&str; 6] = ["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"];
    let written = sql_type.value();
    if written.trim().is_empty() {
        errors.at(sql_type.span(), "a type cannot be empty");
    } else if database == Database::Sqlite && !STRICT.iter().any(|strict| strict.eq_ignore_ascii_case(written.trim())) {
        let meant = suggest::did_you_mean(&written, STRICT);
        errors.at(
            sql_type.span(),
            format!(
                "tables of SQLite are STRICT here, and have no type `{written}`{meant}\nthe types are {}",
                suggest::list(STRICT)
            ),
        );
    }
}
