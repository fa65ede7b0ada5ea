"""What the variant `crisis-2022:article` of the book adds: hedges, works, responses, hosts, lines and terms of the story.

The story names these systems and hardly ever who had them, where, or how large they were. Every row here is therefore either a record of
2022 (then it names its source) or the story's own word put on a named miner (then its source is empty, its confidence low, and the reason
is given).
build_crisis_2022.py writes them as `TABLE-article.csv`. docs/model/sources.md says the same in words.
"""

from __future__ import annotations

from dataclasses import dataclass

from crisis_2022_assumptions import END, Site

STORY = "story: no record of it was found"
LAST = "2023-06-29"  # the day before the run ends: a hedge that runs as long as the run

# ---------------------------------------------------------------------------------------------------------------- sites
# Rows that are empty at the start. Upgrades go where racks are still to be built, migrations where there is room.
UPGRADE_ROWS = (
    Site("bit-digital-upgrade", "bit-digital", "antminer-s19-xp", "us-interior", 0, "hosted_pass_through", 52, 1, None, "bit-digital-new"),
    Site("cleanspark-georgia-upgrade", "cleanspark", "antminer-s19-xp", "us-southeast", 0, "hosted_pass_through", 32, 1, None,
         "cleanspark-georgia"),
    Site("genesis-da-us-upgrade", "genesis-digital-assets", "antminer-s19-xp", "us-southeast", 0, "hosted_pass_through", 45, 0.8, None,
         "genesis-da-us"),
    Site("hive-new-brunswick-upgrade", "hive", "antminer-s19-xp", "canada-nordics", 0, "fixed", 42, 0, None, "hive-new-brunswick"),
    Site("hut-8-medicine-hat-upgrade", "hut-8", "antminer-s19-xp", "canada-nordics", 0, "hosted_pass_through", 45, 1, None,
         "hut-8-medicine-hat"),
    Site("riot-rockdale-upgrade", "riot", "antminer-s19-xp", "us-ercot", 0, "fixed", 44.5, 0, 100, "riot-rockdale"),
)  # fmt: skip
UPGRADED = {
    "bit-digital": 1000,
    "cleanspark": 2000,
    "genesis-digital-assets": 4000,
    "hive": 1500,
    "hut-8": 2000,
    "riot": 3000,
}  # machines replaced: prior, a tenth to a fifth of the row
UPGRADE_FROM, UPGRADE_RUNWAY_DAYS, UPGRADE_DELAY_DAYS = (
    "2022-08-01",
    180,
    30,
)  # first batches of July 2022; who has cash for half a year
MIGRATED_ROWS = (
    Site("genesis-da-texas", "genesis-digital-assets", "whatsminer-m20s", "us-ercot", 0, "indexed", 8, 0, None, "genesis-da-kazakhstan"),
    Site("marathon-texas", "marathon", "antminer-s19", "us-ercot", 0, "hosted_fixed", 45, 0, None, "marathon-hardin"),
)  # fmt: skip
HELIOS_SLOTS = 30000  # of Argo's site; 23,619 were filled: prior


@dataclass(frozen=True)
class Hosted:
    deposit_musd: float
    source: str
    confidence: str
    why: str


HOST = "compute-north"
HOSTED = {  # fleet row: what is known of it
    "bit-digital-new": Hosted(
        0, "quarterly reports of the miner, 2022: hosted by Compute North and others", "medium", "which of its rows stood there is assumed"
    ),
    "marathon-king-mountain": Hosted(
        21.0,
        "https://dgtlinfra.com/compute-north-chapter-11-bankruptcy-filing/",
        "high",
        "hosted at King Mountain; 21.0 M USD owed by the host to the miner, all of it taken as the deposit of this row",
    ),
    "marathon-xp": Hosted(0, "https://einpresswire.com/article/622685206/", "medium", "hosted in Texas by the same host: assumed"),
}  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------- works
@dataclass(frozen=True)
class Cooling:
    fleet: str
    begin: str
    days: int
    why: str


COOLING = (
    Cooling("argo-helios", "2022-06-01", 30, "its new Texan site"),
    Cooling(
        "rhodium-temple",
        "2022-03-01",
        30,
        "its second site; the first ran in immersion before day 0 and is as reported",
    ),
    Cooling("riot-rockdale", "2022-03-01", 60, "the largest site that no lender has a claim on"),
)
HASHRATE_FACTOR = 1.4  # the story's figure
ENERGY_FACTOR, HEAT_RELIEF = 1.05, 0.8  # priors of docs/model/sites.md
COOLING_USD_PER_MACHINE = 500.0  # prior, no figure was found
RACKS_BEGIN, RACKS_DAYS, RACKS_UNITS, RACKS_STEP_DAYS = "2022-04-01", 120, 4, 30  # containers, one a month: priors
RACKS_USD_PER_SLOT = 700.0  # prior: well below the 2,750 USD a slot that Galaxy paid for a site that stood


# ---------------------------------------------------------------------------------------------------------------- orders
@dataclass(frozen=True)
class Dear:
    """A contract at the price of late 2021: a deposit, the rest in one sum a month before delivery."""

    key: str
    miner: str
    fleet: str
    usd: float  # a machine
    deposit_share: float
    batches: tuple[tuple[str, int], ...]  # delivery date, machines
    why: str


DEAR = (
    Dear("core-scientific-bitmain", "core-scientific", "core-scientific-2022", 8500.0, 0.4,
         (("2022-08-20", 4000), ("2022-09-20", 4000), ("2022-10-20", 4000)),
         "story: deposits of 30-50 %, the rest falls due when the machines are worth less; its orders were cut again in 2022 "
         "(on record: reportify.ai/financials/1005060935905876956), these batches and their price are ours"),
)  # fmt: skip

# ---------------------------------------------------------------------------------------------------------------- hedges
INITIAL_MARGIN, MAINTENANCE_MARGIN, CURE_DAYS = 0.4, 0.36, 1  # priors of docs/model/hedges.md
FUTURES = {
    "argo": 300,
    "bitfarms": 500,
    "core-scientific": 1500,
    "hut-8": 600,
    "stronghold": 200,
}  # BTC short, about two to four months' coins
FUTURES_EXPIRY = "2022-12-30"


@dataclass(frozen=True)
class Hedge:
    """One row that is no future; `values` are the columns of its kind."""

    key: str
    miner: str
    kind: str
    expiry: str
    values: dict[str, float | str]
    source: str
    confidence: str
    why: str


HEDGES = (
    Hedge("cleanspark-collar", "cleanspark", "collar", "2022-06-30", {"btc": 400.0, "strike_usd": 45000.0, "cap_usd": 75000.0}, "", "low",
          f"{STORY}; size, strike and cap are priors"),
    Hedge("riot-put", "riot", "put", "2022-06-24", {"btc": 600.0, "strike_usd": 40000.0}, "", "low",
          f"{STORY}; size and strike are priors"),
    Hedge("bitfarms-hashprice", "bitfarms", "hashprice_forward", "2022-09-30", {"hashrate_ths": 500000.0, "strike_usd_per_ph_day": 250.0},
          "", "low", "story: such forwards were dealt from October 2022 on, a year too late for it; size and strike are priors"),
    Hedge("cipher-odessa-power", "cipher", "power_sale", "2022-10-01", {"mw": 60.0, "region": "us-ercot", "strike_usd_per_mwh": 27.3},
          "https://stocktitan.net/news/CIFR/cipher-mining-provides-second-quarter-2022-business-mmy6kod1crq4.html", "low",
          "fixed take-or-pay power before the machines of the site ran; the megawatts sold back are a prior"),
    Hedge("argo-helios-wind", "argo", "ppa", LAST, {"mw": 100.0, "region": "us-ercot", "strike_usd_per_mwh": 35.0, "profile": "texas-wind",
          "take_share": 1.0, "suspend_usd_per_mwh": 0.0}, "", "low", f"{STORY}: new sites run on renewables; size and strike are priors"),
    Hedge("rhodium-temple-solar", "rhodium", "ppa", LAST, {"mw": 20.0, "region": "us-ercot", "strike_usd_per_mwh": 30.0,
          "profile": "texas-solar", "take_share": 0.8}, "", "low", f"{STORY}: as the wind of the other site; negative prices are its own"),
)  # fmt: skip
PROFILES = {  # mean output over nameplate by month: priors of the shape of such plants
    "texas-solar": (0.19, 0.22, 0.26, 0.29, 0.30, 0.33, 0.33, 0.32, 0.28, 0.25, 0.20, 0.18),
    "texas-wind": (0.38, 0.39, 0.42, 0.43, 0.40, 0.35, 0.29, 0.28, 0.30, 0.36, 0.38, 0.38),
}


# ---------------------------------------------------------------------------------------------------------------- responses
@dataclass(frozen=True)
class Response:
    key: str
    miner: str
    kind: str
    trigger: str
    threshold: float
    first: str
    last: str
    values: dict[str, float | int | str]
    source: str
    confidence: str
    why: str


MIGRATION = {"delay_days": 90, "cost_usd_per_machine": 150.0}  # priors of docs/model/responses.md
RESPONSES = (
    Response("argo-sells-coins", "argo", "sell_coins", "btc_below", 30000.0, "2022-06-01", "2022-07-31", {"share": 0.5},
             "https://coinsobserver.com/article/argos-22-million-btc-backed-loan-from-galaxy-digital", "medium",
             "637 BTC sold in June 2022 to bring its loan down; the share is derived from what it held"),
    Response("argo-sells-slots", "argo", "sell_slots", "runway_days_below", 120.0, "2022-09-01", END,
             {"fleet": "argo-helios", "usd_per_slot": 2750.0}, "https://fvbb.com/ns/novogratz-s-galaxy-digital-invests-100/50968", "low",
             "the site sold for 65 M USD with 23,619 machines on it in December 2022; here its empty slots, at that price a slot"),
    Response("bitfarms-sells-coins", "bitfarms", "sell_coins", "btc_below", 30000.0, "2022-06-01", "2022-07-31", {"share": 0.45},
             "https://pageone.ng/2022/06/21/bitfarms-gives-3000-btc-to-galaxy-digital-as-loan-payment/", "medium",
             "3,000 BTC sold in June 2022; the share is derived from what it held"),
    Response("bitfarms-then-pays-galaxy", "bitfarms", "prepay", "btc_below", 30000.0, "2022-06-01", "2022-07-31",
             {"loan": "bitfarms-galaxy-btc", "share": 1.0},
             "https://pageone.ng/2022/06/21/bitfarms-gives-3000-btc-to-galaxy-digital-as-loan-payment/", "medium",
             "paid down from 100 to 38 M USD in June 2022 out of the coins it sold; here with all the cash it can spare"),
    Response("core-scientific-sells-coins", "core-scientific", "sell_coins", "btc_below", 30000.0, "2022-06-01", "2022-07-31",
             {"share": 0.75}, "bmpro.substack, July 2022", "medium", "7,202 BTC sold in June 2022; the share is derived from what it held"),
    Response("genesis-da-leaves-kazakhstan", "genesis-digital-assets", "migrate", "runway_days_over", 90.0, "2022-02-01", "2022-12-31",
             {"fleet": "genesis-da-kazakhstan", "to_fleet": "genesis-da-texas"} | MIGRATION, "", "low",
             "story: after the cuts of January 2022; that it moved to Texas is on record, when and what is not"),
    Response("marathon-leaves-hardin", "marathon", "migrate", "runway_days_over", 90.0, "2022-09-01", "2022-12-31",
             {"fleet": "marathon-hardin", "to_fleet": "marathon-texas"} | MIGRATION,
             "https://einpresswire.com/article/622685206/", "medium",
             "left the coal plant in the second half of 2022; date, cost and delay are priors"),
    Response("argo-retires-quebec", "argo", "retire", "margin_below", 1.2, "2022-06-01", END, {"fleet": "argo-quebec"}, "", "low",
             f"{STORY}: old machines are sold when they bring hardly more than their power; threshold: prior"),
    Response("bit-digital-retires-old", "bit-digital", "retire", "margin_below", 1.2, "2022-06-01", END, {"fleet": "bit-digital-old"}, "",
             "low", f"{STORY}: as above"),
    Response("bitfarms-retires-old", "bitfarms", "retire", "margin_below", 1.2, "2022-06-01", END, {"fleet": "bitfarms-old"}, "", "low",
             f"{STORY}: as above"),
    Response("hut-8-retires-drumheller", "hut-8", "retire", "margin_below", 1.2, "2022-06-01", END, {"fleet": "hut-8-drumheller"}, "",
             "low", f"{STORY}: as above"),
    Response("greenidge-asks-nydig", "greenidge", "renegotiate", "runway_days_below", 90.0, "2022-09-01", END,
             {"loan": "greenidge-nydig-mefa", "term_months": 36, "pause_months": 6}, "forkast, December 2022", "medium",
             "74.4 M USD restructured in December 2022; terms are those of the story, pause: prior"),
    Response("stronghold-asks-whitehawk", "stronghold", "renegotiate", "runway_days_below", 90.0, "2022-06-01", END,
             {"loan": "stronghold-whitehawk", "term_months": 36, "pause_months": 6},
             "https://gemhodlers.com/stronghold-digital-mining-inc-completion-of-acquisition-or-disposition-of-assets", "high",
             "a note of 36 months with lower amortisation in the near term, August 2022; pause: prior"),
)  # fmt: skip
# Every private miner asks for new terms on its largest machine loan of a lender that grants them.
ASKS = {
    "trigger": "runway_days_below",
    "threshold": 60.0,
    "from_date": "2022-06-01",
    "until_date": END,
    "term_months": 36,
    "pause_months": 6,
}
ASKS_WHY = f"{STORY}: borrowers renegotiate; who, when and for how long are priors after Stronghold and WhiteHawk"

# ---------------------------------------------------------------------------------------------------------------- lenders, loans
AMENDING = ("nydig", "private-credit")
LENDERS: dict[str, tuple[dict[str, float | str], str]] = {
    "antalpha": ({"rehypothecated_share": 0.3}, "coins pledged on, share is a prior"),
    "babel-finance": ({"rehypothecated_share": 0.6}, "coins pledged on, share is a prior"),
    "foundry": (
        {"policy": "sell-back"},
        "offers seized machines to who lost them while the market is far below the index, and hosts the others: prior",
    ),
    "galaxy": (
        {"book_buy_cover": 1.5},
        "buys loans of failed lenders that machines cover well (it refinanced Argo in December 2022; who bought others is unknown): prior",
    ),
    "nydig": (
        {"amend_cover": 1.0, "policy": "sell-back"},
        "grants new terms where foreclosing would lose (Greenidge, December 2022); seized machines as Foundry: prior",
    ),
    "private-credit": (
        {"amend_cover": 1.0, "policy": "consign", "term_share_per_month": 0.02, "stop_equity_share": 0.15},
        "grants new terms where foreclosing loses (WhiteHawk, August 2022); brokers sell its machines; its own credit falls due: priors",
    ),
}
CREDIT_LINES = {  # loan: committed in million USD, why
    "celsius-mining-intercompany": (650.0, "line of its parent, size: prior"),
    "marathon-silvergate-rloc": (100.0, "revolving line of 100 M USD, of which 30 M are drawn"),
}
NOTE_LINE = 1.5  # the private miners' notes are lines of that many times what is drawn: prior
