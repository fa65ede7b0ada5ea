//! What failed lenders pay: Eisenberg and Noe with bankruptcy costs, in whole cents. Model: docs/model/exposures.md

/// A failed lender. Amounts in cents.
#[derive(Debug, Clone, Copy)]
pub struct Debtor {
    /// Assets beside claims on other lenders, at least 0.
    pub own: f64,
    /// What it owes its depositors, at least 0.
    pub deposits: f64,
    /// What it owes other lenders.
    pub owed: f64,
    /// Share of its assets that its failure leaves.
    pub kept: f64,
}

impl Debtor {
    fn total(&self) -> f64 {
        self.deposits + self.owed
    }
}

/// A claim between lenders; who has not failed has no place.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Place of the creditor among the failed.
    pub creditor: Option<usize>,
    /// Place of the debtor among the failed.
    pub debtor: Option<usize>,
    /// Amount, cents.
    pub cents: f64,
}

/// What each failed lender pays in all (cents): the largest vector of whole cents that nobody's assets contradict. It starts from full payment and
/// only falls, so it ends.
pub fn pays(debtors: &[Debtor], claims: &[Claim]) -> Vec<f64> {
    let mut pays: Vec<f64> = debtors.iter().map(Debtor::total).collect();
    loop {
        let next: Vec<f64> = (0..debtors.len()).map(|place| payment(place, debtors, claims, &pays)).collect();
        if next == pays {
            return pays;
        }
        pays = next;
    }
}

fn payment(place: usize, debtors: &[Debtor], claims: &[Claim], pays: &[f64]) -> f64 {
    let debtor = &debtors[place];
    let income = claims.iter().filter(|claim| claim.creditor == Some(place)).fold(0.0, |sum, claim| {
        sum + match claim.debtor {
            Some(other) => (pays[other] * (claim.cents / debtors[other].total())).floor(),
            None => claim.cents,
        }
    });
    debtor.total().min(((debtor.own + income) * debtor.kept).floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn debtor(own: f64, deposits: f64, owed: f64) -> Debtor {
        Debtor { own, deposits, owed, kept: 1.0 }
    }

    fn claim(creditor: usize, debtor: usize, cents: f64) -> Claim {
        Claim { creditor: Some(creditor), debtor: Some(debtor), cents }
    }

    #[test]
    fn a_hand_solved_ring() {
        // a owes b 100 and depositors 100, has 60; b owes c 50, has 0; c owes a 40 and depositors 20, has 10.
        // b gets a/2, c gets min(50, b), a gets 2/3 of what c pays: a = 60 + 2c/3, b = a/2, c = 10 + b: a = 100, b = 50, c = 60 in full
        let debtors = [debtor(60.0, 100.0, 100.0), debtor(0.0, 0.0, 50.0), debtor(10.0, 20.0, 40.0)];
        let claims = [claim(1, 0, 100.0), claim(2, 1, 50.0), claim(0, 2, 40.0)];
        assert_eq!(pays(&debtors, &claims), [100.0, 50.0, 60.0]);
        // with 30 instead of 60: a = 30 + 2c/3, b = a/2, c = 10 + b, so a = 55, b = 27.5, c = 37.5; whole cents, never above
        let poorer = [debtor(30.0, 100.0, 100.0), debtors[1], debtors[2]];
        let found = pays(&poorer, &claims);
        for (found, exact) in found.iter().zip([55.0, 27.5, 37.5]) {
            assert!(*found <= exact && exact - found < 3.0, "{found} {exact}");
        }
    }

    #[test]
    fn bankruptcy_costs_come_off_everything() {
        let half = Debtor { kept: 0.5, ..debtor(100.0, 60.0, 60.0) };
        assert_eq!(pays(&[half], &[Claim { creditor: None, debtor: Some(0), cents: 60.0 }]), [50.0]);
        assert_eq!(pays(&[Debtor { own: 1000.0, ..half }], &[]), [120.0], "never more than is owed");
    }

    #[test]
    fn who_has_not_failed_pays_in_full() {
        let claims = [Claim { creditor: Some(0), debtor: None, cents: 70.0 }];
        assert_eq!(pays(&[debtor(10.0, 100.0, 0.0)], &claims), [80.0]);
    }

    #[test]
    fn a_ring_of_promises_is_kept() {
        let debtors = [debtor(0.0, 0.0, 10.0), debtor(0.0, 0.0, 10.0)];
        assert_eq!(pays(&debtors, &[claim(1, 0, 10.0), claim(0, 1, 10.0)]), [10.0, 10.0]);
    }
}
