//! Civil dates and moments without a clock or a time zone, and the days on which business is done.

use std::fmt;

use super::holidays;
use super::words::words;

/// A day of the proleptic Gregorian calendar, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);

impl Date {
    /// From year, month 1..12 and day; `None` for a date that does not exist (Feb 30).
    pub fn try_new(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) {
            return None;
        }
        let (first, length) = month_at(i64::from(year * 12 + month.cast_signed() - 1));
        (1..=length).contains(&day).then(|| Self(first + day.cast_signed() - 1))
    }

    /// From `YYYY-MM-DD`, nothing else.
    pub fn try_parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let number = |range: std::ops::Range<usize>| -> Option<u32> {
            let part = &bytes[range];
            part.iter().all(u8::is_ascii_digit).then(|| part.iter().fold(0, |n, digit| n * 10 + u32::from(digit - b'0')))
        };
        Self::try_new(number(0..4)?.cast_signed(), number(5..7)?, number(8..10)?)
    }

    /// Year, month 1..12, day 1..31.
    pub fn civil(self) -> (i32, u32, u32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year, month.cast_unsigned(), day.cast_unsigned())
    }

    /// Whether it is the last day of its month.
    pub fn is_month_end(self) -> bool {
        Self(self.0 + 1).civil().2 == 1
    }

    /// The same day of month `months` later (or earlier), cut to the length of that month.
    #[must_use]
    pub fn add_months(self, months: i32) -> Self {
        let (year, month, day) = self.civil();
        let count = year * 12 + month.cast_signed() - 1 + months;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12).cast_unsigned() + 1);
        Self(days_from_civil(year, month, day.min(days_in_month(year, month))))
    }
}

/// Seconds of a day.
pub(super) const DAY_SECONDS: i64 = 86_400;

/// A date with a time of day: seconds since 1970-01-01T00:00:00, in no particular time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// Before every moment that can be written.
    pub const EARLIEST: Self = Self(i64::MIN);

    /// From a date and seconds after its midnight.
    pub fn new(date: Date, seconds: i64) -> Self {
        Self(i64::from(date.0) * DAY_SECONDS + seconds)
    }

    /// From `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM` or `YYYY-MM-DDTHH:MM:SS`; a space may stand for the `T`. 24:00:00 is the next midnight.
    pub fn try_parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let date = Date::try_parse(text.get(..10)?)?;
        let two = |at: usize| {
            let (tens, units) = (bytes[at].wrapping_sub(b'0'), bytes[at + 1].wrapping_sub(b'0'));
            (tens < 10 && units < 10).then_some(i64::from(tens) * 10 + i64::from(units))
        };
        let clock = |hour: i64, minute: i64, second: i64| {
            let real = (hour < 24 && minute < 60 && second < 60) || (hour, minute, second) == (24, 0, 0);
            real.then_some(hour * 3600 + minute * 60 + second)
        };
        let mark = |at: usize, marks: &[u8]| marks.contains(&bytes[at]);
        let seconds = match bytes.len() {
            10 => 0,
            16 if mark(10, b"T ") && mark(13, b":") => clock(two(11)?, two(14)?, 0)?,
            19 if mark(10, b"T ") && mark(13, b":") && mark(16, b":") => clock(two(11)?, two(14)?, two(17)?)?,
            _ => return None,
        };
        Some(Self::new(date, seconds))
    }

    /// Its date.
    pub fn date(self) -> Date {
        Date(self.0.div_euclid(DAY_SECONDS) as i32)
    }

    /// Seconds after midnight.
    pub fn seconds(self) -> i64 {
        self.0.rem_euclid(DAY_SECONDS)
    }

    /// The same time of day on another date.
    #[must_use]
    pub fn on(self, date: Date) -> Self {
        Self::new(date, self.seconds())
    }

    /// The date that counts in year fractions: the last second of a day is the midnight that follows.
    pub fn accrual_date(self) -> Date {
        Self(self.0.saturating_add(1)).date()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.seconds();
        write!(formatter, "{}T{:02}:{:02}:{:02}", self.date(), seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

words! {
    /// Days on which nobody does business.
    pub enum Calendar {
        /// Every day is a business day.
        #[default]
        None = "NC" | "NOCALENDAR" | "NO_CALENDAR" | "NoCalendar",
        /// Saturdays and Sundays are not.
        MondayToFriday = "MF" | "MONDAY_TO_FRIDAY" | "MondayToFriday",
        /// Nor are the days on which the European payment system is closed.
        Target = "TARGET",
        /// Nor are the days on which the Federal Reserve Banks are closed.
        Fed = "FED",
    }
}

impl Calendar {
    /// Whether business is done on that day.
    pub fn is_business_day(self, date: Date) -> bool {
        let works = holidays::weekday(date) < 5;
        match self {
            Self::None => true,
            Self::MondayToFriday => works,
            Self::Target => works && !holidays::is_target_holiday(date),
            Self::Fed => works && !holidays::is_fed_holiday(date),
        }
    }
}

words! {
    /// What happens to a date that is no business day: moved to the following or preceding one, *modified* not beyond its month. With *SC* the
    /// amount is calculated on the moved date, with *CS* on the date as scheduled.
    pub enum BusinessDayConvention {
        /// Not moved.
        #[default]
        None = "NOS" | "NULL" | "NONE",
        /// Following, calculated there.
        ShiftCalculateFollowing = "SCF",
        /// Following, else preceding within the month; calculated there.
        ShiftCalculateModifiedFollowing = "SCMF",
        /// Following, calculated as scheduled.
        CalculateShiftFollowing = "CSF",
        /// Following, else preceding within the month; calculated as scheduled.
        CalculateShiftModifiedFollowing = "CSMF",
        /// Preceding, calculated there.
        ShiftCalculatePreceding = "SCP",
        /// Preceding, else following within the month; calculated there.
        ShiftCalculateModifiedPreceding = "SCMP",
        /// Preceding, calculated as scheduled.
        CalculateShiftPreceding = "CSP",
        /// Preceding, else following within the month; calculated as scheduled.
        CalculateShiftModifiedPreceding = "CSMP",
    }
}

/// Which days are business days, and what happens to a date that is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BusinessDays {
    /// The days.
    pub calendar: Calendar,
    /// The rule.
    pub convention: BusinessDayConvention,
}

impl BusinessDays {
    /// The business day a date is moved to.
    pub fn shift(self, date: Date) -> Date {
        use BusinessDayConvention as Rule;
        if self.convention == Rule::None || self.calendar.is_business_day(date) {
            return date;
        }
        let (following, preceding) = (self.nearest(date, 1), self.nearest(date, -1));
        let month = |date: Date| date.civil().1;
        let within = |first: Date, second: Date| if month(first) == month(date) { first } else { second };
        match self.convention {
            Rule::None => date,
            Rule::ShiftCalculateFollowing | Rule::CalculateShiftFollowing => following,
            Rule::ShiftCalculatePreceding | Rule::CalculateShiftPreceding => preceding,
            Rule::ShiftCalculateModifiedFollowing | Rule::CalculateShiftModifiedFollowing => within(following, preceding),
            Rule::ShiftCalculateModifiedPreceding | Rule::CalculateShiftModifiedPreceding => within(preceding, following),
        }
    }

    /// Whether amounts are calculated on the moved date.
    pub fn calculates_after_shift(self) -> bool {
        use BusinessDayConvention as Rule;
        matches!(
            self.convention,
            Rule::ShiftCalculateFollowing
                | Rule::ShiftCalculateModifiedFollowing
                | Rule::ShiftCalculatePreceding
                | Rule::ShiftCalculateModifiedPreceding
        )
    }

    fn nearest(self, date: Date, step: i32) -> Date {
        let mut day = Date(date.0 + step);
        while !self.calendar.is_business_day(day) {
            day.0 += step;
        }
        day
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(formatter, "{year:04}-{month:02}-{day:02}")
    }
}

/// Days of the months of a year that is no leap year; month 1 is January.
const MONTH_DAYS: [u32; 13] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

#[inline]
pub(super) const fn days_in_month(year: i32, month: u32) -> u32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if month == 2 && is_leap { 29 } else { MONTH_DAYS[month as usize] }
}

/// Most contracts live in these years: where their months begin is looked up.
const KNOWN_YEARS: std::ops::Range<i32> = 1900..2200;
const KNOWN_MONTHS: usize = 12 * (KNOWN_YEARS.end - KNOWN_YEARS.start) as usize;

/// Day numbers of the first of each month, and of the one after the last.
static MONTH_STARTS: [i32; KNOWN_MONTHS + 1] = {
    let mut starts = [days_from_civil(KNOWN_YEARS.start, 1, 1); KNOWN_MONTHS + 1];
    let mut month = 0;
    while month < KNOWN_MONTHS {
        let days = days_in_month(KNOWN_YEARS.start + month as i32 / 12, month as u32 % 12 + 1);
        starts[month + 1] = starts[month] + days.cast_signed();
        month += 1;
    }
    starts
};

/// The day number of the first of a month, and how many days the month has; months are counted from January of the year 0.
#[inline]
pub(super) fn month_at(count: i64) -> (i32, u32) {
    let known = (count - 12 * i64::from(KNOWN_YEARS.start)).cast_unsigned();
    if known < KNOWN_MONTHS as u64 {
        let first = MONTH_STARTS[known as usize];
        return (first, (MONTH_STARTS[known as usize + 1] - first).cast_unsigned());
    }
    let (year, month) = (count.div_euclid(12) as i32, count.rem_euclid(12) as u32 + 1);
    (days_from_civil(year, month, 1), days_in_month(year, month))
}

/// The day numbers of the first of so many months, and of the one after the last; `None` outside the years that are looked up.
pub(super) fn month_starts(first: i32, months: usize) -> Option<&'static [i32]> {
    let begin = usize::try_from(first - 12 * KNOWN_YEARS.start).ok()?;
    MONTH_STARTS.get(begin..=begin.checked_add(months)?)
}

pub(super) const fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let (month, day) = (month.cast_signed(), day.cast_signed());
    let year = year - (month <= 2) as i32;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        for (text, days) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("2021-11-08", 18_939), ("1969-12-31", -1)] {
            let date = Date::try_parse(text).unwrap();
            assert_eq!((date.0, date.to_string().as_str()), (days, text));
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in ["2022-02-30", "2021-02-29", "2022-13-01", "2022-00-10", "22-01-01", "2022/01/01", "2022-1-1 ", ""] {
            assert_eq!(Date::try_parse(text), None, "{text}");
        }
    }

    #[test]
    fn months_are_cut_to_their_length() {
        let date = |text| Date::try_parse(text).unwrap();
        for (from, months, to) in [
            ("2022-01-31", 1, "2022-02-28"),
            ("2022-01-31", 2, "2022-03-31"),
            ("2023-11-30", 3, "2024-02-29"),
            ("2022-03-31", -1, "2022-02-28"),
            ("2022-01-15", -13, "2020-12-15"),
        ] {
            assert_eq!(date(from).add_months(months), date(to));
        }
    }

    #[test]
    fn moments_go_there_and_back() {
        for (text, shown) in [
            ("2013-01-01T00:00:00", "2013-01-01T00:00:00"),
            ("2013-12-31T23:59:59", "2013-12-31T23:59:59"),
            ("2013-08-01T06:30", "2013-08-01T06:30:00"),
            ("1969-12-31 12:00:01", "1969-12-31T12:00:01"),
            ("2013-08-01", "2013-08-01T00:00:00"),
            ("2013-12-31T24:00:00", "2014-01-01T00:00:00"),
        ] {
            assert_eq!(Moment::try_parse(text).unwrap().to_string(), shown);
        }
        for text in ["", "2013-02-30T00:00:00", "2013-01-01T25:00:00", "2013-01-01T00:60:00", "2013-01-01T00:00:00Z", "2013-01-01T0é:00"] {
            assert_eq!(Moment::try_parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_last_second_counts_as_the_next_day() {
        for (text, date) in [
            ("2013-12-31T23:59:59", "2014-01-01"),
            ("2013-12-31T23:59:58", "2013-12-31"),
            ("2013-12-31T00:00:00", "2013-12-31"),
            ("1969-12-31T23:59:59", "1970-01-01"),
        ] {
            assert_eq!(Moment::try_parse(text).unwrap().accrual_date().to_string(), date);
        }
    }

    #[test]
    fn months_are_looked_up_as_they_are_reckoned() {
        for count in [-1_i64, 0, 12 * 1900 - 1, 12 * 2200 - 1, 12 * 2200, 12 * 9999 + 11].into_iter().chain(12 * 1900..12 * 2200) {
            let (year, month) = (count.div_euclid(12) as i32, count.rem_euclid(12) as u32 + 1);
            assert_eq!(month_at(count), (days_from_civil(year, month, 1), days_in_month(year, month)), "{count}");
        }
    }

    #[test]
    fn month_ends() {
        for (text, end) in [("2013-02-28", true), ("2012-02-28", false), ("2013-12-31", true), ("2013-12-30", false)] {
            assert_eq!(Date::try_parse(text).unwrap().is_month_end(), end, "{text}");
        }
    }

    #[test]
    fn dates_move_to_business_days() {
        // 2013-03-31 is a Sunday and the end of its month, 2013-06-01 a Saturday and the start of one.
        for (word, march, june) in [
            ("NOS", "2013-03-31", "2013-06-01"),
            ("SCF", "2013-04-01", "2013-06-03"),
            ("CSF", "2013-04-01", "2013-06-03"),
            ("SCMF", "2013-03-29", "2013-06-03"),
            ("CSMF", "2013-03-29", "2013-06-03"),
            ("SCP", "2013-03-29", "2013-05-31"),
            ("CSP", "2013-03-29", "2013-05-31"),
            ("SCMP", "2013-03-29", "2013-06-03"),
            ("CSMP", "2013-03-29", "2013-06-03"),
        ] {
            let convention = BusinessDayConvention::try_parse(word).unwrap();
            let days = BusinessDays { calendar: Calendar::MondayToFriday, convention };
            let shifted = |text| days.shift(Date::try_parse(text).unwrap()).to_string();
            assert_eq!([shifted("2013-03-31"), shifted("2013-06-01"), shifted("2013-06-04")], [march, june, "2013-06-04"], "{word}");
            assert_eq!(days.calculates_after_shift(), word.starts_with("SC"), "{word}");
            let never = BusinessDays { calendar: Calendar::None, convention };
            assert_eq!(never.shift(Date::try_parse("2013-03-31").unwrap()).to_string(), "2013-03-31");
        }
    }
}
