"""Folds of a search share one array of rows, and come to what they would come to."""

import tracemalloc

import numpy as np
import pytest
from instances import classifier, regressor
from numpy.testing import assert_array_equal
from sklearn.datasets import make_classification
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import PrunedLSTMRegressor, SparsitySearchCV
from skprune.estimator import path as starts
from skprune.estimator.path import Start

X, y = make_classification(120, 10, random_state=0)
single = X.astype(np.float32)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
weight = np.random.default_rng(0).uniform(0.5, 2.0, len(y))


def search(model, rows=X, **params):
    found = SparsitySearchCV(model, sparsities=[0, 0.5, 0.8], cv=KFold(3), refit=False)
    return found.fit(rows, y, **params)


@pytest.fixture
def held(monkeypatch):
    """Collect the arrays of inputs that folds are trained on together."""
    seen = []
    train = starts.train_starts

    def noting(some, *how):
        seen.extend(job.rows.X for start in some for job in start.jobs)
        return train(some, *how)

    monkeypatch.setattr(starts, "train_starts", noting)
    return seen


ALIKE = {
    "plain": (classifier(), {}),
    "judged": (classifier(early_stopping=True, class_weight="balanced"), {}),
    "several": (classifier(n_networks=2), {"sample_weight": weight}),
    "trusted": (classifier(mask_unreliable=0.2), {}),
    "regressor": (regressor(criterion="obs"), {}),
}


@pytest.mark.parametrize("model, params", ALIKE.values(), ids=ALIKE)
def test_folds_share_the_rows_to_the_same_bits(model, params, held, monkeypatch):
    found = search(model, **params).cv_results_
    n_networks = 3 * (model.n_networks or 1)
    assert len(held) == n_networks and len({id(array) for array in held}) == 1
    held.clear()
    monkeypatch.setattr(Start, "among", lambda start, X, at: start)
    apart = search(model, **params).cv_results_
    assert len({id(array) for array in held}) == 3
    for name in found:
        if "time" not in name:
            assert_array_equal(found[name], apart[name])


def test_so_do_windows_that_are_rehearsed(held, monkeypatch):
    rng = np.random.default_rng(0)
    windows, target = rng.normal(size=(400, 6)), rng.normal(size=400)
    model = PrunedLSTMRegressor(
        (3,), n_timesteps=3, max_iter=3, prune_iter=2, batch_size=50, random_state=0
    )
    how = {"sparsities": [0.0, 0.5], "cv": list(KFold(3).split(windows))[:2]}
    how |= {"scoring": "r2", "refit": False}
    search = SparsitySearchCV(model, **how).fit(windows, target)
    # Recurrent networks go fold by fold.
    assert [array.shape for array in held] == [(400, 6)] * 2
    monkeypatch.setattr(Start, "among", lambda start, X, at: start)
    apart = SparsitySearchCV(model, **how).fit(windows, target)
    for i in range(2):
        name = f"split{i}_test_score"
        assert_array_equal(search.cv_results_[name], apart.cv_results_[name])


def test_rows_in_single_precision_are_not_copied(held):
    search(classifier(), single)
    assert all(array is single for array in held)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_search_holds_no_rows_for_each_fold(kind):
    rng = np.random.default_rng(0)
    many = rng.normal(size=(20_000, 50)).astype(kind)
    labels = np.arange(len(many)) % 2
    model = classifier(max_iter=1, prune_iter=2, batch_size=2000)
    tracemalloc.start()
    try:
        SparsitySearchCV(model, sparsities=[0, 0.5], refit=False).fit(many, labels)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Rows of five folds would be four times X. In single precision X is its own copy,
    # and one fold is read at a time; positions and labels come on top.
    assert peak < 1.5 * many.nbytes


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(StandardScaler(), classifier()),
        classifier(teacher="self", early_stopping=True),
        classifier(batch_size="auto"),
    ],
    ids=["prepared a fold", "taught", "merged"],
)
def test_rows_of_their_own_stay_so(model, held):
    search(model)
    assert len({id(array) for array in held}) == 3


def test_splits_may_be_masks(held):
    mask = np.arange(len(y)) % 3 == 0
    splits = [(~mask, mask), (np.flatnonzero(mask), np.flatnonzero(~mask))]
    levels = {"sparsities": [0, 0.5], "refit": False}
    masks = SparsitySearchCV(classifier(), cv=splits, **levels).fit(X, y)
    splits[0] = tuple(map(np.flatnonzero, splits[0]))
    places = SparsitySearchCV(classifier(), cv=splits, **levels).fit(X, y)
    a, b = (each.cv_results_["split0_test_score"] for each in (masks, places))
    assert_array_equal(a, b)
    assert len({id(array) for array in held}) == 2
