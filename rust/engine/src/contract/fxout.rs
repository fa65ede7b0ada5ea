//! An outright exchange of two currencies: we receive one amount and pay the other, or the difference is settled in the first currency.

use super::columns::Columns;
use super::deal::{Deal, date_of, none_refused};
use super::event::Kind;
use super::observed::Outside;
use super::plan::Plan;
use super::refusal::Refusal;
use super::terms::{Currency, Terms, required};

struct Exchange<'a> {
    deal: Deal<'a>,
    first: f64,
    second: f64,
    second_currency: Currency,
}

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, plan: &mut Plan, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let told = &mut refusals;
    let deal = Deal::build(terms, "a role: RPA to receive the first amount, RPL to pay it", told);
    let first = required(terms.notional, "notionalPrincipal", "the amount in the first currency", told);
    let second = required(terms.notional2, "notionalPrincipal2", "the amount in the second currency", told);
    let second_currency = required(terms.currency2, "currency2", "the second currency, for example EUR", told);
    let maturity = date_of(terms.maturity, "maturityDate", told);
    none_refused(refusals)?;
    plan.clear();
    deal.plan_trades(plan, outside.occurrences);
    if terms.is_delivered() {
        for leg in [0.0, 1.0] {
            plan.moved(Kind::Md, maturity, terms.business_days, leg);
        }
    } else {
        let settled = terms.settlement_period.map_or(maturity, |period| period.after(maturity));
        plan.moved(Kind::Std, settled, terms.business_days, 0.0);
    }
    let exchange = Exchange { deal, first, second, second_currency };
    let pair = format!("{second_currency}/{}", deal.currency);
    let walked = deal.try_walk(plan, outside, columns, |step| {
        let deal = &exchange.deal;
        Ok(match step.kind {
            Kind::Prd => deal.paid(deal.bought(step)),
            // The standard's tests pay the price at termination to us, whichever side we are.
            Kind::Td => deal.paid(step.number),
            Kind::Md if step.number > 0.0 => {
                super::deal::After { currency: exchange.second_currency, ..deal.paid(-deal.sign * exchange.second) }
            }
            Kind::Md => deal.paid(deal.sign * exchange.first),
            Kind::Std => {
                let rate = outside.market.try_at("currency2", &pair, maturity)?;
                deal.paid(deal.sign * difference(exchange.first, exchange.second, rate))
            }
            _ => deal.paid(0.0),
        })
    });
    walked.map_err(|refusal| vec![refusal])
}

/// What the first amount is worth more than the second; `rate` is the price of the second currency in the first.
fn difference(first: f64, second: f64, rate: f64) -> f64 {
    first - rate * second
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::calendar::{BusinessDayConvention, BusinessDays, Calendar};
    use crate::contract::cases::{currencies, currency, events, market, moment, refused, try_columns};
    use crate::contract::cycle::Period;
    use crate::contract::terms::{ContractType, DeliverySettlement, Role};

    fn outright() -> Terms {
        Terms {
            contract_type: ContractType::Fxout,
            role: Some(Role::Rpa),
            currency: currency("USD"),
            currency2: currency("EUR"),
            status_date: Some(moment("2013-12-30")),
            maturity: Some(moment("2014-10-31")),
            notional: Some(2000.0),
            notional2: Some(1000.0),
            ..Terms::default()
        }
    }

    #[test]
    fn both_amounts_are_delivered_each_in_its_currency() {
        let mut terms = outright();
        let columns = try_columns(&terms, &market(&[]), &[], None).unwrap();
        assert_eq!(crate::contract::cases::lines(&columns), ["2014-10-31 MD 2000 0", "2014-10-31 MD -1000 0"]);
        assert_eq!(currencies(&columns), ["USD", "EUR"]);
        terms.role = Some(Role::Rpl);
        terms.delivery_settlement = Some(DeliverySettlement::Delivery);
        (terms.purchase_date, terms.purchase_price) = (Some(moment("2014-04-01")), Some(50.0));
        assert_eq!(events(&terms, &market(&[]), &[], None), ["2014-04-01 PRD 50 0", "2014-10-31 MD -2000 0", "2014-10-31 MD 1000 0"]);
        (terms.termination_date, terms.termination_price) = (Some(moment("2014-05-01")), Some(60.0));
        assert_eq!(events(&terms, &market(&[]), &[], None), ["2014-04-01 PRD 50 0", "2014-05-01 TD 60 0"]);
    }

    #[test]
    fn the_difference_is_settled_at_the_rate_of_maturity() {
        let mut terms = outright();
        terms.delivery_settlement = Some(DeliverySettlement::Cash);
        terms.settlement_period = Some(Period::Days(1));
        terms.business_days =
            BusinessDays { calendar: Calendar::MondayToFriday, convention: BusinessDayConvention::ShiftCalculateFollowing };
        let rates = market(&[("EUR/USD", &[("2014-10-31", 1.25), ("2014-11-01", 1.5)])]);
        // 2014-11-01 was a Saturday: paid on Monday, at Friday's rate.
        assert_eq!(events(&terms, &rates, &[], None), ["2014-11-03 STD 750 0"]);
        terms.role = Some(Role::Rpl);
        assert_eq!(events(&terms, &rates, &[], None), ["2014-11-03 STD -750 0"]);
        assert_eq!(refused(&terms, &market(&[])), ["currency2"]);
        assert_eq!(difference(100.0, 50.0, 3.0), -50.0);
    }
}
