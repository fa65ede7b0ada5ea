"""Brokers: rules of disposal policies that hand seized machines to one."""

from random import Random

from tests.economies.draws import Row, chance, number

RESERVES = (0.0, 0.0, 0.5, 0.9, 1.0, 2.0)


def broker(rng: Random) -> Row:
    """What a broker asks for; now and then nothing, or everything."""
    return {
        "action": "consign",
        "share_per_day": rng.choice((0.001, number(rng, 0.01, 0.1, 2), number(rng, 0.05, 0.5, 2), 1.0)),
        "commission": rng.choice((0.0, number(rng, 0.01, 0.2, 3), number(rng, 0.01, 0.2, 3), 1.0)),
        "settle_days": rng.choice((1, rng.randint(1, 10), rng.randint(1, 60), 400)),
        "reserve_to_index": rng.choice((*RESERVES, number(rng, 0.2, 1.2, 2))),
    }


def add_brokers(rng: Random, scenario: Row) -> None:
    """Many rules of half of the policies consign; where failed lenders do not dump, brokers go on. Draws of its own."""
    for policy in scenario["policies"].values():
        if chance(rng, 0.5):
            policy["rules"] = [rule | broker(rng) if chance(rng, 0.6) else rule for rule in policy["rules"]]
            if chance(rng, 0.5):
                policy["hold_days"] = rng.randint(10, 90)
    channels = scenario.get("channels", {})
    if not all(channels.values()) and chance(rng, 0.5):
        scenario["channels"] = channels | {"lender_dumping": False}
