"""Ways out of a loan: seized machines that go back to their miner, loans of failed lenders that others buy. Draws of their own."""

from datetime import date
from random import Random

from tests.economies.draws import Row, Tables, chance, number
from tests.economies.lenders import LINES

GIVE = "sell_back now"  # the policy of a busy miner's lender
KEPT = ("max_clearing_to_index", "share_per_day")  # of a rule whose action changes


def returning(rng: Random, rule: Row) -> Row:
    """The rule with machines going back to the miner, if they pay for themselves at all or soon."""
    days = rng.choice((3650, 3650, rng.randint(1, 200), rng.randint(100, 1500)))
    return {name: rule[name] for name in KEPT} | {"action": "sell_back", "payback_days": days}


def add_returns(rng: Random, scenario: Row) -> None:
    """Some rules of half of the policies that were drawn."""
    for policy in scenario["policies"].values():
        if chance(rng, 0.5):
            policy["rules"] = [returning(rng, rule) if chance(rng, 0.7) else rule for rule in policy["rules"]]
            if chance(rng, 0.5):
                policy["hold_days"] = rng.randint(10, 90)
    off = [name for name, on in scenario.get("channels", {}).items() if not on and name != LINES]
    if len(off) > 1 and chance(rng, 0.3):  # then lenders that have failed give machines back, too
        scenario["channels"] = scenario["channels"] | {"lender_dumping": False}


def add_buyers(rng: Random, tables: Tables) -> None:
    """Lenders that buy what others have to sell, in two economies of three; some of it at prices that few borrowers can pay."""
    if chance(rng, 0.33):
        return
    for row in tables["lenders"]:
        row["book_buy_cover"] = rng.choice((None, 0.0, 0.0, 0.0, number(rng, 0.1, 5, 2), 100.0))
        if row.get("book_sale_price") is not None and chance(rng, 0.5):
            row["book_sale_price"] = rng.choice((0.0, 0.0, 0.0, number(rng, 0.05, 1, 2), 1.0))


def fail_givers(rng: Random, tables: Tables, scenario: Row) -> None:
    """In one busy economy of four failed lenders do not dump, and those that give machines back fail just before they do."""
    if not chance(rng, 0.25):
        return
    scenario["channels"] = {"lender_dumping": False}
    start, givers = (
        date.fromisoformat(scenario["start"]),
        {row["lender"] for row in tables["lenders"] if row["policy"] == GIVE},
    )
    for row in tables["loans"]:
        if row["lender"] in givers:
            taken = (row["maturity_date"] - start).days + row["grace_days"] + 1
            if taken < scenario["days"]:
                event = {"day": taken - rng.randint(0, 1), "lender": row["lender"], "kind": "fail", "amount_usd": 0.0}
                scenario["lender_events"].append(event)


def add_ways_out(rng: Random, tables: Tables, scenario: Row, is_busy: bool) -> None:
    """Policies, buyers and prices; a busy economy has its own, and only who gives machines back fails."""
    if is_busy:
        fail_givers(rng, tables, scenario)
    else:
        add_returns(rng, scenario)
        add_buyers(rng, tables)
