//! From a raw cell to a value of its column: type, then range.

use hashstress_engine::contract::calendar::Date;
use hashstress_engine::error::Code;

use super::parse;
use super::raw::Raw;
use crate::nearest::suggestion;
use crate::schema::{Column, Kind};

/// A value of a column, in range.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Keys, references, words, text.
    Text(String),
    /// Numbers and whole numbers.
    Number(f64),
    /// Truth values.
    Flag(bool),
    /// Dates.
    Date(Date),
}

impl Value {
    /// Its text, if it is text.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Its number, if it is one.
    pub fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// Its truth, if it is a flag.
    pub fn flag(&self) -> Option<bool> {
        if let Self::Flag(flag) = self { Some(*flag) } else { None }
    }

    /// Its date, if it is one.
    pub fn date(&self) -> Option<Date> {
        if let Self::Date(date) = self { Some(*date) } else { None }
    }
}

/// Why a cell was refused: the code, and what was expected.
pub type Refusal = (Code, String);

/// Keys longer than this are refused.
const MAX_KEY: usize = 200;
/// Free text longer than this is refused.
const MAX_TEXT: usize = 10_000;

/// The value of a cell; `None` where it is empty and may be.
pub fn try_value(column: &Column, raw: Raw<'_>) -> Result<Option<Value>, Refusal> {
    match raw {
        Raw::Null | Raw::Text("") if column.nullable => Ok(None),
        Raw::Null | Raw::Text("") => Err((Code::Null, empty(column))),
        raw => try_some(column, raw).map(Some),
    }
}

/// The value of an absent column's cells.
pub fn try_default(column: &Column) -> Result<Option<Value>, Refusal> {
    try_value(column, column.default.map_or(Raw::Null, Raw::Text))
}

/// A harmless value where the given one was refused, so that the row can still be checked against other tables.
pub fn placeholder(column: &Column, raw: Raw<'_>) -> Option<Value> {
    if column.nullable {
        return None;
    }
    Some(match (column.kind, raw) {
        (Kind::Key | Kind::Reference(_) | Kind::Text, Raw::Text(text)) => Value::Text(text.to_owned()),
        (Kind::Key | Kind::Reference(_) | Kind::Text, _) => Value::Text(String::new()),
        (Kind::Word(words), _) => Value::Text(words[0].to_owned()),
        (Kind::Number | Kind::Whole, _) => Value::Number(column.minimum.unwrap_or(0.0).max(0.0)),
        (Kind::Flag, _) => Value::Flag(false),
        (Kind::Date, _) => Value::Date(Date(column.minimum.unwrap_or(0.0) as i32)),
    })
}

fn empty(column: &Column) -> String {
    match column.default {
        Some(value) => {
            format!("{}; the cell is empty: write {value}, which is what a column left out as a whole stands for", column.expectation())
        }
        None => column.expectation(),
    }
}

fn try_some(column: &Column, raw: Raw<'_>) -> Result<Value, Refusal> {
    match column.kind {
        Kind::Key | Kind::Reference(_) => key(column, raw).map(Value::Text),
        Kind::Text => text(column, raw).map(Value::Text),
        Kind::Word(words) => word(column, words, raw).map(Value::Text),
        Kind::Number | Kind::Whole => number(column, raw).map(Value::Number),
        Kind::Flag => flag(column, raw).map(Value::Flag),
        Kind::Date => date(column, raw).map(Value::Date),
    }
}

fn wrong_type(column: &Column) -> Refusal {
    (Code::WrongType, column.expectation())
}

fn refused(column: &Column, (code, reason): parse::Refusal) -> Refusal {
    (code, format!("{}: {reason}", column.expectation()))
}

fn key(column: &Column, raw: Raw<'_>) -> Result<String, Refusal> {
    let Raw::Text(key) = raw else {
        return Err((Code::WrongType, format!("{}; write keys as text", column.expectation())));
    };
    if key.trim().is_empty() {
        Err((Code::Null, format!("{}; the cell has only spaces", column.expectation())))
    } else if key.trim() != key {
        Err((Code::LookAlikeKey, format!("`{}`, without spaces at its ends", key.trim())))
    } else if let Some(character) = key.chars().find(|character| is_invisible(*character)) {
        Err((Code::LookAlikeKey, format!("a name without invisible characters; this one has U+{:04X}", u32::from(character))))
    } else if key.len() > MAX_KEY {
        Err((Code::OutOfRange, format!("a name of at most {MAX_KEY} bytes")))
    } else {
        Ok(key.to_owned())
    }
}

/// Control characters, zero-width and direction marks, and combining accents (a letter with its accent is one character).
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn text(column: &Column, raw: Raw<'_>) -> Result<String, Refusal> {
    match raw {
        Raw::Text(text) if text.contains('\0') => Err((Code::WrongType, "text without NUL bytes".to_owned())),
        Raw::Text(text) if text.len() > MAX_TEXT => Err((Code::OutOfRange, format!("text of at most {MAX_TEXT} bytes"))),
        Raw::Text(text) => Ok(text.to_owned()),
        _ => Err(wrong_type(column)),
    }
}

fn word(column: &Column, words: &[&'static str], raw: Raw<'_>) -> Result<String, Refusal> {
    match raw {
        Raw::Text(word) if words.contains(&word) => Ok(word.to_owned()),
        Raw::Text(word) => Err((Code::UnknownWord, format!("{}{}", column.expectation(), suggestion(word, words.iter().copied())))),
        _ => Err(wrong_type(column)),
    }
}

fn number(column: &Column, raw: Raw<'_>) -> Result<f64, Refusal> {
    let number = match raw {
        Raw::Number(number) => number,
        Raw::Text(text) => parse::number(text).map_err(|refusal| refused(column, refusal))?,
        _ => return Err(wrong_type(column)),
    };
    if !number.is_finite() {
        return Err((Code::NotFinite, column.expectation()));
    }
    if column.kind == Kind::Whole && number.fract() != 0.0 {
        return Err(wrong_type(column));
    }
    in_range(column, number)?;
    Ok(number + 0.0)
}

fn in_range(column: &Column, number: f64) -> Result<(), Refusal> {
    let low = column.minimum.is_some_and(|minimum| number < minimum);
    let high = column.maximum.is_some_and(|maximum| number > maximum);
    if low || high { Err((Code::OutOfRange, column.expectation())) } else { Ok(()) }
}

fn flag(column: &Column, raw: Raw<'_>) -> Result<bool, Refusal> {
    match raw {
        Raw::Flag(flag) => Ok(flag),
        Raw::Text(text) => parse::flag(text).map_err(|_| wrong_type(column)),
        _ => Err(wrong_type(column)),
    }
}

fn date(column: &Column, raw: Raw<'_>) -> Result<Date, Refusal> {
    let date = match raw {
        Raw::Date(days) => Date(i32::try_from(days).map_err(|_| (Code::OutOfRange, column.expectation()))?),
        Raw::Text(text) => parse::date(text).map_err(|refusal| refused(column, refusal))?,
        Raw::Moment(_) => return Err((Code::WrongType, format!("{}, without a time of day", column.expectation()))),
        _ => return Err(wrong_type(column)),
    };
    in_range(column, date.0.into())?;
    Ok(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::input;

    fn refusal(table: &str, column: &str, raw: Raw<'_>) -> Code {
        let column = input(table).unwrap().column(column).unwrap();
        try_value(column, raw).unwrap_err().0
    }

    #[test]
    fn values_of_every_kind() {
        let number = Some(Value::Number(0.112));
        let date = Some(Value::Date(Date(18_939)));
        for (column, raw, expected) in [
            ("rate", Raw::Text("0.112"), number.clone()),
            ("rate", Raw::Number(0.112), number),
            ("maturity_date", Raw::Text("2021-11-08"), date.clone()),
            ("maturity_date", Raw::Date(18_939), date),
            ("cross_default", Raw::Text("true"), Some(Value::Flag(true))),
            ("cross_default", Raw::Text("TRUE"), Some(Value::Flag(true))),
            ("cross_default", Raw::Flag(true), Some(Value::Flag(true))),
            ("collateral_btc", Raw::Text(""), None),
            ("collateral_btc", Raw::Null, None),
            ("period_months", Raw::Text("3.0"), Some(Value::Number(3.0))),
            ("recourse", Raw::Text("full"), Some(Value::Text("full".to_owned()))),
        ] {
            let column = input("loans").unwrap().column(column).unwrap();
            assert_eq!(try_value(column, raw), Ok(expected), "{} {raw:?}", column.name);
        }
    }

    #[test]
    fn refused_kinds() {
        let long = "x".repeat(201);
        for (table, column, raw, code) in [
            ("loans", "loan", Raw::Null, Code::Null),
            ("loans", "loan", Raw::Text(""), Code::Null),
            ("loans", "loan", Raw::Text("  "), Code::Null),
            ("loans", "loan", Raw::Text("L1 "), Code::LookAlikeKey),
            ("loans", "loan", Raw::Text("L\u{200b}1"), Code::LookAlikeKey),
            ("loans", "loan", Raw::Text("L\0"), Code::LookAlikeKey),
            ("loans", "loan", Raw::Text("e\u{301}"), Code::LookAlikeKey),
            ("loans", "loan", Raw::Text(&long), Code::OutOfRange),
            ("loans", "loan", Raw::Number(1.0), Code::WrongType),
            ("loans", "rate", Raw::Number(112.0), Code::OutOfRange),
            ("loans", "rate", Raw::Text("112"), Code::OutOfRange),
            ("loans", "rate", Raw::Number(-0.01), Code::OutOfRange),
            ("loans", "rate", Raw::Number(f64::NAN), Code::NotFinite),
            ("loans", "rate", Raw::Number(f64::INFINITY), Code::NotFinite),
            ("loans", "rate", Raw::Text("NaN"), Code::NotFinite),
            ("loans", "rate", Raw::Text("11.2%"), Code::WrongType),
            ("loans", "rate", Raw::Flag(true), Code::WrongType),
            ("loans", "rate", Raw::Null, Code::Null),
            ("loans", "call_ltv", Raw::Number(65.0), Code::OutOfRange),
            ("loans", "initial_ltv", Raw::Number(0.0), Code::OutOfRange),
            ("loans", "recourse", Raw::Text("Full"), Code::UnknownWord),
            ("loans", "recourse", Raw::Number(1.0), Code::WrongType),
            ("loans", "period_months", Raw::Number(1.5), Code::WrongType),
            ("loans", "period_months", Raw::Number(0.0), Code::OutOfRange),
            ("loans", "cross_default", Raw::Number(1.0), Code::WrongType),
            ("loans", "cross_default", Raw::Text("yes"), Code::WrongType),
            ("loans", "maturity_date", Raw::Text("2022-02-30"), Code::OutOfRange),
            ("loans", "maturity_date", Raw::Text("0202-01-05"), Code::OutOfRange),
            ("loans", "maturity_date", Raw::Date(i64::MAX), Code::OutOfRange),
            ("loans", "maturity_date", Raw::Moment(18_939), Code::WrongType),
            ("loans", "maturity_date", Raw::Number(18_939.0), Code::WrongType),
            ("loans", "source", Raw::Text("a\0"), Code::WrongType),
            ("miners", "btc", Raw::Number(1.5e8), Code::OutOfRange),
            ("miners", "cash_usd", Raw::Number(-1.0), Code::OutOfRange),
            ("miners", "pool_fee", Raw::Number(1.0), Code::OutOfRange),
            ("machines", "hashrate_ths", Raw::Number(0.095), Code::OutOfRange),
            ("machines", "hashrate_ths", Raw::Number(0.0), Code::OutOfRange),
            ("machines", "hashrate_ths", Raw::Number(95_000.0), Code::OutOfRange),
            ("machines", "power_w", Raw::Number(0.0), Code::OutOfRange),
            ("fleet", "power_usd_per_mwh", Raw::Number(50_000.0), Code::OutOfRange),
            ("fleet", "machines", Raw::Number(-1.0), Code::OutOfRange),
            ("fleet", "shutdown_ratio", Raw::Text("85"), Code::OutOfRange),
            ("cohorts", "efficiency_j_per_th", Raw::Number(0.0), Code::OutOfRange),
        ] {
            assert_eq!(refusal(table, column, raw), code, "{table}.{column} {raw:?}");
        }
    }

    #[test]
    fn sentences_say_what_to_do() {
        let sentence = |column: &str, raw| try_value(input("loans").unwrap().column(column).unwrap(), raw).unwrap_err().1;
        assert!(sentence("rate", Raw::Text("112")).contains("11.2 % is 0.112"));
        assert!(sentence("recourse", Raw::Text("Full")).contains("did you mean `full`?"));
        assert!(sentence("grace_days", Raw::Null).contains("the cell is empty: write 30"));
        assert!(sentence("loan", Raw::Text(" L1")).contains("`L1`"));
    }

    #[test]
    fn placeholders_are_valid() {
        for table in crate::schema::INPUTS {
            for column in table.all_columns().filter(|column| !matches!(column.kind, Kind::Key | Kind::Reference(_) | Kind::Text)) {
                let Some(value) = placeholder(column, Raw::Null) else { continue };
                let shown = match &value {
                    Value::Text(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    Value::Flag(flag) => flag.to_string(),
                    Value::Date(date) => date.to_string(),
                };
                assert_eq!(try_value(column, Raw::Text(&shown)), Ok(Some(value)), "{}.{}", table.name, column.name);
            }
        }
    }
}
