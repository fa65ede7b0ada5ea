//! What the table tests of contract types share.

use super::calendar::Moment;
use super::columns::Columns;
use super::event::Kind;
use super::observed::{Market, Occurrence, Outside, Series};
use super::plan::Plan;
use super::refusal::Refusal;
use super::terms::{Currency, Performance, Terms};

pub fn moment(text: &str) -> Moment {
    Moment::try_parse(text).unwrap()
}

pub fn currency(code: &str) -> Option<Currency> {
    Currency::try_parse(code)
}

/// One series a code, points as date and number.
pub fn market(series: &[(&str, &[(&str, f64)])]) -> Market {
    let points = |points: &[(&str, f64)]| points.iter().map(|(date, number)| (moment(date), *number)).collect();
    Market::new(series.iter().map(|(code, numbers)| Series::new(*code, points(numbers))).collect())
}

pub fn happened(date: &str, kind: Kind, value: f64, contract: Option<&str>, performance: Option<Performance>) -> Occurrence {
    Occurrence { time: moment(date), kind, value, contract: contract.map(Into::into), performance }
}

pub fn try_columns(terms: &Terms, market: &Market, occurrences: &[Occurrence], to: Option<&str>) -> Result<Columns, Vec<Refusal>> {
    let mut columns = Columns::default();
    let outside = Outside { market, occurrences, to: to.map(moment) };
    super::try_schedule(terms, &outside, &mut Plan::default(), &mut columns).map(|()| columns)
}

/// One line an event: date, kind, payoff, notional; amounts to a millionth.
pub fn lines(columns: &Columns) -> Vec<String> {
    let short = |amount: f64| (amount * 1e6).round() / 1e6 + 0.0;
    let line = |row: usize| {
        let row = columns.row(row);
        format!("{} {} {} {}", row.time.date(), row.kind.word(), short(row.payoff), short(row.notional))
    };
    (0..columns.len()).map(line).collect()
}

pub fn events(terms: &Terms, market: &Market, occurrences: &[Occurrence], to: Option<&str>) -> Vec<String> {
    lines(&try_columns(terms, market, occurrences, to).unwrap())
}

/// The terms that were refused.
pub fn refused(terms: &Terms, market: &Market) -> Vec<String> {
    try_columns(terms, market, &[], None).unwrap_err().into_iter().map(|refusal| refusal.term.into_owned()).collect()
}

/// Currency of each row.
pub fn currencies(columns: &Columns) -> Vec<String> {
    let of = |row: usize| columns.currencies.iter().find(|(_, end)| row < *end).unwrap().0.to_string();
    (0..columns.len()).map(of).collect()
}
