"""The TOML of a scenario as strict models: unknown keys, wrong types and wrong ranges are all reported at once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationInfo,
    field_validator,
)

from hashstress.correlation import check_correlation
from hashstress.hookspecs import LEAST_USD, LEAST_USD_PER_MWH, MOST_USD, MOST_USD_PER_MWH

LONGEST_RUN_DAYS = 36_525
LAST_HEIGHT = 6_929_999  # the last block with a subsidy


def _as_date(value: object) -> object:
    """A TOML date or an ISO string; a time of day is refused."""
    if isinstance(value, datetime):
        raise ValueError("a date without a time of day is expected")
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value!r} is not a date like 2022-06-13") from None
    return value


def _as_month(value: object) -> object:
    """A month like 2022-06, or the date of any of its days, as its first day."""
    day = _as_date(f"{value}-01" if isinstance(value, str) and len(value) == len("2022-06") else value)
    return day.replace(day=1) if isinstance(day, date) else day


def _as_citation(value: object) -> object:
    return {"source": value} if isinstance(value, str) else value


def _as_pair(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Day = Annotated[date, BeforeValidator(_as_date)]
Month = Annotated[date, BeforeValidator(_as_month)]
Share = Annotated[FiniteFloat, Field(ge=0, le=1)]
Positive = Annotated[FiniteFloat, Field(gt=0)]
NotNegative = Annotated[FiniteFloat, Field(ge=0)]
Days = Annotated[int, Field(ge=1, le=LONGEST_RUN_DAYS)]
HalfLife = Annotated[FiniteFloat, Field(ge=1e-3, le=1e6)]  # days
Depth = Annotated[FiniteFloat, Field(ge=1e-3, le=1e12)]  # TH/s
Usd = Annotated[FiniteFloat, Field(ge=LEAST_USD, le=MOST_USD)]
UsdPerMwh = Annotated[FiniteFloat, Field(ge=LEAST_USD_PER_MWH, le=MOST_USD_PER_MWH)]
Sats = Annotated[FiniteFloat, Field(ge=0, le=1e12)]
DatedUsd = Annotated[tuple[Day, Usd], BeforeValidator(_as_pair)]
MonthlySats = Annotated[tuple[Month, Sats], BeforeValidator(_as_pair)]


class Strict(BaseModel):
    """Base of scenario tables and of the parameters of built-in plugins."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=False
    )


class Named(BaseModel):
    """A table that names a plugin with `source`; its other keys are that plugin's parameters and are checked by it."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    source: str

    @property
    def params(self) -> dict[str, Any]:
        """The other keys."""
        return dict(self.model_extra or {})


class NamedPolicy(Named):
    """`[policies.NAME]`: by default a table of rules."""

    source: str = "rules"


class Citation(Strict):
    """`[[citations]]`: where a number comes from; a text alone is its `source`."""

    source: Annotated[str, Field(min_length=1)]
    date: Day | None = None
    url: str | None = None


Citations = list[Annotated[Citation, BeforeValidator(_as_citation)]]


class Cited(Strict):
    """The citations of a file alone."""

    citations: Citations = []


class Network(Strict):
    """`[network]`: the chain at the start of day 0; fees by month, held until the next month given."""

    height: Annotated[int, Field(ge=0, le=LAST_HEIGHT)]
    difficulty: Annotated[FiniteFloat, Field(ge=1, le=1e30)]
    fees: list[MonthlySats] = Field(min_length=1)


class Availability(Strict):
    """`[[availability]]`: from the first to the last day, both included, this share of a region's machines can run."""

    region: str
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    share: Share


class Impact(Strict):
    """`[impact]`: docs/model/market.md."""

    y: Annotated[FiniteFloat, Field(ge=0, le=100)]
    sigma_daily: Share
    volume_btc_per_day: Annotated[FiniteFloat, Field(ge=1e-6, le=1e9)]
    permanent_share: Share
    half_life_days: HalfLife


class Tier(Strict):
    """One of the four `[[asics.tiers]]`, the most efficient first."""

    index_usd_per_th: Annotated[FiniteFloat, Field(ge=1e-6, le=1e6)]
    elasticity: Annotated[FiniteFloat, Field(ge=0, le=20)]
    depth_ths_per_day: Depth
    bulk_ths: Depth
    scrap_usd_per_th: Annotated[FiniteFloat, Field(ge=0, le=1e6)]


class Asics(Strict):
    """`[asics]`: docs/model/asics.md."""

    hashprice_half_life_days: HalfLife
    index_half_life_days: HalfLife
    overhang_half_life_days: HalfLife
    kappa: Annotated[FiniteFloat, Field(ge=0, le=1e6)]
    quick_discount: Share
    bulk_discount: Share
    tiers: list[Tier] = Field(min_length=4, max_length=4)

    @field_validator("bulk_discount")
    @classmethod
    def _not_below_quick(cls, value: float, info: ValidationInfo) -> float:
        quick = info.data.get("quick_discount", 0.0)
        if value < quick:
            raise ValueError(f"{value} is below quick_discount, {quick}: a bulk lot sells at no smaller discount")
        return value


class LenderEvent(Strict):
    """`[[lender_events]]`: something that happens to a lender from outside."""

    date: Day
    lender: str
    kind: Literal["fail", "loss", "withdrawal"]
    amount_usd: Annotated[FiniteFloat, Field(ge=0, le=1e13)] = Field(default=0.0, validate_default=True)

    @field_validator("amount_usd")
    @classmethod
    def _where_it_applies(cls, value: float, info: ValidationInfo) -> float:
        kind = info.data.get("kind")
        if kind == "fail" and value:
            raise ValueError(f"{value} does nothing: a lender that fails needs no amount; leave it out")
        if kind in ("loss", "withdrawal") and not value:
            raise ValueError(f"a {kind} needs an amount above 0")
        return value


class Delivery(Strict):
    """`[[deliveries]]`: new hashrate of a cohort."""

    date: Day
    cohort: str
    hashrate_ths: Annotated[FiniteFloat, Field(gt=0, le=1e12)]


class VendorEvent(Strict):
    """`[[vendor_events]]`: a vendor of machines fails, docs/model/deliveries.md."""

    date: Day
    vendor: str


class RackChange(Strict):
    """`[[rack_changes]]`: slots that a fleet row gains, or loses where negative, docs/model/deliveries.md."""

    date: Day
    fleet: str
    slots: Annotated[int, Field(ge=-10_000_000, le=10_000_000)]

    @field_validator("slots")
    @classmethod
    def _not_nothing(cls, value: int) -> int:
        if value == 0:
            raise ValueError("0 slots change nothing: leave the row out")
        return value


class HostEvent(Strict):
    """`[[host_events]]`: a host fails and holds the machines at its sites, docs/model/sites.md."""

    date: Day
    host: str
    lien_days: Annotated[int, Field(ge=1, le=3650)]
    move_days: Annotated[int, Field(ge=0, le=3650)] = 0
    fee_usd_per_machine: Annotated[FiniteFloat, Field(ge=0, le=1e5)] = 0.0
    deposit_lost_share: Share = 1.0


class ForcedSale(Strict):
    """`[[forced_sales]]`: coins that sellers outside the book sell under force, docs/model/market.md."""

    date: Day
    days: Annotated[int, Field(ge=1, le=3650)] = 1
    btc: Annotated[FiniteFloat, Field(gt=0, le=21e6)]


class Channels(Strict):
    """`[channels]`: feedback that can be switched off, docs/model/channels.md."""

    impact: bool = True
    difficulty: bool = True
    fire_sales: bool = True
    margin_calls: bool = True
    lender_calls: bool = True
    lender_dumping: bool = True
    cross_default: bool = True
    confidence: bool = True
    tightening: bool = True
    exposures: bool = True
    lender_lines: bool = True
    solvency: bool = True
    rescue: bool = True
    responses: bool = True

    @property
    def off(self) -> list[str]:
        """Names of those that are off, in order."""
        return [name for name in type(self).model_fields if not getattr(self, name)]


class Stages(Strict):
    """`[stages]`: thresholds of the stages of a crisis and of the clocks of recovery, docs/model/stages.md."""

    btc_usd: Annotated[FiniteFloat, Field(ge=0, le=1e12)] = 20_000.0
    utilisation: Share = 0.9
    lender_cash_share: Share = 0.5
    power_to_revenue: Annotated[FiniteFloat, Field(ge=0, le=1e6)] = 0.8
    miner_cash_share: Share = 0.5
    recovery_btc_usd: Annotated[FiniteFloat, Field(ge=0, le=1e12)] = 22_000.0
    recovery_lender_share: Annotated[FiniteFloat, Field(ge=0, le=1e6)] = 0.75


class Shock(Strict):
    """`[[joint.shocks]]`: a source of shocks and how much it moves."""

    source: Literal["btc", "power", "network", "asic"]
    volatility_annual: Annotated[FiniteFloat, Field(ge=0, le=10)]
    half_life_days: HalfLife | None = None


class Joint(Strict):
    """`[joint]`: shocks that move together, docs/model/joint.md."""

    shocks: list[Shock] = Field(min_length=1)
    correlation: list[list[FiniteFloat]]

    @field_validator("shocks")
    @classmethod
    def _each_once(cls, value: list[Shock]) -> list[Shock]:
        sources = [shock.source for shock in value]
        twice = sorted({source for source in sources if sources.count(source) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is given twice: each source has one shock")
        return value

    @field_validator("correlation")
    @classmethod
    def _of_correlations(cls, value: list[list[float]], info: ValidationInfo) -> list[list[float]]:
        shocks = info.data.get("shocks")
        if shocks is not None:
            check_correlation(value, [shock.source for shock in shocks])
        return value


class Frontier(Strict):
    """`[frontier]`: what better machines do to the price of older ones, docs/model/frontier.md."""

    elasticity: Annotated[FiniteFloat, Field(ge=0, le=10)]
    half_life_days: HalfLife | None = None


class Claim(Strict):
    """`[[claims]]`: a figure somebody gives, measured on the run: docs/model/claims.md."""

    system: Annotated[str, Field(min_length=1)]
    claim: Annotated[str, Field(min_length=1)]
    figure: FiniteFloat | None = None
    bound: Literal["at_least", "at_most"] | None = None
    tolerance: NotNegative = 0.0
    unit: str = ""
    measure: str
    on: str | None = None
    to: str | None = None
    since: str | None = None
    until: str | None = None
    metric: str | None = None
    entity: str | None = None
    other: str | None = None
    record: FiniteFloat | None = None
    source: str = ""


class ScenarioFile(Strict):
    """A whole scenario file. `start` and `end` are the first and the last day of the run."""

    name: str
    title: str = ""
    base: str | None = None
    book: str | None = None
    start: Day
    end: Day
    expect: str = ""
    citations: Citations = []
    scale: dict[str, Any] = {}
    add: dict[str, Any] = {}
    price: Named
    network: Network
    power: Named
    availability: list[Availability] = []
    impact: Impact
    asics: Asics
    lender_events: list[LenderEvent] = []
    deliveries: list[Delivery] = []
    vendor_events: list[VendorEvent] = []
    rack_changes: list[RackChange] = []
    host_events: list[HostEvent] = []
    forced_sales: list[ForcedSale] = []
    estate_days: Days
    policies: dict[str, NamedPolicy] = {}
    channels: Channels = Channels()
    stages: Stages = Stages()
    joint: Joint | None = None
    frontier: Frontier | None = None
    claims: list[Claim] = []

    @property
    def days(self) -> int:
        """Number of days, the first and the last included."""
        return (self.end - self.start).days + 1

    @field_validator("end")
    @classmethod
    def _ends_after_start(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("start")  # not there when it was refused itself
        if start is not None and not 1 <= (end - start).days < LONGEST_RUN_DAYS:
            raise ValueError(f"{end} must lie 1 to {LONGEST_RUN_DAYS - 1} days after start {start}")
        return end
