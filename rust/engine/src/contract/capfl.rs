//! A cap or floor on the rate of another contract: pays what that contract's interest would change if its rate were bounded.

use super::columns::{Columns, Row};
use super::deal::{Deal, none_refused};
use super::event::Kind;
use super::legs::{Told, completed, tell, try_leg, try_rows};
use super::observed::Outside;
use super::refusal::{Refusal, missing};
use super::terms::{LegRole, Role, Terms};

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let deal = Deal::build(terms, "a role: BUY for the one who is paid, SEL for the one who pays", &mut refusals);
    let leg = try_leg(terms, LegRole::Underlying, "a contract as underlying, UDL").map_err(|refusal| refusals.push(refusal)).ok();
    if terms.life_cap.is_none() && terms.life_floor.is_none() {
        refusals.push(missing("lifeCap", "a cap, or a floor as lifeFloor: bounds of the underlying's rate"));
    }
    none_refused(refusals)?;
    let Some((place, leg)) = leg else { return Ok(()) };
    let free = completed(leg, terms, Role::Rpa);
    let life_cap = terms.life_cap.or(free.life_cap);
    let bounded = Terms { life_cap, life_floor: terms.life_floor.or(free.life_floor), ..free.clone() };
    let (free, bounded) = (try_rows(&free, place, outside)?, try_rows(&bounded, place, outside)?);
    let rows = differences(&free, &bounded, deal.sign);
    let (bought, sold) = (terms.purchase_price.unwrap_or(0.0), terms.termination_price.unwrap_or(0.0));
    tell(&deal, rows, (-deal.sign * bought, deal.sign * sold), outside, columns);
    columns.close(deal.currency);
    Ok(())
}

/// What each interest payment changes; both schedules have the same dates.
fn differences(free: &[Told], bounded: &[Told], sign: f64) -> Vec<Told> {
    let interest = |rows: &[Told]| rows.iter().filter(|(row, _)| matches!(row.kind, Kind::Ip | Kind::Ipfl)).copied().collect::<Vec<_>>();
    let pairs = interest(free).into_iter().zip(interest(bounded));
    let difference = |((free, currency), (bounded, _)): (Told, Told)| {
        let payoff = sign * (free.payoff - bounded.payoff).abs();
        (Row { time: free.time, kind: Kind::Ip, payoff, notional: 0.0, rate: 0.0, accrued: 0.0 }, currency)
    };
    pairs.map(difference).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::cases::{currency, events, market, moment, refused};
    use crate::contract::cycle::Cycle;
    use crate::contract::daycount::DayCount;
    use crate::contract::terms::{ContractType, Leg, LegObject, Rhythm};

    fn cap() -> Terms {
        let quarterly = Rhythm { anchor: Some(moment("2013-04-01")), cycle: Cycle::try_parse("P3ML1") };
        let floater = Terms {
            contract_type: ContractType::Pam,
            initial_exchange: Some(moment("2013-01-01")),
            maturity: Some(moment("2014-01-01")),
            notional: Some(1000.0),
            rate: Some(0.05),
            day_count: Some(DayCount::E30360),
            interest: quarterly,
            rate_reset: quarterly,
            rate_code: Some("LIBOR".into()),
            ..Terms::default()
        };
        Terms {
            contract_type: ContractType::Capfl,
            role: Some(Role::Buy),
            currency: currency("USD"),
            status_date: Some(moment("2012-12-30")),
            life_cap: Some(0.07),
            structure: vec![Leg { role: LegRole::Underlying, object: LegObject::Contract(Box::new(floater)) }],
            ..Terms::default()
        }
    }

    #[test]
    fn pays_what_the_bound_changes() {
        let rates = market(&[("LIBOR", &[("2013-04-01", 0.1), ("2013-07-01", 0.01), ("2013-10-01", 0.04)])]);
        let mut terms = cap();
        // A quarter of 3 % of 1000 above the cap.
        let capped = ["2013-04-01 IP 0 0", "2013-07-01 IP 7.5 0", "2013-10-01 IP 0 0", "2014-01-01 IP 0 0"];
        assert_eq!(events(&terms, &rates, &[], None), capped);
        (terms.life_cap, terms.life_floor, terms.role) = (None, Some(0.02), Some(Role::Sel));
        assert_eq!(events(&terms, &rates, &[], None)[2], "2013-10-01 IP -2.5 0");
        (terms.purchase_date, terms.purchase_price) = (Some(moment("2013-08-01")), Some(5.0));
        assert_eq!(events(&terms, &rates, &[], Some("2013-10-01")), ["2013-08-01 PRD 5 0", "2013-10-01 IP -2.5 0"]);
        (terms.life_floor, terms.structure) = (None, Vec::new());
        assert_eq!(refused(&terms, &rates), ["contractStructure", "lifeCap"]);
        terms = cap();
        assert_eq!(refused(&terms, &market(&[])), ["contractStructure[0].marketObjectCodeOfRateReset"]);
    }
}
