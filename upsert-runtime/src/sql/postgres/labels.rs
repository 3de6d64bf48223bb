//! The `CHECK` of a column that holds nothing but some texts, as `pg_get_constraintdef` tells it.

/// The texts that a column, whose name is quoted where it has to be, is checked to be one of, in the forms in which the server tells
/// what we write; `None` of any other check.
///
/// ```text
/// CHECK ((mood = ANY (ARRAY['sad'::text, 'glad'::text])))
/// CHECK (((mood)::text = ANY ((ARRAY['sad'::character varying, 'glad'::character varying])::text[])))
/// CHECK ((mood = 'sad'::text))
/// ```
pub(crate) fn checked_labels(definition: &str, column: &str) -> Option<Vec<String>> {
    /// What may stand around texts, and says nothing: each before what begins it.
    const AROUND: [&str; 10] = ["::text[]", "::text", "::character varying", "ARRAY", "ANY", "[", "]", "(", ")", " "];
    // Rows that are written are checked all the same.
    let definition = [" NOT VALID", " NO INHERIT"]
        .iter()
        .fold(definition, |definition, behind| definition.strip_suffix(behind).unwrap_or(definition));
    let rest = definition.strip_prefix("CHECK (")?.trim_start_matches('(').strip_prefix(column)?;
    let rest = rest.strip_prefix(')').unwrap_or(rest);
    let mut rest = rest.strip_prefix("::text").unwrap_or(rest).strip_prefix(" = ")?;
    let mut labels = Vec::new();
    // Texts stand between commas, each in casts of its own.
    let mut is_expected = true;
    while !rest.is_empty() {
        if let Some(behind) = AROUND.iter().find_map(|around| rest.strip_prefix(around)) {
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix(',').filter(|_| !is_expected) {
            (rest, is_expected) = (behind, true);
        } else if is_expected {
            let (label, behind) = text(rest)?;
            // It is all of them, in one text.
            if behind.starts_with("::text[]") || behind.starts_with("::character varying[]") {
                return None;
            }
            labels.push(label);
            (rest, is_expected) = (behind, false);
        } else {
            return None;
        }
    }
    (!is_expected).then_some(labels)
}

/// A text in quotes, `'it''s'` or `E'a\\b'`, and what stands behind it.
fn text(sql: &str) -> Option<(String, &str)> {
    let (escapes, inner) = match sql.strip_prefix("E'") {
        Some(inner) => (true, inner),
        None => (false, sql.strip_prefix('\'')?),
    };
    let mut text = String::new();
    let mut characters = inner.char_indices().peekable();
    while let Some((place, character)) = characters.next() {
        match character {
            '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => text.push(characters.next()?.1),
            '\'' => return Some((text, &inner[place + 1..])),
            // The server escapes nothing but this.
            '\\' if escapes => text.push(characters.next()?.1),
            other => text.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_a_check_are_read_as_the_server_tells_them() {
        for (definition, labels) in [
            ("CHECK ((mood = ANY (ARRAY['sad'::text, 'it''s'::text])))", &["sad", "it's"][..]),
            (
                "CHECK (((mood)::text = ANY ((ARRAY['a, b'::character varying, ')'::character varying])::text[])))",
                &["a, b", ")"],
            ),
            (
                "CHECK (((mood)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))",
                &["a", "b"],
            ),
            ("CHECK ((mood = E'a\\\\b'::text))", &["a\\b"]),
            ("CHECK ((mood = ''::text))", &[""]),
            ("CHECK ((mood = 'sad'::text)) NO INHERIT NOT VALID", &["sad"]),
        ] {
            assert_eq!(
                checked_labels(definition, "mood").as_deref(),
                Some(&labels.iter().map(|&label| label.to_owned()).collect::<Vec<_>>()[..]),
                "{definition}"
            );
        }
        let quoted = "CHECK ((\"our mood)\" = ANY (ARRAY['sad'::text])))";
        assert_eq!(checked_labels(quoted, "\"our mood)\""), Some(vec!["sad".to_owned()]));
    }

    #[test]
    fn other_checks_are_not_taken_for_one() {
        for definition in [
            "CHECK (((mood = 'a'::text) OR (mood = 'b'::text)))",
            "CHECK ((mood <> ALL (ARRAY['a'::text])))",
            "CHECK ((mood = other))",
            "CHECK ((moody = 'a'::text))",
            "CHECK ((length(mood) < 5))",
            "CHECK ((mood = ('a'::text || 'b'::text)))",
            "CHECK ((mood = lower('A'::text)))",
            "CHECK ((mood IS NOT NULL))",
            "CHECK ((mood = ANY ('{sad,glad}'::text[])))",
            "CHECK (((mood)::text = ANY (('{sad,glad}'::character varying[])::text[])))",
            "CHECK ((mood = 'a'::text)) NOT ENFORCED",
        ] {
            assert_eq!(checked_labels(definition, "mood"), None, "{definition}");
        }
    }
}
