//! "Did you mean": of all names, the one that was probably meant.

/// The nearest name, if a third of its letters or fewer differ, but for their case.
pub(crate) fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let written: Vec<char> = written.to_lowercase().chars().collect();
    let measured = names.into_iter().map(|name| {
        let letters: Vec<char> = name.to_lowercase().chars().collect();
        (changes(&written, &letters), written.len().max(letters.len()), name)
    });
    let near = measured.filter(|(changes, longest, _)| changes * 3 <= *longest);
    near.min_by_key(|(changes, ..)| *changes).map(|(.., name)| name)
}

/// How many letters must be put in, taken out or replaced to make one of the other.
fn changes(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (removed, letter) in from.iter().enumerate() {
        let mut before = removed;
        row[0] = removed + 1;
        for (place, other) in to.iter().enumerate() {
            let replaced = before + usize::from(letter != other);
            before = row[place + 1];
            row[place + 1] = replaced.min(before + 1).min(row[place] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_seen_and_another_word_is_not() {
        let names = ["station", "observation", "Größe"];
        for (written, meant) in [
            ("stations", Some("station")),
            ("Station", Some("station")),
            ("staton", Some("station")),
            ("größe", Some("Größe")),
            ("user", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, names), meant, "{written}");
        }
    }
}
