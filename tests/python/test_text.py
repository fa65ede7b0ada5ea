"""Numbers as people read them."""

from __future__ import annotations

import pytest
from hashstress.text import columns, html_table, mean_error, share_error, share_half_width, some, usd_error


@pytest.mark.parametrize(
    ("amount", "error", "text"),
    [
        (12_345_678.0, 423_000.0, "12.35 ± 0.42 M USD"),
        (132e6, 3e6, "132.0 ± 3.0 M USD"),
        (4.2e9, 150e6, "4.20 ± 0.15 bn USD"),
        (950.0, 12.3, "950.0 ± 12.3 USD"),
        (0.0, 0.0, "0 ± 0 USD"),
        (6_689_316.0, 0.0, "6.69 ± 0 M USD"),
        (5e6, None, "5 M USD"),
        (6_689_316.0, None, "6.69 M USD"),
        (1_234_567e6, None, "1,235 bn USD"),
        (None, None, "too few paths"),
    ],
)
def test_usd_error(amount: float | None, error: float | None, text: str) -> None:
    assert usd_error(amount, error) == text


def test_share_error() -> None:
    assert share_error(0.831, 0.012) == "83.1 ± 1.2 %"
    assert share_error(1.0, 0.0005 / 1.001) == "100.00 ± 0.05 %"  # all of a thousand paths
    assert share_error(0.0, 5e-8) == "0.000000 ± 0.000005 %"  # none of ten million
    assert share_error(1.0, None) == "100 %"
    assert share_error(None, None) == "too few paths"


@pytest.mark.parametrize(
    ("mean", "error", "text"),
    [(68.371, 0.121, "68.37 ± 0.12"), (6.0, 0.0, "6 ± 0"), (6.5, None, "6.5"), (None, None, "too few paths")],
)
def test_mean_error(mean: float | None, error: float | None, text: str) -> None:
    assert mean_error(mean, error) == text


def test_some() -> None:
    assert [some(number, "path") for number in (1, 2, 1000)] == ["1 path", "2 paths", "1,000 paths"]


@pytest.mark.parametrize(
    ("share", "paths", "error"), [(0.0, 1000, 0.5 / 1001), (1.0, 1000, 0.5 / 1001), (0.5, 99, 0.05), (1.0, 1, None)]
)
def test_share_half_width(share: float, paths: int, error: float | None) -> None:
    assert share_half_width(share, paths) == (None if error is None else pytest.approx(error, rel=1e-12))


def test_columns_align() -> None:
    assert columns([["a", "1"], ["bcd", "23"]]) == ["  a     1", "  bcd  23"]
    assert columns([]) == []


def test_html_is_escaped() -> None:
    assert "<script>" not in html_table(["<script>"], [["<script>"]], caption="<script>")
