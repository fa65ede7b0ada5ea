//! Python values as plain values.

use hashstress_tables::scenario::plain::Plain;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyFloat, PyMapping, PyString};

/// Deepest nesting followed; the compiled scenario needs five levels.
const DEPTH: usize = 16;

/// A plain value: numbers also from NumPy, series from anything with a length that can be iterated.
pub(crate) fn plain(value: &Bound<'_, PyAny>) -> Plain {
    if value.is_none() { Plain::Nothing } else { at_depth(value, DEPTH) }
}

fn at_depth(value: &Bound<'_, PyAny>, depth: usize) -> Plain {
    let simple = simple(value);
    let nested = |depth| mapping(value, depth).or_else(|| series(value, depth));
    let found = simple.or_else(|| moment(value)).or_else(|| depth.checked_sub(1).and_then(nested)).or_else(|| number(value));
    found.unwrap_or_else(|| Plain::Other(value.repr().map_or_else(|_| value.get_type().to_string(), |shown| shown.to_string())))
}

fn simple(value: &Bound<'_, PyAny>) -> Option<Plain> {
    if value.is_none() {
        Some(Plain::Nothing)
    } else if let Ok(flag) = value.cast::<PyBool>() {
        Some(Plain::Flag(flag.is_true()))
    } else if value.is_instance_of::<PyString>() {
        value.extract().ok().map(Plain::Text)
    } else if value.is_instance_of::<PyFloat>() {
        value.extract().ok().map(Plain::Number)
    } else {
        None
    }
}

/// Dates and times of any library, as text (ISO 8601).
fn moment(value: &Bound<'_, PyAny>) -> Option<Plain> {
    let text = value.getattr_opt(pyo3::intern!(value.py(), "isoformat")).ok()??;
    text.call0().and_then(|text| text.extract()).ok().map(Plain::Text)
}

fn mapping(value: &Bound<'_, PyAny>, depth: usize) -> Option<Plain> {
    let items = value.cast::<PyMapping>().ok()?.items().ok()?;
    let entry = |item: Bound<'_, PyAny>| {
        let (name, value): (String, Bound<'_, PyAny>) = item.extract().ok()?;
        Some((name, at_depth(&value, depth)))
    };
    items.iter().map(entry).collect::<Option<_>>().map(Plain::Mapping)
}

fn series(value: &Bound<'_, PyAny>, depth: usize) -> Option<Plain> {
    let bytes = value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>() || value.is_instance_of::<PyMapping>();
    if bytes || value.is_instance_of::<PyString>() || value.len().is_err() {
        return None;
    }
    let values = value.try_iter().ok()?.map(|item| item.ok().map(|item| at_depth(&item, depth)));
    values.collect::<Option<_>>().map(Plain::List)
}

fn number(value: &Bound<'_, PyAny>) -> Option<Plain> {
    if value.len().is_ok() {
        return None;
    }
    value.extract().map(Plain::Whole).or_else(|_| value.extract().map(Plain::Number)).ok()
}
