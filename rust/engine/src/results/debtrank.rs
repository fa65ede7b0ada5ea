//! `DebtRank` of lenders on the book of day 0. Model: docs/model/exposures.md#debtrank

use crate::book::Book;

/// A claim: the share of the creditor's equity that it is, at most 1.
#[derive(Debug, Clone, Copy)]
pub struct Impact {
    /// Place of the debtor.
    pub debtor: usize,
    /// Place of the creditor.
    pub creditor: usize,
    /// Share of the creditor's equity, 0 to 1.
    pub share: f64,
}

/// The share of the value of all others that the failure of `first` puts in distress. Claims stand by debtor.
pub fn debt_rank(first: usize, values: &[f64], impacts: &[Impact]) -> f64 {
    let mut distress = vec![0.0; values.len()];
    distress[first] = 1.0;
    let mut reached = vec![false; values.len()];
    reached[first] = true;
    let mut active = reached.clone();
    while active.contains(&true) {
        let mut passed = vec![0.0; values.len()];
        for impact in impacts.iter().filter(|impact| active[impact.debtor]) {
            passed[impact.creditor] += impact.share * distress[impact.debtor];
        }
        for place in 0..values.len() {
            distress[place] = f64::min(1.0, distress[place] + passed[place]);
            active[place] = !reached[place] && distress[place] > 0.0;
            reached[place] |= active[place];
        }
    }
    let others = (0..values.len()).filter(|place| *place != first);
    others.fold(0.0, |sum, place| sum + distress[place] * values[place])
}

/// `DebtRank` of each lender; `None` for a book without claims between lenders.
pub fn of_lenders(book: &Book) -> Vec<Option<f64>> {
    let assets: Vec<f64> = book
        .lenders
        .iter()
        .map(|lender| (lender.cash_cents + lender.book_cents + lender.other_assets_cents + lender.claims_cents).max(0.0))
        .collect();
    let total = assets.iter().fold(0.0, |sum, assets| sum + assets);
    let values: Vec<f64> = assets.iter().map(|assets| if total > 0.0 { assets / total } else { 0.0 }).collect();
    let impacts: Vec<Impact> = book
        .exposures
        .iter()
        .map(|row| {
            let equity = book.lenders[row.creditor.index()].equity_cents;
            let share = if equity > 0.0 { (row.cents / equity).min(1.0) } else { 1.0 };
            Impact { debtor: row.debtor.index(), creditor: row.creditor.index(), share }
        })
        .collect();
    (0..values.len()).map(|first| (!impacts.is_empty()).then(|| debt_rank(first, &values, &impacts))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranks(impacts: &[(usize, usize, f64)], values: &[f64]) -> Vec<f64> {
        let impacts: Vec<Impact> =
            impacts.iter().map(|(debtor, creditor, share)| Impact { debtor: *debtor, creditor: *creditor, share: *share }).collect();
        (0..values.len()).map(|first| debt_rank(first, values, &impacts)).collect()
    }

    #[test]
    fn distress_is_passed_on_once() {
        let values = [0.5, 0.25, 0.25];
        // a chain 0 -> 1 -> 2 by halves: h = 1/2 and 1/4
        assert_eq!(ranks(&[(0, 1, 0.5), (1, 2, 0.5)], &values), [0.1875, 0.125, 0.0]);
        // a ring by halves: what comes back to the first is its own distress, and goes round once only
        assert_eq!(ranks(&[(0, 1, 0.5), (1, 2, 0.5), (2, 0, 0.5)], &values), [0.1875, 0.25, 0.3125]);
        // two ways to 2, in the same round and never above 1
        assert_eq!(ranks(&[(0, 1, 1.0), (0, 2, 0.75), (1, 2, 0.75)], &values), [0.5, 0.1875, 0.0]);
        // 1 was reached in the first round and is inactive when 2 reaches it again: it rises, and does not pass the rise on
        assert_eq!(ranks(&[(0, 1, 0.25), (0, 2, 0.5), (2, 1, 0.5), (1, 2, 0.5)], &values)[0], 0.5 * 0.25 + (0.5 + 0.125) * 0.25);
        assert_eq!(ranks(&[], &values), [0.0; 3]);
    }
}
