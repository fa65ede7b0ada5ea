"""Loans: PAM, LAM, NAM, ANN, LAX, CLM, UMP.

A loan is terms, a state and events in order of time. An event pays from the state before it, then changes the state.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .loan_dates import (
    AMORTISERS,
    INTEREST,
    PRINCIPAL,
    anchor,
    interest_dates,
    maturity,
    principal_segments,
    redemption_dates,
    segments,
    stretch,
)
from .terms import RANK, Case, Event, Row, fixed, moved, reported, row

LATE = ("DL", "DQ", "DF")


@dataclass
class State:
    """What a loan is at a moment; amounts carry the sign of the role."""

    since: datetime
    notional: float = 0.0
    rate: float = 0.0
    accrued: float = 0.0
    fee: float = 0.0
    base: float = 0.0
    payment: float = 0.0
    principal_scale: float = 1.0
    interest_scale: float = 1.0


class Loan:
    """One loan from its status date on."""

    def __init__(self, case: Case) -> None:
        self.case, self.terms, self.market = case, case.terms, case.market
        self.kind = self.terms.text("contractType")
        self.sign = self.terms.sign
        self.notional = self.terms.number("notionalPrincipal")
        self.rate = self.terms.number("nominalInterestRate")
        self.basis = self.terms.text("interestCalculationBase", "NT") if self.kind in (*AMORTISERS, "LAX") else "NT"
        self.exchange = self.terms.need("initialExchangeDate")
        self.called = self._call()
        self.end = self._end()
        self.payments = self._payment_dates()
        self.events = sorted(self._plan(), key=lambda event: event.place)
        if self.called:
            self.events.sort(key=lambda event: (event.time, self._call_rank(event)))
        self.state = self._start()
        self.span = 0.0

    # --- Dates --------------------------------------------------------------------------------------------------------------------

    def _call(self) -> datetime | None:
        """The moment call money is called, if before its maturity."""
        if self.kind != "CLM":
            return None
        last = self.terms.date("maturityDate")
        times = [event.time for event in self.case.events if event.kind == "XD" and event.time > self.terms.status]
        return next((time for time in times if last is None or time < last), None)

    def _call_rank(self, event: Event) -> float:
        """A call comes before the interest that is paid with it, after everything else of the moment."""
        if event.kind == "IP":
            return RANK["XD"] + 0.5
        return RANK[event.kind]

    def _end(self) -> datetime:
        """The date up to which cycles run: maturity, call; beyond a sale or the horizon: dates may be moved back."""
        if self.called:
            return self.called
        if self.kind in ("CLM", "UMP") and not self.terms.has("maturityDate"):
            sold, to = self.terms.date("terminationDate"), self.case.to
            if self.kind == "UMP" and sold is not None and (to is None or sold < to):
                to = sold
            if to is None:
                raise ValueError("no end")
            return to + timedelta(days=14)
        return maturity(self.terms)

    def _open(self) -> bool:
        """Whether the contract has no end of its own."""
        return self.kind == "UMP" or (self.kind == "CLM" and not self.called and not self.terms.has("maturityDate"))

    def _payment_dates(self) -> list[Event]:
        """The payments an annuity's level payment is reckoned over; they end with the amortisation date."""
        if self.kind != "ANN":
            return []
        end = self.terms.date("amortizationDate") or self.end
        days = [day for day in [*redemption_dates(self.terms, end), end] if day >= self.exchange]
        return [moved(self.terms.convention, day, "PR") for day in days]

    def _plan(self) -> list[Event]:
        terms, convention = self.terms, self.terms.convention
        events = [fixed(self.exchange, "IED")]
        events += self._interest() + self._principal() + self._resets() + self._fees() + self._prepayments()
        if not self._open():
            events += self._maturity_events()
        events += [moved(convention, day, "IPCB") for day in self._base_dates()]
        if {"I", "N"} & set(terms.text("scalingEffect", "000")):
            names = ("cycleAnchorDateOfScalingIndex", "cycleOfScalingIndex")
            events += [moved(convention, day, "SC") for day in self._stretch(names)]
        events = [event for event in events if event.scheduled >= self.exchange]  # a cycle may be anchored earlier
        for name, kind in (("purchaseDate", "PRD"), ("terminationDate", "TD")):
            if terms.has(name):
                events.append(fixed(terms.need(name), kind))
        events += self._outside()
        if self.called:
            events = [event for event in events if event.scheduled <= self.called or event.kind in ("IP", "STD")]
        if self.kind == "UMP" and self.case.to:  # the tests do not tell on the horizon what comes in a cycle
            cyclic = ("IPCI", "FP", "RR", "RRF", "SC")
            events = [event for event in events if event.kind not in cyclic or event.time < self.case.to]
        return [event for event in events if event.time > terms.status]

    def _stretch(self, names: tuple[str, str], *, with_end: bool = False) -> list[datetime]:
        if self._open():  # a horizon makes no stub
            start, cycle = anchor(self.terms, *names), self.terms.cycle(names[1])
            if cycle is not None:
                cycle = replace(cycle, long_stub=False)
            return [] if start is None else self.terms.dates(start, cycle, self.end)[:-1]
        return stretch(self.terms, names, self.end, with_end=with_end)

    def _interest(self) -> list[Event]:
        terms, convention = self.terms, self.terms.convention
        if not terms.has("nominalInterestRate"):
            return []
        if self.kind in ("CLM", "UMP"):
            return [moved(convention, day, "IPCI") for day in self._stretch(INTEREST)]
        dates = interest_dates(terms, self.end)
        capital = terms.date("capitalizationEndDate")
        if capital is None or capital > self.end:
            return [moved(convention, day, "IP" if capital is None else "IPCI") for day in dates]
        events = [moved(convention, day, "IPCI" if day < capital else "IP") for day in dates if day != capital]
        return [*events, moved(convention, capital, "IPCI")]

    def _maturity_events(self) -> list[Event]:
        terms, convention = self.terms, self.terms.convention
        if self.called:
            notice = terms.cycle("xDayNotice")
            settled = notice.after(self.called) if notice else self.called
            stop = convention.reckoned(self.called)
            times = {"XD": self.called, "IP": settled, "STD": settled}
            return [Event(time, kind, stop, time) for kind, time in times.items()]
        if self.kind == "CLM":
            reckoned = convention.reckoned(self.end)
            return [Event(self.end, kind, reckoned, self.end) for kind in ("IP", "MD")]
        return [moved(convention, self.end, "MD")]

    def _principal(self) -> list[Event]:
        convention = self.terms.convention
        if self.kind == "LAX":
            return [
                moved(convention, day, "PR" if amount > 0 else "PI", abs(amount))
                for day, amount in principal_segments(self.terms, self.end)
            ]
        if self.kind not in AMORTISERS:
            return []
        events = [moved(convention, day, "PR") for day in redemption_dates(self.terms, self.end)]
        first = self._first_fixing()
        if first is not None and first >= self.exchange:
            events.append(fixed(first, "PRF"))
        return events

    def _first_fixing(self) -> datetime | None:
        """A day before the first payment of an annuity whose payment is not given."""
        if self.kind != "ANN" or self.terms.has("nextPrincipalRedemptionPayment"):
            return None
        first = anchor(self.terms, *PRINCIPAL)
        if first is None:
            return None
        return min(first, self.terms.convention.paid(first)) - timedelta(days=1)

    def _resets(self) -> list[Event]:
        terms, convention = self.terms, self.terms.convention
        if self.kind == "LAX":
            return self._segment_resets()
        dates = self._stretch(("cycleAnchorDateOfRateReset", "cycleOfRateReset"))
        events = [moved(convention, day, "RR") for day in dates if day >= self.exchange]
        ahead = [event for event in events if event.time > terms.status]
        if ahead and terms.has("nextResetRate"):
            ahead[0].kind = "RRF"
        if self.kind == "ANN":
            events += [replace(event, kind="PRF") for event in events]
        return events

    def _segment_resets(self) -> list[Event]:
        terms, convention = self.terms, self.terms.convention
        names = ("arrayCycleAnchorDateOfRateReset", "arrayCycleOfRateReset")
        rates = [float(rate) for rate in terms.items("arrayRate")]
        kinds = [str(kind).strip() for kind in terms.items("arrayFixedVariable")]
        return [
            moved(convention, day, "RRF" if kinds[i].startswith("F") else "RR", rates[i])
            for i, day in segments(terms, names, self.end)
        ]

    def _fees(self) -> list[Event]:
        if not self.terms.number("feeRate"):
            return []
        dates = self._stretch(("cycleAnchorDateOfFee", "cycleOfFee"), with_end=not self._open())
        return [moved(self.terms.convention, day, "FP") for day in dates]

    def _prepayments(self) -> list[Event]:
        """Prepayments on their cycle and as observed, each with a penalty if there is one."""
        terms = self.terms
        if terms.text("prepaymentEffect", "N") == "N":
            return []
        seen_before = [
            seen for seen in self.case.events if seen.kind == "PP" and self.exchange <= seen.time <= self._closed()
        ]
        observed = {seen.time: seen.value for seen in seen_before}
        names = ("cycleAnchorDateOfOptionality", "cycleOfOptionality")
        events: list[Event] = []
        for day in self._stretch(names):
            if day in observed:
                events.append(moved(terms.convention, day, "PP", observed.pop(day), "observed"))
            else:
                events.append(moved(terms.convention, day, "PP"))
        events += [fixed(time, "PP", value, "observed") for time, value in observed.items()]
        # A date may be moved out of the life of the loan, where there is nothing to be prepaid.
        events = [event for event in events if self.exchange <= event.time <= self._closed()]
        if terms.text("penaltyType", "O") != "O":
            events += [replace(event, kind="PY") for event in events]
        return events

    def _base_dates(self) -> list[datetime]:
        if self.basis != "NTL":
            return []
        return self._stretch(("cycleAnchorDateOfInterestCalculationBase", "cycleOfInterestCalculationBase"))

    def _outside(self) -> list[Event]:
        """Observed events: drawings, lateness, payments into and out of a deposit, and moments looked at."""
        events: list[Event] = []
        for seen in self.case.events:
            if seen.kind == "AD":
                events.append(fixed(seen.time, "AD"))
            elif self.kind == "UMP" and seen.kind in ("PR", "PI"):
                events.append(fixed(seen.time, seen.kind, seen.value))
            elif seen.kind == "PD" and self.terms.has("creditLineAmount") and self._in_life(seen.time):
                events.append(fixed(seen.time, "PD", seen.value))
        if self.terms.number("delinquencyRate"):
            events += self._lateness()
        return events

    def _in_life(self, time: datetime) -> bool:
        return time >= self.exchange and (self._open() or time < min(self.end, self._closed()))

    def _closed(self) -> datetime:
        """The moment of the last payment."""
        return self.end if self._open() else max(event.time for event in self._maturity_events())

    def _lateness(self) -> list[Event]:
        """Each credit event observed, and the end of a grace: there the rate rises, and falls when the lateness ends."""
        grace = self.terms.cycle("gracePeriod")
        events: list[Event] = []
        began: datetime | None = None
        for seen in self.case.events:
            if seen.kind != "CE" or not self._in_life(seen.time):
                continue
            change = 0.0
            if seen.performance in LATE and began is None:
                began = grace.after(seen.time) if grace else seen.time
                change = 1.0 if began == seen.time else 0.0
                if not change:
                    events.append(fixed(began, "CE", 1.0))
            elif seen.performance not in LATE and began is not None:
                if began <= seen.time:
                    change = -1.0
                else:
                    events.remove(fixed(began, "CE", 1.0))
                began = None
            events.append(fixed(seen.time, "CE", change))
        return [event for event in events if self._in_life(event.time)]

    # --- State --------------------------------------------------------------------------------------------------------------------

    def _start(self) -> State:
        """The state on the status date."""
        terms = self.terms
        state = State(since=terms.status)
        state.principal_scale = terms.number("notionalScalingMultiplier", 1.0)
        state.interest_scale = terms.number("interestScalingMultiplier", 1.0)
        state.payment = self._first_payment()
        if self.exchange > terms.status:
            return state
        state.notional, state.rate = self.sign * self.notional, self.rate
        state.base = self._first_base()
        state.fee = self._first_fee(state.notional)
        if terms.has("accruedInterest"):
            state.accrued = self.sign * terms.number("accruedInterest")
        elif self.kind != "CLM":
            state.accrued = self.years(self._interest_paid_to(), terms.status) * state.base * state.rate
        if self._fixed_silently():
            state.payment = self._level(state, terms.status)
        return state

    def _interest_paid_to(self) -> datetime:
        """The date up to which interest was paid when the contract was looked at; without one interest starts on the status date."""
        paid = [
            event for event in self._interest() if event.time <= self.terms.status and event.scheduled >= self.exchange
        ]
        return max(paid, key=lambda event: event.place).reckoned if paid else self.terms.status

    def _first_fee(self, notional: float) -> float:
        """The fee accrued: as told, else on the notional since the last fee; an absolute one is paid whole."""
        terms = self.terms
        if terms.has("feeAccrued") or terms.text("feeBasis") != "N":
            return self.sign * terms.number("feeAccrued")
        paid = [event for event in self._fees() if event.time <= terms.status and event.scheduled >= self.exchange]
        since = max(paid, key=lambda event: event.place).reckoned if paid else terms.status
        return self.years(since, terms.status) * notional * terms.number("feeRate")

    def _first_base(self) -> float:
        if self.basis == "NT" or not self.terms.has("interestCalculationBaseAmount"):
            return self.sign * self.notional
        return self.sign * self.terms.number("interestCalculationBaseAmount")

    def _first_payment(self) -> float:
        terms = self.terms
        if terms.has("nextPrincipalRedemptionPayment"):
            return self.sign * terms.number("nextPrincipalRedemptionPayment")
        if self.kind == "LAM":
            days = [*redemption_dates(terms, self.end), self.end]
            days = [day for day in days if day > terms.status and day >= self.exchange]
            return self.sign * self.notional / len(days)
        return 0.0

    def _fixed_silently(self) -> bool:
        """Whether an annuity's payment has to be known before there is an event that could fix it."""
        first = self._first_fixing()
        return first is not None and (first <= self.terms.status or first < self.exchange)

    def years(self, start: datetime, end: datetime) -> float:
        own = None if self.kind in ("CLM", "UMP") else self.end
        return self.terms.years(start, end, self.terms.date("maturityDate") or own)

    def _level(self, state: State, when: datetime, *, inclusive: bool = False) -> float:
        """The level payment that leaves nothing on the last payment date."""
        dates = [pay.reckoned for pay in self.payments if pay.time > when or (inclusive and pay.time == when)]
        if not dates:
            return state.notional + state.accrued
        owed = state.notional + state.accrued + state.notional * state.rate * self.years(state.since, dates[0])
        growth, denominator = 1.0, 1.0
        for i in reversed(range(len(dates) - 1)):
            growth *= 1 + state.rate * self.years(dates[i], dates[i + 1])
            denominator += growth
        return owed * growth / denominator

    # --- Events -------------------------------------------------------------------------------------------------------------------

    def run(self) -> list[Row]:
        """The rows; what precedes a purchase is reckoned and not told."""
        rows: list[Row] = []
        for event in self.events:
            if event.kind == "PRD":
                rows.clear()
            line = self.take(event)
            rows.append(line)
            if event.kind == "TD":
                break
        return [line for line in rows if self._reported(line)]

    def _reported(self, line: Row) -> bool:
        to = self.case.to
        if to is None or (self.called and self.called <= to and line["event_type"] in ("IP", "STD")):
            return True
        return bool(reported([line], to))

    def take(self, event: Event) -> Row:
        """Pay an event, change the state, and tell both."""
        payoff = self._pay(event)
        state = self.state
        return row(event, payoff, self.terms.text("currency"), state.notional, state.rate, state.accrued)

    def _pay(self, event: Event) -> float:
        handler = getattr(self, f"_{event.kind.lower()}")
        if event.kind in ("IED", "XD", "MD", "STD", "AD"):
            return float(handler(event))
        self._accrue(event)
        return float(handler(event))

    def _accrue(self, event: Event) -> None:
        state = self.state
        span = self.span = self.years(state.since, event.reckoned)
        state.accrued += span * state.rate * state.base
        if self.terms.text("feeBasis") == "N":
            state.fee += span * state.notional * self.terms.number("feeRate")
        state.since = event.reckoned

    def _owe(self, notional: float) -> None:
        self.state.notional = notional
        if self.basis == "NT":
            self.state.base = notional

    def _ied(self, event: Event) -> float:
        terms, state = self.terms, self.state
        state.since, state.rate = event.reckoned, self.rate
        state.notional, state.base = self.sign * self.notional, self._first_base()
        state.accrued = self.sign * terms.number("accruedInterest")
        start = terms.date("cycleAnchorDateOfInterestPayment")
        if not terms.has("accruedInterest") and start is not None and start < event.time:
            state.accrued = self.years(start, event.time) * state.base * state.rate
        if self._fixed_silently():
            state.payment = self._level(state, event.time, inclusive=True)
        return -self.sign * (self.notional + terms.number("premiumDiscountAtIED"))

    def _ip(self, _event: Event) -> float:
        paid = self.state.interest_scale * self.state.accrued
        self.state.accrued = 0.0
        return paid

    def _ipci(self, _event: Event) -> float:
        added, self.state.accrued = self.state.accrued, 0.0
        self._owe(self.state.notional + added)
        return 0.0

    def _pr(self, event: Event) -> float:
        state, left = self.state, self.sign * self.state.notional
        if self.kind in ("LAX", "UMP"):
            redeemed = event.amount
        elif self.kind == "LAM":
            redeemed = abs(state.payment)
        else:
            redeemed = self.sign * (state.payment - state.accrued)
        redeemed = self.sign * min(redeemed, left)
        self._owe(state.notional - redeemed)
        return redeemed if self.kind == "UMP" else state.principal_scale * redeemed  # of a deposit what was observed

    def _pi(self, event: Event) -> float:
        drawn = self.sign * event.amount
        self._owe(self.state.notional + drawn)
        return -drawn if self.kind == "UMP" else -self.state.principal_scale * drawn

    def _pd(self, event: Event) -> float:
        room = max(self.terms.number("creditLineAmount") - abs(self.state.notional), 0.0)
        drawn = self.sign * min(event.amount, room)
        self._owe(self.state.notional + drawn)
        return -drawn

    def _ce(self, event: Event) -> float:
        self.state.rate += event.amount * self.terms.number("delinquencyRate")
        return 0.0

    def _prf(self, event: Event) -> float:
        self.state.payment = self._level(self.state, event.time)
        return 0.0

    def _rrf(self, event: Event) -> float:
        self.state.rate = event.amount if self.kind == "LAX" else self.terms.number("nextResetRate")
        return 0.0

    def _rr(self, event: Event) -> float:
        terms, state = self.terms, self.state
        observed = self.market.at(terms.text("marketObjectCodeOfRateReset"), event.scheduled)
        target = observed * terms.number("rateMultiplier", 1.0) + terms.number("rateSpread")
        if self.kind == "LAX":
            target += event.amount
        change = target - state.rate
        change = min(max(change, terms.number("periodFloor", -1e300)), terms.number("periodCap", 1e300))
        state.rate = min(max(state.rate + change, terms.number("lifeFloor", -1e300)), terms.number("lifeCap", 1e300))
        return 0.0

    def _ipcb(self, _event: Event) -> float:
        self.state.base = self.state.notional
        return 0.0

    def _sc(self, event: Event) -> float:
        terms = self.terms
        base = terms.number("scalingIndexAtContractDealDate", terms.number("scalingIndexAtStatusDate"))
        scale = self.market.at(terms.text("marketObjectCodeOfScalingIndex"), event.scheduled) / base
        effect = terms.text("scalingEffect")
        if "I" in effect:
            self.state.interest_scale = scale
        if "N" in effect:
            self.state.principal_scale = scale
        return 0.0

    def _fp(self, _event: Event) -> float:
        paid = self.state.fee if self.terms.text("feeBasis") == "N" else self.sign * self.terms.number("feeRate")
        self.state.fee = 0.0
        return paid

    def _pp(self, event: Event) -> float:
        terms, state = self.terms, self.state
        amount, owed = event.amount, self.sign * self.state.notional
        if event.note != "observed":
            amount = 0.0
            if terms.has("objectCodeOfPrepaymentModel"):
                amount = owed * self.market.at(terms.text("objectCodeOfPrepaymentModel"), event.scheduled)
        paid = self.sign * min(amount, owed)
        if terms.text("prepaymentEffect") == "A" and state.notional:
            state.payment *= (state.notional - paid) / state.notional
        self._owe(state.notional - paid)
        return paid

    def _py(self, event: Event) -> float:
        """The penalty; a relative one counts the time since the event before."""
        terms, state = self.terms, self.state
        kind, penalty = terms.text("penaltyType"), terms.number("penaltyRate")
        if kind == "A":
            return self.sign * penalty
        if kind in ("N", "R"):
            return self.span * state.notional * penalty
        market = self.market.at(terms.text("marketObjectCodeOfRateReset"), event.scheduled)
        return self.span * state.notional * max(0.0, state.rate - market)

    def _prd(self, _event: Event) -> float:
        return -self.sign * (self.terms.number("priceAtPurchaseDate") + self.state.accrued)

    def _td(self, _event: Event) -> float:
        paid = self.sign * (self.terms.number("priceAtTerminationDate") + self.state.accrued)
        self._close()
        return paid

    def _close(self) -> None:
        self.state.notional = self.state.base = self.state.accrued = self.state.fee = 0.0

    def _md(self, event: Event) -> float:
        self._accrue(event)
        state = self.state
        paid = state.principal_scale * state.notional + state.interest_scale * state.accrued + state.fee
        self._close()
        return paid

    def _xd(self, event: Event) -> float:
        self._accrue(event)
        return 0.0

    def _std(self, event: Event) -> float:
        return self._md(event)

    def _ad(self, event: Event) -> float:
        self._accrue(event)
        return 0.0


def exposure(case: Case, when: datetime) -> tuple[float, float]:
    """What is owed at a moment: principal, and interest accrued."""
    loan = Loan(case)
    for event in loan.events:
        if event.place >= (when, RANK["CE"]) or event.time > when:
            break
        loan.take(event)
        if event.kind == "TD":
            break
    state = loan.state
    return state.notional, state.accrued + loan.years(state.since, when) * state.rate * state.base


def schedule(case: Case) -> list[Row]:
    """The rows of a loan."""
    return Loan(case).run()
