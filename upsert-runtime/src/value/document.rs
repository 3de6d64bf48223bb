//! Whether a text is a document of JSON (RFC 8259): SQLite would keep any.

/// Whether it is one document, and nothing else.
pub(crate) fn is_document(text: &str) -> bool {
    Scanner { rest: text.as_bytes() }.document().is_some()
}

/// What has not been read yet. What it looks for and does not find is `None`.
struct Scanner<'t> {
    rest: &'t [u8],
}

impl Scanner<'_> {
    fn document(&mut self) -> Option<()> {
        // The ends of what is open: no depth is too deep.
        let mut open = Vec::new();
        loop {
            self.blanks();
            match self.next()? {
                b'{' => {
                    self.blanks();
                    open.push(b'}');
                    if self.rest.first() != Some(&b'}') {
                        self.key()?;
                        continue;
                    }
                }
                b'[' => {
                    self.blanks();
                    open.push(b']');
                    if self.rest.first() != Some(&b']') {
                        continue;
                    }
                }
                b'"' => self.behind_quote()?,
                b't' => self.word(b"rue")?,
                b'f' => self.word(b"alse")?,
                b'n' => self.word(b"ull")?,
                b'-' => {
                    let first = self.next()?;
                    self.number(first)?;
                }
                first => self.number(first)?,
            }
            // Behind a value, or where one of an empty object or array would be.
            loop {
                self.blanks();
                let Some(end) = open.last() else { return self.rest.is_empty().then_some(()) };
                match self.next()? {
                    byte if byte == *end => drop(open.pop()),
                    b',' => {
                        self.blanks();
                        if *end == b'}' {
                            self.key()?;
                        }
                        break;
                    }
                    _ => return None,
                }
            }
        }
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn blanks(&mut self) {
        let blanks = self.rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.rest = &self.rest[blanks..];
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(())
    }

    /// A key, and the colon behind it.
    fn key(&mut self) -> Option<()> {
        self.word(b"\"")?;
        self.behind_quote()?;
        self.blanks();
        self.word(b":")
    }

    fn behind_quote(&mut self) -> Option<()> {
        loop {
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => match self.next()? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => {
                        let digits = self.rest.split_off(..4)?;
                        digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                    }
                    _ => return None,
                },
                control if control < b' ' => return None,
                _ => {}
            }
        }
    }

    /// What follows the first digit of a number.
    fn number(&mut self, first: u8) -> Option<()> {
        match first {
            b'0' => {}
            b'1'..=b'9' => drop(self.digits()),
            _ => return None,
        }
        if self.word(b".").is_some() {
            self.digits()?;
        }
        if self.word(b"e").or_else(|| self.word(b"E")).is_some() {
            let _sign = self.word(b"+").or_else(|| self.word(b"-"));
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = &self.rest[digits..];
        (digits > 0).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::is_document;

    #[test]
    fn documents_are_told_from_other_texts() {
        let documents = [
            "null",
            " true\n",
            "false",
            "0",
            "-0",
            "10.50",
            "1e9",
            "-1.5E-07",
            "\"\"",
            r#""a\"\\\u00e9é""#,
            "[]",
            "[ ]",
            "{}",
            "{ }",
            "[1, [2], {\"a\": [ ]}]",
            r#"{"a":1,"a":{"b":null}}"#,
        ];
        for document in documents {
            assert!(is_document(document), "{document}");
        }
        let others = [
            "",
            " ",
            "nul",
            "nulll",
            "True",
            "01",
            "1.",
            ".5",
            "-",
            "+1",
            "1e",
            "1e+",
            "NaN",
            "Infinity",
            "\"",
            "\"a",
            "'a'",
            "\"\n\"",
            r#""\x""#,
            r#""\u12g4""#,
            r#""\u12"#,
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,]",
            "[1 2]",
            "]",
            "{",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{1:2}",
            "[}",
            "{]",
            "{\"a\":1]",
            "1 2",
            "[] []",
            "\u{a0}1",
            "\u{feff}1",
        ];
        for other in others {
            assert!(!is_document(other), "{other}");
        }
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(is_document(&deep) && !is_document(&deep[1..]));
    }
}
