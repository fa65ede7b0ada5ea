//! Lenders and the claims between them, from rows to the book. Model: docs/model/lenders.md, docs/model/exposures.md

use std::collections::{BTreeMap, BTreeSet};

use super::{
    BookSale, Exposure, Lender, Loan,
    keys::{Keys, sorted},
    rows::{ExposureRow, LenderRow, Rows},
};
use crate::{
    error::{Code, Problem},
    ids::{ExposureId, LenderId, LoanId},
    units,
};

/// What a row of `lenders` sets and cannot use.
pub(super) fn check(rows: &Rows, problems: &mut Vec<Problem>) {
    let indebted: BTreeSet<&str> = rows.exposures.iter().map(|row| row.debtor.as_str()).collect();
    for (row, item) in rows.lenders.iter().enumerate() {
        let mut refuse = |unless: bool, column: &str, value: f64, expected: &str| {
            if !unless {
                problems.push(Problem::cell(Code::Inconsistent, "lenders", row, column, value, expected));
            }
        };
        let on_demand = item.demand_share > 0.0;
        refuse(on_demand || item.run_own == 0.0, "run_own", item.run_own, "0, because demand_share is 0: nobody can run");
        refuse(on_demand || item.run_peer == 0.0, "run_peer", item.run_peer, "0, because demand_share is 0: nobody can run");
        let rolls = item.stop_equity_share > 0.0 || item.term_share_per_month == 0.0;
        let expected = "0, because stop_equity_share is 0: its funding is always rolled over";
        refuse(rolls, "term_share_per_month", item.term_share_per_month, expected);
        let in_order = item.tighten_equity_share <= item.stop_equity_share;
        let expected = "at most stop_equity_share: a lender stops lending before it recalls";
        refuse(in_order, "tighten_equity_share", item.tighten_equity_share, expected);
        let owes = item.bankruptcy_cost_share == 0.0 || indebted.contains(item.lender.as_str());
        let expected = "0, because no row of exposures has it as a debtor";
        refuse(owes, "bankruptcy_cost_share", item.bankruptcy_cost_share, expected);
        match (item.book_sale_days, item.book_sale_price) {
            (Some(days), None) => refuse(false, "book_sale_days", f64::from(days), "empty, or a book_sale_price beside it"),
            (None, Some(price)) => refuse(false, "book_sale_price", price, "empty, or book_sale_days beside it"),
            _ => {}
        }
    }
}

/// What a claim sets and cannot use.
fn check_claim(row: usize, item: &ExposureRow, problems: &mut Vec<Problem>) {
    match item.line_usd {
        None if units::cents(item.amount_usd) == 0.0 => {
            let expected = "at least 0.01, or a line_usd beside it";
            problems.push(Problem::cell(Code::OutOfRange, "exposures", row, "amount_usd", item.amount_usd, expected));
        }
        Some(line_usd) if line_usd < item.amount_usd => {
            let expected = "at least amount_usd, which is drawn already";
            problems.push(Problem::cell(Code::Inconsistent, "exposures", row, "line_usd", line_usd, expected));
        }
        _ => {}
    }
}

/// Claims in canonical order, by (debtor, creditor); every pair of two lenders at most once.
pub(super) fn exposures(rows: &[ExposureRow], lenders: &Keys<'_>, problems: &mut Vec<Problem>) -> Vec<Exposure> {
    let mut first_row: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut found = Vec::with_capacity(rows.len());
    for (row, item) in rows.iter().enumerate() {
        let pair = (item.debtor.as_str(), item.creditor.as_str());
        if let Some(first) = first_row.get(&pair) {
            let expected = format!("every pair once; {} and {} stand in row {} already", pair.1, pair.0, first + 1);
            problems.push(Problem::cell(Code::DuplicateKey, "exposures", row, "debtor", pair.0, expected));
            continue;
        }
        first_row.insert(pair, row);
        check_claim(row, item, problems);
        let creditor = lenders.find(&item.creditor, "exposures", row, "creditor", problems);
        let debtor = lenders.find(&item.debtor, "exposures", row, "debtor", problems);
        if item.creditor == item.debtor {
            let expected = "another lender than the creditor";
            problems.push(Problem::cell(Code::Inconsistent, "exposures", row, "debtor", &item.debtor, expected));
        } else if let (Some(creditor), Some(debtor)) = (creditor, debtor) {
            let (creditor, debtor) = (LenderId::at(creditor), LenderId::at(debtor));
            found.push(Exposure { creditor, debtor, cents: units::cents(item.amount_usd), line_cents: item.line_usd.map(units::cents) });
        }
    }
    found.sort_by_key(|exposure| (exposure.debtor, exposure.creditor));
    found
}

/// Lenders in canonical order; funding follows from the rest of the sheet.
pub(super) fn lenders(rows: Vec<LenderRow>, loans: &[Loan], exposures: &[Exposure]) -> Vec<Lender> {
    let rows = sorted(rows, |row| row.lender.clone()).into_iter().enumerate();
    rows.map(|(index, (_, row))| lender(row, LenderId::at(index), loans, exposures)).collect()
}

fn lender(row: LenderRow, id: LenderId, loans: &[Loan], exposures: &[Exposure]) -> Lender {
    let own: Vec<LoanId> = (0..loans.len()).filter(|index| loans[*index].lender == id).map(LoanId::at).collect();
    let book_cents = own.iter().fold(0.0, |sum, loan| sum + loans[loan.index()].principal_cents);
    let sum = |of: &dyn Fn(&Exposure) -> bool| exposures.iter().filter(|row| of(row)).fold(0.0, |sum, row| sum + row.cents);
    let (claims_cents, owed_cents) = (sum(&|row| row.creditor == id), sum(&|row| row.debtor == id));
    let (cash_cents, other_assets_cents) = (units::cents(row.cash_usd), units::cents(row.other_assets_usd));
    let equity_cents = units::cents(row.equity_usd);
    let line = |row: &Exposure| row.debtor == id && row.line_cents.is_some();
    let funding_cents = cash_cents + book_cents + other_assets_cents + claims_cents - owed_cents - equity_cents;
    Lender {
        cash_cents,
        other_assets_cents,
        book_cents,
        funding_cents,
        funding_rate: row.funding_rate,
        seizure_days: row.seizure_days as usize,
        call_notice_days: row.call_notice_days as usize,
        host_usd_per_mwh: row.host_usd_per_mwh,
        host_capacity_ths: row.host_capacity_ths,
        policy: row.policy,
        equity_cents,
        demand_cents: units::round(funding_cents.max(0.0) * row.demand_share),
        run_own: row.run_own,
        run_peer: row.run_peer,
        term_share_per_month: row.term_share_per_month,
        stop_equity_share: row.stop_equity_share,
        tighten_equity_share: row.tighten_equity_share,
        forbear_days: row.forbear_days.map(|days| days as usize),
        swap_cover: row.swap_cover,
        amend_cover: row.amend_cover,
        rehypothecated_share: row.rehypothecated_share,
        book_sale: row.book_sale_days.zip(row.book_sale_price).map(|(days, price)| BookSale { days: days as usize, price }),
        book_buy_cover: row.book_buy_cover,
        bankruptcy_cost_share: row.bankruptcy_cost_share,
        owed_cents,
        claims_cents,
        lines: (0..exposures.len()).filter(|place| line(&exposures[*place])).map(ExposureId::at).collect(),
        loans: own,
        key: row.lender,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lender_row(lender: &str) -> LenderRow {
        LenderRow { lender: lender.into(), cash_usd: 10.0, equity_usd: 4.0, ..LenderRow::default() }
    }

    fn exposure(creditor: &str, debtor: &str, amount_usd: f64) -> ExposureRow {
        ExposureRow { creditor: creditor.into(), debtor: debtor.into(), amount_usd, line_usd: None }
    }

    fn problems(lender: LenderRow) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let rows = Rows { lenders: vec![lender], exposures: vec![exposure("a", "owing", 1.0)], ..Rows::default() };
        check(&rows, &mut found);
        found.into_iter().map(|problem| (problem.column.unwrap(), problem.value.unwrap())).collect()
    }

    #[test]
    fn what_a_lender_cannot_use_is_refused() {
        let row = || lender_row("a");
        for (lender, expected) in [
            (row(), None),
            (LenderRow { run_own: 0.5, ..row() }, Some("run_own")),
            (LenderRow { run_peer: 0.5, ..row() }, Some("run_peer")),
            (LenderRow { run_own: 0.5, run_peer: 0.1, demand_share: 0.1, ..row() }, None),
            (LenderRow { term_share_per_month: 0.1, ..row() }, Some("term_share_per_month")),
            (LenderRow { term_share_per_month: 0.1, stop_equity_share: 0.1, ..row() }, None),
            (LenderRow { tighten_equity_share: 0.2, stop_equity_share: 0.1, ..row() }, Some("tighten_equity_share")),
            (LenderRow { bankruptcy_cost_share: 0.2, ..row() }, Some("bankruptcy_cost_share")),
            (LenderRow { bankruptcy_cost_share: 0.2, ..lender_row("owing") }, None),
            (LenderRow { book_sale_days: Some(3), ..row() }, Some("book_sale_days")),
            (LenderRow { book_sale_price: Some(0.4), ..row() }, Some("book_sale_price")),
            (LenderRow { book_sale_days: Some(3), book_sale_price: Some(0.4), ..row() }, None),
        ] {
            let columns: Vec<String> = problems(lender.clone()).into_iter().map(|(column, _)| column).collect();
            assert_eq!(columns, expected.into_iter().collect::<Vec<_>>(), "{lender:?}");
        }
    }

    #[test]
    fn claims_are_sorted_and_every_pair_stands_once() {
        let mut found = Vec::new();
        let lenders = Keys::collect("lenders", "lender", ["a", "b"].into_iter(), &mut found);
        let rows =
            [exposure("b", "a", 1.0), exposure("a", "b", 2.0), exposure("b", "a", 3.0), exposure("a", "a", 4.0), exposure("c", "a", 5.0)];
        let claims = exposures(&rows, &lenders, &mut found);
        let pairs: Vec<_> = claims.iter().map(|row| (row.creditor.index(), row.debtor.index(), row.cents)).collect();
        assert_eq!(pairs, [(1, 0, 100.0), (0, 1, 200.0)]);
        let told: Vec<_> = found.iter().map(|problem| (problem.code, problem.row)).collect();
        assert_eq!(told, [(Code::DuplicateKey, Some(3)), (Code::Inconsistent, Some(4)), (Code::UnknownKey, Some(5))]);
    }

    #[test]
    fn funding_balances_the_sheet_with_claims() {
        let mut found = Vec::new();
        let keys = Keys::collect("lenders", "lender", ["a", "b"].into_iter(), &mut found);
        let claims = exposures(&[exposure("a", "b", 3.0), exposure("b", "a", 1.0)], &keys, &mut found);
        let rows = vec![LenderRow { demand_share: 0.5, ..lender_row("a") }, lender_row("b")];
        let built = lenders(rows, &[], &claims);
        // a: cash 10 + claims 3 - owed 1 - equity 4 = 8, half of it on demand
        assert_eq!((built[0].funding_cents, built[0].demand_cents, built[1].funding_cents), (800.0, 400.0, 400.0));
    }
}
