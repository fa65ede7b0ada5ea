"""The summary of a run as text and as HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hashstress.text import channels_off, columns, html_table, share_error, share_half_width, some, usd_error

if TYPE_CHECKING:
    from hashstress.results import Results

MOST_ROWS = 15
BEFORE = "before"

Row = Mapping[str, Any]


def text(results: Results) -> str:
    """Title, who fails, losses by lender, the closing of the books."""
    lenders, miners = list(results.lenders.rows()), list(results.miners.rows())
    failing = _lenders(results, lenders)
    parts = [
        "\n".join([_title(results.manifest), *_channels(results.manifest)]),
        _section("Lenders that fail in the model (share of paths, median date)", failing, "none", _before(failing)),
        *_dated(results, lenders),
        _section("Miners that default (share of paths, median date)", _miners(results, miners), "none"),
        _section("Losses by lender (mean, 99 % VaR, 99 % ES)", _losses(lenders), "no lenders"),
        _section("Stages and clocks (share of paths, median date)", _stages(results), "none"),
        *_facilities(results),
        *_unsure(results.manifest, lenders),
        _closing(results.manifest),
    ]
    return "\n\n".join(parts)


def html(results: Results) -> str:
    """Small static tables of the same."""
    lenders, miners = list(results.lenders.rows()), list(results.miners.rows())
    return "".join(
        [
            html_table(
                ["lender", "fails in the model", "median date"],
                _lenders(results, lenders),
                caption="; ".join([_title(results.manifest), *_channels(results.manifest)]),
            ),
            html_table(["lender", "fails by the scenario", "on"], _by_scenario(results, lenders)),
            html_table(["miner", "defaults", "median date"], _miners(results, miners)),
            html_table(["lender", "mean loss", "VaR 99 %", "ES 99 %"], _losses(lenders)),
            html_table(["stage or clock", "paths", "median date"], _stages(results)),
            *(f"<p>{words}</p>" for words in _unsure(results.manifest, lenders)),
        ]
    )


def _title(manifest: Mapping[str, Any]) -> str:
    scenario = manifest["scenario"]
    name = scenario["title"] or scenario["name"]
    days = f"{scenario['days']} days from {scenario['start']}"
    paths = some(manifest["paths"], "path")
    return f"{name}: book {manifest['book']['name']}, {paths}, {days}, seed {manifest['seed']}"


def _channels(manifest: Mapping[str, Any]) -> list[str]:
    return channels_off(manifest["scenario"].get("channels_off", []))  # a run of an older version does not say


def _section(title: str, rows: list[list[str]], nothing: str, note: str = "") -> str:
    more = [f"  ... and {len(rows) - MOST_ROWS} more"] if len(rows) > MOST_ROWS else []
    return "\n".join([title, *(columns(rows[:MOST_ROWS]) or [f"  {nothing}"]), *more, *([f"  {note}"] if note else [])])


def _miners(results: Results, rows: Iterable[Row]) -> list[list[str]]:
    """Miners that default on some path, the likeliest first; among equals the one that owes most."""
    owed: Counter[str] = Counter()
    for loan in results.loans.rows():
        owed[loan["miner"]] += loan["outstanding_usd"]
    failing = sorted(
        (row for row in rows if row["pd"]), key=lambda row: (-row["pd"], -owed[row["miner"]], row["miner"])
    )
    return [[row["miner"], share_error(row["pd"], row["pd_se"]), _date(row["default_date_median"])] for row in failing]


def _lenders(results: Results, rows: Sequence[Row]) -> list[list[str]]:
    """Lenders that fail on some path before the scenario fails them, or without that, the likeliest first, then by what they lent."""
    paths, dates = results.manifest["paths"], _failure_dates(results)
    shares = {row["lender"]: row["pd"] - row.get("pd_scenario", 0.0) for row in rows}
    exposures = {row["lender"]: row["exposure_usd"] for row in rows}
    medians = {row["lender"]: _date(row["failure_date_median"]) for row in rows}
    return [
        [
            lender,
            share_error(share, share_half_width(share, paths)),
            f"{BEFORE} {dates[lender]}" if lender in dates else medians[lender],
        ]
        for lender, share in sorted(shares.items(), key=lambda item: (-item[1], -exposures[item[0]], item[0]))
        if share > 0.5 / paths  # less than one path is what floating point leaves of a difference
    ]


def _before(failing: Iterable[Sequence[str]]) -> str:
    """Words for a date that is no median, where there is one."""
    dated = any(row[-1].startswith(BEFORE) for row in failing)
    return (
        f"{BEFORE} DATE: the scenario fails it on DATE, these paths earlier; there is no median of those alone"
        if dated
        else ""
    )


def _dated(results: Results, rows: Iterable[Row]) -> list[str]:
    """The section of lenders the scenario fails, if it fails any."""
    found = _by_scenario(results, rows)
    return [_section("Lenders that the scenario fails (share of paths, its date)", found, "none")] if found else []


def _by_scenario(results: Results, rows: Iterable[Row]) -> list[list[str]]:
    """Lenders with a dated failure in the scenario, by date. Where it is all paths there is no error: it is no estimate."""
    paths, dates = results.manifest["paths"], _failure_dates(results)
    dated = sorted((dates[row["lender"]], row["lender"], row["pd_scenario"]) for row in rows if row["lender"] in dates)
    return [
        [lender, "all" if share == 1 else share_error(share, share_half_width(share, paths)), day]
        for day, lender, share in dated
    ]


def _failure_dates(results: Results) -> Mapping[str, str]:
    """Lender → date of the scenario's own `fail`: an input of the run, none of its findings."""
    found: Mapping[str, str] = results.manifest["scenario"].get("lender_failures", {})
    return found


def _losses(rows: Iterable[Row]) -> list[list[str]]:
    """Every lender, the largest mean loss first."""
    ordered = sorted(rows, key=lambda row: (-(row["loss_usd_mean"] or 0.0), row["lender"]))
    return [
        [
            row["lender"],
            usd_error(row["loss_usd_mean"], row["loss_usd_se"]),
            usd_error(row["var_99_usd"], row["var_99_usd_se"]),
            usd_error(row["es_99_usd"], row["es_99_usd_se"]),
        ]
        for row in ordered
    ]


def _facilities(results: Results) -> list[str]:
    """The section of rescue funds and buy-backs, if the book has any; a run of an older version has no such table."""
    rows = list(results.facilities.rows()) if "facilities" in results.table_names else []
    found = [
        [
            row["facility"],
            *(
                usd_error(row[f"{name}_usd_mean"], row[f"{name}_usd_se"])
                for name in ("spent", "repaid", "held", "loss")
            ),
        ]
        for row in rows
    ]
    return (
        [_section("Rescue funds and buy-backs (mean spent, paid back, held at the end, lost)", found, "none")]
        if found
        else []
    )


STAGES = {
    "stage_initial_day": "initial stage: price through the threshold, machines off",
    "stage_middle_day": "middle stage: lenders run short",
    "stage_late_day": "late stage: power eats the revenue",
    "btc_recovery_day": "price back at its threshold",
    "asic_low_day": "used machines stop falling",
    "lender_recovery_day": "lenders' cash back from its low",
}


def _stages(results: Results) -> list[list[str]]:
    """Share of paths with each date and its median, docs/model/stages.md; a run of an older version has none."""
    paths, start = results.manifest["paths"], date.fromisoformat(results.manifest["scenario"]["start"])
    if not set(results.paths.column_names).issuperset(STAGES):
        return []
    counts: dict[str, Counter[int]] = {name: Counter() for name in STAGES}
    for batch in results.paths.select(list(STAGES)).batches():  # never all paths at once: a run may have millions
        for name, count in counts.items():
            count.update(batch.column(name).drop_null().to_pylist())
    rows = []
    for name, words in STAGES.items():
        share = counts[name].total() / paths
        median = (start + timedelta(days=_lower_median(counts[name]))).isoformat() if counts[name] else "-"
        rows.append([words, share_error(share, share_half_width(share, paths)), median])
    return rows


def _lower_median(counts: Counter[int]) -> int:
    """The middle of counted whole numbers, the lower of two. At least one."""
    left = (counts.total() - 1) // 2
    for value in sorted(counts):
        if left < counts[value]:
            return value
        left -= counts[value]
    raise ValueError("nothing was counted")


def _date(value: object) -> str:
    return "-" if value is None else str(value)


def _unsure(manifest: Mapping[str, Any], lenders: Iterable[Row]) -> list[str]:
    """What a number without `±` means, where there is one."""
    if manifest["paths"] < 2:
        return ["One path: there is no error to estimate, so nothing here has a ±."]
    tails = ("var_99_usd_se", "es_99_usd_se")
    if any(row[name] is None for row in lenders for name in tails):
        return ["A number without ± has no error: too few paths for a tail of three losses."]
    return []


def _closing(manifest: Mapping[str, Any]) -> str:
    worst = {key: value for key, value in manifest["summary"].items() if key.startswith("residual_")}
    shown = ", ".join(f"{value:g} {key.removeprefix('residual_')}" for key, value in worst.items())
    wall = manifest["wall_seconds"]
    speed = f"{manifest['paths'] / wall:,.0f} paths/s" if wall else ""
    lines = [
        f"Books close to {shown} (worst residual of any path and day)",
        f"Digest {manifest['results_digest']}",
        f"{wall:.1f} s, {speed}, {manifest['border_share'] * 100:.1f} % of it outside the engine",
        *(f"Warning: {warning}" for warning in manifest["warnings"]),
    ]
    return "\n".join(lines)
