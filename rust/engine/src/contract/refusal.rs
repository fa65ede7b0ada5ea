//! Terms that cannot be a contract: which one, and what to do.

use std::borrow::Cow;
use std::fmt::Display;

use crate::error::Code;

/// One term that was refused. Where it stands (contract, leg) is known to whoever handed it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of problem.
    pub code: Code,
    /// The term, by its name in the standard; of a leg `contractStructure[0].maturityDate`.
    pub term: Cow<'static, str>,
    /// Its value; empty when it is missing.
    pub value: String,
    /// What was expected, as a sentence that says what to do.
    pub expected: String,
}

impl Refusal {
    /// The same refusal, of a leg; legs count from 0.
    #[must_use]
    pub fn of_leg(mut self, leg: usize) -> Self {
        self.term = format!("contractStructure[{leg}].{}", self.term).into();
        self
    }
}

/// A term that must be there and is not.
pub fn missing(term: &'static str, expected: impl Into<String>) -> Refusal {
    Refusal { code: Code::Null, term: term.into(), value: String::new(), expected: expected.into() }
}

/// A number or date outside what it can be.
pub fn out_of_range(term: &'static str, value: impl Display, expected: impl Into<String>) -> Refusal {
    Refusal { code: Code::OutOfRange, term: term.into(), value: value.to_string(), expected: expected.into() }
}

/// Dates that contradict each other.
pub fn wrong_date(term: &'static str, value: impl Display, expected: impl Into<String>) -> Refusal {
    Refusal { code: Code::Dates, term: term.into(), value: value.to_string(), expected: expected.into() }
}

/// A word the standard knows and this engine does not follow.
pub fn unsupported(term: &'static str, value: impl Display, expected: impl Into<String>) -> Refusal {
    Refusal { code: Code::UnknownWord, term: term.into(), value: value.to_string(), expected: expected.into() }
}

/// What the market did not tell.
pub fn unobserved(term: &'static str, code: impl Display, expected: impl Into<String>) -> Refusal {
    Refusal { code: Code::UnknownKey, term: term.into(), value: code.to_string(), expected: expected.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_is_named() {
        assert_eq!(missing("maturityDate", "a date").of_leg(1).term, "contractStructure[1].maturityDate");
    }
}
