"""Weights of few bits: trained around, stored as such, given up little for."""

import pickle

import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

from skprune import PrunedMLPClassifier, PrunedMLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(1200, 20, n_informative=8, class_sep=1.5, random_state=0)


def fit(**params):
    model = PrunedMLPClassifier(
        (32, 16), random_state=0, early_stopping=True, max_iter=40, **params
    )
    return model.fit(X[:800], y[:800])


@pytest.mark.parametrize("n_bits", [4, 8])
@pytest.mark.parametrize("sparsity", [0.0, 0.8, "auto"])
def test_every_row_has_few_values(n_bits, sparsity):
    model = fit(n_bits=n_bits, sparsity=sparsity)
    for weights in model.coefs_:
        for row in weights.T:
            values = np.unique(np.abs(row[row != 0]))
            steps = values / (values.max() / (2 ** (n_bits - 1) - 1))
            np.testing.assert_allclose(steps, steps.round(), atol=1e-3)


@pytest.mark.parametrize(
    "params",
    [{"sparsity": 0.8}, {"sparsity": "auto", "tolerance": 0.1}, {"sparsity": 0.0}],
    ids=["pruned", "searched", "dense"],
)
def test_loss_is_that_of_the_rounded_network(params):
    model = fit(n_bits=4, **params)
    assert model.pruning_report_.pruned.loss == pytest.approx(
        -model.best_validation_score_, rel=1e-5
    )


def test_the_report_of_a_stream_is_of_the_rounded_network():
    model = PrunedMLPClassifier((32, 16), n_bits=4, random_state=0)
    model.partial_fit(X, y, classes=[0, 1])
    stored = log_loss(y, model.predict_proba(X))
    assert model.pruning_report_.pruned.loss == pytest.approx(stored, rel=1e-4)
    assert model.pruning_report_.dense.loss != pytest.approx(stored, rel=1e-4)
    with torch.no_grad():
        z = model.module_(torch.tensor(X, dtype=torch.float32))
    p = torch.sigmoid(z).numpy()[:, 0]
    np.testing.assert_allclose(p, model.predict_proba(X)[:, 1], atol=1e-5)


def test_few_bits_give_up_little():
    scores = {n: fit(n_bits=n, sparsity=0.8).score(X[800:], y[800:]) for n in (4, 8)}
    exact = fit(sparsity=0.8).score(X[800:], y[800:])
    assert scores[8] > exact - 0.02
    assert scores[4] > exact - 0.04


def test_pickle_is_small():
    dense = MLPClassifier((256, 128), max_iter=2, random_state=0).fit(X, y)
    small = PrunedMLPClassifier(
        (256, 128), n_bits=8, sparsity=0.95, max_iter=2, prune_iter=4, random_state=0
    ).fit(X, y)
    assert len(pickle.dumps(small)) < 0.05 * len(pickle.dumps(dense))
    again = pickle.loads(pickle.dumps(small))
    np.testing.assert_array_equal(again.predict_proba(X), small.predict_proba(X))


def test_regressor_in_its_own_units():
    target = 1000.0 + 50.0 * X[:, 0]
    model = PrunedMLPRegressor(
        (16,), n_bits=8, sparsity=0.5, learning_rate_init=0.01, random_state=0
    ).fit(X, target)
    assert model.score(X, target) > 0.9


def test_other_numbers_of_bits_are_refused():
    with pytest.raises(ValueError, match="The 'n_bits' parameter"):
        fit(n_bits=5)
