//! A swap of any two contracts: we receive the one and pay the other. Settled leg by leg, or what falls together is settled net.

use super::columns::{Columns, Row};
use super::deal::{Deal, none_refused};
use super::event::Kind;
use super::legs::{Told, completed, merged, tell, try_leg, try_rows};
use super::observed::Outside;
use super::refusal::Refusal;
use super::terms::{LegRole, Role, Terms};

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let deal = Deal::build(terms, "a role: RFL to receive the first leg, PFL to pay it", &mut refusals);
    let legs = [(LegRole::First, "a contract as first leg, FIL"), (LegRole::Second, "a contract as second leg, SEL")];
    let [first, second] = legs.map(|(role, expected)| try_leg(terms, role, expected).map_err(|refusal| refusals.push(refusal)).ok());
    none_refused(refusals)?;
    let (Some(first), Some(second)) = (first, second) else { return Ok(()) };
    let (receive, pay) = if deal.sign > 0.0 { (Role::Rpa, Role::Rpl) } else { (Role::Rpl, Role::Rpa) };
    let first_rows = try_rows(&completed(first.1, terms, receive), first.0, outside);
    let second_rows = try_rows(&completed(second.1, terms, pay), second.0, outside);
    let (first_rows, second_rows) = match (first_rows, second_rows) {
        (Ok(first), Ok(second)) => (first, second),
        (first, second) => return Err([first.err(), second.err()].into_iter().flatten().flatten().collect()),
    };
    let rows = merged(first_rows, second_rows, |first, second| if terms.is_delivered() { None } else { net(first, second) });
    // The standard's tests pay the price of a purchase to us, whichever side we are, and without accrued interest; a sale likewise.
    let prices = (terms.purchase_price.unwrap_or(0.0), terms.termination_price.unwrap_or(0.0));
    tell(&deal, rows, prices, outside, columns);
    columns.close(deal.currency);
    Ok(())
}

/// One event of two, where payments of the same kind and currency fall together.
fn net(first: &Told, second: &Told) -> Option<Told> {
    let paid = matches!(first.0.kind, Kind::Ied | Kind::Ip | Kind::Pr | Kind::Md);
    (paid && first.1 == second.1).then(|| {
        let sum = |of: fn(&Row) -> f64| of(&first.0) + of(&second.0);
        let (payoff, notional, accrued) = (sum(|row| row.payoff), sum(|row| row.notional), sum(|row| row.accrued));
        (Row { payoff, notional, accrued, rate: 0.0, ..first.0 }, first.1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::cases::{currencies, currency, events, market, moment, refused, try_columns};
    use crate::contract::cycle::Cycle;
    use crate::contract::daycount::DayCount;
    use crate::contract::terms::{ContractType, DeliverySettlement, Leg, LegObject, Rhythm};

    fn leg(role: LegRole, notional: f64, cycle: &str) -> Leg {
        let terms = Terms {
            contract_type: ContractType::Pam,
            initial_exchange: Some(moment("2013-01-01")),
            maturity: Some(moment("2014-01-01")),
            notional: Some(notional),
            rate: Some(0.1),
            day_count: Some(DayCount::E30360),
            interest: Rhythm { anchor: None, cycle: Cycle::try_parse(cycle) },
            ..Terms::default()
        };
        Leg { role, object: LegObject::Contract(Box::new(terms)) }
    }

    fn swap() -> Terms {
        Terms {
            contract_type: ContractType::Swaps,
            role: Some(Role::Rfl),
            currency: currency("USD"),
            status_date: Some(moment("2012-12-30")),
            structure: vec![leg(LegRole::First, 1000.0, "P6ML1"), leg(LegRole::Second, 1200.0, "P1YL1")],
            ..Terms::default()
        }
    }

    #[test]
    fn legs_are_settled_each_by_itself_or_net() {
        let mut terms = swap();
        assert_eq!(
            events(&terms, &market(&[]), &[], None),
            [
                "2013-01-01 IED -1000 1000",
                "2013-01-01 IED 1200 -1200",
                "2013-07-01 IP 50 1000",
                "2014-01-01 IP 50 1000",
                "2014-01-01 IP -120 -1200",
                "2014-01-01 MD 1000 0",
                "2014-01-01 MD -1200 0",
            ]
        );
        terms.delivery_settlement = Some(DeliverySettlement::Cash);
        let net = ["2013-01-01 IED 200 -200", "2013-07-01 IP 50 1000", "2014-01-01 IP -70 -200", "2014-01-01 MD -200 0"];
        assert_eq!(events(&terms, &market(&[]), &[], None), net);
        terms.role = Some(Role::Pfl);
        assert_eq!(events(&terms, &market(&[]), &[], None)[..2], ["2013-01-01 IED -200 200", "2013-07-01 IP -50 -1000"]);
    }

    #[test]
    fn two_currencies_are_not_netted() {
        let mut terms = swap();
        terms.delivery_settlement = Some(DeliverySettlement::Cash);
        if let LegObject::Contract(leg) = &mut terms.structure[1].object {
            leg.currency = currency("EUR");
        }
        let columns = try_columns(&terms, &market(&[]), &[], Some("2013-06-30")).unwrap();
        assert_eq!(currencies(&columns), ["USD", "EUR"]);
    }

    #[test]
    fn bought_and_sold() {
        let mut terms = swap();
        (terms.purchase_date, terms.purchase_price) = (Some(moment("2013-07-01")), Some(30.0));
        (terms.termination_date, terms.termination_price) = (Some(moment("2014-01-01")), Some(40.0));
        let told = events(&terms, &market(&[]), &[], None);
        assert_eq!(told, ["2013-07-01 PRD 30 0", "2014-01-01 IP 50 1000", "2014-01-01 IP -120 -1200", "2014-01-01 TD 40 0"]);
        assert_eq!(events(&terms, &market(&[]), &[], Some("2013-12-01")), ["2013-07-01 PRD 30 0"]);
    }

    #[test]
    fn what_is_missing_is_told_of_both_legs() {
        let mut terms = swap();
        for leg in &mut terms.structure {
            if let LegObject::Contract(leg) = &mut leg.object {
                leg.rate = None;
            }
        }
        let names = ["contractStructure[0].nominalInterestRate", "contractStructure[1].nominalInterestRate"];
        assert_eq!(refused(&terms, &market(&[])), names);
        terms.structure.clear();
        assert_eq!(refused(&terms, &market(&[])), ["contractStructure", "contractStructure"]);
    }
}
