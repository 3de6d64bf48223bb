//! Databases that attributes name: `db(…)` and `sql_type(…)`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::LitStr;

use super::entry::{COMMA, Entry, EntryValue, after_first, is_false, pieces};
use super::sql::{For, check_sql};
use super::sqlite::SqliteKeys;
use crate::errors::Errors;
use crate::suggest;

/// SQL for each database; for none, if nothing is said.
#[derive(Default)]
pub(crate) struct Sql(pub(crate) Vec<(Database, LitStr)>);

/// A database that an attribute names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Postgres,
    Sqlite,
    MySql,
}

impl Database {
    pub(crate) const ALL: [Self; 3] = [Self::Postgres, Self::Sqlite, Self::MySql];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
            Self::MySql => "mysql",
        }
    }

    /// As people write it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
            Self::MySql => "MySQL",
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

    fn from_name(name: &Ident, errors: &mut Errors) -> Option<Self> {
        let written = name.to_string().to_lowercase();
        if let Some(found) = Self::ALL.into_iter().find(|database| name == database.name()) {
            return Some(found);
        }
        let names = || Self::ALL.map(Self::name);
        // What is meant by another name is known, and is asked about.
        let found = match written.as_str() {
            "pg" | "postgresql" => Some(Self::Postgres),
            "mariadb" => Some(Self::MySql),
            "sqlite3" => Some(Self::Sqlite),
            _ => None,
        };
        let meant = match found {
            Some(found) => format!("; did you mean `{}`?", found.name()),
            None => suggest::did_you_mean(&written, names()),
        };
        errors.at(name.span(), format!("unknown database `{name}`{meant}\nthere are {}", suggest::list(names())));
        found
    }
}

impl Entry<'_> {
    /// `db(postgres, sqlite)`
    pub(super) fn databases(&self, errors: &mut Errors) -> Vec<Database> {
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
                [TokenTree::Ident(name), rest @ ..] if rest.is_empty() || is_value(rest) => {
                    let mistakes = errors.count();
                    let Some(database) = Database::from_name(name, errors) else { continue };
                    let value: TokenStream = rest.iter().skip(1).cloned().collect();
                    if errors.count() > mistakes {
                        // What is said of the name is enough.
                    } else if is_false(&value) {
                        errors.at(name.span(), format!("`{name}` takes no value: leave it out where it is not meant"));
                        continue;
                    } else if !rest.is_empty() {
                        errors.at(name.span(), format!("`{name}` takes no value: write `{}({name})`", self.key));
                    } else if databases.contains(&database) {
                        errors.at(name.span(), format!("`{name}` is given twice; keep one"));
                    }
                    if !databases.contains(&database) {
                        databases.push(database);
                    }
                }
                [TokenTree::Ident(_), extra, ..] => errors.at(extra.span(), COMMA),
                other => {
                    let tokens: TokenStream = other.iter().cloned().collect();
                    match syn::parse2::<LitStr>(tokens.clone()) {
                        Ok(name) => {
                            errors.over(tokens, format!("databases have no quotes here: write `{}`", name.value()));
                            let meant = Database::ALL.into_iter().find(|database| name.value() == database.name());
                            databases.extend(meant.filter(|meant| !databases.contains(meant)));
                        }
                        Err(_) => errors.over(tokens, "expected the name of a database"),
                    }
                }
            }
        }
        databases
    }

    /// `sql_type(postgres = "citext", sqlite = "TEXT")`
    pub(super) fn sql_types(&self, sqlite: &SqliteKeys, errors: &mut Errors) -> Sql {
        let EntryValue::List(tokens) = &self.value else {
            let example = self.place.example(&self.key);
            errors.at(self.written.span(), format!("`sql_type` names a type for each database: write `{example}`"));
            return Sql::default();
        };
        let check = |sql: &LitStr, databases: For<'_>, errors: &mut Errors| {
            let is_of_strict = sqlite.is_strict() && matches!(databases, For::EachOf([Database::Sqlite]));
            if check_sql(sql, databases, errors) && is_of_strict {
                check_strict_type(sql, errors);
            }
        };
        self.for_each_database(tokens, "a type", check, errors)
    }

    /// `default`, `default = "0"` or `default(postgres = "now()", sqlite = "CURRENT_TIMESTAMP")`
    pub(super) fn default(&self, named: &[Database], errors: &mut Errors) -> Sql {
        match &self.value {
            EntryValue::Absent => Sql::default(),
            EntryValue::Is(_) => self.everywhere(named, check_default, errors),
            EntryValue::List(tokens) => self.for_each_database(tokens, "an expression", check_default, errors),
        }
    }

    /// `generated = "price * quantity"` or `generated(postgres = "…")`
    pub(super) fn generated(&self, named: &[Database], errors: &mut Errors) -> Sql {
        let check = |sql: &LitStr, databases: For<'_>, errors: &mut Errors| {
            check_sql(sql, databases, errors);
        };
        match &self.value {
            EntryValue::Absent | EntryValue::Is(_) => self.everywhere(named, check, errors),
            EntryValue::List(tokens) => self.for_each_database(tokens, "an expression", check, errors),
        }
    }

    /// `"…"` for those databases that the struct names; where it names none, which are meant is not known.
    fn everywhere(
        &self,
        named: &[Database],
        check: impl Fn(&LitStr, For<'_>, &mut Errors),
        errors: &mut Errors,
    ) -> Sql {
        let Some(sql) = self.string(errors) else { return Sql::default() };
        check(&sql, if named.is_empty() { For::SomeOf(&Database::ALL) } else { For::EachOf(named) }, errors);
        Sql(Database::ALL.map(|database| (database, sql.clone())).into())
    }

    /// `(postgres = "…", sqlite = "…")`
    fn for_each_database(
        &self,
        tokens: &TokenStream,
        what: &str,
        check: impl Fn(&LitStr, For<'_>, &mut Errors),
        errors: &mut Errors,
    ) -> Sql {
        let (key, example) = (&self.key, self.for_databases());
        if tokens.is_empty() {
            errors.at(self.written.span(), format!("`{key}()` names no database: write `{example}`"));
        }
        let mut found: Vec<(Database, LitStr)> = Vec::new();
        for piece in pieces(tokens.clone(), errors) {
            let mut tokens = piece.iter();
            let (Some(TokenTree::Ident(name)), Some(TokenTree::Punct(equals))) = (tokens.next(), tokens.next()) else {
                let tokens: TokenStream = piece.iter().cloned().collect();
                errors.over(tokens, format!("expected a database and {what} for it: write `{example}`"));
                continue;
            };
            let Some(database) = Database::from_name(name, errors) else { continue };
            let value: TokenStream = tokens.cloned().collect();
            match syn::parse2::<LitStr>(value.clone()) {
                Ok(_) if equals.as_char() != '=' => errors.at(equals.span(), "expected `=`"),
                Ok(_) if found.iter().any(|(earlier, _)| *earlier == database) => {
                    errors.at(name.span(), format!("`{name}` is given twice; keep one"));
                }
                Ok(sql) => {
                    check(&sql, For::EachOf(&[database]), errors);
                    found.push((database, sql));
                }
                Err(_) => match after_first::<LitStr>(&value) {
                    Some(extra) => errors.at(extra, COMMA),
                    None if value.is_empty() => {
                        errors.at(name.span(), format!("`{name}` needs {what}: write `{example}`"));
                    }
                    None => errors.over(value, format!("expected {what} in quotes: write `{example}`")),
                },
            }
        }
        Sql(found)
    }

    /// An example with a database in it.
    fn for_databases(&self) -> String {
        match self.key.as_str() {
            "default" => r#"default(postgres = "gen_random_uuid()", sqlite = "randomblob(16)")"#.to_owned(),
            "generated" => r#"generated(postgres = "lower(email)", sqlite = "lower(email)")"#.to_owned(),
            key => self.place.example(key).to_owned(),
        }
    }
}

/// `= true` or `(true)`
fn is_value(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Punct(equals), ..] => equals.as_char() == '=',
        [TokenTree::Group(_)] => true,
        _ => false,
    }
}

fn check_default(sql: &LitStr, databases: For<'_>, errors: &mut Errors) {
    if !check_sql(sql, databases, errors) {
        return;
    }
    let (text, span) = (sql.value(), sql.span());
    let text = text.trim();
    if text.eq_ignore_ascii_case("null") {
        errors.at(span, "NULL is what `None` is without a default: leave it out");
    } else if let Some(word) = word_without_quotes(text) {
        let function =
            if text == word { format!(", and a function has brackets, `\"{word}()\"`") } else { String::new() };
        errors.at(
            span,
            format!("`{word}` is no value in SQL: a text has quotes of its own there, `\"'{text}'\"`{function}"),
        );
    }
}

/// The word that a default begins with where it has neither quotes nor brackets: a default names no column, so that there is
/// nothing else that it could mean.
fn word_without_quotes(sql: &str) -> Option<&str> {
    /// What begins an expression of one of the databases, or is one.
    const KNOWN: [&str; 24] = [
        "ARRAY",
        "CASE",
        "CURRENT_CATALOG",
        "CURRENT_DATE",
        "CURRENT_ROLE",
        "CURRENT_SCHEMA",
        "CURRENT_TIME",
        "CURRENT_TIMESTAMP",
        "CURRENT_USER",
        "FALSE",
        "INTERVAL",
        "LOCALTIME",
        "LOCALTIMESTAMP",
        "NEXT",
        "NOT",
        "NULL",
        "PREVIOUS",
        "SESSION_USER",
        "SYSTEM_USER",
        "TRUE",
        "USER",
        "UTC_DATE",
        "UTC_TIME",
        "UTC_TIMESTAMP",
    ];
    let end = sql.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(sql.len());
    let word = &sql[..end];
    let is_word = word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
    let has_more = sql.contains(['\'', '"', '`', '(', '$', '@']);
    let is_known = KNOWN.iter().any(|known| known.eq_ignore_ascii_case(word));
    (is_word && !has_more && !is_known).then_some(word)
}

fn check_strict_type(sql_type: &LitStr, errors: &mut Errors) {
    /// Those of a table that is STRICT ("STRICT Tables", section 2).
    const STRICT: [&str; 6] = ["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"];
    let written = sql_type.value();
    if written.trim().is_empty() || STRICT.iter().any(|strict| strict.eq_ignore_ascii_case(written.trim())) {
        return;
    }
    let meant = suggest::did_you_mean(&written, STRICT);
    errors.at(
        sql_type.span(),
        format!(
            "tables of SQLite are STRICT here, and have no type `{written}`{meant}\nthe types are {}; a struct with \
             `sqlite(strict = false)` has others as well",
            suggest::list(STRICT)
        ),
    );
}
