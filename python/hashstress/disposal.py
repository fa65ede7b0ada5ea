"""Disposal policies between a book and a scenario: names nobody knows, policies and racks nobody uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hashstress.errors import InputError, Problem, nearest
from hashstress.hookspecs import LenderPolicy
from hashstress.text import first_three

if TYPE_CHECKING:
    from hashstress.book import Book
    from hashstress.plugins import Registry


def unknown(book: Book, registry: Registry, defined: Iterable[str] = ()) -> list[Problem]:
    """One problem for each lender whose policy no plugin offers and the scenario does not define.

    The name of a plugin that failed is left alone: whoever uses it gets that plugin's own error.
    """
    known = sorted({*registry.names(LenderPolicy), *defined})
    expected = f"a disposal policy of a plugin or of the scenario's [policies] ({', '.join(known)})"
    return [
        Problem(
            "unknown_key",
            table="lenders",
            file=book.origins.get("lenders"),
            row=row,
            column="policy",
            value=policy,
            expected=f"{expected}{nearest(policy, known)}{registry.failed()}",
        )
        for row, policy in sorted(zip(book.core.input_rows("lenders"), book.column("lenders", "policy"), strict=True))
        if policy not in known and policy not in registry.broken()
    ]


def refuse(book: Book, problems: list[Problem]) -> None:
    """Raises InputError with the problems, if there are any."""
    if problems:
        raise InputError(problems, f"book {book.name}")


def warnings(book: Book, defined: Iterable[str], compiled: Mapping[str, Any]) -> tuple[str, ...]:
    """One sentence for the `defined` policies that no lender names, one for racks whose lender never hosts."""
    named = book.column("lenders", "policy")
    idle = [name for name in sorted(defined) if name not in named]
    hosting = with_action(compiled, "host")
    racks = zip(*(book.column("lenders", name) for name in ("lender", "policy", "host_capacity_ths")), strict=True)
    empty = [f"{lender} ({policy})" for lender, policy, ths in racks if ths > 0 and policy not in hosting]
    said = []
    if idle:
        policies, change = ("policies", "they change") if len(idle) > 1 else ("policy", "it changes")
        said.append(f"no lender of the book names the {policies} {first_three(idle)}: {change} nothing")
    if empty:
        said.append(f"host_capacity_ths changes nothing where the lender's policy never hosts: {first_three(empty)}")
    return tuple(said)


def with_action(compiled: Mapping[str, Any], action: str) -> set[str]:
    """Names of the compiled policies that have a rule with this action."""
    return {name for name, table in compiled.items() if any(rule["action"] == action for rule in table["rules"])}
