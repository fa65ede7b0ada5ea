//! How an estate's cash is shared: pro rata in whole cents that add up exactly. Model: docs/model/loans.md

/// Shares of `pot` cents over `claims`: the largest remainders get the cents left over, ties to the first, nobody more than the claim.
pub fn split(pot: f64, claims: &[f64]) -> Vec<f64> {
    let total: f64 = claims.iter().fold(0.0, |sum, claim| sum + claim);
    if total <= 0.0 || pot <= 0.0 {
        return vec![0.0; claims.len()];
    }
    let pot = pot.min(total);
    let exact: Vec<f64> = claims.iter().map(|claim| pot * (claim / total)).collect();
    let mut shares: Vec<f64> = exact.iter().zip(claims).map(|(exact, claim)| exact.floor().min(*claim)).collect();
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by(|a, b| (exact[*b] - shares[*b]).total_cmp(&(exact[*a] - shares[*a])).then(a.cmp(b)));
    let mut left = pot - shares.iter().sum::<f64>();
    while left > 0.0 {
        let before = left;
        for place in &order {
            if left > 0.0 && shares[*place] < claims[*place] {
                shares[*place] += 1.0;
                left -= 1.0;
            }
        }
        if left == before {
            break;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_the_cent() {
        for (pot, claims, shares) in [
            (100.0, vec![1.0, 1.0, 1.0], vec![1.0, 1.0, 1.0]),
            (100.0, vec![100.0, 100.0, 100.0], vec![34.0, 33.0, 33.0]),
            (10.0, vec![70.0, 20.0, 10.0], vec![7.0, 2.0, 1.0]),
            (5.0, vec![30.0, 30.0, 0.0], vec![3.0, 2.0, 0.0]),
            (0.0, vec![5.0], vec![0.0]),
            (7.0, vec![], vec![]),
        ] {
            assert_eq!(split(pot, &claims), shares, "{pot} over {claims:?}");
        }
    }

    #[test]
    fn a_large_pot_leaves_no_cent_behind() {
        let claims: Vec<f64> = (1..200).map(|n| f64::from(n * n * 7919 % 100_003) * 1e4 + f64::from(n)).collect();
        for pot in [1.0, 12_345.0, 7_777_777_777.0] {
            let shares = split(pot, &claims);
            assert_eq!(shares.iter().sum::<f64>(), pot);
            assert!(shares.iter().zip(&claims).all(|(share, claim)| (0.0..=*claim).contains(share)));
        }
    }
}
