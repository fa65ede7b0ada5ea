//! Payments in another currency than the one they are reckoned in: coin-denominated loans paid in money, and the other way round.

use super::calendar::Moment;
use super::columns::Columns;
use super::observed::{Market, Outside};
use super::refusal::{Refusal, unobserved};
use super::terms::{Currency, Terms};

/// Converts what the rows from `first` on pay into the currency of settlement, at the price of the moment of payment. States and exercise
/// amounts stay in the contract's currency.
pub fn try_convert(terms: &Terms, outside: &Outside<'_>, columns: &mut Columns, first: usize) -> Result<(), Refusal> {
    let Some(settled) = terms.settlement_currency else { return Ok(()) };
    if terms.currency == Some(settled) {
        return Ok(());
    }
    for (currency, rows) in columns.runs_from(first) {
        if currency == settled {
            continue;
        }
        for row in rows {
            // No price is needed where nothing is paid.
            if columns.payoffs[row] != 0.0 {
                columns.payoffs[row] *= try_price(outside.market, currency, settled, Moment(columns.times[row]))?;
            }
        }
    }
    columns.reclose(first, settled);
    Ok(())
}

/// Price of one currency in another: observed as `BTC/USD`, or the inverse of `USD/BTC`.
fn try_price(market: &Market, currency: Currency, settled: Currency, moment: Moment) -> Result<f64, Refusal> {
    let pair = format!("{currency}/{settled}");
    let inverse = || market.series(&format!("{settled}/{currency}"))?.at(moment).map(f64::recip).filter(|price| price.is_finite());
    let price = market.series(&pair).and_then(|series| series.at(moment)).or_else(inverse);
    price.ok_or_else(|| unobserved("settlementCurrency", &pair, format!("an observation of `{pair}` at or before {moment}")))
}

#[cfg(test)]
mod tests {
    use crate::contract::cases::{currencies, currency, lines, market, moment, refused, try_columns};
    use crate::contract::cycle::Cycle;
    use crate::contract::daycount::DayCount;
    use crate::contract::terms::{ContractType, Rhythm, Role, Terms};

    #[test]
    fn a_loan_in_coins_is_paid_in_dollars_at_the_price_of_the_day() {
        let terms = Terms {
            contract_type: ContractType::Pam,
            role: Some(Role::Rpa),
            status_date: Some(moment("2021-12-31")),
            initial_exchange: Some(moment("2022-01-01")),
            maturity: Some(moment("2023-01-01")),
            currency: currency("BTC"),
            settlement_currency: currency("USD"),
            notional: Some(10.0),
            rate: Some(0.08),
            day_count: Some(DayCount::E30360),
            interest: Rhythm { anchor: None, cycle: Cycle::try_parse("P6ML1") },
            ..Terms::default()
        };
        // 10 coins at 47,000; half a year's 0.4 coins at 19,000; then 0.4 and 10 coins at 16,500. The state stays in coins.
        let prices = [("2022-01-01", 47_000.0), ("2022-07-01", 19_000.0), ("2023-01-01", 16_500.0)];
        let expected = ["2022-01-01 IED -470000 10", "2022-07-01 IP 7600 10", "2023-01-01 IP 6600 10", "2023-01-01 MD 165000 0"];
        let columns = try_columns(&terms, &market(&[("BTC/USD", &prices)]), &[], None).unwrap();
        assert_eq!((lines(&columns), currencies(&columns)), (expected.map(String::from).to_vec(), vec!["USD".to_owned(); 4]));
        let inverse = prices.map(|(date, price)| (date, 1.0 / price));
        assert_eq!(lines(&try_columns(&terms, &market(&[("USD/BTC", &inverse)]), &[], None).unwrap()), expected);
        assert_eq!(refused(&terms, &market(&[])), ["settlementCurrency"]);
        let same = Terms { settlement_currency: currency("BTC"), ..terms };
        assert_eq!(lines(&try_columns(&same, &market(&[]), &[], None).unwrap())[0], "2022-01-01 IED -10 10");
    }
}
