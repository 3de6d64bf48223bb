//! What the compiler is to show of several columns at once.

/// Several columns of one field, and what each breaks: there is one error at the field.
pub(crate) struct Lines {
    bytes: [u8; 4096],
    len: usize,
}

impl Lines {
    pub(crate) const NONE: Self = Self { bytes: [0; 4096], len: 0 };

    /// With a column of this name, and what it breaks.
    pub(crate) const fn of(self, name: &str, broken: Option<&str>) -> Self {
        let Some(broken) = broken else { return self };
        let between = if self.len == 0 { "column `" } else { "\ncolumn `" };
        if self.len + between.len() + name.len() + "`: ".len() + broken.len() > self.bytes.len() {
            // There is enough to mend.
            return self;
        }
        self.and(between).and(name).and("`: ").and(broken)
    }

    /// With a line of its own.
    pub(crate) const fn with(self, line: &str) -> Self {
        if self.len + 1 + line.len() > self.bytes.len() {
            return self;
        }
        if self.len == 0 { self.and(line) } else { self.and("\n").and(line) }
    }

    /// With more of the same line, as far as there is room.
    pub(crate) const fn and(mut self, text: &str) -> Self {
        // What is cut within a character would be no text.
        let all = self.len + text.len() <= self.bytes.len();
        let text = if all { text.as_bytes() } else { &[] };
        let mut byte = 0;
        while byte < text.len() {
            self.bytes[self.len] = text[byte];
            self.len += 1;
            byte += 1;
        }
        self
    }

    pub(crate) const fn text(&self) -> Option<&str> {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) if !text.is_empty() => Some(text),
            Ok(_) | Err(_) => None,
        }
    }
}
