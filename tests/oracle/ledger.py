"""Accounts, postings and the closing check. Page: docs/model/ledger.md."""

from .numbers import checked

Posting = tuple[int, str, str, str, str, int]
UNITS = ("cents", "sats", "machines")
WORLD = "world"
FORCED = frozenset(("treasury_sale", "forced_sale", "collateral_sale"))
REASONS = frozenset(
    (
        "production",
        "production_sale",
        "treasury_sale",
        "forced_sale",
        "other_income",
        "power_credit",
        "equity",
        "bills_arrears",
        "power",
        "essential",
        "overhead",
        "interest",
        "principal",
        "draw",
        "top_up",
        "release",
        "collateral_sale",
        "collateral_proceeds",
        "collateral_surplus",
        "seizure",
        "machine_sale",
        "machine_proceeds",
        "machine_surplus",
        "instalment",
        "credit_used",
        "delivery",
        "price_protection",
        "coupon",
        "vendor_credit",
        "forfeit",
        "estate",
        "host_income",
        "funding_cost",
        "withdrawal",
        "roll_off",
        "lender_draw",
        "repurchase",
        "book_sale",
        "sell_back",
        "rehypothecation",
        "variation_margin",
        "initial_margin",
        "margin_return",
        "option_payoff",
        "forward_settlement",
        "power_sale",
        "deficit",
        "rescue_loan",
        "rescue_repayment",
        "buyback",
        "lien_fee",
        "host_deposit",
        "works",
        "machine_purchase",
        "migration",
        "migration_cost",
        "slot_sale",
    )
)


class Ledger:
    """Balances per unit and account, and every posting made."""

    def __init__(self) -> None:
        self.cents: dict[str, float] = {}
        self.sats: dict[str, float] = {}
        self.machines: dict[str, float] = {}
        self.units = {"cents": self.cents, "sats": self.sats, "machines": self.machines}
        self.postings: list[Posting] = []
        self.day = 0
        self.forced_sats = 0.0
        self.first_bad_day: dict[str, int | None] = dict.fromkeys(UNITS)
        self.worst: dict[str, float] = dict.fromkeys(UNITS, 0.0)

    def open_world(self) -> None:
        """World opens at minus the sum of the others."""
        for balances in self.units.values():
            balances[WORLD] = checked(-sum(balances.values(), 0.0))

    def start_day(self, day: int) -> None:
        """A new day: postings carry it, the day's forced satoshis start at 0."""
        self.day = day
        self.forced_sats = 0.0

    def post(self, reason: str, unit: str, source: str, target: str, amount: float) -> None:
        """Moves a whole, positive amount; a zero amount is not posted."""
        if amount == 0:
            return
        checked(amount)
        if amount < 0 or amount != int(amount):
            raise ValueError(f"{reason}: {amount!r} is not a whole, positive amount")
        if reason not in REASONS:
            raise ValueError(f"unknown reason {reason}")
        balances = self.units[unit]
        balances[source] = checked(balances[source] - amount)
        balances[target] = checked(balances[target] + amount)
        if unit == "sats" and reason in FORCED:
            self.forced_sats += amount
        self.postings.append((self.day, reason, unit, source, target, int(amount)))

    def close_day(self) -> None:
        """The closing check: each unit's balances must add up to exactly 0."""
        for unit, balances in self.units.items():
            residual = abs(sum(balances.values(), 0.0))
            if residual != 0 and self.first_bad_day[unit] is None:
                self.first_bad_day[unit] = self.day
            self.worst[unit] = max(self.worst[unit], residual)
