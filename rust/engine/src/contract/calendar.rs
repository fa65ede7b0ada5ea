//! Civil dates without a clock or a time zone.

use std::fmt;

/// A day of the proleptic Gregorian calendar, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);

impl Date {
    /// From year, month 1..12 and day; `None` for a date that does not exist (Feb 30).
    pub fn try_new(year: i32, month: u32, day: u32) -> Option<Self> {
        let real = (1..=9999).contains(&year) && (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
        real.then(|| Self(days_from_civil(year, month, day)))
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

    /// The same day of month `months` later (or earlier), cut to the length of that month.
    #[must_use]
    pub fn add_months(self, months: i32) -> Self {
        let (year, month, day) = self.civil();
        let count = year * 12 + month.cast_signed() - 1 + months;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12).cast_unsigned() + 1);
        Self(days_from_civil(year, month, day.min(days_in_month(year, month))))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(formatter, "{year:04}-{month:02}-{day:02}")
    }
}

fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let (month, day) = (month.cast_signed(), day.cast_signed());
    let year = year - i32::from(month <= 2);
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
}
