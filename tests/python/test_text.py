"""Numbers as people read them."""

from __future__ import annotations

import pytest
from hashstress.text import columns, html_table, share_error, share_half_width, usd_error


@pytest.mark.parametrize(
    ("amount", "error", "text"),
    [
        (12_345_678.0, 423_000.0, "12.35 ± 0.42 M USD"),
        (132e6, 3e6, "132.0 ± 3.0 M USD"),
        (4.2e9, 150e6, "4.20 ± 0.15 bn USD"),
        (950.0, 12.3, "950.0 ± 12.3 USD"),
        (0.0, 0.0, "0 ± 0 USD"),
        (5e6, None, "too few paths"),
        (None, None, "too few paths"),
    ],
)
def test_usd_error(amount: float | None, error: float | None, text: str) -> None:
    assert usd_error(amount, error) == text


def test_share_error() -> None:
    assert share_error(0.831, 0.012) == "83.1 ± 1.2 %"
    assert share_error(1.0, 0.0005 / 1.001) == "100.00 ± 0.05 %"  # all of a thousand paths
    assert share_error(0.0, 5e-8) == "0.000000 ± 0.000005 %"  # none of ten million
    assert share_error(1.0, None) == "too few paths"


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
