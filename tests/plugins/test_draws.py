"""Draws for plugins: the same path, the same numbers; each plugin its own; normals that are normal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from hashstress import draws
from hashstress.hookspecs import Context

CONTEXT = Context("test", date(2022, 1, 1), 10, (), Path(), seed=7, stream=draws.stream_of("mine"))


def test_a_path_has_its_numbers_whatever_the_block() -> None:
    whole = draws.uniforms(CONTEXT, 0, 8, 5)
    assert whole.shape == (8, 5)
    assert np.array_equal(whole[3:5], draws.uniforms(CONTEXT, 3, 2, 5))
    assert np.array_equal(draws.normals(CONTEXT, 0, 8, 5)[6], draws.normals(CONTEXT, 6, 1, 5)[0])


def test_plugins_seeds_and_days_differ() -> None:
    first = draws.uniforms(CONTEXT, 0, 1, 5)
    assert not np.isin(first, draws.uniforms(replace(CONTEXT, stream=draws.stream_of("other")), 0, 1, 5)).any()
    assert not np.isin(first, draws.uniforms(replace(CONTEXT, seed=8), 0, 1, 5)).any()
    assert not np.isin(first, draws.uniforms(CONTEXT, 0, 1, 5, day=1)).any()


def test_streams_lie_apart_from_the_engines() -> None:
    assert (1 << 63) <= draws.stream_of("mine") < (1 << 64)


def test_normals_are_the_inverse_of_the_normal_distribution() -> None:
    uniform, normal = draws.uniforms(CONTEXT, 0, 50, 40), draws.normals(CONTEXT, 0, 50, 40)
    exact = np.array([[NormalDist().inv_cdf(value) for value in row] for row in uniform])
    assert np.allclose(normal, exact, rtol=2e-9, atol=1e-12)


def test_without_a_seed_there_are_none() -> None:
    with pytest.raises(ValueError, match="compiled"):
        draws.uniforms(replace(CONTEXT, seed=None), 0, 1, 1)
