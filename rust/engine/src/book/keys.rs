//! Keys of the tables of a book: unique, looked up, put in canonical order.

use std::collections::BTreeMap;

use crate::error::{Code, Problem};

/// Index of each key in canonical order; reports duplicates and an empty table.
pub(super) struct Keys<'a> {
    table: &'static str,
    column: &'static str,
    index: BTreeMap<&'a str, usize>,
}

impl<'a> Keys<'a> {
    pub(super) fn collect(
        table: &'static str,
        column: &'static str,
        keys: impl Iterator<Item = &'a str>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut first_row: BTreeMap<&str, usize> = BTreeMap::new();
        for (row, key) in keys.enumerate() {
            if let Some(first) = first_row.get(key) {
                let expected = format!("every {column} once; it stands in row {} already", first + 1);
                problems.push(Problem::cell(Code::DuplicateKey, table, row, column, key, expected));
            } else {
                first_row.insert(key, row);
            }
        }
        if first_row.is_empty() {
            problems.push(Problem::table(Code::EmptyTable, table, None, "at least one row"));
        }
        let index = first_row.keys().enumerate().map(|(index, key)| (*key, index)).collect();
        Self { table, column, index }
    }

    /// The same of a table that may be empty.
    pub(super) fn collect_any(table: &'static str, column: &'static str, keys: impl Iterator<Item = &'a str>, problems: &mut Vec<Problem>) {
        let mut found = Vec::new();
        Self::collect(table, column, keys, &mut found);
        problems.extend(found.into_iter().filter(|problem| problem.code != Code::EmptyTable));
    }

    pub(super) fn find(&self, key: &str, table: &str, row: usize, column: &str, problems: &mut Vec<Problem>) -> Option<usize> {
        let found = self.index.get(key).copied();
        if found.is_none() {
            let expected = format!("a {} of the table {}", self.column, self.table);
            problems.push(Problem::cell(Code::UnknownKey, table, row, column, key, expected));
        }
        found
    }
}

/// Rows with their place in the input, sorted by key; duplicates keep their first row.
pub(super) fn sorted<T>(rows: Vec<T>, key: impl Fn(&T) -> String) -> Vec<(usize, T)> {
    let mut rows: Vec<(usize, T)> = rows.into_iter().enumerate().collect();
    rows.sort_by_key(|(_, row)| key(row));
    rows
}
