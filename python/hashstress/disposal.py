"""Disposal policies between a book and a scenario: names nobody knows, policies, racks and ways out that nothing comes of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hashstress.errors import InputError, Problem, nearest
from hashstress.hookspecs import LenderPolicy

if TYPE_CHECKING:
    from hashstress.book import Book
    from hashstress.plugins import Registry

SHOWN = 3


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
    """A sentence for each kind of thing that changes nothing: `defined` policies, racks, returns of machines, buyers of loans."""
    named = book.column("lenders", "policy")
    idle = [name for name in sorted(defined) if name not in named]
    hosting = {name for name, table in compiled.items() if any(rule["action"] == "host" for rule in table["rules"])}
    racks = zip(*(book.column("lenders", name) for name in ("lender", "policy", "host_capacity_ths")), strict=True)
    empty = [f"{lender} ({policy})" for lender, policy, ths in racks if ths > 0 and policy not in hosting]
    said = []
    if idle:
        policies, change = ("policies", "they change") if len(idle) > 1 else ("policy", "it changes")
        said.append(f"no lender of the book names the {policies} {_some(idle)}: {change} nothing")
    if empty:
        said.append(f"host_capacity_ths changes nothing where the lender's policy never hosts: {_some(empty)}")
    return (*said, *_hosts(book, hosting), *_returns(book, compiled), *_buyers(book), *_pleas(book))


def _hosts(book: Book, hosting: Collection[str]) -> Iterator[str]:
    """Lenders that would host, and have no rack."""
    columns = (book.column("lenders", name) for name in ("lender", "policy", "host_capacity_ths"))
    idle = [
        f"{lender} ({policy})" for lender, policy, ths in zip(*columns, strict=True) if policy in hosting and not ths
    ]
    if idle:
        yield f"a policy that hosts only holds where host_capacity_ths is 0: {_some(idle)}"


def _returns(book: Book, compiled: Mapping[str, Any]) -> Iterator[str]:
    """Lenders that would sell machines back, to miners that have failed whenever machines are seized."""
    giving = {name for name, table in compiled.items() if any(rule["action"] == "sell_back" for rule in table["rules"])}
    terms = list(zip(*(book.column("loans", name) for name in ("lender", "collateral", "recourse")), strict=True))

    def survives(lender: str, swap_cover: float | None, book_buy_cover: float | None) -> bool:
        """Whether it may hold a loan whose machines it seizes from a miner that goes on."""
        return any(
            collateral == "machines"
            and (recourse != "full" or swap_cover is not None)
            and (of == lender or book_buy_cover is not None)
            for of, collateral, recourse in terms
        )

    columns = (book.column("lenders", name) for name in ("lender", "policy", "swap_cover", "book_buy_cover"))
    idle = [
        f"{row[0]} ({row[1]})"
        for row in zip(*columns, strict=True)
        if row[1] in giving and not survives(row[0], *row[2:])
    ]
    if idle:
        yield (
            "sell_back changes nothing where machines are only seized from miners that have failed (full recourse, no swap_cover): "
            f"{_some(idle)}"
        )


def _buyers(book: Book) -> Iterator[str]:
    """Lenders that would buy loans which nobody sells."""
    rows = list(
        zip(*(book.column("lenders", name) for name in ("lender", "book_buy_cover", "book_sale_price")), strict=True)
    )
    sellers = {lender for lender, _, price in rows if price is not None}
    idle = [lender for lender, cover, _ in rows if cover is not None and not sellers - {lender}]
    if idle:
        yield f"book_buy_cover changes nothing where no other lender has a book_sale_price: {_some(idle)}"


def _pleas(book: Book) -> Iterator[str]:
    """Miners that would ask for new terms lenders who never grant any."""
    if not book.counts["responses"]:
        return
    names = ("lender", "amend_cover", "book_sale_price", "book_buy_cover")
    lenders = {row[0]: row[1:] for row in zip(*(book.column("lenders", name) for name in names), strict=True)}
    granting = {lender for lender, (amend_cover, _, _) in lenders.items() if amend_cover is not None}
    buying = {lender for lender in granting if lenders[lender][2] is not None}
    holder = dict(zip(book.column("loans", "loan"), book.column("loans", "lender"), strict=True))
    rows = zip(*(book.column("responses", name) for name in ("response", "kind", "loan")), strict=True)
    asked = [(response, holder[loan]) for response, kind, loan in rows if kind == "renegotiate"]
    idle = [
        f"{response} ({of})"
        for response, of in asked
        if of not in granting and not (lenders[of][1] is not None and buying - {of})
    ]
    if idle:
        yield f"a renegotiate changes nothing where the lender has no amend_cover: {_some(idle)}"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
