//! Year fractions. Model: docs/model/loans.md

use super::calendar::{Date, days_in_month};

/// How days become a share of a year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DayCount {
    /// Actual days over 360.
    #[default]
    A360,
    /// Actual days over 365.
    A365,
    /// Thirty-day months over 360, European end of month.
    E30360,
    /// Actual days over 365 or, for the part in a leap year, over 366 (ISDA).
    Actual,
    /// Thirty-day months over 360; the end of February counts as the 30th, unless it is the maturity (ISDA).
    E30360Isda,
    /// Twenty-eight-day months over 336.
    D28336,
}

impl DayCount {
    /// The words of a book's loans.
    pub const NAMES: [&'static str; 3] = ["A360", "A365", "30E360"];

    /// The words of a contract's terms.
    pub const WORDS: [&'static str; 6] = ["A360", "A365", "30E360", "AA", "30E360ISDA", "28E336"];

    /// From its word.
    pub fn try_parse(word: &str) -> Option<Self> {
        let all = [Self::A360, Self::A365, Self::E30360, Self::Actual, Self::E30360Isda, Self::D28336];
        all.into_iter().zip(Self::WORDS).find(|(_, name)| *name == word).map(|(kind, _)| kind)
    }

    /// What actual days are divided by, where that is all.
    pub fn days_a_year(self) -> Option<f64> {
        match self {
            Self::A360 => Some(360.0),
            Self::A365 => Some(365.0),
            _ => None,
        }
    }

    /// Share of a year from `from` to `to`.
    pub fn year_fraction(self, from: Date, to: Date) -> f64 {
        self.year_fraction_until(from, to, None)
    }

    /// Share of a year from `from` to `to`; the 30E360ISDA convention asks for the maturity.
    #[inline(always)]
    pub fn year_fraction_until(self, from: Date, to: Date, maturity: Option<Date>) -> f64 {
        match self {
            Self::A360 => f64::from(to.0 - from.0) / 360.0,
            Self::A365 => f64::from(to.0 - from.0) / 365.0,
            Self::E30360 => f64::from(days_in_equal_months(from, to, 30, |(_, _, day)| day.min(30))) / 360.0,
            Self::D28336 => f64::from(days_in_equal_months(from, to, 28, |(_, _, day)| day.min(28))) / 336.0,
            Self::E30360Isda => {
                let end = |(year, month, day): Civil| if day == days_in_month(year, month) { 30 } else { day };
                let is_maturity = maturity == Some(to);
                let to_end = |civil: Civil| if is_maturity && civil.1 == 2 { civil.2 } else { end(civil) };
                let (from, to) = (from.civil(), to.civil());
                f64::from(month_days(from, to, 30) + (to_end(to).cast_signed() - end(from).cast_signed())) / 360.0
            }
            Self::Actual => actual(from, to),
        }
    }
}

type Civil = (i32, u32, u32);

fn month_days(from: Civil, to: Civil, month_length: i32) -> i32 {
    month_length * (12 * (to.0 - from.0) + (to.1.cast_signed() - from.1.cast_signed()))
}

fn days_in_equal_months(from: Date, to: Date, month_length: i32, day: impl Fn(Civil) -> u32) -> i32 {
    let (from, to) = (from.civil(), to.civil());
    month_days(from, to, month_length) + (day(to).cast_signed() - day(from).cast_signed())
}

/// Days of each calendar year over that year's length.
fn actual(from: Date, to: Date) -> f64 {
    if from > to {
        return -actual(to, from);
    }
    let (first, last) = (from.civil().0, to.civil().0);
    let length = |year: i32| if days_in_month(year, 2) == 29 { 366.0 } else { 365.0 };
    if first == last {
        return f64::from(to.0 - from.0) / length(first);
    }
    let new_year = |year: i32| super::calendar::days_from_civil(year, 1, 1);
    let (head, tail) = (new_year(first + 1) - from.0, to.0 - new_year(last));
    f64::from(head) / length(first) + f64::from(last - first - 1) + f64::from(tail) / length(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn year_fractions_by_hand() {
        let date = |text| Date::try_parse(text).unwrap();
        for (word, from, to, fraction) in [
            ("A360", "2022-01-01", "2022-01-31", 30.0 / 360.0),
            ("A365", "2022-01-01", "2023-01-01", 1.0),
            ("30E360", "2022-01-31", "2022-02-28", 28.0 / 360.0),
            ("30E360", "2022-02-28", "2022-03-31", 32.0 / 360.0),
            ("30E360", "2022-01-31", "2022-07-31", 0.5),
            ("AA", "2011-12-01", "2012-02-01", 31.0 / 365.0 + 31.0 / 366.0),
            ("AA", "2011-12-01", "2014-01-01", 31.0 / 365.0 + 2.0),
            ("AA", "2012-01-01", "2013-01-01", 1.0),
            ("AA", "2013-01-01", "2012-01-01", -1.0),
            ("30E360ISDA", "2013-02-28", "2013-03-31", 30.0 / 360.0),
            ("30E360ISDA", "2013-01-31", "2013-02-28", 30.0 / 360.0),
            ("30E360ISDA", "2012-02-28", "2012-03-30", 32.0 / 360.0),
            ("28E336", "2013-01-31", "2013-02-28", 28.0 / 336.0),
            ("28E336", "2013-01-01", "2014-01-01", 1.0),
        ] {
            let day_count = DayCount::try_parse(word).unwrap();
            assert_eq!(day_count.year_fraction(date(from), date(to)), fraction, "{word} {from} {to}");
            let actual = day_count.days_a_year().map(|days| f64::from(date(to).0 - date(from).0) / days);
            assert_eq!(actual.unwrap_or(fraction), fraction, "{word} {from} {to}");
        }
        assert_eq!(DayCount::try_parse("a360"), None);
    }

    #[test]
    fn a_maturity_at_the_end_of_february_keeps_its_day() {
        let date = |text| Date::try_parse(text).unwrap();
        let until = |maturity| DayCount::E30360Isda.year_fraction_until(date("2013-01-31"), date("2013-02-28"), Some(date(maturity)));
        assert_eq!(until("2013-02-28"), 28.0 / 360.0);
        assert_eq!(until("2014-02-28"), 30.0 / 360.0);
    }
}
