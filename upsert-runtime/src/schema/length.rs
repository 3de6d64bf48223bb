//! How long text may be, or bytes.

use std::fmt;

use super::{Column, ColumnType};

/// The most that a value has of what it consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    Characters(usize),
    Bytes(usize),
}

impl Length {
    /// As a column's `max_len` says it, if it has one.
    pub(crate) fn of(column: &Column<'_>) -> Option<Self> {
        let most = usize::try_from(column.max_len?).unwrap_or(usize::MAX);
        Some(if column.column_type == ColumnType::Bytes { Self::Bytes(most) } else { Self::Characters(most) })
    }

    pub(crate) fn most(self) -> usize {
        match self {
            Self::Characters(most) | Self::Bytes(most) => most,
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self {
            Self::Characters(_) => "character",
            Self::Bytes(_) => "byte",
        };
        write!(f, "{} {unit}{}", self.most(), if self.most() == 1 { "" } else { "s" })
    }
}
