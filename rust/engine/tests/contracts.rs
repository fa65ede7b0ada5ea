//! Laws of contracts: what holds for every lending contract, whatever its terms. Terms are drawn by a small generator of its own.

use hashstress_engine::contract::calendar::{BusinessDayConvention, BusinessDays, Calendar, Date, Moment};
use hashstress_engine::contract::columns::{Columns, Row};
use hashstress_engine::contract::cycle::{Cycle, Period};
use hashstress_engine::contract::daycount::DayCount;
use hashstress_engine::contract::event::Kind;
use hashstress_engine::contract::observed::{Market, Occurrence, Outside, Series};
use hashstress_engine::contract::plan::Plan;
use hashstress_engine::contract::terms::{
    ContractType, Currency, EndOfMonth, FeeBasis, InterestBase, PenaltyType, PrepaymentEffect, Rhythm, Role, Terms,
};
use hashstress_engine::contract::{try_begin, try_schedule};

const KINDS: [ContractType; 4] = [ContractType::Pam, ContractType::Lam, ContractType::Nam, ContractType::Ann];
const CASES: u64 = 500;

/// Draws, reproducible (splitmix64).
struct Draws(u64);

impl Draws {
    fn below(&mut self, count: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % count
    }

    fn chance(&mut self) -> bool {
        self.below(2) == 0
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }
}

const DAY_COUNTS: [DayCount; 6] =
    [DayCount::A360, DayCount::A365, DayCount::E30360, DayCount::Actual, DayCount::E30360Isda, DayCount::D28336];
const CONVENTIONS: [BusinessDayConvention; 9] = [
    BusinessDayConvention::None,
    BusinessDayConvention::ShiftCalculateFollowing,
    BusinessDayConvention::ShiftCalculateModifiedFollowing,
    BusinessDayConvention::CalculateShiftFollowing,
    BusinessDayConvention::CalculateShiftModifiedFollowing,
    BusinessDayConvention::ShiftCalculatePreceding,
    BusinessDayConvention::ShiftCalculateModifiedPreceding,
    BusinessDayConvention::CalculateShiftPreceding,
    BusinessDayConvention::CalculateShiftModifiedPreceding,
];

/// A loan not yet paid out, with most of what the standard allows.
fn loan(draws: &mut Draws) -> Terms {
    let start = 15_000 + draws.below(3000) as i32;
    let moment = |day: i32| Moment::new(Date(day), 0);
    let months = draws.pick(&[1, 1, 3, 6]);
    let cycle = Some(Cycle { period: Period::Months(months), long_stub: draws.chance() });
    let first = Period::Months(months).after(moment(start));
    let notional = 1000.0 + draws.below(9000) as f64;
    let life_months = 12 + draws.below(48) as u32;
    let kind = draws.pick(&KINDS);
    let other = Some(Cycle { period: Period::Months(draws.pick(&[1, 2, 3])), long_stub: draws.chance() });
    let calendar = if draws.chance() { Calendar::MondayToFriday } else { Calendar::None };
    let days = BusinessDays { calendar, convention: draws.pick(&CONVENTIONS) };
    Terms {
        contract_type: kind,
        role: Some(Role::Rpa),
        status_date: Some(moment(start - 10)),
        initial_exchange: Some(moment(start)),
        maturity: Some(Period::Months(life_months).after(moment(start + draws.below(9) as i32))),
        currency: Currency::try_parse("USD"),
        end_of_month: if draws.chance() { EndOfMonth::EndOfMonth } else { EndOfMonth::SameDay },
        business_days: days,
        notional: Some(notional),
        rate: Some(draws.below(200) as f64 / 1000.0),
        day_count: Some(draws.pick(&DAY_COUNTS)),
        redemption: Rhythm { anchor: draws.chance().then_some(first), cycle },
        redemption_payment: (kind == ContractType::Nam || draws.below(3) == 0).then(|| notional / (10 + draws.below(40)) as f64),
        interest: if draws.chance() { Rhythm { anchor: Some(first), cycle } } else { Rhythm { anchor: None, cycle: other } },
        capitalization_end: (draws.below(4) == 0).then(|| moment(start + 200)),
        rate_reset: if draws.chance() { Rhythm { anchor: Some(moment(start + 100)), cycle: other } } else { Rhythm::default() },
        rate_code: Some("rate".into()),
        rate_spread: Some(0.01),
        interest_base: draws.pick(&[InterestBase::Notional, InterestBase::Notional, InterestBase::Initial, InterestBase::Lagged]),
        interest_base_dates: Rhythm { anchor: None, cycle: other },
        ..Terms::default()
    }
}

/// The same with what shifts or scales amounts by terms of its own: fees, penalties, prepayments.
fn loan_with_extras(draws: &mut Draws) -> Terms {
    Terms {
        fee: Rhythm { anchor: None, cycle: Cycle::try_parse("P3M") },
        fee_rate: Some(0.02),
        fee_basis: FeeBasis::Notional,
        prepayment_effect: draws.pick(&[PrepaymentEffect::Amount, PrepaymentEffect::Maturity]),
        penalty_type: draws.pick(&[PenaltyType::None, PenaltyType::Relative, PenaltyType::InterestDifferential]),
        penalty_rate: Some(0.01),
        ..loan(draws)
    }
}

fn market() -> Market {
    let point = |k: i32| (Moment::new(Date(14_900 + 50 * k), 0), 0.02 + f64::from(k % 7) / 100.0);
    Market::new(vec![Series::new("rate", (0..120).map(point).collect())])
}

fn prepaid(terms: &Terms) -> Vec<Occurrence> {
    let time = Moment(terms.initial_exchange.unwrap().0 + 150 * 86_400);
    vec![Occurrence { time, kind: Kind::Pp, value: 100.0, contract: None, performance: None }]
}

fn events(terms: &Terms, occurrences: &[Occurrence]) -> Vec<Row> {
    let mut columns = Columns::default();
    let market = market();
    let outside = Outside { market: &market, occurrences, to: None };
    try_schedule(terms, &outside, &mut Plan::default(), &mut columns).unwrap_or_else(|refusals| panic!("{refusals:?} of {terms:?}"));
    (0..columns.len()).map(|row| columns.row(row)).collect()
}

fn each_loan(seed: u64, draw: impl Fn(&mut Draws) -> Terms, law: impl Fn(&Terms)) {
    (0..CASES).for_each(|case| law(&draw(&mut Draws(seed * CASES + case))));
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-8 + 1e-10 * right.abs()
}

#[test]
fn redemptions_and_maturity_are_the_notional_and_what_was_capitalised() {
    each_loan(1, loan, |terms| {
        let rows = events(terms, &[]);
        let mut capitalised = 0.0;
        for pair in rows.windows(2).filter(|pair| pair[1].kind == Kind::Ipci) {
            capitalised += pair[1].notional - pair[0].notional;
        }
        let redeemed: f64 = rows.iter().filter(|row| matches!(row.kind, Kind::Pr | Kind::Md)).map(|row| row.payoff).sum();
        assert!(close(redeemed, terms.notional.unwrap() + capitalised), "{redeemed} {capitalised} {terms:?}");
        assert_eq!(rows.last().map(|row| row.notional), Some(0.0));
    });
}

#[test]
fn the_lender_receives_what_the_borrower_pays() {
    each_loan(2, loan_with_extras, |terms| {
        let ours = events(terms, &prepaid(terms));
        let theirs = events(&Terms { role: Some(Role::Rpl), ..terms.clone() }, &prepaid(terms));
        let mirrored = |row: &Row| Row { payoff: -row.payoff, notional: -row.notional, accrued: -row.accrued, ..*row };
        assert_eq!(ours, theirs.iter().map(mirrored).collect::<Vec<_>>(), "{terms:?}");
    });
}

#[test]
fn twice_the_principal_is_twice_of_everything() {
    each_loan(3, loan_with_extras, |terms| {
        let twice = |amount: Option<f64>| amount.map(|amount| 2.0 * amount);
        let (notional, redemption_payment) = (twice(terms.notional), twice(terms.redemption_payment));
        let larger = events(&Terms { notional, redemption_payment, ..terms.clone() }, &[]);
        let doubled = |row: &Row| Row { payoff: 2.0 * row.payoff, notional: 2.0 * row.notional, accrued: 2.0 * row.accrued, ..*row };
        assert_eq!(larger, events(terms, &[]).iter().map(doubled).collect::<Vec<_>>(), "{terms:?}");
    });
}

#[test]
fn a_loan_resumed_on_a_status_date_goes_on_as_if_nothing_were() {
    let plain = |draws: &mut Draws| {
        let drawn = loan(draws);
        let payment = drawn.redemption_payment.unwrap_or(drawn.notional.unwrap() / 20.0);
        let interest_base = InterestBase::Notional;
        Terms { redemption_payment: Some(payment), rate_reset: Rhythm::default(), interest_base, capitalization_end: None, ..drawn }
    };
    each_loan(4, plain, |terms| {
        let whole = events(terms, &[]);
        // The status date comes right after the events of a day, with the state they left.
        let middle = (whole.len() / 2..whole.len()).find(|row| whole[*row - 1].time < whole[*row].time).unwrap();
        let left = whole[middle - 1];
        if left.notional == 0.0 {
            return;
        }
        // Conventions that move dates count interest from the date as scheduled, which a state on the moved date cannot know.
        let business_days = BusinessDays::default();
        let whole = events(&Terms { business_days, ..terms.clone() }, &[]);
        let left = whole.iter().rfind(|row| row.time <= left.time).unwrap();
        let resumed = Terms {
            status_date: Some(left.time),
            notional: Some(left.notional),
            accrued_interest: Some(left.accrued),
            redemption: Rhythm { anchor: terms.redemption.start(terms.initial_exchange.unwrap()), ..terms.redemption },
            business_days,
            ..terms.clone()
        };
        let rest: Vec<_> = whole.iter().filter(|row| row.time > left.time).copied().collect();
        assert_eq!(events(&resumed, &[]), rest, "{terms:?}");
    });
}

#[test]
fn interest_is_notional_times_rate_times_time() {
    let plain = |draws: &mut Draws| Terms { interest_base: InterestBase::Notional, capitalization_end: None, ..loan(draws) };
    each_loan(5, plain, |terms| {
        let (day_count, days) = (terms.day_count.unwrap(), terms.business_days);
        if days.convention != BusinessDayConvention::None && !days.calculates_after_shift() {
            return; // The rows show moved dates, interest counts the others.
        }
        let rows = events(terms, &[]);
        let years = |pair: &[Row]| match (pair[0].time.date(), pair[1].time.date()) {
            (from, to) if from == to => 0.0,
            (from, to) => day_count.year_fraction_until(from, to, terms.maturity.map(Moment::date)),
        };
        let accrued: f64 = rows.windows(2).map(|pair| pair[0].notional * pair[0].rate * years(pair)).sum();
        let paid: f64 = rows.iter().filter(|row| row.kind == Kind::Ip).map(|row| row.payoff).sum();
        assert!(close(paid, accrued), "{paid} {accrued} {terms:?}");
    });
}

/// A loan with payments on one rhythm and nothing beside them, not yet paid out or running.
fn even_loan(draws: &mut Draws) -> Terms {
    let drawn = Terms { contract_type: draws.pick(&KINDS[1..]), ..loan(draws) };
    let (start, end) = (drawn.initial_exchange.unwrap(), drawn.maturity.unwrap());
    let anchor =
        draws.pick(&[None, Some(start), drawn.redemption.start(start), Some(Moment(start.0 + 86_400)), Some(Moment(start.0 - 86_400))]);
    let rhythm = Rhythm { anchor, ..drawn.redemption };
    let payment = drawn.redemption_payment.or((drawn.contract_type == ContractType::Nam).then_some(50.0));
    Terms {
        role: Some(draws.pick(&[Role::Rpa, Role::Rpl])),
        status_date: Some(Moment(start.0 + 86_400 * draws.pick(&[-10, -10, -1, 0, 1, 28, 90, 365]))),
        maturity: Some(Moment(end.0 + draws.pick(&[0, 0, 86_399]))),
        redemption: rhythm,
        redemption_payment: payment,
        interest: rhythm,
        capitalization_end: None,
        rate_reset: Rhythm::default(),
        interest_base: draws.pick(&[InterestBase::Notional, InterestBase::Initial]),
        fee_accrued: draws.chance().then_some(3.0),
        business_days: BusinessDays::default(),
        ..drawn
    }
}

fn bits(row: &Row) -> (Moment, Kind, [u64; 4]) {
    (row.time, row.kind, [row.payoff, row.notional, row.rate, row.accrued].map(f64::to_bits))
}

#[test]
fn an_even_loan_has_the_same_bits_with_a_plan() {
    for seed in 7..11 {
        each_loan(seed, even_loan, |terms| {
            // A convention makes a plan necessary; without a calendar it moves nothing.
            let business_days = BusinessDays { convention: BusinessDayConvention::ShiftCalculateFollowing, ..BusinessDays::default() };
            let planned = events(&Terms { business_days, ..terms.clone() }, &[]);
            assert_eq!(events(terms, &[]).iter().map(bits).collect::<Vec<_>>(), planned.iter().map(bits).collect::<Vec<_>>(), "{terms:?}");
        });
    }
}

#[test]
fn loans_scheduled_together_have_the_bits_they_have_alone() {
    let mut draws = Draws(41);
    let (market, mut plan, mut columns) = (market(), Plan::default(), Columns::default());
    let outside = Outside { market: &market, occurrences: &[], to: None };
    let (mut alone, mut together) = (Vec::new(), 0);
    for round in 0..40 {
        // Few and many of a kind, so that convoys are full, left over, and more than wait at once; other contracts between them.
        let shared = even_loan(&mut draws);
        for _ in 0..draws.below(60) {
            let terms = match draws.below(4) {
                0 => loan(&mut draws),
                1 => even_loan(&mut draws),
                _ => Terms {
                    notional: Some(500.0 + draws.below(5000) as f64),
                    role: Some(draws.pick(&[Role::Rpa, Role::Rpl])),
                    ..shared.clone()
                },
            };
            alone.extend(events(&terms, &[]));
            try_begin(&terms, &outside, &mut plan, &mut columns).unwrap_or_else(|refusals| panic!("{refusals:?} of {terms:?}"));
            together += 1;
        }
        assert!(plan.arrive(&mut columns).is_empty(), "{round}");
    }
    let found = (0..columns.len()).map(|row| bits(&columns.row(row)));
    assert!(together > 500 && found.eq(alone.iter().map(bits)));
}

#[test]
fn an_annuity_without_a_given_payment_leaves_one_payment_for_the_last_day() {
    let annuity = |draws: &mut Draws| {
        let drawn = loan(draws);
        let same = Rhythm { anchor: Some(drawn.redemption.start(drawn.initial_exchange.unwrap()).unwrap()), ..drawn.redemption };
        Terms {
            contract_type: ContractType::Ann,
            redemption_payment: None,
            redemption: same,
            interest: same,
            rate_reset: Rhythm::default(),
            interest_base: InterestBase::Notional,
            capitalization_end: None,
            ..drawn
        }
    };
    each_loan(6, annuity, |terms| {
        let rows = events(terms, &[]);
        // Two payments meet on one business day now and then: the payments of a day, and how many they are.
        let mut days: Vec<(Moment, f64, f64)> = Vec::new();
        for row in rows.iter().filter(|row| matches!(row.kind, Kind::Pr | Kind::Ip | Kind::Md)) {
            let payments = if row.kind == Kind::Ip { 0.0 } else { 1.0 };
            match days.last_mut().filter(|(time, ..)| *time == row.time) {
                Some((_, paid, count)) => (*paid, *count) = (*paid + row.payoff, *count + payments),
                None => days.push((row.time, row.payoff, payments)),
            }
        }
        let level = days[0].1 / days[0].2;
        assert!(days.iter().all(|(_, paid, count)| close(*paid, level * count)), "{days:?} {terms:?}");
    });
}
