//! The level payment of an annuity.

use crate::number::Number;

/// The payment that, made on each of the payment dates, pays back `due` exactly on the last one. `due` is what is owed on the first payment
/// date, interest included; `growths` are what one unit owed on a payment date becomes by the next (`1 + rate * years`).
///
/// After `i` payments of `x` the debt is `owed - x * paid`, and both follow the same recursion: one pass, no powers.
pub fn level_payment<N: Number>(due: N, growths: impl Iterator<Item = N>) -> N {
    let mut owed = due;
    let mut paid = N::splat(1.0);
    for growth in growths {
        owed = owed * growth;
        paid = paid * growth + N::splat(1.0);
    }
    owed / paid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::Lanes;

    #[test]
    fn payments_by_hand() {
        for (due, growths, payment) in
            [(1000.0, vec![], 1000.0), (1000.0, vec![1.0; 9], 100.0), (1100.0, vec![1.1], 1210.0 / 2.1), (-1000.0, vec![1.0; 3], -250.0)]
        {
            assert_eq!(level_payment(due, growths.into_iter()), payment);
        }
    }

    #[test]
    fn equal_periods_give_the_closed_form() {
        let (rate, count) = (0.01_f64, 36);
        let discounts: f64 = (1..=count).map(|k| libm::pow(1.0 + rate, -f64::from(k))).sum();
        let payment = level_payment(1000.0 * (1.0 + rate), std::iter::repeat_n(1.0 + rate, 35));
        assert!((payment - 1000.0 / discounts).abs() < 1e-11);
    }

    #[test]
    fn the_last_payment_leaves_nothing_on_every_path() {
        let growth = |k: usize| Lanes::from_fn(|lane| 1.0 + 0.001 * (lane * k) as f64);
        let payment = level_payment(Lanes::splat(500.0), (1..24).map(growth));
        let left = (1..24).fold(Lanes::splat(500.0) - payment, |left, k| left * growth(k) - payment);
        assert!(left.iter().all(|left| left.abs() < 1e-10));
    }
}
