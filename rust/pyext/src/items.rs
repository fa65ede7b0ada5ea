//! The items of a dict without a count of references to each: books have millions of terms, nearly all of them text.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

/// Tells each key with its value, in order, and the value's letters where it is text. What is told runs Python code for values without letters
/// alone, and drops no object before the end; items that such code adds or removes are told or not, as it comes.
pub(crate) fn for_each<'py>(dict: &Bound<'py, PyDict>, mut tell: impl FnMut(&Bound<'py, PyAny>, Option<&str>, &Bound<'py, PyAny>)) {
    let (mut position, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: the dict is alive, and the pointers are to variables of ours.
    while unsafe { ffi::PyDict_Next(dict.as_ptr(), &raw mut position, &raw mut key, &raw mut value) } != 0 {
        // SAFETY: both are objects that the dict holds until Python code runs; those of which it may are held before.
        let (key, value) = unsafe { (Borrowed::from_ptr(dict.py(), key), Borrowed::from_ptr(dict.py(), value)) };
        let text = value.cast::<PyString>();
        match text.as_ref().ok().and_then(|text| text.to_str().ok()) {
            Some(letters) => tell(&key, Some(letters), &value),
            None => tell(&key.to_owned(), None, &value.to_owned()),
        }
    }
}
