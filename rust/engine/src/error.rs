//! What can go wrong: a *problem* is the user's to mend and says where; an *invariant* is ours.

use thiserror::Error;

/// Stable code of a problem in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// A required table is not there.
    MissingTable,
    /// A table has no rows.
    EmptyTable,
    /// A required column is not there.
    MissingColumn,
    /// A column no table knows.
    UnknownColumn,
    /// A column given twice.
    DuplicateColumn,
    /// A value of the wrong type.
    WrongType,
    /// A value missing where one is needed.
    Null,
    /// A number that is NaN or infinite.
    NotFinite,
    /// A number outside its range.
    OutOfRange,
    /// A word that is not one of the allowed ones.
    UnknownWord,
    /// A key used twice.
    DuplicateKey,
    /// A key that differs from another only by case, spaces or look-alike letters.
    LookAlikeKey,
    /// A reference to a key that does not exist.
    UnknownKey,
    /// Collateral that does not fit its loan or its owner.
    Collateral,
    /// Dates that contradict each other or the scenario.
    Dates,
    /// Values that contradict each other.
    Inconsistent,
    /// A table that cannot be read as Arrow.
    Unreadable,
}

impl Code {
    /// The code as users see it.
    pub fn name(self) -> &'static str {
        match self {
            Code::MissingTable => "missing_table",
            Code::EmptyTable => "empty_table",
            Code::MissingColumn => "missing_column",
            Code::UnknownColumn => "unknown_column",
            Code::DuplicateColumn => "duplicate_column",
            Code::WrongType => "wrong_type",
            Code::Null => "null",
            Code::NotFinite => "not_finite",
            Code::OutOfRange => "out_of_range",
            Code::UnknownWord => "unknown_word",
            Code::DuplicateKey => "duplicate_key",
            Code::LookAlikeKey => "look_alike_key",
            Code::UnknownKey => "unknown_key",
            Code::Collateral => "collateral",
            Code::Dates => "dates",
            Code::Inconsistent => "inconsistent",
            Code::Unreadable => "unreadable",
        }
    }
}

/// One located problem of the input. `row` counts data rows from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of problem.
    pub code: Code,
    /// Table (or `scenario`).
    pub table: String,
    /// Data row, from 1.
    pub row: Option<usize>,
    /// Column.
    pub column: Option<String>,
    /// The value as the user wrote it.
    pub value: Option<String>,
    /// What was expected, as a sentence that says what to do.
    pub expected: String,
}

impl Problem {
    #[allow(clippy::needless_pass_by_value, reason = "numbers and text are handed over as they come")]
    /// A problem of one cell; `row` counts from 0 here and is shown from 1.
    pub fn cell(code: Code, table: &str, row: usize, column: &str, value: impl ToString, expected: impl Into<String>) -> Self {
        Self {
            code,
            table: table.to_owned(),
            row: Some(row + 1),
            column: Some(column.to_owned()),
            value: Some(value.to_string()),
            expected: expected.into(),
        }
    }

    /// A problem of a whole table or column.
    pub fn table(code: Code, table: &str, column: Option<&str>, expected: impl Into<String>) -> Self {
        Self { code, table: table.to_owned(), row: None, column: column.map(str::to_owned), value: None, expected: expected.into() }
    }
}

/// What stops a run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// The input has problems; all of them, up to [`MAX_PROBLEMS`].
    #[error("the input has {} problem(s)", .0.len())]
    Input(Vec<Problem>),
    /// The run was cancelled from outside.
    #[error("the run was cancelled")]
    Cancelled,
    /// An amount left the range in which whole numbers are exact, or a value stopped being finite.
    #[error("path {path}, day {day}, stage {stage}: {what} left the exact range (2^53) or is not a number; check the units of the input")]
    Range {
        /// Path.
        path: u64,
        /// Day index.
        day: usize,
        /// Stage of the day.
        stage: &'static str,
        /// The quantity.
        what: String,
    },
    /// The number of threads asked for cannot be had.
    #[error("cannot start {threads} worker threads: {why}")]
    Threads {
        /// Threads asked for.
        threads: usize,
        /// The system's word.
        why: String,
    },
}

/// As many problems as are told at once.
pub const MAX_PROBLEMS: usize = 100;
