//! Cash: an amount that is there. It has no events but being looked at.

use super::columns::{Columns, Row};
use super::event::Kind;
use super::observed::Outside;
use super::refusal::{Refusal, missing};
use super::terms::{Role, Terms, required};

/// Adds the contract's events.
pub fn try_schedule(terms: &Terms, outside: &Outside<'_>, columns: &mut Columns) -> Result<(), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let told = &mut refusals;
    let role: Role = required(terms.role, "contractRole", "a role: RPA for cash we have, RPL for cash we owe", told);
    let notional = required(terms.notional, "notionalPrincipal", "the amount, for example 1000", told);
    let currency = required(terms.currency, "currency", "a currency, for example USD", told);
    let Some(status_date) = terms.status_date.filter(|_| told.is_empty()) else {
        if terms.status_date.is_none() {
            told.push(missing("statusDate", "a date, for example 2024-01-31T00:00:00"));
        }
        return Err(refusals);
    };
    let ours = |contract: &Option<Box<str>>| contract.is_none() || *contract == terms.contract_id;
    let looked_at = outside.occurrences.iter().filter(|observed| observed.kind == Kind::Ad && ours(&observed.contract));
    for time in looked_at.map(|observed| observed.time).filter(|time| *time > status_date && outside.to.is_none_or(|to| *time <= to)) {
        columns.push(Row { time, kind: Kind::Ad, payoff: 0.0, notional: role.sign() * notional, rate: 0.0, accrued: 0.0 });
    }
    columns.close(currency);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::calendar::Moment;
    use crate::contract::observed::{Market, Occurrence};
    use crate::contract::terms::Currency;

    #[test]
    fn cash_is_looked_at() {
        let moment = |text| Moment::try_parse(text).unwrap();
        let looked = |text| Occurrence { time: moment(text), kind: Kind::Ad, value: 0.0, contract: None, performance: None };
        let occurrences = ["2015-07-01", "2015-07-30", "2015-09-01"].map(looked);
        let outside = Outside { market: &Market::default(), occurrences: &occurrences, to: Some(moment("2015-08-15")) };
        let terms = Terms {
            role: Some(Role::Rpl),
            notional: Some(1000.0),
            currency: Currency::try_parse("USD"),
            status_date: Some(moment("2015-07-15")),
            ..Terms::default()
        };
        let mut columns = Columns::default();
        try_schedule(&terms, &outside, &mut columns).unwrap();
        assert_eq!((columns.len(), columns.row(0).notional, columns.row(0).time), (1, -1000.0, moment("2015-07-30")));
        assert_eq!(try_schedule(&Terms::default(), &outside, &mut columns).unwrap_err().len(), 4);
    }
}
