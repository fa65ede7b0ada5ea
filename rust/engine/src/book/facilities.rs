//! Rescue funds and buy-backs, from rows to the book. Model: docs/model/rescue.md

use super::{
    FacilityKind, Fleet, Rank,
    keys::{Keys, sorted},
    rows::FacilityRow,
};
use crate::{
    contract::calendar::Date,
    error::{Code, Problem},
    ids::{MinerId, RegionId},
    units,
};

/// Money set aside to help. Money in whole cents.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "names of docs/model/rescue.md with the unit they are carried in")]
pub struct Facility {
    pub key: String,
    pub capital_cents: f64,
    pub opens: Date,
    pub closes: Date,
    pub take_up_share: f64,
    /// Where it helps; `None` for anywhere.
    pub region: Option<RegionId>,
    pub help: Help,
}

/// How it helps.
#[derive(Debug, Clone, PartialEq)]
pub enum Help {
    /// It lends.
    Fund(Fund),
    /// It buys machines, at this price.
    Buyback(Price),
}

/// Terms of a fund.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "names of docs/model/rescue.md with the unit they are carried in")]
pub struct Fund {
    pub bill_days: f64,
    pub rate: f64,
    pub term_days: usize,
    pub rank: Rank,
    /// Most that one miner gets, cents; infinite for no limit.
    pub most_cents: f64,
    pub max_debt_to_assets: Option<f64>,
    /// Miners it may help: those with a fleet row where it does, in order.
    pub reach: Vec<MinerId>,
}

/// What a buy-back pays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Price {
    /// USD per TH/s.
    PerTh(f64),
    /// Share of the index.
    ToIndex(f64),
}

impl Help {
    /// The word of the row.
    pub fn kind(&self) -> FacilityKind {
        match self {
            Self::Fund(_) => FacilityKind::Fund,
            Self::Buyback(_) => FacilityKind::Buyback,
        }
    }
}

impl Facility {
    /// Whether it does business on a date.
    pub fn is_open(&self, date: Date) -> bool {
        self.opens <= date && date <= self.closes
    }
}

/// Facilities in canonical order.
pub(super) fn facilities(
    rows: &[FacilityRow],
    regions: &Keys<'_>,
    miners: usize,
    fleet: &[Fleet],
    problems: &mut Vec<Problem>,
) -> Vec<Facility> {
    Keys::collect_any("facilities", "facility", rows.iter().map(|row| row.facility.as_str()), problems);
    let mut found = Vec::with_capacity(rows.len());
    for (row, item) in sorted(rows.to_vec(), |row| row.facility.clone()) {
        let region = item.region.as_deref().map(|key| regions.find(key, "facilities", row, "region", problems).map(RegionId::at));
        let mut check = Check { item: &item, row, problems };
        if item.closes_date < item.opens_date {
            let expected = format!("a date not before opens_date, which is {}", item.opens_date);
            check.say(Code::Dates, "closes_date", &item.closes_date, expected);
        }
        let help = match item.kind {
            FacilityKind::Fund => check.fund(&reach(miners, fleet, region.flatten())).map(Help::Fund),
            FacilityKind::Buyback => check.price().map(Help::Buyback),
        };
        if let (Some(help), Some(region)) = (help, region.map_or(Some(None), |known| known.map(Some))) {
            found.push(Facility {
                capital_cents: units::cents(item.capital_usd),
                opens: item.opens_date,
                closes: item.closes_date,
                take_up_share: item.take_up_share,
                region,
                help,
                key: item.facility,
            });
        }
    }
    found
}

/// Of so many miners those with a fleet row in a region, in order; without a region all of them.
fn reach(miners: usize, fleet: &[Fleet], region: Option<RegionId>) -> Vec<MinerId> {
    let Some(region) = region else { return (0..miners).map(MinerId::at).collect() };
    let mut there: Vec<MinerId> = fleet.iter().filter(|row| row.region == region).map(|row| row.miner).collect();
    there.dedup(); // rows come miner by miner
    there
}

/// One row, and what is wrong with it.
struct Check<'a> {
    item: &'a FacilityRow,
    row: usize,
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    fn fund(&mut self, reach: &[MinerId]) -> Option<Fund> {
        let item = self.item;
        let bill_days = self.need("bill_days", item.bill_days);
        let rate = self.need("rate", item.rate);
        let term_days = self.need("term_days", item.term_days);
        let rank = self.need("rank", item.rank);
        Some(Fund {
            bill_days: bill_days?,
            rate: rate?,
            term_days: term_days? as usize,
            rank: rank?,
            most_cents: item.max_usd_per_miner.map_or(f64::INFINITY, units::cents),
            max_debt_to_assets: item.max_debt_to_assets,
            reach: reach.to_vec(),
        })
    }

    fn price(&mut self) -> Option<Price> {
        match (self.item.price_usd_per_th, self.item.price_to_index) {
            (Some(usd_per_th), None) => Some(Price::PerTh(usd_per_th)),
            (None, Some(share)) => Some(Price::ToIndex(share)),
            (Some(_), Some(share)) => {
                self.say(Code::Inconsistent, "price_to_index", &share, "an empty cell, because price_usd_per_th is given".to_owned());
                None
            }
            (None, None) => {
                let expected = "a value here or in price_to_index, because the kind is `buyback`".to_owned();
                self.say(Code::Null, "price_usd_per_th", &"", expected);
                None
            }
        }
    }

    fn need<T>(&mut self, column: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.say(Code::Null, column, &"", format!("a value, because the kind is `{}`", self.item.kind.name()));
        }
        value
    }

    fn say(&mut self, code: Code, column: &str, value: &dyn ToString, expected: String) {
        self.problems.push(Problem::cell(code, "facilities", self.row, column, value.to_string(), expected));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::try_parse(text).unwrap()
    }

    fn row(facility: &str, kind: FacilityKind) -> FacilityRow {
        let fund = kind == FacilityKind::Fund;
        FacilityRow {
            facility: facility.into(),
            kind,
            capital_usd: 1e6,
            opens_date: date("2022-10-14"),
            closes_date: date("2023-10-13"),
            take_up_share: 0.2,
            region: None,
            bill_days: fund.then_some(60.0),
            rate: fund.then_some(0.1),
            term_days: fund.then_some(540),
            rank: fund.then_some(Rank::Senior),
            max_usd_per_miner: None,
            max_debt_to_assets: None,
            price_usd_per_th: None,
            price_to_index: (!fund).then_some(0.5),
        }
    }

    fn build(rows: &[FacilityRow]) -> (Vec<Facility>, Vec<(Code, usize, String)>) {
        let mut problems = Vec::new();
        let regions = Keys::collect("regions", "region", ["ohio", "texas"].into_iter(), &mut problems);
        let found = facilities(rows, &regions, 3, &[], &mut problems);
        (found, problems.into_iter().map(|problem| (problem.code, problem.row.unwrap(), problem.column.unwrap())).collect())
    }

    #[test]
    fn a_fund_for_anywhere_reaches_miners_without_a_site() {
        let (found, problems) =
            build(&[row("a", FacilityKind::Fund), FacilityRow { region: Some("ohio".into()), ..row("b", FacilityKind::Fund) }]);
        assert_eq!(problems, []);
        let reached = |facility: &Facility| if let Help::Fund(fund) = &facility.help { fund.reach.len() } else { 0 };
        assert_eq!(found.iter().map(reached).collect::<Vec<_>>(), [3, 0]);
    }

    #[test]
    fn terms_are_carried_in_whole_units() {
        let floor = FacilityRow {
            price_usd_per_th: Some(20.0),
            price_to_index: None,
            region: Some("texas".into()),
            ..row("b", FacilityKind::Buyback)
        };
        let (found, problems) = build(&[row("c", FacilityKind::Fund), floor, row("a", FacilityKind::Buyback)]);
        assert_eq!(problems, []);
        let keys: Vec<&str> = found.iter().map(|facility| facility.key.as_str()).collect();
        assert_eq!((keys, found[0].capital_cents), (vec!["a", "b", "c"], 1e8));
        assert_eq!((&found[0].help, found[0].region), (&Help::Buyback(Price::ToIndex(0.5)), None));
        assert_eq!((&found[1].help, found[1].region), (&Help::Buyback(Price::PerTh(20.0)), Some(RegionId(1))));
        let Help::Fund(fund) = &found[2].help else { panic!("a fund") };
        assert_eq!((fund.bill_days, fund.rate, fund.term_days, fund.rank, fund.most_cents), (60.0, 0.1, 540, Rank::Senior, f64::INFINITY));
    }

    #[test]
    fn open_from_the_first_to_the_last_day() {
        let (found, _) = build(&[row("a", FacilityKind::Fund)]);
        for (day, open) in [("2022-10-13", false), ("2022-10-14", true), ("2023-10-13", true), ("2023-10-14", false)] {
            assert_eq!(found[0].is_open(date(day)), open, "{day}");
        }
    }

    #[test]
    fn what_is_missing_or_contradicts_is_told_with_its_place() {
        let (fund, buyback) = (|| row("x", FacilityKind::Fund), || row("x", FacilityKind::Buyback));
        for (changed, expected) in [
            (FacilityRow { bill_days: None, ..fund() }, (Code::Null, "bill_days")),
            (FacilityRow { rate: None, ..fund() }, (Code::Null, "rate")),
            (FacilityRow { term_days: None, ..fund() }, (Code::Null, "term_days")),
            (FacilityRow { rank: None, ..fund() }, (Code::Null, "rank")),
            (FacilityRow { price_to_index: None, ..buyback() }, (Code::Null, "price_usd_per_th")),
            (FacilityRow { price_usd_per_th: Some(9.0), ..buyback() }, (Code::Inconsistent, "price_to_index")),
            (FacilityRow { region: Some("mars".into()), ..fund() }, (Code::UnknownKey, "region")),
            (FacilityRow { closes_date: date("2022-10-13"), ..buyback() }, (Code::Dates, "closes_date")),
        ] {
            let (_, problems) = build(&[row("w", FacilityKind::Fund), changed.clone()]);
            assert_eq!(problems, [(expected.0, 2, expected.1.to_owned())], "{changed:?}");
        }
        assert_eq!(build(&[fund(), buyback()]).1, [(Code::DuplicateKey, 2, "facility".to_owned())]);
    }
}
