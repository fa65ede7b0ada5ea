"""The benchmark compares like with like: its NumPy peer and the engine come to the same results on the reduced economy."""

import pytest

PATHS = 16
SEED = 7


def test_engine_and_numpy_agree() -> None:
    pytest.importorskip("numpy", reason="the benchmark's peer needs numpy")
    from bench import agreement, economy, inputs, reduced_numpy

    book, scenario = economy.compiled()
    engine = agreement.engine_results(book, scenario, SEED, PATHS)
    arrays = inputs.inputs(economy.tables(), economy.scenario())
    peer = reduced_numpy.run(arrays, agreement.closes(scenario, SEED, PATHS))

    assert agreement.differences(engine, peer) == []
    failed = engine[:, inputs.RESULTS.index("failed")]
    assert failed.max() >= 10, "an economy without defaults would compare little"
    assert failed.min() < 10
