//! Places in nested plain values: each knows its path, and what does not fit becomes a problem and a default.

use std::cell::RefCell;
use std::collections::BTreeMap;

use hashstress_engine::error::{Code, MAX_PROBLEMS, Problem};

use super::plain::Plain;
use crate::nearest::suggestion;

/// A value somewhere in a specification, or the place where one was expected and has been reported missing.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    problems: &'a RefCell<Vec<Problem>>,
    value: Option<&'a Plain>,
    path: String,
}

impl<'a> Node<'a> {
    /// The whole specification.
    pub(super) fn root(value: &'a Plain, problems: &'a RefCell<Vec<Problem>>) -> Self {
        Self { problems, value: Some(value), path: String::new() }
    }

    fn say(&self, code: Code, expected: impl Into<String>) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() < MAX_PROBLEMS {
            let column = Some(self.path.as_str()).filter(|path| !path.is_empty());
            let value = self.value.map(Plain::shown);
            problems.push(Problem { value, ..Problem::table(code, "scenario", column, expected) });
        }
    }

    fn child(&self, name: &str, value: Option<&'a Plain>) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Self { problems: self.problems, value, path }
    }

    /// What a value gives, or the default and a problem.
    fn take<T: Default>(&self, expected: &str, read: impl FnOnce(&'a Plain) -> Option<T>) -> T {
        let Some(value) = self.value else { return T::default() };
        read(value).unwrap_or_else(|| {
            self.say(Code::WrongType, expected);
            T::default()
        })
    }

    fn mapping(&self) -> Option<&'a BTreeMap<String, Plain>> {
        if let Some(Plain::Mapping(items)) = self.value { Some(items) } else { None }
    }

    /// A mapping by name.
    pub(super) fn named<T>(&self, read: impl Fn(Self) -> T) -> BTreeMap<String, T> {
        let items = self.take("a mapping by name", |_| self.mapping().map(|items| items.iter().collect::<Vec<_>>()));
        items.into_iter().map(|(name, value)| (name.clone(), read(self.child(name, Some(value))))).collect()
    }

    /// A mapping with exactly these keys.
    pub(super) fn keys(&self, known: &[&'static str]) -> Keys<'a> {
        self.keys_or(known, &[])
    }

    /// A mapping with these keys, and perhaps some `more`.
    pub(super) fn keys_or(&self, known: &[&'static str], more: &[&'static str]) -> Keys<'a> {
        let all = || known.iter().chain(more).copied();
        for (name, node) in self.named(|node| node).iter().filter(|(name, _)| !all().any(|known| known == name.as_str())) {
            node.say(Code::UnknownColumn, format!("only keys of this mapping{}", suggestion(name, all())));
        }
        for name in known {
            self.tell_if_absent(name);
        }
        Keys(self.clone())
    }

    fn tell_if_absent(&self, name: &str) {
        if self.mapping().is_some_and(|items| !items.contains_key(name)) {
            self.child(name, None).say(Code::MissingColumn, format!("a key `{name}`"));
        }
    }

    /// The word of one key, before it is known which other keys there must be.
    pub(super) fn word_of(&self, name: &str, words: &[&'static str]) -> Option<&'static str> {
        self.tell_if_absent(name);
        let node = self.child(name, self.mapping().and_then(|items| items.get(name)));
        if self.mapping().is_none() {
            self.named(|_| ());
        }
        node.value?;
        let text = node.text();
        let found = words.iter().copied().find(|word| *word == text);
        if found.is_none() {
            node.say(Code::UnknownWord, format!("one of {}{}", words.join(", "), suggestion(&text, words.iter().copied())));
        }
        found
    }

    /// A list.
    pub(super) fn each<T>(&self, read: impl Fn(Self) -> T) -> Vec<T> {
        let values: Vec<&Plain> =
            self.take("a list", |value| if let Plain::List(values) = value { Some(values.iter().collect()) } else { None });
        let node = |(index, value)| Self { problems: self.problems, value: Some(value), path: format!("{}[{index}]", self.path) };
        values.into_iter().enumerate().map(node).map(read).collect()
    }

    /// A list of finite numbers.
    pub(super) fn numbers(&self) -> Vec<f64> {
        self.each(|node| node.number())
    }

    /// A pair of a day and a price.
    pub(super) fn pair(&self) -> (usize, f64) {
        let pair = self.each(|node| node);
        if pair.len() == 2 {
            return (pair[0].whole(), pair[1].number());
        }
        self.say(Code::WrongType, "a pair of a day and a price in USD");
        (0, 0.0)
    }

    /// A finite number.
    pub(super) fn number(&self) -> f64 {
        let number = self.ratio();
        if number.is_finite() {
            return number;
        }
        self.say(Code::NotFinite, "a finite number");
        0.0
    }

    /// A number that may be infinite: the bound of a rule that always matches.
    pub(super) fn ratio(&self) -> f64 {
        self.take("a number", |value| match value {
            Plain::Whole(whole) => Some(*whole as f64),
            Plain::Number(number) => Some(*number),
            _ => None,
        })
    }

    /// A whole number, not negative.
    pub(super) fn whole<T: Default + TryFrom<u64>>(&self) -> T {
        self.take("a whole number, not negative", |value| if let Plain::Whole(whole) = value { T::try_from(*whole).ok() } else { None })
    }

    /// A truth value.
    pub(super) fn flag(&self) -> bool {
        self.take("true or false", |value| if let Plain::Flag(flag) = value { Some(*flag) } else { None })
    }

    /// Text.
    pub(super) fn text(&self) -> String {
        self.take("text", |value| if let Plain::Text(text) = value { Some(text.clone()) } else { None })
    }

    /// Nothing where it is absent or nothing.
    pub(super) fn optional(self) -> Option<Self> {
        self.value.is_some_and(|value| *value != Plain::Nothing).then_some(self)
    }
}

/// A mapping whose keys have been checked.
#[derive(Debug)]
pub(super) struct Keys<'a>(Node<'a>);

impl<'a> Keys<'a> {
    /// The value of a key; the problem of an absent one has been told.
    pub(super) fn get(&self, name: &str) -> Node<'a> {
        self.0.child(name, self.0.mapping().and_then(|items| items.get(name)))
    }

    /// The finite number of a key.
    pub(super) fn number(&self, name: &str) -> f64 {
        self.get(name).number()
    }
}
