//! Names that break whatever forgets to quote, escape or measure them. They are made in `const` code, because the names
//! of columns are constants.

use std::fmt;

/// What the names are made of. No `#`: it stands around the number of a name.
const PIECES: [&str; 32] = [
    "\"",
    "\"\"",
    "'",
    "`",
    "[",
    "]",
    ";",
    "--",
    "/*",
    "*/",
    "$$",
    "$1",
    "?1",
    ":a",
    "@a",
    "%",
    "%s",
    "\\",
    "\\n",
    "\n",
    "\r",
    "\t",
    "\u{1}",
    "\u{7f}",
    "\u{202e}",
    "\u{feff}",
    "\u{1f600}",
    "e\u{301}",
    " ",
    ".",
    "DROP TABLE",
    "Aa",
];

/// The most bytes of a name of PostgreSQL.
pub const MOST: usize = 63;

/// A name of up to 63 bytes.
#[derive(Clone, Copy)]
pub struct Name {
    bytes: [u8; MOST],
    length: usize,
}

impl Name {
    /// The hostile name of a number below 100,000: another one for each, also where case does not count. None of its
    /// characters comes after the last that names may have.
    pub const fn hostile(number: usize, last: char) -> Self {
        let mut name = Self { bytes: [0; MOST], length: 0 };
        let mut random = number as u64;
        let mut pieces = 1 + number % 12;
        while pieces > 0 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let piece = PIECES[(random >> 59) as usize];
            // Characters of four bytes are those beyond U+FFFF.
            let is_beyond = piece.as_bytes()[0] >= 0xF0 && last <= '\u{FFFF}';
            name.push(if is_beyond { "\u{1f60}" } else { piece }, MOST - 8);
            pieces -= 1;
        }

        name.push("#", MOST);
        let mut digits = number;
        while digits > 0 {
            name.push(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"][digits % 10], MOST);
            digits /= 10;
        }
        name.push("#", MOST);

        // Every fifth is as long as a name can be.
        while number.is_multiple_of(5) && name.length < MOST {
            name.push("é", MOST);
            name.push("\"", MOST);
        }
        name
    }

    /// Appends a text if the name is no longer than `most` with it.
    const fn push(&mut self, text: &str, most: usize) {
        if self.length + text.len() > most {
            return;
        }
        let mut byte = 0;
        while byte < text.len() {
            self.bytes[self.length] = text.as_bytes()[byte];
            self.length += 1;
            byte += 1;
        }
    }

    pub const fn as_str(&self) -> &str {
        let Ok(name) = std::str::from_utf8(self.bytes.split_at(self.length).0) else {
            panic!("it is made of whole pieces")
        };
        name
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}
