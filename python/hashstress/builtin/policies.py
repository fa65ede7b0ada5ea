"""Built-in disposal policies of lenders: docs/model/lenders.md. A scenario's `[policies.NAME]` defines or overrides a name."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, ValidationInfo, field_validator

from hashstress.hookspecs import Context, LenderPolicy, Rule, RuleTable, hookimpl
from hashstress.scenario_file import Days, NotNegative, Share, Strict

ANY_PRICE = 1e9  # a ratio no market reaches: the rule always matches


class HoldParams(Strict):
    """How long a lot is kept before it is dumped all the same."""

    hold_days: Days = 365


class SellDownParams(HoldParams):
    """Sells a share of the lot a day; waits when the clearing price is below `least_clearing_to_index` of the index."""

    hold_days: Days = 120
    share_per_day: Annotated[Share, Field(gt=0)] = 0.05
    least_clearing_to_index: NotNegative = 0.0


class RuleParams(Strict):
    """One row of a table of rules."""

    max_clearing_to_index: Annotated[NotNegative, Field(gt=0)] = ANY_PRICE
    action: Literal["dump", "sell", "hold", "host", "consign", "sell_back"]
    share_per_day: Share = Field(default=0.0, validate_default=True)
    commission: Share | None = Field(default=None, validate_default=True)
    settle_days: Annotated[int, Field(ge=1, le=3650)] | None = Field(default=None, validate_default=True)
    reserve_to_index: Annotated[FiniteFloat, Field(ge=0, le=2)] | None = Field(default=None, validate_default=True)
    payback_days: Annotated[int, Field(ge=1, le=3650)] | None = Field(default=None, validate_default=True)

    @field_validator("share_per_day")
    @classmethod
    def _where_it_applies(cls, value: float, info: ValidationInfo) -> float:
        action = info.data.get("action")
        if action in ("sell", "consign") and not value:
            raise ValueError(f"the action {action} needs a share above 0")
        if action not in ("sell", "consign", None) and value:
            raise ValueError(
                f"{value} does nothing: only the actions sell and consign have a share, not {action}; leave it out"
            )
        return value

    @field_validator("commission", "settle_days", "reserve_to_index")
    @classmethod
    def _of_a_broker(cls, value: float | None, info: ValidationInfo) -> float | None:
        action = info.data.get("action")
        if action == "consign" and value is None:
            raise ValueError("the action consign needs a value")
        if action not in ("consign", None) and value is not None:
            raise ValueError(f"{value} does nothing: only the action consign has a broker, not {action}; leave it out")
        return value

    @field_validator("payback_days")
    @classmethod
    def _of_the_miner(cls, value: int | None, info: ValidationInfo) -> int | None:
        action = info.data.get("action")
        if action == "sell_back" and value is None:
            raise ValueError("the action sell_back needs a value")
        if action not in ("sell_back", None) and value is not None:
            raise ValueError(
                f"{value} does nothing: only the action sell_back asks what machines earn, not {action}; leave it out"
            )
        return value


class RulesParams(HoldParams):
    """A table of rules as the scenario writes it; the first row that matches decides, none means hold."""

    rules: Annotated[list[RuleParams], Field(min_length=1)]

    @field_validator("rules")
    @classmethod
    def _each_is_reached(cls, rules: list[RuleParams]) -> list[RuleParams]:
        for place, (before, rule) in enumerate(pairwise(rules), 1):
            if rule.max_clearing_to_index <= before.max_clearing_to_index:
                raise ValueError(
                    f"rules[{place}] is never reached: the first that matches decides, and rules[{place - 1}] matches wherever it does; "
                    "let max_clearing_to_index rise from rule to rule, the last may leave it out"
                )
        return rules


class Table:
    """A policy that is a table."""

    def __init__(self, hold_days: int, *rules: Rule) -> None:
        self.table = RuleTable(hold_days, rules)

    def rules(self, context: Context) -> RuleTable:  # noqa: ARG002
        """The table."""
        return self.table


def _sell_down(params: SellDownParams) -> Table:
    wait = [Rule(params.least_clearing_to_index, "hold")] if params.least_clearing_to_index > 0 else []
    return Table(params.hold_days, *wait, Rule(ANY_PRICE, "sell", params.share_per_day))


def _rules(params: RulesParams) -> Table:
    rows = (Rule(**row.model_dump()) for row in params.rules)
    return Table(params.hold_days, *rows)


@hookimpl
def hashstress_lender_policy() -> list[LenderPolicy]:
    """`dump`, `hold`, `host`, `rules`, `sell-down`."""
    return [
        LenderPolicy("dump", factory=lambda _: Table(1, Rule(ANY_PRICE, "dump"))),
        LenderPolicy(
            "hold", params=HoldParams, factory=lambda params: Table(params.hold_days, Rule(ANY_PRICE, "hold"))
        ),
        LenderPolicy(
            "host", params=HoldParams, factory=lambda params: Table(params.hold_days, Rule(ANY_PRICE, "host"))
        ),
        LenderPolicy("rules", params=RulesParams, factory=_rules),
        LenderPolicy("sell-down", params=SellDownParams, factory=_sell_down),
    ]
