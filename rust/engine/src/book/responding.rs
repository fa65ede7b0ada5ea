//! What miners may do before they fail, from rows to the book. Model: docs/model/responses.md

use std::collections::BTreeMap;

use super::{
    Fleet, Rows,
    keys::{Keys, sorted},
    renewal::Request,
    rows::{Collateral, LoanRow, Recourse, ResponseKind, ResponseRow, ResponseTrigger},
};
use crate::{
    contract::calendar::Date,
    error::{Code, Problem},
    ids::{FleetId, LoanId, MinerId},
    units,
};

/// One thing one miner may do.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "names of docs/model/responses.md")]
pub struct Response {
    pub key: String,
    pub miner: MinerId,
    pub when: When,
    pub from_date: Option<Date>,
    pub until_date: Option<Date>,
    /// `None`: once.
    pub wait_days: Option<usize>,
    pub act: Act,
}

/// What makes a miner act; each with its threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs, reason = "the triggers of docs/model/responses.md")]
pub enum When {
    RunwayDaysBelow(f64),
    RunwayDaysOver(f64),
    BtcBelow(f64),
    MarginBelow(FleetId, f64),
    StandingMonths(FleetId, f64),
    LtvOver(LoanId, f64),
}

/// What it does.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the kinds of docs/model/responses.md")]
pub enum Act {
    Retire(Part),
    Upgrade { part: Part, to: FleetId, delay_days: usize },
    Migrate { part: Part, to: FleetId, delay_days: usize, unit_cents: f64 },
    SellCoins { share: f64 },
    StrategicDefault(LoanId),
    Renegotiate(Box<Request>),
    Prepay { loan: LoanId, share: f64 },
    SellSlots { part: Part, unit_cents: f64 },
}

/// Machines of a row, or its slots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// The row.
    pub fleet: FleetId,
    /// At most so many; infinite for all that are free.
    pub machines: f64,
}

/// Largest threshold of each trigger, and the smallest; whole ones for months.
fn range(trigger: ResponseTrigger) -> (f64, f64) {
    match trigger {
        ResponseTrigger::RunwayDaysBelow | ResponseTrigger::RunwayDaysOver => (0.0, 3_650.0),
        ResponseTrigger::BtcBelow => (0.01, 1e8),
        ResponseTrigger::MarginBelow => (0.0, 5.0),
        ResponseTrigger::StandingMonths => (1.0, 120.0),
        ResponseTrigger::LtvOver => (0.0, 100.0),
    }
}

/// Responses in canonical order; problems are told with their row.
pub(super) fn responses(
    rows: &Rows,
    miners: &Keys<'_>,
    fleet: &[Fleet],
    fleet_keys: &Keys<'_>,
    loan_keys: &Keys<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Response> {
    Keys::collect_any("responses", "response", rows.responses.iter().map(|row| row.response.as_str()), problems);
    let places = Places {
        at: fleet.iter().enumerate().map(|(index, row)| (row.key.as_str(), FleetId::at(index))).collect(),
        efficiency: rows.machines.iter().map(|row| (row.model.as_str(), row.power_w / row.hashrate_ths)).collect(),
        models: rows.fleet.iter().map(|row| (row.fleet.as_str(), row.model.as_str())).collect(),
        loans: rows.loans.iter().map(|row| (row.loan.as_str(), row)).collect(),
        fleet,
        fleet_keys,
        loan_keys,
    };
    let mut found = Vec::with_capacity(rows.responses.len());
    for (row, item) in sorted(rows.responses.clone(), |row| row.response.clone()) {
        let miner = miners.find(&item.miner, "responses", row, "miner", problems).map(MinerId::at);
        if let Some(response) = (Check { item: &item, row, miner, places: &places, problems }).response() {
            found.push(response);
        }
    }
    found
}

/// What a row may name.
struct Places<'a> {
    at: BTreeMap<&'a str, FleetId>,
    efficiency: BTreeMap<&'a str, f64>,
    models: BTreeMap<&'a str, &'a str>,
    loans: BTreeMap<&'a str, &'a LoanRow>,
    fleet: &'a [Fleet],
    fleet_keys: &'a Keys<'a>,
    loan_keys: &'a Keys<'a>,
}

/// One row, and what is wrong with it.
struct Check<'a> {
    item: &'a ResponseRow,
    row: usize,
    miner: Option<MinerId>,
    places: &'a Places<'a>,
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    fn response(mut self) -> Option<Response> {
        let item = self.item;
        let (low, high) = range(item.trigger);
        let whole = item.trigger != ResponseTrigger::StandingMonths || item.threshold.fract() == 0.0;
        if !(low..=high).contains(&item.threshold) || !whole {
            let kind = if item.trigger == ResponseTrigger::StandingMonths { "a whole number" } else { "a number" };
            let expected = format!("{kind} from {low} to {high}, because the trigger is `{}`", item.trigger.name());
            self.tell(Code::OutOfRange, "threshold", &item.threshold.to_string(), expected);
        }
        if let (Some(from), Some(until)) = (item.from_date, item.until_date)
            && until < from
        {
            self.tell(Code::Dates, "until_date", &until.to_string(), format!("a date not before from_date, which is {from}"));
        }
        let fleet = self.row_of("fleet", item.fleet.as_deref());
        let to = self.row_of("to_fleet", item.to_fleet.as_deref());
        let loan = self.loan();
        self.trigger_fits();
        let act = self.act(fleet, to, loan)?;
        let when = match item.trigger {
            ResponseTrigger::RunwayDaysBelow => When::RunwayDaysBelow(item.threshold),
            ResponseTrigger::RunwayDaysOver => When::RunwayDaysOver(item.threshold),
            ResponseTrigger::BtcBelow => When::BtcBelow(item.threshold),
            ResponseTrigger::MarginBelow => When::MarginBelow(fleet?, item.threshold),
            ResponseTrigger::StandingMonths => When::StandingMonths(fleet?, item.threshold),
            ResponseTrigger::LtvOver => When::LtvOver(loan?, item.threshold),
        };
        Some(Response {
            key: item.response.clone(),
            miner: self.miner?,
            when,
            from_date: item.from_date,
            until_date: item.until_date,
            wait_days: item.wait_days.map(|days| days as usize),
            act,
        })
    }

    /// A trigger looks at something the kind names.
    fn trigger_fits(&mut self) {
        let item = self.item;
        let (fits, kinds) = match item.trigger {
            ResponseTrigger::MarginBelow | ResponseTrigger::StandingMonths => (
                matches!(item.kind, ResponseKind::Retire | ResponseKind::Upgrade | ResponseKind::Migrate | ResponseKind::SellSlots),
                "`retire`, `upgrade`, `migrate` or `sell_slots`: it looks at `fleet`",
            ),
            ResponseTrigger::LtvOver => (
                matches!(item.kind, ResponseKind::StrategicDefault | ResponseKind::Renegotiate),
                "`strategic_default` or `renegotiate`: it looks at `loan`",
            ),
            _ => (true, ""),
        };
        if !fits {
            let expected = format!("another trigger, because this one is for {kinds}");
            self.tell(Code::Inconsistent, "trigger", item.trigger.name(), expected);
        }
    }

    fn act(&mut self, fleet: Option<FleetId>, to: Option<FleetId>, loan: Option<LoanId>) -> Option<Act> {
        let item = self.item;
        let moves = matches!(item.kind, ResponseKind::Upgrade | ResponseKind::Migrate);
        let slots = item.kind == ResponseKind::SellSlots;
        let on_machines = moves || slots || item.kind == ResponseKind::Retire;
        let on_loan = matches!(item.kind, ResponseKind::StrategicDefault | ResponseKind::Renegotiate | ResponseKind::Prepay);
        let in_part = matches!(item.kind, ResponseKind::SellCoins | ResponseKind::Prepay);
        self.needs("fleet", on_machines, item.fleet.is_some());
        self.needs("to_fleet", moves, item.to_fleet.is_some());
        self.needs("delay_days", moves, item.delay_days.is_some());
        self.needs("cost_usd_per_machine", item.kind == ResponseKind::Migrate, item.cost_usd_per_machine.is_some());
        self.needs("share", in_part, item.share.is_some());
        self.needs("loan", on_loan, item.loan.is_some());
        self.needs("term_months", item.kind == ResponseKind::Renegotiate, item.term_months.is_some());
        self.needs("usd_per_slot", slots, item.usd_per_slot.is_some());
        let part = |fleet| Part { fleet, machines: item.machines.map_or(f64::INFINITY, f64::from) };
        match item.kind {
            ResponseKind::Retire => Some(Act::Retire(part(fleet?))),
            ResponseKind::Upgrade | ResponseKind::Migrate => {
                self.destination_fits();
                let (part, to, delay_days) = (part(fleet?), to?, item.delay_days? as usize);
                Some(if item.kind == ResponseKind::Upgrade {
                    Act::Upgrade { part, to, delay_days }
                } else {
                    Act::Migrate { part, to, delay_days, unit_cents: units::cents(item.cost_usd_per_machine?) }
                })
            }
            ResponseKind::SellCoins => Some(Act::SellCoins { share: item.share? }),
            ResponseKind::StrategicDefault => Some(Act::StrategicDefault(loan?)),
            ResponseKind::Renegotiate => Some(Act::Renegotiate(Box::new(self.request(loan?)?))),
            ResponseKind::Prepay => {
                self.is_no_line("what is paid back on a line may be drawn again");
                Some(Act::Prepay { loan: loan?, share: item.share? })
            }
            ResponseKind::SellSlots => {
                let part = part(fleet?);
                self.has_slots(part.fleet);
                Some(Act::SellSlots { part, unit_cents: units::cents(item.usd_per_slot?) })
            }
        }
    }

    /// Where machines go: another row, with the same model or a better one.
    fn destination_fits(&mut self) {
        let (Some(from), Some(to)) = (self.item.fleet.as_deref(), self.item.to_fleet.as_deref()) else { return };
        if from == to {
            self.tell(Code::Inconsistent, "to_fleet", to, format!("another row than {from}"));
            return;
        }
        let (Some(old), Some(new)) = (self.places.models.get(from), self.places.models.get(to)) else { return };
        let efficiency = |model: &&str| self.places.efficiency.get(*model).copied();
        let fits = match self.item.kind {
            ResponseKind::Migrate => old == new,
            _ => efficiency(old).zip(efficiency(new)).is_none_or(|(old, new)| new < old),
        };
        if !fits {
            let expected = match self.item.kind {
                ResponseKind::Migrate => format!("a row of the same model as {from}, {old}"),
                _ => format!("a row whose machines need less energy per TH/s than those of {from}, {old}"),
            };
            self.tell(Code::Inconsistent, "to_fleet", to, expected);
        }
    }

    /// A row of the miner.
    fn row_of(&mut self, column: &'static str, key: Option<&str>) -> Option<FleetId> {
        let key = key?;
        self.places.fleet_keys.find(key, "responses", self.row, column, self.problems);
        let id = self.places.at.get(key).copied()?;
        if self.miner.is_some_and(|miner| self.places.fleet[id.index()].miner != miner) {
            self.tell(Code::Inconsistent, column, key, format!("a fleet row of {}", self.item.miner));
        }
        Some(id)
    }

    /// A loan of the miner; one it can walk away from, where it would.
    fn loan(&mut self) -> Option<LoanId> {
        let key = self.item.loan.as_deref()?;
        let place = self.places.loan_keys.find(key, "responses", self.row, "loan", self.problems)?;
        let terms = self.places.loans.get(key)?;
        if terms.miner != self.item.miner {
            self.tell(Code::Inconsistent, "loan", key, format!("a loan of {}", self.item.miner));
        }
        if self.item.kind == ResponseKind::StrategicDefault
            && (terms.recourse != Recourse::Limited || terms.collateral != Collateral::Machines)
        {
            let expected = "a loan with recourse `limited` and collateral `machines`: nobody walks away from another";
            self.tell(Code::Inconsistent, "loan", key, expected.to_owned());
        }
        Some(LoanId::at(place))
    }

    /// The loan is not drawn on.
    fn is_no_line(&mut self, why: &str) {
        if let Some(terms) =
            self.item.loan.as_deref().and_then(|key| self.places.loans.get(key)).filter(|row| row.credit_line_usd.is_some())
        {
            self.tell(Code::Inconsistent, "loan", &terms.loan, format!("a loan without a credit_line_usd: {why}"));
        }
    }

    /// New terms that fit the loan.
    fn request(&mut self, loan: LoanId) -> Option<Request> {
        let (item, terms) = (self.item, self.places.loans.get(self.item.loan.as_deref()?).copied()?);
        self.is_no_line("lines are not renegotiated");
        if item.trigger == ResponseTrigger::LtvOver && terms.collateral != Collateral::Machines {
            let expected = "a loan with collateral `machines`, because the trigger is `ltv_over`".to_owned();
            self.tell(Code::Inconsistent, "loan", &terms.loan, expected);
        }
        let (term_months, pause_months) = (item.term_months?, item.pause_months.unwrap_or(0));
        let period = terms.period_months;
        if term_months < period {
            let expected = format!("at least {period}, the period_months of {}", terms.loan);
            self.tell(Code::Inconsistent, "term_months", &term_months.to_string(), expected);
        } else if pause_months > 0 && !Request::may_pause(terms.amortisation) {
            let expected = format!("0 or nothing: a loan that is `{}` pays no principal before its last date", terms.amortisation.name());
            self.tell(Code::Inconsistent, "pause_months", &pause_months.to_string(), expected);
        } else if !pause_months.is_multiple_of(period) || pause_months > term_months - period {
            let expected = format!("a multiple of {period}, the period_months of {}, at most {}", terms.loan, term_months - period);
            self.tell(Code::Inconsistent, "pause_months", &pause_months.to_string(), expected);
        }
        Some(Request { loan, row: terms.clone(), rate: item.rate, term_months, pause_months })
    }

    /// Slots are sold where there is a number of them.
    fn has_slots(&mut self, fleet: FleetId) {
        let row = &self.places.fleet[fleet.index()];
        if row.rack_slots.is_none() {
            self.tell(Code::Inconsistent, "fleet", &row.key, "a fleet row with rack_slots: this one has no limit".to_owned());
        }
    }

    /// What a kind needs and does not have; what it has and cannot use is told when the table is read.
    fn needs(&mut self, column: &str, needed: bool, given: bool) {
        if needed && !given {
            let expected = format!("a value, because the kind is `{}`", self.item.kind.name());
            self.tell(Code::Null, column, "", expected);
        }
    }

    fn tell(&mut self, code: Code, column: &str, value: &str, expected: String) {
        self.problems.push(Problem::cell(code, "responses", self.row, column, value, expected));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_have_the_range_of_their_trigger() {
        for word in ResponseTrigger::NAMES {
            let (low, high) = range(ResponseTrigger::try_parse(word).unwrap());
            assert!(low < high && low >= 0.0, "{word}");
        }
        assert_eq!(range(ResponseTrigger::StandingMonths), (1.0, 120.0));
    }
}
