//! Events as a record batch.

use std::sync::{Arc, LazyLock};

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampSecondArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use hashstress_engine::contract::event::Kind;

use super::Events;
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

impl Events<'_> {
    /// As a record batch, with the contract's name on each row where it is wanted.
    pub fn try_batch(self, with_ids: bool) -> Result<RecordBatch, Mismatch> {
        let ids = with_ids.then(|| Arc::new(self.ids()) as ArrayRef);
        let (amounts, dates) = self.exercises();
        let (kinds, currencies) = (self.kinds(), self.currencies());
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
        RecordBatch::try_new(schema, ids.into_iter().chain(events).collect()).map_err(|error| Mismatch(format!("contract events: {error}")))
    }

    fn ids(&self) -> StringArray {
        let runs = self.contracts.iter().map(|contract| &*contract.id).zip(self.ends.iter().copied());
        runs_of(runs)
    }

    fn currencies(&self) -> StringArray {
        runs_of(self.columns.currencies.iter().map(|(currency, end)| (currency.code(), *end)))
    }

    fn kinds(&self) -> StringArray {
        StringArray::from_iter_values(self.columns.kinds.iter().map(|kind: &Kind| kind.word()))
    }

    fn exercises(&self) -> (Float64Array, TimestampSecondArray) {
        let rows = self.columns.len();
        if self.columns.exercises.is_empty() {
            return (Float64Array::new_null(rows), TimestampSecondArray::new_null(rows));
        }
        let (mut amounts, mut dates) = (vec![None; rows], vec![None; rows]);
        for exercise in &self.columns.exercises {
            amounts[exercise.row] = Some(exercise.amount);
            dates[exercise.row] = exercise.date.map(|date| date.0);
        }
        (Float64Array::from(amounts), TimestampSecondArray::from(dates))
    }
}

/// Text that stays the same for a run of rows; each run says the row that follows it.
fn runs_of<'a>(runs: impl Iterator<Item = (&'a str, usize)>) -> StringArray {
    let mut begin = 0;
    StringArray::from_iter_values(runs.flat_map(|(text, end)| {
        let rows = end - begin;
        begin = end;
        std::iter::repeat_n(text, rows)
    }))
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
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
        let batch = Events { contracts: &[], columns, ends: Vec::new() }.try_batch(false).unwrap();
        let text = |column: usize| batch.column(column).as_string::<i32>().iter().flatten().collect::<Vec<_>>();
        assert_eq!((text(1), text(3)), (vec!["IP"; 3], vec!["USD", "BTC", "BTC"]));
        assert_eq!([0, 1, 2].map(|row| batch.column(7).is_null(row)), [true, false, false]);
        assert_eq!([0, 1, 2].map(|row| batch.column(8).is_null(row)), [true, false, true]);
        assert_eq!(batch.schema().field(0).data_type(), &DataType::Timestamp(TimeUnit::Second, None));
    }
}
