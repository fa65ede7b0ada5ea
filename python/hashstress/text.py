"""Numbers and tables as people read them."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence

TOO_FEW_PATHS = "too few paths"

_SCALES = ((1e9, "bn"), (1e6, "M"), (1e3, "k"))


def usd_error(amount: float | None, error: float | None) -> str:
    """`12.30 ± 0.42 M USD`; `12.3 M USD` where one path, or a tail of one or two losses, leaves no error to estimate."""
    if amount is None:
        return TOO_FEW_PATHS
    scale, word = _scale(max(abs(amount), abs(error or 0.0)))
    if not error:
        return f"{_three_figures(amount / scale)}{'' if error is None else ' ± 0'} {word}USD"
    decimals = _decimals(error / scale)
    return f"{amount / scale:,.{decimals}f} ± {error / scale:,.{decimals}f} {word}USD"


def mean_error(mean: float | None, error: float | None) -> str:
    """`68.37 ± 0.12`: a mean of counts; without `±` where there is no error to estimate."""
    if mean is None:
        return TOO_FEW_PATHS
    if not error:
        return f"{_three_figures(mean)}{'' if error is None else ' ± 0'}"
    decimals = _decimals(error)
    return f"{mean:,.{decimals}f} ± {error:,.{decimals}f}"


def share_error(share: float | None, error: float | None) -> str:
    """`83.1 ± 1.2 %`, `100.00 ± 0.05 %`: never an error of 0; `100 %` of a single path, which leaves none to estimate."""
    if share is None:
        return TOO_FEW_PATHS
    if error is None:
        return f"{share * 100:.3g} %"
    decimals = next((digits for digits in range(1, 6) if error * 100 >= 0.95 * 10**-digits), 6)
    return f"{share * 100:.{decimals}f} ± {error * 100:.{decimals}f} %"


def some(number: int, noun: str) -> str:
    """`1 path`, `1,000 paths`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def first_three(names: Sequence[str]) -> str:
    """`a, b, c and 4 more`: enough to find the rest by."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def share_half_width(share: float, paths: int) -> float | None:
    """The error of a share of `paths` as docs/model/results.md has it: half of Wilson's interval, never 0; None for one path."""
    if paths < 2:
        return None
    return math.sqrt(share * (1 - share) / paths + 0.25 / paths**2) / (1 + 1 / paths)


def channels_off(names: Sequence[str]) -> list[str]:
    """`channels off: impact, rescue`, a line of a heading: another economy than the one with everything on. None where all are on."""
    return [f"channels off: {', '.join(names)}"] if names else []


def _scale(size: float) -> tuple[float, str]:
    return next(((scale, f"{word} ") for scale, word in _SCALES if size >= scale), (1.0, ""))


def _three_figures(value: float) -> str:
    """`6.69`, `0.5`, `150`: what is not estimated has no figure that its error could take away."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _decimals(size: float) -> int:
    """Decimals that leave two or three significant figures."""
    return 3 if size < 0.1 else 2 if size < 1 else 1 if size < 100 else 0


def columns(rows: Iterable[Sequence[str]], *, indent: int = 2) -> list[str]:
    """Rows as aligned lines: the first column to the left, the others to the right."""
    rows = list(rows)
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))] if rows else []
    return [" " * indent + "  ".join(_aligned(row, widths)) for row in rows]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.ljust(width) if place == 0 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def html_table(names: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str = "") -> str:
    """A small static HTML table, everything escaped."""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(_cell(value))}</td>" for value in row) + "</tr>" for row in rows)
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
