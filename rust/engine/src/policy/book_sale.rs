//! Who buys a failed lender's loan, and what it is carried at. Model: docs/model/lenders.md

/// Days of outflow that a buyer keeps in cash.
const DAYS_KEPT: f64 = 30.0;

/// Whether a lender from which so much `leaves` a day takes a loan for `price`: the machines behind it cover that, and its cash pays it and a month
/// of what leaves (cents).
pub fn buys(cover: f64, mark_cents: f64, price_cents: f64, cash_cents: f64, leaves_cents: f64) -> bool {
    mark_cents >= cover * price_cents && cash_cents >= price_cents && cash_cents - price_cents >= DAYS_KEPT * leaves_cents
}

/// What a loan that was bought is worth less than its principal (cents), below 0 where the price was above it.
pub fn discount(outstanding_cents: f64, price_cents: f64) -> f64 {
    outstanding_cents - price_cents
}

/// What of a discount a payment frees that left so much outstanding: the cost is recovered first (cents).
pub fn freed(discount_cents: f64, outstanding_cents: f64) -> f64 {
    (discount_cents - outstanding_cents).max(0.0)
}

/// At most what a lender marks the machines of a defaulted loan at: what it paid for it, where that was less than the principal (cents).
pub fn cost(outstanding_cents: f64, discount_cents: f64) -> f64 {
    if discount_cents > 0.0 { outstanding_cents - discount_cents } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buyer_wants_cover_and_needs_cash() {
        for (cover, mark, price, cash, leaves, bought) in [
            (1.25, 500.0, 400.0, 400.0, 0.0, true),
            (1.25, 499.0, 400.0, 400.0, 0.0, false),
            (1.25, 500.0, 400.0, 399.0, 0.0, false),
            (1.25, 500.0, 400.0, 399.0, -1.0, false),
            (1.25, 500.0, 400.0, 700.0, 10.0, true),
            (1.25, 500.0, 400.0, 699.0, 10.0, false),
            (0.0, 0.0, 400.0, 400.0, 0.0, true),
            (100.0, 0.0, 0.0, 0.0, 0.0, true),
            (1.25, 500.0, 0.0, 0.0, 0.0, true),
        ] {
            assert_eq!(buys(cover, mark, price, cash, leaves), bought, "{cover} {mark} {price} {cash} {leaves}");
        }
    }

    #[test]
    fn what_is_paid_recovers_the_cost_first() {
        for (discount, outstanding, expected) in
            [(630.0, 1000.0, 0.0), (630.0, 630.0, 0.0), (630.0, 400.0, 230.0), (630.0, 0.0, 630.0), (-50.0, 0.0, 0.0)]
        {
            assert_eq!(freed(discount, outstanding), expected, "{discount} {outstanding}");
        }
    }

    #[test]
    fn a_default_is_marked_at_the_cost_at_most() {
        for (outstanding, discount, expected) in [(1000.0, 630.0, 370.0), (1000.0, 0.0, f64::INFINITY), (1000.0, -50.0, f64::INFINITY)] {
            assert_eq!(cost(outstanding, discount), expected, "{outstanding} {discount}");
        }
    }

    #[test]
    fn a_loan_is_carried_at_cost() {
        for (outstanding, price, below) in [(1000.0, 370.0, 630.0), (1000.0, 1000.0, 0.0), (1000.0, 1050.0, -50.0)] {
            assert_eq!(discount(outstanding, price), below, "{outstanding} {price}");
        }
    }
}
