"""Pairs that can interact: none is missed, and strengths are differences of scores."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import classifier, regressor
from numpy.testing import assert_allclose, assert_array_equal
from score_cases import SEEDS, make_network, pairs_that_interact
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skprune.inference import Layer, StackPredictor
from skprune.inspection import interactions
from skprune.inspection.interaction import _read_together

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.default_rng(0)
X = rng.normal(size=(200, 4))
y = np.maximum(X[:, 0] + X[:, 1], 0) + X[:, 2]


def planted(layers, out_activation="identity", model=None):
    """Return a regressor of these weights and biases."""
    model = regressor().fit(X, y) if model is None else model
    layers = [Layer(np.array(weight), np.array(bias)) for weight, bias in layers]
    model._predictor = StackPredictor(layers, None, "relu", out_activation)
    return model


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), SEEDS)
@settings(max_examples=60)
def test_no_other_pair_interacts(widths, seed):
    network = make_network([4, *widths], "relu", seed, density=0.4)
    together = _read_together(network, np.arange(4), 4)
    found = {pair for pair in combinations(range(4), 2) if together[pair]}
    assert pairs_that_interact(network, np.random.default_rng(seed)) <= found
    assert_array_equal(together, together.T)


PAIRED = [([[1.0, 1, 0, 0], [0, 0, 1, 0]], [0.0, 0]), ([[1.0, -1]], [0.0])]


def test_by_hand():
    model = planted(PAIRED)
    rows = np.array([[1.0, 1, 5, 5], [-1, -1, 5, 5], [1, -1, 5, 5]])
    found = interactions(model, rows, baseline=np.zeros(4))
    assert found.pairs == [("x0", "x1")]
    # Of max(0, a + b) only the third row has a mixed difference, of -1.
    assert_allclose(found.strengths, [1 / 3])
    frame = found.to_frame()
    assert frame.values.tolist() == [["x0", "x1", 1 / 3]]
    assert frame.columns.tolist() == ["first", "second", "strength"]
    assert list(found) == found.pairs and len(found) == 1
    plain = interactions(model)
    assert plain.strengths is None
    assert plain.to_frame().columns.tolist() == ["first", "second"]


def test_units_that_are_read_together_later():
    # Each unit reads a column of its own; the second layer brings two together.
    layers = [(np.eye(4), np.ones(4)), ([[1.0, 0, 1, 0]], [1.0]), ([[1.0]], [0.0])]
    assert interactions(planted(layers)).pairs == [("x0", "x2")]


def test_an_exponential_output_multiplies():
    layers = [(np.eye(4)[:2], np.zeros(2)), ([[1.0, 1.0]], [0.0])]
    model = regressor(loss="poisson").fit(X, np.exp(y))
    assert interactions(planted(layers, "exp", model)).pairs == [("x0", "x1")]


def test_outputs_have_their_own_pairs():
    targets = np.column_stack([y, X[:, 3]])
    model = regressor().fit(X, targets)
    layers = [([[1.0, 1, 0, 0], [0, 0, 1, 1]], [0.0, 0]), (np.eye(2), [0.0, 0])]
    model = planted(layers, model=model)
    assert interactions(model, target=0).pairs == [("x0", "x1")]
    assert interactions(model, target=1).pairs == [("x2", "x3")]


def test_linear_networks_have_none():
    model = regressor(activation="identity", hidden_layer_sizes=(4, 3)).fit(X, y)
    found = interactions(model, X)
    assert found.pairs == [] and found.strengths.shape == (0,)
    assert len(found.to_frame()) == 0


def test_strengths_come_by_size():
    model = regressor(sparsity=0.3, hidden_layer_sizes=(8, 6)).fit(X, y)
    found = interactions(model, X)
    assert (np.diff(found.strengths) <= 0).all()

    def score(*replaced):
        at = np.isin(np.arange(4), [int(name[1]) for name in replaced])
        return model.predict(np.where(at, X.mean(0), X))

    for (i, j), strength in zip(found.pairs, found.strengths, strict=True):
        mixed = score() - score(i) - score(j) + score(i, j)
        assert_allclose(np.abs(mixed).mean(), strength, atol=1e-5)


def test_several_networks_and_baselines():
    model = regressor(n_networks=2, sparsity=0.8).fit(X, y)
    found = interactions(model, X, baseline=X[:2])
    each = [interactions(one).can_interact for one in model.estimators_]
    assert_array_equal(found.can_interact, each[0] | each[1])
    one_by_one = [interactions(model, X, baseline=row) for row in X[:2]]
    strengths = {
        pair: np.mean(
            [dict(zip(f.pairs, f.strengths, strict=True))[pair] for f in one_by_one]
        )
        for pair in found.pairs
    }
    assert_allclose(found.strengths, [strengths[pair] for pair in found.pairs])


def test_raw_fields_and_groups():
    table = pd.DataFrame(X, columns=list("abcd"))
    table["code"] = rng.choice(list("uvw"), 200)
    preparation = make_column_transformer(
        (StandardScaler(), list("abcd")), (OneHotEncoder(), ["code"])
    )
    model = make_pipeline(preparation, classifier(sparsity=0.5)).fit(table, y > 0)
    found = interactions(model, table)
    assert found.names.tolist() == [*"abcd", "code"]
    assert ("code", "code") not in found.pairs
    assert any("code" in pair for pair in found.pairs)
    grouped = interactions(model, table, groups=[0, 0, 1, 1, 2])
    assert grouped.can_interact.shape == (3, 3)
    assert not grouped.can_interact.diagonal().any()
