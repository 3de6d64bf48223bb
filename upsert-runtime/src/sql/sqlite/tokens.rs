//! What a statement that SQLite has taken is made of.

/// A word, a name, a number, a text or a sign of a statement, by its place.
#[derive(Clone, Copy)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Token {
    pub(super) fn text<'s>(&self, statement: &'s str) -> &'s str {
        &statement[self.start..self.end]
    }

    /// What it names, if it is a name. SQLite takes any quotes around one.
    pub(super) fn name(&self, statement: &str) -> Option<String> {
        let text = self.text(statement);
        let first = text.chars().next()?;
        let last = match first {
            '[' => ']',
            '"' | '`' | '\'' => first,
            _ => return Some(text.to_owned()),
        };
        let inner = text.strip_prefix(first)?.strip_suffix(last)?;
        Some(if first == '[' {
            inner.to_owned()
        } else {
            inner.replace(&format!("{first}{first}"), &first.to_string())
        })
    }
}

/// The tokens of a statement that SQLite has taken; `None` where that cannot be.
pub(super) fn tokens(statement: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = statement;
    while let Some(first) = rest.chars().next() {
        let start = statement.len() - rest.len();
        let len = match first {
            _ if rest.starts_with("--") => rest.find('\n').map_or(rest.len(), |end| end + 1),
            _ if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |end| end + 4),
            _ if first.is_ascii_whitespace() => {
                rest.find(|character: char| !character.is_ascii_whitespace()).unwrap_or(rest.len())
            }
            '[' => rest.find(']')? + 1,
            '"' | '`' | '\'' => quoted_len(rest, first)?,
            _ if is_of_word(first) => rest.find(|character| !is_of_word(character)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let is_blank = first.is_ascii_whitespace() || rest.starts_with("--") || rest.starts_with("/*");
        if !is_blank {
            tokens.push(Token { start, end: start + len });
        }
        rest = &rest[len..];
    }
    Some(tokens)
}

/// The length of what stands in quotes, in which they are doubled.
fn quoted_len(text: &str, quote: char) -> Option<usize> {
    let mut from = 1;
    loop {
        let end = from + text[from..].find(quote)? + 1;
        if !text[end..].starts_with(quote) {
            return Some(end);
        }
        from = end + 1;
    }
}

pub(super) fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$' || !character.is_ascii()
}
