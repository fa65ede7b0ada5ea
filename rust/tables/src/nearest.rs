//! The nearest known name, for "did you mean".

/// The candidate nearest to `word`, if it is near enough to be a slip of the pen.
///
/// ```
/// use hashstress_tables::nearest::nearest;
/// assert_eq!(nearest("outstandng_usd", ["outstanding_usd", "rate"]), Some("outstanding_usd"));
/// assert_eq!(nearest("Rate", ["outstanding_usd", "rate"]), Some("rate"));
/// assert_eq!(nearest("strike", ["share", "strike_usd", "strike_usd_per_mwh"]), Some("strike_usd"));
/// assert_eq!(nearest("colour", ["outstanding_usd", "rate"]), None);
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.trim().chars().take(LONGEST).collect::<String>().to_lowercase().replace([' ', '-', '.'], "_");
    let word = plain(word);
    let near = |candidate: &'a str| {
        let distance = distance(&word, &plain(candidate));
        let without_unit = candidate.strip_prefix(&word).is_some_and(|unit| unit.starts_with('_'));
        (without_unit || distance * 3 <= word.chars().count().max(candidate.len())).then_some((distance, candidate))
    };
    candidates.into_iter().filter_map(near).min().map(|(_, candidate)| candidate)
}

/// ", did you mean `x`?" or nothing, to end a sentence.
pub fn suggestion<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// Names are compared up to this length.
const LONGEST: usize = 64;

/// Levenshtein distance in characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (left, right, expected) in [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("rate", "raet", 2), ("é", "e", 1)] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
            assert_eq!(distance(right, left), expected, "{right} {left}");
        }
    }

    #[test]
    fn a_long_word_is_cut() {
        assert_eq!(nearest(&"x".repeat(10_000), ["rate"]), None);
    }
}
