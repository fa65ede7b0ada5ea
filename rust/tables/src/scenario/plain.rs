//! Values as any language writes them: what a binding hands over before anyone asks what they mean.

use std::collections::BTreeMap;

/// A plain value.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// Nothing (Python's `None`).
    Nothing,
    /// A truth value.
    Flag(bool),
    /// A whole number, not negative.
    Whole(u64),
    /// Any other number.
    Number(f64),
    /// Text.
    Text(String),
    /// Values in order.
    List(Vec<Plain>),
    /// Values by name.
    Mapping(BTreeMap<String, Plain>),
    /// Something else, as its language shows it.
    Other(String),
}

/// Longest value shown in a message, in characters.
const SHOWN: usize = 80;

impl Plain {
    /// The value for a message.
    pub fn shown(&self) -> String {
        let text = match self {
            Plain::Nothing => "None".to_owned(),
            Plain::Flag(flag) => flag.to_string(),
            Plain::Whole(whole) => whole.to_string(),
            Plain::Number(number) => number.to_string(),
            Plain::Text(text) | Plain::Other(text) => text.clone(),
            Plain::List(values) => format!("a list of {}", values.len()),
            Plain::Mapping(items) => format!("a mapping of {}", items.len()),
        };
        text.chars().take(SHOWN).collect()
    }
}
