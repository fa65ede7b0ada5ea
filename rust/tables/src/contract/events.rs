//! Events as a record batch.

use std::sync::{Arc, LazyLock};

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampSecondArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};
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

impl Events {
    /// As a record batch, with the contract's name on each row where it is wanted.
    pub fn try_batch(self, with_ids: bool) -> Result<RecordBatch, Mismatch> {
        self.try_columns(with_ids).map_err(|error| Mismatch(format!("contract events: {error}")))
    }

    fn try_columns(self, with_ids: bool) -> Result<RecordBatch, ArrowError> {
        let ids = if with_ids { Some(Arc::new(self.ids()?) as ArrayRef) } else { None };
        let (amounts, dates) = self.exercises();
        let (kinds, currencies) = (self.kinds()?, self.currencies()?);
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
        RecordBatch::try_new(schema, ids.into_iter().chain(events).collect())
    }

    fn ids(&self) -> Result<StringArray, ArrowError> {
        let begins = std::iter::once(0).chain(self.ends.iter().map(|(name, _)| *name));
        runs_of(self.columns.len(), begins.zip(&self.ends).map(|(begin, (end, rows))| (&self.names[begin..*end], *rows)))
    }

    fn currencies(&self) -> Result<StringArray, ArrowError> {
        runs_of(self.columns.len(), self.columns.currencies.iter().map(|(currency, end)| (currency.code(), *end)))
    }

    /// Words are short: as many bytes as the longest has are copied at once, and those too many are written over by the next word.
    fn kinds(&self) -> Result<StringArray, ArrowError> {
        let kinds = &self.columns.kinds;
        let longest = try_offset(kinds.len() * WIDEST)?;
        let mut text = vec![0; longest as usize + WIDEST];
        let mut offsets = vec![0_i32; kinds.len() + 1];
        let mut at = 0;
        for (kind, offset) in kinds.iter().zip(&mut offsets[1..]) {
            let (word, length) = WORDS[*kind as usize];
            text[at..at + WIDEST].copy_from_slice(&word);
            at += length;
            *offset = at as i32;
        }
        text.truncate(at);
        text_column(offsets, text)
    }

    fn exercises(&self) -> (Float64Array, TimestampSecondArray) {
        let rows = self.columns.len();
        if self.columns.exercises.is_empty() {
            // Nothing in both columns: one piece of memory for the two.
            let (nothing, nulls) = (Buffer::from_vec(vec![0_u64; rows]), Some(NullBuffer::new_null(rows)));
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

/// Longest word of an event.
const WIDEST: usize = 4;

/// The words of events in that width, with their lengths.
static WORDS: [([u8; WIDEST], usize); Kind::WORDS.len()] = {
    let mut words = [([0; WIDEST], 0); Kind::WORDS.len()];
    let mut kind = 0;
    while kind < words.len() {
        let word = Kind::WORDS[kind].as_bytes();
        let mut byte = 0;
        while byte < word.len() {
            words[kind].0[byte] = word[byte];
            byte += 1;
        }
        words[kind].1 = word.len();
        kind += 1;
    }
    words
};

/// Text that stays the same for a run of rows; each run says the row that follows it.
fn runs_of<'a>(rows: usize, runs: impl Iterator<Item = (&'a str, usize)> + Clone) -> Result<StringArray, ArrowError> {
    let mut begin = 0;
    let lengths = runs.clone().map(|(text, end)| text.len() * (end - std::mem::replace(&mut begin, end)));
    let mut text = Vec::with_capacity(try_offset(lengths.sum())? as usize);
    let mut offsets = Vec::with_capacity(rows + 1);
    offsets.push(0_i32);
    for (word, end) in runs {
        let count = end + 1 - offsets.len();
        let (from, length) = (text.len() as i32, word.len() as i32);
        repeat(&mut text, word.as_bytes(), count);
        offsets.extend((1..=count as i32).map(|row| from + row * length));
    }
    text_column(offsets, text)
}

/// Checks that a text column of so many bytes can be addressed.
fn try_offset(bytes: usize) -> Result<i32, ArrowError> {
    i32::try_from(bytes).map_err(|_| ArrowError::OffsetOverflowError(bytes))
}

fn text_column(offsets: Vec<i32>, text: Vec<u8>) -> Result<StringArray, ArrowError> {
    StringArray::try_new(OffsetBuffer::new(offsets.into()), text.into(), None)
}

/// Adds a text so many times, doubling what is there already.
fn repeat(bytes: &mut Vec<u8>, text: &[u8], count: usize) {
    let (begin, whole) = (bytes.len(), text.len() * count);
    if whole == 0 {
        return;
    }
    bytes.extend_from_slice(text);
    while bytes.len() - begin < whole {
        let done = bytes.len() - begin;
        bytes.extend_from_within(begin..begin + done.min(whole - done));
    }
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
        let (names, ends) = ("L1second".to_owned(), vec![(2, 1), (2, 1), (8, 3)]);
        let with_ids = Events { columns: columns.clone(), names, ends }.try_batch(true).unwrap();
        assert_eq!(with_ids.column(0).as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["L1", "second", "second"]);
        let batch = Events { columns, ..Events::default() }.try_batch(false).unwrap();
        let text = |column: usize| batch.column(column).as_string::<i32>().iter().flatten().collect::<Vec<_>>();
        assert_eq!((text(1), text(3)), (vec!["IP"; 3], vec!["USD", "BTC", "BTC"]));
        assert_eq!([0, 1, 2].map(|row| batch.column(7).is_null(row)), [true, false, false]);
        assert_eq!([0, 1, 2].map(|row| batch.column(8).is_null(row)), [true, false, true]);
        assert_eq!(batch.schema().field(0).data_type(), &DataType::Timestamp(TimeUnit::Second, None));
    }
}
