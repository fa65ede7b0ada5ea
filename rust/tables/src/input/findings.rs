//! The problems found so far, and which cells can still be trusted.

use std::collections::{BTreeMap, BTreeSet};

use hashstress_engine::error::{Code, Error, MAX_PROBLEMS, Problem};

use super::cell::Refusal;
use super::raw::Raw;
use crate::schema::{self, Column, Table};

/// Problems, at most [`MAX_PROBLEMS`] a column, and the cells that hold placeholders.
#[derive(Debug, Default)]
pub(super) struct Findings {
    problems: Vec<Problem>,
    /// Tables that are missing, unreadable or empty.
    tables: BTreeSet<&'static str>,
    columns: BTreeSet<(&'static str, &'static str)>,
    rows: BTreeMap<&'static str, BTreeSet<usize>>,
    keys: BTreeSet<&'static str>,
    told: BTreeMap<(&'static str, &'static str), usize>,
}

impl Findings {
    pub(super) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// A problem that leaves every cell as it is.
    pub(super) fn say(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// A table without rows to check.
    pub(super) fn say_table(&mut self, table: &'static Table, code: Code, expected: impl Into<String>) {
        self.tables.insert(table.name);
        self.say(Problem::table(code, table.name, None, expected));
    }

    /// A column without values.
    pub(super) fn say_column(&mut self, table: &'static Table, column: &'static Column, code: Code, expected: String) {
        self.columns.insert((table.name, column.name));
        if column.name == table.columns[0].name {
            self.keys.insert(table.name);
        }
        self.say(Problem::table(code, table.name, Some(column.name), expected));
    }

    /// A cell that was refused and now holds a placeholder.
    pub(super) fn say_cell(&mut self, table: &'static Table, column: &'static Column, row: usize, raw: Raw<'_>, refusal: Refusal) {
        self.rows.entry(table.name).or_default().insert(row);
        if column.name == table.columns[0].name {
            self.keys.insert(table.name);
        }
        self.say_value(table, column, row, raw, refusal);
    }

    /// A cell whose value stands, but cannot be right.
    pub(super) fn say_value(
        &mut self,
        table: &'static Table,
        column: &'static Column,
        row: usize,
        raw: Raw<'_>,
        (code, expected): Refusal,
    ) {
        let told = self.told.entry((table.name, column.name)).or_default();
        *told += 1;
        if *told <= MAX_PROBLEMS {
            let mut problem = Problem::cell(code, table.name, row, column.name, "", expected);
            problem.value = raw.shown();
            self.say(problem);
        }
    }

    /// Whether no cell of the row was refused.
    pub(super) fn is_sound(&self, table: &str, row: usize) -> bool {
        self.rows.get(table).is_none_or(|rows| !rows.contains(&row))
    }

    /// Whether no column of the table was refused: what rows say together can be judged.
    pub(super) fn has_all_columns(&self, table: &str) -> bool {
        !self.tables.contains(table) && self.columns.iter().all(|(refused, _)| *refused != table)
    }

    /// Adds problems that depend on nothing but their row, counted from 0, if all of it can be trusted.
    pub(super) fn merge_row(&mut self, table: &str, row: usize, problems: Vec<Problem>) {
        if self.has_all_columns(table) && self.is_sound(table, row) {
            self.problems.extend(problems);
        }
    }

    /// Whether no table, column or row was refused.
    pub(super) fn all_sound(&self) -> bool {
        self.tables.is_empty() && self.columns.is_empty() && self.rows.is_empty()
    }

    /// Adds the engine's problems, without those that a refused cell could have caused.
    pub(super) fn merge(&mut self, problems: Vec<Problem>) {
        let all_sound = self.all_sound();
        let kept: Vec<_> = problems.into_iter().filter(|problem| all_sound || self.is_certain(problem)).collect();
        self.problems.extend(kept);
    }

    /// Whether a cross-check does not depend on a placeholder: keys of sound rows, looked up in sound key columns.
    fn is_certain(&self, problem: &Problem) -> bool {
        let Some(table) = schema::input(&problem.table) else { return false };
        let (Some(row), Some(column)) = (problem.row, problem.column.as_deref()) else { return false };
        let readable = !self.columns.contains(&(table.name, column_name(table, column))) && self.is_sound(table.name, row - 1);
        readable
            && match problem.code {
                Code::DuplicateKey => table.order.iter().all(|key| !self.columns.contains(&(table.name, *key))),
                Code::UnknownKey => table.column(column).and_then(Column::references).is_some_and(|target| self.has_sound_keys(target)),
                _ => false,
            }
    }

    fn has_sound_keys(&self, table: &str) -> bool {
        !self.tables.contains(table) && !self.keys.contains(table)
    }

    /// The problems by table and row, at most [`MAX_PROBLEMS`].
    pub(super) fn into_error(mut self) -> Error {
        let place = |problem: &Problem| schema::INPUTS.iter().position(|table| table.name == problem.table);
        self.problems.sort_by_key(|problem| (place(problem), problem.row));
        self.problems.truncate(MAX_PROBLEMS);
        Error::Input(self.problems)
    }
}

fn column_name(table: &'static Table, column: &str) -> &'static str {
    table.column(column).map_or("", |column| column.name)
}
