//! What miners have hedged, from rows to the book. Model: docs/model/hedges.md

use std::collections::BTreeMap;

use super::{
    Floor, Future, Hedge, HedgeKind, HedgeTerms, Ppa,
    keys::{Keys, sorted},
    profiles::Shares,
    rows::HedgeRow,
};
use crate::{
    error::{Code, Problem},
    ids::{MinerId, RegionId},
    units::{self, CENTS_PER_SAT_PER_USD},
};

/// Most that a hedge of coins may be struck at, cents: whole cents stay exact whatever the price does to it.
const LARGEST_CENTS: f64 = 1e13;

/// Hedges in canonical order.
pub(super) fn hedges(
    rows: &[HedgeRow],
    miners: &Keys<'_>,
    regions: &Keys<'_>,
    profiles: &BTreeMap<String, Shares>,
    problems: &mut Vec<Problem>,
) -> Vec<Hedge> {
    let mut keys = Vec::new();
    Keys::collect("hedges", "hedge", rows.iter().map(|row| row.hedge.as_str()), &mut keys);
    problems.extend(keys.into_iter().filter(|problem| problem.code != Code::EmptyTable)); // most miners hedge nothing
    let mut found = Vec::with_capacity(rows.len());
    for (row, item) in sorted(rows.to_vec(), |row| row.hedge.clone()) {
        let miner = miners.find(&item.miner, "hedges", row, "miner", problems).map(MinerId::at);
        let region = item.region.as_deref().and_then(|key| regions.find(key, "hedges", row, "region", problems)).map(RegionId::at);
        let terms = Check { item: &item, row, problems }.terms(region, profiles);
        if let (Some(miner), Some(terms)) = (miner, terms) {
            found.push(Hedge { key: item.hedge, miner, expiry: item.expiry_date, terms });
        }
    }
    found
}

/// One row, and what is wrong with it.
struct Check<'a> {
    item: &'a HedgeRow,
    row: usize,
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    /// What the row says was agreed, if it says all of it.
    fn terms(mut self, region: Option<RegionId>, profiles: &BTreeMap<String, Shares>) -> Option<HedgeTerms> {
        let item = self.item;
        let terms = match item.kind {
            HedgeKind::ShortFuture => HedgeTerms::ShortFuture(self.future()?),
            HedgeKind::Put => {
                let (sats, strike_cents) = self.coins("strike_usd", item.strike_usd)?;
                HedgeTerms::Option(Floor { sats, strike_cents, cap_cents: f64::INFINITY })
            }
            HedgeKind::Collar => {
                let (floor, cap) = (self.coins("strike_usd", item.strike_usd), self.coins("cap_usd", item.cap_usd));
                let ((sats, strike_cents), (_, cap_cents)) = (floor?, cap?);
                let (floor_usd, cap_usd) = (item.strike_usd?, item.cap_usd?);
                self.refuse(cap_usd < floor_usd, "cap_usd", cap_usd, format!("at least strike_usd, which is {floor_usd}"));
                HedgeTerms::Option(Floor { sats, strike_cents, cap_cents })
            }
            HedgeKind::HashpriceForward => {
                let (ths, strike) =
                    (self.need("hashrate_ths", item.hashrate_ths), self.need("strike_usd_per_ph_day", item.strike_usd_per_ph_day));
                HedgeTerms::HashpriceForward { phs: ths? * units::PH_PER_TH, strike: strike? }
            }
            HedgeKind::PowerSale => {
                let (mw, strike) = (self.need("mw", item.mw), self.need("strike_usd_per_mwh", item.strike_usd_per_mwh));
                self.need("region", item.region.as_ref());
                HedgeTerms::PowerSale { mw: mw?, region: region?, strike: strike? }
            }
            HedgeKind::Ppa => HedgeTerms::Ppa(self.ppa(region, profiles)?),
        };
        Some(terms)
    }

    fn ppa(&mut self, region: Option<RegionId>, profiles: &BTreeMap<String, Shares>) -> Option<Ppa> {
        let item = self.item;
        let (mw, strike) = (self.need("mw", item.mw), self.need("strike_usd_per_mwh", item.strike_usd_per_mwh));
        self.need("region", item.region.as_ref());
        let (take_share, profile) = (self.need("take_share", item.take_share), self.need("profile", item.profile.as_ref()));
        let shares = profiles.get(profile?).copied();
        if shares.is_none() {
            let expected = "a profile of the table profiles";
            self.problems.push(Problem::cell(Code::UnknownKey, "hedges", self.row, "profile", profile?, expected));
        }
        Some(Ppa { mw: mw?, region: region?, strike: strike?, take_share: take_share?, suspend: item.suspend_usd_per_mwh, shares: shares? })
    }

    fn future(&mut self) -> Option<Future> {
        let item = self.item;
        let coins = self.coins("strike_usd", item.strike_usd);
        let initial = self.need("initial_margin_share", item.initial_margin_share);
        let maintenance = self.need("maintenance_margin_share", item.maintenance_margin_share);
        let cure_days = self.need("cure_days", item.cure_days);
        let ((sats, strike_cents), initial_margin_share) = (coins?, initial?);
        let expected = format!("at most initial_margin_share, which is {initial_margin_share}");
        self.refuse(maintenance? > initial_margin_share, "maintenance_margin_share", maintenance?, expected);
        Some(Future {
            sats,
            strike_cents,
            opening_margin_cents: units::round(strike_cents * initial_margin_share),
            initial_margin_share,
            maintenance_margin_share: maintenance?,
            cure_days: f64::from(cure_days?),
        })
    }

    /// Satoshis, and what they are worth at a price, cents.
    fn coins(&mut self, column: &str, usd: Option<f64>) -> Option<(f64, f64)> {
        let item = self.item;
        let (btc, usd) = (self.need("btc", item.btc), self.need(column, usd));
        let sats = units::sats(btc?);
        let cents = at_price(sats, usd?);
        if cents > LARGEST_CENTS {
            let expected = format!("btc times {column} of at most {} USD", LARGEST_CENTS / units::CENTS_PER_USD);
            self.problems.push(Problem::cell(Code::OutOfRange, "hedges", self.row, column, usd?, expected));
        }
        Some((sats, cents))
    }

    fn need<T>(&mut self, column: &str, value: Option<T>) -> Option<T> {
        if value.is_none() && !self.told(column) {
            let expected = format!("a value, because the kind is `{}`", self.item.kind.name());
            self.problems.push(Problem::cell(Code::Null, "hedges", self.row, column, "", expected));
        }
        value
    }

    /// Whether this cell was told of already: a collar asks for its coins twice.
    fn told(&self, column: &str) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.table == "hedges" && problem.row == Some(self.row + 1) && problem.column.as_deref() == Some(column))
    }

    fn refuse(&mut self, wrong: bool, column: &str, value: f64, expected: String) {
        if wrong {
            self.problems.push(Problem::cell(Code::Inconsistent, "hedges", self.row, column, value, expected));
        }
    }
}

/// What coins are worth at a price, whole cents.
pub fn at_price(sats: f64, usd: f64) -> f64 {
    units::round(sats * (usd * CENTS_PER_SAT_PER_USD))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::calendar::Date;

    fn row(hedge: &str, kind: HedgeKind) -> HedgeRow {
        let coins = matches!(kind, HedgeKind::ShortFuture | HedgeKind::Put | HedgeKind::Collar);
        let future = kind == HedgeKind::ShortFuture;
        let (power, ppa) = (matches!(kind, HedgeKind::PowerSale | HedgeKind::Ppa), kind == HedgeKind::Ppa);
        HedgeRow {
            hedge: hedge.into(),
            miner: "a".into(),
            kind,
            expiry_date: Date::try_parse("2022-12-30").unwrap(),
            btc: coins.then_some(1.5),
            hashrate_ths: (kind == HedgeKind::HashpriceForward).then_some(2e5),
            mw: power.then_some(10.0),
            region: power.then(|| "texas".into()),
            strike_usd: coins.then_some(40_000.0),
            cap_usd: (kind == HedgeKind::Collar).then_some(50_000.0),
            strike_usd_per_ph_day: (kind == HedgeKind::HashpriceForward).then_some(80.0),
            strike_usd_per_mwh: power.then_some(30.0),
            initial_margin_share: future.then_some(0.4),
            maintenance_margin_share: future.then_some(0.3),
            cure_days: future.then_some(2),
            profile: ppa.then(|| "wind".into()),
            take_share: ppa.then_some(0.5),
            suspend_usd_per_mwh: None,
        }
    }

    fn build(rows: &[HedgeRow]) -> (Vec<Hedge>, Vec<(Code, usize, String)>) {
        let mut problems = Vec::new();
        let miners = Keys::collect("miners", "miner", ["a", "b"].into_iter(), &mut problems);
        let regions = Keys::collect("regions", "region", ["ohio", "texas"].into_iter(), &mut problems);
        let found = hedges(rows, &miners, &regions, &[("wind".to_owned(), [0.25; 12])].into(), &mut problems);
        (found, problems.into_iter().map(|problem| (problem.code, problem.row.unwrap(), problem.column.unwrap())).collect())
    }

    #[test]
    fn terms_are_carried_in_whole_units() {
        let kinds = [
            ("f", HedgeKind::Ppa),
            ("e", HedgeKind::ShortFuture),
            ("d", HedgeKind::Put),
            ("c", HedgeKind::Collar),
            ("b", HedgeKind::HashpriceForward),
            ("a", HedgeKind::PowerSale),
        ];
        let (found, problems) = build(&kinds.map(|(key, kind)| row(key, kind)));
        assert_eq!(problems, []);
        assert_eq!(found.iter().map(|hedge| hedge.key.as_str()).collect::<Vec<_>>(), ["a", "b", "c", "d", "e", "f"]);
        let sats = 150_000_000.0;
        let future = Future {
            sats,
            strike_cents: 6_000_000.0,
            opening_margin_cents: 2_400_000.0,
            initial_margin_share: 0.4,
            maintenance_margin_share: 0.3,
            cure_days: 2.0,
        };
        for (hedge, expected) in found.iter().zip([
            HedgeTerms::PowerSale { mw: 10.0, region: RegionId(1), strike: 30.0 },
            HedgeTerms::HashpriceForward { phs: 200.0, strike: 80.0 },
            HedgeTerms::Option(Floor { sats, strike_cents: 6_000_000.0, cap_cents: 7_500_000.0 }),
            HedgeTerms::Option(Floor { sats, strike_cents: 6_000_000.0, cap_cents: f64::INFINITY }),
            HedgeTerms::ShortFuture(future),
            HedgeTerms::Ppa(Ppa { mw: 10.0, region: RegionId(1), strike: 30.0, take_share: 0.5, suspend: None, shares: [0.25; 12] }),
        ]) {
            assert_eq!(hedge.terms, expected, "{}", hedge.key);
        }
    }

    #[test]
    fn what_is_missing_or_contradicts_is_told_with_its_place() {
        let future = || row("x", HedgeKind::ShortFuture);
        for (changed, expected) in [
            (HedgeRow { btc: None, ..row("x", HedgeKind::Collar) }, (Code::Null, "btc")),
            (HedgeRow { strike_usd: None, ..row("x", HedgeKind::Put) }, (Code::Null, "strike_usd")),
            (HedgeRow { cap_usd: None, ..row("x", HedgeKind::Collar) }, (Code::Null, "cap_usd")),
            (HedgeRow { cap_usd: Some(39_999.0), ..row("x", HedgeKind::Collar) }, (Code::Inconsistent, "cap_usd")),
            (HedgeRow { hashrate_ths: None, ..row("x", HedgeKind::HashpriceForward) }, (Code::Null, "hashrate_ths")),
            (HedgeRow { strike_usd_per_ph_day: None, ..row("x", HedgeKind::HashpriceForward) }, (Code::Null, "strike_usd_per_ph_day")),
            (HedgeRow { mw: None, ..row("x", HedgeKind::PowerSale) }, (Code::Null, "mw")),
            (HedgeRow { region: None, ..row("x", HedgeKind::PowerSale) }, (Code::Null, "region")),
            (HedgeRow { region: Some("mars".into()), ..row("x", HedgeKind::PowerSale) }, (Code::UnknownKey, "region")),
            (HedgeRow { strike_usd_per_mwh: None, ..row("x", HedgeKind::PowerSale) }, (Code::Null, "strike_usd_per_mwh")),
            (HedgeRow { take_share: None, ..row("x", HedgeKind::Ppa) }, (Code::Null, "take_share")),
            (HedgeRow { profile: None, ..row("x", HedgeKind::Ppa) }, (Code::Null, "profile")),
            (HedgeRow { profile: Some("sun".into()), ..row("x", HedgeKind::Ppa) }, (Code::UnknownKey, "profile")),
            (HedgeRow { region: None, ..row("x", HedgeKind::Ppa) }, (Code::Null, "region")),
            (HedgeRow { initial_margin_share: None, ..future() }, (Code::Null, "initial_margin_share")),
            (HedgeRow { maintenance_margin_share: None, ..future() }, (Code::Null, "maintenance_margin_share")),
            (HedgeRow { maintenance_margin_share: Some(0.5), ..future() }, (Code::Inconsistent, "maintenance_margin_share")),
            (HedgeRow { cure_days: None, ..future() }, (Code::Null, "cure_days")),
            (HedgeRow { btc: Some(1e6), strike_usd: Some(2e5), ..future() }, (Code::OutOfRange, "strike_usd")),
            (HedgeRow { miner: "nobody".into(), ..future() }, (Code::UnknownKey, "miner")),
        ] {
            let (_, problems) = build(&[row("w", HedgeKind::Put), changed.clone()]);
            assert_eq!(problems, [(expected.0, 2, expected.1.to_owned())], "{changed:?}");
        }
        assert_eq!(build(&[row("x", HedgeKind::Put), future()]).1, [(Code::DuplicateKey, 2, "hedge".to_owned())]);
    }
}
