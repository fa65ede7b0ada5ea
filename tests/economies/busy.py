"""Busy economies: crowded ones, in which some more miners do all that miners may do, while a lot befalls them at the same time.

Boards meet on the first of a month, so that everything is placed within days of one (`placed`): what pairs of events need is that the one
soon follows the other, and nobody waits for chance to bring that about.
"""

from random import Random

from tests.economies.busy_rows import SOON, Rows
from tests.economies.crowd import BLOCKS_PER_DAY, HALVING_BLOCKS
from tests.economies.draws import Row, Tables, chance, number
from tests.economies.lenders import DEFAULTS as LENDER_DEFAULTS
from tests.economies.new_terms import COLUMNS as NEW_TERMS
from tests.economies.orders import DEFAULTS as ORDER_DEFAULTS
from tests.economies.placed import EARLY, ENDS, PLACERS
from tests.economies.responses import OPTIONAL as RESPONSE_OPTIONAL

MISSING: dict[str, Row] = {  # what a column says in rows that were drawn without it, where that is not null
    "lenders": LENDER_DEFAULTS,
    "orders": ORDER_DEFAULTS,
    "facilities": {"take_up_share": 1.0},
    "fleet": {"host_deposit_usd": 0.0, "demand_charge_usd_per_mw_month": 0.0},
    "loans": {"default_interest_rate": 0.0, "fee_rate": 0.0},
}
ALWAYS: tuple[Row, ...] = (
    {"trigger": "btc_below", "threshold": 1e8},
    {"trigger": "btc_below", "threshold": 1e8},
    {"trigger": "runway_days_over", "threshold": 0.0},
)


class Busy(Rows):
    """A busy miner: what it does itself, and what is placed around the firsts of months."""

    def respond(self, first: int) -> None:
        """What it walks away from on the first of a month, and sometimes buys back; loans of lenders that all borrow from."""
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            back = chance(self.rng, 0.5)
            site = self.tight_site(first) if back and chance(self.rng, 0.65) else {}
            loan = self.loan(self.giver() if back else self.rng.choice(self.others), **site)
            self.response("strategic_default", loan=loan, from_date=self.day(first), until_date=self.day(first))

    def habits(self) -> None:
        """What it does every month."""
        for kind, terms in (
            ("retire", {"fleet": self.plain, "machines": 1}),
            ("upgrade", {"fleet": self.plain, "machines": 1, "to_fleet": self.modern, "delay_days": 3}),
            ("migrate", {"fleet": self.plain, "machines": 1, "to_fleet": self.other, "delay_days": 0}),
            ("sell_coins", {"share": number(self.rng, 0.1, 1, 2)}),
        ):
            if kind == "sell_coins" or chance(self.rng, 0.9):
                cost = {"cost_usd_per_machine": self.rng.choice((0.0, 20.0))} if kind == "migrate" else {}
                self.response(kind, wait_days=1, **terms, **cost)
        self.ask()

    def ask(self) -> None:
        """What it asks for and pays every month: time from those that give it and one that does not, cover, a buyer of its empty slots."""
        for amend_cover in (*([100.0] * self.rng.randint(1, 3)), 0.0):
            kind = self.rng.choice(("bullet", "annuity", "interest_only"))
            lender = self.lender(amend_cover=amend_cover)
            loan = self.loan(lender, amortisation=kind, default_interest_rate=0.0)
            self.response("renegotiate", loan=loan, term_months=self.rng.choice((100, 200)), wait_days=1)
            for befalls, share in ((self.lend_to_a_peer, 0.2), (self.resume, 0.3)):
                if self.firsts() and chance(self.rng, share):
                    befalls(lender, self.rng.choice(self.firsts()) - self.rng.randint(0, SOON))
        self.keep_cover()
        if chance(self.rng, 0.9):
            row = self.fleet(machines=2, rack_slots=self.rng.choice((3, 1000)))
            self.response("sell_slots", fleet=row, machines=1, usd_per_slot=100.0, wait_days=1)

    def keep_cover(self) -> None:
        """Loans that are called for cover, some again and again because their interest joins them; loans of which a little is prepaid."""
        for _ in range(self.rng.randint(2, 4)):
            lender = self.rng.choice((self.lender(), self.rng.choice(self.others)))
            again = {
                "amortisation": "payment_in_kind",
                "rate": 0.3,
                "first_payment_date": self.day(self.rng.randint(1, 28)),
            }
            terms = {"covenant_cover": 100.0, "covenant_days": self.rng.randint(1, 40)}
            self.loan(lender, **terms, **(again if chance(self.rng, 0.7) else {}))
        for _ in range(self.rng.randint(1, 3)):
            lender = self.rng.choice((self.lender(), self.rng.choice(self.others)))
            loan = self.loan(lender, outstanding_usd=50000.0, fee_rate=self.rng.choice((0.0, 0.02)))
            self.response("prepay", loan=loan, share=self.rng.choice((0.001, 0.01)), wait_days=1)

    def response(self, kind: str, **terms: object) -> None:
        """A response whose trigger holds, or nearly always."""
        row: Row = {"response": next(self.fresh), "miner": self.miner, "kind": kind, **self.rng.choice(ALWAYS)}
        self.add("responses", row | dict.fromkeys((*RESPONSE_OPTIONAL, *NEW_TERMS)) | terms)

    def live(self) -> None:
        """Around each first of a month a part of what can be placed; around the last one, perhaps, the end."""
        self.habits()
        firsts = self.firsts()
        for first in firsts:
            self.respond(first)
            for place, share in (*PLACERS, *(EARLY if first == firsts[0] else ())):
                if chance(self.rng, share):
                    place(self, first + self.rng.randint(-SOON, SOON))
        if firsts and chance(self.rng, 0.7):
            self.rng.choice(ENDS)(self, firsts[-1] + self.rng.randint(1, SOON - 2))


def same_columns(tables: Tables) -> None:
    """Every row of a table has all its columns, in one order."""
    for name, rows in tables.items():
        columns = dict.fromkeys(column for row in rows for column in row)
        missing = MISSING.get(name, {})
        tables[name] = [{column: row.get(column, missing.get(column)) for column in columns} for row in rows]


def halve_near(rng: Random, scenario: Row, firsts: list[int]) -> None:
    """A halving due days before the first of a month, if blocks come as they should."""
    coming = (scenario["height"] // HALVING_BLOCKS + 1) * HALVING_BLOCKS
    scenario["height"] = coming - BLOCKS_PER_DAY * (rng.choice(firsts) - rng.randint(0, SOON))


def busy(rng: Random, tables: Tables, scenario: Row, price_usd: float) -> None:
    """Changes an economy in place."""
    scenario["channels"] = {}
    for _ in range(rng.randint(1, 2)):
        miner = Busy(rng, tables, scenario, price_usd)
        miner.live()
    if miner.firsts() and chance(rng, 0.5):
        halve_near(rng, scenario, miner.firsts())
    same_columns(tables)
    for rows in tables.values():
        rng.shuffle(rows)
