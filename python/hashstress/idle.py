"""What lenders and miners of a book would do, and never can: each kind a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hashstress.disposal import with_action
from hashstress.text import first_three

if TYPE_CHECKING:
    from hashstress.book import Book


def warnings(book: Book, compiled: Mapping[str, Any]) -> Iterator[str]:
    """Racks that are missing, machines nobody takes back, loans nobody sells, terms nobody grants; `compiled` policies by name."""
    yield from _hosts(book, compiled)
    yield from _returns(book, compiled)
    yield from _buyers(book)
    yield from _pleas(book)


def _hosts(book: Book, compiled: Mapping[str, Any]) -> Iterator[str]:
    """Lenders that would host, and have no rack."""
    hosting = with_action(compiled, "host")
    lenders = _rows(book, "lenders", "lender", "policy", "host_capacity_ths")
    idle = [f"{lender} ({policy})" for lender, policy, ths in lenders if policy in hosting and not ths]
    if idle:
        yield f"the action host only holds where host_capacity_ths is 0: {first_three(idle)}"


def _returns(book: Book, compiled: Mapping[str, Any]) -> Iterator[str]:
    """Lenders that would sell machines back, to miners that have failed whenever machines are seized."""
    giving = with_action(compiled, "sell_back")
    terms = _rows(book, "loans", "lender", "collateral", "recourse")

    def survives(lender: str, swap_cover: float | None, book_buy_cover: float | None) -> bool:
        """Whether it may hold a loan whose machines it seizes from a miner that goes on."""
        return any(
            collateral == "machines"
            and (recourse != "full" or swap_cover is not None)
            and (of == lender or book_buy_cover is not None)
            for of, collateral, recourse in terms
        )

    lenders = _rows(book, "lenders", "lender", "policy", "swap_cover", "book_buy_cover")
    idle = [
        f"{lender} ({policy})"
        for lender, policy, *covers in lenders
        if policy in giving and not survives(lender, *covers)
    ]
    if idle:
        yield (
            "sell_back changes nothing where machines are only seized from miners that have failed (full recourse, no swap_cover): "
            f"{first_three(idle)}"
        )


def _buyers(book: Book) -> Iterator[str]:
    """Lenders that would buy loans which nobody sells."""
    rows = _rows(book, "lenders", "lender", "book_buy_cover", "book_sale_price")
    sellers = {lender for lender, _, price in rows if price is not None}
    idle = [lender for lender, cover, _ in rows if cover is not None and not sellers - {lender}]
    if idle:
        yield f"book_buy_cover changes nothing where no other lender has a book_sale_price: {first_three(idle)}"


def _pleas(book: Book) -> Iterator[str]:
    """Miners that would ask for new terms lenders who never grant any."""
    lenders = _rows(book, "lenders", "lender", "amend_cover", "book_buy_cover", "book_sale_price")
    granting = {lender for lender, amend_cover, _, _ in lenders if amend_cover is not None}
    buying = {lender for lender, _, cover, _ in lenders if cover is not None and lender in granting}
    selling = {lender for lender, _, _, price in lenders if price is not None}
    holder = dict(_rows(book, "loans", "loan", "lender"))
    asked = [
        (key, holder[loan])
        for key, kind, loan in _rows(book, "responses", "response", "kind", "loan")
        if kind == "renegotiate"
    ]
    idle = [f"{key} ({of})" for key, of in asked if of not in granting and not (of in selling and buying - {of})]
    if idle:
        yield f"a renegotiate changes nothing where the lender has no amend_cover: {first_three(idle)}"


def _rows(book: Book, table: str, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(book.column(table, name) for name in names), strict=True))
