"""With a constrained column the output only rises, or only falls, wherever it is."""

import copy
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import classifier, regressor
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from skprune import prune
from skprune.estimator.monotone import demand_monotonic

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::skprune.exceptions.PruningWarning",
)

rng = np.random.default_rng(0)
X = rng.normal(size=(120, 4))
signal = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] - X[:, 3]
y = (signal > 0).astype(int)

DOUBLE, SINGLE = 1e-14, 1e-6
"""What rounding may make of a sum, in sums of the absolute values of its terms."""


def scores(model, rows):
    """Return the outputs before the output activation, in float64."""
    rows = torch.from_numpy(rows)
    networks = [one.module_.double() for one in getattr(model, "estimators_", [model])]
    with torch.no_grad():
        return (
            torch.stack([network(rows) for network in networks]).mean(0).numpy()[:, 0]
        )


def sizes(model, rows):
    """Return the sums of the absolute values of all terms of those outputs."""
    model = copy.deepcopy(model)
    networks = [one.module_.double() for one in getattr(model, "estimators_", [model])]
    with torch.no_grad():
        for network in networks:
            network.network.activation = "identity"
            for parameter in network.parameters():
                parameter.abs_()
        found = [network(torch.from_numpy(np.abs(rows))) for network in networks]
    return torch.stack(found).mean(0).numpy()[:, 0]


def moved(rows, constraints, steps):
    """Return rows moved along constrained columns, as they may only rise."""
    return rows + np.asarray(constraints) * np.abs(steps)


def assert_monotonic(model, constraints, seed=0):
    """Look for a fall between pairs of rows, and along rays far out."""
    draws = np.random.default_rng(seed)
    far = 10.0 ** draws.uniform(-3, 8, size=(150, 1))
    before = draws.normal(size=(150, 4)) * far
    steps = draws.exponential(size=(150, 4)) * 10.0 ** draws.uniform(-6, 8, (150, 4))
    after = moved(before, constraints, steps)
    rise = scores(model, after) - scores(model, before)
    size = sizes(model, before) + sizes(model, after)
    assert (rise >= -DOUBLE * size).all()
    if hasattr(model, "predict_proba"):
        # Rows by the hundred are scored in float32.
        rise = np.diff([model.predict_proba(X)[:, 1] for X in (before, after)], axis=0)
        assert (rise >= -SINGLE * size).all()


def test_what_looks_for_a_fall_finds_those_of_a_free_network():
    with pytest.raises(AssertionError):
        assert_monotonic(classifier().fit(X, y), [1, -1, 0, -1])


@st.composite
def settings_of_a_fit(draw):
    """Draw parameters of all kinds that may go together."""
    n_layers = draw(st.integers(0, 3))
    granularity = draw(st.sampled_from(["weight", "unit", "feature"]))
    return {
        "hidden_layer_sizes": draw(
            st.lists(st.integers(1, 9), min_size=n_layers, max_size=n_layers)
            if granularity != "unit"
            else st.lists(st.integers(2, 9), min_size=1, max_size=3)
        ),
        "granularity": granularity,
        "activation": draw(st.sampled_from(["relu", "tanh", "logistic", "identity"])),
        "solver": draw(st.sampled_from(["adam", "adamw", "sgd"])),
        "sparsity": draw(st.sampled_from([0.0, 0.3, 0.7, "auto"])),
        "n_bits": draw(st.sampled_from([None, 8, 4])),
        "dropout": draw(st.sampled_from([0.0, 0.3])),
        "learning_rate_init": draw(st.sampled_from([0.01, 0.3])),
        "random_state": draw(st.integers(0, 99)),
        "monotonic_cst": draw(
            st.lists(st.sampled_from([-1, 0, 1]), min_size=4, max_size=4)
        ),
        "max_iter": draw(st.integers(1, 12)),
    }


@settings(max_examples=60)
@given(settings_of_a_fit(), st.booleans(), st.integers(0, 99))
def test_no_violation_is_found_anywhere(parameters, classify, seed):
    target = np.random.default_rng(seed).permutation(signal) if seed % 2 else signal
    model = classifier if classify else regressor
    model = model(**parameters).fit(X, target > 0 if classify else target)
    assert_monotonic(model, parameters["monotonic_cst"], seed)


CST = [1, -1, 0, -1]


@pytest.mark.parametrize(
    "parameters",
    [
        {"n_networks": 3},
        {"n_networks": 2, "early_stopping": True},
        {"teacher": "self"},
        {"teacher": LogisticRegression()},
        {"regrow": "gradient"},
        {"regrow": "random"},
        {"regrow": "soft"},
        {"schedule": "lottery"},
        {"criterion": "obs"},
        {"criterion": "error"},
        {"criterion": "movement"},
        {"criterion": "random", "scope": "layer"},
        {"l1_ratio": 0.5, "alpha": 1.0},
    ],
    ids=str,
)
def test_however_it_is_trained_and_pruned(parameters):
    model = classifier(hidden_layer_sizes=(9, 6), monotonic_cst=CST, **parameters)
    assert_monotonic(model.fit(X, y), CST)


@pytest.mark.parametrize("loss", ["quantile", "poisson"])
def test_whatever_the_loss(loss):
    model = regressor(loss=loss, monotonic_cst=CST, sparsity=0.3)
    assert_monotonic(model.fit(X, np.exp(signal)), CST)


@pytest.mark.parametrize("cst", [[1, 0, 0, -1], [-1, 0, 0, 1]])
def test_what_is_asked_decides_what_is_learnt(cst):
    truth = X[:, 0] - X[:, 3] + 0.1 * rng.normal(size=len(X))
    model = regressor(monotonic_cst=cst, max_iter=200, prune_iter=100, sparsity=0.3)
    good = model.fit(X, truth).score(X, truth)
    assert good > 0.9 if cst[0] == 1 else good < 0.3


def test_no_constraint_is_none():
    free, zeros = classifier().fit(X, y), classifier(monotonic_cst=[0] * 4).fit(X, y)
    np.testing.assert_array_equal(free.predict_proba(X), zeros.predict_proba(X))


def test_two_fits_are_bit_equal():
    one, two = (classifier(monotonic_cst=CST).fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))


def test_networks_in_step_are_what_they_are_alone():
    several = classifier(monotonic_cst=CST, n_networks=2).fit(X, y)
    for member in several.estimators_:
        alone = classifier(monotonic_cst=CST, random_state=member.random_state)
        np.testing.assert_allclose(
            alone.fit(X, y).predict_proba(X), member.predict_proba(X), atol=1e-5
        )


def test_a_cached_dense_phase_is_that_of_the_constraint(tmp_path):
    for cst in (None, CST, [-c for c in CST]):
        model = classifier(memory=str(tmp_path), monotonic_cst=cst).fit(X, y)
        plain = classifier(monotonic_cst=cst).fit(X, y)
        np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))


@pytest.mark.parametrize("n_bits", [None, 4])
def test_a_stream_is_monotonic_at_every_call(n_bits):
    model = classifier(max_iter=4, prune_iter=4, monotonic_cst=CST, n_bits=n_bits)
    for i in range(12):
        model.partial_fit(X, y, classes=[0, 1])
        assert_monotonic(model, CST)
        if i % 5 == 4:
            model = pickle.loads(pickle.dumps(model))


def test_a_network_that_goes_on_takes_up_the_constraint():
    model = classifier(warm_start=True, sparsity=0.3).fit(X, y)
    assert_monotonic(model.set_params(monotonic_cst=CST).fit(X, y), CST)
    turned = [-c for c in CST]
    assert_monotonic(model.set_params(monotonic_cst=turned).fit(X, y), turned)


def test_a_trained_network_is_repaired_before_it_is_pruned():
    dense = MLPClassifier((9, 6), max_iter=60, random_state=0).fit(X, y)
    pruned = prune(dense, X, y, sparsity=0.5, monotonic_cst=CST, random_state=0)
    assert_monotonic(pruned, CST)
    free = prune(dense, X, y, sparsity=0.5, random_state=0)
    assert pruned.pruning_report_.dense == free.pruning_report_.dense
    with pytest.raises(ValueError, match="not monotonic in columns"):
        prune(dense, X, y, sparsity=0.0, monotonic_cst=CST)


def planted(model, column):
    """Return the network with one more path, against what holds for a column."""
    spoilt = copy.deepcopy(model)
    layer = spoilt._predictor.layers[0]
    weight = layer.dense.copy()
    at = np.flatnonzero(spoilt._predictor.columns_read == column)[0]
    unit = np.flatnonzero(weight[:, at])[0]
    weight[unit, at] *= -1e-6
    spoilt._predictor.layers[0] = type(layer)(weight, layer.bias)
    return spoilt


@pytest.mark.parametrize("column", [0, 3])
def test_a_planted_violation_is_found(column):
    model = classifier(monotonic_cst=CST, hidden_layer_sizes=(9, 6), sparsity=0.2)
    model.fit(X, y)
    demand_monotonic(CST, model._predictor)
    held = {0: "increasing", 3: "decreasing"}[column]
    assert model.monotonicity_[column].startswith(held)
    spoilt = planted(model, column)
    assert not spoilt.monotonicity_[column].startswith(held)
    with pytest.raises(ValueError, match=rf"in columns \[{column}\]"):
        demand_monotonic(CST, spoilt._predictor)
