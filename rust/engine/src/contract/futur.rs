//! A future: at maturity the difference between the price of the underlying and the price agreed is settled, less what margins settled before.

use super::columns::Columns;
use super::deal::{Deal, date_of, none_refused};
use super::exercise::{Derivative, underlying};
use super::margining;
use super::observed::Outside;
use super::plan::Plan;
use super::refusal::Refusal;
use super::terms::{Terms, required};

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let told = &mut refusals;
    let deal = Deal::build(terms, "a role: BUY for the one who buys at maturity, SEL for the one who sells", told);
    let maturity = date_of(terms.maturity, "maturityDate", told);
    let agreed = required(terms.futures_price, "futuresPrice", "the price agreed, for example 80", told);
    let underlying = underlying(terms).unwrap_or_else(|refusal| {
        told.push(refusal);
        ""
    });
    margining::check(&deal, maturity, told);
    none_refused(refusals)?;
    let derivative = Derivative { deal, maturity, underlying, is_margined: true };
    derivative.try_walk(outside, plan, columns, |price| price - agreed).map_err(|refusal| vec![refusal])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::cases::{currency, events, market, moment, refused, try_columns};
    use crate::contract::cycle::Period;
    use crate::contract::terms::{ContractType, Role};

    #[test]
    fn the_difference_is_settled_gain_or_loss() {
        let mut terms = Terms {
            contract_type: ContractType::Futur,
            role: Some(Role::Buy),
            currency: currency("USD"),
            status_date: Some(moment("2020-01-01")),
            maturity: Some(moment("2020-03-30")),
            futures_price: Some(80.0),
            market_code: Some("BTC".into()),
            quantity: Some(10.0),
            settlement_period: Some(Period::Days(2)),
            ..Terms::default()
        };
        let prices = market(&[("BTC", &[("2020-03-30", 64.0)])]);
        let columns = try_columns(&terms, &prices, &[], None).unwrap();
        assert_eq!(crate::contract::cases::lines(&columns), ["2020-03-30 MD 0 0", "2020-03-30 XD 0 0", "2020-04-01 STD -160 0"]);
        assert_eq!(columns.exercises[1].amount, -160.0);
        terms.role = Some(Role::Sel);
        assert_eq!(events(&terms, &prices, &[], None)[2], "2020-04-01 STD 160 0");
        assert_eq!(events(&terms, &prices, &[], Some("2020-03-31")).len(), 2);
        let nothing = Terms { contract_type: ContractType::Futur, ..Terms::default() };
        let names = ["contractRole", "currency", "statusDate", "maturityDate", "futuresPrice", "contractStructure"];
        assert_eq!(refused(&nothing, &prices), names);
    }
}
