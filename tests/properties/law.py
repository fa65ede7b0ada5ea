"""How a law is tested: on random economies, always the same ones; few in the fast tier, many in the long one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.strategies import SearchStrategy, tuples

from tests.properties.economy import FOLDER

set_hypothesis_home_dir(
    FOLDER.name
)  # what it notes down of this machine stays out of the checkout, which house rules read
FAST = 8
LONG_TIER = pytest.param(50, marks=pytest.mark.long)
SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
CASE = "its case"

Check = Callable[..., Iterable[str] | bool | None]


def law(*strategies: SearchStrategy[Any], reach: Iterable[str] = (CASE,), fast: int = FAST) -> Callable[[Check], Any]:
    """A test of a law: a function of what the strategies draw.

    It answers which of its cases came up (True or nothing: the law's one case; False: none). Cases in `reach` that never come up among
    all examples fail the test, because a law without its case says nothing.
    """

    def decorate(check: Check) -> Any:
        @pytest.mark.parametrize("examples", [fast, LONG_TIER], ids=("fast", "long"))
        def test(examples: int) -> None:
            met: set[str] = set()

            def play(drawn: tuple[Any, ...]) -> None:
                found = check(*drawn)
                if found is None or found is True:
                    met.add(CASE)
                elif found:
                    met.update(found)

            play.__name__ = check.__name__  # Hypothesis seeds by name
            settings(
                max_examples=examples,
                derandomize=True,
                deadline=None,
                database=None,
                suppress_health_check=SLOW_IS_FINE,
            )(given(tuples(*strategies))(play))()
            assert set(reach) <= met, f"never came up: {sorted(set(reach) - met)}"

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate
