//! Even loans side by side, eight at a time. A payment needs the one before it, so a loan by itself keeps the processor waiting; loans with equally
//! many payments wait for each other and are walked in lanes, one loan a lane, by the same functions of state.

use std::ops::Mul;

use super::annuity::level_payment;
use super::columns::Columns;
use super::even::Boarding;
use super::refusal::Refusal;
use super::state::{Accrual, State, try_finite};
use crate::lanes::{Lanes, Mask, WIDTH};
use crate::number::{Factor, Number};

/// What a payment is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentKind {
    /// A fixed amount: what interest leaves of it goes to the principal.
    Level,
    /// A part of the principal, whatever the interest.
    Principal,
}

impl PaymentKind {
    /// A payment of principal; interest has accrued until then.
    #[inline(always)]
    pub fn redeem<N, Y: Factor>(self, state: &mut State<N>, accrual: Accrual<Y>, sign: Y) -> N
    where
        N: Number + Mul<Y, Output = N>,
    {
        state.accrue(accrual);
        let amount = match self {
            Self::Level => state.beyond_interest(),
            Self::Principal => state.payment,
        };
        state.redeem(amount, sign)
    }
}

/// One payment of eight loans: what is paid, and the state between the two.
#[derive(Debug, Clone, Copy)]
struct Paid {
    principal: Lanes,
    interest: Lanes,
    notional: Lanes,
    accrued: Lanes,
}

/// Nothing accrues between events of one date.
const SAME_DATE: Accrual = Accrual { years: 0.0, fee_rate: 0.0 };

/// Loans that wait for each other: they pay alike, and equally often.
#[derive(Debug, Clone)]
struct Convoy {
    kind: PaymentKind,
    /// Payments of each, the last one included.
    payments: usize,
    /// The row of each one's first payment.
    first_rows: Vec<usize>,
    state: State<Lanes>,
    sign: Lanes,
    /// Whose payment is still to be fixed.
    level: Mask,
    /// The share of a year each payment ends.
    years: Vec<Lanes>,
    /// Memory for what is paid.
    paid: Vec<Paid>,
}

impl Convoy {
    fn new(kind: PaymentKind, payments: usize) -> Self {
        let years = vec![Lanes::ZERO; payments];
        let (sign, level) = (Lanes::splat(1.0), Mask::NONE);
        Self { kind, payments, first_rows: Vec::new(), state: State::empty(), sign, level, years, paid: Vec::new() }
    }

    fn board(&mut self, Boarding { first, state, sign, level }: Boarding, years: &[f64]) {
        let lane = self.first_rows.len();
        self.first_rows.push(first);
        self.state.set(lane, &state);
        self.sign[lane] = sign;
        self.level.set(lane, level);
        self.years.iter_mut().zip(years).for_each(|(of_all, years)| of_all[lane] = *years);
    }

    /// Walks the loans on board and writes the amounts of their rows; notes those that left the numbers.
    fn walk(&mut self, columns: &mut Columns, refused: &mut Vec<(usize, Refusal)>) {
        let Some((last, others)) = self.years.split_last().filter(|_| !self.first_rows.is_empty()) else { return };
        let mut state = self.state;
        if self.level.any() {
            let first = self.years[0];
            let due = state.notional + state.accrued + state.notional * state.rate * first;
            let payment = level_payment(due, self.years[1..].iter().map(|years| Lanes::splat(1.0) + state.rate * *years));
            state.payment = self.level.select(payment, state.payment);
        }
        self.paid.clear();
        match self.kind {
            // A loop for each: what is paid is no question of every date.
            PaymentKind::Level => self.paid.extend(others.iter().map(|years| pay(PaymentKind::Level, &mut state, *years, self.sign))),
            PaymentKind::Principal => {
                self.paid.extend(others.iter().map(|years| pay(PaymentKind::Principal, &mut state, *years, self.sign)));
            }
        }
        let interest = state.pay_interest(Accrual { years: *last, fee_rate: 0.0 });
        let notional = state.notional;
        state.accrue(SAME_DATE);
        let matured = state.mature();
        for (lane, first) in self.first_rows.drain(..).enumerate() {
            let rows = columns.pairs(first, self.payments);
            let (payoffs, last_payoffs) = rows.payoffs.split_at_mut(self.paid.len());
            let (notionals, last_notionals) = rows.notionals.split_at_mut(self.paid.len());
            let (accrued, last_accrued) = rows.accrued.split_at_mut(self.paid.len());
            for (((paid, payoffs), notionals), accrued) in self.paid.iter().zip(payoffs).zip(notionals).zip(accrued) {
                *payoffs = [paid.principal[lane], paid.interest[lane]];
                *notionals = [paid.notional[lane]; 2];
                *accrued = [paid.accrued[lane], 0.0];
            }
            last_payoffs.fill([interest[lane], matured[lane]]);
            last_notionals.fill([notional[lane], state.notional[lane]]);
            last_accrued.fill([0.0, state.accrued[lane]]);
            let left = try_finite([state.notional, state.accrued, state.rate, matured].map(|of_all| of_all[lane]), state.rate[lane]);
            refused.extend(left.err().map(|refusal| (first, refusal)));
        }
        self.level = Mask::NONE;
    }
}

/// The payment of one date: principal, then interest.
#[inline(always)]
fn pay(kind: PaymentKind, state: &mut State<Lanes>, years: Lanes, sign: Lanes) -> Paid {
    let principal = kind.redeem(state, Accrual { years, fee_rate: 0.0 }, sign);
    state.base = state.notional;
    let (notional, accrued) = (state.notional, state.accrued);
    Paid { principal, interest: state.pay_interest(SAME_DATE), notional, accrued }
}

/// So many convoys wait at the same time.
const MOST: usize = 8;

/// Convoys that wait for more loans, the one that was last begun at the end.
#[derive(Debug, Clone, Default)]
pub struct Convoys {
    waiting: Vec<Convoy>,
    refused: Vec<(usize, Refusal)>,
}

impl Convoys {
    /// Adds a loan to those that are like it; walks them once they are eight.
    pub fn board(&mut self, boarding: Boarding, kind: PaymentKind, years: &[f64], columns: &mut Columns) {
        let alike = |convoy: &Convoy| convoy.kind == kind && convoy.payments == years.len();
        let place = self.waiting.iter().position(alike).unwrap_or_else(|| {
            if self.waiting.len() == MOST {
                self.waiting.remove(0).walk(columns, &mut self.refused);
            }
            self.waiting.push(Convoy::new(kind, years.len()));
            self.waiting.len() - 1
        });
        let convoy = &mut self.waiting[place];
        convoy.board(boarding, years);
        if convoy.first_rows.len() == WIDTH {
            convoy.walk(columns, &mut self.refused);
        }
    }

    /// Walks all that wait; answers the loans that left the numbers since the last call, each with the row of its first payment.
    pub fn arrive(&mut self, columns: &mut Columns) -> Vec<(usize, Refusal)> {
        self.waiting.iter_mut().for_each(|convoy| convoy.walk(columns, &mut self.refused));
        std::mem::take(&mut self.refused)
    }
}
