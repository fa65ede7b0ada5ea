//! Holidays that rules can tell: which dates, by year. Sources: the European Central Bank's list of TARGET closing days (rules since 2002); the
//! Federal Reserve's holiday schedule (title 5, section 6103 of the United States Code; a holiday on a Saturday is not observed by the banks).

use super::calendar::Date;

/// Days the European payment system TARGET is closed, beside Saturdays and Sundays.
pub fn is_target_holiday(date: Date) -> bool {
    let (year, month, day) = date.civil();
    let from_easter = date.0 - easter_sunday(year).0;
    matches!((month, day), (1 | 5, 1) | (12, 25 | 26)) || matches!(from_easter, -2 | 1)
}

/// Days the Federal Reserve Banks are closed, beside Saturdays and Sundays; those that fall on a Sunday are kept on the Monday after it.
pub fn is_fed_holiday(date: Date) -> bool {
    let (year, month, day) = date.civil();
    let weekday = weekday(date);
    let fixed = |day_of_month: u32| day == day_of_month || (weekday == MONDAY && day == day_of_month + 1);
    let nth = |n: u32, on: i32| weekday == on && (day - 1) / 7 + 1 == n;
    match month {
        1 => fixed(1) || nth(3, MONDAY),
        2 => nth(3, MONDAY),
        5 => weekday == MONDAY && day > 24,
        6 => year >= 2022 && fixed(19),
        7 => fixed(4),
        9 => nth(1, MONDAY),
        10 => nth(2, MONDAY),
        11 => fixed(11) || nth(4, THURSDAY),
        12 => fixed(25),
        _ => false,
    }
}

const MONDAY: i32 = 0;
const THURSDAY: i32 = 3;

/// Day of the week, Monday is 0.
pub fn weekday(date: Date) -> i32 {
    (date.0 + 3).rem_euclid(7) // 1970-01-01 was a Thursday
}

/// Easter Sunday of the Gregorian calendar: the Sunday after the first full moon (of the church's tables) on or after 21 March.
fn easter_sunday(year: i32) -> Date {
    let century = year.div_euclid(100);
    let golden = year.rem_euclid(19);
    // Age of the moon on 1 January ("epact"), with the corrections of the centuries.
    let leap_days_left_out = century - century.div_euclid(4);
    let moon_correction = (8 * century + 13).div_euclid(25);
    let epact = (19 * golden + leap_days_left_out - moon_correction + 15).rem_euclid(30);
    // Full moon, in days after 21 March; the tables have 29 different ones.
    let full_moon = if epact == 29 || (epact == 28 && golden > 10) { epact - 1 } else { epact };
    let day = Date::try_new(year, 3, 21).unwrap_or(Date(0)).0 + full_moon;
    Date(day + 7 - (weekday(Date(day)) + 1) % 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::try_parse(text).unwrap()
    }

    #[test]
    fn easter_by_the_almanac() {
        for easter in ["1818-03-22", "1961-04-02", "2000-04-23", "2008-03-23", "2019-04-21", "2022-04-17", "2038-04-25", "2049-04-18"] {
            assert_eq!(easter_sunday(date(easter).civil().0).to_string(), easter);
        }
    }

    #[test]
    fn target_closes_on_six_days() {
        let closed = (date("2022-01-01").0..=date("2022-12-31").0).map(Date).filter(|date| is_target_holiday(*date));
        let closed: Vec<String> = closed.map(|date| date.to_string()).collect();
        assert_eq!(closed, ["2022-01-01", "2022-04-15", "2022-04-18", "2022-05-01", "2022-12-25", "2022-12-26"]);
    }

    #[test]
    fn the_fed_keeps_sundays_on_mondays() {
        let closed = |year: i32| -> Vec<String> {
            let days = Date::try_new(year, 1, 1).unwrap().0..=Date::try_new(year, 12, 31).unwrap().0;
            days.map(Date).filter(|date| weekday(*date) < 5 && is_fed_holiday(*date)).map(|date| date.to_string()).collect()
        };
        let of_2022 = [
            "2022-01-17",
            "2022-02-21",
            "2022-05-30",
            "2022-06-20",
            "2022-07-04",
            "2022-09-05",
            "2022-10-10",
            "2022-11-11",
            "2022-11-24",
            "2022-12-26",
        ];
        assert_eq!(closed(2022), of_2022); // New Year's Day was a Saturday; Juneteenth and Christmas were Sundays
        assert_eq!(closed(2021)[0], "2021-01-01");
        assert!(!closed(2021).contains(&"2021-06-18".to_owned()) && closed(2023).contains(&"2023-01-02".to_owned()));
    }
}
