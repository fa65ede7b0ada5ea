//! What options and futures share: at maturity or before, what they are worth against the price of the underlying is fixed, and paid when the
//! settlement period is over.

use super::calendar::Moment;
use super::columns::Columns;
use super::cycle::try_dates;
use super::deal::{After, Deal};
use super::event::Kind;
use super::margining::{self, Margin};
use super::observed::Outside;
use super::plan::Plan;
use super::refusal::{Refusal, missing};
use super::terms::{ExerciseType, LegObject, LegRole, Terms};

/// A right or a duty that is settled against a price.
#[derive(Debug, Clone, Copy)]
pub struct Derivative<'a> {
    /// Whether margins are called for.
    pub is_margined: bool,
    /// What it shares with other contracts.
    pub deal: Deal<'a>,
    /// Last day.
    pub maturity: Moment,
    /// Market object of the underlying's price.
    pub underlying: &'a str,
}

/// When it is exercised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// On or before the status date: only the settlement is to come.
    Past(Moment),
    /// Before maturity.
    Early(Moment),
    /// At maturity.
    Last,
    /// It was not, and its time is over.
    Never,
}

impl Derivative<'_> {
    /// Adds the events; `worth` says what one unit comes to at a price of the underlying.
    pub fn try_walk(
        &self,
        outside: &Outside<'_>,
        plan: &mut Plan,
        columns: &mut Columns,
        worth: impl Fn(f64) -> f64,
    ) -> Result<(), Refusal> {
        let deal = &self.deal;
        let when = self.try_when(outside)?;
        self.plan(when, outside, plan);
        let mut margin = self.is_margined.then(|| Margin::new(deal));
        let last = match when {
            When::Last => Some(self.maturity),
            When::Early(at) => Some(at),
            When::Past(_) | When::Never => None,
        };
        if let Some(last) = last.filter(|_| margin.is_some()) {
            margining::try_plan(deal, last, plan)?;
        }
        let worth_at = |moment: Moment| {
            let price = outside.market.try_at("contractStructure", self.underlying, moment)?;
            Ok::<_, Refusal>(deal.quantity() * worth(price))
        };
        let (mut date, mut amount) = match when {
            When::Past(at) => (Some(at), deal.terms.exercise_amount.map_or_else(|| worth_at(at), Ok)?),
            When::Early(_) | When::Last | When::Never => (None, 0.0),
        };
        deal.try_walk(plan, outside, columns, |step| {
            // A settlement may be moved back to a business day before the exercise.
            if let (When::Early(at), Kind::Xd | Kind::Std, None) = (when, step.kind, date) {
                (date, amount) = (Some(at), worth_at(at)?);
            }
            let payoff = match step.kind {
                Kind::Prd => deal.bought(step),
                Kind::Td => deal.sold(step) + margin.map_or(0.0, |margin| margin.returned()),
                Kind::Md => {
                    date = (worth_at(step.scheduled)? != 0.0).then_some(step.time);
                    0.0
                }
                Kind::Xd => {
                    amount = worth_at(step.scheduled)?;
                    0.0
                }
                Kind::Mr => match &mut margin {
                    Some(margin) => match margin.post() {
                        Some(posted) => posted,
                        None => margin.call(deal.sign * worth_at(step.scheduled)?),
                    },
                    None => 0.0,
                },
                Kind::Std => {
                    let value = deal.sign * std::mem::take(&mut amount);
                    margin.map_or(value, |margin| margin.settle(value))
                }
                _ => 0.0,
            };
            // What comes before an exercise does not know of it.
            let told = match when {
                When::Early(at) if step.kind != Kind::Std && (step.time, step.kind) < (at, Kind::Xd) => None,
                _ => date,
            };
            Ok(After { exercise: Some((amount, told)), ..deal.paid(payoff) })
        })
    }

    fn try_when(&self, outside: &Outside<'_>) -> Result<When, Refusal> {
        let status_date = self.deal.status_date;
        let at = match self.deal.terms.exercise_date {
            Some(date) => Some(date),
            None => self.try_observed(outside)?,
        };
        Ok(match at {
            Some(date) if date <= status_date => When::Past(date),
            Some(date) if date < self.maturity => When::Early(date),
            _ if self.maturity <= status_date => When::Never,
            _ => When::Last,
        })
    }

    /// The first exercise that was observed and allowed.
    fn try_observed(&self, outside: &Outside<'_>) -> Result<Option<Moment>, Refusal> {
        let terms = self.deal.terms;
        if terms.exercise_type == ExerciseType::European {
            return Ok(None);
        }
        let last = terms.exercise_end.map_or(self.maturity, |end| end.min(self.maturity));
        let exercises = outside.occurrences.iter().filter(|observed| observed.kind == Kind::Xd && self.deal.concerns(observed));
        let mut dates = exercises.map(|observed| observed.time).filter(|time| *time <= last);
        let start = terms.prepayment.start(terms.purchase_date.unwrap_or(self.deal.status_date));
        Ok(match start.filter(|_| terms.exercise_type == ExerciseType::Bermudan) {
            None => dates.next(),
            Some(start) => {
                let month_end = terms.keeps_month_end();
                let allowed: Vec<_> = try_dates(start, terms.prepayment.cycle, self.maturity, month_end, "cycleOfOptionality")?.collect();
                dates.find(|date| allowed.contains(date))
            }
        })
    }

    fn plan(&self, when: When, outside: &Outside<'_>, plan: &mut Plan) {
        let days = self.deal.terms.business_days;
        plan.clear();
        self.deal.plan_trades(plan, outside.occurrences);
        let settled = match when {
            When::Never => return,
            When::Past(at) => at,
            When::Early(at) => {
                plan.fixed(Kind::Xd, at, 0.0);
                at
            }
            When::Last => {
                plan.moved(Kind::Md, self.maturity, days, 0.0);
                plan.moved(Kind::Xd, self.maturity, days, 0.0);
                self.maturity
            }
        };
        plan.moved(Kind::Std, settlement(self.deal.terms, settled), days, 0.0);
    }
}

/// When an exercise is settled, before the date is moved to a business day.
pub fn settlement(terms: &Terms, exercised: Moment) -> Moment {
    terms.settlement_period.map_or(exercised, |period| period.after(exercised))
}

/// The market object of the underlying: of the leg of that role, else of the contract itself.
pub fn underlying(terms: &Terms) -> Result<&str, Refusal> {
    let leg = terms.structure.iter().find(|leg| leg.role == LegRole::Underlying);
    let code = match leg.map(|leg| &leg.object) {
        Some(LegObject::Market(code)) => Some(code),
        Some(LegObject::Contract(leg)) => leg.market_code.as_ref(),
        Some(LegObject::ContractId(id)) => Some(id),
        None => terms.market_code.as_ref(),
    };
    code.map(|code| &**code).ok_or_else(|| missing("contractStructure", "a leg UDL with the market object of the underlying's price"))
}
