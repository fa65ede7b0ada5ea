//! Year fractions. Model: docs/model/loans.md

use super::calendar::Date;

/// How days become a share of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayCount {
    /// Actual days over 360.
    A360,
    /// Actual days over 365.
    A365,
    /// Thirty-day months over 360, European end of month.
    E30360,
}

impl DayCount {
    /// The words of the input.
    pub const NAMES: [&'static str; 3] = ["A360", "A365", "30E360"];

    /// From its word.
    pub fn try_parse(word: &str) -> Option<Self> {
        [Self::A360, Self::A365, Self::E30360].into_iter().zip(Self::NAMES).find(|(_, name)| *name == word).map(|(kind, _)| kind)
    }

    /// Share of a year from `from` to `to`.
    pub fn year_fraction(self, from: Date, to: Date) -> f64 {
        match self {
            Self::A360 => f64::from(to.0 - from.0) / 360.0,
            Self::A365 => f64::from(to.0 - from.0) / 365.0,
            Self::E30360 => {
                let ((y1, m1, d1), (y2, m2, d2)) = (from.civil(), to.civil());
                let day = |day: u32| day.min(30).cast_signed();
                let days = 360 * (y2 - y1) + 30 * (m2.cast_signed() - m1.cast_signed()) + (day(d2) - day(d1));
                f64::from(days) / 360.0
            }
        }
    }
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
        ] {
            assert_eq!(DayCount::try_parse(word).unwrap().year_fraction(date(from), date(to)), fraction, "{word}");
        }
        assert_eq!(DayCount::try_parse("a360"), None);
    }
}
