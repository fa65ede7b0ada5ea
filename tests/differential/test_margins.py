"""The laws of margin see what a journal does wrong."""

from datetime import date

from tests.differential.margins import Entry, broken_laws
from tests.oracle import Outcome
from tests.oracle.small_world import Row, hedge, miner, run, scenario

FUTURE = hedge("short_future", cure_days=2)
CLOSES = [20000.0] * 3 + [22000.0] * 3 + [33000.0] * 6  # called on day 3 and met; called on day 6 and closed on day 8


def journal() -> Outcome:
    return run(12, miners=[miner(cash_usd=280.0)], hedges=[FUTURE], closes=CLOSES)


def broken(postings: list[Entry], events: list[Entry], closes: list[float] | None = None) -> list[str]:
    tables: dict[str, list[Row]] = {"hedges": [FUTURE]}
    return broken_laws(tables, scenario(12), postings, events, closes or CLOSES)


def test_a_true_journal_keeps_them() -> None:
    outcome = journal()
    assert (8, "hedge_closed", "hedge:0", -22000) in outcome.events
    assert broken(list(outcome.postings), list(outcome.events)) == []


def test_no_posting_can_be_left_out() -> None:
    outcome = journal()
    postings: list[Entry] = list(outcome.postings)
    assert [posting[1] for posting in postings] == ["variation_margin", "initial_margin", "variation_margin", "deficit"]
    for lost in range(len(postings)):
        assert broken(postings[:lost] + postings[lost + 1 :], list(outcome.events)), postings[lost]


def test_a_cent_is_seen_wherever_it_goes() -> None:
    outcome = journal()
    for place, posting in enumerate(outcome.postings):
        postings: list[Entry] = list(outcome.postings)
        postings[place] = (*posting[:-1], posting[-1] + 1)
        assert broken(postings, list(outcome.events)), posting


def test_an_event_that_is_missing_or_tells_another_amount_is_seen() -> None:
    outcome = journal()
    events = [event for event in outcome.events if event[2] == "hedge:0"]
    assert [event[1] for event in events] == ["hedge_margin_call", "hedge_margin_call", "hedge_closed"]
    assert broken(list(outcome.postings), events[:2])
    assert broken(list(outcome.postings), [*events[:2], (8, "hedge_closed", "hedge:0", -21999)])
    assert broken(list(outcome.postings), events[2:])
    assert broken(list(outcome.postings), events, [20000.0] * 12)


def test_a_return_that_does_not_come_is_seen() -> None:
    falling = [20000.0] * 3 + [18000.0] * 9
    outcome = run(12, miners=[miner()], hedges=[FUTURE | {"expiry_date": date(2022, 1, 1)}], closes=falling)
    assert broken(list(outcome.postings[:1]), [], falling)


def test_a_posting_after_the_end_is_seen() -> None:
    outcome = journal()
    late = (9, "margin_return", "cents", "world", "margin:0", 1)
    assert any("after day 8" in line for line in broken([*outcome.postings, late], list(outcome.events)))
