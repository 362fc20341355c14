"""Folds of a search share one array of rows, and come to what they would come to."""

import tracemalloc

import numpy as np
import pytest
from instances import classifier, regressor
from numpy.testing import assert_array_equal
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import PrunedLSTMRegressor, SparsitySearchCV, sparsity_path
from skprune.estimator import path as starts
from skprune.estimator.setting_aside import MOST_HELD_OUT
from skprune.model_selection import folds
from skprune.model_selection.path import SCORED_ROWS

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
    monkeypatch.setattr(folds, "rows_to_lend", lambda estimator, X: None)
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
    monkeypatch.setattr(folds, "rows_to_lend", lambda estimator, X: None)
    apart = SparsitySearchCV(model, **how).fit(windows, target)
    for i in range(2):
        name = f"split{i}_test_score"
        assert_array_equal(search.cv_results_[name], apart.cv_results_[name])


def test_rows_in_single_precision_are_not_copied(held):
    search(classifier(), single)
    assert all(array is single for array in held)


@pytest.mark.parametrize("kind, most", [(np.float32, 1.0), (np.float64, 1.15)])
def test_a_search_copies_the_rows_of_no_fold(kind, most):
    rng = np.random.default_rng(0)
    many = rng.normal(size=(20_000, 50)).astype(kind)
    labels = np.arange(len(many)) % 2
    model = classifier(max_iter=1, prune_iter=2, batch_size=2000)
    search = SparsitySearchCV(model, sparsities=[0, 0.5], refit=False)
    search.fit(many[:5000], labels[:5000])
    tracemalloc.start()
    try:
        search.fit(many, labels)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # The training rows of a fold would be .8 times X, as they are or in half the bytes.
    # There are X in single precision, the rows of a test fold, and for each row of five
    # folds its positions and labels, which are .7 times a row of 50 such numbers; and
    # there are the positions of the rows that tell a fold's noise.
    assert peak < most * many.nbytes + 5 * 8 * MOST_HELD_OUT


@pytest.mark.filterwarnings("ignore:Scoring failed")
def test_rows_that_are_not_finite_fail_in_the_folds_that_learn_from_them():
    broken = single.copy()
    broken[0, 0] = np.nan
    search = SparsitySearchCV(
        classifier(), sparsities=[0, 0.5], cv=KFold(3), refit=False, error_score=-1.0
    )
    with pytest.warns(FitFailedWarning, match="Input X contains NaN"):
        search.fit(broken, y)
    # The first fold learns from other rows, but cannot be scored on that one.
    assert (search.cv_results_["mean_test_score"] == -1.0).all()


def test_a_path_scores_no_more_of_its_training_rows_than_a_report():
    n = SCORED_ROWS + 5000
    many = np.zeros((n, 2), np.float32)
    labels = np.arange(n) % 2
    many[:, 0] = labels
    asked = []

    def score(model, X, y):
        asked.append(len(X))
        return 1.0

    model = classifier(max_iter=1, prune_iter=2, batch_size=5000)
    path = sparsity_path(model, many, labels, sparsities=[0, 0.5], scoring=score)
    assert asked == [SCORED_ROWS] * 2 and len(path) == 2


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
