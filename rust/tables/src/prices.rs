//! Closes and lows of many paths as bytes: little-endian f64, `[count][days]`.

use hashstress_engine::error::{Code, Problem};
use hashstress_engine::group::Batch;
use hashstress_engine::scenario::{Scenario, price};

/// Prices a batch may hold, USD.
const PRICES: std::ops::RangeInclusive<f64> = 1e-6..=1e12;

/// Closes and lows the engine draws for some paths.
pub fn drawn(scenario: &Scenario, seed: u64, first_path: u64, count: usize) -> (Vec<u8>, Vec<u8>) {
    let (mut close_usd, mut low_usd) = (vec![0.0; scenario.days], vec![0.0; scenario.days]);
    let (mut closes, mut lows) = (Vec::new(), Vec::new());
    for path in 0..count as u64 {
        price::draw(scenario, seed, first_path + path, &mut close_usd, &mut low_usd);
        closes.extend(close_usd.iter().flat_map(|usd| usd.to_le_bytes()));
        lows.extend(low_usd.iter().flat_map(|usd| usd.to_le_bytes()));
    }
    (closes, lows)
}

/// Closes and lows for the price source `batch`, as numbers: little-endian f64, `[count][days]`, finite, positive, lows not above closes.
pub fn batch(days: usize, count: usize, close_usd: &[u8], low_usd: &[u8]) -> Result<Batch, Problem> {
    let numbers = |name: &str, bytes: &[u8]| -> Result<Vec<f64>, Problem> {
        let wanted = count.checked_mul(days).and_then(|cells| cells.checked_mul(8));
        if wanted != Some(bytes.len()) {
            let expected = format!("{count} paths of {days} days, 8 bytes each: [count][days] little-endian f64");
            return Err(problem(Code::WrongType, name, format!("{} bytes", bytes.len()), expected));
        }
        let (cells, _) = bytes.as_chunks::<8>();
        let numbers: Vec<f64> = cells.iter().map(|cell| f64::from_le_bytes(*cell)).collect();
        match numbers.iter().position(|usd| !PRICES.contains(usd)) {
            Some(cell) => {
                Err(problem(Code::OutOfRange, name, numbers[cell].to_string(), place(cell, days, "a price from 1e-6 to 1e12 USD")))
            }
            None => Ok(numbers),
        }
    };
    let (close_usd, low_usd) = (numbers("close_usd", close_usd)?, numbers("low_usd", low_usd)?);
    match low_usd.iter().zip(&close_usd).position(|(low, close)| low > close) {
        Some(cell) => {
            Err(problem(Code::Inconsistent, "low_usd", low_usd[cell].to_string(), place(cell, days, "a low that is not above the close")))
        }
        None => Ok(Batch { close_usd, low_usd }),
    }
}

fn problem(code: Code, column: &str, value: String, expected: String) -> Problem {
    Problem { value: Some(value), ..Problem::table(code, "scenario", Some(column), expected) }
}

fn place(cell: usize, days: usize, expected: &str) -> String {
    format!("{expected}, on day {} of path {} of the call", cell % days, cell / days)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(numbers: &[f64]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    #[test]
    fn a_batch_is_read_in_order() {
        let prices = bytes(&[1.0, 2.0, 3.0, 4.0]);
        let batch = batch(2, 2, &prices, &prices).unwrap();
        assert_eq!((batch.close_usd, batch.low_usd[3]), (vec![1.0, 2.0, 3.0, 4.0], 4.0));
    }

    #[test]
    fn refused_batches() {
        let good = bytes(&[1.0, 2.0]);
        for (close_usd, low_usd, code) in [
            (bytes(&[1.0]), good.clone(), Code::WrongType),
            (good.clone(), bytes(&[1.0, 2.0, 3.0]), Code::WrongType),
            (bytes(&[1.0, f64::NAN]), good.clone(), Code::OutOfRange),
            (bytes(&[1.0, 0.0]), good.clone(), Code::OutOfRange),
            (good.clone(), bytes(&[1.0, f64::INFINITY]), Code::OutOfRange),
            (good.clone(), bytes(&[1.0, 2.5]), Code::Inconsistent),
        ] {
            assert_eq!(batch(2, 1, &close_usd, &low_usd).unwrap_err().code, code);
        }
        assert_eq!(batch(usize::MAX, 2, &good, &good).unwrap_err().code, Code::WrongType);
    }
}
