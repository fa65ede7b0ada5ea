//! The single source of names, types, units, ranges and descriptions of every table.

mod facilities;
mod inputs;
mod outputs;

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use hashstress_engine::contract::calendar::Date;

pub use inputs::INPUTS;
pub use outputs::OUTPUTS;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// The name of the row, once per table.
    Key,
    /// The name of a row of another table.
    Reference(&'static str),
    /// Free text.
    Text,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A finite number.
    Number,
    /// A whole number.
    Whole,
    /// True or false.
    Flag,
    /// A calendar date without a time or a zone.
    Date,
}

impl Kind {
    /// Its name in the published schema.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Key => "key",
            Kind::Reference(_) | Kind::Text => "text",
            Kind::Word(_) => "word",
            Kind::Number => "number",
            Kind::Whole => "whole",
            Kind::Flag => "flag",
            Kind::Date => "date",
        }
    }

    /// The Arrow type of this kind in the tables we hand out.
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Key | Kind::Reference(_) | Kind::Text | Kind::Word(_) => DataType::Utf8,
            Kind::Number => DataType::Float64,
            Kind::Whole => DataType::Int64,
            Kind::Flag => DataType::Boolean,
            Kind::Date => DataType::Date32,
        }
    }
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// Name, with the unit in it where it has one.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Unit (`1` for a share, empty for names).
    pub unit: &'static str,
    /// Smallest allowed value; for dates, days since 1970-01-01.
    pub minimum: Option<f64>,
    /// Largest allowed value; for dates, days since 1970-01-01.
    pub maximum: Option<f64>,
    /// Whether a cell may be empty.
    pub nullable: bool,
    /// Whether the column must be there.
    pub required: bool,
    /// What an absent column stands for, written as in a CSV file.
    pub default: Option<&'static str>,
    /// Whether the model reads it; provenance columns are only kept.
    pub model: bool,
    /// What to do about a value out of range, as part of a sentence.
    pub hint: &'static str,
    /// What it is.
    pub description: &'static str,
}

impl Column {
    const fn new(name: &'static str, kind: Kind, unit: &'static str, description: &'static str) -> Self {
        Self {
            name,
            kind,
            unit,
            minimum: None,
            maximum: None,
            nullable: false,
            required: true,
            default: None,
            model: true,
            hint: "",
            description,
        }
    }

    const fn between(mut self, minimum: f64, maximum: f64) -> Self {
        self.minimum = Some(minimum);
        self.maximum = Some(maximum);
        self
    }

    const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    const fn default(mut self, value: &'static str) -> Self {
        self.required = false;
        self.default = Some(value);
        self
    }

    const fn optional(mut self) -> Self {
        self.required = false;
        self.nullable = true;
        self
    }

    const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    const fn provenance(mut self) -> Self {
        self.model = false;
        self.optional()
    }

    /// The words allowed, if it holds words.
    pub fn words(&self) -> &'static [&'static str] {
        if let Kind::Word(words) = self.kind { words } else { &[] }
    }

    /// The table whose keys it holds, if it holds those of another.
    pub fn references(&self) -> Option<&'static str> {
        if let Kind::Reference(table) = self.kind { Some(table) } else { None }
    }

    /// What a cell must be, as the part of a sentence after "expected".
    pub fn expectation(&self) -> String {
        let base = match self.kind {
            Kind::Key => "a name that is not blank and has no spaces at its ends".to_owned(),
            Kind::Reference(table) => format!("a key of table `{table}`, written exactly as there"),
            Kind::Text => "text".to_owned(),
            Kind::Word(words) => format!("one of {}", quoted(words)),
            Kind::Number => format!("a number{}", self.range()),
            Kind::Whole => format!("a whole number{}", self.range()),
            Kind::Flag => "true or false".to_owned(),
            Kind::Date => format!("a date YYYY-MM-DD{}", self.range()),
        };
        if self.hint.is_empty() { base } else { format!("{base}; {}", self.hint) }
    }

    fn range(&self) -> String {
        let show = |bound: f64| if self.kind == Kind::Date { date(bound) } else { bound.to_string() };
        let unit = if self.unit.is_empty() || self.unit == "1" { String::new() } else { format!(" ({})", self.unit) };
        match (self.minimum, self.maximum) {
            (Some(minimum), Some(maximum)) => format!(" from {} to {}{unit}", show(minimum), show(maximum)),
            (Some(minimum), None) => format!(" of at least {}{unit}", show(minimum)),
            (None, Some(maximum)) => format!(" of at most {}{unit}", show(maximum)),
            (None, None) => unit,
        }
    }
}

/// One table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Table {
    /// Name.
    pub name: &'static str,
    /// Whether it must be there and have rows.
    pub required: bool,
    /// Columns of the canonical row order, docs/model/inputs.md.
    pub order: &'static [&'static str],
    /// Columns of its own, without the provenance columns.
    pub columns: &'static [Column],
    /// Whether it also takes the provenance columns.
    pub sourced: bool,
    /// What it is.
    pub description: &'static str,
}

impl Table {
    /// All columns: its own, then provenance.
    pub fn all_columns(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().chain(if self.sourced { inputs::PROVENANCE } else { &[] })
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.all_columns().find(|column| column.name == name)
    }

    /// The Arrow schema of this table as we hand it out.
    pub fn arrow_schema(&self) -> SchemaRef {
        let field = |column: &Column| Field::new(column.name, column.kind.data_type(), column.nullable);
        Arc::new(Schema::new(self.all_columns().map(field).collect::<Vec<_>>()))
    }
}

/// The input table of this name.
pub fn input(name: &str) -> Option<&'static Table> {
    INPUTS.iter().find(|table| table.name == name)
}

/// The output table of this name.
pub fn output(name: &str) -> Option<&'static Table> {
    OUTPUTS.iter().find(|table| table.name == name)
}

/// A bound of a date column as text.
pub fn date(days: f64) -> String {
    Date(days as i32).to_string()
}

/// Names in backquotes, with commas.
pub(crate) fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::cell::try_default;

    #[test]
    fn names_are_unique() {
        for table in INPUTS.iter().chain(OUTPUTS) {
            let mut names: Vec<_> = table.all_columns().map(|column| column.name).collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{}", table.name);
            assert!(table.order.iter().all(|name| table.column(name).is_some()), "{}", table.name);
        }
    }

    #[test]
    fn columns_are_complete() {
        for table in INPUTS {
            let key_of_references = table.order.iter().all(|name| table.column(name).is_some_and(|column| column.references().is_some()));
            assert!(table.columns[0].kind == Kind::Key || key_of_references, "{}: the key comes first", table.name);
            for column in table.all_columns() {
                let place = format!("{}.{}", table.name, column.name);
                assert!(!column.description.is_empty(), "{place}");
                assert!(column.required || column.nullable || column.default.is_some(), "{place}: an optional column needs a default");
                assert!(column.required || column.default.is_none() || try_default(column).is_ok(), "{place}: the default is not valid");
                assert!(column.references().is_none_or(|name| name == "policies" || input(name).is_some()), "{place}");
                if matches!(column.kind, Kind::Number | Kind::Whole | Kind::Date) {
                    assert!(column.minimum.is_some() && column.maximum.is_some(), "{place}: a range is needed");
                }
            }
        }
    }

    #[test]
    fn expectations_say_what_to_do() {
        let expectation = |table: &str, column: &str| input(table).unwrap().column(column).unwrap().expectation();
        assert_eq!(expectation("loans", "rate"), "a number from 0 to 1; a fraction of a year's interest: 11.2 % is 0.112");
        assert_eq!(expectation("loans", "recourse"), "one of `full`, `limited`");
        assert_eq!(expectation("loans", "maturity_date"), "a date YYYY-MM-DD from 2009-01-03 to 2100-12-31");
        assert_eq!(expectation("loans", "miner"), "a key of table `miners`, written exactly as there");
    }
}
