//! Text that stands for a number, a date or a flag: one strict grammar, and a fitting sentence for everything else.

use hashstress_engine::contract::calendar::Date;
use hashstress_engine::error::Code;

/// Why a text was refused: the code, and what to do.
pub type Refusal = (Code, &'static str);

const NOT_A_NUMBER: Refusal = (Code::WrongType, "digits, with a point for decimals: -1234.5 or 1.2e6");
const NAN: Refusal = (Code::NotFinite, "a number; leave the cell empty where none is known, if the column allows it");
const INFINITE: Refusal = (Code::NotFinite, "a finite number");
const SPACES: Refusal = (Code::WrongType, "the value without spaces around it");
const PERCENT: Refusal = (Code::WrongType, "not a percentage: divide by 100");
const CURRENCY: Refusal = (Code::WrongType, "the number without a currency sign or unit; the unit is in the column's name");
const COMMA: Refusal = (Code::WrongType, "no thousands separator, and a point for decimals: 1234.5, neither 1,234.5 nor 1234,5");
const SEPARATOR: Refusal = (Code::WrongType, "no thousands separator: 1234567, neither 1 234 567 nor 1'234'567");
const PLUS: Refusal = (Code::WrongType, "the number without a plus sign");
const MINUS: Refusal = (Code::WrongType, "a plain minus sign (-) for negative numbers, neither brackets nor a dash");
const TOO_LARGE: Refusal = (Code::NotFinite, "a number below 1e308 in magnitude");

/// A number by the grammar `-?digits[.digits][e[+-]digits]`, nothing else.
pub fn number(text: &str) -> Result<f64, Refusal> {
    if !is_number(text) {
        return Err(why_not_a_number(text));
    }
    let number: f64 = text.parse().map_err(|_| NOT_A_NUMBER)?;
    if number.is_finite() { Ok(number) } else { Err(TOO_LARGE) }
}

/// What follows one or more digits.
fn after_digits(text: &[u8]) -> Option<&[u8]> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0).then(|| &text[digits..])
}

fn is_number(text: &str) -> bool {
    let text = text.as_bytes();
    let Some(mut rest) = after_digits(text.strip_prefix(b"-").unwrap_or(text)) else { return false };
    if let [b'.', decimals @ ..] = rest {
        let Some(after) = after_digits(decimals) else { return false };
        rest = after;
    }
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => after_digits(exponent).is_some_and(<[u8]>::is_empty),
        _ => false,
    }
}

fn why_not_a_number(text: &str) -> Refusal {
    let lower = text.trim().to_lowercase();
    let has = |characters: &[char]| lower.contains(characters);
    let digit = lower.contains(|character: char| character.is_ascii_digit());
    match lower.trim_start_matches(['-', '+']) {
        "nan" | "null" | "none" | "na" | "n/a" | "#n/a" | "-nan" | "" => return NAN,
        "inf" | "infinity" | "∞" => return INFINITE,
        _ => {}
    }
    if !digit {
        NOT_A_NUMBER
    } else if lower.contains('%') {
        PERCENT
    } else if has(&['$', '€', '£', '¥', '₿'])
        || ["usd", "eur", "btc", "sat", "mwh", "kwh", "th", "ph"].iter().any(|unit| lower.contains(unit))
    {
        CURRENCY
    } else if lower.contains(',') {
        COMMA
    } else if has(&['\'', '’', '_', ' ', '\u{a0}', '\u{202f}', '\u{2009}']) {
        SEPARATOR
    } else if has(&['(', '−', '–', '—']) {
        MINUS
    } else if lower.starts_with('+') {
        PLUS
    } else if text.trim() != text {
        SPACES
    } else {
        NOT_A_NUMBER
    }
}

/// A date `YYYY-MM-DD` that exists.
pub fn date(text: &str) -> Result<Date, Refusal> {
    Date::try_parse(text).ok_or_else(|| why_not_a_date(text))
}

fn why_not_a_date(text: &str) -> Refusal {
    let shape: String = text.trim().chars().map(|character| if character.is_ascii_digit() { '0' } else { character }).collect();
    if text.trim() != text {
        SPACES
    } else if shape == "0000-00-00" {
        (Code::OutOfRange, "a date that exists, year-month-day (are day and month swapped?)")
    } else if shape.starts_with("0000-00-00") {
        (Code::WrongType, "a date YYYY-MM-DD without a time of day or a time zone")
    } else {
        (Code::WrongType, "a date YYYY-MM-DD, such as 2022-06-13; other orders and separators are ambiguous")
    }
}

/// A flag: `true` or `false`, in letters of any case: spreadsheets write TRUE, Python writes True.
pub fn flag(text: &str) -> Result<bool, Refusal> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Ok(true),
        _ if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err((Code::WrongType, "true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_grammar() {
        for (text, expected) in [
            ("0", 0.0),
            ("-0.0", 0.0),
            ("007", 7.0),
            ("1234.5", 1234.5),
            ("-1.5e3", -1500.0),
            ("1E+05", 1e5),
            ("2e-3", 0.002),
            ("5e-324", 5e-324),
        ] {
            assert_eq!(number(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        for (text, refusal) in [
            ("1,234.5", COMMA),
            ("1234,5", COMMA),
            ("1.234.567", NOT_A_NUMBER),
            ("1 234", SEPARATOR),
            ("1\u{a0}234", SEPARATOR),
            ("1_234", SEPARATOR),
            ("1'234", SEPARATOR),
            ("11.2%", PERCENT),
            ("11.2 %", PERCENT),
            ("$5", CURRENCY),
            ("5 USD", CURRENCY),
            ("€5", CURRENCY),
            ("nan", NAN),
            ("NaN", NAN),
            ("-nan", NAN),
            ("N/A", NAN),
            ("-", NAN),
            ("inf", INFINITE),
            ("-Infinity", INFINITE),
            ("1e400", TOO_LARGE),
            ("+5", PLUS),
            ("(5)", MINUS),
            ("−5", MINUS),
            (" 5", SPACES),
            ("5\n", SPACES),
            (".5", NOT_A_NUMBER),
            ("5.", NOT_A_NUMBER),
            ("0x10", NOT_A_NUMBER),
            ("1e", NOT_A_NUMBER),
            ("1e5.0", NOT_A_NUMBER),
            ("--5", NOT_A_NUMBER),
            ("٣", NOT_A_NUMBER),
            ("many", NOT_A_NUMBER),
        ] {
            assert_eq!(number(text), Err(refusal), "{text:?}");
        }
    }

    #[test]
    fn dates_are_strict() {
        assert_eq!(date("2022-06-13").unwrap().to_string(), "2022-06-13");
        for (text, code) in [
            ("2022-02-30", Code::OutOfRange),
            ("2022-13-06", Code::OutOfRange),
            ("2022-06-13T00:00:00Z", Code::WrongType),
            ("2022-06-13 00:00", Code::WrongType),
            ("13.06.2022", Code::WrongType),
            ("06/13/2022", Code::WrongType),
            (" 2022-06-13", Code::WrongType),
            ("20220613", Code::WrongType),
        ] {
            assert_eq!(date(text).unwrap_err().0, code, "{text}");
        }
    }

    #[test]
    fn flags_are_words() {
        for (yes, no) in [("true", "false"), ("TRUE", "FALSE"), ("True", "False")] {
            assert_eq!((flag(yes), flag(no)), (Ok(true), Ok(false)));
        }
        for text in ["yes", "1", "t", "", " true", "wahr"] {
            assert_eq!(flag(text).unwrap_err().0, Code::WrongType, "{text}");
        }
    }
}
