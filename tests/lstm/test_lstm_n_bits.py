"""LSTM weights of few bits: what is stored is what was trained, to the last bit."""

import copy
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import compacted, expanded, full_module
from numpy.testing import assert_allclose, assert_array_equal

from skprune import PrunedLSTMClassifier, PrunedLSTMRegressor
from skprune.estimator.base import BasePrunedNetwork
from skprune.estimator.jobs import module_with
from skprune.inference.quantised import largest
from skprune.networks.rounding import round_module
from skprune.training.flat import FlatParameters

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

GRANULARITIES = ["weight", "unit", "feature", "lag"]
TINY = {"hidden_layer_sizes": (6, 5), "dense_layer_sizes": (4,), "n_timesteps": 4}
TINY |= {"max_iter": 2, "prune_iter": 4, "random_state": 0, "sparsity": 0.5}
TINY |= {"learning_rate_init": 0.02, "n_bits": 4}

X = np.random.default_rng(0).normal(size=(90, 12))
SUMS = X[:, :3] + X[:, -3:]
TARGETS = {
    "one number": (PrunedLSTMRegressor, 1000.0 + 50.0 * SUMS[:, 0]),
    "several numbers": (PrunedLSTMRegressor, SUMS * [1.0, 30.0, 0.001]),
    "two classes": (PrunedLSTMClassifier, SUMS[:, 0] > 0),
    "three classes": (PrunedLSTMClassifier, SUMS.argmax(1)),
}


def regressor(**parameters):
    return PrunedLSTMRegressor(**(TINY | parameters))


@pytest.fixture
def modules(monkeypatch):
    """The masked networks as training left them, in the order of the fits."""
    found = []
    adopt, note = BasePrunedNetwork._adopt, BasePrunedNetwork._note

    def spy(lstm, job, targets, outcome):
        found.append(module_with(job.plan, outcome.value))
        adopt(lstm, job, targets, outcome)

    def spy_on_a_call(lstm, rows, targets, outcome):
        found.append(module_with(lstm._stream.plan, outcome.value))
        note(lstm, rows, targets, outcome)

    monkeypatch.setattr(BasePrunedNetwork, "_adopt", spy)
    monkeypatch.setattr(BasePrunedNetwork, "_note", spy_on_a_call)
    return found


def assert_stored(lstm, module):
    """Check what is stored against a full network, weights and predictions."""
    stored = full_module(lstm)
    FlatParameters(stored).value.data.copy_(torch.from_numpy(expanded(lstm)))
    # In the target's units, and back.
    scaled = isinstance(lstm, PrunedLSTMRegressor)
    last = f"head.{len(module.linears) - 1}.weight"
    for name in module.weight_names():
        # What is not stored makes no difference; the predictions show it.
        kept = stored.get_parameter(name) != 0
        pair = [
            net.get_parameter(name)[kept].numpy(force=True) for net in (stored, module)
        ]
        assert_allclose(*pair, rtol=3e-7 if scaled and name == last else 0)
    assert {layer.n_bits for layer in lstm._predictor.layers} == {lstm.n_bits}
    rows = X[:60].astype(np.float32)
    with torch.no_grad():
        expected = copy.deepcopy(module).double()(torch.tensor(rows).double()).numpy()
    if scaled:
        found = lstm._scaling.apply(lstm.predict(rows).reshape(60, -1))
    else:
        found = lstm._predictor.decision(rows)
    # Predictions are in single precision.
    assert_allclose(found, expected, atol=5e-6, rtol=1e-6)


CASES = [
    *(("lstm", hidden, target) for hidden in [(6,), (6, 5)] for target in TARGETS),
    *(("gru", (6, 5), target) for target in ("several numbers", "two classes")),
]


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize(("cell", "hidden", "target"), CASES)
def test_what_is_stored_is_what_was_trained(modules, granularity, cell, hidden, target):
    kind, y = TARGETS[target]
    params = {"granularity": granularity, "hidden_layer_sizes": hidden, "cell": cell}
    lstm = kind(**(TINY | params)).fit(X, y)
    assert_stored(lstm, modules[-1])


FITTED = {
    (granularity, n_bits, cell): regressor(
        granularity=granularity, n_bits=n_bits, cell=cell
    )
    for granularity in ("weight", "lag")
    for n_bits in (4, 8)
    for cell in ("lstm", "gru")
}


@settings(max_examples=60)
@given(
    network=st.sampled_from(sorted(FITTED)),
    share=st.sampled_from([0.0, 0.3, 0.7, 0.9]),
    n_silent=st.integers(0, 4),
    seed=st.integers(0, 2**16),
)
def test_any_network_is_stored_to_the_last_bit(network, share, n_silent, seed):
    lstm = FITTED[network]
    if not hasattr(lstm, "_predictor"):
        lstm.fit(X, TARGETS["several numbers"][1])
    draws = torch.Generator().manual_seed(seed)
    module = full_module(lstm)
    module.initialize(draws)
    with torch.no_grad():
        for p in module.parameters():
            p.add_(torch.randn(p.shape, generator=draws))
            p.mul_(torch.rand(p.shape, generator=draws) >= share)
        # Cells that say nothing go; what read them were their readers' largest weights.
        for part in module.layers[0].parameters():
            module.candidate_rows(part)[:n_silent] = 0
        module.layers[0].weight_hh_l0[:, :n_silent] *= 10
        module.candidate_rows(module.layers[0].weight_hh_l0)[:n_silent] = 0
        module.layers[1].weight_ih_l0[:, :n_silent] *= 10
    round_module(module, lstm.n_bits)
    lstm._predictor, lstm._units = compacted(lstm, module, lstm.n_bits)
    assert_stored(lstm, module)


@pytest.mark.parametrize("n_bits", [8, 4])
@pytest.mark.parametrize("sparsity", [0.0, 0.7, "auto"])
def test_stored_rows_have_few_values(n_bits, sparsity):
    y = TARGETS["two classes"][1]
    params = {"sparsity": sparsity, "n_bits": n_bits, "early_stopping": True}
    lstm = PrunedLSTMClassifier(**(TINY | params)).fit(X, y)
    for layer in lstm._predictor.layers:
        n_rows, n_columns = layer.shape
        each = n_columns * (n_bits + 1) / 8  # a bit says whether there is a weight
        assert layer.n_bytes <= n_rows * (each + 4) + 2 + layer.bias.nbytes
        for row in layer.dense:
            steps = np.abs(row) / np.abs(row).max(initial=1e-30)
            numbers = np.arange(1, largest(n_bits) + 1)[:, None] * steps
            off = np.abs(numbers - numbers.round()).max(1, initial=0)
            assert off.min() < 1e-4


def test_a_pickle_is_small_and_predicts_the_same():
    big = {"hidden_layer_sizes": (64,), "max_iter": 1, "prune_iter": 2}
    y = TARGETS["one number"][1]
    sizes = {}
    for n_bits in (None, 8, 4):
        lstm = regressor(**big, n_bits=n_bits).fit(X, y)
        stored = pickle.dumps(lstm)
        sizes[n_bits] = len(stored)
        assert_array_equal(pickle.loads(stored).predict(X), lstm.predict(X))
    assert sizes[8] < 0.6 * sizes[None]
    assert sizes[4] < 0.8 * sizes[8]


def test_few_bits_give_up_little():
    rows = np.random.default_rng(1).normal(size=(700, 8))
    y = rows[:, 0] * rows[:, -1] + rows[:, -2]
    scores = {
        n_bits: PrunedLSTMRegressor(
            (16,),
            dense_layer_sizes=(),
            n_bits=n_bits,
            sparsity=0.5,
            learning_rate_init=0.02,
            max_iter=60,
            prune_iter=40,
            random_state=0,
            early_stopping=True,
        )
        .fit(rows[:500], y[:500])
        .score(rows[500:], y[500:])
        for n_bits in (None, 8, 4)
    }
    assert scores[None] > 0.8
    assert scores[8] > scores[None] - 0.05
    assert scores[4] > scores[None] - 0.15


def test_validation_scores_are_those_of_the_rounded_network():
    lstm = regressor(early_stopping=True).fit(X, TARGETS["one number"][1])
    best = -lstm.best_validation_score_
    assert lstm.pruning_report_.pruned.loss == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_stream_of_rows(modules, granularity, cell):
    y = TARGETS["several numbers"][1]
    lstm = regressor(granularity=granularity, cell=cell)
    for _ in range(10):
        lstm.partial_fit(X, y)
        # While the network is dense its own weights are exact.
        round_module(modules[-1], lstm.n_bits)
        assert_stored(lstm, modules[-1])
    assert lstm.sparsity_ == pytest.approx(0.5, abs=0.2)
    masks = lstm.masks_
    again = pickle.loads(pickle.dumps(lstm)).partial_fit(X, y)
    assert_stored(again, modules[-1])
    for name, mask in again.masks_.items():
        assert_array_equal(mask, masks[name])


def test_each_of_several_networks_is_rounded(modules):
    y = TARGETS["several numbers"][1]
    lstm = regressor(n_networks=2).fit(X, y)
    for member, module in zip(lstm.estimators_, modules, strict=True):
        assert_stored(member, module)


def test_other_numbers_of_bits_are_refused():
    with pytest.raises(ValueError, match="The 'n_bits' parameter"):
        regressor(n_bits=5).fit(X, TARGETS["one number"][1])
