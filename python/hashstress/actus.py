"""Contractual cash flows to the ACTUS standard: terms in, events out as an Arrow table.

>>> from hashstress import actus
>>> bullet = {
...     "contractType": "PAM",
...     "contractRole": "RPA",
...     "statusDate": "2023-12-31T00:00:00",
...     "initialExchangeDate": "2024-01-01T00:00:00",
...     "maturityDate": "2025-01-01T00:00:00",
...     "currency": "USD",
...     "notionalPrincipal": "1000",
...     "nominalInterestRate": "0.10",
...     "dayCountConvention": "30E360",
... }
>>> [(row["event_type"], row["payoff"]) for row in actus.schedule(bullet).to_pylist()]
[('IED', -1000.0), ('IP', 100.0), ('MD', 1000.0)]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hashstress.errors import InputError, Problem, engine_errors

if TYPE_CHECKING:
    import pyarrow as pa

Terms = Mapping[str, Any]
"""Terms by their names in the ACTUS dictionary. Values are text as in the standard's files (numbers may be numbers); names no dictionary
knows are passed over, so are empty texts."""

Observed = Mapping[str, Sequence[tuple[datetime | str, float]]]
"""Observations by market object code: pairs of a time and a number, in any order."""

Events = Sequence[Mapping[str, Any]]
"""Events nobody scheduled: `time`, `type` (an event type, for example PP or CE), `value` (an amount, 0 if absent),
`contractId` (the contract it happened to, the contract at hand if absent), `contractPerformance` (that contract's from then on)."""


def schedule(
    terms: Terms, *, observed: Observed | None = None, events: Events | None = None, to: datetime | str | None = None
) -> pa.Table:
    """The events of one contract, in order of processing, as an Arrow table.

    `terms`: the contract. `observed`: rates and prices; the last one at or before a date counts. `events`: what was observed to happen to
    it. `to`: events after this moment are not wanted.

    Columns: `event_date` (timestamp, seconds, no time zone), `event_type` (text: IED, IP, PR, ...), `payoff` (what we
    receive, negative what we pay, in `currency`), `currency`, and the state after the event, signed from our side:
    `notional_principal`, `nominal_interest_rate` (a year, 0.05 is 5 %), `accrued_interest`; for contracts that can be
    exercised `exercise_amount` and `exercise_date`, else null. Only events after the terms' `statusDate` are told; of a
    contract with a `purchaseDate` those from the purchase on.

    Amounts are f64 and not rounded. At most 100,000 events.

    Raises InputError with every term that is missing, cannot be read or contradicts another: `column` is the term (`terms`
    where there is no mapping of terms at all).

    Source: ACTUS technical specification 1.1 and dictionary 1.4, and where these are silent the standard's public tests.
    """
    import pyarrow as pa

    from hashstress import _core

    with engine_errors("contract"):
        contract = {"terms": terms, "observed": observed, "events": events, "to": to}
        return pa.table(_core.schedules([contract], False))


def schedules(contracts: Iterable[Mapping[str, Any]]) -> pa.Table:
    """The events of many contracts, contract after contract: the rows of `schedule`, with a first column `contract_id`.

    Each contract is a mapping with `terms` and, where there are any, `contract_id` (else the terms' `contractID`),
    `observed`, `events`, `to` as for `schedule`. Observations that many contracts share are read once if they are the
    same object in consecutive contracts. The memory of the table, at most 64 MiB, is used again by the next call once nobody
    holds it any more.

    Raises InputError as `schedule` does, for all contracts at once, up to 100 problems; `row` is the contract's place, from 1.
    """
    import pyarrow as pa

    from hashstress import _core

    try:
        iter(contracts)
    except TypeError:
        expected = "contracts one after the other, each a mapping with `terms`"
        problem = Problem("wrong_type", value=repr(contracts), expected=expected)
        raise InputError([problem], "contracts") from None
    with engine_errors("contracts"):
        return pa.table(_core.schedules(contracts, True))
