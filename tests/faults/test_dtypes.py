"""Predictions are of the floating type that scikit-learn's perceptron gives."""

import numpy as np
import pytest
from instances import classifier, regressor
from scipy import sparse
from sklearn.datasets import make_classification
from sklearn.neural_network import MLPRegressor

from skprune import PrunedLSTMClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_classification(300, 6, n_informative=4, n_classes=3, random_state=0)
TYPES = [np.float32, np.float64]
MODELS = {
    "two classes": (classifier(), y > 0),
    "three classes": (classifier(), y),
    "labels": (classifier(), np.column_stack([y > 0, y > 1]).astype(int)),
    "several": (classifier(n_networks=2), y),
    "windows": (
        PrunedLSTMClassifier((3,), n_timesteps=3, max_iter=2, prune_iter=2),
        y,
    ),
}


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("n_rows", [1, 64, 65, 300])
@pytest.mark.parametrize("case", MODELS)
def test_probabilities_are_as_precise_as_their_rows(case, n_rows, dtype):
    model, targets = MODELS[case]
    proba = model.fit(X, targets).predict_proba(X[:n_rows].astype(dtype))
    assert proba.dtype == dtype
    if case != "labels":
        off = np.abs(proba.sum(1) - 1).max()
        assert off <= 4 * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", TYPES)
def test_so_are_those_of_sparse_rows(dtype):
    rows = sparse.csr_array(X.astype(dtype))
    assert classifier().fit(rows, y).predict_proba(rows).dtype == dtype


def test_lists_are_of_double_precision():
    assert classifier().fit(X, y).predict_proba(X.tolist()).dtype == np.float64


@pytest.mark.parametrize("seen", TYPES)
@pytest.mark.parametrize("scored", TYPES)
def test_numbers_are_of_scikit_learns_type(seen, scored):
    targets = X @ np.arange(6) + 3
    theirs = MLPRegressor(hidden_layer_sizes=(3,), max_iter=2).fit(
        X.astype(seen), targets
    )
    for n_networks in (1, 2):
        ours = regressor(n_networks=n_networks).fit(X.astype(seen), targets)
        rows = X.astype(scored)
        assert ours.predict(rows).dtype == theirs.predict(rows).dtype
