//! Plain columns, as results leave the engine. Names, order and types are those of the output schema in `rust/tables`.

/// One column of a result table.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers, `None` where there is none (a median of nothing).
    Number(Vec<Option<f64>>),
    /// Whole numbers.
    Whole(Vec<Option<i64>>),
    /// Text.
    Text(Vec<String>),
    /// Days since 1970-01-01.
    Date(Vec<Option<i32>>),
}

impl Column {
    /// Rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Number(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Date(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A result table: named columns of one length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Columns(pub Vec<(&'static str, Column)>);
