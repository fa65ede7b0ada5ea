//! Laws every run obeys: the books close, and the numbers do not depend on how the work is cut.

mod economy;

use std::sync::Arc;

use hashstress_engine::{
    book::{Book, Rows},
    day::{self, Today},
    group::{Plan, Registers},
    ids::{HedgeId, LoanId, MinerId},
    journal::{Account, Reason, Silent},
    lanes::Lanes,
    ledger::Ledger,
    results::{Column, Columns, hex},
    run::{Block, Control, Options, Run},
    scenario::Scenario,
    world::World,
};

fn compiled(rows: Rows) -> (Arc<Book>, Arc<Scenario>) {
    let book = Book::try_build(rows).expect("a sound book");
    let scenario = Scenario::try_build(economy::scenario(), &book).expect("a sound scenario");
    (Arc::new(book), Arc::new(scenario))
}

fn run(rows: Rows, threads: usize, cuts: &[(u64, usize)]) -> Run {
    let (book, scenario) = compiled(rows);
    let run = Run::try_new(book, scenario, Options { paths: 40, seed: 7, threads: Some(threads), worst: 3 }).unwrap();
    for (first, count) in cuts {
        run.advance(*first, *count, None, &Control::default()).unwrap();
    }
    run
}

fn column<'a>(columns: &'a Columns, name: &str) -> &'a Column {
    &columns.0.iter().find(|(column, _)| *column == name).unwrap_or_else(|| panic!("no column {name}")).1
}

#[test]
fn the_books_close_to_exactly_zero_on_every_path() {
    let paths = run(economy::rows(1, 12), 2, &[(0, 40)]).take_paths();
    for name in ["residual_cents", "residual_sats", "residual_machines"] {
        assert_eq!(column(&paths, name), &Column::Number(vec![Some(0.0); 40]), "{name}");
    }
    assert_eq!(column(&paths, "residual_day"), &Column::Whole(vec![None; 40]));
}

#[test]
fn a_world_that_is_reset_remembers_nothing() {
    let mut stopped = 0;
    for seed in 1..5 {
        let (book, scenario) = compiled(economy::rows(seed, 12));
        let power = day::contract_prices(&book, &scenario);
        let mut metrics = [Lanes::ZERO; day::METRICS.len()];
        let mut play = |world: &mut World<Silent>| -> Vec<Lanes> {
            let days = power.iter().enumerate().take(40).map(|(day, power)| {
                // below the thresholds of many from the first day on, and on the last
                let close_usd = Lanes::from_fn(|lane| 6_000.0 + 3_000.0 * lane as f64);
                let today = Today { book: &book, scenario: &scenario, day, close_usd, low_usd: close_usd, power, shocks: &[] };
                day::advance(world, &today, &mut metrics);
                world.tally.running_ths
            });
            days.collect()
        };
        let mut world: World<Silent> = World::open(&book, &scenario);
        let first = play(&mut world);
        world.reset(&book, &scenario);
        assert_eq!(play(&mut world), first, "seed {seed}");
        stopped += first[1..8].iter().filter(|running| running.lt(first[0]).any()).count();
    }
    assert!(stopped > 0, "nobody stops in the first days");
}

#[test]
fn a_broken_posting_is_caught_on_its_day() {
    let (book, _) = compiled(economy::rows(1, 2));
    let mut ledger: Ledger<Silent> = Ledger::open(&book);
    ledger.close(16);
    ledger.plant_broken_posting(5, MinerId(1), 1.0);
    ledger.close(17);
    ledger.close(18);
    let caught: Vec<f64> = ledger.residual.day.iter().collect();
    assert_eq!(caught, [-1.0, -1.0, -1.0, -1.0, -1.0, 17.0, -1.0, -1.0]);
    assert_eq!(ledger.residual.cents[5], 1.0);
}

#[test]
fn a_margin_account_out_of_range_is_caught_where_the_world_sees_nothing() {
    let (book, _) = compiled(economy::rows(1, 2));
    let mut ledger: Ledger<Silent> = Ledger::open(&book);
    assert_eq!(ledger.out_of_range(), None);
    let (margin, miner) = (Account::Margin(HedgeId(0)), Account::Miner(MinerId(0)));
    ledger.pay_one(3, margin, miner, 4e15, Reason::MarginReturn);
    assert_eq!(ledger.out_of_range(), Some((3, "margin in cents")));
}

#[test]
fn the_digest_does_not_depend_on_threads_cuts_or_order() {
    let expected = run(economy::rows(3, 8), 1, &[(0, 40)]).results_digest();
    for (threads, cuts) in [
        (2, vec![(0, 40)]),
        (1, vec![(0, 7), (7, 1), (8, 32)]),
        (2, vec![(32, 8), (0, 13), (13, 19)]),
        (3, vec![(0, 30), (10, 30)]), // paths asked for twice count once
    ] {
        assert_eq!(run(economy::rows(3, 8), threads, &cuts).results_digest(), expected, "{threads} threads, {cuts:?}");
    }
}

#[test]
fn a_path_alone_is_the_path_in_the_run() {
    let Column::Text(all) = column(&run(economy::rows(3, 8), 1, &[(0, 40)]).take_paths(), "digest").clone() else { unreachable!() };
    for path in [0, 11, 39] {
        let alone = run(economy::rows(3, 8), 1, &[(path, 1)]).take_paths();
        assert_eq!(column(&alone, "digest"), &Column::Text(vec![all[path as usize].clone()]));
    }
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let rows = economy::rows(4, 8);
    let expected = run(rows.clone(), 1, &[(0, 16)]).results_digest();
    let mut shuffled = rows;
    shuffled.miners.reverse();
    shuffled.fleet.rotate_left(5);
    shuffled.loans.reverse();
    shuffled.lenders.rotate_left(1);
    shuffled.cohorts.reverse();
    shuffled.machines.reverse();
    shuffled.regions.reverse();
    shuffled.orders.rotate_left(3);
    shuffled.hedges.reverse();
    shuffled.facilities.reverse();
    shuffled.responses.rotate_left(4);
    assert_eq!(run(shuffled, 2, &[(0, 16)]).results_digest(), expected);
}

/// What facilities do comes up, and on no day does one spend more than it has.
#[test]
fn facilities_spend_what_they_have_at_most() {
    let (mut kinds, mut checked) = (std::collections::BTreeSet::new(), 0);
    for seed in 1..4 {
        let capital: std::collections::BTreeMap<String, f64> = economy::rows(seed, 12)
            .facilities
            .into_iter()
            .map(|row| (format!("facility:{}", row.facility), row.capital_usd * 100.0))
            .collect();
        let run = run(economy::rows(seed, 12), 1, &[]);
        for path in 0..4 {
            let (events, ledger) = run.journal(path, None).unwrap();
            let Column::Text(found) = column(&events, "kind") else { unreachable!() };
            kinds.extend(found.iter().cloned());
            let (Column::Text(from), Column::Number(amounts)) = (column(&ledger, "from_account"), column(&ledger, "amount")) else {
                unreachable!()
            };
            for (facility, capital) in &capital {
                let spent = from.iter().zip(amounts).filter(|(from, _)| *from == facility);
                let spent: f64 = spent.map(|(_, cents)| cents.unwrap()).sum();
                assert!(spent <= *capital, "{facility} of seed {seed}, path {path}: {spent} of {capital}");
                checked += usize::from(spent > 0.0);
            }
        }
    }
    for kind in ["rescue_loan", "rescue_repaid", "rescue_default", "buyback", "facility_exhausted"] {
        assert!(kinds.contains(kind), "{kind} never came up");
    }
    assert!(checked > 20, "{checked}");
}

#[test]
fn a_block_advanced_day_by_day_is_the_block_run_through() {
    let (book, scenario) = compiled(economy::rows(5, 6));
    let plan = Plan::new(book, scenario);
    let mut block = Block::open(plan, 7, 4, 19, None);
    let mut days = 0;
    while block.advance(1).unwrap() == 1 {
        days += 1;
    }
    assert_eq!(days, economy::DAYS);
    let whole = run(economy::rows(5, 6), 1, &[(4, 19)]).take_paths();
    let Column::Text(digests) = column(&whole, "digest") else { unreachable!() };
    assert_eq!(&block.outcomes().iter().map(|outcome| hex(&outcome.digest)).collect::<Vec<_>>(), digests);
}

#[test]
fn the_registers_change_no_bit() {
    let (book, scenario) = compiled(economy::rows(8, 6));
    let plan = Plan::new(book, scenario);
    let digests = |registers| {
        let mut block = Block::open(plan.clone().with_registers(registers), 7, 0, 16, None);
        block.advance(economy::DAYS).unwrap();
        block.outcomes().iter().map(|outcome| outcome.digest).collect::<Vec<_>>()
    };
    let baseline = digests(Registers::Baseline);
    assert_eq!(digests(Registers::Avx2), baseline, "as far as this processor has them");
    assert_eq!(digests(Registers::Avx512), baseline, "as far as this processor has them");
}

#[test]
fn a_cancelled_call_can_be_made_again() {
    let (book, scenario) = compiled(economy::rows(6, 4));
    let run_again = Run::try_new(book, scenario, Options { paths: 16, seed: 7, threads: Some(1), worst: 3 }).unwrap();
    let control = Control::default();
    control.cancel.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(run_again.advance(0, 16, None, &control).is_err());
    run_again.advance(0, 16, None, &Control::default()).unwrap();
    assert_eq!(run_again.results_digest(), run(economy::rows(6, 4), 1, &[(0, 16)]).results_digest());
}

#[test]
fn a_replay_tells_what_the_run_counted() {
    let (book, scenario) = compiled(economy::rows(3, 8));
    let run = Run::try_new(book, scenario, Options { paths: 8, seed: 7, threads: Some(1), worst: 3 }).unwrap();
    run.advance(0, 8, None, &Control::default()).unwrap();
    let paths = run.take_paths();
    let (Column::Whole(ids), Column::Whole(failed)) = (column(&paths, "path"), column(&paths, "miners_failed")) else { unreachable!() };
    for (path, failed) in ids.iter().zip(failed) {
        let (events, ledger) = run.journal(path.unwrap().cast_unsigned(), None).unwrap();
        let Column::Text(kinds) = column(&events, "kind") else { unreachable!() };
        assert_eq!(kinds.iter().filter(|kind| *kind == "miner_default").count() as i64, failed.unwrap());
        assert!(column(&ledger, "amount").len() > 1000);
    }
    assert_eq!(run.worst_paths().len(), 3);
}

#[test]
fn everything_that_can_happen_to_an_order_a_site_terms_or_a_loan_does() {
    let mut told = std::collections::BTreeSet::new();
    for seed in 1..5 {
        let (book, scenario) = compiled(economy::rows(seed, 12));
        let run = Run::try_new(book, scenario, Options { paths: 2, seed: 7, threads: Some(1), worst: 1 }).unwrap();
        for path in 0..2 {
            let (events, ledger) = run.journal(path, None).unwrap();
            for (columns, name) in [(&events, "kind"), (&ledger, "reason")] {
                let Column::Text(words) = column(columns, name) else { unreachable!() };
                told.extend(words.iter().cloned());
            }
        }
    }
    let events = ["missed_instalment", "order_lapse", "order_cancelled", "delivery", "vendor_default"];
    let reasons = ["instalment", "credit_used", "price_protection", "coupon", "vendor_credit", "forfeit"];
    let sites = ["host_failure", "lien_release", "works_begun", "works_done", "lien_fee", "host_deposit", "works"];
    let terms = ["renegotiation", "renegotiation_refused", "slot_sale"];
    let lenders = ["book_sale", "sell_back"];
    for word in events.into_iter().chain(reasons).chain(sites).chain(terms).chain(lenders) {
        assert!(told.contains(word), "no {word}");
    }
}

#[test]
fn the_treasury_plans_for_what_is_open_and_near() {
    let (book, scenario) = compiled(economy::rows(2, 12));
    let power = day::contract_prices(&book, &scenario);
    let mut world: World<Silent> = World::open(&book, &scenario);
    let mut metrics = [Lanes::ZERO; day::METRICS.len()];
    for (day, power) in power.iter().enumerate() {
        let close_usd = Lanes::from_fn(|lane| 45_000.0 - 100.0 * day as f64 - 1_000.0 * lane as f64);
        let today = Today { book: &book, scenario: &scenario, day, close_usd, low_usd: close_usd * 0.97, power, shocks: &[] };
        day::advance(&mut world, &today, &mut metrics);
        for (index, miner) in world.miners.iter().enumerate() {
            let service = |lane: usize| {
                let loans = book.miners[index].loans.iter().filter(|loan| world.loans[loan.index()].open.get(lane));
                let service = |loan: &LoanId| match world.renewed.get(&(*loan, lane)) {
                    Some(now) => now.service_now(),
                    None => book.loans[loan.index()].agreement.service_cents_per_day,
                };
                let loans = loans.map(service).sum::<f64>();
                let orders =
                    book.orders.iter().zip(&world.orders).filter(|(order, state)| order.miner.index() == index && state.open.get(lane));
                loans + orders.map(|(order, _)| order.figure_after(scenario.date(day))).sum::<f64>()
            };
            assert_eq!(miner.debt_service_per_day, Lanes::from_fn(service), "miner {index} on day {day}");
        }
    }
    assert!(world.miners.iter().any(|miner| miner.operating.any()) && world.orders.iter().all(|order| !order.open.any()));
}

/// Loans of lenders that failed change hands on some paths and not on others; whoever holds one has it on its sheet.
#[test]
fn a_sheet_holds_the_loans_a_lender_holds() {
    let (mut bought, mut kept) = (0, 0);
    for seed in 1..7 {
        let mut rows = economy::rows(seed, 12);
        for lender in &mut rows.lenders {
            (lender.book_sale_days, lender.book_sale_price, lender.book_buy_cover) = (Some(2), Some(0.9), Some(0.3));
        }
        let (book, scenario) = compiled(rows);
        let power = day::contract_prices(&book, &scenario);
        let mut world: World<Silent> = World::open(&book, &scenario);
        let mut metrics = [Lanes::ZERO; day::METRICS.len()];
        for (day, power) in power.iter().enumerate() {
            let close_usd = Lanes::from_fn(|lane| 45_000.0 - (100.0 + 12.0 * lane as f64) * day as f64);
            let today = Today { book: &book, scenario: &scenario, day, close_usd, low_usd: close_usd * 0.97, power, shocks: &[] };
            day::advance(&mut world, &today, &mut metrics);
            for (index, lender) in world.lenders.iter().enumerate() {
                let held = |lane: usize| world.loans.iter().filter(move |loan| loan.holder[lane].index() == index);
                let open = |lane: usize| held(lane).filter(move |loan| loan.open.get(lane)).map(|loan| loan.outstanding[lane]).sum::<f64>();
                assert_eq!(lender.book, Lanes::from_fn(open), "lender {index} on day {day} of seed {seed}");
                let marks = |lane: usize| held(lane).map(|loan| loan.carry[lane]).sum::<f64>();
                assert_eq!(lender.carry, Lanes::from_fn(marks), "lender {index} on day {day} of seed {seed}");
            }
        }
        let gained = world.lenders.iter().fold(Lanes::ZERO, |sum, lender| sum + lender.sale_loss);
        assert_eq!(gained, Lanes::ZERO, "seed {seed}");
        for (loan, state) in book.loans.iter().zip(&world.loans) {
            assert!((0..8).all(|lane| state.sold.get(lane) == (state.holder[lane] != loan.lender)));
            assert!((0..8).all(|lane| state.open.get(lane) || state.discount[lane] == 0.0), "a discount ends with its loan");
            if state.sold.any() {
                bought += state.sold.mask().lanes().count();
                kept += (!state.sold.mask()).lanes().count();
            }
        }
    }
    assert!(bought > 15 && kept > 5, "{bought} {kept}");
}
