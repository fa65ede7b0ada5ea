//! Nested mappings and lists from Python, with the path of everything that does not fit; all of it at once.

use std::cell::RefCell;
use std::collections::BTreeMap;

use hashstress_engine::error::{Code, MAX_PROBLEMS, Problem};
use hashstress_tables::nearest::suggestion;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyMapping, PyString};

/// Longest value shown in a message, in characters.
const SHOWN: usize = 80;

/// A value somewhere in a specification, or the place where one was expected and has been reported missing.
#[derive(Clone)]
pub(crate) struct Node<'r, 'py> {
    problems: &'r RefCell<Vec<Problem>>,
    value: Option<Bound<'py, PyAny>>,
    path: String,
}

impl<'r, 'py> Node<'r, 'py> {
    /// The whole specification.
    pub(crate) fn root(value: Bound<'py, PyAny>, problems: &'r RefCell<Vec<Problem>>) -> Self {
        Self { problems, value: Some(value), path: String::new() }
    }

    fn say(&self, code: Code, expected: impl Into<String>) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() < MAX_PROBLEMS {
            let column = Some(self.path.as_str()).filter(|path| !path.is_empty());
            let mut problem = Problem::table(code, "scenario", column, expected);
            problem.value = self.value.as_ref().map(|value| value.to_string().chars().take(SHOWN).collect());
            problems.push(problem);
        }
    }

    fn child(&self, name: &str, value: Option<Bound<'py, PyAny>>) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Self { problems: self.problems, value, path }
    }

    /// What an extraction gives, or the default and a problem.
    fn take<T: Default>(&self, expected: &str, extract: impl FnOnce(&Bound<'py, PyAny>) -> Option<T>) -> T {
        let Some(value) = &self.value else { return T::default() };
        extract(value).unwrap_or_else(|| {
            self.say(Code::WrongType, expected);
            T::default()
        })
    }

    /// A mapping by name.
    pub(crate) fn named<T>(&self, read: impl Fn(Self) -> T) -> BTreeMap<String, T> {
        let items: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)> =
            self.take("a mapping by name", |value| value.cast::<PyMapping>().ok()?.items().ok()?.extract().ok());
        let mut named = BTreeMap::new();
        for (key, value) in items {
            match key.extract::<String>() {
                Ok(name) => drop(named.insert(name.clone(), read(self.child(&name, Some(value))))),
                Err(_) => self.child(&key.to_string(), Some(key)).say(Code::WrongType, "names that are text"),
            }
        }
        named
    }

    /// A mapping with exactly these keys.
    pub(crate) fn keys(&self, known: &[&'static str]) -> Keys<'r, 'py> {
        let given = self.named(|node| node);
        let absent = Self { value: None, ..self.clone() };
        if self.value.as_ref().is_some_and(|value| value.cast::<PyMapping>().is_ok()) {
            for (name, node) in given.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
                node.say(Code::UnknownColumn, format!("only keys of this mapping{}", suggestion(name, known.iter().copied())));
            }
            for name in known.iter().filter(|name| !given.contains_key(**name)) {
                absent.child(name, None).say(Code::MissingColumn, format!("a key `{name}`"));
            }
        }
        Keys { given, absent }
    }

    /// The value of one key, before it is known which keys there must be.
    pub(crate) fn peek(&self, name: &str) -> Self {
        let given = self.named(|node| node).remove(name);
        given.unwrap_or_else(|| {
            let absent = self.child(name, None);
            if self.value.as_ref().is_some_and(|value| value.cast::<PyMapping>().is_ok()) {
                absent.say(Code::MissingColumn, format!("a key `{name}`"));
            }
            absent
        })
    }

    /// A pair of a day and a number.
    pub(crate) fn pair(&self) -> (usize, f64) {
        let pair = self.each(|node| node);
        if pair.len() == 2 {
            return (pair[0].whole(), pair[1].number());
        }
        if self.value.is_some() {
            self.say(Code::WrongType, "a pair of a day and a price in USD");
        }
        (0, 0.0)
    }

    /// A list or any other series, but not text.
    pub(crate) fn each<T>(&self, read: impl Fn(Node<'r, 'py>) -> T) -> Vec<T> {
        let values: Vec<Bound<'py, PyAny>> = self.take("a list", |value| {
            let series = !value.is_instance_of::<PyString>() && value.cast::<PyMapping>().is_err();
            if series { value.try_iter().ok()?.collect::<PyResult<_>>().ok() } else { None }
        });
        let node = |(index, value)| Node { problems: self.problems, value: Some(value), path: format!("{}[{index}]", self.path) };
        values.into_iter().enumerate().map(node).map(read).collect()
    }

    /// A list of finite numbers.
    pub(crate) fn numbers(&self) -> Vec<f64> {
        self.each(|node| node.number())
    }

    /// A finite number.
    pub(crate) fn number(&self) -> f64 {
        let number = self.ratio();
        if number.is_finite() {
            return number;
        }
        self.say(Code::NotFinite, "a finite number");
        0.0
    }

    /// A number that may be infinite: the bound of a rule that always matches.
    pub(crate) fn ratio(&self) -> f64 {
        self.take("a number", |value| if value.is_instance_of::<PyBool>() { None } else { value.extract().ok() })
    }

    /// A whole number, not negative.
    pub(crate) fn whole<T: Default + for<'a> FromPyObject<'a, 'py>>(&self) -> T {
        self.take("a whole number, not negative", |value| if value.is_instance_of::<PyBool>() { None } else { value.extract().ok() })
    }

    /// A truth value.
    pub(crate) fn flag(&self) -> bool {
        self.take("True or False", |value| value.extract().ok())
    }

    /// Text.
    pub(crate) fn text(&self) -> String {
        self.take("text", |value| value.extract().ok())
    }

    /// Nothing where it is absent or None.
    pub(crate) fn optional(self) -> Option<Self> {
        self.value.as_ref().is_some_and(|value| !value.is_none()).then_some(self)
    }

    /// One of a few words; `None` and a problem for any other.
    pub(crate) fn word(&self, words: &[&'static str]) -> Option<&'static str> {
        let text = self.value.is_some().then(|| self.text())?;
        let found = words.iter().copied().find(|word| *word == text);
        if found.is_none() {
            self.say(Code::UnknownWord, format!("one of {}{}", words.join(", "), suggestion(&text, words.iter().copied())));
        }
        found
    }
}

/// The values of a mapping by key.
pub(crate) struct Keys<'r, 'py> {
    given: BTreeMap<String, Node<'r, 'py>>,
    absent: Node<'r, 'py>,
}

impl<'r, 'py> Keys<'r, 'py> {
    /// The value of a key; the problem of an absent one has been told.
    pub(crate) fn get(&self, name: &str) -> Node<'r, 'py> {
        self.given.get(name).cloned().unwrap_or_else(|| self.absent.child(name, None))
    }

    /// The finite number of a key.
    pub(crate) fn number(&self, name: &str) -> f64 {
        self.get(name).number()
    }
}
