//! What plants make by month, for power purchase agreements. Model: docs/model/hedges.md

use std::collections::BTreeMap;

use super::rows::ProfileRow;
use crate::error::{Code, Problem};

/// Share of its power that a plant makes, January first.
pub type Shares = [f64; MONTHS];

const MONTHS: usize = 12;

/// Profiles by name, each with all months; problems are told with their row.
pub(super) fn profiles(rows: &[ProfileRow], problems: &mut Vec<Problem>) -> BTreeMap<String, Shares> {
    let mut found: BTreeMap<&str, (usize, [Option<f64>; MONTHS])> = BTreeMap::new();
    for (row, item) in rows.iter().enumerate() {
        let (_, shares) = found.entry(item.profile.as_str()).or_insert((row, [None; MONTHS]));
        let Some(share) = shares.get_mut((item.month as usize).wrapping_sub(1)) else { continue };
        if share.replace(item.share).is_some() {
            let expected = format!("every month of {} once", item.profile);
            problems.push(Problem::cell(Code::DuplicateKey, "profiles", row, "month", item.month, expected));
        }
    }
    for (name, (row, shares)) in &found {
        if let Some(missing) = shares.iter().position(Option::is_none) {
            let expected = format!("all twelve months of a profile; month {} of {name} is missing", missing + 1);
            problems.push(Problem::cell(Code::Inconsistent, "profiles", *row, "month", rows[*row].month, expected));
        }
    }
    found.into_iter().map(|(name, (_, shares))| (name.to_owned(), shares.map(Option::unwrap_or_default))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year(profile: &str) -> Vec<ProfileRow> {
        (1..=12).map(|month| ProfileRow { profile: profile.into(), month, share: f64::from(month) / 16.0 }).collect()
    }

    #[test]
    fn a_profile_has_every_month_once() {
        let mut rows = year("wind");
        rows.reverse();
        let mut problems = Vec::new();
        let found = profiles(&rows, &mut problems);
        assert!(problems.is_empty());
        assert_eq!((found["wind"][0], found["wind"][11]), (0.0625, 0.75));

        rows.push(ProfileRow { profile: "wind".into(), month: 3, share: 0.0 });
        rows.extend(year("sun").into_iter().filter(|row| row.month != 7));
        profiles(&rows, &mut problems);
        let places: Vec<_> = problems.iter().map(|problem| (problem.code, problem.row)).collect();
        assert_eq!(places, [(Code::DuplicateKey, Some(13)), (Code::Inconsistent, Some(14))]);
    }
}
