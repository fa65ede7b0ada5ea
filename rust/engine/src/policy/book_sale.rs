//! Who buys a failed lender's loan, and what it is carried at. Model: docs/model/lenders.md

/// Whether a lender takes a loan for `price`: the machines behind it cover that, and its cash pays it (cents).
pub fn buys(cover: f64, mark_cents: f64, price_cents: f64, cash_cents: f64) -> bool {
    mark_cents >= cover * price_cents && cash_cents >= price_cents
}

/// What a loan that was bought is worth less than its principal (cents), below 0 where the price was above it.
pub fn discount(outstanding_cents: f64, price_cents: f64) -> f64 {
    outstanding_cents - price_cents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buyer_wants_cover_and_needs_cash() {
        for (cover, mark, price, cash, bought) in [
            (1.25, 500.0, 400.0, 400.0, true),
            (1.25, 499.0, 400.0, 400.0, false),
            (1.25, 500.0, 400.0, 399.0, false),
            (0.0, 0.0, 400.0, 400.0, true),
            (100.0, 0.0, 0.0, 0.0, true),
            (1.25, 500.0, 0.0, 0.0, true),
        ] {
            assert_eq!(buys(cover, mark, price, cash), bought, "{cover} {mark} {price} {cash}");
        }
    }

    #[test]
    fn a_loan_is_carried_at_cost() {
        for (outstanding, price, below) in [(1000.0, 370.0, 630.0), (1000.0, 1000.0, 0.0), (1000.0, 1050.0, -50.0)] {
            assert_eq!(discount(outstanding, price), below, "{outstanding} {price}");
        }
    }
}
