use super::*;

fn shock(source: &str, volatility_annual: f64, half_life_days: Option<f64>) -> ShockSpec {
    ShockSpec { source: source.to_owned(), volatility_annual, half_life_days }
}

/// Shocks in the order given, all pairs with the same correlation.
fn joint(shocks: Vec<ShockSpec>, correlation: f64) -> Joint {
    let size = shocks.len();
    let row = |i: usize| (0..size).map(|j| if i == j { 1.0 } else { correlation }).collect();
    let mut check = Check::default();
    let joint = Joint::try_from_spec(&JointSpec { shocks, correlation: (0..size).map(row).collect() }, &mut check);
    assert_eq!(check.columns().next(), None);
    joint
}

/// Factors of a path, by day, of one source.
fn factors(joint: &Joint, source: Source, path: u64, days: usize) -> Vec<f64> {
    let mut found = vec![0.0; days];
    joint.draw(7, path, days, |wanted| wanted == source, |_, day, factor| found[day] = factor);
    found
}

fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len() as f64;
    (mean, variance.sqrt())
}

#[test]
fn cholesky_by_hand() {
    let of = |cells: &[&[f64]]| cholesky(&cells.iter().map(|row| row.to_vec()).collect::<Vec<_>>());
    for (matrix, lower) in [
        (vec![vec![1.0]], Some(vec![vec![1.0]])),
        (vec![vec![1.0, 0.6], vec![0.6, 1.0]], Some(vec![vec![1.0], vec![0.6, 0.8]])),
        (vec![vec![1.0, -1.0], vec![-1.0, 1.0]], Some(vec![vec![1.0], vec![-1.0, 0.0]])),
        (vec![vec![1.0, 1.0, 0.6], vec![1.0, 1.0, 0.6], vec![0.6, 0.6, 1.0]], Some(vec![vec![1.0], vec![1.0, 0.0], vec![0.6, 0.0, 0.8]])),
        (vec![vec![1.0, 1.0, 0.5], vec![1.0, 1.0, 0.6], vec![0.5, 0.6, 1.0]], None), // alike, yet not alike to a third
        (vec![vec![1.0, 0.9, -0.9], vec![0.9, 1.0, 0.9], vec![-0.9, 0.9, 1.0]], None),
    ] {
        let rows: Vec<&[f64]> = matrix.iter().map(Vec::as_slice).collect();
        assert_eq!(of(&rows), lower, "{matrix:?}");
    }
}

#[test]
fn a_factor_keeps_its_mean_and_variance() {
    let one = Factor::ONE;
    assert_eq!(one.value(), 1.0);
    let walked = one.step(1.0, 0.25, 1.0).step(1.0, 0.25, -1.0);
    assert_eq!((walked.log, walked.variance), (0.0, 0.125));
    assert_eq!(walked.value(), units::exp(-0.0625));
    let faded = one.step(0.5, 0.25, 1.0).step(0.5, 0.25, 0.0);
    assert_eq!((faded.log, faded.variance), (0.125, 0.078_125));
}

#[test]
fn the_marginals_are_those_of_the_volatility_whatever_the_correlation() {
    let days = 120;
    for (source, volatility, half_life) in [(Source::Btc, 0.8, None), (Source::Power, 1.5, Some(20.0)), (Source::Asic, 0.5, Some(90.0))] {
        let (step, kept): (f64, f64) = (volatility / 365.0_f64.sqrt(), half_life.map_or(1.0, units::decay));
        let variance = (1..days).fold(0.0, |sum, _| kept * kept * sum + step * step);
        let sd = (units::exp(variance) - 1.0).sqrt();
        for correlation in [0.0, 0.9, 1.0, -0.3] {
            let shocks =
                vec![shock("btc", 0.8, None), shock("power", 1.5, Some(20.0)), shock("network", 0.2, None), shock("asic", 0.5, Some(90.0))];
            let joint = joint(shocks, correlation);
            let last: Vec<f64> = (0..6000).map(|path| factors(&joint, source, path, days)[days - 1]).collect();
            let (mean, found) = mean_and_sd(&last);
            assert!((mean - 1.0).abs() < 4.0 * sd / 6000.0_f64.sqrt(), "{source:?} at {correlation}: mean {mean}");
            assert!((found / sd - 1.0).abs() < 0.1, "{source:?} at {correlation}: sd {found}, expected {sd}");
        }
    }
}

#[test]
fn steps_of_a_day_are_correlated_as_asked() {
    for asked in [-0.3, 0.0, 0.5, 0.95, 1.0] {
        let joint =
            joint(vec![shock("power", 1.0, None), shock("btc", 1.0, None), shock("asic", 1.0, None), shock("network", 1.0, None)], asked);
        let log = |source| (0..4000).map(|path| units::ln(factors(&joint, source, path, 2)[1])).collect::<Vec<f64>>();
        let series: Vec<Vec<f64>> = ALL.into_iter().map(log).collect();
        for i in 0..4 {
            for j in 0..i {
                let ((mi, si), (mj, sj)) = (mean_and_sd(&series[i]), mean_and_sd(&series[j]));
                let covariance = series[i].iter().zip(&series[j]).map(|(a, b)| (a - mi) * (b - mj)).sum::<f64>() / 4000.0;
                assert!((covariance / (si * sj) - asked).abs() < 0.05, "{asked} of {i} and {j}: {}", covariance / (si * sj));
            }
        }
    }
}

#[test]
fn a_source_draws_its_own_normals_and_the_order_of_shocks_does_not_matter() {
    let alone = factors(&joint(vec![shock("network", 0.4, None)], 0.0), Source::Network, 3, 40);
    let others = joint(vec![shock("asic", 0.4, None), shock("network", 0.4, None), shock("btc", 0.4, None)], 0.0);
    assert_eq!(alone, factors(&others, Source::Network, 3, 40));
    let turned = joint(vec![shock("btc", 0.4, None), shock("asic", 0.4, None), shock("network", 0.4, None)], 0.0);
    assert_eq!(others, turned);
    assert_ne!(alone, factors(&others, Source::Network, 4, 40));
    assert_eq!(alone[0], 1.0);
}

#[test]
fn what_is_no_matrix_of_correlations_is_told_with_its_cell() {
    let two = || vec![shock("btc", 0.5, None), shock("asic", 0.5, None)];
    for (shocks, correlation, column) in [
        (two(), vec![vec![1.0, 0.5], vec![0.4, 1.0]], "joint.correlation[1][0]"),
        (two(), vec![vec![1.0, 0.5], vec![0.5, 0.9]], "joint.correlation[1][1]"),
        (two(), vec![vec![1.0, 1.5], vec![1.5, 1.0]], "joint.correlation[0][1]"),
        (two(), vec![vec![1.0, f64::NAN], vec![0.5, 1.0]], "joint.correlation[0][1]"),
        (two(), vec![vec![1.0]], "joint.correlation"),
        (
            vec![shock("btc", 0.5, None), shock("asic", 0.5, None), shock("network", 0.5, None)],
            vec![vec![1.0, 0.9, -0.9], vec![0.9, 1.0, 0.9], vec![-0.9, 0.9, 1.0]],
            "joint.correlation",
        ),
        (vec![shock("gold", 0.5, None)], vec![vec![1.0]], "joint.shocks[0].source"),
        (vec![shock("btc", 0.5, None), shock("btc", 0.5, None)], vec![vec![1.0, 0.0], vec![0.0, 1.0]], "joint.shocks[1].source"),
        (vec![shock("btc", 11.0, None)], vec![vec![1.0]], "joint.shocks[0].volatility_annual"),
        (vec![shock("btc", 1.0, Some(0.0))], vec![vec![1.0]], "joint.shocks[0].half_life_days"),
        (vec![], vec![], "joint.shocks"),
    ] {
        let mut check = Check::default();
        Joint::try_from_spec(&JointSpec { shocks, correlation }, &mut check);
        let columns: Vec<_> = check.columns().collect();
        assert_eq!(columns[0], column, "{columns:?}");
    }
}
