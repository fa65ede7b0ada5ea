//! Cycles (`P1ML0`) and the dates they make.

use super::calendar::{Date, Moment, month_at, month_starts};
use super::refusal::{Refusal, out_of_range};

/// No contract has more events than this; more is a slip of the pen in a cycle.
pub const MAX_EVENTS: usize = 100_000;

/// Longest period, in its own unit.
const MAX_COUNT: u32 = 100_000;

/// A span of time: days, or calendar months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Days (also weeks).
    Days(u32),
    /// Months (also quarters, half-years and years).
    Months(u32),
}

impl Period {
    /// From `P3M`, also with a stub letter (`P3ML0`), which a single period has no use for. A period may be empty (`P0D`).
    pub fn try_parse(text: &str) -> Option<Self> {
        let (period, rest) = Self::try_prefix(text)?;
        matches!(rest, "" | "L0" | "L1").then_some(period)
    }

    fn try_prefix(text: &str) -> Option<(Self, &str)> {
        let rest = text.strip_prefix('P')?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: u32 = rest[..digits].parse().ok().filter(|count| *count <= MAX_COUNT)?;
        let period = match rest.as_bytes().get(digits)? {
            b'D' => Self::Days(count),
            b'W' => Self::Days(7 * count),
            b'M' => Self::Months(count),
            b'Q' => Self::Months(3 * count),
            b'H' => Self::Months(6 * count),
            b'Y' => Self::Months(12 * count),
            _ => return None,
        };
        Some((period, &rest[digits + 1..]))
    }

    fn is_empty(self) -> bool {
        matches!(self, Self::Days(0) | Self::Months(0))
    }

    /// Days it has at least.
    fn shortest_days(self) -> i64 {
        match self {
            Self::Days(days) => i64::from(days),
            Self::Months(months) => 28 * i64::from(months),
        }
    }

    /// The moment one period after another, at the same time of day.
    pub fn after(self, moment: Moment) -> Moment {
        self.times(1, moment)
    }

    /// The moment one period before another, at the same time of day.
    pub fn before(self, moment: Moment) -> Moment {
        self.times(-1, moment)
    }

    fn times(self, k: i32, moment: Moment) -> Moment {
        match self {
            Self::Days(days) => Moment(moment.0 + i64::from(k) * i64::from(days) * 86_400),
            Self::Months(_) => Anchor::new(moment, self, false).at(k),
        }
    }
}

/// A period that repeats, and what becomes of an incomplete last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cycle {
    /// The period, never empty.
    pub period: Period,
    /// Whether an incomplete last period is joined to the one before (`L0`) or stands alone (`L1`).
    pub long_stub: bool,
}

impl Cycle {
    /// From `P1ML0`; without a stub letter the last period stands alone. An empty period is no cycle.
    pub fn try_parse(text: &str) -> Option<Self> {
        let (period, rest) = Period::try_prefix(text)?;
        let long_stub = match rest {
            "L0" => true,
            "L1" | "" => false,
            _ => return None,
        };
        (!period.is_empty()).then_some(Self { period, long_stub })
    }

    /// The same without an end: no period is the last one, so none is joined to the one before.
    #[must_use]
    pub fn endless(self) -> Self {
        Self { long_stub: false, ..self }
    }

    /// The date `k` periods after `start`; `None` after the year 9999.
    pub fn nth(self, start: Moment, k: u32, end_of_month: bool) -> Option<Moment> {
        let last_days = i64::from(LAST_DAY - start.date().0);
        let near = i64::from(k) * self.period.shortest_days() <= last_days;
        near.then(|| Anchor::new(start, self.period, end_of_month).at(k.cast_signed())).filter(|date| date.date().0 <= LAST_DAY)
    }
}

/// 9999-12-31.
const LAST_DAY: i32 = 2_932_896;

/// A first moment and a period: the moment `k` periods later is one step away, never a chain (Jan 31 + 1 month + 1 month is not Jan 31 + 2 months).
#[derive(Debug, Clone, Copy)]
struct Anchor {
    date: Date,
    /// Time of day.
    seconds: i64,
    period: Period,
    /// Year * 12 + month - 1.
    month: i32,
    day: u32,
    /// Every date is the last day of its month.
    at_month_end: bool,
}

impl Anchor {
    fn new(first: Moment, period: Period, end_of_month: bool) -> Self {
        let date = first.date();
        let (year, month, day) = date.civil();
        Self {
            date,
            seconds: first.seconds(),
            period,
            month: year * 12 + month.cast_signed() - 1,
            day,
            at_month_end: end_of_month && date.is_month_end(),
        }
    }

    #[inline(always)]
    fn at(&self, k: i32) -> Moment {
        match self.period {
            Period::Days(days) => Moment::new(self.date, self.seconds + i64::from(k) * i64::from(days) * 86_400),
            Period::Months(months) => {
                let count = i64::from(self.month) + i64::from(k) * i64::from(months);
                let (first, length) = month_at(count);
                let day = if self.at_month_end { length } else { self.day.min(length) };
                Moment::new(Date(first + day.cast_signed() - 1), self.seconds)
            }
        }
    }
}

impl Anchor {
    /// Adds the dates of the first `count` periods from the anchor on, all of one time of day.
    fn days(&self, count: usize, days: &mut Vec<Date>) {
        match self.period {
            Period::Days(step) => days.extend((0..count as i32).map(|k| Date(self.date.0 + k * step.cast_signed()))),
            Period::Months(step) => {
                let day = |first: i32, next: i32| {
                    // Without a check for overflow, which there is none of, several at once.
                    let length = next.wrapping_sub(first);
                    let day = if self.at_month_end { length } else { self.day.cast_signed().min(length) };
                    Date(first.wrapping_add(day).wrapping_sub(1))
                };
                let months = (count - 1) * step as usize + 1;
                match month_starts(self.month, months) {
                    // Next to each other: without a choice for each date.
                    Some(starts) if step == 1 => days.extend(starts.iter().zip(&starts[1..]).map(|(first, next)| day(*first, *next))),
                    Some(starts) => days.extend((0..months).step_by(step as usize).map(|month| day(starts[month], starts[month + 1]))),
                    None => days.extend((0..count as i32).map(|k| self.at(k).date())),
                }
            }
        }
    }

    /// How many periods fit between the anchor and an end that does not come before it.
    fn fitting(&self, end: Moment) -> i32 {
        let most = match self.period {
            Period::Days(days) => (end.date().0 - self.date.0) / days.cast_signed(),
            Period::Months(months) => {
                let (year, month, _) = end.date().civil();
                (year * 12 + month.cast_signed() - 1 - self.month) / months.cast_signed()
            }
        };
        // The last of them may come later in its month, or on its day.
        if self.at(most) > end { most - 1 } else { most }
    }
}

/// Walks from period to period.
#[derive(Debug, Clone)]
struct Cursor {
    anchor: Anchor,
    k: i32,
}

impl Cursor {
    #[inline(always)]
    fn advance(&mut self) -> Moment {
        self.k += 1;
        self.anchor.at(self.k)
    }
}

/// The dates of a cycle: the start, every period after it, and the end.
#[derive(Debug, Clone)]
pub struct Dates {
    cycle: Option<(Cursor, bool)>,
    next: Option<Moment>,
    end: Moment,
}

/// The dates from `start` by `cycle` to `end`, the end included; without a cycle the start and the end. A start at or after the end leaves the
/// end alone. Refuses a cycle of more than [`MAX_EVENTS`] dates; `term` says whose it is.
pub fn try_dates(start: Moment, cycle: Option<Cycle>, end: Moment, end_of_month: bool, term: &'static str) -> Result<Dates, Refusal> {
    if cycle.is_some_and(|cycle| (end.0 - start.0) / 86_400 / cycle.period.shortest_days() > MAX_EVENTS as i64) {
        return Err(out_of_range(term, "", format!("a cycle of at most {MAX_EVENTS} dates from {start} to {end}")));
    }
    let cycle = cycle.map(|cycle| (Cursor { anchor: Anchor::new(start, cycle.period, end_of_month), k: 0 }, cycle.long_stub));
    Ok(Dates { cycle, next: Some(if start < end { start } else { end }), end })
}

impl Dates {
    /// The first date.
    pub fn start(&self) -> Moment {
        self.next.unwrap_or(self.end)
    }

    /// Adds all dates but the end, without their time of day, which is the one of the start: the same as told one by one.
    pub fn days_before_end(self, days: &mut Vec<Date>) {
        let Some(start) = self.next.filter(|start| *start < self.end) else { return };
        let Some((cursor, long_stub)) = self.cycle else { return days.push(start.date()) };
        let fitting = cursor.anchor.fitting(self.end);
        let is_end = cursor.anchor.at(fitting) == self.end;
        let joins = !is_end && long_stub && fitting > 0;
        cursor.anchor.days((fitting + i32::from(!is_end && !joins)) as usize, days);
    }
}

impl Iterator for Dates {
    type Item = Moment;

    #[inline]
    fn next(&mut self) -> Option<Moment> {
        let this = self.next?;
        if this >= self.end {
            self.next = None;
            return Some(self.end);
        }
        let following = self.cycle.as_mut().map_or(self.end, |(cursor, _)| cursor.advance());
        if following > self.end {
            self.next = Some(self.end);
            let joins = self.cycle.as_ref().is_some_and(|(cursor, long_stub)| *long_stub && cursor.k > 1);
            return if joins { self.next() } else { Some(this) };
        }
        self.next = Some(following);
        Some(this)
    }

    /// The same dates, with what changes from one to the next in registers.
    #[inline]
    fn fold<B, F: FnMut(B, Moment) -> B>(self, init: B, mut tell: F) -> B {
        let Some(mut this) = self.next else { return init };
        let mut told = init;
        let mut cycle = self.cycle;
        while this < self.end {
            let following = cycle.as_mut().map_or(self.end, |(cursor, _)| cursor.advance());
            if following > self.end {
                let joins = cycle.as_ref().is_some_and(|(cursor, long_stub)| *long_stub && cursor.k > 1);
                told = if joins { told } else { tell(told, this) };
                break;
            }
            told = tell(told, this);
            this = following;
        }
        tell(told, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::try_parse(text).unwrap()
    }

    fn dates(start: &str, cycle: &str, end: &str, end_of_month: bool) -> Vec<String> {
        let dates = try_dates(moment(start), Cycle::try_parse(cycle), moment(end), end_of_month, "cycle").unwrap();
        dates.map(|moment| moment.date().to_string()[2..].to_owned()).collect()
    }

    #[test]
    fn periods_and_cycles_are_read_strictly() {
        for (text, period) in [
            ("P1D", Period::Days(1)),
            ("P0D", Period::Days(0)),
            ("P2W", Period::Days(14)),
            ("P3M", Period::Months(3)),
            ("P1Q", Period::Months(3)),
            ("P1H", Period::Months(6)),
            ("P2YL0", Period::Months(24)),
        ] {
            assert_eq!(Period::try_parse(text), Some(period), "{text}");
        }
        for text in ["", "P", "PM", "1M", "P1", "P1X", "P-1M", "P1ML2", "P1MX", "P100001D", "P99999999999M", "p1m", "P1é"] {
            assert_eq!((Period::try_parse(text), Cycle::try_parse(text)), (None, None), "{text}");
        }
        assert_eq!(Cycle::try_parse("P0ML0"), None);
        assert_eq!(Cycle::try_parse("P1ML0"), Some(Cycle { period: Period::Months(1), long_stub: true }));
        assert_eq!(Cycle::try_parse("P1M"), Cycle::try_parse("P1ML1"));
    }

    #[test]
    fn dates_of_cycles() {
        for (start, cycle, end, end_of_month, expected) in [
            ("2013-01-01", "P1ML0", "2013-04-01", false, "13-01-01 13-02-01 13-03-01 13-04-01"),
            ("2013-01-31", "P1ML0", "2013-04-30", false, "13-01-31 13-02-28 13-03-31 13-04-30"),
            ("2013-02-28", "P1ML0", "2013-04-30", true, "13-02-28 13-03-31 13-04-30"),
            ("2013-02-27", "P1ML0", "2013-04-27", true, "13-02-27 13-03-27 13-04-27"),
            ("2013-02-28", "P14D", "2013-03-14", true, "13-02-28 13-03-14"),
            ("2013-01-01", "P1ML1", "2013-03-15", false, "13-01-01 13-02-01 13-03-01 13-03-15"),
            ("2013-01-01", "P1ML0", "2013-03-15", false, "13-01-01 13-02-01 13-03-15"),
            ("2013-01-01", "P1ML0", "2013-01-15", false, "13-01-01 13-01-15"),
            ("2013-01-01", "P1ML0", "2013-02-15", false, "13-01-01 13-02-15"),
            ("2013-01-01", "", "2013-02-15", false, "13-01-01 13-02-15"),
            ("2013-02-15", "P1M", "2013-02-15", false, "13-02-15"),
            ("2013-03-15", "P1M", "2013-02-15", false, "13-02-15"),
        ] {
            assert_eq!(dates(start, cycle, end, end_of_month).join(" "), expected, "{start} {cycle} {end}");
        }
    }

    #[test]
    fn dates_at_once_are_the_dates_one_by_one() {
        let starts = ["2013-01-31T10:00:00", "2012-02-29", "2013-04-30T23:59:59", "2013-12-15", "1899-11-30", "2199-10-31", "0001-01-31"];
        let cycles = ["", "P1ML0", "P1ML1", "P2ML0", "P1QL1", "P1YL0", "P1DL0", "P10DL1", "P7WL0"];
        for (start, cycle) in starts.iter().flat_map(|start| cycles.map(|cycle| (moment(start), cycle))) {
            for (days, seconds) in (0..800).step_by(11).flat_map(|days| [(days, 0), (days, -1), (days, 36_000)]) {
                let end = Moment(start.0 + days * 86_400 + seconds);
                for end_of_month in [false, true] {
                    let dates = try_dates(start, Cycle::try_parse(cycle), end, end_of_month, "").unwrap();
                    let (mut at_once, mut one_by_one) = (Vec::new(), dates.clone().collect::<Vec<_>>());
                    dates.days_before_end(&mut at_once);
                    assert_eq!(one_by_one.pop(), Some(end));
                    let at_once = at_once.iter().map(|date| start.on(*date)).collect::<Vec<_>>();
                    assert_eq!(at_once, one_by_one, "{start} {cycle} {end}");
                }
            }
        }
    }

    #[test]
    fn the_time_of_day_stays() {
        let end = moment("2013-03-01T23:59:59");
        let last = try_dates(moment("2013-01-01T23:59:59"), Cycle::try_parse("P1M"), end, false, "").unwrap().nth(1);
        assert_eq!(last.unwrap().to_string(), "2013-02-01T23:59:59");
        assert_eq!(Period::Months(1).after(moment("2013-01-31T12:00")).to_string(), "2013-02-28T12:00:00");
        assert_eq!(Period::Days(31).before(moment("2013-01-31")).to_string(), "2012-12-31T00:00:00");
    }

    #[test]
    fn a_date_far_away_is_one_step() {
        let nth = |cycle: &str, k, end_of_month| Cycle::try_parse(cycle).unwrap().nth(moment("2013-04-30"), k, end_of_month);
        assert_eq!(nth("P1M", 9, false).unwrap().date().to_string(), "2014-01-30");
        assert_eq!(nth("P1M", 9, true).unwrap().date().to_string(), "2014-01-31");
        assert_eq!([nth("P1Y", 7986, false).is_some(), nth("P1Y", 7987, false).is_some()], [true, false]);
        assert_eq!(nth("P100000Y", u32::MAX >> 1, false), None);
    }

    #[test]
    fn absurd_cycles_are_refused() {
        let absurd = try_dates(moment("0001-01-01"), Cycle::try_parse("P1D"), moment("9999-12-31"), false, "cycleOfFee");
        assert_eq!(absurd.unwrap_err().term, "cycleOfFee");
    }
}
