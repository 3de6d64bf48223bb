//! How names of Rust become names of a database: the rules of serde's `rename_all`.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    pub(crate) const ALL: [Self; 8] = [
        Self::Lower,
        Self::Upper,
        Self::Pascal,
        Self::Camel,
        Self::Snake,
        Self::ScreamingSnake,
        Self::Kebab,
        Self::ScreamingKebab,
    ];

    /// The name by which an attribute asks for it, which is written in the case itself.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lower => "lowercase",
            Self::Upper => "UPPERCASE",
            Self::Pascal => "PascalCase",
            Self::Camel => "camelCase",
            Self::Snake => "snake_case",
            Self::ScreamingSnake => "SCREAMING_SNAKE_CASE",
            Self::Kebab => "kebab-case",
            Self::ScreamingKebab => "SCREAMING-KEBAB-CASE",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|case| case.name() == name)
    }

    /// The column of a field, whose name is in snake_case as Rust writes it.
    pub(crate) fn column(self, field: &str) -> String {
        match self {
            Self::Lower | Self::Snake => field.to_owned(),
            Self::Upper | Self::ScreamingSnake => field.to_ascii_uppercase(),
            Self::Pascal => pascal(field),
            Self::Camel => lower_first(&pascal(field)),
            Self::Kebab => field.replace('_', "-"),
            Self::ScreamingKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

impl Case {
    /// The text of a variant, whose name is in PascalCase as Rust writes it. By serde's rules, of which `table` has the one
    /// for snake_case.
    pub(crate) fn variant(self, variant: &str) -> String {
        match self {
            Self::Pascal => variant.to_owned(),
            Self::Lower => variant.to_ascii_lowercase(),
            Self::Upper => variant.to_ascii_uppercase(),
            Self::Camel => lower_first(variant),
            Self::Snake => table(variant),
            Self::ScreamingSnake => table(variant).to_ascii_uppercase(),
            Self::Kebab => table(variant).replace('_', "-"),
            Self::ScreamingKebab => table(variant).to_ascii_uppercase().replace('_', "-"),
        }
    }
}

/// The table of a struct that names none: every capital letter begins a word, as serde does it.
pub(crate) fn table(name: &str) -> String {
    let mut table = String::with_capacity(name.len() + 4);
    for (place, letter) in name.char_indices() {
        if letter.is_uppercase() && place > 0 && !table.ends_with('_') {
            table.push('_');
        }
        table.extend(letter.to_lowercase());
    }
    table
}

fn pascal(field: &str) -> String {
    field.split('_').map(upper_first).collect()
}

fn upper_first(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

fn lower_first(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(field: &str) -> [String; 8] {
        Case::ALL.map(|case| case.column(field))
    }

    #[test]
    fn fields_take_every_case() {
        assert_eq!(
            all("very_tasty"),
            [
                "very_tasty",
                "VERY_TASTY",
                "VeryTasty",
                "veryTasty",
                "very_tasty",
                "VERY_TASTY",
                "very-tasty",
                "VERY-TASTY"
            ]
        );
        assert_eq!(all("a"), ["a", "A", "A", "a", "a", "A", "a", "A"]);
        assert_eq!(all("z42"), ["z42", "Z42", "Z42", "z42", "z42", "Z42", "z42", "Z42"]);
    }

    #[test]
    fn underscores_at_the_ends_are_no_words() {
        assert_eq!(Case::Camel.column("_first_seen_"), "firstSeen");
        assert_eq!(Case::Pascal.column("a__b"), "AB");
        assert_eq!(Case::Camel.column("_"), "");
    }

    #[test]
    fn letters_outside_ascii_stay() {
        assert_eq!(all("größe_ä")[1..4], ["GRößE_ä", "Größeä", "größeä"]);
    }

    #[test]
    fn names_are_written_in_their_case() {
        for case in Case::ALL {
            assert_eq!(Case::from_name(case.name()), Some(case));
        }
        assert_eq!(Case::from_name("camelcase"), None);
    }

    #[test]
    fn tables_are_snake_case() {
        assert_eq!(table("User"), "user");
        assert_eq!(table("VeryTasty"), "very_tasty");
        assert_eq!(table("XMLHttp"), "x_m_l_http");
        assert_eq!(table("already_snake"), "already_snake");
        assert_eq!(table("Row2Insert"), "row2_insert");
        assert_eq!(table("Snake_Case"), "snake_case");
        assert_eq!(table("ÄrgerListe"), "ärger_liste");
    }
}
