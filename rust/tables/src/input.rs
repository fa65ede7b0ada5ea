//! From Arrow tables to the engine's rows: by name, cast once, every problem told with its table, row and column.

mod applies;
pub mod cell;
mod findings;
mod keys;
pub mod parse;
mod plausible;
pub mod raw;
mod rows;
#[cfg(test)]
pub(crate) mod samples;

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use hashstress_engine::book::rows::LoanRow;
use hashstress_engine::book::{Agreement, Book, agreement};
use hashstress_engine::error::{Code, Error, Problem};

use crate::nearest::suggestion;
use crate::schema::{self, Column, Table, quoted};
use cell::Value;
use findings::Findings;
use raw::Raw;

/// A table as it comes: its schema, also when there are no batches, and its batches.
#[derive(Debug, Clone)]
pub struct Source {
    /// Schema of every batch.
    pub schema: SchemaRef,
    /// Rows.
    pub batches: Vec<RecordBatch>,
}

/// Tables by name; a table that could not be read carries the reason.
pub type Sources = BTreeMap<String, Result<Source, String>>;

/// All tables of a book, typed and in range, in schema order.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// One for each input table, also when it was not given.
    pub tables: Vec<TypedTable>,
}

impl Input {
    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&TypedTable> {
        self.tables.iter().find(|table| table.table.name == name)
    }
}

/// A table of typed values, every column of the schema filled.
#[derive(Debug, Clone, PartialEq)]
pub struct TypedTable {
    /// Its schema.
    pub table: &'static Table,
    /// Rows.
    pub rows: usize,
    /// All columns, in schema order.
    pub columns: Vec<TypedColumn>,
}

/// A column of typed values.
#[derive(Debug, Clone, PartialEq)]
pub struct TypedColumn {
    /// Its schema.
    pub column: &'static Column,
    /// One a row.
    pub values: Vec<Option<Value>>,
}

impl TypedTable {
    /// The value of a cell; `None` where it is empty.
    ///
    /// # Panics
    /// When the table's schema has no such column.
    pub fn value(&self, row: usize, column: &str) -> Option<&Value> {
        let found = self.columns.iter().find(|typed| typed.column.name == column);
        found.expect("the schema has the columns the rows are made of").values[row].as_ref()
    }

    /// Rows in the canonical order of docs/model/inputs.md.
    pub fn canonical_order(&self) -> Vec<usize> {
        let key = |row: usize| {
            let text = |column: &&str| self.value(row, column).and_then(Value::text).unwrap_or_default();
            self.table.order.iter().map(text).collect::<Vec<_>>()
        };
        let mut order: Vec<usize> = (0..self.rows).collect();
        order.sort_by_cached_key(|row| key(*row));
        order
    }
}

/// The book of these tables, and the tables as they were understood.
///
/// Problems of cells and problems between tables are told together; the engine's cross-checks that a refused cell could have caused
/// are left out.
pub fn try_book(sources: &Sources) -> Result<(Book, Input), Error> {
    let mut findings = Findings::default();
    unknown_tables(sources, &mut findings);
    let tables = schema::INPUTS.iter().map(|table| read_table(table, sources.get(table.name), &mut findings)).collect();
    let input = Input { tables };
    let book = Book::try_build(rows::rows(&input));
    match book {
        Ok(book) if findings.is_empty() => Ok((book, input)),
        Ok(_) => Err(findings.into_error()),
        Err(Error::Input(problems)) => {
            findings.merge(problems.into_iter().map(|problem| advised(problem, &input)).collect());
            if !findings.all_sound() {
                agreements(&input, &mut findings);
            }
            Err(findings.into_error())
        }
        Err(other) => Err(other),
    }
}

/// The problem, with the nearest key where one is not known.
fn advised(mut problem: Problem, input: &Input) -> Problem {
    let column = problem.column.as_deref().and_then(|column| schema::input(&problem.table)?.column(column));
    let target = column.and_then(Column::references).and_then(|table| input.table(table));
    if let (Code::UnknownKey, Some(key), Some(target)) = (problem.code, &problem.value, target) {
        let keys = target.columns[0].values.iter().filter_map(|value| value.as_ref()?.text());
        problem.expected += &suggestion(key, keys);
    }
    problem
}

/// What the terms of each sound loan contradict: it depends on that row alone, whatever was refused elsewhere.
fn agreements(input: &Input, findings: &mut Findings) {
    let Some(table) = input.table("loans") else { return };
    for index in 0..table.rows {
        findings.merge_row("loans", index, agreement::check(&rows::loan_at(table, index), index).err().unwrap_or_default());
    }
}

/// The table `loans` alone: rows and their agreements in canonical order. References to other tables are not followed.
pub fn try_loans(source: &Result<Source, String>) -> Result<Vec<(LoanRow, Agreement)>, Error> {
    let mut findings = Findings::default();
    let schema = schema::INPUTS.iter().find(|table| table.name == "loans").expect("loans are a table of a book");
    let table = read_table(schema, Some(source), &mut findings);
    let mut loans = Vec::with_capacity(table.rows);
    let mut before: Option<String> = None;
    for index in table.canonical_order() {
        let row = rows::loan_at(&table, index);
        if before.replace(row.loan.clone()).is_some_and(|before| before == row.loan) {
            findings.merge(vec![Problem::cell(Code::DuplicateKey, schema.name, index, "loan", &row.loan, "every loan once")]);
        }
        match agreement::check(&row, index) {
            Ok(agreed) => loans.push((row, agreed)),
            Err(problems) => findings.merge_row(schema.name, index, problems),
        }
    }
    if findings.is_empty() { Ok(loans) } else { Err(findings.into_error()) }
}

fn unknown_tables(sources: &Sources, findings: &mut Findings) {
    let names: Vec<_> = schema::INPUTS.iter().map(|table| table.name).collect();
    for name in sources.keys().filter(|name| !names.contains(&name.as_str())) {
        let expected = format!("one of the tables {}{}", quoted(&names), suggestion(name, names.iter().copied()));
        findings.say(Problem::table(Code::UnknownWord, name, None, expected));
    }
}

fn read_table(table: &'static Table, source: Option<&Result<Source, String>>, findings: &mut Findings) -> TypedTable {
    let empty =
        || TypedTable { table, rows: 0, columns: table.all_columns().map(|column| TypedColumn { column, values: Vec::new() }).collect() };
    match source {
        None if table.required => {
            findings.say_table(table, Code::MissingTable, format!("a table `{}`: {}", table.name, lower_first(table.description)));
            empty()
        }
        None => empty(),
        Some(Err(reason)) => {
            findings.say_table(table, Code::Unreadable, format!("a readable Arrow table; {reason}"));
            empty()
        }
        Some(Ok(source)) if source.batches.iter().any(|batch| batch.num_columns() != source.schema.fields().len()) => {
            findings.say_table(table, Code::Unreadable, "the same columns in every batch");
            empty()
        }
        Some(Ok(source)) => read_source(table, source, findings),
    }
}

fn read_source(table: &'static Table, source: &Source, findings: &mut Findings) -> TypedTable {
    check_names(table, source, findings);
    let rows = source.batches.iter().map(RecordBatch::num_rows).sum();
    if rows == 0 && table.required {
        findings.say_table(table, Code::EmptyTable, "at least one row");
    }
    let columns =
        table.all_columns().map(|column| TypedColumn { column, values: read_column(table, column, source, rows, findings) }).collect();
    let typed = TypedTable { table, rows, columns };
    keys::look_alikes(&typed, findings);
    plausible::check(&typed, findings);
    applies::check(&typed, findings);
    typed
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

/// Unknown and repeated columns.
fn check_names(table: &'static Table, source: &Source, findings: &mut Findings) {
    let known: Vec<&str> = table.all_columns().map(|column| column.name).collect();
    let names: Vec<&str> = source.schema.fields().iter().map(|field| field.name().as_str()).collect();
    let absent: Vec<&str> = known.iter().copied().filter(|name| !names.contains(name)).collect();
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) {
            findings.say(Problem::table(Code::DuplicateColumn, table.name, Some(name), "every column once; remove or rename the second"));
        } else if !known.contains(name) {
            let advice = match suggestion(name, absent.iter().copied()) {
                advice if advice.is_empty() => format!("only columns of this table ({}); remove it", quoted(&known)),
                advice => format!("only columns of this table{advice}"),
            };
            findings.say(Problem::table(Code::UnknownColumn, table.name, Some(name), advice));
        }
    }
}

/// The values of one column; a refused cell is told and filled with a placeholder.
fn read_column(
    table: &'static Table,
    column: &'static Column,
    source: &Source,
    rows: usize,
    findings: &mut Findings,
) -> Vec<Option<Value>> {
    let Some(index) = source.schema.fields().iter().position(|field| field.name() == column.name) else {
        if column.required {
            let expected = format!("a column `{}`: {}, {}", column.name, lower_first(column.description), column.expectation());
            findings.say_column(table, column, Code::MissingColumn, expected);
            return vec![cell::placeholder(column, Raw::Null); rows];
        }
        return vec![cell::try_default(column).unwrap_or_default(); rows];
    };
    let mut values = Vec::with_capacity(rows);
    for batch in &source.batches {
        match raw::cells(batch.column(index).as_ref()) {
            Ok(cells) => {
                for raw in cells {
                    values.push(cell::try_value(column, raw).unwrap_or_else(|refusal| {
                        findings.say_cell(table, column, values.len(), raw, refusal);
                        cell::placeholder(column, raw)
                    }));
                }
            }
            Err(found) => {
                let expected = format!("{}; the column is {found}", column.expectation());
                findings.say_column(table, column, Code::WrongType, expected);
                return vec![cell::placeholder(column, Raw::Null); rows];
            }
        }
    }
    values
}

#[cfg(test)]
mod tests;
