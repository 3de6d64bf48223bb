//! "Did you mean".

/// The end of a sentence about a name that is not there: the nearest of those that are, if one is near.
pub(crate) fn did_you_mean<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let near = names.into_iter().map(|name| (distance(&written.to_lowercase(), &name.to_lowercase()), name));
    // A third of the letters may be others; more, or some of two, and it would be a guess.
    let most = match written.chars().count() {
        0..=2 => 0,
        letters => letters.div_ceil(3),
    };
    let near = near.filter(|(distance, _)| *distance <= most);
    near.min_by_key(|(distance, _)| *distance).map_or_else(String::new, |(_, name)| format!("; did you mean {name}?"))
}

/// How many letters have to be put in, taken out or replaced.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    // Of the letters of `a` so far, to each beginning of `b`.
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (letters, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = letters + 1;
        for (position, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[position + 1];
            row[position + 1] = replaced.min(diagonal + 1).min(row[position] + 1);
        }
    }
    row[b.len()]
}
