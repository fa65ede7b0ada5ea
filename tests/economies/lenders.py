"""Lenders: their sheets and habits, their claims on each other, what the scenario does to them."""

from collections import Counter
from random import Random

from tests.economies.book import Book
from tests.economies.draws import Row, chance, number, wide
from tests.economies.world import Scale

CHANNELS = (
    "impact",
    "difficulty",
    "fire_sales",
    "margin_calls",
    "lender_calls",
    "lender_dumping",
    "cross_default",
    "confidence",
    "tightening",
    "exposures",
    "solvency",
)
LINES = "lender_lines"  # a channel too, switched off by itself where there are lines
DEFAULTS: Row = {
    "demand_share": 0.0,
    "run_own": 0.0,
    "run_peer": 0.0,
    "term_share_per_month": 0.0,
    "stop_equity_share": 0.0,
    "tighten_equity_share": 0.0,
    "forbear_days": None,
    "swap_cover": None,
    "rehypothecated_share": 0.0,
    "book_sale_days": None,
    "book_sale_price": None,
    "bankruptcy_cost_share": 0.0,
}


class Sheets:
    """Lent, claimed and owed per lender, USD on day 0."""

    def __init__(self, book: Book, exposures: list[Row]) -> None:
        self.lent: Counter[str] = Counter()
        self.claims: Counter[str] = Counter()
        self.owed: Counter[str] = Counter()
        for row in book.loans:
            self.lent[row["lender"]] += row["outstanding_usd"]
        for row in exposures:
            self.claims[row["creditor"]] += row["amount_usd"]
            self.owed[row["debtor"]] += row["amount_usd"]

    def assets_usd(self, row: Row) -> float:
        """All that a lender has."""
        return float(row["cash_usd"] + row["other_assets_usd"] + self.lent[row["lender"]] + self.claims[row["lender"]])


def lender_rows(rng: Random, policies: list[str], scale: Scale, book: Book) -> list[Row]:
    """Lenders with thin capital and sometimes hardly any cash."""
    rows = []
    for key in book.lender_keys:
        lent = sum(row["outstanding_usd"] for row in book.loans if row["lender"] == key) + 1000
        cash = lent * (wide(rng, 0.00005, 0.005) if chance(rng, 0.45) else rng.uniform(0.02, 0.4))
        other = lent * rng.choice((0.0, rng.uniform(0, 1)))
        rows.append(
            {
                "lender": key,
                "cash_usd": round(cash, 2),
                "other_assets_usd": round(other, 2),
                "equity_usd": round((cash + lent + other) * rng.uniform(0.02, 0.5), 2),
                "funding_rate": 0.0 if chance(rng, 0.35) else number(rng, 0.01, 0.25),
                "seizure_days": rng.randint(1, 4) if chance(rng, 0.5) else rng.randint(5, 20),
                "call_notice_days": rng.randint(1, 20),
                "host_usd_per_mwh": round(scale.tariff * rng.uniform(0.3, 1.0), 2),
                "host_capacity_ths": rng.choice((0.0, 1e9, round(scale.network_ths * scale.book_share * 0.03, 1))),
                "policy": rng.choice(policies),
            }
        )
    return rows


def exposure_rows(rng: Random, lenders: list[Row], book: Book) -> list[Row]:
    """Claims between lenders, up to three quarters of what the debtor owes in all; none in about half of the economies."""
    if len(lenders) < 2 or chance(rng, 0.35):
        return []
    sheets = Sheets(book, [])
    dense = rng.uniform(0.4, 1)
    rows = []
    for debtor in lenders:
        owes = (sheets.assets_usd(debtor) - debtor["equity_usd"]) * rng.uniform(0.4, 0.75)
        creditors = [row["lender"] for row in lenders if row is not debtor and chance(rng, dense)]
        weights = [wide(rng, 0.1, 1) for _ in creditors]
        for creditor, weight in zip(creditors, weights, strict=True):
            usd = round(owes * weight / sum(weights), 2)
            if usd > 0:
                rows.append({"creditor": creditor, "debtor": debtor["lender"], "amount_usd": usd})
    if chance(rng, 0.1):  # one lender with more equity than it needs: nobody has put anything into it but its peers
        odd = rng.choice(lenders)
        odd["equity_usd"] = round(odd["equity_usd"] + sheets.assets_usd(odd) * rng.uniform(0.5, 1.2), 2)
    return rows


def shares_of_equity(rng: Random, at_start: float) -> Row:
    """Where the ladder's rungs are: near the opening share of equity, or well below it."""
    stop = min(round(at_start * rng.choice((rng.uniform(0.3, 0.95), rng.uniform(0.95, 1.05))), 4), 1.0)
    if stop <= 0:
        return {}
    return {
        "stop_equity_share": stop,
        "tighten_equity_share": rng.choice((0.0, 0.0, stop, min(stop, round(stop * rng.uniform(0.3, 1), 4)))),
        "term_share_per_month": rng.choice(
            (0.0, number(rng, 0.005, 0.1, 3), number(rng, 0.1, 1, 3), number(rng, 0.1, 1, 3))
        ),
    }


def habits(rng: Random, row: Row, sheets: Sheets) -> Row:
    """How a lender is funded, when it takes fright, what it does with a loan that goes wrong."""
    found = dict(DEFAULTS)
    if chance(rng, 0.5):
        found["demand_share"] = rng.choice((1.0, number(rng, 0.1, 1, 2)))
        found["run_own"] = 100.0 if chance(rng, 0.05) else rng.choice((0.0, 0.05, round(wide(rng, 0.003, 3), 4)))
        found["run_peer"] = rng.choice((0.0, number(rng, 0.005, 0.5, 3)))
    if chance(rng, 0.8):
        found |= shares_of_equity(rng, row["equity_usd"] / sheets.assets_usd(row))
    if chance(rng, 0.75):
        found["forbear_days"] = rng.randint(1, 10) if chance(rng, 0.5) else rng.randint(10, 90)
    if chance(rng, 0.9):
        found["swap_cover"] = rng.choice((number(rng, 0, 0.2, 2), number(rng, 0, 1, 2)))
    if chance(rng, 0.6):
        found["rehypothecated_share"] = rng.choice((1.0, number(rng, 0.01, 1, 2)))
    if chance(rng, 0.7):
        found["book_sale_days"] = rng.randint(1, 20)
        found["book_sale_price"] = rng.choice((0.001, number(rng, 0.001, 0.05, 3), number(rng, 0.05, 0.8, 2)))
    if sheets.owed[row["lender"]] > 0:
        found["bankruptcy_cost_share"] = rng.choice((0.0, 0.0, 0.0, 0.0, number(rng, 0.01, 0.5, 2), 1.0))
    return found


def add_habits(rng: Random, lenders: list[Row], exposures: list[Row], book: Book) -> None:
    """Fills the columns that a table may do without; some tables do without those that say nothing."""
    sheets = Sheets(book, exposures)
    plain = chance(rng, 0.05)
    for row in lenders:
        row.update(dict(DEFAULTS) if plain else habits(rng, row, sheets))
    for column, default in DEFAULTS.items():
        if all(row[column] == default for row in lenders) and chance(rng, 0.5):
            for row in lenders:
                del row[column]


def channels_off(rng: Random) -> Row:
    """The scenario's key `channels`: in about a fifth of the economies one or several are off."""
    if chance(rng, 0.8):
        return rng.choice(({}, {}, {"channels": {}}, {"channels": {rng.choice(CHANNELS): True}}))
    count = 1 if chance(rng, 0.4) else rng.randint(2, len(CHANNELS))
    off = dict.fromkeys(rng.sample(CHANNELS, count), False)
    return {"channels": {name: off.get(name, True) for name in CHANNELS if name in off or chance(rng, 0.3)}}


def lender_events(rng: Random, lenders: list[Row], days: int) -> list[Row]:
    """Losses, withdrawals small and large, and failures by decree."""
    same_day = rng.randrange(days)

    def event(row: Row, kind: str, amount_usd: float) -> Row:
        day = same_day if chance(rng, 0.2) else rng.randrange(days)
        return {"day": day, "lender": row["lender"], "kind": kind, "amount_usd": round(amount_usd, 2)}

    out: list[Row] = []
    for row in lenders:
        sheet = row["cash_usd"] + row["other_assets_usd"] + row["equity_usd"]
        runs = rng.randint(0, 2)
        out.extend(event(row, "withdrawal", row["cash_usd"] * wide(rng, 0.1, 6)) for _ in range(runs))
        if chance(rng, 0.3):
            out.append(event(row, "loss", sheet * wide(rng, 0.02, 0.6)))
        if chance(rng, 0.2):
            out.append(event(row, "fail", 0.0))
    rng.shuffle(out)
    return out


def add_lines(rng: Random, exposures: list[Row]) -> None:
    """Promises some creditors more than they have lent; draws of its own, so that all else stays as it was."""
    if not chance(rng, 0.7):
        return
    for row in exposures:
        room = row["amount_usd"] * rng.choice((0.0, number(rng, 0.1, 1, 2), number(rng, 1, 10, 1)))
        row["line_usd"] = round(row["amount_usd"] + room, 2) if chance(rng, 0.7) else None


def lines_off(rng: Random, scenario: Row, exposures: list[Row]) -> None:
    """Switches lines off in a third of the economies that have some, says that they are on in others; draws of its own."""
    lines = any(row.get("line_usd") is not None for row in exposures)
    if lines and chance(rng, 0.5):
        scenario["channels"] = scenario.get("channels", {}) | {LINES: chance(rng, 0.3)}
