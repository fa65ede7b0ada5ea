"""Stateless draws: Philox4x64-10. Page: docs/model/numbers.md."""

MASK = 2**64 - 1
MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
KEY_STEPS = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
ROUNDS = 10


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """The block of four words at a counter."""
    a, b, c, d = counter
    k, m = key
    for _ in range(ROUNDS):
        first, second = MULTIPLIERS[0] * a, MULTIPLIERS[1] * c
        a, b, c, d = (second >> 64) ^ b ^ k, second & MASK, (first >> 64) ^ d ^ m, first & MASK
        k, m = (k + KEY_STEPS[0]) & MASK, (m + KEY_STEPS[1]) & MASK
    return a, b, c, d


def uniform(word: int) -> float:
    """A word as a number in (0, 1)."""
    return ((word >> 12) + 0.5) * 2.0**-52


def draw(seed: int, stream: int, number: int, day: int, entity: int, path: int) -> float:
    """The uniform of word 0 of a block."""
    return uniform(philox((number, day, entity, path), (seed, stream))[0])
