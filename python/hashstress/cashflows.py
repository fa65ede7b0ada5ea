"""What the loans of a book pay by contract, before anything goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hashstress.book import Book, locate, table_names
from hashstress.errors import InputError, Problem, engine_errors

if TYPE_CHECKING:
    import pyarrow as pa


def schedule(loans: Book | str | Path | object) -> pa.Table:
    """The contractual events of loans, loan after loan in the order of their keys, each in order of processing.

    `loans`: a `Book`; the name of a built-in book ("crisis-2022"), a folder of tables, or one file (CSV, Parquet, Feather,
    Arrow) with the table `loans`; or that table itself, anything with `__arrow_c_stream__`. Only `loans` is read: miners,
    lenders and collateral need not be there.

    Columns: `loan`, then those of `hashstress.actus.schedule`: `event_date`, `event_type` (IP interest, PR principal,
    IPCI interest added to the principal, PRF a level payment is fixed, MD maturity), `payoff` (USD, received by the lender),
    `currency`, `notional_principal` and `accrued_interest` (USD after the event), `nominal_interest_rate` (a year), and
    the two of exercises, which are null. Amounts are f64 and not rounded; the simulated day rounds them to whole cents
    (docs/model/loans.md). Events after the beginning of the loan's current period, whose principal is `outstanding_usd`.
    A `fixed_payment` loan that is paid back before its maturity keeps its dates: the rows after that pay 0.

    Raises InputError with every problem of the table, each with its file, row and column.
    """
    import pyarrow as pa

    from hashstress import _core

    table, file, name = _table(loans)
    with engine_errors(name):
        events = pa.table(_core.loan_schedule(table, file))
    return events.rename_columns(["loan", *events.column_names[1:]])


def _table(loans: object) -> tuple[object, str | None, str]:
    """The table `loans`, the file it came from, and what to call it."""
    from hashstress import tables

    if isinstance(loans, Book):
        return loans.tables["loans"], None, f"book {loans.name}"
    if isinstance(loans, str | Path):
        path = Path(loans)
        if not path.is_file():
            folder, variant = locate(loans)
            found, files = tables.read_folder(folder, table_names(), variant, only=["loans"])
            if "loans" in found:
                return found["loans"], files["loans"], f"book {loans}"
            missing = Problem("missing_table", table="loans", file=str(folder), expected="a file of the table loans")
            raise InputError([missing], f"book {loans}")
        return tables.read_file(path, "loans"), str(path), f"file {path}"
    if hasattr(loans, "__arrow_c_stream__") or hasattr(loans, "__arrow_c_array__"):
        return loans, None, "loans"
    expected = "a Book, a built-in book, a folder, a file, or an Arrow table of loans"
    raise InputError([Problem("not_arrow", table="loans", value=type(loans).__name__, expected=expected)], "loans")
