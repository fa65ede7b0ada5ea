//! The state of a lending contract, and how each event moves it: small functions, for one path or eight, or for eight contracts side by side. Each
//! takes the share of a year since the event before and answers what we receive. Amounts are signed from our side, so a liability owes a negative
//! notional.

use std::ops::Mul;

use super::refusal::{Refusal, out_of_range};
use crate::lanes::Lanes;
use crate::number::{Factor, Number};

/// State of a lending contract after an event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State<N> {
    /// Principal outstanding.
    pub notional: N,
    /// Interest a year.
    pub rate: N,
    /// Interest accrued and not paid.
    pub accrued: N,
    /// Fees accrued and not paid.
    pub fees: N,
    /// What interest is calculated on.
    pub base: N,
    /// Next redemption payment.
    pub payment: N,
    /// Multiplier of principal paid.
    pub notional_scaling: N,
    /// Multiplier of interest paid.
    pub interest_scaling: N,
}

/// What accrues by itself between events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accrual<Y = f64> {
    /// Share of a year since the event before; one for each of eight contracts.
    pub years: Y,
    /// Fee a year on the notional; 0 without one.
    pub fee_rate: f64,
}

/// Bounds of a rate reset; infinite where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateBounds {
    /// Lowest and highest change of one reset.
    pub change: (f64, f64),
    /// Lowest and highest rate.
    pub level: (f64, f64),
}

impl RateBounds {
    /// No bounds.
    pub const NONE: Self = Self { change: (f64::NEG_INFINITY, f64::INFINITY), level: (f64::NEG_INFINITY, f64::INFINITY) };
}

impl<N: Number> State<N> {
    /// Nothing owed yet.
    pub fn empty() -> Self {
        let (zero, one) = (N::splat(0.0), N::splat(1.0));
        Self {
            notional: zero,
            rate: zero,
            accrued: zero,
            fees: zero,
            base: zero,
            payment: zero,
            notional_scaling: one,
            interest_scaling: one,
        }
    }

    /// Interest due now: what had accrued, and what accrued since.
    #[inline(always)]
    pub fn interest_due<Y: Factor>(&self, years: Y) -> N
    where
        N: Mul<Y, Output = N>,
    {
        self.accrued + self.base * self.rate * years
    }

    /// Interest and fees accrue.
    #[inline(always)]
    pub fn accrue<Y: Factor>(&mut self, accrual: Accrual<Y>)
    where
        N: Mul<Y, Output = N>,
    {
        self.accrued = self.interest_due(accrual.years);
        self.accrue_fees(accrual);
    }

    #[inline(always)]
    fn accrue_fees<Y: Factor>(&mut self, accrual: Accrual<Y>)
    where
        N: Mul<Y, Output = N>,
    {
        self.fees = self.fees + self.notional * (accrual.years * accrual.fee_rate);
    }

    /// Interest is paid.
    #[inline(always)]
    pub fn pay_interest<Y: Factor>(&mut self, accrual: Accrual<Y>) -> N
    where
        N: Mul<Y, Output = N>,
    {
        let paid = self.interest_scaling * self.interest_due(accrual.years);
        self.accrued = N::splat(0.0);
        self.accrue_fees(accrual);
        paid
    }

    /// Interest is added to the principal.
    #[inline(always)]
    pub fn capitalise(&mut self, accrual: Accrual) {
        self.accrue_fees(accrual);
        self.notional = self.notional + self.interest_due(accrual.years);
        self.accrued = N::splat(0.0);
    }

    /// A fixed fee is paid, and with it the part that had accrued; `sign` is our side.
    pub fn pay_fixed_fee(&mut self, accrual: Accrual, sign: f64, fee: f64) -> N {
        self.accrue(accrual);
        self.fees = N::splat(0.0);
        N::splat(sign * fee)
    }

    /// The fee accrued on the notional is paid.
    pub fn pay_accrued_fee(&mut self, accrual: Accrual) -> N {
        self.accrue(accrual);
        let paid = self.fees;
        self.fees = N::splat(0.0);
        paid
    }

    /// Principal is paid back, never more than there is; `amount` has the sign of the notional.
    #[inline(always)]
    pub fn redeem<S: Factor>(&mut self, amount: N, sign: S) -> N
    where
        N: Mul<S, Output = N>,
    {
        self.notional_scaling * self.prepay(amount, sign)
    }

    /// The same early: what was observed is paid, whatever scales the redemptions agreed.
    #[inline(always)]
    pub fn prepay<S: Factor>(&mut self, amount: N, sign: S) -> N
    where
        N: Mul<S, Output = N>,
    {
        let paid = (amount * sign).least(self.notional * sign) * sign;
        self.notional = self.notional - paid;
        paid
    }

    /// Principal is paid out as agreed; `amount` has the sign of the notional.
    #[inline(always)]
    pub fn increase(&mut self, amount: N) -> N {
        self.notional_scaling * self.draw(amount)
    }

    /// Principal is paid out as it is asked for, whatever scales the amounts agreed.
    #[inline(always)]
    pub fn draw(&mut self, amount: N) -> N {
        self.notional = self.notional + amount;
        -amount
    }

    /// What a payment that covers interest first leaves for the principal, after interest has accrued. Negative when it does not cover it.
    #[inline(always)]
    pub fn beyond_interest(&self) -> N {
        self.payment - self.accrued
    }

    /// Later payments become smaller: `left` is the share of the principal that is left.
    pub fn lower_payment(&mut self, left: N) {
        self.payment = self.payment * left;
    }

    /// A rate is observed and becomes the contract's, within its bounds.
    pub fn reset_rate(&mut self, accrual: Accrual, observed: N, bounds: &RateBounds) {
        self.accrue(accrual);
        let within = |rate: N, (low, high): (f64, f64)| rate.most(N::splat(low)).least(N::splat(high));
        let change = within(observed - self.rate, bounds.change);
        self.rate = within(self.rate + change, bounds.level);
    }

    /// The contract is bought or sold with its accrued interest: what the one on our side pays or, with `sign` reversed, receives.
    /// The standard applies the sign to interest that has one already; we follow it.
    pub fn price(&self, accrual: Accrual, sign: f64, price: f64) -> N {
        (N::splat(price) + self.interest_due(accrual.years)) * sign
    }

    /// Everything that is left is paid.
    pub fn mature(&mut self) -> N {
        let paid = self.notional_scaling * self.notional + self.interest_scaling * self.accrued + self.fees;
        self.close();
        paid
    }

    /// Nothing is owed any more; the rate stays.
    pub fn close(&mut self) {
        let zero = N::splat(0.0);
        (self.notional, self.accrued, self.fees, self.base) = (zero, zero, zero, zero);
    }
}

/// Refuses a contract whose amounts have left the range of numbers: `left` is what it ends with, `rate` what it began with.
pub(super) fn try_finite(left: [f64; 4], rate: f64) -> Result<(), Refusal> {
    let growth = || out_of_range("nominalInterestRate", rate, "rates and amounts whose growth stays below 1e308");
    left.into_iter().all(f64::is_finite).then_some(()).ok_or_else(growth)
}

impl State<Lanes> {
    /// Puts the state of one contract in its lane.
    pub fn set(&mut self, lane: usize, one: &State<f64>) {
        self.notional[lane] = one.notional;
        self.rate[lane] = one.rate;
        self.accrued[lane] = one.accrued;
        self.fees[lane] = one.fees;
        self.base[lane] = one.base;
        self.payment[lane] = one.payment;
        self.notional_scaling[lane] = one.notional_scaling;
        self.interest_scaling[lane] = one.interest_scaling;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONTH: Accrual = Accrual { years: 0.5, fee_rate: 0.01 };

    fn loan<N: Number>() -> State<N> {
        State { notional: N::splat(1000.0), base: N::splat(1000.0), rate: N::splat(0.1), accrued: N::splat(5.0), ..State::empty() }
    }

    #[test]
    fn interest_accrues_is_paid_and_capitalised() {
        let mut state = loan::<f64>();
        state.accrue(MONTH);
        assert_eq!((state.accrued, state.fees), (55.0, 5.0));
        assert_eq!((state.pay_interest(MONTH), state.accrued, state.fees), (105.0, 0.0, 10.0));
        state.capitalise(MONTH);
        assert_eq!((state.notional, state.accrued, state.fees), (1050.0, 0.0, 15.0));
        assert_eq!((state.pay_accrued_fee(MONTH), state.fees), (20.25, 0.0));
        state.fees = 3.0;
        assert_eq!((state.pay_fixed_fee(MONTH, -1.0, 7.0), state.fees), (-7.0, 0.0));
    }

    #[test]
    fn a_redemption_never_exceeds_the_notional() {
        for (notional, amount, sign, paid) in
            [(100.0, 40.0, 1.0, 40.0), (100.0, 140.0, 1.0, 100.0), (-100.0, -140.0, -1.0, -100.0), (100.0, -5.0, 1.0, -5.0)]
        {
            let mut state = State { notional, ..State::empty() };
            assert_eq!((state.redeem(amount, sign), state.notional), (paid, notional - paid));
            let mut scaled = State { notional, notional_scaling: 2.0, ..State::empty() };
            assert_eq!((scaled.prepay(amount, sign), scaled.notional), (paid, notional - paid));
            scaled.notional = notional;
            assert_eq!(scaled.redeem(amount, sign), 2.0 * paid);
        }
    }

    #[test]
    fn payments_cover_interest_first_and_shrink_with_the_principal() {
        for (payment, accrued, beyond) in [(100.0, 40.0, 60.0), (100.0, 140.0, -40.0), (-100.0, -40.0, -60.0)] {
            assert_eq!(State { accrued, payment, ..State::empty() }.beyond_interest(), beyond);
        }
        let mut state = State { payment: 80.0, notional: 10.0, notional_scaling: 2.0, ..State::empty() };
        state.lower_payment(0.25);
        assert_eq!((state.payment, state.increase(5.0), state.notional), (20.0, -10.0, 15.0));
        assert_eq!((state.draw(5.0), state.notional), (-5.0, 20.0));
    }

    #[test]
    fn resets_stay_within_their_bounds() {
        for (observed, change, level, rate) in [
            (0.15, (-1.0, 1.0), (0.0, 1.0), 0.15),
            (0.15, (-0.01, 0.01), (0.0, 1.0), 0.11),
            (0.05, (-0.01, 0.01), (0.0, 1.0), 0.09),
            (0.15, (-1.0, 1.0), (0.0, 0.12), 0.12),
            (-0.15, (-1.0, 1.0), (0.02, 0.12), 0.02),
        ] {
            let mut state = loan::<f64>();
            state.reset_rate(MONTH, observed, &RateBounds { change, level });
            assert!((state.rate - rate).abs() < 1e-15, "{observed}");
        }
        let mut free = loan::<f64>();
        free.reset_rate(MONTH, 9.0, &RateBounds::NONE);
        assert_eq!((free.rate, free.accrued), (9.0, 55.0));
    }

    #[test]
    fn purchase_and_maturity() {
        let mut state = loan::<f64>();
        assert_eq!(state.price(MONTH, -1.0, 900.0), -955.0);
        state.notional_scaling = 2.0;
        assert_eq!((state.mature(), state.notional, state.rate), (2005.0, 0.0, 0.1));
    }

    #[test]
    fn eight_paths_move_as_one() {
        let mut lanes = loan::<Lanes>();
        let mut path = loan::<f64>();
        let paid = [lanes.pay_interest(MONTH), lanes.redeem(Lanes::splat(400.0), 1.0), lanes.mature()];
        let expected = [path.pay_interest(MONTH), path.redeem(400.0, 1.0), path.mature()];
        assert_eq!(paid.map(|lanes| lanes[7]), expected);
    }
}
