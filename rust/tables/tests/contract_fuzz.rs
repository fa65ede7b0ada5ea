//! Random terms: whatever they say, the answer is events or located problems, soon. No panic, no hang.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use hashstress_engine::{contract::terms::ContractType, error::Error, rng::Draws};
use hashstress_tables::{
    contract::{
        Contracts,
        dictionary::{TERMS, Target},
        draft::Draft,
        observed::try_market,
    },
    scenario::plain::Plain,
};

/// Far longer than the largest schedule that is not refused takes.
const SOON: Duration = Duration::from_secs(2);

/// Whole numbers drawn one after the other.
struct Dice {
    draws: Draws,
    drawn: u64,
}

impl Dice {
    fn new(set: u64) -> Self {
        Self { draws: Draws { key: [2026, 0], path: set, entity: 0 }, drawn: 0 }
    }

    fn below(&mut self, bound: usize) -> usize {
        let word = self.draws.words(self.drawn / 4, 0)[(self.drawn % 4) as usize];
        self.drawn += 1;
        (word % bound as u64) as usize
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }

    /// A moment of the years from `first` to `last`.
    fn moment(&mut self, first: usize, last: usize) -> String {
        let time = self.of(&["", "T00:00", "T00:00:00", "T23:59:59"]);
        format!("{:04}-{:02}-{:02}{time}", first + self.below(last - first + 1), 1 + self.below(12), 1 + self.below(28))
    }

    /// The years in which a date of this name is likely to make sense.
    fn moment_for(&mut self, name: &str) -> String {
        match name {
            _ if self.one_in(20) => self.moment(2005, 2035),
            "statusDate" | "contractDealDate" => self.moment(2012, 2012),
            "initialExchangeDate" => self.moment(2013, 2013),
            "maturityDate" | "amortizationDate" => self.moment(2019, 2025),
            _ => self.moment(2014, 2018),
        }
    }

    fn cycle(&mut self) -> String {
        let (number, unit, stub) = (1 + self.below(13), self.of(&["D", "W", "M", "M", "Q", "H", "Y"]), self.of(&["L0", "L1"]));
        format!("P{number}{unit}{stub}")
    }

    fn number(&mut self) -> String {
        match self.below(6) {
            0 => "0".to_owned(),
            1 => format!("0.{:02}", self.below(100)),
            2 => format!("-0.{:02}", self.below(100)),
            3 => format!("  {}", 1 + self.below(5000)),
            4 => format!("{}", 1_000 * (1 + self.below(1000))),
            _ => format!("{}.5", 1 + self.below(12)),
        }
    }

    /// What no term should be.
    fn nonsense(&mut self) -> String {
        let choices = [
            "",
            " ",
            "NaN",
            "inf",
            "-1e308",
            "1e999",
            "2021-02-30T00:00:00",
            "9999-12-31",
            "0001-01-01",
            "P0ML0",
            "P999999999999YL1",
            "P1DL1",
            "P1X",
            "ünïcödé\0",
            "-",
            "1,5",
        ];
        self.of(&choices).to_owned()
    }

    fn text_for(&mut self, name: &str, target: &Target) -> String {
        if self.one_in(200) {
            return self.nonsense();
        }
        match target {
            Target::Number(_) | Target::Numbers(_) => self.number(),
            Target::Moment(_) | Target::Moments(_) => self.moment_for(name),
            Target::Cycle(_) | Target::Cycles(_) => self.cycle(),
            Target::Period(_) => self.of(&["P0D", "P5D", "P1M", "P2W"]).to_owned(),
            Target::Text(_) => self.of(&["ONE", "TWO", "UST"]).to_owned(),
            Target::Currency(_) => self.of(&["USD", "EUR", "BTC"]).to_owned(),
            Target::Word(words, _) | Target::Words(words, _) => self.of(words).to_owned(),
            Target::Structure => String::new(),
        }
    }

    fn value_for(&mut self, name: &str, target: &Target, depth: usize) -> Plain {
        match target {
            Target::Numbers(_) | Target::Moments(_) | Target::Cycles(_) | Target::Words(..) if !self.one_in(4) => {
                Plain::List((0..self.below(4)).map(|_| Plain::Text(self.text_for(name, target))).collect())
            }
            Target::Structure if depth < 2 => Plain::List((0..=self.below(3)).map(|_| self.leg(depth)).collect()),
            _ => Plain::Text(self.text_for(name, target)),
        }
    }

    fn leg(&mut self, depth: usize) -> Plain {
        let named = |name: &str, text: &str| (name.to_owned(), Plain::Text(text.to_owned()));
        let (kind, object) = match self.below(8) {
            0 => ("MOC", Plain::Mapping([named("marketObjectCode", "UST")].into())),
            1 => ("CID", Plain::Mapping([named("contractIdentifier", "ONE")].into())),
            _ => ("CNT", Plain::Mapping(self.terms(depth + 1).into_iter().collect())),
        };
        let kind = if self.one_in(50) { "X" } else { kind };
        let role = self.of(&["UDL", "FIL", "SEL", "COVE", "COVI", "COVE"]);
        Plain::Mapping([named("referenceType", kind), named("referenceRole", role), ("object".to_owned(), object)].into())
    }

    /// Some terms: as a rule those most contracts need, and a few of all.
    fn terms(&mut self, depth: usize) -> Vec<(String, Plain)> {
        let usual = ["contractRole", "statusDate", "currency", "notionalPrincipal", "initialExchangeDate", "maturityDate"];
        let usual = usual.iter().chain(&["nominalInterestRate", "dayCountConvention"]);
        let kind = self.of(ContractType::WORDS);
        let combined = ["CEC", "CEG", "FUTUR", "OPTNS", "SWAPS", "CAPFL"].contains(&kind);
        let mut terms = vec![("contractType".to_owned(), Plain::Text(kind.to_owned()))];
        let others = self.of(&[&8, &25, &80]).to_owned(); // one in so many terms is said
        for term in TERMS {
            let wanted = match term.target {
                Target::Structure => combined || self.one_in(100),
                _ if usual.clone().any(|name| *name == term.name) => !self.one_in(60),
                _ => self.one_in(others),
            };
            if wanted && term.name != "contractType" {
                terms.push((term.name.to_owned(), self.value_for(term.name, &term.target, depth)));
            }
        }
        terms
    }

    fn occurrences(&mut self) -> Plain {
        let event = |dice: &mut Self| {
            let kind = dice.of(&["CE", "XD", "PP", "AD", "PD"]);
            let value = Plain::Number(dice.below(2000) as f64);
            let parts = [("time", Plain::Text(dice.moment(2013, 2024))), ("type", Plain::Text(kind.to_owned())), ("value", value)];
            Plain::Mapping(parts.into_iter().map(|(name, part)| (name.to_owned(), part)).collect())
        };
        Plain::List((0..self.below(3)).map(|_| event(self)).collect())
    }
}

/// Plays sets `[from, from + count)`; how many had events, and how many were refused.
fn play(from: u64, count: u64) -> (usize, usize) {
    let point = |time: &str, value: f64| Plain::List(vec![Plain::Text(time.to_owned()), Plain::Number(value)]);
    let series = Plain::List(vec![point("2012-01-01", 0.03), point("2016-06-30", 80.0), point("2021-01-01", 110.0)]);
    let market = ["ONE", "UST"].map(|code| (code.to_owned(), series.clone()));
    let market = try_market(&Plain::Mapping(market.into())).map(Arc::new);
    assert!(market.is_ok());
    let (mut answered, mut refused) = (0, 0);
    for set in from..from + count {
        let mut dice = Dice::new(set);
        let mut draft = Draft::default();
        for (name, value) in dice.terms(0) {
            draft.value(&name, &value);
        }
        let (events, to) = (dice.occurrences(), if dice.one_in(3) { Plain::Text(dice.moment(2013, 2024)) } else { Plain::Nothing });
        let begin = Instant::now();
        let mut contracts = Contracts::one();
        contracts.add(None, draft, &market, &events, &to);
        match contracts.try_events() {
            Ok(_) => answered += 1,
            Err(Error::Input(problems)) => {
                refused += 1;
                let told = problems.iter().all(|problem| problem.column.is_some() && !problem.expected.is_empty());
                assert!(told && !problems.is_empty(), "set {set}: {problems:?}");
            }
            Err(other) => panic!("set {set}: {other}"),
        }
        assert!(begin.elapsed() < SOON, "set {set} took {:?}", begin.elapsed());
    }
    (answered, refused)
}

#[test]
fn random_terms_are_answered_or_refused() {
    let (answered, refused) = play(0, 20_000);
    assert!(answered > 1_000 && refused > 1_000, "{answered} answered, {refused} refused: one of them is hardly tried");
}

#[test]
#[ignore = "long tier"]
fn a_million_random_terms_are_answered_or_refused() {
    let (answered, refused) = play(20_000, 1_000_000);
    assert_eq!(answered + refused, 1_000_000);
}
