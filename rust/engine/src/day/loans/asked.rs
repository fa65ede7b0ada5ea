//! What a due date asks for. Model: docs/model/loans.md

use crate::{book::Pays, contract::state::State, lanes::Lanes, scenario::Due, units};

/// What a due date asks for, whole cents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// Interest to be paid, and the fee that goes with it.
    pub interest: Lanes,
    /// Principal to be paid.
    pub principal: Lanes,
    /// Interest that joins the principal instead.
    pub added: Lanes,
}

/// What a due date asks for, by the rules of the contract engine. Interest runs on `outstanding`, principal comes out of what is `left` outside
/// arrears. Interest is rounded to whole cents before anything is reckoned from it: the ledger takes over here.
#[inline(always)]
pub fn asked(due: &Due, outstanding: Lanes, left: Lanes) -> Asked {
    let (rate, payment) = (Lanes::splat(due.rate), Lanes::splat(due.payment_cents));
    let mut state = State { notional: left, base: outstanding, rate, payment, ..State::empty() };
    state.accrued = state.interest_due(due.years).round();
    let interest = state.accrued;
    let (interest, principal, added) = match due.pays {
        _ if due.last => (interest, left, Lanes::ZERO),
        Pays::Interest => (interest, Lanes::ZERO, Lanes::ZERO),
        Pays::Instalment => (interest, state.redeem(payment, LENDER), Lanes::ZERO),
        Pays::Level => (interest, state.redeem(state.beyond_interest().max(Lanes::ZERO), LENDER), Lanes::ZERO),
        Pays::Fixed => {
            let beyond = state.beyond_interest();
            let added = (-beyond).max(Lanes::ZERO);
            (interest - added, state.redeem(beyond.max(Lanes::ZERO), LENDER), added)
        }
        Pays::InKind => (Lanes::ZERO, Lanes::ZERO, interest),
    };
    let fee = if due.fee_rate > 0.0 { (outstanding * due.fee_rate * due.years).round() } else { Lanes::ZERO };
    Asked { interest: interest + fee, principal, added }
}

/// Sign of the lender's side.
const LENDER: f64 = 1.0;

/// Default interest (cents) on what is overdue.
pub fn late_interest(overdue_cents: f64, rate: f64, years: f64) -> f64 {
    units::round(overdue_cents * (rate * years))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{LenderId, LoanId, MinerId};

    fn due(pays: Pays, payment_cents: f64, last: bool) -> Due {
        Due {
            loan: LoanId(0),
            miner: MinerId(0),
            lender: LenderId(0),
            rate: 0.12,
            fee_rate: 0.0,
            years: 1.0 / 12.0,
            payment_cents,
            pays,
            last,
        }
    }

    fn ask(due: &Due, outstanding: f64, arrears: f64) -> (f64, f64, f64) {
        let asked = asked(due, Lanes::splat(outstanding), Lanes::splat(outstanding - arrears));
        (asked.interest[0], asked.principal[0], asked.added[0])
    }

    #[test]
    fn interest_is_rounded_once() {
        let due = Due { years: 31.0 / 360.0, ..due(Pays::Interest, 0.0, false) };
        assert_eq!(ask(&due, 1_000_050.0, 0.0), (10_334.0, 0.0, 0.0));
    }

    #[test]
    fn a_fee_is_paid_with_the_interest_and_never_joins_the_principal() {
        for (pays, payment_cents, last, expected) in [
            (Pays::Interest, 0.0, false, (150.0, 0.0, 0.0)),
            (Pays::Level, 1066.0, false, (150.0, 946.0, 0.0)),
            (Pays::Fixed, 100.0, false, (130.0, 0.0, 20.0)),
            (Pays::InKind, 0.0, false, (30.0, 0.0, 120.0)),
            (Pays::InKind, 0.0, true, (150.0, 12_000.0, 0.0)),
        ] {
            let due = Due { fee_rate: 0.03, ..due(pays, payment_cents, last) };
            assert_eq!(ask(&due, 12_000.0, 0.0), expected, "{pays:?} {last}");
        }
    }

    #[test]
    fn what_is_asked_by_kind() {
        for (pays, payment_cents, last, arrears, expected) in [
            (Pays::Instalment, 1000.0, false, 0.0, (120.0, 1000.0, 0.0)),
            (Pays::Instalment, 1000.0, false, 11_500.0, (120.0, 500.0, 0.0)),
            (Pays::Instalment, 1000.0, true, 1000.0, (120.0, 11_000.0, 0.0)),
            (Pays::Level, 1066.0, false, 0.0, (120.0, 946.0, 0.0)),
            (Pays::Level, 100.0, false, 0.0, (120.0, 0.0, 0.0)),
            (Pays::Fixed, 1066.0, false, 0.0, (120.0, 946.0, 0.0)),
            (Pays::Fixed, 100.0, false, 0.0, (100.0, 0.0, 20.0)),
            (Pays::Fixed, 100.0, true, 0.0, (120.0, 12_000.0, 0.0)),
            (Pays::InKind, 0.0, false, 0.0, (0.0, 0.0, 120.0)),
            (Pays::InKind, 0.0, true, 0.0, (120.0, 12_000.0, 0.0)),
            (Pays::Interest, 0.0, false, 0.0, (120.0, 0.0, 0.0)),
            (Pays::Interest, 0.0, true, 0.0, (120.0, 12_000.0, 0.0)),
        ] {
            assert_eq!(ask(&due(pays, payment_cents, last), 12_000.0, arrears), expected, "{pays:?} {payment_cents} {last} {arrears}");
        }
    }

    #[test]
    fn default_interest_runs_on_what_is_overdue() {
        assert_eq!(late_interest(100_000.0, 0.18, 30.0 / 360.0), 1500.0);
        assert_eq!(late_interest(100_000.0, 0.0, 30.0 / 360.0), 0.0);
    }
}
