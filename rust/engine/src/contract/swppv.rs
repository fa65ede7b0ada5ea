//! A plain vanilla swap: fixed interest against interest at a rate that is reset, on the same notional, which is never exchanged. Settled leg
//! by leg or net.

use super::columns::Columns;
use super::cycle::try_dates;
use super::event::Kind;
use super::loan::Loan;
use super::observed::Outside;
use super::plan::Plan;
use super::refusal::{Refusal, missing};
use super::state::State;
use super::terms::Terms;

/// Adds the contract's events. The rate of the state is the floating one; its accrued interest is the fixed leg's, or the difference where the
/// swap is settled net.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let floating = terms.rate2.ok_or_else(|| missing("nominalInterestRate2", "the floating leg's rate until it is reset, 0.05 for 5 %"));
    let (loan, floating) = match (Loan::try_build(terms), floating) {
        (Ok(loan), Ok(floating)) => (loan, floating),
        (loan, floating) => return Err(loan.err().into_iter().flatten().chain(floating.err()).collect()),
    };
    try_walk(&loan, floating, outside, plan, columns).map_err(|refusal| vec![refusal])
}

/// Interest accrued on the two legs, signed from our side.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Legs {
    fixed: f64,
    floating: f64,
}

impl Legs {
    /// Both accrue on the same notional.
    fn accrue(&mut self, notional: f64, years: f64, (fixed_rate, floating_rate): (f64, f64)) {
        self.fixed += notional * fixed_rate * years;
        self.floating += notional * floating_rate * years;
    }

    /// What we receive: of one who receives the fixed leg the fixed interest, less the floating.
    fn pay(&mut self, kind: Kind) -> f64 {
        match kind {
            Kind::Ipfx => std::mem::take(&mut self.fixed),
            Kind::Ipfl => -std::mem::take(&mut self.floating),
            Kind::Ip => std::mem::take(&mut self.fixed) - std::mem::take(&mut self.floating),
            _ => 0.0,
        }
    }
}

fn try_walk(loan: &Loan<'_>, floating: f64, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Refusal> {
    try_plan(loan, outside, plan)?;
    let delivered = loan.terms.is_delivered();
    let mut legs = legs_at_status(loan, floating, plan);
    let shown = |legs: &Legs| if delivered { legs.fixed } else { legs.fixed - legs.floating };
    let started =
        if loan.is_running() { State { notional: loan.sign * loan.notional, rate: floating, ..State::empty() } } else { State::empty() };
    loan.try_walk_from(started, plan, outside, columns, |step, state, accrual| {
        legs.accrue(state.notional, accrual.years, (loan.rate, state.rate));
        let payoff = match step.kind {
            Kind::Ied => {
                (state.notional, state.rate) = (loan.sign * loan.notional, floating);
                0.0
            }
            Kind::Prd => -loan.sign * step.number,
            Kind::Md | Kind::Td => {
                legs = Legs { fixed: 0.0, floating: 0.0 };
                state.close();
                // The standard's tests pay the price at termination to us, whichever side we are.
                step.number
            }
            kind => legs.pay(kind),
        };
        state.accrued = shown(&legs);
        // Resets and what else changes the state are every loan's; with no base, no interest accrues there a second time.
        matches!(step.kind, Kind::Ied | Kind::Prd | Kind::Md | Kind::Td | Kind::Ip | Kind::Ipfx | Kind::Ipfl).then_some(payoff)
    })
}

fn try_plan(loan: &Loan<'_>, outside: &Outside<'_>, plan: &mut Plan) -> Result<(), Refusal> {
    let (maturity, terms) = (loan.try_maturity()?, loan.terms);
    plan.clear();
    let start = terms.interest.start(loan.initial_exchange).unwrap_or(maturity);
    let dates = try_dates(start, terms.interest.cycle, maturity, terms.keeps_month_end(), "cycleOfInterestPayment")?;
    let kinds: &[Kind] = if terms.is_delivered() { &[Kind::Ipfx, Kind::Ipfl] } else { &[Kind::Ip] };
    for date in dates.filter(|date| *date >= loan.initial_exchange) {
        kinds.iter().for_each(|kind| plan.moved(*kind, date, terms.business_days, 0.0));
    }
    loan.try_plan_common(plan, maturity, outside.occurrences)?;
    plan.moved(Kind::Md, maturity, terms.business_days, 0.0);
    plan.try_order()
}

/// Interest accrued on the status date: of each leg what the terms say, else since the last payment.
fn legs_at_status(loan: &Loan<'_>, floating: f64, plan: &Plan) -> Legs {
    let mut legs = Legs { fixed: 0.0, floating: 0.0 };
    if !loan.is_running() {
        return legs;
    }
    if let Some(since) = plan.interest_until(loan.status_date) {
        legs.accrue(loan.sign * loan.notional, loan.years(since, loan.status_date.accrual_date()), (loan.rate, floating));
    }
    let told = |accrued: Option<f64>, derived: f64| accrued.map_or(derived, |accrued| loan.sign * accrued);
    Legs { fixed: told(loan.terms.accrued_interest, legs.fixed), floating: told(loan.terms.accrued_interest2, legs.floating) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::cases::{currency, events, lines, market, moment, refused, try_columns};
    use crate::contract::cycle::Cycle;
    use crate::contract::daycount::DayCount;
    use crate::contract::terms::{ContractType, DeliverySettlement, Rhythm, Role};

    fn swap() -> Terms {
        Terms {
            contract_type: ContractType::Swppv,
            role: Some(Role::Rfl),
            currency: currency("USD"),
            status_date: Some(moment("2014-12-30")),
            initial_exchange: Some(moment("2015-01-01")),
            maturity: Some(moment("2016-01-01")),
            notional: Some(1000.0),
            rate: Some(0.05),
            rate2: Some(0.08),
            day_count: Some(DayCount::E30360),
            interest: Rhythm { anchor: None, cycle: Cycle::try_parse("P6ML1") },
            rate_reset: Rhythm { anchor: Some(moment("2015-04-01")), cycle: None },
            rate_code: Some("LIBOR".into()),
            rate_spread: Some(0.01),
            ..Terms::default()
        }
    }

    #[test]
    fn legs_accrue_side_by_side() {
        let mut legs = Legs { fixed: 1.0, floating: 2.0 };
        legs.accrue(-1000.0, 0.5, (0.05, 0.08));
        assert_eq!(legs, Legs { fixed: -24.0, floating: -38.0 });
        let both = legs;
        assert_eq!((legs.pay(Kind::Ipfx), legs.pay(Kind::Ipfl), legs.pay(Kind::Ip)), (-24.0, 38.0, 0.0));
        legs = both;
        assert_eq!((legs.pay(Kind::Rr), legs.pay(Kind::Ip)), (0.0, 14.0));
    }

    #[test]
    fn settled_leg_by_leg_or_net() {
        let rates = market(&[("LIBOR", &[("2015-04-01", 0.03)])]);
        let mut terms = swap();
        // Floating: a quarter of 8 %, then 3 % + 1 %.
        let columns = try_columns(&terms, &rates, &[], None).unwrap();
        assert_eq!(
            lines(&columns),
            [
                "2015-01-01 IED 0 1000",
                "2015-04-01 RR 0 1000",
                "2015-07-01 IPFX 25 1000",
                "2015-07-01 IPFL -30 1000",
                "2016-01-01 IPFX 25 1000",
                "2016-01-01 IPFL -20 1000",
                "2016-01-01 MD 0 0",
            ]
        );
        assert_eq!((columns.rates[0], columns.rates[1], columns.accrued[1], columns.accrued[2]), (0.08, 0.04, 12.5, 0.0));
        (terms.delivery_settlement, terms.role) = (Some(DeliverySettlement::Cash), Some(Role::Pfl));
        let net = try_columns(&terms, &rates, &[], None).unwrap();
        assert_eq!(lines(&net)[2..], ["2015-07-01 IP 5 -1000", "2016-01-01 IP -5 -1000", "2016-01-01 MD 0 0"]);
        // On our side -12.5 fixed and -20 floating: the difference.
        assert_eq!(net.accrued[1], 7.5);
    }

    #[test]
    fn bought_sold_and_running() {
        let rates = market(&[("LIBOR", &[("2015-04-01", 0.03)])]);
        let mut terms = swap();
        (terms.role, terms.purchase_date, terms.purchase_price) = (Some(Role::Pfl), Some(moment("2015-07-01")), Some(-600.0));
        (terms.termination_date, terms.termination_price) = (Some(moment("2015-10-01")), Some(400.0));
        assert_eq!(events(&terms, &rates, &[], None), ["2015-07-01 PRD -600 -1000", "2015-10-01 TD 400 0"]);
        let mut running = swap();
        (running.rate_reset, running.status_date) = (Rhythm::default(), Some(moment("2015-10-01")));
        // Since July both legs accrued: the year ends as if it had been told from the start.
        assert_eq!(events(&running, &rates, &[], None), ["2016-01-01 IPFX 25 1000", "2016-01-01 IPFL -40 1000", "2016-01-01 MD 0 0"]);
        running.accrued_interest = Some(20.0);
        assert_eq!(events(&running, &rates, &[], None)[..2], ["2016-01-01 IPFX 32.5 1000", "2016-01-01 IPFL -40 1000"]);
        running.accrued_interest2 = Some(7.0);
        assert_eq!(events(&running, &rates, &[], None)[1], "2016-01-01 IPFL -27 1000");
        (running.accrued_interest, running.accrued_interest2) = (None, None);
        running.status_date = Some(moment("2015-07-01"));
        assert_eq!(events(&running, &rates, &[], None)[..2], ["2016-01-01 IPFX 25 1000", "2016-01-01 IPFL -40 1000"]);
        (running.rate2, running.rate) = (None, None);
        assert_eq!(refused(&running, &rates), ["nominalInterestRate", "nominalInterestRate2"]);
    }
}
