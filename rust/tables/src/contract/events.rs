//! Events as a record batch.

use std::mem::take;
use std::sync::{Arc, LazyLock};

use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch, StringArray, TimestampSecondArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};

use hashstress_engine::contract::event::Kind;

use super::Events;
use super::memory::SHELF;
use super::text::{runs_of, words_of};
use crate::output::Mismatch;

/// Columns of the events, after `contract_id`.
const COLUMNS: [(&str, DataType, bool); 9] = [
    ("event_date", DataType::Timestamp(TimeUnit::Second, None), false),
    ("event_type", DataType::Utf8, false),
    ("payoff", DataType::Float64, false),
    ("currency", DataType::Utf8, false),
    ("notional_principal", DataType::Float64, false),
    ("nominal_interest_rate", DataType::Float64, false),
    ("accrued_interest", DataType::Float64, false),
    ("exercise_amount", DataType::Float64, true),
    ("exercise_date", DataType::Timestamp(TimeUnit::Second, None), true),
];

/// Without and with the contract's name.
static SCHEMAS: LazyLock<[Arc<Schema>; 2]> = LazyLock::new(|| {
    let fields = || COLUMNS.iter().map(|(name, kind, nullable)| Field::new(*name, kind.clone(), *nullable));
    let id = Field::new("contract_id", DataType::Utf8, false);
    let with_id = std::iter::once(id).chain(fields()).collect::<Vec<_>>();
    [Arc::new(Schema::new(fields().collect::<Vec<_>>())), Arc::new(Schema::new(with_id))]
});

impl Events {
    /// As a record batch, with the contract's name on each row where it is wanted.
    pub fn try_batch(self, with_ids: bool) -> Result<RecordBatch, Mismatch> {
        let currency = self.columns.one_currency();
        let (batch, kinds) = self.try_columns(with_ids).map_err(|error| Mismatch(format!("contract events: {error}")))?;
        if with_ids {
            SHELF.keep(&batch, kinds, currency);
        }
        Ok(batch)
    }

    /// The batch, and the kinds its words were made from.
    pub(super) fn try_columns(mut self, with_ids: bool) -> Result<(RecordBatch, Vec<Kind>), ArrowError> {
        let ids = if with_ids { Some(Arc::new(self.ids()?) as ArrayRef) } else { None };
        let (amounts, dates) = self.exercises();
        let contracts = self.ends.iter().map(|(_, rows)| *rows);
        let kinds = words_of(take(&mut self.memory.kinds), &self.columns.kinds, contracts)?;
        let currencies = self.currencies()?;
        let columns = self.columns;
        let events: [ArrayRef; 9] = [
            Arc::new(TimestampSecondArray::from(columns.times)),
            Arc::new(kinds),
            Arc::new(Float64Array::from(columns.payoffs)),
            Arc::new(currencies),
            Arc::new(Float64Array::from(columns.notionals)),
            Arc::new(Float64Array::from(columns.rates)),
            Arc::new(Float64Array::from(columns.accrued)),
            Arc::new(amounts),
            Arc::new(dates),
        ];
        let schema = SCHEMAS[usize::from(with_ids)].clone();
        Ok((RecordBatch::try_new(schema, ids.into_iter().chain(events).collect())?, columns.kinds))
    }

    fn ids(&mut self) -> Result<StringArray, ArrowError> {
        let begins = std::iter::once(0).chain(self.ends.iter().map(|(name, _)| *name));
        runs_of(take(&mut self.memory.ids), begins.zip(&self.ends).map(|(begin, (end, rows))| (&self.names[begin..*end], *rows)))
    }

    fn currencies(&mut self) -> Result<StringArray, ArrowError> {
        let rows = self.columns.len();
        let same = self.memory.one_currency.take().filter(|(currency, _)| self.columns.one_currency() == Some(*currency));
        if let Some((_, column)) = same.filter(|(_, column)| column.len() >= rows) {
            return Ok(column.slice(0, rows));
        }
        runs_of(take(&mut self.memory.currencies), self.columns.currencies.iter().map(|(currency, end)| (currency.code(), *end)))
    }

    fn exercises(&mut self) -> (Float64Array, TimestampSecondArray) {
        let rows = self.columns.len();
        if self.columns.exercises.is_empty() {
            let nothing = self.memory.nothing(rows);
            // All bits are 0, those that say whether there is something, too.
            let nulls = Some(NullBuffer::new(BooleanBuffer::new(nothing.clone(), 0, rows)));
            let amounts = Float64Array::new(ScalarBuffer::new(nothing.clone(), 0, rows), nulls.clone());
            return (amounts, TimestampSecondArray::new(ScalarBuffer::new(nothing, 0, rows), nulls));
        }
        let (mut amounts, mut dates) = (vec![None; rows], vec![None; rows]);
        for exercise in &self.columns.exercises {
            amounts[exercise.row] = Some(exercise.amount);
            dates[exercise.row] = exercise.date.map(|date| date.0);
        }
        (Float64Array::from(amounts), TimestampSecondArray::from(dates))
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use hashstress_engine::contract::calendar::Moment;
    use hashstress_engine::contract::columns::{Columns, Row};
    use hashstress_engine::contract::terms::Currency;

    use super::*;

    #[test]
    fn columns_become_a_batch() {
        let row = |time| Row { time: Moment(time), kind: Kind::Ip, payoff: 1.0, notional: 2.0, rate: 3.0, accrued: 4.0 };
        let mut columns = Columns::default();
        columns.push(row(5));
        columns.close(Currency::try_parse("USD").unwrap());
        columns.push_exercise(row(6), 7.0, Some(Moment(8)));
        columns.push_exercise(row(7), 0.0, None);
        columns.close(Currency::try_parse("BTC").unwrap());
        let (names, ends) = ("L1second".to_owned(), vec![(2, 1), (2, 1), (8, 3)]);
        let with_ids = Events { columns: columns.clone(), names, ends, ..Events::default() }.try_batch(true).unwrap();
        assert_eq!(with_ids.column(0).as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["L1", "second", "second"]);
        let batch = Events { columns, ..Events::default() }.try_batch(false).unwrap();
        let text = |column: usize| batch.column(column).as_string::<i32>().iter().flatten().collect::<Vec<_>>();
        assert_eq!((text(1), text(3)), (vec!["IP"; 3], vec!["USD", "BTC", "BTC"]));
        assert_eq!([0, 1, 2].map(|row| batch.column(7).is_null(row)), [true, false, false]);
        assert_eq!([0, 1, 2].map(|row| batch.column(8).is_null(row)), [true, false, true]);
        assert_eq!(batch.schema().field(0).data_type(), &DataType::Timestamp(TimeUnit::Second, None));
    }
}
