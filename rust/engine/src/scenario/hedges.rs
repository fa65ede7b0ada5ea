//! When hedges are settled, and what power that is sold back brings: the same on all paths, worked out once. Model: docs/model/hedges.md

use crate::{
    book::{Book, HedgeTerms, Ppa},
    contract::calendar::Date,
    ids::HedgeId,
    units::{self, CENTS_PER_USD, HOURS_PER_DAY},
};

/// A hedge that is looked at today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// Which.
    pub hedge: HedgeId,
    /// Whether it ends today.
    pub expires: bool,
}

/// The calendar of a book's hedges; empty for a book without any.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    /// By day, hedges in order.
    pub days: Vec<Vec<Settlement>>,
    /// By hedge and day: what power sold back has brought in the month up to and including that day, cents; no days for other kinds.
    pub sales: Vec<Vec<f64>>,
    /// Whether any hedge follows the hashprice.
    pub follows_hashprice: bool,
}

impl Calendar {
    /// The calendar from `start`; tariffs by region and day.
    pub fn new(book: &Book, start: Date, first_of_month: &[bool], tariff_usd_per_mwh: &[Vec<f64>]) -> Self {
        if book.hedges.is_empty() {
            return Self::default();
        }
        let mut days = vec![Vec::new(); first_of_month.len()];
        for (index, hedge) in book.hedges.iter().enumerate() {
            let expiry = usize::try_from(hedge.expiry.0 - start.0).unwrap_or_default();
            for (day, first) in first_of_month.iter().enumerate().take(expiry.saturating_add(1)) {
                let expires = day == expiry;
                let looked_at = match hedge.terms {
                    HedgeTerms::ShortFuture(_) => true,
                    HedgeTerms::Option(_) => expires,
                    HedgeTerms::HashpriceForward { .. } | HedgeTerms::PowerSale { .. } | HedgeTerms::Ppa(_) => expires || *first,
                };
                if looked_at {
                    days[day].push(Settlement { hedge: HedgeId::at(index), expires });
                }
            }
        }
        let sales = book.hedges.iter().map(|hedge| match hedge.terms {
            HedgeTerms::PowerSale { mw, region, strike } => sales(mw, strike, first_of_month, &tariff_usd_per_mwh[region.index()]),
            HedgeTerms::Ppa(ppa) => produced(&ppa, start, first_of_month, &tariff_usd_per_mwh[ppa.region.index()]),
            _ => Vec::new(),
        });
        let follows_hashprice = book.hedges.iter().any(|hedge| matches!(hedge.terms, HedgeTerms::HashpriceForward { .. }));
        Self { days, sales: sales.collect(), follows_hashprice }
    }
}

/// What power sold back has brought since its month began, by day, cents.
fn sales(mw: f64, strike: f64, first_of_month: &[bool], tariff_usd_per_mwh: &[f64]) -> Vec<f64> {
    let (mut days, mut sum) = (0.0, 0.0);
    let month_so_far = |(first, tariff): (&bool, &f64)| {
        if *first {
            (days, sum) = (0.0, 0.0);
        }
        (days, sum) = (days + 1.0, sum + tariff);
        sale_cents(mw, days, strike, sum)
    };
    first_of_month.iter().zip(tariff_usd_per_mwh).map(month_so_far).collect()
}

/// What a plant's power has brought since its month began, by day, cents.
fn produced(ppa: &Ppa, start: Date, first_of_month: &[bool], tariff_usd_per_mwh: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let month_so_far = |(day, (first, tariff)): (usize, (&bool, &f64))| {
        sum = if *first { 0.0 } else { sum } + worth(ppa, Date(start.0 + day as i32), *tariff);
        ppa_cents(ppa, sum)
    };
    first_of_month.iter().zip(tariff_usd_per_mwh).enumerate().map(month_so_far).collect()
}

/// What a plant's day is worth to its buyer, USD per MW and hour of the day.
pub fn worth(ppa: &Ppa, date: Date, tariff_usd_per_mwh: f64) -> f64 {
    let month = date.civil().1;
    ppa.shares[month as usize - 1] * taken(ppa, tariff_usd_per_mwh) * (tariff_usd_per_mwh - ppa.strike)
}

/// The worth of days, summed, in cents.
pub fn ppa_cents(ppa: &Ppa, worth_sum: f64) -> f64 {
    units::round(ppa.mw * HOURS_PER_DAY * worth_sum * CENTS_PER_USD)
}

/// Share of what a plant makes that is taken at a tariff.
pub fn taken(ppa: &Ppa, tariff_usd_per_mwh: f64) -> f64 {
    if ppa.suspend.is_some_and(|floor| tariff_usd_per_mwh < floor) {
        0.0
    } else if tariff_usd_per_mwh < ppa.strike {
        ppa.take_share
    } else {
        1.0
    }
}

/// What selling `mw` over `days` brings beyond what it cost, cents; `tariff_sum` is USD/MWh, summed over the days.
pub fn sale_cents(mw: f64, days: f64, strike_usd_per_mwh: f64, tariff_sum: f64) -> f64 {
    units::round(mw * HOURS_PER_DAY * (tariff_sum - days * strike_usd_per_mwh) * CENTS_PER_USD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_sold_back_brings_the_tariff_less_the_strike() {
        for (mw, days, strike, tariff_sum, cents) in [
            (10.0, 30.0, 40.0, 30.0 * 65.0, 18_000_000.0), // 10 MW * 720 h * 25 USD
            (10.0, 30.0, 40.0, 30.0 * 30.0, -7_200_000.0),
            (10.0, 2.0, 40.0, -100.0, -4_320_000.0), // the tariff was negative
            (0.5, 1.0, 40.0, 40.0, 0.0),
        ] {
            assert_eq!(sale_cents(mw, days, strike, tariff_sum), cents, "{mw} {days} {strike} {tariff_sum}");
        }
    }

    fn wind(take_share: f64, suspend: Option<f64>) -> Ppa {
        let mut shares = [0.5; 12];
        shares[1] = 0.25;
        Ppa { mw: 10.0, region: crate::ids::RegionId(0), strike: 30.0, take_share, suspend, shares }
    }

    #[test]
    fn what_is_taken_of_a_plant() {
        for (take_share, suspend, tariff, share) in [
            (0.8, Some(0.0), 30.0, 1.0),
            (0.8, Some(0.0), 29.0, 0.8),
            (0.8, Some(0.0), 0.0, 0.8),
            (0.8, Some(0.0), -1.0, 0.0),
            (0.8, None, -1.0, 0.8),
            (1.0, None, -1.0, 1.0),
            (0.0, None, 10.0, 0.0),
            (0.5, Some(40.0), 35.0, 0.0), // suspended although it would pay
        ] {
            assert_eq!(taken(&wind(take_share, suspend), tariff), share, "{take_share} {suspend:?} {tariff}");
        }
    }

    #[test]
    fn a_plant_brings_its_months() {
        let start = Date::try_parse("2022-01-30").unwrap();
        let (first, tariff) = ([false, false, true, false, false], [50.0, 10.0, 70.0, -10.0, 30.0]);
        // January: 10 MW * 24 h * 0.5 * (20, then -20); February at a quarter: 40, then -40
        for (take_share, suspend, expected) in [
            (1.0, None, [240_000.0, 0.0, 240_000.0, 0.0, 0.0]),
            (0.5, None, [240_000.0, 120_000.0, 240_000.0, 120_000.0, 120_000.0]),
            (1.0, Some(0.0), [240_000.0, 0.0, 240_000.0, 240_000.0, 240_000.0]),
        ] {
            assert_eq!(produced(&wind(take_share, suspend), start, &first, &tariff), expected, "{take_share} {suspend:?}");
        }
    }

    #[test]
    fn a_month_starts_anew_on_its_first_day() {
        let found = sales(1.0, 10.0, &[false, false, true, false], &[20.0, 30.0, 15.0, 5.0]);
        assert_eq!(found, [24_000.0, 72_000.0, 12_000.0, 0.0]);
    }
}
