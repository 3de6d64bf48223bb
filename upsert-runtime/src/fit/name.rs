//! Rules of names, and which of them are the same.

use crate::sql::Dialect;

/// System columns, which every table of PostgreSQL has.
const POSTGRES_SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

pub(crate) const fn broken_by_column_name(name: &str, dialect: Dialect) -> Option<&'static str> {
    if let Some(broken) = broken_by_name(name, dialect) {
        return Some(broken);
    }
    let mut system = 0;
    while matches!(dialect, Dialect::Postgres) && system < POSTGRES_SYSTEM_COLUMNS.len() {
        let own = POSTGRES_SYSTEM_COLUMNS[system];
        if own.len() == name.len() && is_same_name(name, own, Dialect::Postgres) {
            return Some(
                "the name is that of a system column, which every table of PostgreSQL has: write another by `column = \"…\"`",
            );
        }
        system += 1;
    }
    None
}

pub(crate) const fn broken_by_table_name(name: &str, dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Sqlite if begins_with_ignoring_case(name.as_bytes(), b"sqlite_") => {
            Some("the name is reserved: SQLite keeps those that begin with `sqlite_`; write another")
        }
        _ => broken_by_name(name, dialect),
    }
}

pub(crate) const fn broken_by_name(name: &str, dialect: Dialect) -> Option<&'static str> {
    if name.is_empty() {
        return Some("the name is empty: write one, or leave it out");
    }
    let bytes = name.as_bytes();
    let mut beyond = false;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == 0 {
            return Some("the name holds a NUL character, which no database takes: write it without");
        }
        // The first byte of a character above U+FFFF.
        beyond |= bytes[at] >= 0xF0;
        at += 1;
    }
    match dialect {
        Dialect::Postgres if bytes.len() > 63 => {
            Some("the name has more than 63 bytes, and PostgreSQL would cut it: write a shorter one")
        }
        Dialect::MySql if bytes.len() > 64 && Length::of(name).characters > 64 => {
            Some("the name has more than the 64 characters that MySQL takes: write a shorter one")
        }
        Dialect::MySql if bytes[bytes.len() - 1] == b' ' => {
            Some("the name ends with a blank, which MySQL refuses: write it without")
        }
        Dialect::MySql if beyond => {
            Some("the name holds a character above U+FFFF, which names of MySQL cannot have: write another")
        }
        Dialect::Postgres | Dialect::Sqlite | Dialect::MySql => None,
    }
}

/// How long a name is.
#[derive(Clone, Copy)]
pub(super) struct Length {
    pub(super) bytes: usize,
    pub(super) characters: usize,
}

impl Length {
    pub(super) const fn of(name: &str) -> Self {
        let (mut characters, mut at) = (0, 0);
        while at < name.len() {
            // All bytes of a character but the first begin with these bits.
            characters += if name.as_bytes()[at] & 0xC0 == 0x80 { 0 } else { 1 };
            at += 1;
        }
        Self { bytes: name.len(), characters }
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self { bytes: self.bytes + other.bytes, characters: self.characters + other.characters }
    }
}

/// SQLite folds the case of ASCII letters, MySQL of others too; on PostgreSQL quoted names are told apart.
pub(crate) const fn is_same_name(left: &str, right: &str, dialect: Dialect) -> bool {
    // What is folded has as many bytes.
    left.len() == right.len() && is_same(Characters::of(left), Characters::of(right), dialect)
}

const fn is_same(mut left: Characters<'_>, mut right: Characters<'_>, dialect: Dialect) -> bool {
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(left), Some(right)) if is_same_character(left, right, dialect) => {}
            _ => return false,
        }
    }
}

pub(super) const fn is_same_character(left: u32, right: u32, dialect: Dialect) -> bool {
    left == right
        || match dialect {
            Dialect::Postgres => false,
            Dialect::Sqlite => left < 0x80 && right < 0x80 && lower(left) == lower(right),
            Dialect::MySql => lower(left) == lower(right),
        }
}

/// The small letter of the alphabets that have two: Latin, Greek, Cyrillic and Armenian.
const fn lower(character: u32) -> u32 {
    match character {
        0x41..=0x5A | 0xC0..=0xD6 | 0xD8..=0xDE | 0x391..=0x3A1 | 0x3A3..=0x3AB | 0x410..=0x42F => character + 0x20,
        0x178 => 0xFF,
        0x4C0 => 0x4CF,
        0x386 => 0x3AC,
        0x388..=0x38A => character + 0x25,
        0x38C => 0x3CC,
        0x38E | 0x38F => character + 0x3F,
        0x400..=0x40F => character + 0x50,
        0x531..=0x556 => character + 0x30,
        0x100..=0x12F
        | 0x132..=0x137
        | 0x14A..=0x177
        | 0x460..=0x481
        | 0x48A..=0x4BF
        | 0x4D0..=0x52F
        | 0x1E00..=0x1E95
        | 0x1EA0..=0x1EFF => character | 1,
        0x139..=0x148 | 0x179..=0x17E | 0x4C1..=0x4CE => character + character % 2,
        _ => character,
    }
}

/// The characters of a name, for a `const fn`.
#[derive(Clone, Copy)]
struct Characters<'n> {
    bytes: &'n [u8],
    at: usize,
}

impl<'n> Characters<'n> {
    const fn of(name: &'n str) -> Self {
        Self { bytes: name.as_bytes(), at: 0 }
    }

    const fn next(&mut self) -> Option<u32> {
        if self.at == self.bytes.len() {
            return None;
        }
        let mut character = Decoder::of(self.bytes[self.at]);
        self.at += 1;
        while character.missing > 0 {
            character = character.and(self.bytes[self.at]);
            self.at += 1;
        }
        Some(character.so_far)
    }
}

/// A character of UTF-8, byte by byte.
#[derive(Clone, Copy)]
pub(super) struct Decoder {
    pub(super) so_far: u32,
    pub(super) missing: u8,
}

impl Decoder {
    // Widening, which a const function can do in no other way.
    pub(super) const fn of(first: u8) -> Self {
        match first {
            0xF0.. => Self { so_far: (first & 0x07) as u32, missing: 3 },
            0xE0.. => Self { so_far: (first & 0x0F) as u32, missing: 2 },
            0xC0.. => Self { so_far: (first & 0x1F) as u32, missing: 1 },
            _ => Self { so_far: first as u32, missing: 0 },
        }
    }

    pub(super) const fn and(self, next: u8) -> Self {
        Self { so_far: self.so_far << 6 | (next & 0x3F) as u32, missing: self.missing - 1 }
    }
}

pub(super) const fn begins_with_ignoring_case(name: &[u8], start: &[u8]) -> bool {
    if name.len() < start.len() {
        return false;
    }
    let mut at = 0;
    while at < start.len() {
        if !name[at].eq_ignore_ascii_case(&start[at]) {
            return false;
        }
        at += 1;
    }
    true
}
