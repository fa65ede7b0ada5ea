"""Every number of the crisis-2022 book and scenario that is not a fact, with the reason for it.

Facts live in data/facts/ (one dated figure a row, with source). What is written here fills the blanks between them.
Change a number here, run tools/build_crisis_2022.py, and the book and the scenario change; nothing is hidden elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

SEED = "crisis-2022/1"  # every random stream is Random(f"{SEED}/{name}"): one stream a purpose, so edits do not ripple

START = "2021-11-08"  # day of the highest daily close
END = "2023-06-30"

# ---------------------------------------------------------------------------------------------------------------- size
# Opening network over the hashrate implied by the opening difficulty. The next retarget (+4.7 %) says the epoch ran at
# about 162 EH/s on average; the first day of it is put a little above the difficulty.
OPENING_TO_IMPLIED = 1.012
# Explicit tail: the indebted and the larger private miners. 25 % of a 133 EH/s tail is 33 EH/s indebted, plus some
# unpledged older machines; all the rest of the tail is cohorts.
EXPLICIT_TAIL_EHS = 36.0
TAIL_MINERS = 150
TAIL_SIZE_SIGMA = 1.3  # lognormal; the largest private miner seen is 3.8 EH/s
TAIL_SIZE_RANGE_EHS = (0.02, 4.0)

# ---------------------------------------------------------------------------------------------------------------- strata
# Shares of the tail: country shares of January 2022 less the named miners, the undetermined 9 % spread in proportion.
STRATUM_SHARE = {"us": 0.33, "china": 0.27, "kazakhstan": 0.17, "russia-other": 0.13, "canada-nordics": 0.10}
# Where the explicit tail miners are: number and EH/s. Rig lenders were North American.
EXPLICIT_TAIL = {
    "us": (98, 24.5),
    "canada-nordics": (18, 4.5),
    "china": (14, 3.0),
    "kazakhstan": (11, 2.5),
    "russia-other": (9, 1.5),
}
US_COHORT_REGIONS = ("us-interior", "us-ercot", "us-southeast", "us-nyiso", "us-southeast")  # by power quantile in turn
US_REGIONS = ("us-ercot", "us-southeast", "us-interior", "us-nyiso")
US_REGION_WEIGHT = (0.32, 0.32, 0.26, 0.10)  # Georgia and Kentucky lead the pool data, which under-represent Texas
REGION_NOTE = {
    "canada-nordics": "hydro and gas contracts: flat tariff, +3 % in 2023",
    "china": "covert small hydro and grid: flat tariff",
    "kazakhstan": "flat tariff plus the levy of 2022",
    "russia-other": "Russia, Iran, other CIS, Latin America: flat tariff",
    "us-ercot": "ERCOT day-ahead: monthly mean of the days up to 100 USD/MWh, dearer days on their own",
    "us-interior": "mean industrial retail price of PA, OH, KY, NE, ND, MT",
    "us-nyiso": "NYISO Capital day-ahead: monthly mean of the days up to 100 USD/MWh, dearer days on their own",
    "us-southeast": "mean industrial retail price of GA, NC, SC, TN",
}
RETAIL_STATES = {"us-southeast": ("GA", "NC", "SC", "TN"), "us-interior": ("PA", "OH", "KY", "NE", "ND", "MT")}
FLAT_TARIFF = {  # region: dated levels in USD/MWh; no public monthly series was found
    "canada-nordics": (("2021-11-08", 40.0), ("2023-01-01", 41.2)),
    "china": (("2021-11-08", 40.0),),
    "kazakhstan": (("2021-11-08", 35.0), ("2022-01-01", 37.4)),  # middle of 30-40; levy of 2.4 from 2022
    "russia-other": (("2021-11-08", 38.0),),
}


# ---------------------------------------------------------------------------------------------------------------- classes
@dataclass(frozen=True)
class MachineClass:
    key: str
    j_per_th: float
    network_share: float  # of the network at the start; bracketed by the fleet-efficiency sources, S9 share 6-19 %
    median_power: float  # USD/MWh: old machines sit on cheap power (hand-set so that gross adds stay plausible)
    quantiles: int  # power quantiles the class is cut into
    us_pass_through: float  # newer machines sit on contracts that follow the market


CLASSES = (
    MachineClass("s9", 98.0, 0.12, 27.0, 5, 0.2),
    MachineClass("s17", 48.0, 0.32, 35.0, 5, 0.5),
    MachineClass("m30s", 36.0, 0.31, 42.0, 3, 0.8),
    MachineClass("s19pro", 30.0, 0.25, 46.0, 3, 0.8),
)
NEW_CLASSES = (  # empty at the start, filled by the deliveries
    MachineClass("new-2022", 28.0, 0.0, 46.0, 2, 1.0),  # S19j Pro with the first S19 XP
    MachineClass("new-2023", 23.0, 0.0, 46.0, 2, 1.0),  # S19 XP and M50S class
)
POWER_SIGMA = 0.30  # lognormal sigma of power cost within a class
OTHER_PASS_THROUGH = 1.0  # outside the US the tariff path itself is nearly flat
SWITCHING = {"shutdown_ratio": 0.85, "shutdown_days": 14, "restart_ratio": 1.0, "restart_days": 7}
# take-or-pay, deposits and hope keep machines on below break-even; 0.85 for 14 days is the middle of 0.75-1.0

# ---------------------------------------------------------------------------------------------------------------- deliveries
DELIVERY_STRATUM = {"us": 0.60, "canada-nordics": 0.14, "russia-other": 0.14, "china": 0.12}  # 60 % US: prior
# Cumulative gross adds since the start, EH/s. 2022: the derived gross path (21 / 47 / 59 / 94-113 after 2021-12-31) on
# top of the adds of late 2021; shifted within its bracket and continued into 2023 so that a replay on true prices gives
# the monthly network hashrate of data/facts/network_monthly.csv.
GROSS_ADDS_EHS = (
    ("2021-11-08", 0.0), ("2021-12-15", 19.0), ("2021-12-31", 25.0), ("2022-02-01", 44.0), ("2022-03-15", 50.0),
    ("2022-05-15", 69.0), ("2022-07-01", 70.0), ("2022-08-15", 74.0), ("2022-09-15", 90.0), ("2022-10-10", 129.0),
    ("2022-11-20", 130.0), ("2022-12-31", 138.0), ("2023-01-15", 168.0), ("2023-02-15", 189.0), ("2023-03-15", 229.0),
    ("2023-04-15", 237.0), ("2023-05-15", 257.0), ("2023-06-30", 267.0),
)  # fmt: skip
NEW_2023_FROM = "2022-10-01"  # deliveries go to the more efficient class from here on

# ---------------------------------------------------------------------------------------------------------------- availability
# Shares of machines that can run, `to` included. Sized on the events of data/facts/availability_events.csv.
AVAILABILITY = (
    ("kazakhstan", "2022-01-05", "2022-01-07", 0.25, "unrest, internet off"),
    ("kazakhstan", "2022-01-24", "2022-01-31", 0.30, "power to farms cut; half of the capacity had other supply"),
    ("kazakhstan", "2022-02-01", "2022-08-31", 0.75, "rationing; capacity fell 1,500 to 400 MW until May 2023"),
    ("kazakhstan", "2022-09-01", "2022-12-31", 0.55, "rationing, continued"),
    ("kazakhstan", "2023-01-01", "2023-06-30", 0.40, "rationing, continued"),
    ("us-ercot", "2022-06-10", "2022-07-04", 0.90, "heat and curtailment"),
    ("us-ercot", "2022-07-05", "2022-07-31", 0.75, "heat and curtailment; one miner lost 21 % of the month"),
    ("us-southeast", "2022-07-05", "2022-08-10", 0.90, "heat"),
    ("us-interior", "2022-07-05", "2022-08-10", 0.92, "heat"),
    ("us-nyiso", "2022-07-18", "2022-08-10", 0.92, "heat"),
    ("us-ercot", "2022-12-23", "2022-12-23", 0.45, "winter storm Elliott"),
    ("us-ercot", "2022-12-24", "2022-12-24", 0.10, "winter storm Elliott"),
    ("us-ercot", "2022-12-25", "2022-12-26", 0.50, "winter storm Elliott"),
    ("us-southeast", "2022-12-23", "2022-12-23", 0.50, "winter storm Elliott"),
    ("us-southeast", "2022-12-24", "2022-12-24", 0.15, "winter storm Elliott"),
    ("us-southeast", "2022-12-25", "2022-12-26", 0.55, "winter storm Elliott"),
    ("us-interior", "2022-12-23", "2022-12-23", 0.50, "winter storm Elliott"),
    ("us-interior", "2022-12-24", "2022-12-24", 0.20, "winter storm Elliott"),
    ("us-interior", "2022-12-25", "2022-12-26", 0.55, "winter storm Elliott"),
    ("us-nyiso", "2022-12-24", "2022-12-25", 0.50, "winter storm Elliott"),
)

# ---------------------------------------------------------------------------------------------------------------- markets
VOLATILITY_DAILY = 0.033  # realised in 2022, used between the dated closes
# No permanent part: the dated closes already hold what the sales of 2022 taught the market; adding it again would drift away from them.
IMPACT = {"y": 1.0, "sigma_daily": 0.035, "volume_btc_per_day": 250000, "permanent_share": 0.0, "half_life_days": 5}
ASICS = {
    "hashprice_half_life_days": 40,  # fitted with the next two and the elasticity to the dated quotes of 2022
    "index_half_life_days": 45,  # fitted; a lag of 3-4 months behind deals comes with the hashprice smoothing on top
    "overhang_half_life_days": 180,  # the index kept falling until Q4 2023: prior
    "kappa": 0.015,  # prior: 10 EH/s of undigested offers push the clearing price down by about 17 %
    "quick_discount": 0.125,  # broker desk, 10-15 %
    "bulk_discount": 0.55,  # June 2022 bulk lots, 49-60 % under the index
}
# Opening index: tier 1 the desk quote of November 2021; tiers 2 and 3 log-linear between 2021-05-07 and 2022-01-01;
# tier 0 the mean of the two S19 XP contracts of December 2021 (delivery from July 2022: no spot market yet).
# Elasticity: log/log from 2022-01-01 to year end is 1.34, 1.43, 1.21 (tiers 1-3); from the November peak, which the index
# had not followed, it is 1.07, 1.09, 0.96. 1.20 fits the dated index and desk quotes of 2022 best with the half-lives
# above (half the squared log error of 1.07 with 30 and 75 days); the other tiers in proportion.
ASIC_TIERS = (
    {"elasticity": 1.2, "depth_ths_per_day": 30000, "bulk_ths": 600000, "scrap_usd_per_th": 4.0},
    {"elasticity": 1.2, "depth_ths_per_day": 50000, "bulk_ths": 600000, "scrap_usd_per_th": 3.0},
    {"elasticity": 1.22, "depth_ths_per_day": 30000, "bulk_ths": 300000, "scrap_usd_per_th": 2.0},
    {"elasticity": 1.08, "depth_ths_per_day": 10000, "bulk_ths": 100000, "scrap_usd_per_th": 1.0},
)  # depth and bulk size are priors (the lots of June 2022 were 5,000-6,000 machines); scrap is metal and parts
ESTATE_DAYS = 120  # machines or settlement came one to four months after the stop
POLICIES = {  # first rule whose ratio is not below clearing / index decides
    "dump": (1, ((10.0, "dump", None),)),
    "hold": (270, ((0.8, "hold", None), (10.0, "sell", 0.02))),
    "host": (365, ((0.9, "host", None), (10.0, "sell", 0.01))),
    "sell-down": (120, ((0.5, "hold", None), (10.0, "sell", 0.05))),
}


# ---------------------------------------------------------------------------------------------------------------- lenders
@dataclass(frozen=True)
class Lender:
    key: str
    cash_musd: float
    other_assets_musd: float
    equity_musd: float
    funding_rate: float  # net of the income on other assets, which the model does not pay
    seizure_days: int
    call_notice_days: int
    host_usd_per_mwh: float
    host_capacity_ehs: float
    policy: str
    why: str


LENDERS = (
    Lender("antalpha", 60, 300, 150, 0.01, 45, 14, 60, 0.0, "sell-down", "size not found; vendor affiliate"),
    Lender("babel-finance", 80, 900, 150, 0.01, 30, 10, 0, 0.0, "dump", "other assets: order of its trading book"),
    Lender("bankprov", 120, 1480, 230, 0.005, 60, 30, 0, 0.0, "dump", "1.6-1.8bn assets; equity as a small bank"),
    Lender("blockfi", 100, 1550, 180, 0.01, 60, 21, 0, 0.0, "sell-down", "1.8bn of loans; thin equity; needed a line by July 2022"),
    Lender("celsius", 300, 4700, 290, 0.005, 30, 21, 70, 0.0, "dump", "liabilities 5.5bn; 19:1 assets to equity"),
    Lender("foundry", 150, 250, 350, 0.01, 60, 30, 62, 1.5, "host", "amounts not found; pool and site operator"),
    Lender("ftx", 300, 8700, 500, 0.0, 60, 30, 0, 0.0, "hold",
           "exchange that holds BlockFi's coins and gives it a line, lends to no miner; about 9bn of deposits"),
    Lender("galaxy", 400, 1800, 1600, 0.005, 60, 10, 65, 0.0, "hold", "listed broker, mostly equity-funded"),
    Lender("genesis", 300, 5200, 600, 0.002, 60, 21, 0, 0.0, "sell-down", "3AC claim 2.36bn; parent support 1.2bn"),
    Lender("noteholders", 500, 8000, 6000, 0.0, 180, 90, 0, 0.0, "hold", "bond and convertible holders together"),
    Lender("nydig", 400, 700, 900, 0.005, 20, 30, 70, 3.0, "host", "hosted seized fleets at 70 USD/MWh in 2023"),
    Lender("private-credit", 200, 600, 700, 0.01, 90, 30, 75, 0.0, "hold",
           "Barings, Trinity, Anchorage, Liberty, WhiteHawk and the anonymous lenders of the tail, together"),
    Lender("silvergate", 5800, 9500, 1300, 0.0005, 60, 30, 0, 0.0, "hold", "bank; cash for the 5.2bn run of Q4 2022"),
)  # fmt: skip
# What lenders do under stress: docs/model/lenders.md. Everything else is 0 or never. Shares are priors unless `why` says otherwise.
CONDUCT: dict[str, tuple[dict[str, float], str]] = {
    "babel-finance": (
        {"demand_share": 0.5, "run_own": 0.05, "bankruptcy_cost_share": 0.4},
        "deposits of miners and funds on demand; frozen and restructured for years",
    ),
    "bankprov": (
        {"stop_equity_share": 0.12, "tighten_equity_share": 0.1, "term_share_per_month": 0.02},
        "stopped lending to miners and left the product in 2022, after losses of 46 % of the rig book",
    ),
    "blockfi": (
        {"demand_share": 0.9, "run_own": 0.003, "run_peer": 0.02, "book_sale_days": 72, "book_sale_price": 0.37},
        "interest accounts on demand; Bitfarms bought its loan back for 37 % on 2023-02-08, 72 days after the filing",
    ),
    "celsius": ({"demand_share": 0.85, "run_own": 0.02}, "4.7bn of 5.5bn were retail deposits"),
    "ftx": ({"bankruptcy_cost_share": 0.8}, "a hole of about 8bn; coins stayed frozen for years"),
    "genesis": (
        {"demand_share": 0.3, "run_own": 0.0015, "run_peer": 0.01, "bankruptcy_cost_share": 0.1}
        | {"stop_equity_share": 0.05, "tighten_equity_share": 0.03},
        "open-term loans from its own depositors; lent far less from the summer of 2022 on",
    ),
    "nydig": ({"swap_cover": 0.6}, "took machines for the whole debt of Stronghold (August 2022) and Greenidge"),
    "private-credit": ({"forbear_days": 90}, "restructurings of 2022 took one to six months"),
    "silvergate": (
        {"stop_equity_share": 0.07, "tighten_equity_share": 0.065},
        "ended its coin-backed lending after the run of the fourth quarter of 2022",
    ),
}
EXPOSURES = (  # creditor, debtor, million USD, committed line in million USD, source; amounts lent are assumed
    ("genesis", "babel-finance", 100, None, "CoinDesk, 2022-06-29: losses on 3AC and Babel; amount not found"),
    ("blockfi", "genesis", 40, None, "lenders of 2022 lent to each other; amount not found"),
    ("antalpha", "babel-finance", 25, None, "both lent to miners in Asia; link and amount not found"),
    (
        "blockfi",
        "ftx",
        355,
        None,
        "coins frozen on the platform, BlockFi's first-day declaration of 28 November 2022, as reported",
    ),
    ("genesis", "ftx", 175, None, "its trading account there, Genesis on 10 November 2022, as reported"),
    (
        "ftx",
        "blockfi",
        0,
        240,
        "rescue of 240 M USD, Cointelegraph, July 2022; open from day 0 here, as lines have no first day",
    ),
)
LENDER_EVENTS = (  # date, lender, kind, amount; facts in data/facts/lender_events.csv
    ("2022-06-15", "genesis", "loss", 462e6),
    ("2022-06-17", "babel-finance", "loss", 225e6),  # more than its equity: it fails of it
    ("2022-06-30", "blockfi", "loss", 80e6),
    ("2022-07-13", "celsius", "fail", None),
    ("2022-11-11", "ftx", "fail", None),  # BlockFi and Genesis fail of what they had there
    ("2022-12-31", "silvergate", "loss", 718e6),
    ("2022-12-31", "silvergate", "withdrawal", 5.2e9),
    ("2023-03-08", "silvergate", "fail", None),
)


# ---------------------------------------------------------------------------------------------------------------- named miners
@dataclass(frozen=True)
class Named:
    """Opening state in million USD. `sga` a month is essential; `growth` a month is what a miner spends on sites, and on machines whose
    orders are not among CONTRACTS, while it can."""

    key: str
    cash: float
    btc: float
    sga: float
    growth: float
    other_income: float
    hodl: float
    runway: tuple[int, int]
    stock_sale: float
    equity_line: float
    equity_month: float
    why: str


NAMED = (
    Named("argo", 74, 1300, 1.6, 9, 0, 0.8, (90, 180), 0.05, 25, 5,
          "cash and crypto split; pledged coins apart; 130M capex of 2022 spread; Lincoln Park line: size assumed"),
    Named("bit-digital", 42, 808, 1.2, 0.5, 0, 0.8, (60, 150), 0.05, 60, 4, "cash not found: half of the Q3 raise"),
    Named("bitfarms", 203, 1187, 3.5, 7, 0, 1.0, (100, 200), 0.06, 60, 6,
          "cash plus the proceeds of the loans drawn in 2022; free coins = held less pledged"),
    Named("celsius-mining", 30, 300, 2.5, 8, 0, 0.5, (60, 120), 0.1, 0, 0, "cash and coins not found; fed by parent"),
    Named("cipher", 150, 0, 2.5, 3, 0, 0.5, (90, 180), 0.05, 80, 5, "cash not found: IPO proceeds less prepayments"),
    Named("cleanspark", 60, 627, 2.5, 8, 0, 0.2, (60, 150), 0.1, 200, 15, "Q4 2021 raise added to September cash"),
    Named("core-scientific", 160, 5296, 7.5, 45, 1.0, 1.0, (15, 60), 0.08, 40, 5,
          "cash plus the 2022 bridge notes; SG&A not found; 2022 capex spread; hosting margin thin"),
    Named("digihost", 14, 385, 0.6, 1.0, 0, 0.8, (60, 150), 0.05, 12, 1, "cash not found; free coins = held less pledged"),
    Named("genesis-digital-assets", 250, 0, 4.0, 12, 0, 0.6, (90, 180), 0.05, 300, 25, "half of the 2022 raise primary"),
    Named("greenidge", 82, 100, 5.0, 8, 0, 0.0, (90, 180), 0.1, 12, 2, "84.4M cash and crypto; SG&A not found"),
    Named("hive", 20, 1800, 1.2, 3, 2.0, 0.9, (60, 150), 0.05, 40, 4,
          "coins: later holding less production; income from ETH mining until September 2022, assumed through"),
    Named("hut-8", 110, 3518, 3.0, 6, 0.6, 1.0, (20, 45), 0.05, 120, 10, "cash not found; lent coins not free"),
    Named("iris-energy", 190, 0, 1.8, 13, 1.8, 0.0, (90, 180), 0.1, 40, 4,
          "IPO cash less build to May 2022; hosting margin from its SPVs"),
    Named("iris-energy-spvs", 5, 0, 2.5, 9.0, 0, 0.0, (30, 60), 0.1, 0, 0,
          "ring-fenced: no support from the parent, cash swept up every month (the put of a limited-recourse borrower)"),
    Named("marathon", 560, 6107, 3.5, 3, 0, 1.0, (75, 120), 0.03, 500, 40,
          "cash of 1 December less first deposit, plus the 80M Silvergate loans"),
    Named("mawson", 6, 30, 1.0, 3, 0.4, 0.0, (60, 150), 0.1, 40, 4, "cash not found"),
    Named("rhodium", 25, 0, 2.5, 6, 0, 0.0, (60, 120), 0.1, 0, 0, "cash not found; IPO failed in 2022: no equity"),
    Named("riot", 312.3, 4884, 1.6, 3, 2.0, 0.9, (30, 60), 0.03, 500, 30, "cash and coins of the annual report"),
    Named("stronghold", 29.4, 100, 7.4, 6.0, 1.0, 0.0, (60, 150), 0.1, 0, 0,
          "29.4M cash and crypto assumed for the start; 89M a year of plant and SG&A partly met by power sales"),
    Named("terawulf", 45, 0, 2.0, 2, 0, 0.0, (90, 180), 0.1, 200, 9, "cash not found; ATM of 200M drawn over 2022"),
)  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A named miner's fleet row. `pass_through` and the base price follow the power facts; the rest is assumption.

    `slots`: rack slots from a date on, as totals; none: as many as there are machines. They are set so that the machines of CONTRACTS that
    run at the end of 2022 make up the hashrate of data/facts/plan_and_actual_hashrate.csv; the dates between are priors.
    """

    key: str
    miner: str
    model: str
    region: str
    machines: int
    contract: str
    usd_per_mwh: float
    pass_through: float
    strike: float | None
    why: str
    slots: tuple[tuple[str, int], ...] | None = None


SITES = (
    Site("argo-helios", "argo", "antminer-s19j-pro", "us-ercot", 23619, "indexed", 8, 0, None,
         "spot exposure; the 20,000 machines of May-October 2022 are in place at the start"),
    Site("argo-quebec", "argo", "antminer-s17-plus", "canada-nordics", 3000, "fixed", 42, 0, None, "older machines"),
    Site("bit-digital-new", "bit-digital", "antminer-s19", "us-interior", 2000, "hosted_pass_through", 52, 1, None, "split"),
    Site("bit-digital-old", "bit-digital", "antminer-s17", "us-nyiso", 5000, "hosted_pass_through", 50, 0.5, None, "split"),
    Site("bitfarms-backbone", "bitfarms", "antminer-s19j-pro", "us-interior", 6100, "fixed", 40, 0, None,
         "pledged machines of the 2022 loan are in place at the start"),
    Site("bitfarms-leger-bunker", "bitfarms", "whatsminer-m30s-plus", "canada-nordics", 10500, "fixed", 42, 0, None, "Quebec"),
    Site("bitfarms-old", "bitfarms", "whatsminer-m20s", "canada-nordics", 8000, "fixed", 42, 0, None, "Quebec"),
    Site("celsius-mining-east", "celsius-mining", "antminer-s19j-pro", "us-southeast", 24000, "hosted_pass_through", 58, 0.8,
         None, "hosted; 43,632 machines running in July 2022 taken as the opening fleet"),
    Site("celsius-mining-west", "celsius-mining", "antminer-s19", "us-interior", 19632, "hosted_pass_through", 58, 0.8, None,
         "hosted, as above"),
    Site("cipher-alborz", "cipher", "whatsminer-m30s-plus", "us-ercot", 12000, "fixed", 27.3, 0, 100,
         "the first joint-venture site; later sites are deliveries"),
    Site("cleanspark-georgia", "cleanspark", "antminer-s19j-pro", "us-southeast", 12500, "hosted_pass_through", 32, 1, None,
         "own sites; utility price moves with retail"),
    Site("cleanspark-new-york", "cleanspark", "antminer-s19", "us-nyiso", 7000, "hosted_fixed", 50, 0, None, "hosted"),
    Site("core-scientific-2022", "core-scientific", "antminer-s19j-pro", "us-ercot", 20000, "hosted_pass_through", 42, 0.6,
         None, "machines financed in 2022 are in place at the start"),
    Site("core-scientific-carolina", "core-scientific", "antminer-s19", "us-southeast", 34000, "hosted_pass_through", 42, 1.1,
         None, "42 to 66 USD/MWh in 2022"),
    Site("core-scientific-plains", "core-scientific", "antminer-s19j-pro", "us-interior", 34000, "hosted_pass_through", 42, 1.1,
         None, "42 to 66 USD/MWh in 2022"),
    Site("digihost-buffalo", "digihost", "whatsminer-m30s", "us-nyiso", 4700, "hosted_pass_through", 45, 0.4, None, "NY grid"),
    Site("genesis-da-kazakhstan", "genesis-digital-assets", "whatsminer-m20s", "kazakhstan", 20000, "fixed", 38, 0, None,
         "old machines where it began"),
    Site("genesis-da-nordics", "genesis-digital-assets", "whatsminer-m30s", "canada-nordics", 10000, "fixed", 42, 0, None,
         "Iceland and Sweden"),
    Site("genesis-da-us", "genesis-digital-assets", "whatsminer-m30s", "us-southeast", 18000, "hosted_pass_through", 45, 0.8,
         None, "moved to Texas and the Carolinas"),
    Site("greenidge-dresden", "greenidge", "antminer-s19j-pro", "us-nyiso", 23000, "hosted_pass_through", 45, 0.5, None,
         "own gas plant: fuel follows the market; machines of the March 2022 loan in place at the start"),
    Site("greenidge-spartanburg", "greenidge", "antminer-s19", "us-southeast", 5500, "hosted_pass_through", 45, 1, None, "grid"),
    Site("hive-new-brunswick", "hive", "whatsminer-m30s", "canada-nordics", 12500, "fixed", 42, 0, None, "split"),
    Site("hive-quebec", "hive", "antminer-s19j-pro", "canada-nordics", 8000, "fixed", 40, 0, None, "split"),
    Site("hut-8-medicine-hat", "hut-8", "whatsminer-m30s", "canada-nordics", 14000, "hosted_pass_through", 45, 1, None, "gas"),
    Site("hut-8-drumheller", "hut-8", "antminer-s17-plus", "canada-nordics", 4000, "hosted_pass_through", 45, 1, None, "old"),
    Site("hut-8-north-bay", "hut-8", "whatsminer-m30s-plus", "canada-nordics", 4500, "hosted_fixed", 50, 0, None, "hosted"),
    Site("iris-energy-canal-flats", "iris-energy", "antminer-s19j-pro", "canada-nordics", 7480, "fixed", 54, 0, None, "hydro"),
    Site("iris-spv2", "iris-energy-spvs", "antminer-s19j-pro", "canada-nordics", 16000, "hosted_fixed", 62, 0, None,
         "1.6 EH/s; hosting fee of CAD 80"),
    Site("iris-spv3", "iris-energy-spvs", "antminer-s19j-pro", "canada-nordics", 19800, "hosted_fixed", 62, 0, None,
         "2.0 EH/s of 2022 in place at the start"),
    Site("marathon-hardin", "marathon", "antminer-s19", "us-interior", 25500, "hosted_fixed", 34, 0, None, "coal plant"),
    Site("marathon-king-mountain", "marathon", "antminer-s19j-pro", "us-ercot", 7500, "hosted_fixed", 45, 0, None, "wind site"),
    Site("mawson-midland", "mawson", "avalon-a1246", "us-interior", 10302, "hosted_pass_through", 45, 0.8, None, "mostly PA, GA"),
    Site("rhodium-rockdale", "rhodium", "whatsminer-m30s", "us-ercot", 22000, "fixed", 24, 0, 100, "hosted at a fixed price"),
    Site("rhodium-temple", "rhodium", "antminer-s19", "us-ercot", 8000, "indexed", 5, 0, None, "second site on spot"),
    Site("riot-massena", "riot", "antminer-s19j-pro", "us-nyiso", 3907, "hosted_pass_through", 45, 0.5, None, "hosted"),
    Site("riot-rockdale", "riot", "antminer-s19j-pro", "us-ercot", 27000, "fixed", 44.5, 0, 100, "fixed PPA with resale"),
    Site("stronghold-panther-creek", "stronghold", "whatsminer-m30s", "us-interior", 8200, "fixed", 18, 0, None, "own plant"),
    Site("stronghold-scrubgrass", "stronghold", "antminer-s19", "us-interior", 18000, "fixed", 18, 0, None, "own plant"),
    Site("terawulf-lake-mariner", "terawulf", "antminer-s19j-pro", "us-nyiso", 10000, "hosted_pass_through", 38, 0.4, None,
         "mining began in March 2022; 1 EH/s taken as the opening fleet so that the loan is served"),
)  # fmt: skip
SITES_ON_ORDER = (  # rows that are empty at the start and filled by CONTRACTS
    Site("bitfarms-2022", "bitfarms", "whatsminer-m30s-plus", "canada-nordics", 0, "fixed", 42, 0, None, "Quebec; on order",
         (("2022-03-01", 5000), ("2022-06-01", 12000), ("2022-09-01", 18000), ("2022-12-01", 23000), ("2023-06-01", 28000))),
    Site("cipher-odessa-microbt", "cipher", "whatsminer-m30s-plus", "us-ercot", 0, "fixed", 27.3, 0, 100, "on order",
         (("2022-11-01", 6000), ("2022-12-01", 15000), ("2023-03-01", 20000))),
    Site("cipher-odessa-s19", "cipher", "antminer-s19j-pro", "us-ercot", 0, "fixed", 27.3, 0, 100, "on order",
         (("2022-10-01", 5000), ("2022-12-01", 15000), ("2023-03-01", 27000))),
    Site("marathon-xp", "marathon", "antminer-s19-xp", "us-ercot", 0, "hosted_fixed", 45, 0, None, "hosted in Texas; on order",
         (("2022-09-01", 3000), ("2022-10-15", 12000), ("2022-12-15", 27000), ("2023-03-31", 55000), ("2023-06-01", 78000))),
    Site("riot-rockdale-s19j", "riot", "antminer-s19j-pro", "us-ercot", 0, "fixed", 44.5, 0, 100, "on order",
         (("2022-03-01", 10000), ("2022-06-01", 17000), ("2022-09-01", 22000), ("2022-12-01", 30000), ("2023-03-01", 40000))),
    Site("riot-rockdale-xp", "riot", "antminer-s19-xp", "us-ercot", 0, "fixed", 44.5, 0, 100, "on order",
         (("2022-10-01", 5000), ("2022-12-01", 11500), ("2023-03-01", 24000))),
    Site("stronghold-minerva", "stronghold", "whatsminer-m30s-plus", "us-interior", 0, "fixed", 18, 0, None,
         "on order; the MV7 of 100 TH/s taken as the catalogue's machine of that size; the opening rows hold others of 2022",
         (("2022-09-01", 1650),)),
    Site("terawulf-lake-mariner-xp", "terawulf", "antminer-s19-xp", "us-nyiso", 0, "hosted_pass_through", 38, 0.4, None, "on order",
         (("2022-07-01", 2000), ("2022-10-01", 5000), ("2022-12-01", 7200), ("2023-03-01", 18000))),
)  # fmt: skip
CURTAILMENT_SHARE = 0.9  # of the spread between spot and contract that the owner keeps


@dataclass(frozen=True)
class Contract:
    """A purchase contract of data/facts/purchase_orders.csv, cut into batches of one delivery date each."""

    key: str
    fact: str  # contract in data/facts/purchase_orders.csv
    site: str
    usd: float  # a machine
    price_kind: str
    paid_share: float  # before the start
    batches: tuple[tuple[str, int], ...]  # delivery date, machines
    forfeit_share: float
    cancel_ratio: float | None
    why: str


INSTALMENT_MONTHS = (
    6  # the unpaid part of a batch falls due monthly, from so long before its delivery to a month before
)
DEPLOYMENT_DAYS, INSTALMENT_GRACE_DAYS = 30, 30


def monthly(first: str, count: int, machines: int) -> tuple[tuple[str, int], ...]:
    """Equal batches a month, the rest with the last; a day up to the 28th."""
    year, month, day = (int(part) for part in first.split("-"))
    months = [divmod(year * 12 + month - 1 + k, 12) for k in range(count)]
    sizes = [machines // count] * (count - 1) + [machines - machines // count * (count - 1)]
    return tuple((f"{y:04d}-{m + 1:02d}-{day:02d}", size) for (y, m), size in zip(months, sizes, strict=True))


CONTRACTS = (
    Contract("bitfarms-microbt", "bitfarms-microbt", "bitfarms-2022", 3000.0, "fixed", 0.30, monthly("2022-01-20", 12, 48000), 0.0,
             1.0, "price not found: 30 USD/TH as MicroBT's other contract of 2021; cancelled at no cost, deposits kept as credit"),
    Contract("cipher-bitmain", "cipher-bitmain", "cipher-odessa-s19", 4020.0, "floating", 0.50, monthly("2022-07-15", 6, 27000), 0.0,
             None, "price not found: 40.2 USD/TH, a contract of 2021 for the same machine; paid part: prior"),
    Contract("cipher-microbt", "cipher-microbt", "cipher-odessa-microbt", 2865.0, "fixed", 0.45, monthly("2022-10-15", 4, 60000), 0.0,
             1.0, "price of the machines that came; paid part: most of the 101.8M paid by the end of 2022; the balance went to new ones"),
    Contract("marathon-xp", "marathon-bitmain-xp", "marathon-xp", 906e6 / 78000, "fixed", 0.30, monthly("2022-07-28", 6, 78000), 1.0,
             None, "six equal batches, first about August, last in December; 70 % unpaid; kind of price not stated"),
    Contract("riot-s19j", "riot-bitmain", "riot-rockdale-s19j", 3778.0, "fixed", 0.437, monthly("2022-01-15", 12, 47250), 1.0, None,
             "4.7 EH/s of 90 TH/s machines counted as 100 TH/s ones; price: a third of 535M"),
    Contract("riot-xp", "riot-bitmain", "riot-rockdale-xp", 11883.0, "fixed", 0.437, monthly("2022-07-15", 6, 30000), 1.0, None,
             "the other two thirds of 535M on 30,000 machines; paid part of both: 233.7 of 535.0M"),
    Contract("stronghold-minerva", "stronghold-minerva", "stronghold-minerva", 73387500 / 15000, "fixed", 0.80,
             (("2022-01-15", 1650), ("2022-03-15", 1650), ("2022-06-15", 3900), ("2022-08-15", 7800)), 1.0, None,
             "60 and 20 % paid before the start; 3,300 machines by March, about 7,200 by June 2022; the vendor then fails"),
    Contract("terawulf-xp-1", "terawulf-bitmain-xp-1", "terawulf-lake-mariner-xp", 32.6e6 / 3000, "floating", 0.35,
             monthly("2022-07-15", 6, 3000), 0.0, 1.0, "batches may be cancelled, what was paid is credited"),
    Contract("terawulf-xp-2", "terawulf-bitmain-xp-2", "terawulf-lake-mariner-xp", 169.1e6 / 15000, "floating", 0.35,
             monthly("2022-07-15", 6, 15000), 0.0, 1.0, "as the smaller contract"),
)  # fmt: skip
VENDOR_EVENTS = (("2022-06-30", "MinerVa", "delivered about half of one contract and nothing after June 2022"),)


@dataclass(frozen=True)
class NamedLoan:
    key: str
    miner: str
    lender: str
    collateral: str
    amortisation: str
    musd: float
    rate: float
    first: str
    maturity: str
    recourse: str
    fleet: str | None = None
    machines: int | None = None
    ltv: tuple[float, float, float] | None = None
    fact: str | None = None  # loan key in data/facts/loans.csv when it differs
    why: str = ""


SAME = "opening balance chosen so that the schedule gives the reported balance when payments stopped"
LATER = "drawn in 2022: outstanding from the start, machines in place"
NAMED_LOANS = (
    NamedLoan("alborz-blockfi", "cipher", "blockfi", "machines", "linear", 46.9, 0.125, "2022-06-15", "2024-05-15", "limited",
              "cipher-alborz", 12000, why=LATER + "; rate and tenor as the lender's other loans"),
    NamedLoan("argo-galaxy-btc", "argo", "galaxy", "btc", "interest_only", 45.0, 0.10, "2021-12-15", "2022-12-15", "full",
              ltv=(0.70, 0.75, 0.85), why="rolled every six months; LTV terms as the Bitfarms loan"),
    NamedLoan("argo-nydig-abl", "argo", "nydig", "machines", "annuity", 97.0, 0.12, "2022-06-15", "2025-05-15", "full",
              "argo-helios", 23619, fact="argo-nydig", why=SAME + "; " + LATER),
    NamedLoan("bitfarms-backbone-blockfi", "bitfarms", "blockfi", "machines", "annuity", 32.0, 0.145, "2022-03-25",
              "2024-02-25", "limited", "bitfarms-backbone", 6100, why=LATER + "; subsidiary borrower"),
    NamedLoan("bitfarms-galaxy-btc", "bitfarms", "galaxy", "btc", "interest_only", 100.0, 0.1075, "2021-12-30", "2022-12-30",
              "full", ltv=(0.70, 0.75, 0.85), why="60M drawn in December, 100M by January; rolled once"),
    NamedLoan("bitfarms-nydig", "bitfarms", "nydig", "machines", "linear", 37.0, 0.12, "2022-07-15", "2024-06-15", "full",
              "bitfarms-leger-bunker", 10500, why="drawn in June 2022: outstanding from the start, proceeds in cash"),
    NamedLoan("celsius-mining-intercompany", "celsius-mining", "celsius", "none", "interest_only", 576.0, 0.04, "2021-12-31",
              "2025-11-30", "full", why="intercompany revolver, balance of May 2022; rate not found"),
    NamedLoan("cleanspark-trinity", "cleanspark", "private-credit", "machines", "annuity", 20.0, 0.11, "2022-05-22",
              "2025-04-22", "full", "cleanspark-georgia", 3336, why=LATER + "; rate as the lender's other loan"),
    NamedLoan("core-scientific-anchorage", "core-scientific", "private-credit", "machines", "linear", 36.0, 0.125,
              "2022-01-20", "2024-06-20", "full", "core-scientific-plains", 10500, why=SAME),
    NamedLoan("core-scientific-b-riley", "core-scientific", "private-credit", "none", "linear", 41.8, 0.07, "2022-08-01",
              "2023-06-01", "full", why="drawn in 2022: outstanding from the start, proceeds in cash"),
    NamedLoan("core-scientific-blockfi", "core-scientific", "blockfi", "machines", "annuity", 80.0, 0.114, "2022-01-15",
              "2023-12-15", "full", "core-scientific-plains", 20500, why="60M and 20M tranches together; middle of the rate range"),
    NamedLoan("core-scientific-convertible-secured", "core-scientific", "noteholders", "none", "interest_only", 237.6, 0.10,
              "2022-01-31", "2025-04-30", "full", why="corporate security is not machines or coins of the model: none"),
    NamedLoan("core-scientific-convertible-unsecured", "core-scientific", "noteholders", "none", "interest_only", 322.4, 0.10,
              "2022-01-31", "2025-04-30", "full", why="all interest in cash (part was payable in kind)"),
    NamedLoan("core-scientific-liberty", "core-scientific", "private-credit", "machines", "linear", 10.0, 0.106, "2022-01-20",
              "2024-06-20", "full", "core-scientific-plains", 3000, why=SAME),
    NamedLoan("core-scientific-massmutual", "core-scientific", "private-credit", "machines", "linear", 85.0, 0.114,
              "2022-02-20", "2025-01-20", "full", "core-scientific-2022", 20000, why=SAME),
    NamedLoan("core-scientific-nydig-abl", "core-scientific", "nydig", "machines", "linear", 67.4, 0.13, "2021-12-15",
              "2023-11-15", "full", "core-scientific-carolina", 27403, why="balance of 2021-12-31; schedule fits 38.6M in Oct 2022"),
    NamedLoan("core-scientific-trinity", "core-scientific", "private-credit", "machines", "linear", 30.0, 0.11, "2022-01-20",
              "2024-06-20", "full", "core-scientific-carolina", 6500, why=SAME),
    NamedLoan("digihost-btc", "digihost", "galaxy", "btc", "interest_only", 10.0, 0.09, "2022-03-01", "2022-12-01", "full",
              ltv=(0.60, 0.75, 0.85), why="lender not found; put with the BTC-backed desk of the book"),
    NamedLoan("greenidge-loans-a-k", "greenidge", "nydig", "machines", "linear", 28.295, 0.16, "2021-12-25", "2023-05-25",
              "full", "greenidge-spartanburg", 5500, why="eleven loans as one; tenor assumed"),
    NamedLoan("greenidge-nydig-mefa", "greenidge", "nydig", "machines", "annuity", 92.0, 0.13, "2022-04-25", "2024-09-25",
              "full", "greenidge-dresden", 23000, why=LATER + "; " + SAME),
    NamedLoan("greenidge-senior-notes", "greenidge", "noteholders", "none", "interest_only", 72.2, 0.085, "2022-01-31",
              "2026-10-31", "full", why="total debt less rig debt; rate from memory, unverified"),
    NamedLoan("iris-spv1-nydig", "iris-energy", "nydig", "machines", "linear", 1.6, 0.12, "2021-12-25", "2024-05-25", "limited",
              "iris-energy-canal-flats", 2000, why=SAME),
    NamedLoan("iris-spv2-nydig", "iris-energy-spvs", "nydig", "machines", "linear", 50.0, 0.12, "2021-12-25", "2024-07-25",
              "limited", "iris-spv2", 16000, why=SAME),
    NamedLoan("iris-spv3-nydig", "iris-energy-spvs", "nydig", "machines", "linear", 71.0, 0.12, "2022-10-25", "2024-10-25",
              "limited", "iris-spv3", 19800, why=LATER + "; instalments begin late so that 71M is due in November 2022"),
    NamedLoan("marathon-convertible", "marathon", "noteholders", "none", "interest_only", 747.5, 0.01, "2022-06-01",
              "2026-12-01", "full", why="six-monthly coupon"),
    NamedLoan("marathon-silvergate-rloc", "marathon", "silvergate", "btc", "interest_only", 30.0, 0.0625, "2021-12-28",
              "2022-12-28", "full", ltv=(0.50, 0.65, 0.75), why="drawn later: from the start, proceeds in cash; rate assumed"),
    NamedLoan("marathon-silvergate-term", "marathon", "silvergate", "btc", "interest_only", 50.0, 0.10, "2022-01-28",
              "2024-07-28", "full", ltv=(0.65, 0.72, 0.80), why="drawn later: from the start, proceeds in cash"),
    NamedLoan("stronghold-bankprov", "stronghold", "bankprov", "machines", "linear", 27.4, 0.0999, "2022-01-15", "2023-12-15",
              "limited", "stronghold-panther-creek", 8200, fact="stronghold-nydig-bankprov", why="split of 67.4M: " + SAME),
    NamedLoan("stronghold-nydig-abl", "stronghold", "nydig", "machines", "linear", 60.0, 0.0985, "2022-01-15", "2023-12-15",
              "limited", "stronghold-scrubgrass", 18000, fact="stronghold-nydig-bankprov", why="split of 67.4M: " + SAME),
    NamedLoan("stronghold-whitehawk", "stronghold", "private-credit", "none", "linear", 42.0, 0.11, "2022-02-28", "2025-01-31",
              "full", fact="stronghold-total-debt", why="rest of the total debt less convertibles; plant security not modelled"),
    NamedLoan("terawulf-term-loan", "terawulf", "noteholders", "machines", "interest_only", 123.5, 0.115, "2021-12-31",
              "2024-12-01", "full", "terawulf-lake-mariner", 10000, why="all-asset security: the opening machines"),
)  # fmt: skip
SIX_MONTHLY = {"marathon-convertible"}
NAMED_GRACE_DAYS = 10  # Iris: ten days to cure; others as the tail

# ---------------------------------------------------------------------------------------------------------------- the tail
TAIL_RIG_DEBT = {"low": 0.4e9, "base": 1.5e9, "high": 3.1e9}  # low: BlockFi's private share; high: 4.0bn less named
TAIL_RIG_LOANS = 510
TAIL_BTC_LOANS, TAIL_BTC_DEBT = 42, 150e6  # size of the Asian BTC-backed book not found: prior
TAIL_UNSECURED_LOANS, TAIL_UNSECURED_DEBT = 14, 45e6  # notes to insiders and vendors: prior
INDEBTED_OUTSIDE_NORTH_AMERICA = 0.25
RATE_MIX = ((0.8, 0.097, 0.145), (0.2, 0.15, 0.17))
TENOR_MONTHS = ((12, 0.1), (18, 0.2), (24, 0.5), (36, 0.2))
ADVANCE = (0.45, 0.80)  # of the purchase price; only vintages' relative size matters, the total is scaled
VINTAGES = ("2021-01", "2022-06")  # weighted by hashprice; later than the start: outstanding in full from the start
RIG_LENDER_WEIGHT = {  # share of the tail's rig loans by number; only BlockFi (38M) and BankProv (77M) have a source
    "private-credit": 0.38, "foundry": 0.24, "nydig": 0.10, "genesis": 0.09, "antalpha": 0.08, "galaxy": 0.04,
    "bankprov": 0.045, "blockfi": 0.025,
}  # fmt: skip
TAIL_FULL_RECOURSE = 0.5
TAIL_CASH_MONTHS = (4.0, 0.8)  # lognormal median and sigma, months of power, SG&A and debt service
TAIL_SGA_USD_PER_TH_YEAR = (3.0, 8.0)
# Instalments, sites and owners' draws per TH/s and day: most of the margin of late 2021 went into growth. 15-70 USD per
# PH/s and day leaves a cushion that lasts into the second half of 2022.
TAIL_GROWTH_USD_PER_PH_DAY = (15.0, 70.0)
TAIL_HODL_SHARE_OF_MINERS = 0.4
TAIL_HODL_MONTHS = (1.0, 6.0)
TAIL_CONTRACTS = (("hosted_pass_through", 0.50), ("hosted_fixed", 0.22), ("fixed", 0.20), ("indexed", 0.08))
POOL_FEE = 0.01  # full-pay-per-share pools took 0-2 %

LENDABLE = ("m30s", "s19pro")  # classes; no rig loan on older machines was found
TAIL_MODELS = {  # class: machines of it that the catalogue holds, with weights after the model shares of 2023
    "s17": (("whatsminer-m20s", 0.5), ("antminer-s17-plus", 0.5)),
    "m30s": (("antminer-s19", 0.45), ("whatsminer-m30s", 0.35), ("whatsminer-m30s-plus", 0.20)),
    "s19pro": (("antminer-s19j-pro", 0.65), ("whatsminer-m30s-plus-plus", 0.20), ("antminer-s19-pro", 0.15)),
}
# Shape of a private miner's fleet: priors that keep the explicit tail near the network's mix of lendable classes.
TAIL_ROWS_FROM_EHS = (0.16, 0.7)  # a second row from the first size, a third (older machines) from the second
TAIL_SMALL_INDEBTED_CLASS = (("m30s", 0.65), ("s19pro", 0.35))
TAIL_SMALL_FREE_CLASS = (("s17", 0.5), ("m30s", 0.35), ("s19pro", 0.15))
TAIL_M30S_SHARE = (0.45, 0.65)  # of the lendable machines
TAIL_OLD_SHARE = (0.10, 0.25)
TAIL_PASS_THROUGH = (0.5, 1.0)
TAIL_INDEX_ADDER = 5.0  # USD/MWh on top of the market: retail margin
TAIL_STRIKE, TAIL_CURTAILMENT_SHARE = 100.0, 0.7  # fixed-price owners resell above 100 and share the gain with the host
LEAST_BUDGET_PRICE = (
    35.0  # USD/MWh, floor of the power budget behind the cash in months (indexed rows show only an adder)
)
LEAST_COHORT_THS = 0.5e6  # what is left of a class or stratum when the book already holds more than its share
# Terms of the tail's loans
PURCHASE_PRICE_2021_01 = 60.0  # USD/TH, before the run-up to the May peak
HASHPRICE_BEFORE = 330.0  # USD/PH/day, order of January-October 2021: weight of those vintages
TAIL_PLEDGED_SHARE = (0.88, 1.0)  # of the machines of an indebted row
TAIL_ANNUITY_SHARE = 0.2  # the rest straight-line
TAIL_CROSS_DEFAULT = 0.7
DAY_COUNTS = (("A360", 0.5), ("A365", 0.2), ("30E360", 0.3))
TAIL_GRACE_DAYS = (("5", 0.2), ("10", 0.4), ("15", 0.2), ("30", 0.2))
BTC_LTV = (0.60, 0.75, 0.85)  # initial, call, liquidation: Asian desks
BTC_RATE = (0.08, 0.12)
BTC_TENOR_MONTHS = (("6", 0.2), ("9", 0.3), ("12", 0.4), ("18", 0.1))  # three- and six-month loans that were rolled
BTC_BULLET_SHARE = 0.3
BTC_CURE_DAYS = (1, 2, 3)
BTC_TRANCHES = (0.25, 0.5, 1.0)
NAMED_BTC_CURE = (1, 0.25)  # cure days and tranche of the named BTC-backed loans
NOTE_RATE = (0.08, 0.14)
NOTE_MATURITY = ("2023-03-31", "2023-09-30", "2024-06-30")
# Behaviour of the tail
TAIL_RUNWAY_LOW = (60, 121)
TAIL_RUNWAY_HIGH = (150, 241)
TAIL_STOCK_SALE = 0.1
TAIL_HODL_SHARE = (0.5, 1.0)
TAIL_BILLS_GRACE = (15, 30, 45)
NAMED_BILLS_GRACE = 30
