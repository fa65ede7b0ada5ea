//! Observations and unscheduled events as any language writes them.

use hashstress_engine::contract::calendar::Moment;
use hashstress_engine::contract::event::Kind;
use hashstress_engine::contract::observed::{Market, Occurrence, Series};
use hashstress_engine::contract::terms::Performance;
use hashstress_engine::error::{Code, Problem};

use super::draft::{Refused, number_of, try_moment};
use crate::nearest::suggestion;
use crate::scenario::plain::Plain;
use crate::schema::quoted;

const OBSERVED: &str = "market object codes, each with a list of (time, number)";
const EVENTS: &str = "a list of events {time, type, value, contractId, contractPerformance}";

/// The market: a mapping from market object codes to lists of (time, number).
pub fn try_market(value: &Plain) -> Result<Market, Vec<Problem>> {
    let Some(codes) = mapping(value, "observed", OBSERVED)? else { return Ok(Market::default()) };
    let mut problems = Vec::new();
    let series = codes.map(|(code, points)| Series::new(code.as_str(), try_points(code, points, &mut problems))).collect();
    if problems.is_empty() { Ok(Market::new(series)) } else { Err(problems) }
}

fn try_points(code: &str, points: &Plain, problems: &mut Vec<Problem>) -> Vec<(Moment, f64)> {
    let Plain::List(points) = points else {
        problems.push(refused(format!("observed.{code}"), points, (Code::WrongType, OBSERVED.to_owned())));
        return Vec::new();
    };
    let point = |(index, point): (usize, &Plain)| {
        let read = match point {
            Plain::List(pair) if pair.len() == 2 => moment_of(&pair[0]).and_then(|time| Ok((time, number_of(&pair[1])?))),
            _ => Err((Code::WrongType, "a pair (time, number)".to_owned())),
        };
        read.map_err(|why| problems.push(refused(format!("observed.{code}[{index}]"), point, why))).ok()
    };
    points.iter().enumerate().filter_map(point).collect()
}

/// Unscheduled events, put in order of time.
pub fn try_occurrences(value: &Plain) -> Result<Vec<Occurrence>, Vec<Problem>> {
    let events = match value {
        Plain::Nothing => return Ok(Vec::new()),
        Plain::List(events) => events,
        other => return Err(vec![refused("events".to_owned(), other, (Code::WrongType, EVENTS.to_owned()))]),
    };
    let (mut problems, mut found) = (Vec::new(), Vec::with_capacity(events.len()));
    for (index, event) in events.iter().enumerate() {
        match try_occurrence(event) {
            Ok(occurrence) => found.push(occurrence),
            Err((name, why)) => {
                let place = if name.is_empty() { format!("events[{index}]") } else { format!("events[{index}].{name}") };
                let value = if let Plain::Mapping(parts) = event { parts.get(name).unwrap_or(&Plain::Nothing) } else { event };
                problems.push(refused(place, value, why));
            }
        }
    }
    found.sort_by_key(|occurrence| occurrence.time);
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn try_occurrence(event: &Plain) -> Result<Occurrence, (&'static str, Refused)> {
    let Plain::Mapping(parts) = event else { return Err(("", (Code::WrongType, EVENTS.to_owned()))) };
    let part = |name: &str| parts.get(name).unwrap_or(&Plain::Nothing);
    let word = |name: &'static str| match part(name) {
        Plain::Nothing => Ok(None),
        Plain::Text(text) if text.trim().is_empty() => Ok(None),
        Plain::Text(text) => Ok(Some(text.trim())),
        _ => Err((name, (Code::WrongType, "text".to_owned()))),
    };
    let kind = word("type")?.unwrap_or_default();
    let performance = word("contractPerformance")?;
    let known =
        |words: &[&str], word: &str| (Code::UnknownWord, format!("one of {}{}", quoted(words), suggestion(word, words.iter().copied())));
    Ok(Occurrence {
        time: moment_of(part("time")).map_err(|why| ("time", why))?,
        kind: Kind::try_parse(kind).ok_or_else(|| ("type", known(Kind::WORDS, kind)))?,
        value: match part("value") {
            Plain::Nothing => 0.0,
            value => number_of(value).map_err(|why| ("value", why))?,
        },
        contract: word("contractId")?.map(Into::into),
        performance: performance
            .map(|word| Performance::try_parse(word).ok_or_else(|| ("contractPerformance", known(Performance::WORDS, word))))
            .transpose()?,
    })
}

/// Until when events are wanted; nothing or empty text for all.
pub fn try_end(value: &Plain) -> Result<Option<Moment>, Vec<Problem>> {
    match value {
        Plain::Nothing => Ok(None),
        Plain::Text(text) if text.trim().is_empty() => Ok(None),
        value => moment_of(value).map(Some).map_err(|why| vec![refused("to".to_owned(), value, why)]),
    }
}

fn moment_of(value: &Plain) -> Result<Moment, Refused> {
    if let Plain::Text(text) = value { try_moment(text.trim()) } else { Err((Code::WrongType, "a date".to_owned())) }
}

fn mapping<'a>(
    value: &'a Plain,
    name: &str,
    expected: &str,
) -> Result<Option<impl Iterator<Item = (&'a String, &'a Plain)>>, Vec<Problem>> {
    match value {
        Plain::Nothing => Ok(None),
        Plain::Mapping(entries) => Ok(Some(entries.iter())),
        other => Err(vec![refused(name.to_owned(), other, (Code::WrongType, expected.to_owned()))]),
    }
}

fn refused(place: String, value: &Plain, (code, expected): Refused) -> Problem {
    Problem { code, table: String::new(), row: None, column: Some(place), value: Some(value.shown()), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Plain {
        Plain::Text(text.to_owned())
    }

    fn mapping(entries: &[(&str, Plain)]) -> Plain {
        Plain::Mapping(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    #[test]
    fn observations_are_read() {
        let pair = |time: &str, value: &str| Plain::List(vec![text(time), text(value)]);
        let market = try_market(&mapping(&[("LIBOR", Plain::List(vec![pair("2013-01-01T00:00:00", "0.05")]))])).unwrap();
        let at = |time| market.series("LIBOR").unwrap().at(Moment::try_parse(time).unwrap());
        assert_eq!([at("2013-02-01"), at("2012-12-31")], [Some(0.05), None]);
        assert!(try_market(&Plain::Nothing).unwrap().series("LIBOR").is_none());
        let bad = Plain::List(vec![pair("2013-01-01", "NaN"), pair("2013-02-30", "1"), text("x")]);
        let problems = try_market(&mapping(&[("LIBOR", bad), ("SWAP", text("x"))])).unwrap_err();
        let columns: Vec<_> = problems.iter().map(|problem| problem.column.as_deref().unwrap()).collect();
        assert_eq!(columns, ["observed.LIBOR[0]", "observed.LIBOR[1]", "observed.LIBOR[2]", "observed.SWAP"]);
        assert_eq!(try_market(&text("x")).unwrap_err()[0].column.as_deref(), Some("observed"));
    }

    #[test]
    fn events_are_read() {
        let event =
            mapping(&[("time", text("2013-01-01")), ("type", text("CE")), ("contractPerformance", text("DF")), ("contractId", text("L1"))]);
        let occurrence = &try_occurrences(&Plain::List(vec![event])).unwrap()[0];
        assert_eq!((occurrence.kind, occurrence.value, occurrence.performance), (Kind::Ce, 0.0, Some(Performance::Default)));
        assert_eq!(occurrence.contract.as_deref(), Some("L1"));
        let bad = [
            mapping(&[("type", text("CE"))]),
            mapping(&[("time", text("2013-01-01")), ("type", text("XX"))]),
            mapping(&[("time", text("2013-01-01")), ("type", text("PP")), ("value", text("much"))]),
            mapping(&[("time", text("2013-01-01")), ("type", text("CE")), ("contractPerformance", text("BAD"))]),
            text("x"),
        ];
        let problems = try_occurrences(&Plain::List(bad.to_vec())).unwrap_err();
        let columns: Vec<_> = problems.iter().map(|problem| problem.column.as_deref().unwrap()).collect();
        assert_eq!(columns, ["events[0].time", "events[1].type", "events[2].value", "events[3].contractPerformance", "events[4]"]);
        assert_eq!(try_occurrences(&text("x")).unwrap_err().len(), 1);
    }

    #[test]
    fn the_end_may_be_open() {
        assert_eq!([try_end(&Plain::Nothing), try_end(&text(""))], [Ok(None), Ok(None)]);
        assert_eq!(try_end(&text("2013-01-01")).unwrap(), Moment::try_parse("2013-01-01"));
        assert_eq!(try_end(&Plain::Flag(true)).unwrap_err()[0].column.as_deref(), Some("to"));
    }
}
