//! The events of many contracts as growing columns, owned by the caller.

use super::calendar::Moment;
use super::event::Kind;
use super::terms::Currency;

/// One event with the state after it; amounts are signed from our side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// When.
    pub time: Moment,
    /// What.
    pub kind: Kind,
    /// What we receive (negative: pay).
    pub payoff: f64,
    /// Notional outstanding.
    pub notional: f64,
    /// Rate a year.
    pub rate: f64,
    /// Interest accrued and not paid.
    pub accrued: f64,
}

/// What an exercise comes to, and when it happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exercise {
    /// The row it stands in.
    pub row: usize,
    /// Amount.
    pub amount: f64,
    /// Date, once there was one.
    pub date: Option<Moment>,
}

/// Events in order of processing, contract after contract. All columns but the sparse ones have one length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    /// Seconds since 1970.
    pub times: Vec<i64>,
    /// Kinds.
    pub kinds: Vec<Kind>,
    /// What we receive (negative: pay), in the row's currency.
    pub payoffs: Vec<f64>,
    /// Notional outstanding after the event.
    pub notionals: Vec<f64>,
    /// Rate a year after the event.
    pub rates: Vec<f64>,
    /// Accrued interest after the event.
    pub accrued: Vec<f64>,
    /// Currencies: each with the row that follows its last one.
    pub currencies: Vec<(Currency, usize)>,
    /// Rows of contracts that can be exercised, in order.
    pub exercises: Vec<Exercise>,
}

impl Columns {
    /// Rows so far.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Makes room.
    pub fn reserve(&mut self, rows: usize) {
        self.times.reserve(rows);
        self.kinds.reserve(rows);
        self.payoffs.reserve(rows);
        self.notionals.reserve(rows);
        self.rates.reserve(rows);
        self.accrued.reserve(rows);
    }

    /// Moves all rows of other columns to the end; leaves those empty.
    pub fn append(&mut self, other: &mut Self) {
        let before = self.len();
        self.times.append(&mut other.times);
        self.kinds.append(&mut other.kinds);
        self.payoffs.append(&mut other.payoffs);
        self.notionals.append(&mut other.notionals);
        self.rates.append(&mut other.rates);
        self.accrued.append(&mut other.accrued);
        self.currencies.extend(other.currencies.drain(..).map(|(currency, end)| (currency, before + end)));
        self.exercises.extend(other.exercises.drain(..).map(|exercise| Exercise { row: before + exercise.row, ..exercise }));
    }

    /// Opens `count` rows to be written one after the other, without asking each time whether the columns have room; what stays unwritten is to
    /// be cut off by [`Columns::truncate`].
    pub fn open(&mut self, count: usize) -> Rows<'_> {
        let first = self.len();
        let end = first + count;
        self.times.resize(end, 0);
        self.kinds.resize(end, Kind::default());
        self.payoffs.resize(end, 0.0);
        self.notionals.resize(end, 0.0);
        self.rates.resize(end, 0.0);
        self.accrued.resize(end, 0.0);
        Rows {
            times: &mut self.times[first..],
            kinds: &mut self.kinds[first..],
            payoffs: &mut self.payoffs[first..],
            notionals: &mut self.notionals[first..],
            rates: &mut self.rates[first..],
            accrued: &mut self.accrued[first..],
            written: 0,
        }
    }

    /// Opens two rows for each moment, at an unchanged rate; their amounts are to be written by [`Columns::pairs`].
    pub fn open_pairs(&mut self, moments: impl ExactSizeIterator<Item = Moment>, kinds: [Kind; 2], rate: f64) {
        let first = self.len();
        let end = first + 2 * moments.len();
        self.times.resize(end, 0);
        self.kinds.resize(end, Kind::default());
        self.payoffs.resize(end, 0.0);
        self.notionals.resize(end, 0.0);
        self.rates.resize(end, rate);
        self.accrued.resize(end, 0.0);
        self.kinds[first..].as_chunks_mut().0.fill(kinds);
        for (times, moment) in self.times[first..].as_chunks_mut().0.iter_mut().zip(moments) {
            *times = [moment.0; 2];
        }
    }

    /// The amounts of so many pairs of rows from `first` on.
    #[inline]
    pub fn pairs(&mut self, first: usize, count: usize) -> Pairs<'_> {
        let rows = first..first + 2 * count;
        Pairs {
            payoffs: self.payoffs[rows.clone()].as_chunks_mut().0,
            notionals: self.notionals[rows.clone()].as_chunks_mut().0,
            accrued: self.accrued[rows].as_chunks_mut().0,
        }
    }

    /// Adds a row; [`Columns::close`] gives it its currency.
    #[inline]
    pub fn push(&mut self, row: Row) {
        self.times.push(row.time.0);
        self.kinds.push(row.kind);
        self.payoffs.push(row.payoff);
        self.notionals.push(row.notional);
        self.rates.push(row.rate);
        self.accrued.push(row.accrued);
    }

    /// Adds a row of a contract that can be exercised.
    pub fn push_exercise(&mut self, row: Row, amount: f64, date: Option<Moment>) {
        self.exercises.push(Exercise { row: self.len(), amount, date });
        self.push(row);
    }

    /// Gives the rows since the last call their currency.
    pub fn close(&mut self, currency: Currency) {
        let end = self.len();
        match self.currencies.last_mut() {
            Some((last, until)) if *last == currency => *until = end,
            _ => self.currencies.push((currency, end)),
        }
    }

    /// The currency of all rows, if it is one.
    pub fn one_currency(&self) -> Option<Currency> {
        if let [(currency, _)] = self.currencies[..] { Some(currency) } else { None }
    }

    /// Rows from `first` on, in runs of one currency.
    pub fn runs_from(&self, first: usize) -> Vec<(Currency, std::ops::Range<usize>)> {
        let mut begin = first;
        let later = self.currencies.iter().filter(|(_, end)| *end > first);
        let mut run = |(currency, end): &(Currency, usize)| (*currency, std::mem::replace(&mut begin, *end)..*end);
        later.map(&mut run).collect()
    }

    /// Gives the rows from `first` on another currency, all of them.
    pub fn reclose(&mut self, first: usize, currency: Currency) {
        let whole = self.currencies.partition_point(|(_, end)| *end <= first);
        let spanning = self.currencies.get(whole).map(|(spanning, _)| *spanning);
        let begin = whole.checked_sub(1).map_or(0, |last| self.currencies[last].1);
        self.currencies.truncate(whole);
        // A run that began before keeps its rows before.
        if let Some(before) = spanning.filter(|_| begin < first) {
            self.currencies.push((before, first));
        }
        self.close(currency);
    }

    /// Forgets the rows from `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        if rows >= self.len() {
            return;
        }
        self.times.truncate(rows);
        self.kinds.truncate(rows);
        self.payoffs.truncate(rows);
        self.notionals.truncate(rows);
        self.rates.truncate(rows);
        self.accrued.truncate(rows);
        self.exercises.truncate(self.exercises.partition_point(|exercise| exercise.row < rows));
        let whole = self.currencies.partition_point(|(_, until)| *until < rows);
        self.currencies.truncate(whole + 1);
        if let Some((_, until)) = self.currencies.last_mut() {
            *until = rows.min(*until);
        }
    }

    /// One row as it was pushed.
    pub fn row(&self, row: usize) -> Row {
        Row {
            time: Moment(self.times[row]),
            kind: self.kinds[row],
            payoff: self.payoffs[row],
            notional: self.notionals[row],
            rate: self.rates[row],
            accrued: self.accrued[row],
        }
    }
}

/// Rows being written.
#[derive(Debug)]
pub struct Rows<'a> {
    times: &'a mut [i64],
    kinds: &'a mut [Kind],
    payoffs: &'a mut [f64],
    notionals: &'a mut [f64],
    rates: &'a mut [f64],
    accrued: &'a mut [f64],
    /// How many were written.
    pub written: usize,
}

impl Rows<'_> {
    /// Writes the next row; there is room for as many as were opened.
    #[inline(always)]
    pub fn push(&mut self, row: Row) {
        let at = self.written;
        self.times[at] = row.time.0;
        self.kinds[at] = row.kind;
        self.payoffs[at] = row.payoff;
        self.notionals[at] = row.notional;
        self.rates[at] = row.rate;
        self.accrued[at] = row.accrued;
        self.written += 1;
    }
}

/// The amounts of some rows, two a payment.
#[derive(Debug)]
pub struct Pairs<'a> {
    /// What we receive (negative: pay).
    pub payoffs: &'a mut [[f64; 2]],
    /// Notional outstanding.
    pub notionals: &'a mut [[f64; 2]],
    /// Interest accrued and not paid.
    pub accrued: &'a mut [[f64; 2]],
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(time: i64) -> Row {
        Row { time: Moment(time), kind: Kind::Ip, payoff: 1.0, notional: 100.0, rate: 0.1, accrued: 0.0 }
    }

    #[test]
    fn rows_change_their_currency_from_one_on() {
        let [usd, btc] = ["USD", "BTC"].map(|code| Currency::try_parse(code).unwrap());
        for (first, runs) in
            [(0, vec![(btc, 4)]), (1, vec![(usd, 1), (btc, 4)]), (2, vec![(usd, 2), (btc, 4)]), (3, vec![(usd, 2), (btc, 4)])]
        {
            let mut columns = Columns::default();
            (0..2).for_each(|time| columns.push(row(time)));
            columns.close(usd);
            (2..4).for_each(|time| columns.push(row(time)));
            columns.close(btc);
            columns.reclose(first, btc);
            assert_eq!(columns.currencies, runs, "{first}");
            assert_eq!(columns.runs_from(0).iter().map(|(_, rows)| rows.len()).sum::<usize>(), 4);
        }
    }

    #[test]
    fn currencies_are_runs_and_rows_can_be_forgotten() {
        let mut columns = Columns::default();
        let [usd, btc] = ["USD", "BTC"].map(|code| Currency::try_parse(code).unwrap());
        columns.reserve(4);
        columns.push(row(1));
        columns.close(usd);
        columns.push(row(2));
        columns.close(usd);
        columns.push_exercise(row(3), 5.0, None);
        columns.close(btc);
        assert_eq!((columns.len(), columns.currencies.clone()), (3, vec![(usd, 2), (btc, 3)]));
        assert_eq!(columns.one_currency(), None);
        assert_eq!((columns.row(1), columns.exercises[0].row), (row(2), 2));
        columns.truncate(1);
        assert_eq!((columns.len(), columns.currencies.clone(), columns.exercises.len()), (1, vec![(usd, 1)], 0));
        let mut rows = columns.open(3);
        rows.push(row(5));
        let written = rows.written;
        columns.truncate(1 + written);
        assert_eq!((columns.len(), columns.row(1), columns.one_currency()), (2, row(5), Some(usd)));
        columns.truncate(0);
        columns.push(row(9));
        columns.close(btc);
        assert_eq!(columns.currencies.last(), Some(&(btc, 1)));
    }
}
