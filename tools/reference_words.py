"""Words of docs/reference/ that no model carries: what a table is, what a scenario key means.

`tools/reference.py` checks that none is missing.
"""

from __future__ import annotations

TYPES = """
`key` is a text that is unique in its table; `word` is one of the words listed; `flag` is true or false; `whole` is a number without a
fraction. CSV, Parquet, Feather and anything Arrow are accepted; a value outside its range is refused with file, row and column. A column
with a default may be left out. The columns `synthetic`, `source`, `confidence` and `assumption` say where a row comes from and change no
result.
"""

SCENARIO = """
A scenario is a TOML file. Unknown keys, wrong types and wrong ranges are refused, all at once, each with its line. A file it names lies
beside it. `hashstress run my.toml --book my-book` plays it; start from a built-in one and say
what differs: with `base = "market-2022"` for a book of your own (it names nobody), with `base = "crisis-2022"` for the built-in book:
[scenarios](../model/scenarios.md). `hashstress scenarios` lists what comes with the package.
"""

PLUGINS = """
A plugin is a module with functions marked `@hashstress.hookimpl`, offered by a distribution under the entry-point group `{group}`. A hook
returns a list of frozen descriptors; a scenario names one of them by its `source`. A broken plugin is named and harms nobody else;
`hashstress plugins --trace` lists all. The whole contract is `python/hashstress/hookspecs.py`; `plugins/hashstress-regimes` is a complete
plugin made outside the package.

`{load}=a,b` loads only these plugins, `{disable}=a,b` skips these (`*`: all). Built-ins are always there.
"""

FACTORY = """
`factory(params)` gets the checked keys of the scenario's table (`params` is a pydantic model) and makes an object with one method:
"""

TABLES = {
    "input": {
        "machines": "Machine models.",
        "regions": "Power markets.",
        "miners": "Borrowers: cash, coins, overhead, treasury policy. [The model](../model/miners.md).",
        "fleet": "Machines of one model of one miner at one site. [The model](../model/fleet.md), [power](../model/power.md).",
        "loans": "Loans outstanding on day 0. [The model](../model/loans.md), [collateral](../model/collateral.md).",
        "lenders": "Lenders. [The model](../model/lenders.md).",
        "exposures": "Claims between lenders. [The model](../model/exposures.md).",
        "cohorts": "The anonymous rest of the network. [The model](../model/network.md).",
        "orders": "Machines bought and not yet delivered. [The model](../model/deliveries.md).",
        "profiles": "What plants make by month; may be left out. [The model](../model/hedges.md#power-purchase-agreements).",
        "works": "Liquid cooling and racks that are built; may be left out. [The model](../model/sites.md).",
        "hedges": "What miners have hedged before day 0; may be left out. [The model](../model/hedges.md).",
        "facilities": "Rescue funds and buy-backs; may be left out. [The model](../model/rescue.md).",
        "responses": "What miners may do before they fail; may be left out. [The model](../model/responses.md).",
    },
    "output": {
        "paths": "One row a path.",
        "loans": "One row a loan. [How it is estimated](../model/results.md).",
        "miners": "One row a miner.",
        "lenders": "One row a lender. [How it is estimated](../model/results.md).",
        "facilities": "One row a rescue fund or buy-back, none for a book without. [What it counts](../model/rescue.md).",
        "daily": "One row a day and metric. [The metrics](../model/close.md).",
        "events": "What happened on the worst paths. Each kind is named on the page of its stage: [the model](../model/README.md).",
        "ledger": "Every posting of the worst paths. [Accounts and reasons](../model/ledger.md).",
    },
}

# Model → its heading under "", then key → meaning.
KEYS = {
    "ScenarioFile": {
        "": "The file",
        "name": "name of the scenario; without `--book` or `book`, the book of this name, or of its base's name, is played",
        "title": "a line for people, shown above results",
        "base": "a built-in scenario, or a file beside this one, whose keys hold where this file does not give them",
        "book": "the book it is made for: a built-in one, or a folder beside this file",
        "start": "first day, day 0",
        "end": "last day",
        "expect": "what one should see, for its readers; `hashstress scenarios NAME` shows it",
        "citations": "where its numbers come from, for its readers; a text alone is a `source`",
        "scale": 'factors by path (`"impact.y" = 2.0`, `price = 0.8`, `"power.us-ercot" = 1.5`), [scenarios](../model/scenarios.md)',
        "add": "amounts by path, and rows of the dated tables (`[[add.lender_events]]`), [scenarios](../model/scenarios.md)",
        "price": "where BTC prices come from",
        "network": "the chain at the start",
        "power": "where power tariffs come from",
        "availability": "outages by region",
        "impact": "what forced sales do to the price",
        "asics": "prices of used machines",
        "lender_events": "what happens to lenders from outside",
        "deliveries": "new hashrate of cohorts",
        "vendor_events": "vendors of machines that fail",
        "rack_changes": "slots that sites gain or lose",
        "host_events": "hosts that fail and hold machines",
        "forced_sales": "coins that sellers outside the book sell under force",
        "estate_days": "days from a miner's default to the distribution of its estate",
        "claims": "figures of others to measure the run against, [claims](../model/claims.md)",
        "stages": "thresholds of stages and recovery, [stages](../model/stages.md)",
        "joint": "shocks to price, power, network and machines that move together, [joint](../model/joint.md)",
        "frontier": "what better machines do to the price of older ones, [frontier](../model/frontier.md)",
        "channels": "feedback that is switched off, [channels](../model/channels.md)",
        "policies": "disposal policies by the names the book's `lenders.policy` uses",
    },
    "Named": {"": "[price], [power]", "source": "name of a price source or power tariff"},
    "NamedPolicy": {"": "[policies.NAME]", "source": "name of a lender policy"},
    "Claim": {
        "": "[[claims]]",
        "system": "what it is about",
        "claim": "what is said",
        "figure": "its figure, a share for a percentage",
        "bound": "empty, or the side on which the claim holds: `at_least`, `at_most`",
        "tolerance": "how far off still agrees",
        "unit": "how figures are shown: `%`, `M USD` and `bn USD` scale them",
        "measure": "how it is measured, [claims](../model/claims.md)",
        "on": "what the measure reads",
        "to": "what the measure reads",
        "since": "the first day the measure looks at",
        "until": "the last day the measure looks at",
        "metric": "what the measure reads",
        "entity": "what the measure reads",
        "other": "what the measure reads",
        "record": "what is on record",
        "source": "where the record is from",
    },
    "Stages": {
        "": "[stages]",
        "btc_usd": "initial stage: price below, USD",
        "utilisation": "initial stage: share of machines running below",
        "lender_cash_share": "middle stage: lenders' cash below this share of day 0",
        "power_to_revenue": "late stage: power over revenue above",
        "miner_cash_share": "late stage: miners' cash below this share of day 0",
        "recovery_btc_usd": "price clock ends at this price, USD",
        "recovery_lender_share": "lender clock ends at this share of day 0's cash",
    },
    "Joint": {
        "": "[joint]",
        "shocks": "the sources that are shocked",
        "correlation": "of the daily steps, a row and a column for each shock: symmetric, 1 on the diagonal, positive semi-definite",
    },
    "Frontier": {
        "": "[frontier]",
        "elasticity": "how much of a gain of the frontier, in logarithms, older machines lose",
        "half_life_days": "days until half of that has come; at once where it is left out",
    },
    "Shock": {
        "": "[[joint.shocks]]",
        "source": "what is multiplied: closes and lows, tariffs, the hashrate of cohorts, the fair price of machines; each at most once",
        "volatility_annual": "of the factor's logarithm, a year",
        "half_life_days": "days until half of a shock is gone; never where it is left out, a random walk",
    },
    "VendorEvent": {
        "": "[[vendor_events]]",
        "date": "day of the failure: its open orders are lost, credit with it is worthless",
        "vendor": "a vendor of the book's orders, once",
    },
    "RackChange": {
        "": "[[rack_changes]]",
        "date": "first day",
        "fleet": "a fleet row with `rack_slots`",
        "slots": "slots gained, or lost where negative",
    },
    "HostEvent": {
        "": "[[host_events]]",
        "date": "day of the failure: machines at its sites stand still and are held",
        "host": "a host of the book's fleet, once",
        "lien_days": "days machines are held: neither sold nor seized",
        "move_days": "days after the release until they run elsewhere",
        "fee_usd_per_machine": "what the release costs, USD a machine",
        "deposit_lost_share": "share of the deposit with the host that does not come back",
    },
    "ForcedSale": {
        "": "[[forced_sales]]",
        "date": "first day of the sales; may lie before the run",
        "days": "days over which the coins are sold, in equal parts",
        "btc": "coins sold",
    },
    "Channels": {
        "": "[channels]",
        "impact": "coins sold under force lower the price",
        "difficulty": "machines that stand still lower the difficulty",
        "fire_sales": "machines that are sold lower the price of machines",
        "margin_calls": "a fall of the price calls for coins, or sells them",
        "lender_calls": "a lender that fails calls its loans",
        "confidence": "losses and failing peers make depositors run",
        "tightening": "a lender short of equity stops lending, recalls, and is not funded anew",
        "exposures": "a lender that fails takes its creditors among the lenders along",
        "lender_dumping": "a lender that fails dumps its machines",
        "cross_default": "the default of one loan reaches the miner's others",
        "lender_lines": "a lender short of cash draws on the lines of others",
        "solvency": "losses make a lender fail",
        "rescue": "facilities lend to miners and buy machines back",
        "responses": "miners sell, replace or move machines, sell coins or empty slots, ask for new terms or walk away in time",
    },
    "Citation": {
        "": "[[citations]]",
        "source": "what is known and from whom",
        "date": "day it happened or was said",
        "url": "where it can be read",
    },
    "Network": {
        "": "[network]",
        "height": "block height at the start of day 0",
        "difficulty": "difficulty at the start of day 0",
        "fees": "month and satoshis of fees a block; the first month is that of `start` or earlier",
    },
    "Availability": {
        "": "[[availability]]",
        "region": "a region of the book",
        "from": "first day",
        "to": "last day, included",
        "share": "share of the region's machines that can run; where windows overlap, the smaller one counts",
    },
    "Impact": {
        "": "[impact]",
        "y": "strength of the square-root law; 0: sales do not move the price",
        "sigma_daily": "daily volatility in the law, logarithmic",
        "volume_btc_per_day": "market volume, BTC/day",
        "permanent_share": "share of the impact that stays",
        "half_life_days": "half-life of the rest, days",
    },
    "Asics": {
        "": "[asics]",
        "hashprice_half_life_days": "half-life of the hashprice buyers look at, days",
        "index_half_life_days": "half-life of the index behind clearing prices, days",
        "overhang_half_life_days": "half-life of machines offered and not yet digested, days",
        "kappa": "how far an overhang lowers clearing prices",
        "quick_discount": "discount of an ordinary lot",
        "bulk_discount": "discount of a lot of `bulk_ths` or more",
        "tiers": "the four efficiency tiers: below 25, to 38, to 68, and from 68 J/TH",
    },
    "Tier": {
        "": "[[asics.tiers]]",
        "index_usd_per_th": "index on day 0, USD/TH",
        "elasticity": "of the fair price to hashprice",
        "depth_ths_per_day": "what buyers take a day, TH/s",
        "bulk_ths": "size of a bulk lot, TH/s",
        "scrap_usd_per_th": "floor of the clearing price, USD/TH",
    },
    "LenderEvent": {
        "": "[[lender_events]]",
        "date": "day of the event",
        "lender": "a lender of the book",
        "kind": "it fails, loses other assets, or pays out deposits",
        "amount_usd": "USD lost or withdrawn, above 0; none for `fail`",
    },
    "Delivery": {
        "": "[[deliveries]]",
        "date": "day from which it runs",
        "cohort": "a cohort of the book",
        "hashrate_ths": "hashrate added, TH/s",
    },
}
