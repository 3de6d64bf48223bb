//! "Did you mean": the candidate nearest to what was written, and lists of what is allowed.

/// The candidate that was probably meant; `None` when none is near.
pub(crate) fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let lower = candidate.to_lowercase();
            let distance = distance(&written, &lower);
            let longest = written.chars().count().max(lower.chars().count());
            // A third of the letters may differ; more, and the suggestion would be a guess.
            if distance <= longest / 3 {
                return Some((distance, candidate));
            }
            // Somebody who wrote only the beginning of a name knows it.
            let cut_short = written.len() >= 3 && (lower.starts_with(&written) || written.starts_with(&lower));
            cut_short.then_some((distance, candidate))
        })
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// The end of a message about something unknown: `; did you mean …?`, or nothing.
pub(crate) fn did_you_mean<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(written, candidates).map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"))
}

/// `` `a`, `b` and `c` ``.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // `rows[i][j]` is the distance of the first `i` letters of `a` from the first `j` of `b`.
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 4] = ["primary_key", "column", "skip", "update"];

    #[test]
    fn distance_counts_edits_and_swaps() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("table", "tabel"), 1);
        assert_eq!(distance("colum", "column"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("größe", "grosse"), 3);
    }

    #[test]
    fn a_typo_finds_what_was_meant() {
        assert_eq!(nearest("primary_kay", KEYS), Some("primary_key"));
        assert_eq!(nearest("colunm", KEYS), Some("column"));
        assert_eq!(nearest("Skip", KEYS), Some("skip"));
        assert_eq!(nearest("primary", KEYS), Some("primary_key"));
        assert_eq!(nearest("skipped", KEYS), Some("skip"));
    }

    #[test]
    fn something_else_finds_nothing() {
        assert_eq!(nearest("flatten", KEYS), None);
        assert_eq!(nearest("id", ["at", "no"]), None);
        assert_eq!(nearest("", KEYS), None);
        assert_eq!(did_you_mean("flatten", KEYS), "");
    }

    #[test]
    fn the_nearest_of_several_wins() {
        assert_eq!(nearest("user_ids", ["user_name", "users_id", "user_id"]), Some("user_id"));
        assert_eq!(did_you_mean("updat", KEYS), "; did you mean `update`?");
    }

    #[test]
    fn lists_read_like_a_sentence() {
        assert_eq!(list([]), "");
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b"]), "`a` and `b`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
