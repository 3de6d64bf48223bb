//! What the compiler is to show of several columns at once.

/// Several columns of one field, and what each breaks: there is one error at the field.
pub(crate) struct Lines {
    bytes: [u8; 4096],
    len: usize,
    is_cut: bool,
}

const CUT: &str = "…";

impl Lines {
    pub(crate) const NONE: Self = Self { bytes: [0; 4096], len: 0, is_cut: false };

    /// With a column of this name, and what it breaks.
    pub(crate) const fn of(self, name: &str, broken: Option<&str>) -> Self {
        let Some(broken) = broken else { return self };
        let between = if self.len == 0 { "column `" } else { "\ncolumn `" };
        if !self.takes(between.len() + name.len() + "`: ".len() + broken.len()) {
            return self;
        }
        self.and(between).and(name).and("`: ").and(broken)
    }

    /// With a line of its own.
    pub(crate) const fn with(self, line: &str) -> Self {
        if !self.takes(1 + line.len()) {
            return self;
        }
        if self.len == 0 { self.and(line) } else { self.and("\n").and(line) }
    }

    /// Without room for one line more there is enough to mend; the first is told, if not whole.
    const fn takes(&self, line: usize) -> bool {
        self.len == 0 || line <= self.room()
    }

    const fn room(&self) -> usize {
        (self.bytes.len() - CUT.len()).saturating_sub(self.len)
    }

    /// With more of the same line, as far as there is room.
    pub(crate) const fn and(self, text: &str) -> Self {
        let room = self.room();
        if self.is_cut {
            return self;
        }
        if text.len() <= room {
            return self.followed_by(text);
        }
        let mut end = room;
        // What is cut within a character would be no text.
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let mut cut = self.followed_by(text.split_at(end).0).followed_by(CUT);
        cut.is_cut = true;
        cut
    }

    const fn followed_by(mut self, text: &str) -> Self {
        let text = text.as_bytes();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_told_however_long_it_is() {
        for len in 4000..4200 {
            let long = "é".repeat(len / 2) + "x";
            let line = Lines::NONE.and(&long).and("`").and("b");
            let text = line.text().expect("it is a text");
            assert!(text.len() <= 4096 && text.starts_with("éé") && text.ends_with(['b', '…']), "{len}: {text}");
            assert!(Lines::NONE.with(text).and(text).text().is_some_and(|text| text.starts_with("éé")));
            assert!(Lines::NONE.of(text, Some("is long")).text().is_some_and(|text| text.starts_with("column `éé")));
        }
    }

    #[test]
    fn of_those_behind_it_as_many_as_there_is_room_for() {
        let mut lines = Lines::NONE;
        for _ in 0..1000 {
            lines = lines.of("a", Some("is long")).with("and so on");
        }
        let text = lines.text().expect("it is a text");
        assert!(text.len() > 4000 && text.lines().all(|line| line == "column `a`: is long" || line == "and so on"));
    }
}
