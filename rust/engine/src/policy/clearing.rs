//! What failed lenders pay: Eisenberg and Noe with bankruptcy costs, by their fictitious default algorithm. Model: docs/model/exposures.md

/// What the arithmetic may be off (cents): who is short by less is not short, and a payment that is as close to the next whole cent is that cent.
const SLACK: f64 = 1.0 / 128.0;

/// A failed lender. Amounts in cents.
#[derive(Debug, Clone, Copy)]
pub struct Debtor {
    /// Assets beside claims on other lenders, at least 0.
    pub own: f64,
    /// What it owes its depositors, at least 0.
    pub deposits: f64,
    /// What it owes other lenders.
    pub owed: f64,
    /// Share of its assets that its failure costs.
    pub cost: f64,
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

/// What each failed lender pays in all (whole cents): the largest clearing vector, brought to cents at the end. At most one round a lender.
pub fn pays(debtors: &[Debtor], claims: &[Claim]) -> Vec<f64> {
    let mut short: Vec<usize> = Vec::new();
    // what each pays, as a share of what it owes; 1 for those that are not short
    let mut paid = vec![1.0; debtors.len()];
    loop {
        let new: Vec<usize> = (0..debtors.len())
            .filter(|place| !short.contains(place))
            .filter(|place| has(*place, debtors, claims, &paid) < debtors[*place].total() - SLACK)
            .collect();
        if new.is_empty() {
            break;
        }
        short.extend(new);
        short.sort_unstable();
        for (place, share) in short.iter().zip(System::of(&short, debtors, claims).solve()) {
            paid[*place] = share;
        }
    }
    let mut pays: Vec<f64> = debtors.iter().map(Debtor::total).collect();
    for place in short {
        pays[place] = pays[place].min((paid[place] * pays[place] + SLACK).floor()).max(0.0);
    }
    pays
}

/// What a lender has to pay with when its debtors pay these shares of what they owe.
fn has(place: usize, debtors: &[Debtor], claims: &[Claim], paid: &[f64]) -> f64 {
    let held = claims.iter().filter(|claim| claim.creditor == Some(place));
    let income = held.fold(0.0, |sum, claim| sum + claim.cents * claim.debtor.map_or(1.0, |debtor| paid[debtor]));
    (1.0 - debtors[place].cost) * (debtors[place].own + income)
}

/// Who is short pays what it has: equations in the shares of what each owes that it pays. `flow[i][j]` is what reaches i when j pays in full, `leak[j]`
/// what of j's payment leaves the system, `source[i]` what reaches i from outside. Nothing is ever subtracted, so that a system that hardly leaks is
/// solved to the last digits (Grassmann, Taksar and Heyman 1985, for Markov chains).
struct System {
    flow: Vec<Vec<f64>>,
    leak: Vec<f64>,
    source: Vec<f64>,
}

impl System {
    fn of(short: &[usize], debtors: &[Debtor], claims: &[Claim]) -> Self {
        let at = |place: Option<usize>| place.and_then(|place| short.binary_search(&place).ok());
        let size = short.len();
        let mut system = Self {
            flow: vec![vec![0.0; size]; size],
            leak: short.iter().map(|place| debtors[*place].deposits).collect(),
            source: short.iter().map(|place| (1.0 - debtors[*place].cost) * debtors[*place].own).collect(),
        };
        for claim in claims {
            let (to, from) = (at(claim.creditor), at(claim.debtor));
            let cost = to.map_or(1.0, |to| debtors[short[to]].cost);
            if let Some(from) = from {
                system.leak[from] += cost * claim.cents;
            }
            match (to, from) {
                (Some(to), Some(from)) => system.flow[to][from] += (1.0 - cost) * claim.cents,
                (Some(to), None) => system.source[to] += (1.0 - cost) * claim.cents,
                (None, _) => {}
            }
        }
        system
    }

    /// Shares paid: eliminates from the last to the first, then goes back.
    fn solve(mut self) -> Vec<f64> {
        let size = self.leak.len();
        let mut pivots = vec![0.0; size];
        for k in (0..size).rev() {
            pivots[k] = (0..k).fold(self.leak[k], |sum, i| sum + self.flow[i][k]);
            if pivots[k] == 0.0 {
                continue; // owes nothing that anybody feels: see `share`
            }
            for i in 0..k {
                let passed = self.flow[i][k] / pivots[k];
                for j in (0..k).filter(|j| *j != i) {
                    self.flow[i][j] += passed * self.flow[k][j];
                }
                self.source[i] += passed * self.source[k];
            }
            for j in 0..k {
                self.leak[j] += self.leak[k] * (self.flow[k][j] / pivots[k]);
            }
        }
        let mut shares = vec![0.0; size];
        for k in 0..size {
            let reaches = (0..k).fold(self.source[k], |sum, j| sum + self.flow[k][j] * shares[j]);
            shares[k] = share(reaches, pivots[k]);
        }
        shares
    }
}

/// The share of what it owes that a lender pays. A ring without a leak has no pivot; it keeps its promises, and only the last digit brings it here.
fn share(reaches: f64, pivot: f64) -> f64 {
    if pivot > 0.0 { reaches / pivot } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn debtor(own: f64, deposits: f64, owed: f64) -> Debtor {
        Debtor { own, deposits, owed, cost: 0.0 }
    }

    fn claim(creditor: usize, debtor: usize, cents: f64) -> Claim {
        Claim { creditor: Some(creditor), debtor: Some(debtor), cents }
    }

    #[test]
    fn a_hand_solved_ring() {
        // a owes b 100 and depositors 100; b owes c 50, has 0; c owes a 40 and depositors 20, has 10
        let claims = [claim(1, 0, 100.0), claim(2, 1, 50.0), claim(0, 2, 40.0)];
        for (of_a, expected) in [
            // b gets a/2, c gets b, a gets 2/3 of what c pays: a = 60 + 2c/3, b = a/2, c = 10 + b
            (60.0, [100.0, 50.0, 60.0]),
            // a = 30 + 2c/3: a = 55, b = 27.5, c = 37.5
            (30.0, [55.0, 27.0, 37.0]),
            (0.0, [10.0, 5.0, 15.0]),
            (160.0, [200.0, 50.0, 60.0]),
        ] {
            let debtors = [debtor(of_a, 100.0, 100.0), debtor(0.0, 0.0, 50.0), debtor(10.0, 20.0, 40.0)];
            assert_eq!(pays(&debtors, &claims), expected, "{of_a}");
        }
    }

    #[test]
    fn bankruptcy_costs_come_off_everything() {
        let half = Debtor { cost: 0.5, ..debtor(100.0, 60.0, 60.0) };
        assert_eq!(pays(&[half], &[Claim { creditor: None, debtor: Some(0), cents: 60.0 }]), [50.0]);
        assert_eq!(pays(&[Debtor { own: 1000.0, ..half }], &[]), [120.0], "never more than is owed");
        assert_eq!(pays(&[Debtor { cost: 1.0, ..half }], &[]), [0.0]);
        // two that owe each other 100: p = 40 + q, q = (20 + p/2) / 2: 200/3 and 80/3
        let two = [debtor(40.0, 100.0, 100.0), Debtor { cost: 0.5, ..debtor(20.0, 0.0, 100.0) }];
        assert_eq!(pays(&two, &[claim(1, 0, 100.0), claim(0, 1, 100.0)]), [66.0, 26.0]);
    }

    #[test]
    fn who_has_not_failed_pays_in_full() {
        let claims = [Claim { creditor: Some(0), debtor: None, cents: 70.0 }];
        assert_eq!(pays(&[debtor(10.0, 100.0, 0.0)], &claims), [80.0]);
        assert_eq!(pays(&[], &[]), [0.0; 0]);
    }

    #[test]
    fn a_ring_of_promises_is_kept() {
        let debtors = [debtor(0.0, 0.0, 10.0), debtor(0.0, 0.0, 10.0)];
        assert_eq!(pays(&debtors, &[claim(1, 0, 10.0), claim(0, 1, 10.0)]), [10.0, 10.0]);
        // also when one is short at first: a owes b 10, b owes a 5 and depositors nothing, so that b's 5 too many do not reach a
        assert_eq!(pays(&[debtor(0.0, 0.0, 10.0), debtor(0.0, 0.0, 5.0)], &[claim(1, 0, 10.0), claim(0, 1, 5.0)]), [5.0, 5.0]);
        // thirds that do not add up in floating point
        let thirds: Vec<Debtor> = (0..4).map(|_| debtor(0.0, 0.0, 1e9)).collect();
        let all: Vec<Claim> =
            (0..16).filter(|n| n % 4 != n / 4).map(|n| claim(n / 4, n % 4, 333_333_333.0 + f64::from(n % 4 == (n / 4 + 1) % 4))).collect();
        assert_eq!(pays(&thirds, &all), [1e9; 4]);
    }

    #[test]
    fn a_ring_that_hardly_leaks_is_solved_at_once() {
        // 100 USD of deposits beside a million of claims each way, nothing else: nothing comes in, so nothing is paid
        let (deposits, million) = (1e4, 1e8);
        let both = [claim(1, 0, million), claim(0, 1, million)];
        assert_eq!(pays(&[debtor(0.0, deposits, million), debtor(0.0, 0.0, million)], &both), [0.0, 0.0]);
        // one cent comes in and one of 1e12 leaks: p = 1 + q, q = p * 1e12 / (1e12 + 1): p is all it owes and both keep their promises
        let (trillion, cent) = (1e12, 1.0);
        let wide = [claim(1, 0, trillion), claim(0, 1, trillion)];
        assert_eq!(pays(&[debtor(cent, cent, trillion), debtor(0.0, 0.0, trillion)], &wide), [trillion + 1.0, trillion]);
        // half the deposits come in: half is paid
        let half = [debtor(1.0, 2.0, trillion), debtor(0.0, 0.0, trillion)];
        assert_eq!(pays(&half, &wide), [trillion / 2.0 + 1.0, trillion / 2.0]);
    }

    #[test]
    fn the_slack_is_a_128th_of_a_cent() {
        for (own, expected) in [(99.9921875, 100.0), (99.9921874, 99.0), (99.995, 100.0), (50.9921875, 51.0), (50.9921874, 50.0)] {
            assert_eq!(pays(&[debtor(own, 100.0, 0.0)], &[]), [expected], "{own}");
        }
    }
}
