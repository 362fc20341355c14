"""Rows count in the pruning phase as far as they are trusted, and only there."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.neural_network import MLPClassifier

from skprune import (
    PrunedLSTMClassifier,
    PrunedMLPClassifier,
    PrunedMLPRegressor,
    prune,
)
from skprune.estimator import base
from skprune.estimator import trust as trust_module
from skprune.estimator.trust import trust_of_rows
from skprune.training.job import Job
from skprune.training.rows import Rows

X, y = make_classification(240, 6, n_informative=4, flip_y=0.1, random_state=0)
QUICK = {
    "early_stopping": True,
    "random_state": 0,
    "max_iter": 12,
    "prune_iter": 6,
    "sparsity": 0.5,
    "learning_rate_init": 0.02,
}
DOUBTED = np.arange(240) % 10 == 3


@pytest.fixture
def doubted(monkeypatch):
    """Let some rows be in doubt, whatever they are."""
    asked = []

    def trust(estimator, X, y, *others):
        asked.append(estimator.mask_unreliable)
        if estimator.mask_unreliable is None:
            return None
        return np.where(DOUBTED[: len(y)], 0.0, 1.0).astype(np.float32)

    monkeypatch.setattr(base, "trust_of_rows", trust)
    return asked


@pytest.fixture(scope="module")
def dense():
    network = MLPClassifier((8,), early_stopping=True, random_state=0, max_iter=30)
    return network.fit(X, y)


@pytest.mark.usefixtures("doubted")
def test_what_is_masked_does_not_matter_to_recovery(dense):
    # Rows of a network that is given meet its pruning phase alone.
    same = {"sparsity": 0.5, "prune_iter": 6, "random_state": 0, "prune_alpha": 0.1}
    other = X.copy()
    other[DOUBTED] *= -3
    masked, also, free, mixed = (
        prune(dense, rows, y, mask_unreliable=mask, **same)
        for mask in (0.1, None)
        for rows in (X, other)
    )
    assert_array_equal(masked.predict_proba(X), also.predict_proba(X))
    assert not np.allclose(free.predict_proba(X), mixed.predict_proba(X))
    assert not np.allclose(free.predict_proba(X), masked.predict_proba(X))


@pytest.mark.usefixtures("doubted")
def test_the_dense_phase_is_the_same(tmp_path):
    plain = PrunedMLPClassifier((8,), memory=str(tmp_path), **QUICK).fit(X, y)
    n_cached = len(list(tmp_path.rglob("output.pkl")))
    masked = clone(plain).set_params(mask_unreliable=0.1).fit(X, y)
    # It is even the same in the cache.
    assert len(list(tmp_path.rglob("output.pkl"))) == n_cached
    n_dense = [row["phase"] for row in plain.net_.history].count("dense")
    assert masked.loss_curve_[:n_dense] == plain.loss_curve_[:n_dense]
    assert masked.loss_curve_[n_dense:] != plain.loss_curve_[n_dense:]


@pytest.mark.usefixtures("doubted")
@pytest.mark.parametrize(
    "changed",
    [
        {"n_networks": 2},
        {"sparsity": "auto"},
        {"schedule": "lottery"},
        {"teacher": "self"},
        {"sparsity": 0.0},
        {"early_stopping": False, "max_iter": 300, "tol": 0.01},
    ],
)
def test_masks_go_with_every_way_of_pruning(changed):
    network = PrunedMLPClassifier((8,), mask_unreliable=0.1, **{**QUICK, **changed})
    assert network.fit(X, y).score(X, y) > 0.6


@pytest.mark.usefixtures("doubted")
def test_rows_of_one_batch_are_merged_as_they_are_trusted():
    rows = Rows(
        np.zeros((3, 2), np.float32),
        np.zeros(3, int),
        trust=np.array([0.1, 0.1, 0.9], np.float32),
    )
    merged = rows.merged()
    assert sorted(zip(merged.trust.round(1), merged.weight, strict=True)) == [
        (pytest.approx(0.1), 2),
        (pytest.approx(0.9), 1),
    ]


def test_without_a_mask_nothing_is_judged(doubted):
    PrunedMLPClassifier((4,), **QUICK).fit(X, y)
    assert doubted == [None]


def test_masks_by_models_that_have_not_seen_the_rows():
    network = PrunedMLPClassifier((6,), mask_unreliable=0.2, **QUICK)
    first, second = (clone(network).fit(X[:120], y[:120]) for _ in range(2))
    assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    assert "trust" not in str(vars(first).keys())


def test_rows_of_no_weight_are_not_judged(monkeypatch):
    # Of so few rows chance explains any labels.
    monkeypatch.setattr(trust_module, "STANDARD_ERRORS", 0.0)
    network = PrunedMLPClassifier((6,), mask_unreliable=0.2, **QUICK)
    weight = np.r_[np.ones(100), np.zeros(20)]
    labels = np.where(np.arange(120) % 9 == 0, 1 - y[:120], y[:120])
    trust = trust_of_rows(network, X[:120], labels, weight, weight, None)
    assert (trust[weight == 0] == 1).all()
    assert trust.min() < 1
    other = X[:120].copy()
    other[100:] = 1e6
    again = trust_of_rows(network, other, labels, weight, weight, None)
    assert_array_equal(trust, again)


def test_validation_rows_count_as_far_as_they_are_trusted():
    rows = Rows(np.zeros((6, 1), np.float32), np.zeros(6, int))
    trust = np.array([0, 0.5, 1, 0, 1, 0], np.float32)
    job = Job(None, None, rows, np.arange(3), np.arange(3, 6), trust=trust)
    seen = job.recovering()
    assert_array_equal(seen.train, [1, 2])
    assert_array_equal(seen.valid, [4])
    assert_array_equal(seen.rows.weight, trust)
    assert seen.trust is None
    twice = replace(job, rows=replace(rows, weight=np.full(6, 2, np.float32)))
    assert_array_equal(twice.recovering().rows.weight, 2 * trust)
    # Where none is trusted, something has to judge.
    blind = Job(None, None, rows, np.arange(3), np.array([3, 5]), trust=trust)
    assert_array_equal(blind.recovering().valid, [3, 5])


def test_where_nothing_is_wrong_nothing_is_masked():
    apart = np.linspace(-1, 1, 200)[:, None]
    labels = (apart.ravel() > 0).astype(int)
    quick = {**QUICK, "max_iter": 60}
    network = PrunedMLPClassifier((8,), mask_unreliable=0.1, **quick)
    assert trust_of_rows(network, apart, labels, None, None, None) is None


@pytest.mark.parametrize(
    ("network", "rows", "targets"),
    [
        (PrunedMLPRegressor((6,), mask_unreliable=0.2, **QUICK), X, X[:, :2] @ [1, 2]),
        (PrunedMLPClassifier((6,), mask_unreliable=0.2, **QUICK), X, X[:, :2] > 0),
        (
            PrunedLSTMClassifier((3,), mask_unreliable=0.2, **QUICK),
            X.reshape(-1, 3, 2),
            y,
        ),
    ],
)
def test_numbers_labels_and_windows_can_be_masked(network, rows, targets):
    targets = targets.astype(int) if targets.dtype == bool else targets
    assert network.fit(rows[:120], targets[:120]).n_nonzero_ > 0


def test_what_cannot_be_masked():
    network = PrunedMLPClassifier((4,), mask_unreliable=0.1, max_iter=5)
    with pytest.raises(ValueError, match="does not support mask_unreliable"):
        network.partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="'mask_unreliable' parameter"):
        network.set_params(mask_unreliable=1.0).fit(X, y)
