//! SQL in attributes is written into statements as it is. What it means the database knows; that quotes, brackets and comments in
//! it end, and that it ends no statement, is seen here. Behind what does not end all else would be swallowed, and the database
//! would complain of another place.

use syn::LitStr;

use super::database::Database;
use crate::errors::Errors;

/// The databases that SQL is written for.
#[derive(Clone, Copy)]
pub(super) enum For<'d> {
    EachOf(&'d [Database]),
    /// Which of them, is not known.
    SomeOf(&'d [Database]),
}

/// Tells whether it is let through.
pub(super) fn check_sql(sql: &LitStr, databases: For<'_>, errors: &mut Errors) -> bool {
    let text = sql.value();
    let message = if text.trim().is_empty() {
        Some("SQL cannot be empty: write some, or leave it out".to_owned())
    } else if text.contains('\0') {
        Some("SQL cannot contain NUL, which no database takes: write it without".to_owned())
    } else {
        broken_in(&text, databases)
    };
    let Some(message) = message else { return true };
    errors.at(sql.span(), message);
    false
}

fn broken_in(sql: &str, databases: For<'_>) -> Option<String> {
    let (For::EachOf(named) | For::SomeOf(named)) = databases;
    let broken: Vec<(Database, String)> =
        named.iter().filter_map(|database| Some((*database, broken(sql, *database)?))).collect();
    let is_everywhere = broken.len() == named.len();
    let (database, message) = broken.into_iter().next()?;
    match databases {
        _ if is_everywhere => Some(message),
        For::EachOf(_) => Some(format!("as {} reads it, {message}", database.title())),
        For::SomeOf(_) => None,
    }
}

/// What is wrong with it in one database; nothing where that depends on how the server is set up.
fn broken(sql: &str, database: Database) -> Option<String> {
    let mut open: Vec<(char, &str)> = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let behind = &rest[first.len_utf8()..];
        rest = match (first, piece(rest, first, database)) {
            (_, Piece::Ends(behind)) => behind,
            (_, Piece::IsBroken(message)) => return Some(message),
            (_, Piece::DependsOnServer) => return None,
            ('(' | '[', Piece::Sign) => {
                open.push((first, behind));
                behind
            }
            (')' | ']', Piece::Sign) => {
                let opening = if first == ')' { '(' } else { '[' };
                match open.pop() {
                    Some((last, _)) if last == opening => {}
                    Some((last, behind)) => return Some(not_closed(last, behind)),
                    None => {
                        let place = place(behind);
                        return Some(format!(
                            "nothing opens the `{first}` {place}: leave it out, or write `{opening}` before it"
                        ));
                    }
                }
                behind
            }
            (';', Piece::Sign) => {
                let place = place(behind);
                return Some(format!(
                    "the `;` {place} would end the statement that this is a part of: leave it out, and what is behind it"
                ));
            }
            (_, Piece::Sign) => behind,
        };
    }
    open.pop().map(|(bracket, behind)| not_closed(bracket, behind))
}

enum Piece<'s> {
    /// A word, a text, a name in quotes or a comment; what stands behind it.
    Ends(&'s str),
    IsBroken(String),
    DependsOnServer,
    /// Anything else.
    Sign,
}

/// What begins here.
fn piece(sql: &str, first: char, database: Database) -> Piece<'_> {
    if let Some(comment) = comment(sql, database) {
        return comment;
    }
    match (first, database) {
        ('\'' | '"', _) | ('`', Database::Sqlite | Database::MySql) => {
            quoted(&sql[1..], first, Backslash::of(first, database))
        }
        ('E' | 'e', Database::Postgres) if sql[1..].starts_with('\'') => quoted(&sql[2..], '\'', Backslash::Escapes),
        // A name.
        ('[', Database::Sqlite) => match sql.split_once(']') {
            Some((_, behind)) => Piece::Ends(behind),
            None => Piece::IsBroken(not_closed(first, &sql[1..])),
        },
        ('$', Database::Postgres) => dollar_quoted(sql),
        // A `$` within a word opens nothing.
        _ if is_of_word(first) => Piece::Ends(sql.trim_start_matches(|letter| is_of_word(letter) || letter == '$')),
        _ => Piece::Sign,
    }
}

/// The comment that begins here, if one does.
fn comment(sql: &str, database: Database) -> Option<Piece<'_>> {
    let sign = match database {
        Database::Postgres | Database::Sqlite if sql.starts_with("--") => Some("--"),
        // Of MySQL, `1--1` is 2.
        Database::MySql if sql.starts_with("--") && !sql[2..].starts_with(|next| !is_blank(next)) => Some("--"),
        Database::MySql if sql.starts_with('#') => Some("#"),
        Database::Postgres | Database::Sqlite | Database::MySql => None,
    };
    if let Some(sign) = sign {
        let ends_line = |letter| letter == '\n' || letter == '\r' && database == Database::Postgres;
        return Some(match sql.split_once(ends_line) {
            Some((_, behind)) => Piece::Ends(behind),
            None => Piece::IsBroken(format!(
                "the comment behind `{sign}` would hide what follows in the statement: write `/* … */`, or leave it out"
            )),
        });
    }
    let within = sql.strip_prefix("/*")?;
    let (mut rest, mut depth) = (within, 1);
    while depth > 0 {
        let Some((before, behind)) = rest.split_once("*/") else {
            let place = place(within);
            return Some(Piece::IsBroken(format!(
                "nothing closes the `/*` {place}: write `*/` where the comment ends"
            )));
        };
        // Those of PostgreSQL are nested. `/*/` opens one, and closes none.
        let inner = rest.find("/*").filter(|inner| database == Database::Postgres && *inner < before.len());
        (rest, depth) = match inner {
            Some(inner) => (&rest[inner + 2..], depth + 1),
            None => (behind, depth - 1),
        };
    }
    // MySQL reads what is in these as SQL, if it is of that version.
    if database == Database::MySql && (within.starts_with('!') || within.starts_with("M!")) {
        return Some(Piece::DependsOnServer);
    }
    Some(Piece::Ends(rest))
}

/// What a backslash before a quote is.
#[derive(Clone, Copy)]
enum Backslash {
    Escapes,
    IsPlain,
    DependsOnServer,
}

impl Backslash {
    /// It is a setting of PostgreSQL, but in `E'…'`, and of MySQL.
    fn of(quote: char, database: Database) -> Self {
        match (database, quote) {
            (Database::Postgres, '\'') | (Database::MySql, '\'' | '"') => Self::DependsOnServer,
            (Database::Postgres | Database::Sqlite | Database::MySql, _) => Self::IsPlain,
        }
    }
}

fn quoted(within: &str, quote: char, backslash: Backslash) -> Piece<'_> {
    let mut rest = within;
    while let Some((before, behind)) = rest.split_once(quote) {
        let backslashes = before.len() - before.trim_end_matches('\\').len();
        rest = match (backslash, backslashes % 2 == 1, behind.strip_prefix(quote)) {
            (Backslash::DependsOnServer, true, _) => return Piece::DependsOnServer,
            (Backslash::Escapes, true, _) => behind,
            (_, _, Some(doubled)) => doubled,
            (_, _, None) => return Piece::Ends(behind),
        };
    }
    let place = place(within);
    let quote = if quote == '`' { "backtick".to_owned() } else { format!("`{quote}`") };
    Piece::IsBroken(format!(
        "nothing closes the {quote} {place}: write another where it ends, and two for each that stands within"
    ))
}

/// `$$…$$`, `$tag$…$tag$`
fn dollar_quoted(sql: &str) -> Piece<'_> {
    let Some((tag, within)) = sql[1..].split_once('$') else { return Piece::Sign };
    if !tag.chars().all(is_of_word) || tag.starts_with(|first: char| first.is_ascii_digit()) {
        return Piece::Sign;
    }
    match within.split_once(&format!("${tag}$")) {
        Some((_, behind)) => Piece::Ends(behind),
        None => {
            let place = place(within);
            Piece::IsBroken(format!("nothing closes the `${tag}$` {place}: write another where it ends"))
        }
    }
}

fn not_closed(bracket: char, behind: &str) -> String {
    let closing = if bracket == '(' { ')' } else { ']' };
    format!("nothing closes the `{bracket}` {}: write `{closing}` where it ends", place(behind))
}

/// Where it is, for who reads a long line.
fn place(behind: &str) -> String {
    const ENOUGH: usize = 24;
    let behind = behind.split_whitespace().collect::<Vec<_>>().join(" ");
    match behind.char_indices().nth(ENOUGH) {
        _ if behind.is_empty() => "at the end".to_owned(),
        None => format!("before `{behind}`"),
        Some((end, _)) => format!("before `{}…`", &behind[..end]),
    }
}

/// What is behind the `--` of a comment of MySQL.
fn is_blank(letter: char) -> bool {
    letter.is_ascii_whitespace() || letter.is_ascii_control()
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || !letter.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(sql: &str) -> [Option<String>; 3] {
        Database::ALL.map(|database| broken(sql, database))
    }

    #[test]
    fn what_every_database_takes_is_let_through() {
        let sound = [
            "0",
            "-1.5e3",
            "now()",
            "'free'",
            "'it''s'",
            "''",
            "''''",
            "'a;b'",
            "'('",
            "\"a\"\"b\"",
            "\"(\"",
            "coalesce((a), (b))",
            "a /* ; ' ( */ + 1",
            "a -- ; ' (\n + 1",
            "'--'",
            "'/*'",
            "1 - -1",
            "x'00'",
            "E'\\n'",
            "'a\\\\'",
            "a /* * / */",
            "a*/**/b",
            "lower(\"it's\")",
            "'\u{1F980}'",
        ];
        for sql in sound {
            assert_eq!(reasons(sql), [None, None, None], "{sql}");
        }
    }

    #[test]
    fn what_no_database_takes_is_refused() {
        let broken = [
            ("'free", "nothing closes the `'` before `free`"),
            ("free'", "nothing closes the `'` at the end"),
            ("'it's'", "nothing closes the `'` at the end"),
            ("\"a", "nothing closes the `\"` before `a`"),
            ("now(", "nothing closes the `(` at the end"),
            ("(a + (b)", "nothing closes the `(` before `a + (b)`"),
            ("now())", "nothing opens the `)` at the end"),
            ("0), (1", "nothing opens the `)` before `, (1`"),
            ("0; drop", "the `;` before `drop`"),
            ("0;", "the `;` at the end"),
            ("(a; b)", "the `;` before `b)`"),
            ("0 -- none", "the comment behind `--`"),
            ("0 --", "the comment behind `--`"),
            ("0 /* none", "nothing closes the `/*` before `none`"),
            ("/*", "nothing closes the `/*` at the end"),
            ("f('a very long text of many words, and no end", "before `a very long text of many…`"),
        ];
        for (sql, words) in broken {
            for reason in reasons(sql) {
                assert!(reason.as_ref().is_some_and(|reason| reason.contains(words)), "{sql}: {reason:?}");
            }
        }
    }

    /// PostgreSQL, SQLite, MySQL.
    #[test]
    fn each_database_reads_it_in_its_way() {
        let cases = [
            ("$$it's$$", [true, false, false]),
            ("$a$ $$ ' $a$", [true, false, false]),
            ("$a$ $b$", [false, true, true]),
            ("a$b$'c'", [true, true, true]),
            ("$1", [true, true, true]),
            ("1--1", [false, false, true]),
            ("1 # 2", [true, true, false]),
            ("1 # 2\n + 3", [true, true, true]),
            ("`it's`", [false, true, true]),
            ("`a", [true, false, false]),
            ("[it's]", [false, true, false]),
            ("[(]", [false, true, false]),
            ("(]", [false, false, false]),
            ("ARRAY[1, 2]", [true, true, true]),
            ("'it\\'s'", [true, false, true]),
            ("E'it\\'s'", [true, false, true]),
            ("e'\\'", [false, true, true]),
            ("E'\\\\' || E'\\''''", [true, false, true]),
            ("E'a'\n'it\\'s'", [true, false, true]),
            ("'\\'", [true, true, true]),
            ("\"\\\"", [true, true, true]),
            ("/* /* */ */", [true, true, true]),
            ("/* /* */", [false, true, true]),
            ("/*/*/", [false, true, true]),
            ("/* /*/ ' */ */ 1", [true, false, false]),
            ("1 -- '\r + 1", [true, false, false]),
            ("1 --\u{2}'\n + 1", [true, true, true]),
            ("1 --\u{a0}'\n'", [false, false, true]),
            ("/*!50700 '*/' */ 1", [false, false, true]),
            ("/*M! (*/ 1 /*!)*/", [true, true, true]),
            ("/*! 1", [false, false, false]),
        ];
        for (sql, sound) in cases {
            assert_eq!(reasons(sql).map(|reason| reason.is_none()), sound, "{sql}");
        }
    }

    #[test]
    fn what_is_for_each_database_is_sound_in_each() {
        let some = [Database::Postgres, Database::MySql];
        assert_eq!(broken_in("1 # 2", For::SomeOf(&some)), None);
        assert_eq!(broken_in("1 # 2", For::EachOf(&[Database::Postgres])), None);
        let broken = broken_in("1 # 2", For::EachOf(&some));
        assert!(broken.is_some_and(|broken| broken.starts_with("as MySQL reads it, the comment behind `#`")));
        let broken = broken_in("0;", For::SomeOf(&some));
        assert!(broken.is_some_and(|broken| broken.starts_with("the `;`")));
    }
}
