//! A commodity: so many units of something, bought and sold at a price a unit. Coins and machines as assets.

use super::columns::Columns;
use super::deal::{Deal, none_refused};
use super::event::Kind;
use super::observed::Outside;
use super::plan::Plan;
use super::refusal::Refusal;
use super::terms::Terms;

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let deal = Deal::build(terms, "a role: RPA for what we have, RPL for what we owe", &mut refusals);
    none_refused(refusals)?;
    plan.clear();
    deal.plan_trades(plan, outside.occurrences);
    let paid = |step: &_| deal.quantity() * trade(&deal, step);
    deal.try_walk(plan, outside, columns, |step| Ok(deal.paid(paid(step)))).map_err(|refusal| vec![refusal])
}

/// What we receive for one unit.
pub(super) fn trade(deal: &Deal<'_>, step: &super::plan::Step) -> f64 {
    match step.kind {
        Kind::Prd => deal.bought(step),
        Kind::Td => deal.sold(step),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::cases::{currency, events, happened, market, moment, refused};
    use crate::contract::terms::{ContractType, Role};

    #[test]
    fn units_are_bought_looked_at_and_sold() {
        let mut terms = Terms {
            contract_type: ContractType::Com,
            role: Some(Role::Rpa),
            currency: currency("USD"),
            status_date: Some(moment("2014-12-30")),
            purchase_date: Some(moment("2015-03-30")),
            purchase_price: Some(700.0),
            quantity: Some(2.5),
            ..Terms::default()
        };
        let look = [happened("2015-01-01", Kind::Ad, 0.0, None, None), happened("2015-04-01", Kind::Ad, 0.0, None, None)];
        assert_eq!(events(&terms, &market(&[]), &look, None), ["2015-03-30 PRD -1750 0", "2015-04-01 AD 0 0"]);
        (terms.termination_date, terms.termination_price) = (Some(moment("2015-03-31")), Some(800.0));
        assert_eq!(events(&terms, &market(&[]), &look, None), ["2015-03-30 PRD -1750 0", "2015-03-31 TD 2000 0"]);
        (terms.role, terms.quantity) = (Some(Role::Rpl), None);
        assert_eq!(events(&terms, &market(&[]), &[], None), ["2015-03-30 PRD 700 0", "2015-03-31 TD -800 0"]);
        terms.status_date = Some(moment("2015-03-30"));
        assert_eq!(events(&terms, &market(&[]), &[], None), ["2015-03-31 TD -800 0"]);
        assert!(events(&terms, &market(&[]), &[], Some("2015-03-30")).is_empty());
        terms.termination_date = Some(moment("2015-01-01"));
        assert_eq!(refused(&terms, &market(&[])), ["terminationDate"]);
        let nothing = Terms { contract_type: ContractType::Com, ..Terms::default() };
        assert_eq!(refused(&nothing, &market(&[])), ["contractRole", "currency", "statusDate"]);
    }
}
