//! What draws are: Philox4x64-10, counter-based and stateless, equal to `numpy.random.Philox`. Model: docs/model/numbers.md

use crate::units;

/// Stream of the built-in price sources.
pub const PRICE_STREAM: u64 = 1;

/// Stream of who applies to a rescue fund.
pub const RESCUE_STREAM: u64 = 2;

/// Stream of the shocks of docs/model/joint.md.
pub const JOINT_STREAM: u64 = 3;

const MULTIPLIERS: [u64; 2] = [0xD2E7_470E_E14C_6C93, 0xCA5A_8263_9512_1157];
const WEYL: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xBB67_AE85_84CA_A73B];

/// Four words for a key and a counter (Salmon et al. 2011; ten rounds).
#[inline]
pub fn philox(mut key: [u64; 2], mut counter: [u64; 4]) -> [u64; 4] {
    for _ in 0..10 {
        let first = u128::from(MULTIPLIERS[0]) * u128::from(counter[0]);
        let second = u128::from(MULTIPLIERS[1]) * u128::from(counter[2]);
        counter = [(second >> 64) as u64 ^ counter[1] ^ key[0], second as u64, (first >> 64) as u64 ^ counter[3] ^ key[1], first as u64];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// A word as a uniform in the open interval (0, 1).
#[inline]
pub fn uniform(word: u64) -> f64 {
    ((word >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
}

/// A standard normal from two uniforms.
#[inline]
pub fn normal(u1: f64, u2: f64) -> f64 {
    (-2.0 * units::ln(u1)).sqrt() * units::cos(std::f64::consts::TAU * u2)
}

/// Whose draws: never depends on who asked before.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    /// Seed of the run and stream of the module.
    pub key: [u64; 2],
    /// Path.
    pub path: u64,
    /// Entity.
    pub entity: u64,
}

impl Draws {
    /// The four words of block `draw` of a day.
    #[inline]
    pub fn words(&self, day: u64, draw: u64) -> [u64; 4] {
        philox(self.key, [draw, day, self.entity, self.path])
    }
}

/// `count` uniforms of one day, for plugins that draw.
pub fn uniforms(seed: u64, stream: u64, path: u64, entity: u64, day: u64, count: usize) -> Vec<f64> {
    let draws = Draws { key: [seed, stream], path, entity };
    (0..count.div_ceil(4) as u64).flat_map(|draw| draws.words(day, draw)).take(count).map(uniform).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Known answers of the Random123 distribution for philox4x64-10.
    #[test]
    fn known_answers() {
        for (key, counter, words) in [
            ([0; 2], [0; 4], [0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b]),
            ([u64::MAX; 2], [u64::MAX; 4], [0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0]),
            (
                [0x452821e638d01377, 0xbe5466cf34e90c6c],
                [0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89],
                [0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6],
            ),
        ] {
            assert_eq!(philox(key, counter), words);
        }
    }

    #[test]
    fn uniforms_stay_inside_and_normals_are_standard() {
        assert!(uniform(0) > 0.0 && uniform(u64::MAX) < 1.0);
        let words = uniforms(7, 3, 0, 0, 0, 40_000);
        let normals: Vec<f64> = words.chunks(2).map(|pair| normal(pair[0], pair[1])).collect();
        let mean = normals.iter().sum::<f64>() / 20_000.0;
        let variance = normals.iter().map(|z| z * z).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
    }

    #[test]
    fn a_draw_does_not_depend_on_the_others() {
        assert_eq!(uniforms(7, 1, 5, 2, 9, 3)[..], uniforms(7, 1, 5, 2, 9, 11)[..3]);
        assert_ne!(uniforms(7, 1, 5, 2, 9, 1), uniforms(7, 1, 6, 2, 9, 1));
    }
}
