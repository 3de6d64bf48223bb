//! Rules of names, and which of them are the same.

use crate::sql::Dialect;

pub(super) const fn broken_by_table_name(name: &str, dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Sqlite if begins_with_ignoring_case(name, "sqlite_") => {
            Some("the name is reserved: SQLite keeps those that begin with `sqlite_`")
        }
        _ => broken_by_name(name, dialect),
    }
}

pub(super) const fn broken_by_name(name: &str, dialect: Dialect) -> Option<&'static str> {
    if name.is_empty() {
        return Some("the name is empty");
    }
    let bytes = name.as_bytes();
    let mut beyond = false;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == 0 {
            return Some("the name holds a NUL character");
        }
        // The first byte of a character above U+FFFF.
        beyond |= bytes[at] >= 0xF0;
        at += 1;
    }
    match dialect {
        Dialect::Postgres if bytes.len() > 63 => Some("the name has more than 63 bytes; PostgreSQL would cut it"),
        Dialect::MySql if bytes.len() > 64 && Length::of(name).characters > 64 => {
            Some("the name has more than the 64 characters that MySQL takes")
        }
        Dialect::MySql if bytes[bytes.len() - 1] == b' ' => Some("the name ends with a blank, which MySQL refuses"),
        Dialect::MySql if beyond => Some("the name holds a character above U+FFFF, which names of MySQL cannot have"),
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

/// SQLite and MySQL fold the case of ASCII letters; on PostgreSQL quoted names are told apart.
pub(super) const fn is_same_name(left: &str, right: &str, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Sqlite | Dialect::MySql => left.len() == right.len() && begins_with_ignoring_case(left, right),
        Dialect::Postgres => {
            let (left, right) = (left.as_bytes(), right.as_bytes());
            let mut at = 0;
            while at < left.len() && at < right.len() && left[at] == right[at] {
                at += 1;
            }
            at == left.len() && at == right.len()
        }
    }
}

pub(super) const fn begins_with_ignoring_case(name: &str, start: &str) -> bool {
    let (name, start) = (name.as_bytes(), start.as_bytes());
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
