"""The contract is one short file, and everything it offers is used by the built-ins."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hashstress import hookspecs, plugins

LONGEST_CONTRACT = 200


def test_the_contract_is_short() -> None:
    assert len(Path(hookspecs.__file__).read_text().splitlines()) <= LONGEST_CONTRACT


@pytest.mark.parametrize("kind", hookspecs.MODES)
def test_descriptors_are_frozen(kind: type) -> None:
    descriptor = kind(
        "x", factory=lambda params: params, **({"mode": "table"} if kind is hookspecs.ScenarioSource else {})
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        descriptor.name = "y"


def test_built_ins_are_plugins_on_every_hook() -> None:
    registry = plugins.load({plugins.LOAD: ""}, [], {})
    assert {offer.hook for offer in registry.offers} == set(hookspecs.HOOKS)
    assert [plugin.name for plugin in registry.plugins] == ["builtin-policies", "builtin-prices", "builtin-tariffs"]
    assert not registry.warnings()


def test_every_hook_has_a_descriptor_with_modes_and_methods() -> None:
    for kind in hookspecs.HOOKS.values():
        assert all((kind, mode) in hookspecs.METHODS for mode in hookspecs.MODES[kind])
