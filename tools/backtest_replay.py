"""One path of scenario crisis-2022 on a user's daily prices, and what can be read off it.

The measures are named in data/facts/backtest_targets.csv (column `measure`); `at` there is a date or `first/last` of a period.
"""

from __future__ import annotations

import csv
import math
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import hashstress as hs
import pyarrow as pa
import pyarrow.compute as pc

NAME = "crisis-2022"
CLOSE_COLUMNS = ("close_usd", "price_usd", "close")
LOW_COLUMNS = ("low_usd", "low")
BOOKS = {"low": f"{NAME}:low", "base": NAME, "high": f"{NAME}:high"}
NOT_LISTED = ("celsius-mining", "genesis-digital-assets", "rhodium")  # named miners without a listed share in 2022
SALES = ("production_sale", "treasury_sale", "forced_sale", "collateral_sale")

Row = Mapping[str, Any]


class PricesError(Exception):
    """The user's file cannot be used; the message says why."""


# The user's prices


def read_prices(path: Path) -> list[dict[str, str]]:
    """Rows `date, close_usd` and, if the file has lows, `low_usd`, as texts for the scenario's own reader."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            close = _first(CLOSE_COLUMNS, columns)
            if "date" not in columns or close is None:
                expected = f"date and one of {', '.join(CLOSE_COLUMNS)}"
                raise PricesError(f"{path} has the columns {', '.join(columns)}, expected {expected}")
            low = _first(LOW_COLUMNS, columns)
            return [_price_row(row, close, low) for row in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise PricesError(f"{path} cannot be read: {error}") from None


def _first(wanted: Sequence[str], columns: Sequence[str]) -> str | None:
    return next((name for name in wanted if name in columns), None)


def _price_row(row: Row, close: str, low: str | None) -> dict[str, str]:
    return {"date": row["date"], "close_usd": row[close]} | ({"low_usd": row[low]} if low else {})


def history_scenario(prices: Sequence[Mapping[str, str]], folder: Path, *, impact: bool = True) -> Path:
    """A scenario in `folder` on top of the built-in one, with the price source `history` over these prices; without impact, `y` is 0."""
    with (folder / "prices.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(prices[0]) if prices else ["date", "close_usd"])
        writer.writeheader()
        writer.writerows(prices)
    scenario = folder / f"{NAME}.toml"
    own = '[price]\nsource = "history"\nfile = "prices.csv"\n'
    less = "" if impact else "\n[impact]\ny = 0.0\n"
    scenario.write_text(f'name = "{NAME}"\nbase = "{NAME}"\n\n{own}{less}', encoding="utf-8")
    return scenario


def replay(prices: Sequence[Mapping[str, str]], loans: str, *, impact: bool = True) -> Replay:
    """One path on these prices with the tail's loans `low`, `base` or `high`."""
    book = hs.Book.read(BOOKS[loans])
    with tempfile.TemporaryDirectory() as folder:
        scenario = hs.Scenario.read(history_scenario(prices, Path(folder), impact=impact))
        results = hs.run(
            book, scenario, paths=1, seed=7, worst=1
        )  # refuses prices that are no numbers, and days that are missing
    closes = {date.fromisoformat(row["date"]): float(row["close_usd"]) for row in prices}
    return Replay(book, scenario, results, closes)


# What happened on it


@dataclass(frozen=True)
class Loan:
    """What the measures ask of a loan."""

    loan: str
    miner: str
    lender: str
    collateral: str
    amortisation: str
    outstanding_usd: float
    first_payment_date: date
    maturity_date: date

    @property
    def named(self) -> bool:
        """Whether the borrower is a reported one."""
        return not self.miner.startswith("tail-")

    def repays_on(self, day: date) -> bool:
        """Whether principal is due on a day by contract (to the day of the month; short months do not matter here)."""
        if self.amortisation in ("linear", "annuity"):
            return day.day == self.first_payment_date.day
        return day == self.maturity_date


class Replay:
    """The tables of a run of one path, and measures of them."""

    def __init__(self, book: hs.Book, scenario: hs.Scenario, results: hs.Results, closes: Mapping[date, float]) -> None:
        self.scenario, self.results, self.closes = scenario, results, closes
        self.start = scenario.file.start
        self.miners = [str(name) for name in book.column("miners", "miner")]
        self.coins = dict(zip(self.miners, book.column("miners", "btc"), strict=True))
        self.pledged = dict(zip(book.column("loans", "loan"), book.column("loans", "collateral_btc"), strict=True))
        columns = [book.column("loans", name) for name in Loan.__dataclass_fields__]
        self.loans = {row[0]: Loan(*row) for row in zip(*columns, strict=True)}

    @cached_property
    def series(self) -> dict[str, list[float]]:
        """Each daily metric as a list by day."""
        table = self.results.daily.to_pyarrow().select(["metric", "mean"]).to_pydict()
        found: dict[str, list[float]] = defaultdict(list)
        for metric, value in zip(table["metric"], table["mean"], strict=True):
            found[metric].append(value)
        return found

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """Events in order, machine sales left out."""
        table = self.results.events.to_pyarrow()
        rows: list[dict[str, Any]] = table.filter(pc.not_equal(table["kind"], "machine_sale")).to_pylist()
        return rows

    @cached_property
    def postings(self) -> pa.Table:
        """The ledger's movements of coins, and principal paid."""
        table = self.results.ledger.to_pyarrow()
        return table.filter(pc.or_(pc.equal(table["unit"], "sats"), pc.equal(table["reason"], "principal")))

    @cached_property
    def loan_results(self) -> dict[str, dict[str, Any]]:
        """Exposure and loss of each loan."""
        return {row["loan"]: row for row in self.results.loans.rows()}

    def measure(self, name: str, at: str) -> float:
        """A measure by its name in backtest_targets.csv."""
        return MEASURES[name](self, at)

    # days

    def day(self, text: str | date) -> int:
        """Day index of a date."""
        return (_date(text) - self.start).days

    def span(self, metric: str, at: str) -> list[float]:
        """Values of a metric on a date or over a period."""
        first, last = period(at)
        return self.series[metric][self.day(first) : self.day(last) + 1]

    def happened(self, kind: str) -> Iterator[tuple[str, date, float]]:
        """(entity, date, amount) of the events of a kind."""
        return ((row["entity"], row["date"], row["amount"]) for row in self.events if row["kind"] == kind)

    # rig loans

    @cached_property
    def rig_principal(self) -> list[tuple[date, float]]:
        """Principal paid on rig loans, USD by date.

        The ledger names borrower and lender, not the loan: where the pair has other loans too, a payment on a day when one of
        those repays principal is theirs.
        """
        others: dict[tuple[str, str], list[Loan]] = defaultdict(list)
        rigs = set()
        for loan in self.loans.values():
            pair = (f"miner:{loan.miner}", f"lender:{loan.lender}")
            if loan.collateral == "machines":
                rigs.add(pair)
            else:
                others[pair].append(loan)
        paid = self.postings.filter(pc.equal(self.postings["reason"], "principal"))
        columns = (paid[name].to_pylist() for name in ("date", "from_account", "to_account", "amount"))
        return [
            (day, cents / 100)
            for day, payer, taker, cents in zip(*columns, strict=True)
            if (payer, taker) in rigs and not any(loan.repays_on(day) for loan in others[payer, taker])
        ]

    def defaults(self, collateral: str, first: date, last: date) -> Iterator[tuple[Loan, float]]:
        """Loans with this collateral that default in a period, and their exposure in USD."""
        for name, day, cents in self.happened("loan_default"):
            if first <= day <= last and self.loans[name].collateral == collateral:
                yield self.loans[name], cents / 100

    def rig_debt(self, at: date) -> float:
        """Principal of open rig loans at the end of a day, USD; defaulted ones are taken out at their exposure."""
        opening = sum(loan.outstanding_usd for loan in self.loans.values() if loan.collateral == "machines")
        paid = sum(usd for day, usd in self.rig_principal if day <= at)
        return opening - paid - sum(usd for _, usd in self.defaults("machines", self.start, at))

    def recovery(self, chosen: Callable[[Loan], bool]) -> float:
        """Recovery on defaulted loans, per cent of exposure."""
        rows = [self.loan_results[name] for name, loan in self.loans.items() if chosen(loan)]
        exposure = sum(row["ead_usd"] for row in rows if row["pd"])
        return 100 * (1 - sum(row["el_usd"] for row in rows) / exposure) if exposure else math.nan

    # coins of listed miners

    @cached_property
    def listed(self) -> set[str]:
        """Named miners with a listed share."""
        return {miner for miner in self.miners if not miner.startswith("tail-") and miner not in NOT_LISTED}

    @cached_property
    def coin_flows(self) -> list[tuple[date, str, float]]:
        """(date, reason, BTC) of coins that listed miners, or the pledges of their loans, gain or lose; transfers between them are 0."""
        accounts = {f"pledge:{loan.loan}" for loan in self.loans.values() if loan.miner in self.listed}
        wanted = pa.array(sorted(accounts | {f"miner:{miner}" for miner in self.listed}))
        table = self.postings.filter(pc.equal(self.postings["unit"], "sats"))
        gains, loses = (pc.is_in(table[name], wanted) for name in ("to_account", "from_account"))
        table = table.append_column("gain", pc.subtract(gains.cast("int8"), loses.cast("int8")))
        table = table.filter(pc.not_equal(table["gain"], 0))
        columns = (table[name].to_pylist() for name in ("date", "reason", "gain", "amount"))
        return [(day, reason, gain * sats * 1e-8) for day, reason, gain, sats in zip(*columns, strict=True)]

    def coins_moved(self, at: str) -> dict[str, float]:
        """Coins of listed miners `produced` and `sold` in a period, and `held` at its start, pledged ones among them; BTC."""
        first, last = period(at)
        now = [(reason, btc) for day, reason, btc in self.coin_flows if first <= day <= last]
        pledged = sum(self.pledged[loan.loan] or 0.0 for loan in self.loans.values() if loan.miner in self.listed)
        return {
            "produced": sum(btc for reason, btc in now if reason == "production"),
            "sold": -sum(btc for reason, btc in now if reason in SALES),
            "held": pledged
            + sum(self.coins[miner] for miner in self.listed)
            + sum(btc for day, _, btc in self.coin_flows if day < first),
        }

    # prices, failures, retargets

    def below_record(self, at: str) -> float:
        """How far the price after impact lies from the recorded close, per cent."""
        return 100 * (self.series["btc_usd"][self.day(at)] / self.closes[_date(at)] - 1)

    def failures(self) -> dict[tuple[str, str], date]:
        """Date by (kind, name) of every miner and lender that fails; a miner that walks away from a loan has failed then."""
        found = {("lender", name): day for name, day, _ in self.happened("lender_failure")}
        found |= {("miner", name): day for name, day, _ in self.happened("miner_default")}
        for loan, day, _ in self.happened("strategic_default"):
            key = ("miner", self.loans[loan].miner)
            found[key] = min(day, found.get(key, day))
        return found

    def retargets(self) -> dict[int, tuple[date, float]]:
        """First full day and difficulty of each epoch that begins in the run, by its first height."""
        height = self.scenario.file.network.height // 2016 * 2016
        found = ((day + timedelta(days=1), difficulty) for _, day, difficulty in self.happened("retarget"))
        return {height + 2016 * number: epoch for number, epoch in enumerate(found, start=1)}


def _date(text: str | date) -> date:
    return text if isinstance(text, date) else date.fromisoformat(text)


def period(at: str) -> tuple[date, date]:
    """First and last day of `first/last`, or of a single date."""
    first, _, last = at.partition("/")
    return _date(first), _date(last or first)


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def hashrate_30d(run: Replay, at: str) -> float:
    day = run.day(at)
    return mean(run.series["network_ehs"][day - 29 : day + 1])


def hashrate_growth(run: Replay, at: str) -> float:
    first, _, last = at.partition("/")
    return 100 * (hashrate_30d(run, last) / hashrate_30d(run, first) - 1)


def change(run: Replay, metric: str, at: str) -> float:
    """Last over first value of a period."""
    values = run.span(metric, at)
    return values[-1] / values[0]


def fall_share(run: Replay, metric: str, at: str) -> float:
    return 100 * abs(math.log(change(run, metric, at)) / math.log(change(run, "hashprice_usd_per_ph_day", at)))


def rig_defaults(run: Replay, at: str, *, named: bool) -> float:
    return sum(usd for loan, usd in run.defaults("machines", *period(at)) if loan.named or not named)


def rig_defaults_share(run: Replay, at: str) -> float:
    before = period(at)[0] - timedelta(days=1)
    return 100 * rig_defaults(run, at, named=False) / run.rig_debt(before)


def btc_loan_loss(run: Replay, at: str) -> float:  # noqa: ARG001
    loans = [loan for loan in run.loans.values() if loan.collateral == "btc"]
    lost = sum(float(run.loan_results[loan.loan]["el_usd"]) for loan in loans)
    return 100 * lost / sum(loan.outstanding_usd for loan in loans)


def rescue_lent_share(run: Replay, at: str) -> float:
    first, last = period(at)
    lent = sum(cents / 100 for _, day, cents in run.happened("rescue_loan") if first <= day <= last)
    return 100 * lent / sum(row["capital_usd"] for row in run.results.facilities.rows())


def sold_to_produced(run: Replay, at: str) -> float:
    coins = run.coins_moved(at)
    return 100 * coins["sold"] / coins["produced"]


def treasury_change(run: Replay, at: str) -> float:
    coins = run.coins_moved(at)
    return 100 * (coins["produced"] - coins["sold"]) / coins["held"]


def is_rig(loan: Loan) -> bool:
    return loan.collateral == "machines"


HASHPRICE = "hashprice_usd_per_ph_day"
MEASURES: Mapping[str, Callable[[Replay, str], float]] = {
    "hashrate_30d": hashrate_30d,
    "hashrate_growth": hashrate_growth,
    "price_to_record": Replay.below_record,
    "hashprice": lambda run, at: mean(run.span(HASHPRICE, at)),
    "hashprice_mean": lambda run, at: mean(run.span(HASHPRICE, at)),
    "hashprice_low": lambda run, at: min(run.span(HASHPRICE, at)),
    "hashprice_fall": lambda run, at: 100 * (change(run, HASHPRICE, at) - 1),
    "fall_by_price": lambda run, at: fall_share(run, "btc_usd", at),
    "fall_by_difficulty": lambda run, at: fall_share(run, "difficulty", at),
    "asic_index": lambda run, at: mean(run.span("asic_index_usd_per_th", at)),
    "rig_debt": lambda run, at: run.rig_debt(_date(at)) * 1e-9,
    "rig_defaults_named": lambda run, at: rig_defaults(run, at, named=True) * 1e-6,
    "rig_defaults_share": rig_defaults_share,
    "rig_recovery_named": lambda run, _: run.recovery(lambda loan: is_rig(loan) and loan.named),
    "rig_recovery": lambda run, _: run.recovery(is_rig),
    "btc_loan_loss": btc_loan_loss,
    "rescue_lent_share": rescue_lent_share,
    "sold_to_produced": sold_to_produced,
    "sold_btc": lambda run, at: run.coins_moved(at)["sold"],
    "treasury_change": treasury_change,
}
