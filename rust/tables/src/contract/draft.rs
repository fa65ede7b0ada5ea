//! Terms as they come in, one by one: stripped, read, put in their place; what cannot be read is noted with its name and value.

use std::fmt::Display;

use hashstress_engine::contract::calendar::Moment;
use hashstress_engine::contract::cycle::{Cycle, Period};
use hashstress_engine::contract::terms::{Arrays, ContractType, Currency, Leg, LegObject, LegRole, Terms};
use hashstress_engine::error::{Code, Problem};

use super::dictionary::{Target, Term, find};
use crate::input::parse;
use crate::nearest::suggestion;
use crate::scenario::plain::Plain;
use crate::schema::quoted;

/// Legs within legs are followed this deep.
const DEPTH: usize = 4;
/// More segments or legs than this are refused.
const MOST_ITEMS: usize = 10_000;
/// Numbers of larger magnitude are refused: no currency needs them, and products of two stay finite.
const LARGEST: f64 = 1e15;
/// Longest text taken.
const LONGEST_TEXT: usize = 200;

/// Why a value was refused: the code, and what was expected.
pub(super) type Refused = (Code, String);

/// Terms of one contract being read.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// In a box: they are large, and are handed on several times.
    terms: Box<Terms>,
    has_type: bool,
    depth: usize,
    problems: Vec<Problem>,
}

impl Draft {
    /// In the memory of a draft that is done with.
    #[must_use]
    pub fn again(mut self) -> Self {
        *self.terms = Terms::default();
        self.problems.clear();
        Self { has_type: false, depth: 0, ..self }
    }

    /// A term as text. Names no dictionary knows are passed over; so is empty text.
    #[inline]
    pub fn text(&mut self, name: &str, text: &str) {
        if let Some(term) = find(name) {
            self.text_of(term, text);
        }
    }

    #[inline]
    fn text_of(&mut self, term: &Term, text: &str) {
        let text = trimmed(text);
        if text.is_empty() {
            return;
        }
        if let Err(refused) = self.try_text(term, text) {
            self.refuse(term.name, text, refused);
        }
    }

    /// A term that was found, or passed over, before: as text if it is one, else as any value.
    #[inline]
    pub fn read(&mut self, term: Option<&Term>, text: Option<&str>, value: impl FnOnce() -> Plain) {
        match (term, text) {
            (Some(term), Some(text)) => self.text_of(term, text),
            (Some(term), None) => self.value_of(term, &value()),
            (None, _) => {}
        }
    }

    /// A term as any value.
    pub fn value(&mut self, name: &str, value: &Plain) {
        if let Some(term) = find(name) {
            self.value_of(term, value);
        }
    }

    fn value_of(&mut self, term: &Term, value: &Plain) {
        let read = match (&term.target, value) {
            (_, Plain::Nothing) => Ok(()),
            (_, Plain::Text(text)) => return self.text_of(term, text),
            (Target::Structure, value) => {
                self.structure(value);
                Ok(())
            }
            (Target::Number(place), value) => number_of(value).map(|number| *place(&mut self.terms) = Some(number)),
            (Target::Numbers(_) | Target::Moments(_) | Target::Cycles(_) | Target::Words(..), value) => self.try_items(term, value),
            (_, value) => Err((Code::WrongType, format!("{}, as text; not {}", expectation(&term.target), value.shown()))),
        };
        if let Err(refused) = read {
            self.refuse(term.name, value.shown(), refused);
        }
    }

    /// In the place of terms stands something else.
    pub fn no_terms(&mut self, value: &Plain) {
        self.refuse("terms", value.shown(), (Code::WrongType, "a mapping of terms, by their names in the ACTUS dictionary".to_owned()));
    }

    /// Ends the reading: the terms, or everything that could not be read; problems carry the term, not yet the contract.
    pub fn try_complete(&mut self) -> Result<&Terms, Vec<Problem>> {
        let told = |name: &str| self.problems.iter().any(|problem| problem.column.as_deref() == Some(name));
        if !self.has_type && !told("contractType") && !told("terms") {
            self.problems.push(Problem::table(Code::Null, "", Some("contractType"), one_of(ContractType::WORDS)));
        }
        if self.problems.is_empty() { Ok(&self.terms) } else { Err(std::mem::take(&mut self.problems)) }
    }

    /// The terms, once they are complete.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The terms by themselves.
    pub fn try_finish(mut self) -> Result<Box<Terms>, Vec<Problem>> {
        self.try_complete()?;
        Ok(self.terms)
    }

    fn refuse(&mut self, name: &str, value: impl Display, (code, expected): Refused) {
        let value = value.to_string().chars().take(LONGEST_TEXT).collect();
        self.problems.push(Problem { code, table: String::new(), row: None, column: Some(name.to_owned()), value: Some(value), expected });
    }

    fn try_text(&mut self, term: &Term, text: &str) -> Result<(), Refused> {
        let terms = &mut *self.terms;
        match &term.target {
            Target::Number(place) => *place(terms) = Some(try_number(text)?),
            Target::Moment(place) => *place(terms) = Some(try_moment(text)?),
            Target::Cycle(place) => *place(terms) = Some(try_cycle(text)?),
            Target::Period(place) => *place(terms) = Some(Period::try_parse(text).ok_or_else(|| wrong(&term.target))?),
            Target::Currency(place) => *place(terms) = Some(Currency::try_parse(text).ok_or_else(|| wrong(&term.target))?),
            Target::Text(place) => *place(terms) = Some(try_line(text)?.into()),
            Target::Word(words, set) => {
                if !set(terms, text) {
                    return Err((Code::UnknownWord, format!("{}{}", one_of(words), suggestion(text, words.iter().copied()))));
                }
                self.has_type |= term.name == "contractType";
            }
            Target::Structure => return Err(wrong(&term.target)),
            _ => self.try_items(term, &Plain::Text(text.to_owned()))?,
        }
        Ok(())
    }

    /// Segments: a list, or one value for one segment.
    fn try_items(&mut self, term: &Term, value: &Plain) -> Result<(), Refused> {
        let items = match value {
            Plain::List(items) if items.len() > MOST_ITEMS => {
                return Err((Code::OutOfRange, format!("at most {MOST_ITEMS} segments, not {}", items.len())));
            }
            Plain::List(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        let arrays = self.terms.arrays.get_or_insert_default();
        items.iter().try_for_each(|item| try_item(arrays, &term.target, item))
    }

    fn structure(&mut self, value: &Plain) {
        let name = "contractStructure";
        match value {
            Plain::List(legs) if legs.len() > MOST_ITEMS => {
                self.refuse(name, legs.len(), (Code::OutOfRange, format!("at most {MOST_ITEMS} legs")));
            }
            Plain::List(_) if self.depth >= DEPTH => {
                self.refuse(name, value.shown(), (Code::OutOfRange, format!("legs within legs at most {DEPTH} deep")));
            }
            Plain::List(legs) => legs.iter().enumerate().for_each(|(index, leg)| self.leg(index, leg)),
            other => self.refuse(name, other.shown(), wrong(&Target::Structure)),
        }
    }

    fn leg(&mut self, index: usize, leg: &Plain) {
        let Plain::Mapping(parts) = leg else {
            return self.refuse(&format!("contractStructure[{index}]"), leg.shown(), wrong(&Target::Structure));
        };
        let part = |name: &str| parts.get(name).and_then(word_of).unwrap_or_default();
        let (kind, role) = (part("referenceType"), part("referenceRole"));
        let mut refuse =
            |name: &str, value: &str, refused: Refused| self.refuse(&format!("contractStructure[{index}].{name}"), value, refused);
        let Some(role) = LegRole::try_parse(role) else {
            return refuse("referenceRole", role, (Code::UnknownWord, one_of(LegRole::WORDS)));
        };
        let Some(Plain::Mapping(object)) = parts.get("object") else {
            return refuse("object", "", (Code::Null, "the terms of the leg, by name".to_owned()));
        };
        let named = |name: &str| object.get(name).and_then(word_of).filter(|text| !text.is_empty());
        let object = match kind {
            "CNT" => return self.contract_leg(index, role, object.iter()),
            "CID" => named("contractIdentifier").or_else(|| named("contractID")).map(|id| LegObject::ContractId(id.into())),
            "MOC" => named("marketObjectCode").map(|code| LegObject::Market(code.into())),
            other => return refuse("referenceType", other, (Code::UnknownWord, one_of(&["CNT", "CID", "MOC"]))),
        };
        match object {
            Some(object) => self.terms.structure.push(Leg { role, object }),
            None => refuse("object", "", (Code::Null, "contractIdentifier for CID, marketObjectCode for MOC".to_owned())),
        }
    }

    fn contract_leg<'a>(&mut self, index: usize, role: LegRole, object: impl Iterator<Item = (&'a String, &'a Plain)>) {
        let mut draft = Draft { depth: self.depth + 1, ..Draft::default() };
        object.for_each(|(name, value)| draft.value(name, value));
        match draft.try_finish() {
            Ok(terms) => self.terms.structure.push(Leg { role, object: LegObject::Contract(terms) }),
            Err(problems) => self.problems.extend(problems.into_iter().map(|mut problem| {
                problem.column = problem.column.map(|term| format!("contractStructure[{index}].{term}"));
                problem
            })),
        }
    }
}

fn try_item(arrays: &mut Arrays, target: &Target, item: &Plain) -> Result<(), Refused> {
    let text = || word_of(item).ok_or_else(|| wrong(target));
    match target {
        Target::Numbers(place) => place(arrays).push(number_of(item)?),
        Target::Moments(place) => place(arrays).push(try_moment(text()?)?),
        Target::Cycles(place) => place(arrays).push(try_cycle(text()?)?),
        Target::Words(words, push) => {
            let word = text()?;
            if !push(arrays, word) {
                return Err((Code::UnknownWord, format!("{}{}", one_of(words), suggestion(word, words.iter().copied()))));
            }
        }
        other => return Err(wrong(other)),
    }
    Ok(())
}

/// Without spaces around it. Most texts have none, and two bytes say so.
#[inline]
fn trimmed(text: &str) -> &str {
    let solid = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if solid(bytes.first()) && solid(bytes.last()) { text } else { text.trim() }
}

fn word_of(value: &Plain) -> Option<&str> {
    if let Plain::Text(text) = value { Some(text.trim()) } else { None }
}

/// A number as text or as a number.
pub(super) fn number_of(value: &Plain) -> Result<f64, Refused> {
    match value {
        Plain::Text(text) => try_number(text.trim()),
        Plain::Whole(whole) => in_range(*whole as f64),
        Plain::Number(number) => in_range(*number),
        other => Err((Code::WrongType, format!("a number, not {}", other.shown()))),
    }
}

fn try_number(text: &str) -> Result<f64, Refused> {
    let number = parse::number(text).map_err(|(code, reason)| (code, reason.to_owned()))?;
    in_range(number)
}

fn in_range(number: f64) -> Result<f64, Refused> {
    if !number.is_finite() {
        Err((Code::NotFinite, "a finite number".to_owned()))
    } else if number.abs() > LARGEST {
        Err((Code::OutOfRange, format!("a number from {:e} to {LARGEST:e}", -LARGEST)))
    } else {
        Ok(number)
    }
}

/// A date with an optional time of day.
pub(super) fn try_moment(text: &str) -> Result<Moment, Refused> {
    Moment::try_parse(text).ok_or_else(|| {
        let real = text.get(..10).is_none_or(|date| parse::date(date).is_err_and(|(code, _)| code != Code::OutOfRange));
        let code = if real { Code::WrongType } else { Code::OutOfRange };
        (code, "a date that exists, with a time of day or without: 2024-01-31T00:00:00 or 2024-01-31, without a time zone".to_owned())
    })
}

fn try_cycle(text: &str) -> Result<Cycle, Refused> {
    Cycle::try_parse(text).ok_or_else(|| (Code::WrongType, CYCLE.to_owned()))
}

/// One line of text.
fn try_line(text: &str) -> Result<&str, Refused> {
    if text.len() > LONGEST_TEXT || text.contains(char::is_control) {
        return Err((Code::OutOfRange, format!("one line of text of at most {LONGEST_TEXT} bytes")));
    }
    Ok(text)
}

const CYCLE: &str = "a cycle: P, a number from 1 to 100000, D W M Q H or Y, then L0 (long last period) or L1 (short): P1ML0";

fn wrong(target: &Target) -> Refused {
    (Code::WrongType, expectation(target).to_owned())
}

fn expectation(target: &Target) -> &'static str {
    match target {
        Target::Number(_) => "a number",
        Target::Moment(_) => "a date",
        Target::Cycle(_) => CYCLE,
        Target::Period(_) => "a period: P, a number up to 100000, D W M Q H or Y: P5D",
        Target::Text(_) => "text",
        Target::Currency(_) => "a currency's code of one to seven letters: USD, BTC",
        Target::Word(..) => "a word",
        Target::Numbers(_) => "a list of numbers",
        Target::Moments(_) => "a list of dates",
        Target::Cycles(_) => "a list of cycles",
        Target::Words(..) => "a list of words",
        Target::Structure => "a list of legs, each {object, referenceType, referenceRole}",
    }
}

fn one_of(words: &[&str]) -> String {
    format!("one of {}", quoted(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hashstress_engine::contract::terms::Role;

    fn read(entries: &[(&str, Plain)]) -> Result<Box<Terms>, Vec<Problem>> {
        let mut draft = Draft::default();
        draft.text("contractType", "PAM");
        entries.iter().for_each(|(name, value)| draft.value(name, value));
        draft.try_finish()
    }

    fn text(text: &str) -> Plain {
        Plain::Text(text.to_owned())
    }

    fn mapping(entries: &[(&str, Plain)]) -> Plain {
        Plain::Mapping(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    #[test]
    fn terms_of_every_kind() {
        let terms = read(&[
            ("contractRole", text(" RPL ")),
            ("notionalPrincipal", text("  5000")),
            ("nominalInterestRate", Plain::Number(0.05)),
            ("quantity", Plain::Whole(3)),
            ("maturityDate", text("2013-08-01T00:00")),
            ("cycleOfInterestPayment", text("P1ML0")),
            ("settlementPeriod", text("P5DL0")),
            ("currency", text("USD")),
            ("marketObjectCode", text("AAPL")),
            ("arrayRate", Plain::List(vec![Plain::Number(0.06), text("0.07")])),
            ("arrayIncreaseDecrease", text("DEC")),
            ("purchaseDate", text("")),
            ("priceAtPurchaseDate", Plain::Nothing),
            ("unknownTerm", text("anything")),
        ])
        .unwrap();
        assert_eq!((terms.role, terms.notional, terms.rate, terms.quantity), (Some(Role::Rpl), Some(5000.0), Some(0.05), Some(3.0)));
        assert_eq!((terms.settlement_period, terms.market_code.as_deref()), (Some(Period::Days(5)), Some("AAPL")));
        assert_eq!((terms.arrays.unwrap().rates, terms.purchase_date), (vec![0.06, 0.07], None));
    }

    #[test]
    fn refused_terms_are_located() {
        for (name, value, code) in [
            ("contractRole", text("RPX"), Code::UnknownWord),
            ("notionalPrincipal", text("NaN"), Code::NotFinite),
            ("notionalPrincipal", text("5,000"), Code::WrongType),
            ("notionalPrincipal", text("1e16"), Code::OutOfRange),
            ("notionalPrincipal", Plain::Number(f64::INFINITY), Code::NotFinite),
            ("notionalPrincipal", Plain::Flag(true), Code::WrongType),
            ("maturityDate", text("2013-02-30T00:00:00"), Code::OutOfRange),
            ("maturityDate", text("tomorrow"), Code::WrongType),
            ("maturityDate", Plain::Number(5.0), Code::WrongType),
            ("cycleOfInterestPayment", text("P0M"), Code::WrongType),
            ("cycleOfInterestPayment", text("monthly"), Code::WrongType),
            ("settlementPeriod", text("5D"), Code::WrongType),
            ("currency", text("US Dollar"), Code::WrongType),
            ("marketObjectCode", text("a\0b"), Code::OutOfRange),
            ("arrayRate", Plain::List(vec![text("x")]), Code::WrongType),
            ("arrayIncreaseDecrease", Plain::List(vec![text("UP")]), Code::UnknownWord),
            ("contractStructure", text("x"), Code::WrongType),
        ] {
            let problems = read(&[(name, value.clone())]).unwrap_err();
            let found: Vec<_> = problems.iter().map(|problem| (problem.code, problem.column.as_deref())).collect();
            assert_eq!(found, [(code, Some(name))], "{value:?}");
        }
        let mut draft = Draft::default();
        draft.text("contractType", "PAN");
        let problems = draft.try_finish().unwrap_err();
        assert!(problems.len() == 1 && problems[0].expected.contains("did you mean `PAM`?"), "{problems:?}");
        assert_eq!(Draft::default().try_finish().unwrap_err()[0].code, Code::Null);
    }

    #[test]
    fn legs_are_typed_and_their_problems_located() {
        let leg = |kind: &str, object: Plain| mapping(&[("object", object), ("referenceType", text(kind)), ("referenceRole", text("UDL"))]);
        let pam = mapping(&[("contractType", text("PAM")), ("notionalPrincipal", text("10"))]);
        let market = mapping(&[("marketObjectCode", text("AAPL"))]);
        let id = mapping(&[("contractIdentifier", text("L1"))]);
        let terms = read(&[("contractStructure", Plain::List(vec![leg("CNT", pam), leg("MOC", market), leg("CID", id)]))]).unwrap();
        assert!(matches!(&terms.structure[0].object, LegObject::Contract(terms) if terms.notional == Some(10.0)));
        assert_eq!(terms.structure[1].object, LegObject::Market("AAPL".into()));
        assert_eq!(terms.structure[2].object, LegObject::ContractId("L1".into()));
        let wrong = mapping(&[("contractType", text("PAM")), ("notionalPrincipal", text("ten"))]);
        let nothing = mapping(&[]);
        let legs = Plain::List(vec![leg("CNT", wrong), leg("MOC", nothing.clone()), leg("XYZ", nothing.clone()), nothing]);
        let problems = read(&[("contractStructure", legs)]).unwrap_err();
        let columns: Vec<_> = problems.iter().map(|problem| problem.column.as_deref().unwrap()).collect();
        let leg = |index: usize, name: &str| format!("contractStructure[{index}].{name}");
        assert_eq!(columns, [leg(0, "notionalPrincipal"), leg(1, "object"), leg(2, "referenceType"), leg(3, "referenceRole")]);
    }

    #[test]
    fn legs_within_legs_end() {
        let mut object = mapping(&[("contractType", text("PAM"))]);
        for _ in 0..8 {
            let leg = mapping(&[("object", object), ("referenceType", text("CNT")), ("referenceRole", text("UDL"))]);
            object = mapping(&[("contractType", text("SWAPS")), ("contractStructure", Plain::List(vec![leg]))]);
        }
        let Plain::Mapping(entries) = object else { return };
        let entries: Vec<_> = entries.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        assert!(read(&entries).unwrap_err()[0].expected.contains("deep"));
    }
}
