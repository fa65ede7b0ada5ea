//! Memory of the last batch of events, used again for the next one once nobody holds that table any more. The first touch of fresh memory costs
//! as much as the events that are written into it.
//!
//! Nothing is held back from a user: while a table is alive its memory is the table's, and afterwards at most [`MOST_KEPT`] bytes stay here.

use std::sync::{Mutex, MutexGuard, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Float64Type, TimestampSecondType};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_buffer::{ArrowNativeType, Buffer};
use hashstress_engine::contract::columns::Columns;
use hashstress_engine::contract::event::Kind;
use hashstress_engine::contract::terms::Currency;

use super::text::Texts;

/// Bytes that are kept between calls at most: the columns of about a million events.
const MOST_KEPT: usize = 64 << 20;

/// Where a batch with names has its amounts of exercises.
const EXERCISE_AMOUNT: usize = 8;

/// A batch that was handed out, and what its columns were made from.
#[derive(Debug)]
struct Kept {
    batch: RecordBatch,
    kinds: Vec<Kind>,
    /// The currency of all rows, if it is one.
    currency: Option<Currency>,
    /// What its columns of exercises are made of, if they hold nothing.
    nothing: Option<Buffer>,
}

/// A place for one of them.
#[derive(Debug)]
pub(super) struct Shelf(Mutex<Option<Kept>>);

/// The place of this process.
pub(super) static SHELF: Shelf = Shelf(Mutex::new(None));

/// Empty columns with room: those of the engine, and texts by the place of their column.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub columns: Columns,
    pub ids: Texts,
    pub kinds: Texts,
    pub currencies: Texts,
    /// A column of one currency: it cannot change, so it is used as it is, even beside the table it was made for.
    pub one_currency: Option<(Currency, StringArray)>,
    /// Zeros, which cannot change either.
    nothing: Option<Buffer>,
}

impl Shelf {
    /// Keeps the memory of a batch with names; what was kept before is let go.
    pub fn keep(&self, batch: &RecordBatch, kinds: Vec<Kind>, currency: Option<Currency>) {
        // The columns of exercises are nothing, or rare: then they are not kept.
        let amounts = batch.column(EXERCISE_AMOUNT).as_primitive::<Float64Type>();
        let nothing = (amounts.null_count() == amounts.len()).then(|| amounts.values().inner().clone());
        let zeros = nothing.as_ref().map_or(0, Buffer::len);
        let batch = batch.project(&[0, 1, 2, 3, 4, 5, 6, 7]).ok();
        let fits = batch.filter(|batch| batch.get_array_memory_size() + kinds.capacity() + zeros <= MOST_KEPT);
        *self.lock() = fits.map(|batch| Kept { batch, kinds, currency, nothing });
    }

    /// The memory that was kept, as far as nobody else holds it, for about so many rows: a small table does not get the memory of a large one.
    pub fn take(&self, rows: usize) -> Memory {
        let mut kept = self.lock();
        let fits = kept.as_ref().is_some_and(|kept| kept.kinds.capacity() <= rows.saturating_mul(2));
        if fits { kept.take().map(unpack).unwrap_or_default() } else { Memory::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unpack(Kept { batch, mut kinds, currency, nothing }: Kept) -> Memory {
    let (_, mut columns, _) = batch.into_parts();
    kinds.clear();
    let mut column = || columns.remove(0);
    // In the order of the batch.
    let ids = texts(column());
    let times = numbers::<TimestampSecondType>(column());
    let words = texts(column());
    let payoffs = numbers::<Float64Type>(column());
    let money = column();
    let one_currency = currency.map(|currency| (currency, money.as_string().clone()));
    let currencies = if one_currency.is_none() { texts(money) } else { Texts::default() };
    let [notionals, rates, accrued] = [(); 3].map(|()| numbers::<Float64Type>(column()));
    let columns = Columns { times, kinds, payoffs, notionals, rates, accrued, ..Columns::default() };
    Memory { columns, ids, kinds: words, currencies, one_currency, nothing }
}

fn numbers<T: ArrowPrimitiveType>(column: ArrayRef) -> Vec<T::Native> {
    let array = column.as_primitive::<T>().clone();
    drop(column);
    emptied(array.into_parts().1.into_inner())
}

fn texts(column: ArrayRef) -> Texts {
    let array = column.as_string().clone();
    drop(column);
    Texts::in_place_of(array)
}

/// The vector a buffer was made from, empty; a new one if somebody else holds the buffer.
fn emptied<T: ArrowNativeType>(buffer: Buffer) -> Vec<T> {
    let mut vector = buffer.into_vec().unwrap_or_default();
    vector.clear();
    vector
}

impl Memory {
    /// Zeros for so many rows: one piece of memory for all columns that hold nothing.
    pub(super) fn nothing(&mut self, rows: usize) -> Buffer {
        let kept = self.nothing.take().filter(|zeros| zeros.len() >= rows * size_of::<u64>());
        kept.unwrap_or_else(|| Buffer::from_vec(vec![0_u64; rows]))
    }

    /// The same columns in this memory, with room for so many more rows.
    pub(super) fn hold(&mut self, columns: &mut Columns, more: usize) {
        let ours = &mut self.columns;
        ours.append(columns);
        ours.reserve(more);
        std::mem::swap(ours, columns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hashstress_engine::contract::calendar::Moment;
    use hashstress_engine::contract::columns::Row;

    use crate::contract::Events;

    fn usd() -> Option<Currency> {
        Currency::try_parse("USD")
    }

    fn batch(rows: usize) -> RecordBatch {
        let mut columns = Columns::default();
        let row = Row { time: Moment(5), kind: Kind::Ip, payoff: 1.0, notional: 2.0, rate: 3.0, accrued: 4.0 };
        (0..rows).for_each(|_| columns.push(row));
        columns.close(usd().unwrap());
        let (names, ends) = ("L1".to_owned(), vec![(2, rows)]);
        Events { columns, names, ends, ..Events::default() }.try_columns(true).unwrap().0
    }

    #[test]
    fn memory_comes_back_when_the_table_is_gone() {
        for (rows, wanted, held, again) in
            [(1000, 1000, false, true), (1000, 500, false, true), (1000, 499, false, false), (1000, 1000, true, false)]
        {
            let (shelf, first) = (Shelf(Mutex::new(None)), batch(rows));
            let places = first.columns()[..8].iter().map(|column| column.to_data().buffers()[0].as_ptr()).collect::<Vec<_>>();
            shelf.keep(&first, Vec::with_capacity(rows), usd());
            let holder = held.then_some(first);
            let memory = shelf.take(wanted);
            assert_eq!(memory.columns.payoffs.capacity() >= rows, again, "{rows} {wanted}");
            assert_eq!(memory.ids.capacity().1 >= 2 * rows, again);
            assert_eq!(memory.one_currency.map(|(_, column)| column.len()), (wanted >= 500).then_some(rows));
            assert!(memory.columns.is_empty() && memory.kinds.is_empty());
            if again {
                assert_eq!(memory.ids.place(), places[0]);
                assert_eq!(memory.kinds.place(), places[2]);
                assert!(memory.kinds.capacity().0 >= rows && memory.kinds.capacity().1 >= 2 * rows);
                assert_eq!(memory.columns.accrued.as_ptr().cast(), places[7]);
            }
            drop(holder);
        }
    }

    #[test]
    fn columns_move_over() {
        let mut columns = Columns::default();
        columns.push_exercise(Row { time: Moment(5), kind: Kind::Xd, payoff: 1.0, notional: 2.0, rate: 3.0, accrued: 4.0 }, 9.0, None);
        columns.close(Currency::try_parse("USD").unwrap());
        let before = columns.clone();
        let mut memory = Memory { columns: Columns { times: Vec::with_capacity(50), ..Columns::default() }, ..Memory::default() };
        memory.hold(&mut columns, 3);
        assert_eq!((&columns, columns.times.capacity(), memory.columns.is_empty()), (&before, 50, true));
    }

    #[test]
    fn large_tables_are_let_go() {
        let shelf = Shelf(Mutex::new(None));
        shelf.keep(&batch(10), Vec::with_capacity(MOST_KEPT), None);
        assert_eq!(shelf.take(10).columns.times.capacity(), 0);
    }
}
