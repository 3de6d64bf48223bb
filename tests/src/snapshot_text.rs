//! The text of a snapshot, read back by other code than the derive's.

use std::iter::Peekable;
use std::str::Chars;

use upsert::Dialect;
use upsert::schema::ColumnType;
use upsert::snapshot::{ColumnSnapshot, TableSnapshot};

/// Checks that a text says all that its snapshot has, and nothing else. (Of the schema the file's name tells.)
pub fn assert_reads_back(snapshot: &TableSnapshot) {
    let text = snapshot.to_string();
    let mut rest = Tokens::of(&text);
    rest.expect("table");
    assert_eq!(rest.string(), snapshot.table);
    rest.expect("on");
    let database = match snapshot.dialect {
        Dialect::Postgres => "postgres",
        Dialect::MySql => "mysql",
        _ => "sqlite",
    };
    rest.expect(database);
    rest.expect("{");
    for column in &snapshot.columns {
        rest.expect("column");
        assert_column_reads_back(column, &mut rest);
    }
    match &snapshot.keys {
        Some(keys) => {
            for key in keys {
                rest.expect("key");
                let there: Vec<String> = rest.list(";").into_iter().map(|token| token.text).collect();
                assert_eq!(&there, key);
            }
        }
        None => {
            rest.expect("view");
            rest.expect(";");
        }
    }
    rest.expect("}");
    assert!(rest.next().is_none(), "{text}");
}

fn assert_column_reads_back(column: &ColumnSnapshot, rest: &mut Tokens<'_>) {
    assert_eq!(rest.string(), column.name);
    assert_eq!(rest.string(), column.sql_type);
    let (mut flags, mut max_len, mut labels, mut checked, mut takes, mut some) =
        (Vec::new(), None, Vec::new(), Vec::new(), Vec::new(), Vec::new());
    loop {
        let word = rest.next().expect("a column ends").text;
        let texts = |tokens: Vec<Token>| tokens.into_iter().map(|token| token.text).collect::<Vec<_>>();
        match word.as_str() {
            ";" => break,
            "max_len" => max_len = texts(rest.in_parentheses()).concat().parse().ok(),
            "labels" => labels = texts(rest.in_parentheses()),
            "checked" => checked = texts(rest.in_parentheses()),
            "takes" => takes = texts(rest.in_parentheses()),
            "some" => some = texts(rest.in_parentheses()),
            _ => flags.push(word),
        }
    }
    let said = |flag: &str| flags.iter().any(|word| word == flag);
    let read = (!said("not_null"), said("filled"), said("generated"), max_len, labels, checked);
    let ColumnSnapshot { nullable, filled, generated, .. } = *column;
    assert_eq!(
        read,
        (nullable, filled, generated, column.max_len, column.labels.clone(), column.checked.clone()),
        "{column}"
    );
    if !generated {
        assert_eq!((takes, some), (kinds(&column.takes), kinds(&column.takes_some)), "{column}");
    }
}

/// As they are written; arrays of whatever are one.
fn kinds(kinds: &[ColumnType]) -> Vec<String> {
    let all: Vec<String> = kinds.iter().map(|kind| format!("{kind:?}")).collect();
    let (arrays, mut others): (Vec<String>, Vec<String>) = all.into_iter().partition(|kind| kind.starts_with("Array"));
    // There are as many as other kinds.
    if arrays.len() == 20 {
        others.push("Array".to_owned());
    } else {
        others.extend(arrays);
    }
    others
}

struct Token {
    text: String,
    is_string: bool,
}

struct Tokens<'t> {
    characters: Peekable<Chars<'t>>,
}

impl<'t> Tokens<'t> {
    /// Behind the comment of the first line.
    fn of(text: &'t str) -> Self {
        let (comment, rest) = text.split_once('\n').expect("it has lines");
        assert!(comment.starts_with("//"), "{comment}");
        Self { characters: rest.chars().peekable() }
    }

    fn next(&mut self) -> Option<Token> {
        while self.characters.next_if(|character| character.is_whitespace()).is_some() {}
        let first = self.characters.next()?;
        if first == '"' {
            return Some(Token { text: self.string_behind_its_quote(), is_string: true });
        }
        let mut text = String::from(first);
        let is_of_word = |character: &char| character.is_alphanumeric() || *character == '_';
        while is_of_word(&first)
            && let Some(next) = self.characters.next_if(is_of_word)
        {
            text.push(next);
        }
        Some(Token { text, is_string: false })
    }

    fn string_behind_its_quote(&mut self) -> String {
        let mut text = String::new();
        loop {
            match self.characters.next().expect("a string ends") {
                '"' => return text,
                '\\' => match self.characters.next().expect("a string ends") {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    '0' => text.push('\0'),
                    'u' => {
                        let digits: String =
                            self.characters.by_ref().skip(1).take_while(|digit| *digit != '}').collect();
                        text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                    }
                    other => text.push(other),
                },
                other => text.push(other),
            }
        }
    }

    fn expect(&mut self, word: &str) {
        let token = self.next().expect("there is more");
        assert!(!token.is_string && token.text == word, "{} stands where {word} should", token.text);
    }

    fn string(&mut self) -> String {
        let token = self.next().expect("there is more");
        assert!(token.is_string, "{} stands where a string should", token.text);
        token.text
    }

    /// What stands between commas; of a kind in parentheses, all of it.
    fn list(&mut self, end: &str) -> Vec<Token> {
        let mut all: Vec<Token> = Vec::new();
        loop {
            let token = self.next().expect("a list ends");
            match token.text.as_str() {
                _ if token.is_string => all.push(token),
                "(" => {
                    let inner: String = self.list(")").into_iter().map(|token| token.text).collect();
                    let last = all.last_mut().expect("something stands before");
                    last.text.push_str(&format!("({inner})"));
                }
                "," => {}
                other if other == end => return all,
                _ => all.push(token),
            }
        }
    }

    fn in_parentheses(&mut self) -> Vec<Token> {
        self.expect("(");
        self.list(")")
    }
}
