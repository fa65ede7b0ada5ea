"""Tables of a book to canonical state. Page: docs/model/inputs.md."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from .ledger import Ledger
from .numbers import Real, cents, rounded, sats

if TYPE_CHECKING:
    from .facilities import Facility
    from .responses import Response
    from .sites import Site, Work

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Event = tuple[int, str, str, float]
Calendar = defaultdict[int, set[int]]


@dataclass(slots=True)
class Fleet:
    """One miner's machines of one model at one site; the count is the ledger's `fleet:g`."""

    index: int
    account: str
    key: str
    miner: int
    region: str
    model: str
    hashrate_ths: float  # per machine
    power_w: float  # per machine
    mwh_per_ths: float  # per TH/s and day
    tier: int
    contract: str
    power_usd_per_mwh: float
    pass_through: float
    strike: float | None  # USD/MWh
    curtailment_share: float
    demand_charge: float  # USD per MW and month
    shutdown_ratio: float
    shutdown_days: int
    restart_ratio: float
    restart_days: int
    opening_machines: float
    slots: list[float] | None  # machines that have a place to run, per day; None: no limit
    launch_day: int = 0  # from which its model can be had
    sold: float = 0.0  # slots that are somebody else's for good
    boxed: float = 0.0  # machines delivered and not yet deployed
    site: "Site" = None  # type: ignore[assignment]  # set by sites.py
    on: bool = True
    streak: int = 0


@dataclass(slots=True)
class Cohort:
    """A part of the anonymous rest of the network; hashrate and cost per day are fixed by the scenario."""

    index: int
    shutdown_ratio: float
    shutdown_days: int
    restart_ratio: float
    restart_days: int
    ths: list[float]  # per day
    cost: list[float]  # USD per TH/s and day, per day
    installed: list[float] = field(default_factory=list)  # TH/s, per day, whether they can run or not
    on: bool = True
    streak: int = 0


@dataclass(slots=True)
class Miner:
    """Terms and state of a miner; cents and satoshis are the ledger's `miner:i`."""

    index: int
    account: str
    key: str
    overhead_cents: float  # per month
    overhead_per_day: float  # cents
    essential_cents: float  # per month
    other_cents: float  # per month
    other_income_cents: float  # per month
    hodl_share: float
    runway_low_days: float
    runway_high_days: float
    stock_sale_share: float
    equity_left: float  # cents
    equity_per_month: float  # cents
    pool_fee: float
    bills_grace_days: int
    fleets: list[Fleet] = field(default_factory=list)
    loans: list["Loan"] = field(default_factory=list)
    orders: list["Order"] = field(default_factory=list)
    credits: list["Credit"] = field(default_factory=list)
    hedges: list["Hedge"] = field(default_factory=list)
    accrued: float = 0.0  # cents of power, today
    power_due: float = 0.0  # cents
    bills_arrears: float = 0.0  # cents
    bills_grace: bool = False
    selling: bool = False
    short: bool = False
    operating: bool = True
    failed_day: int | None = None
    debt_service_per_day: float = 0.0  # cents, of its loans
    order_service_per_day: float = 0.0  # cents, of instalments soon due
    running_ths: float = 0.0  # today
    potential_ths: float = 0.0  # today
    energy_cents: float = 0.0  # today
    credit_cents: float = 0.0  # today
    demand_cents: float = 0.0  # today


@dataclass(slots=True)
class Lender:
    """Terms and state of a lender; cash is the ledger's `lender:j`. Amounts in cents."""

    index: int
    account: str
    key: str
    other_assets: float
    opening_equity: float
    funding_rate: float
    seizure_days: int
    call_notice_days: int
    host_usd_per_mwh: float
    host_capacity_ths: float
    policy: str
    demand_share: float
    run_own: float
    run_peer: float
    term_share_per_month: float
    stop_equity_share: float
    tighten_equity_share: float
    forbear_days: int  # 0: never
    swap_cover: float | None
    amend_cover: float | None
    rehypothecated_share: float
    book_sale_days: int
    book_sale_price: float | None
    book_buy_cover: float | None
    bankruptcy_cost_share: float
    loans: list["Loan"] = field(default_factory=list)  # those it holds, in order
    held: list["Exposure"] = field(default_factory=list)  # its claims on other lenders
    owing: list["Exposure"] = field(default_factory=list)  # what other lenders claim from it
    book: float = 0.0
    carry: float = 0.0
    funding: float = 0.0
    demand: float = 0.0  # the part of funding payable on demand
    stopped: bool = False
    tightened: bool = False
    failed: bool = False
    failed_day: int | None = None
    sale_loss: float = 0.0  # on loans sold to other lenders, less what it paid too little for theirs
    survival_start: float = 0.0  # days
    survival_min: float = 3650.0  # days, the least measured on this path
    debtrank: float | None = None


@dataclass(slots=True)
class Exposure:
    """A claim of one lender on another, cents, what its holder takes it to be worth, and up to how much the holder has promised to lend."""

    creditor: Lender
    debtor: Lender
    amount: float
    mark: float
    limit: float | None = None


@dataclass(slots=True)
class Loan:
    """Terms and state of a loan, cents; the ledger has its `pledge:l` (satoshis) and `lot:l` (seized machines)."""

    index: int
    key: str
    pledge: str
    lot: str
    miner: Miner
    lender: Lender  # who holds it: the one the book names, until it is sold
    collateral: str
    amortisation: str
    outstanding: float
    rate: float
    day_count: str
    first_payment_date: date
    maturity_date: date
    period_months: int
    full_recourse: bool
    cross_default: bool
    grace_days: int
    fleet: Fleet | None
    collateral_machines: float
    initial_ltv: float
    call_ltv: float
    liquidation_ltv: float
    cure_days: int
    tranche_share: float
    payment_cents: float  # a fixed payment
    default_interest_rate: float
    fee_rate: float
    credit_line: float | None
    covenant_cover: float | None
    covenant_days: int
    status: str = "performing"
    payment: float = 0.0
    instalment: float = 0.0
    service_per_day: float = 0.0
    begin: date = date.min  # of the first period
    dates: list[date] = field(default_factory=list)  # all due dates
    due: dict[int, tuple[float, bool]] = field(default_factory=dict)  # day -> (year fraction, last due date)
    renewed: bool = False  # it has new terms
    pause_ends: int | None = None  # day of the last due date on which it pays interest only, in new terms
    service_after_pause: float = 0.0
    arrears_interest: float = 0.0
    arrears_principal: float = 0.0
    late_from: int = 0
    late_interest: float = 0.0  # charged so far
    grace_day: int = -1
    forborne: bool = False
    cure_pending: bool = False
    covenant_pending: bool = False
    ead: float = 0.0
    recovered: float = 0.0
    default_day: int | None = None
    carry: float = 0.0
    discount: float = 0.0  # what its holder paid less than was outstanding, held against the holder's other assets
    settled: bool = False  # the lender has given up what the collateral or a price does not bring
    seized: bool = False
    lot_initial: float = 0.0
    lot_day: int = 0
    consigned_index: float | None = None  # USD/TH on the day a broker took the lot over

    @property
    def is_open(self) -> bool:
        """Performing or in arrears."""
        return self.status in ("performing", "arrears")

    @property
    def claim(self) -> float:
        """Principal and overdue interest, cents."""
        return self.outstanding + self.arrears_interest


@dataclass(slots=True)
class Credit:
    """What a vendor owes a miner in goods; the cents are the ledger's `credit:c`."""

    account: str
    vendor: str


@dataclass(slots=True)
class Order:
    """Terms and state of a batch of machines bought, cents."""

    index: int
    entity: str
    miner: Miner
    fleet: Fleet
    credit: Credit
    vendor: str
    machines: float
    unit: float  # a machine
    parts: list[float]  # instalments
    rests: list[float]  # this instalment and all later ones
    dues: dict[int, int]  # day -> number of the instalment due then
    delivery_day: int
    floating: bool
    price_protection: bool
    deployment_days: int
    grace_days: int
    forfeit_share: float
    coupon_share: float
    cancel_ratio: float | None
    paid: float
    status: str = "open"
    arrears: float = 0.0
    grace_day: int | None = None

    @property
    def is_open(self) -> bool:
        """Neither delivered nor closed."""
        return self.status == "open"


@dataclass(slots=True)
class Hedge:
    """Terms and state of a hedge, cents; of a future the ledger has its `margin:h`."""

    index: int
    entity: str
    margin: str
    miner: Miner
    kind: str
    expiry_day: int
    sats: float
    strike: float
    cap: float
    initial_margin_share: float
    maintenance_margin_share: float
    cure_days: int
    hashrate_ths: float
    strike_usd_per_ph_day: float
    mw: float
    region: str
    strike_usd_per_mwh: float
    shares: list[float]  # of a plant's output, January first
    take_share: float
    suspend_usd_per_mwh: float | None
    mark: float
    open: bool = True
    called: bool = False
    cure_end: int = 0


class State:
    """Everything one path knows; the stages read and change it."""

    def __init__(
        self,
        scenario: Row,
        close_usd: list[float],
        low_usd: list[float],
        exp: Real,
        ln: Real,
        days: int,
        seed: int = 0,
        path: int = 0,
        cos: Real = math.cos,
    ) -> None:
        self.scenario = scenario
        self.close_usd = close_usd
        self.low_usd = low_usd
        self.exp = exp
        self.ln = ln
        self.cos = cos
        self.days = days
        self.seed = seed
        self.path = path
        self.day = 0
        self.start = date.fromisoformat(scenario["start"])
        self.ledger = Ledger()
        self.events: list[Event] = []
        self.daily: list[dict[str, float]] = []
        self.miners: list[Miner] = []
        self.fleets: list[Fleet] = []
        self.lenders: list[Lender] = []
        self.exposures: list[Exposure] = []
        self.loans: list[Loan] = []
        self.orders: list[Order] = []
        self.credits: list[Credit] = []
        self.hedges: list[Hedge] = []
        self.facilities: list[Facility] = []
        self.responses: list[Response] = []
        self.works: list[Work] = []
        self.cohorts: list[Cohort] = []
        # what ends or falls due on a day, by index
        self.due: Calendar = defaultdict(set)
        self.bills_graces: Calendar = defaultdict(set)
        self.notices: Calendar = defaultdict(set)
        self.graces: Calendar = defaultdict(set)
        self.cures: Calendar = defaultdict(set)
        self.covenant_calls: Calendar = defaultdict(set)
        self.seizures: Calendar = defaultdict(set)
        self.estates: Calendar = defaultdict(set)
        self.order_graces: Calendar = defaultdict(set)
        self.deployments: Calendar = defaultdict(set)
        self.settlements: defaultdict[int, list[tuple[int, float, float]]] = defaultdict(
            list
        )  # loan, its lender's, the miner's
        self.arrivals: dict[int, list[tuple[Fleet, float]]] = {}  # machines that leave their boxes on a day
        # from outside
        self.shocks: dict[str, list[float]] = {}  # factor per source and day
        self.tariffs: dict[str, list[float]] = {}  # USD/MWh per region and day, shocked
        # market
        self.impact_permanent = 0.0
        self.impact_temporary = 0.0
        self.price_factor = 1.0
        self.btc_usd = 0.0
        self.btc_low_usd = 0.0
        self.cents_per_sat = 0.0
        # network
        self.difficulty = 0.0
        self.epoch_height = 0.0
        self.epoch_blocks = 0.0
        self.epoch_seconds = 0.0
        self.subsidy_sats = 0.0
        self.next_halving = 0.0
        self.network_ths = 0.0
        self.online_ths = 0.0
        self.cohorts_online_ths = 0.0
        self.book_plugged_ths = 0.0  # what would run of the book if nothing kept it from it
        self.yield_sats_per_ths = 0.0
        self.hashprice = 0.0  # USD per PH/s and day
        self.hashprices: list[float] = []  # of the days so far
        self.revenue_usd_per_ths = 0.0
        # fleet, for the day's aggregates
        self.fleet_running_ths = 0.0
        self.fleet_potential_ths = 0.0
        # used machines
        self.hashprice_0 = 0.0
        self.hashprice_smooth = 0.0
        self.index: list[float] = []
        self.frontier: list[list[float]] | None = None  # what better machines leave of the fair price, per tier and day
        self.clearing: list[float] = []
        self.quick: list[float] = []  # USD/TH of a quick sale
        self.overhang: list[float] = []
        self.estate_offers: list[tuple[Fleet, float]] = []
        self.lot_offers: list[tuple[Loan, float]] = []
        # lenders
        self.lender_events: list[Row] = []
        # concentration and leverage, held for the month
        self.monthly: dict[str, float] = {}
        # loans that changed hands: day, loan, the lender that holds it from then on
        self.sales: list[tuple[int, int, int]] = []
        # books and what is owed, by day and lender
        self.sheets: list[list[tuple[int, int]]] = []

    def event(self, kind: str, entity: str, amount: float) -> None:
        """Writes an event of today."""
        self.events.append((self.day, kind, entity, amount))

    def first(self, day: int) -> bool:
        """first(t): the first of a calendar month, day 0 excepted."""
        return day > 0 and (self.start + timedelta(days=day)).day == 1

    @property
    def first_of_month(self) -> bool:
        """Whether today is the first of a month."""
        return self.first(self.day)


def tier_of(j_per_th: float) -> int:
    """The efficiency tier of a machine."""
    if j_per_th < 25:
        return 0
    if j_per_th < 38:
        return 1
    return 2 if j_per_th < 68 else 3


def canonical(rows: list[Row], *keys: str) -> list[Row]:
    """Rows by byte order of their UTF-8 keys."""
    return sorted(rows, key=lambda row: tuple(row[key].encode() for key in keys))


def slots_by_day(state: State, row: Row) -> list[float] | None:
    """Rack slots of a fleet row on each day, the changes of the scenario with it; None when there is no limit."""
    if row.get("rack_slots") is None:
        return None
    changes = [change for change in state.scenario.get("rack_changes", []) if change["fleet"] == row["fleet"]]
    return [
        float(row["rack_slots"] + sum(change["slots"] for change in changes if change["day"] <= day))
        for day in range(state.days)
    ]


def load_miners(state: State, rows: list[Row]) -> dict[str, Miner]:
    """Miners in canonical order, with their opening cash and coins."""
    by_key: dict[str, Miner] = {}
    for index, row in enumerate(canonical(rows, "miner")):
        overhead = cents(row["overhead_usd_per_month"])
        essential = rounded(overhead * row["essential_share"])
        miner = Miner(
            index=index,
            account=f"miner:{index}",
            key=row["miner"],
            overhead_cents=overhead,
            overhead_per_day=rounded(overhead / 30),
            essential_cents=essential,
            other_cents=overhead - essential,
            other_income_cents=cents(row["other_income_usd_per_month"]),
            hodl_share=row["hodl_share"],
            runway_low_days=row["runway_low_days"],
            runway_high_days=row["runway_high_days"],
            stock_sale_share=row["stock_sale_share"],
            equity_left=cents(row["equity_line_usd"]),
            equity_per_month=cents(row["equity_line_usd_per_month"]),
            pool_fee=row["pool_fee"],
            bills_grace_days=row["bills_grace_days"],
        )
        state.ledger.cents[miner.account] = cents(row["cash_usd"])
        state.ledger.sats[miner.account] = sats(row["btc"])
        state.miners.append(miner)
        by_key[row["miner"]] = miner
    return by_key


def load_fleets(
    state: State, rows: list[Row], models: list[Row], miners: dict[str, Miner]
) -> dict[tuple[str, str], Fleet]:
    """Fleet rows in the order of (miner key, fleet key), with their machines."""
    by_model = {row["model"]: row for row in models}
    by_key: dict[tuple[str, str], Fleet] = {}
    for index, row in enumerate(canonical(rows, "miner", "fleet")):
        model = by_model[row["model"]]
        miner = miners[row["miner"]]
        fleet = Fleet(
            index=index,
            account=f"fleet:{index}",
            key=row["fleet"],
            miner=miner.index,
            region=row["region"],
            model=row["model"],
            hashrate_ths=model["hashrate_ths"],
            power_w=model["power_w"],
            mwh_per_ths=model["power_w"] / model["hashrate_ths"] * 24e-6,
            tier=tier_of(model["power_w"] / model["hashrate_ths"]),
            contract=row["power_contract"],
            power_usd_per_mwh=row["power_usd_per_mwh"],
            pass_through=row["pass_through"],
            strike=row["curtailment_strike_usd_per_mwh"],
            curtailment_share=row["curtailment_share"],
            demand_charge=row.get("demand_charge_usd_per_mw_month") or 0.0,
            shutdown_ratio=row["shutdown_ratio"],
            shutdown_days=row["shutdown_days"],
            restart_ratio=row["restart_ratio"],
            restart_days=row["restart_days"],
            opening_machines=float(row["machines"]),
            slots=slots_by_day(state, row),
        )
        state.ledger.machines[fleet.account] = fleet.opening_machines
        state.fleets.append(fleet)
        miner.fleets.append(fleet)
        by_key[row["miner"], row["fleet"]] = fleet
    return by_key


def load_lenders(state: State, rows: list[Row]) -> dict[str, Lender]:
    """Lenders in canonical order, with their opening cash."""
    by_key: dict[str, Lender] = {}
    for index, row in enumerate(canonical(rows, "lender")):
        lender = Lender(
            index=index,
            account=f"lender:{index}",
            key=row["lender"],
            other_assets=cents(row["other_assets_usd"]),
            opening_equity=cents(row["equity_usd"]),
            funding_rate=row["funding_rate"],
            seizure_days=row["seizure_days"],
            call_notice_days=row["call_notice_days"],
            host_usd_per_mwh=row["host_usd_per_mwh"],
            host_capacity_ths=row["host_capacity_ths"],
            policy=row["policy"],
            demand_share=row.get("demand_share") or 0.0,
            run_own=row.get("run_own") or 0.0,
            run_peer=row.get("run_peer") or 0.0,
            term_share_per_month=row.get("term_share_per_month") or 0.0,
            stop_equity_share=row.get("stop_equity_share") or 0.0,
            tighten_equity_share=row.get("tighten_equity_share") or 0.0,
            forbear_days=row.get("forbear_days") or 0,
            swap_cover=row.get("swap_cover"),
            amend_cover=row.get("amend_cover"),
            rehypothecated_share=row.get("rehypothecated_share") or 0.0,
            book_sale_days=row.get("book_sale_days") or 0,
            book_sale_price=row.get("book_sale_price"),
            book_buy_cover=row.get("book_buy_cover"),
            bankruptcy_cost_share=row.get("bankruptcy_cost_share") or 0.0,
        )
        state.ledger.cents[lender.account] = cents(row["cash_usd"])
        state.lenders.append(lender)
        by_key[row["lender"]] = lender
    return by_key


def load_exposures(state: State, rows: list[Row], lenders: dict[str, Lender]) -> None:
    """Claims between lenders by (debtor key, creditor key), at first worth what they are."""
    for row in canonical(rows, "debtor", "creditor"):
        amount = cents(row["amount_usd"])
        line = row.get("line_usd")
        limit = None if line is None else cents(line)
        exposure = Exposure(lenders[row["creditor"]], lenders[row["debtor"]], amount, amount, limit)
        state.exposures.append(exposure)
        exposure.creditor.held.append(exposure)
        exposure.debtor.owing.append(exposure)


def load_loans(
    state: State,
    rows: list[Row],
    miners: dict[str, Miner],
    lenders: dict[str, Lender],
    fleets: dict[tuple[str, str], Fleet],
) -> None:
    """Loans in canonical order, with their pledges; schedules come from loans.py."""
    for index, row in enumerate(canonical(rows, "loan")):
        pledged_row = row["collateral_fleet"]
        loan = Loan(
            index=index,
            key=row["loan"],
            pledge=f"pledge:{index}",
            lot=f"lot:{index}",
            miner=miners[row["miner"]],
            lender=lenders[row["lender"]],
            collateral=row["collateral"],
            amortisation=row["amortisation"],
            outstanding=cents(row["outstanding_usd"]),
            rate=row["rate"],
            day_count=row["day_count"],
            first_payment_date=row["first_payment_date"],
            maturity_date=row["maturity_date"],
            period_months=row["period_months"],
            full_recourse=row["recourse"] == "full",
            cross_default=row["cross_default"],
            grace_days=row["grace_days"],
            fleet=fleets[row["miner"], pledged_row] if row["collateral"] == "machines" else None,
            collateral_machines=float(row["collateral_machines"] or 0),
            initial_ltv=row["initial_ltv"] or 0.0,
            call_ltv=row["call_ltv"] or 0.0,
            liquidation_ltv=row["liquidation_ltv"] or 0.0,
            cure_days=row["cure_days"] or 0,
            tranche_share=row["tranche_share"] or 0.0,
            payment_cents=cents(row.get("payment_usd") or 0.0),
            default_interest_rate=row.get("default_interest_rate") or 0.0,
            fee_rate=row.get("fee_rate") or 0.0,
            credit_line=None if row.get("credit_line_usd") is None else cents(row["credit_line_usd"]),
            covenant_cover=row.get("covenant_cover"),
            covenant_days=row.get("covenant_days") or 0,
        )
        state.ledger.sats[loan.pledge] = sats(row["collateral_btc"] or 0.0)
        state.ledger.machines[loan.lot] = 0.0
        state.loans.append(loan)
        loan.miner.loans.append(loan)
        loan.lender.loans.append(loan)


def load(state: State, tables: Tables) -> None:
    """Fills the state with the book's entities; cohorts come from network.py, hedges from hedges.py."""
    miners = load_miners(state, tables["miners"])
    fleets = load_fleets(state, tables["fleet"], tables["machines"], miners)
    lenders = load_lenders(state, tables["lenders"])
    load_exposures(state, tables.get("exposures", []), lenders)
    load_loans(state, tables["loans"], miners, lenders, fleets)
