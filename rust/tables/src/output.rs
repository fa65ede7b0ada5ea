//! From the engine's columns to record batches, by the output schema; and the input tables as they were understood.

use std::fmt;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use hashstress_engine::results::columns::{Column as Values, Columns};

use crate::input::cell::Value;
use crate::input::{TypedColumn, TypedTable};
use crate::schema::{self, Column, Kind};

/// A result that does not fit the output schema: a bug of ours, never the user's fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch(pub String);

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the engine's columns do not fit the output schema: {}", self.0)
    }
}

impl std::error::Error for Mismatch {}

/// A result table as a record batch, checked against the output schema of that name.
pub fn batch(name: &str, columns: Columns) -> Result<RecordBatch, Mismatch> {
    let table = schema::output(name).ok_or_else(|| Mismatch(format!("no output table `{name}`")))?;
    let names: Vec<_> = columns.0.iter().map(|(name, _)| *name).collect();
    let expected: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    if names != expected {
        return Err(Mismatch(format!("`{name}` has columns {names:?} instead of {expected:?}")));
    }
    let arrays = table.columns.iter().zip(columns.0).map(|(column, (_, values))| array(name, column, values)).collect::<Result<_, _>>()?;
    RecordBatch::try_new(table.arrow_schema(), arrays).map_err(|error| Mismatch(format!("`{name}`: {error}")))
}

/// A result table of that name without rows.
pub fn empty(name: &str) -> Result<RecordBatch, Mismatch> {
    let table = schema::output(name).ok_or_else(|| Mismatch(format!("no output table `{name}`")))?;
    Ok(RecordBatch::new_empty(table.arrow_schema()))
}

fn array(table: &str, column: &Column, values: Values) -> Result<ArrayRef, Mismatch> {
    match (column.kind, values) {
        (Kind::Number, Values::Number(values)) => Ok(Arc::new(Float64Array::from(values))),
        (Kind::Whole, Values::Whole(values)) => Ok(Arc::new(Int64Array::from(values))),
        (Kind::Date, Values::Date(values)) => Ok(Arc::new(Date32Array::from(values))),
        (Kind::Key | Kind::Text, Values::Text(values)) => Ok(Arc::new(StringArray::from(values))),
        (kind, _) => Err(Mismatch(format!("`{table}.{}` does not hold values of type {}", column.name, kind.name()))),
    }
}

/// An input table as it was understood: canonical order, every column of the schema, defaults filled in.
pub fn canonical(table: &TypedTable) -> Result<RecordBatch, Mismatch> {
    let order = table.canonical_order();
    let arrays = table.columns.iter().map(|column| canonical_array(column, &order)).collect();
    RecordBatch::try_new(table.table.arrow_schema(), arrays).map_err(|error| Mismatch(format!("`{}`: {error}", table.table.name)))
}

fn canonical_array(column: &TypedColumn, order: &[usize]) -> ArrayRef {
    let values = order.iter().map(|row| column.values[*row].as_ref());
    match column.column.kind {
        Kind::Number => Arc::new(values.map(|value| value.and_then(Value::number)).collect::<Float64Array>()),
        Kind::Whole => Arc::new(values.map(|value| value.and_then(Value::number).map(|whole| whole as i64)).collect::<Int64Array>()),
        Kind::Flag => Arc::new(values.map(|value| value.and_then(Value::flag)).collect::<BooleanArray>()),
        Kind::Date => Arc::new(values.map(|value| value.and_then(Value::date).map(|date| date.0)).collect::<Date32Array>()),
        Kind::Key | Kind::Reference(_) | Kind::Text | Kind::Word(_) => {
            Arc::new(values.map(|value| value.and_then(Value::text)).collect::<StringArray>())
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;

    use super::*;
    use crate::input::samples;

    fn miners() -> Vec<(&'static str, Values)> {
        vec![
            ("miner", Values::Text(vec!["alpha".to_owned()])),
            ("pd", Values::Number(vec![Some(0.5)])),
            ("pd_se", Values::Number(vec![None])),
            ("default_date_median", Values::Date(vec![None])),
            ("cash_end_usd_mean", Values::Number(vec![Some(1.0)])),
            ("cash_end_usd_se", Values::Number(vec![None])),
        ]
    }

    #[test]
    fn columns_become_a_batch() {
        let batch = batch("miners", Columns(miners())).unwrap();
        assert_eq!((batch.num_rows(), batch.num_columns()), (1, 6));
        assert!(batch.column(2).is_null(0));
        assert_eq!(batch.schema(), schema::output("miners").unwrap().arrow_schema());
        let empty = empty("miners").unwrap();
        assert_eq!((empty.num_rows(), empty.schema()), (0, batch.schema()));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let change = |index: usize, name: &'static str, values: Values| {
            let mut columns = miners();
            columns[index] = (name, values);
            batch("miners", Columns(columns)).unwrap_err().to_string()
        };
        assert!(change(1, "PD", Values::Number(vec![None])).contains("has columns"));
        assert!(change(1, "pd", Values::Whole(vec![None])).contains("type number"));
        assert!(change(1, "pd", Values::Number(vec![None])).contains("pd"));
        assert!(change(1, "pd", Values::Number(vec![])).contains("`miners`"));
        assert!(batch("nothing", Columns::default()).is_err());
    }

    #[test]
    fn canonical_tables_are_sorted_and_complete() {
        let input = samples::input();
        let batch = canonical(input.table("miners").unwrap()).unwrap();
        assert_eq!(batch.column(0).as_string::<i32>().value(0), "alpha");
        assert_eq!(batch.num_columns(), schema::input("miners").unwrap().all_columns().count());
        let fleet = canonical(input.table("fleet").unwrap()).unwrap();
        assert_eq!(fleet.column(0).as_string::<i32>().value(0), "A1");
        assert!(input.tables.iter().all(|table| canonical(table).is_ok()));
    }
}
