"""What plugins hand back, checked before the engine sees it; an error names the plugin."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hashstress import hookspecs
from hashstress.hookspecs import Rule, RuleTable
from hashstress.plugins import Offer

_ACTIONS = frozenset({"dump", "sell", "hold", "host", "consign", "sell_back"})
_TERMS = {
    "commission": ("consign", 0, 1),
    "settle_days": ("consign", 1, 3650),
    "reserve_to_index": ("consign", 0, 2),
    "payback_days": ("sell_back", 1, 3650),
}  # what one action alone has, and from where to where


def series(offer: Offer, what: str, values: Any, days: int) -> list[float]:
    """`[days]` finite numbers. Raises PluginError."""
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        raise offer.error(f"{what} is not a sequence of numbers") from None
    if len(numbers) != days:
        raise offer.error(f"{what} has {len(numbers)} values, expected {days}")
    for day, value in enumerate(numbers):
        if not math.isfinite(value):
            raise offer.error(f"{what} is {value} on day {day}, expected a finite number")
    return numbers


def tariffs(offer: Offer, answer: Any, regions: Sequence[str], days: int) -> dict[str, list[float]]:
    """Region → `[days]`, USD/MWh, -10,000 to 100,000, for each of `regions`. Raises PluginError."""
    if not isinstance(answer, Mapping):
        raise offer.error(f"tariffs returned {type(answer).__name__}, expected region → series")
    missing = [region for region in regions if region not in answer]
    if missing:
        raise offer.error(f"tariffs lack region {', '.join(missing)}")
    least, most = hookspecs.LEAST_USD_PER_MWH, hookspecs.MOST_USD_PER_MWH
    found = {region: series(offer, f"tariff of {region}", answer[region], days) for region in regions}
    for region, values in found.items():
        for day, value in enumerate(values):
            if not least <= value <= most:
                expected = f"expected {least:,.0f} to {most:,.0f} USD/MWh"
                raise offer.error(f"tariff of {region} is {value} on day {day}, {expected}")
    return found


def prices(offer: Offer, answer: Any, days: int) -> tuple[list[float], list[float] | None]:
    """Closes and lows (or None), `[days]` each, USD, low not above close. Raises PluginError."""
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise offer.error(f"table returned {type(answer).__name__}, expected (close_usd, low_usd or None)")
    close = series(offer, "close_usd", answer[0], days)
    low = None if answer[1] is None else series(offer, "low_usd", answer[1], days)
    for day, (price, least) in enumerate(zip(close, low or close, strict=True)):
        if not hookspecs.LEAST_USD <= least <= price <= hookspecs.MOST_USD:
            limits = f"{hookspecs.LEAST_USD:g} <= low <= close <= {hookspecs.MOST_USD:g}"
            raise offer.error(f"close {price} and low {least} USD on day {day}, expected {limits}")
    return close, low


def rule_table(offer: Offer, table: Any) -> RuleTable:
    """A disposal policy. Raises PluginError."""
    if not isinstance(table, RuleTable):
        raise offer.error(f"rules returned {type(table).__name__}, expected RuleTable")
    if table.hold_days < 1 or table.hold_days != int(table.hold_days):
        raise offer.error(f"hold_days is {table.hold_days!r}, expected a whole number of at least 1")
    for place, rule in enumerate(table.rules):
        if not rule.max_clearing_to_index >= 0:
            raise offer.error(
                f"rule {place}: max_clearing_to_index is {rule.max_clearing_to_index!r}, expected 0 or more"
            )
        if rule.action not in _ACTIONS:
            raise offer.error(f"rule {place}: action {rule.action!r}, expected one of {', '.join(sorted(_ACTIONS))}")
        if not 0 <= rule.share_per_day <= 1:
            raise offer.error(f"rule {place}: share_per_day is {rule.share_per_day!r}, expected 0 to 1")
        _terms(offer, place, rule)
    return table


def _terms(offer: Offer, place: int, rule: Rule) -> None:
    """Terms of the rule's action, and of no other. Raises PluginError."""
    if rule.action == "consign" and not rule.share_per_day:
        raise offer.error(f"rule {place}: share_per_day is 0, expected a share above 0, because the action is consign")
    for name, (action, low, high) in _TERMS.items():
        value = getattr(rule, name)
        in_days = name.endswith("_days")
        if rule.action != action:
            if value is not None:
                raise offer.error(
                    f"rule {place}: {name} is {value!r}, expected None, because the action is {rule.action}"
                )
        elif value is None or not low <= value <= high or (in_days and value != int(value)):
            kind = "a whole number of days" if in_days else "a number"
            raise offer.error(f"rule {place}: {name} is {value!r}, expected {kind} from {low} to {high}")
