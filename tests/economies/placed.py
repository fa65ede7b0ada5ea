"""What can be placed on a day of a busy miner: rows because of which an event is due that day, whatever else goes on.

A placer takes the miner and the day. To add a situation, write one and name it in PLACERS, with the share of firsts of a month near which
it is drawn; in EARLY, when it weighs on all days before it; or in ENDS, when the miner does not outlive it. Name the event that it
brings about in `tests/oracle/test_busy_economies.py`, which looks whether it comes on the day.
"""

from collections.abc import Callable
from random import Random

from tests.economies.busy_rows import TOO_MUCH_USD, Rows
from tests.economies.draws import chance, number, wide

Placer = Callable[[Rows, int], None]


# Loans: of too much money, so that what is due takes all cash and coins, on the due date and at the end of the grace


def forborne(busy: Rows, day: int) -> None:
    """A grace that ends on the day, of a patient lender."""
    busy.bad_loan(busy.lender(forbear_days=busy.patience()), day)


def swapped(busy: Rows, day: int) -> None:
    """A grace that ends on the day, of a lender that prefers machines, and may lend again soon."""
    lender = busy.lender(swap_cover=0.0)
    busy.bad_loan(lender, day, recourse="full")
    if chance(busy.rng, 0.6):
        busy.resume(lender, day + busy.rng.randint(1, 3), lost_usd=TOO_MUCH_USD)


def seized(busy: Rows, day: int) -> None:
    """A default without recourse the day before; the machines are sold the day after."""
    if day > 2:
        busy.bad_loan(busy.lender(seizure_days=1), day - 1)


def consigned(busy: Rows, day: int) -> None:
    """A broker takes over what was seized on the day, and sells some of it every day; its lender may tighten soon."""
    if day > 2:
        broker = {"share_per_day": 0.1, "commission": 0.05, "settle_days": 3, "reserve_to_index": 0.0}
        rungs = {"equity_usd": 5e9, "stop_equity_share": 0.3, "tighten_equity_share": 0.3}
        lender = busy.lender(seizure_days=1, policy=busy.policy(action="consign", **broker), **rungs)
        busy.bad_loan(lender, day - 1)
        if chance(busy.rng, 0.5):
            busy.lose(lender, day + busy.rng.randint(0, 3), 4e9)


def lost_coins(busy: Rows, day: int) -> None:
    """A lender that fails with coins it has pledged on; the loan is called, repaid, and what is left of the coins comes back."""
    lender = busy.lender(rehypothecated_share=number(busy.rng, 0.1, 0.9, 2))
    busy.fail(lender, day)
    busy.coin_loan(lender)


def bought_back(busy: Rows, day: int) -> None:
    """A loan that the estate of its lender sells to the miner."""
    wait = busy.rng.randint(1, min(day, 4))
    lender = busy.lender(book_sale_days=wait, book_sale_price=0.001)
    busy.fail(lender, day - wait)
    busy.loan(lender)


def sold_on(busy: Rows, day: int) -> None:
    """A loan too dear for the miner, that another lender buys of the estate of its own; that one may waver soon, or fail, or be short;
    or it has to keep all for those who lend to it, so that nobody buys."""
    wait = busy.rng.randint(1, min(day, 4))
    lender = busy.lender(book_sale_days=wait, book_sale_price=0.09)
    busy.fail(lender, day - wait)
    busy.loan(lender, outstanding_usd=TOO_MUCH_USD)
    buyer = busy.buyer()
    fate = busy.rng.random()
    if fate < 0.3:
        busy.waver(buyer, day + busy.rng.randint(0, 1))
    elif fate < 0.75:
        busy.fail(buyer, min(day + busy.rng.randint(1, 4), busy.days - 1))
    elif fate < 0.92:
        busy.spend(buyer, 0.09 * TOO_MUCH_USD, day + busy.rng.randint(1, 4))
    elif fate > 0.95:
        row = busy.lender_row(buyer)
        row |= {"term_share_per_month": 1.0, "stop_equity_share": 0.001}  # which it never comes near


def capitalised(busy: Rows, day: int) -> None:
    """Interest that joins the principal."""
    busy.loan(busy.lender(), amortisation="payment_in_kind", first_payment_date=busy.day(day), rate=0.1)


def refill(busy: Rows, loan: str, day: int) -> None:
    """A lean lender draws on its own line three days before the day, and has some money again the day before: a loan is repaid."""
    row = next(row for row in busy.tables["loans"] if row["loan"] == loan)
    withdrawal = {"day": max(day - 3, 0), "lender": row["lender"], "kind": "withdrawal", "amount_usd": 10000.0}
    busy.scenario["lender_events"].append(withdrawal)
    due = busy.day(max(day - 1, 1))
    terms = {"outstanding_usd": 5000.0, "first_payment_date": due, "maturity_date": due, "credit_line_usd": None}
    busy.add("loans", row | terms | {"loan": next(busy.fresh), "grace_days": 20})


def drawn(busy: Rows, day: int) -> None:
    """A line that is drawn for a loan that falls due."""
    line, lender = busy.rng.choice((5000.0, 50000.0)), busy.lender()
    if busy.lender_row(lender)["cash_usd"] >= 1e7 and chance(busy.rng, 0.5):
        busy.lean(lender)
    key = busy.loan(lender, credit_line_usd=1000.0 + line)
    if busy.lender_row(lender)["cash_usd"] < 1e7 and chance(Random(f"paid to {lender} before {day}"), 0.3):
        refill(busy, key, day)
    busy.bad_loan(busy.lender(forbear_days=busy.patience()), day + 1, grace_days=1)


def taken_back(busy: Rows, day: int) -> None:
    """Seized on the day, after a default without recourse or a swap, and taken back as far as money comes in, then and later. The lender
    wavers, fails, or loses what it has lent to a peer; the miner soon needs a line for what falls due, waits
    for a vendor that fails, or has a dear row stand still."""
    if day > 2:
        lender, row = busy.giver(), busy.fleet(machines=20)
        terms = {"collateral_fleet": row, "collateral_machines": busy.rng.choice((1, 20, 20))}
        recourse = busy.rng.choice(("limited", "full"))
        busy.bad_loan(lender, day - 1, outstanding_usd=3e7, recourse=recourse, **terms)
        busy.put(day, round(wide(busy.rng, 2e4, 1e6), 2))
        busy.put(day + busy.rng.randint(1, 3), round(wide(busy.rng, 2e4, 1e6), 2))
        fate = busy.rng.random()
        if fate < 0.4:
            busy.waver(lender, max(day + busy.rng.choice((-2, -1, 0, 0, 1, 1, 2)), 0))
        elif fate < 0.65:
            busy.lend_to_a_peer(lender, min(day + busy.rng.randint(-2, 3), busy.days - 1))
        elif fate < 0.75:
            busy.fail(lender, min(day + busy.rng.randint(1, 4), busy.days - 1))
        then, later = busy.rng.random(), min(day + busy.rng.randint(1, 4), busy.days - 2)
        if then < 0.3:
            drawn(busy, later)
        elif then < 0.42:
            failing_vendor(busy, later)
        elif then < 0.54:
            busy.dear_power(later, later + busy.rng.randint(1, 9))


# Orders


def missed_instalment(busy: Rows, day: int) -> None:
    """An instalment that nobody could pay, and another one a month later."""
    later = {"instalments": 2, "delivery_date": busy.day(day + 70)}
    busy.order(day, TOO_MUCH_USD, grace_days=busy.rng.randint(10, 60), **later)


def lapsed(busy: Rows, day: int) -> None:
    """The grace of such an instalment ends."""
    grace = busy.rng.randint(1, min(day - 1, 9))
    busy.order(day - grace, TOO_MUCH_USD, grace_days=grace)


def cancelled(busy: Rows, day: int) -> None:
    """An instalment of an order that a miner in need of money does not want any more."""
    busy.order(day, 1000.0, cancel_ratio=100.0)


def delivered(busy: Rows, day: int) -> None:
    """Machines come that are paid for."""
    busy.order(day - 1, 10.0, delivery_date=busy.day(day))


def failing_vendor(busy: Rows, day: int) -> None:
    """A vendor that fails before it delivers."""
    vendor = busy.order(day + 3, 1000.0)
    busy.scenario.setdefault("vendor_events", []).append({"day": day, "vendor": vendor})


# Hedges and funds


def paid_put(busy: Rows, day: int) -> None:
    """Money that comes in."""
    busy.put(day, busy.rng.choice((1e5, 1e6)))


def closed_future(busy: Rows, day: int) -> None:
    """Called on day 0, not met unless the price falls, closed on the day; what was paid in meanwhile comes back."""
    busy.future(day)


def rescued(busy: Rows, day: int) -> None:
    """A loan of a fund."""
    busy.fund(day, busy.rng.randint(6, 60))


def repaid(busy: Rows, day: int) -> None:
    """A loan of a fund falls due."""
    term = busy.rng.randint(1, min(day, 4))
    busy.fund(day - term, term)


# Sites and power


def failing_host(busy: Rows, day: int) -> None:
    """A host fails, and holds machines for days or for long."""
    busy.host(day, round(wide(busy.rng, 1, 60)))


def released(busy: Rows, day: int) -> None:
    """A host that failed gives machines back."""
    lien = busy.rng.randint(1, min(day, 10))
    busy.host(day - lien, lien)


def begun(busy: Rows, day: int) -> None:
    """Racks are begun."""
    busy.racks(day, busy.rng.randint(5, 40), busy.rng.choice((0.0, 1000.0)))


def done(busy: Rows, day: int) -> None:
    """Racks begun before open one by one from the day on."""
    wait = busy.rng.randint(0, day - 1)
    busy.racks(day - wait, wait, 0.0)


def missed_bill(busy: Rows, day: int) -> None:
    """A job begins just after a loan took all there was."""
    if day > 2:
        busy.bad_loan(busy.lender(forbear_days=busy.patience()), day - 1)
    busy.racks(day, busy.rng.randint(5, 40), 20000.0)


def restarted(busy: Rows, day: int) -> None:
    """Power becomes cheap again."""
    busy.dear_power(max(day - busy.rng.randint(2, 9), 0), day)


# The end


def failed(busy: Rows, day: int) -> None:
    """Full recourse."""
    busy.bad_loan(busy.lender(seizure_days=busy.rng.randint(1, 20)), day, recourse="full")


def failed_to_repay(busy: Rows, day: int) -> None:
    """A loan takes all there was on the day on which that of a fund is due."""
    term = busy.rng.randint(1, min(day, 4))
    busy.fund(day - term, term)
    busy.bad_loan(busy.lender(forbear_days=busy.patience()), day)


def failed_before_host(busy: Rows, day: int) -> None:
    """A host fails the day after, and gives back machines that a lender has not seized yet when the estate is done."""
    failed(busy, day)
    busy.host(day + 1, busy.rng.randint(2, 4))


PLACERS: tuple[tuple[Placer, float], ...] = (  # and around which share of the firsts
    (forborne, 0.25),
    (swapped, 0.3),
    (seized, 0.2),
    (lost_coins, 0.2),
    (bought_back, 0.2),
    (capitalised, 0.15),
    (drawn, 0.25),
    (missed_instalment, 0.25),
    (lapsed, 0.2),
    (cancelled, 0.4),
    (delivered, 0.3),
    (failing_vendor, 0.2),
    (paid_put, 0.5),
    (paid_put, 0.5),
    (paid_put, 0.5),
    (rescued, 0.3),
    (repaid, 0.3),
    (failing_host, 0.2),
    (released, 0.3),
    (begun, 0.2),
    (done, 0.2),
    (missed_bill, 0.15),
    (restarted, 0.2),
    (consigned, 0.35),
    (sold_on, 0.4),
    (taken_back, 0.5),
)
EARLY: tuple[tuple[Placer, float], ...] = ((closed_future, 0.5),)  # around the first of them alone
ENDS: tuple[Placer, ...] = (failed, failed_to_repay, failed_before_host)
