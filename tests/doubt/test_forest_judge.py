"""The forest that judges, beside scikit-learn's own, and on rows of every kind."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import PrunedLSTMRegressor, PrunedMLPClassifier
from skprune.estimator.doubt import as_read
from skprune.estimator.forest_judge import N_TREES, SMALLEST_LEAF, forest_opinions

X, y = make_classification(300, 6, n_informative=4, random_state=0)
OTHERS = X[:50] + 0.1


@pytest.mark.parametrize("weight", [None, np.arange(1.0, 301.0)])
def test_it_says_what_a_forest_of_classifiers_says(weight):
    shares = np.column_stack([1 - y, y]).astype(float)
    of_others, of_own = forest_opinions(X, shares, OTHERS, weight, 3)
    forest = RandomForestClassifier(
        N_TREES, min_samples_leaf=SMALLEST_LEAF, oob_score=True, random_state=3
    ).fit(X, y, weight)
    # Gini's impurity is a squared error; ties between cuts are broken otherwise.
    assert_allclose(of_others, forest.predict_proba(OTHERS), atol=0.05)
    assert_allclose(of_own, forest.oob_decision_function_, atol=0.1)
    assert np.corrcoef(of_own[:, 1], forest.oob_decision_function_[:, 1])[0, 1] > 0.99


def test_shares_are_probabilities_and_numbers_have_any_units():
    three = np.eye(3)[np.arange(300) % 3]
    for said in forest_opinions(X, three, OTHERS, None, 0):
        assert said.min() >= 0
        assert_allclose(said.sum(1), 1)
    columns = np.column_stack([X[:, 0], X[:, 1] ** 2])
    units = np.array([2.0**20, 2.0**-10])  # exact, so that ties stay ties
    for small, large in zip(
        forest_opinions(X, columns, OTHERS, None, 0),
        forest_opinions(X, columns * units, OTHERS, None, 0),
        strict=True,
    ):
        assert_allclose(small * units, large, rtol=1e-6)
    one, own = forest_opinions(X, X[:, :1], OTHERS, None, 0)
    assert one.shape == (50, 1)
    assert own.shape == (300, 1)
    constant, _ = forest_opinions(X, np.full((300, 1), 7.0), OTHERS, None, 0)
    assert_allclose(constant, 7)


def test_rows_of_its_own_are_judged_by_trees_grown_without_them():
    wrong = np.where(np.arange(300) % 10 == 0, 1 - y, y).astype(float)[:, None]
    seen, own = forest_opinions(X, wrong, X, None, 0)
    flipped = np.arange(300) % 10 == 0
    learnt = np.abs(seen - wrong).ravel()[flipped]
    held_out = np.abs(own - wrong).ravel()[flipped]
    assert held_out.mean() > learnt.mean() + 0.1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_it_reads_what_the_network_reads():
    quick = {"max_iter": 2, "prune_iter": 2, "random_state": 0}
    network = PrunedMLPClassifier((4,), **quick)
    frame = pd.DataFrame(X).add_prefix("c")
    assert as_read(network.fit(frame, y), frame) is frame
    csr = sparse.csr_array(X)
    assert as_read(network.fit(csr, y), csr) is csr
    pipe = make_pipeline("passthrough", StandardScaler(), network).fit(X, y)
    assert_array_equal(as_read(pipe, X), StandardScaler().fit_transform(X))
    windows = X.reshape(-1, 3, 2)
    lstm = PrunedLSTMRegressor((2,), **quick).fit(windows, X[:, 0])
    assert_array_equal(as_read(lstm, windows), X)
