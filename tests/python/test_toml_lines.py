"""Lines of TOML values, for error messages."""

from __future__ import annotations

from hashstress.toml_lines import dotted, line_map, line_of

TEXT = '''\
name = "x"  # [not.a.table]

[price]
note = """
[also.not]
key = 1
"""
anchors = [  # dated closes
  ["2022-01-01", 1.0],
  # a comment
  ["2022-01-02", 2.0], ["2022-01-03", 3.0],
  ["2022-01-04", "a ] in a text"],
]
"quoted key" = 1
a.b = 2

[[tiers]]
x = 1
[[tiers]]
x = 2
[tiers.inner]
y = 3
[policies.sell-down]
rules = [
  { action = "dump" },
  { action = "hold" },
]
'''


def test_line_map() -> None:
    lines = line_map(TEXT)
    assert lines[("name",)] == 1
    assert lines[("price",)] == 3
    assert lines[("price", "anchors")] == 8
    assert [lines[("price", "anchors", place)] for place in (0, 1, 3)] == [9, 11, 12]
    assert lines[("price", "quoted key")] == 14
    assert lines[("price", "a", "b")] == 15
    assert lines[("tiers", 0, "x")] == 18
    assert lines[("tiers", 1, "x")] == 20
    assert lines[("tiers", 1, "inner", "y")] == 22
    assert lines[("policies", "sell-down", "rules", 1)] == 26
    assert not any("also" in path for path in lines)


def test_the_nearest_line_around_a_value() -> None:
    lines = line_map(TEXT)
    assert line_of(lines, ("price", "anchors", 3, 1)) == 12
    assert line_of(lines, ("price", "volatility")) == 3
    assert line_of(lines, ("nowhere",)) is None


def test_dotted() -> None:
    assert dotted(("price", "anchors", 3, 1)) == "price.anchors[3][1]"
