"""Rows in doubt, by models whose answers are known and by labels that are wrong."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.special import expit, logit
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import (
    PrunedLSTMRegressor,
    PrunedMLPClassifier,
    PrunedMLPRegressor,
)
from skprune.estimator import doubt
from skprune.estimator.doubt import JUDGE, LEVELS, judged
from skprune.estimator.pool import likeliest_exponents, parts
from skprune.estimator.truth import Truth
from skprune.inspection import unreliable_rows

QUICK = {
    "max_iter": 20,
    "prune_iter": 6,
    "random_state": 0,
    "learning_rate_init": 0.02,
}
FITTED = []


class AsTheyAre:
    def flat(self, estimator, X, *, fitted):
        return X


class Known(BaseEstimator):
    """Says of a row what its first column and the sparsity tell, whatever it learnt."""

    _layout = AsTheyAre()

    def __init__(
        self, sparsity=0.0, random_state=None, memory=None, n_keep=None,
        threshold=None, mask_unreliable=0.1, teacher=None, callbacks=None,
        warm_start=False, verbose=False, n_networks=1, early_stopping=False,
    ):  # fmt: skip
        names = locals()
        vars(self).update({n: v for n, v in names.items() if n != "self"})

    def fit(self, X, y, sample_weight=None):
        FITTED.append((self.get_params(), X[:, 1].astype(int), sample_weight))
        self.ids_ = set(X[:, 1].astype(int))
        self.classes_ = np.unique(y)
        return self

    def says(self, X):
        return X[:, 0] * (1 - self.sparsity / 2)


class KnownClassifier(ClassifierMixin, Known):
    def predict_proba(self, X):
        return np.column_stack([1 - self.says(X), self.says(X)])[
            :, : len(self.classes_)
        ]

    def predict(self, X):
        return (self.says(X) > 0.5).astype(int)


class KnownRegressor(RegressorMixin, Known):
    def predict(self, X):
        return self.says(X)


@pytest.fixture(autouse=True)
def forget():
    FITTED.clear()


@pytest.fixture
def grown(monkeypatch):
    """Let the forest say what the second column tells, a little less of its own."""
    asked = []

    def opinions(X, y, others, sample_weight, seed):
        asked.append((X[:, 1].astype(int), y, sample_weight, seed))
        of_others, of_own = (0.2 + rows[:, 1] / 60 for rows in (others, X))
        if y.shape[1] == 1:
            return of_others[:, None], 0.9 * of_own[:, None]
        return (np.column_stack([1 - p, p]) for p in (of_others, 0.9 * of_own))

    monkeypatch.setattr(doubt, "forest_opinions", opinions)
    return asked


def rows(n=30):
    rng = np.random.default_rng(0)
    return np.column_stack([rng.uniform(0.05, 0.95, n), np.arange(n)]), rng


def said(X):
    """Return what the judges say of unseen rows, and of their own."""
    p = [X[:, 0] * (1 - level / 2) for level in LEVELS]
    forest = 0.2 + X[:, 1] / 60
    return np.array([*p, forest]), np.array([*p, 0.9 * forest])


@pytest.mark.usefixtures("grown")
def test_score_is_the_mean_rank_of_two_losses():
    X, rng = rows()
    y = (rng.random(30) < X[:, 0]).astype(int)
    folds = list(KFold(3).split(X))
    truth = Truth.of_targets(y, is_label=True)
    verdict = judged(KnownClassifier(), "", X, truth, folds, {}, 7)
    p, own = said(X)
    told = np.stack([1 - p, p], -1)
    exponents = likeliest_exponents(told, truth, np.arange(30))
    together = expit(exponents @ logit(p))
    assert_allclose(verdict.told[:, 1], together)
    of_label, of_own = (np.where(y == 1, each, 1 - each) for each in (together, own))
    new, old = -np.log(of_label), parts(exponents) @ -np.log(of_own)
    assert_allclose(verdict.doubt(), (rankdata(new) + rankdata(old)) / 60)


def test_judges_have_not_seen_the_rows_and_are_no_masks_themselves(grown):
    X, rng = rows()
    folds = list(KFold(3).split(X))
    y = rng.integers(0, 2, 30)
    truth = Truth.of_targets(y, is_label=True)
    weight = {"sample_weight": np.arange(30.0)}
    judged(KnownClassifier(), "", X, truth, folds, weight, 7)
    assert len(FITTED) == 3 * len(LEVELS)
    for i, (params, ids, given) in enumerate(FITTED):
        assert_array_equal(ids, folds[i // len(LEVELS)][0])
        assert_array_equal(given, ids)
        assert params["sparsity"] == LEVELS[i % len(LEVELS)]
        assert params["random_state"] == 7
        assert {name: params[name] for name in JUDGE} == JUDGE
    for (ids, labels, given, seed), (train, _) in zip(grown, folds, strict=True):
        assert_array_equal(ids, train)
        assert_array_equal(given, train)
        assert_array_equal(labels, np.column_stack([1 - y[train], y[train]]))
        assert seed == 7


@pytest.mark.usefixtures("grown")
def test_numbers_are_judged_by_squared_errors_in_variances():
    X, rng = rows()
    y = rng.normal(size=30)
    truth = Truth.of_targets(y, is_label=False)
    verdict = judged(KnownRegressor(), "", X, truth, list(KFold(3).split(X)), {}, 7)
    p, own = said(X)
    weights = likeliest_exponents(p[:, :, None], truth, np.arange(30))
    new, old = (weights @ p - y) ** 2, weights @ (own - y) ** 2
    assert_allclose(verdict.unseen, new / y.var())
    assert_allclose(verdict.seen, old / y.var())
    assert_allclose(verdict.doubt(), (rankdata(new) + rankdata(old)) / 60)
    two = Truth.of_targets(np.column_stack([y, 9 * y]), is_label=False)
    at = np.arange(30)
    assert_allclose(two.losses(np.zeros((30, 2)), at), 2 * y**2 / y.var())


def test_several_labels_and_classes_that_a_fold_lacks():
    y = np.array([[1, 0], [0, 1], [1, 1]])
    truth = Truth.of_targets(y, is_label=True)
    told = np.array([[0.9, 0.2], [0.5, 0.5], [0.1, 0.8]])
    expected = -np.log([0.9 * 0.8, 0.25, 0.08])
    assert_allclose(truth.losses(told, np.arange(3)), expected)
    labels = Truth.of_targets(np.array(["a", "b", "c"]), is_label=True)
    judge = KnownClassifier().fit(np.ones((2, 2)), np.array(["b", "c"]))
    told = labels.told(judge, np.array([[0.3, 0.0]]))
    assert_allclose(told, [[0.0, 0.7, 0.3]])
    assert_allclose(labels.losses(told, np.array([0])), -np.log(1e-6))


def test_rows_in_no_test_fold_are_not_judged():
    X, rng = rows()
    y = np.arange(30) % 2
    truth = Truth.of_targets(y, is_label=True)
    folds = list(ShuffleSplit(1, test_size=0.4, random_state=0).split(X))
    score = judged(KnownClassifier(), "", X, truth, folds, {}, 7).doubt()
    is_judged = np.isin(np.arange(30), folds[0][1])
    assert_array_equal(~np.isnan(score), is_judged)


@pytest.fixture(scope="module")
def noisy():
    X, y = make_classification(
        400, 6, n_informative=6, n_redundant=0, flip_y=0, class_sep=1.5, random_state=3
    )
    flipped = np.random.default_rng(0).permutation(400) < 40
    return X, np.where(flipped, 1 - y, y), flipped


def test_flipped_labels_are_found(noisy):
    X, y, flipped = noisy
    network = PrunedMLPClassifier((16,), **QUICK)
    score = unreliable_rows(network, X, y, cv=3)
    assert score.shape == (400,)
    assert score.min() >= 0
    assert score.max() <= 1
    assert flipped[np.argsort(-score)[:40]].mean() > 0.7
    assert_array_equal(unreliable_rows(network, X, y, cv=3), score)


def test_pipelines_frames_words_and_sparse_rows(noisy):
    X, y, _ = noisy
    X, y = X[:120], y[:120]
    network = PrunedMLPClassifier((6,), **QUICK)
    score = unreliable_rows(network, X, y, cv=2)
    words = np.where(y == 1, "yes", "no")
    frame = pd.DataFrame(X).add_prefix("c")
    pipe = make_pipeline("passthrough", network)
    assert_allclose(unreliable_rows(pipe, frame, words, cv=2), score)
    assert_allclose(
        unreliable_rows(network, sparse.csr_array(X), y, cv=2), score, atol=0.05
    )
    scaled = make_pipeline(StandardScaler(), network)
    assert np.isfinite(unreliable_rows(scaled, frame, words, cv=KFold(2))).all()


def test_numbers_and_windows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 4))
    y = X[:, 0] + X[:, 1]
    y[7] += 30
    network = PrunedMLPRegressor((8,), **QUICK)
    assert unreliable_rows(network, X, y, cv=3).argmax() == 7
    windows = PrunedLSTMRegressor((4,), dense_layer_sizes=(), **QUICK)
    score = unreliable_rows(windows, X, y, cv=2)
    # The first part of the time is before all judges.
    assert np.isnan(score[:50]).all()
    assert np.isfinite(score[50:]).all()


def test_other_models_are_refused():
    with pytest.raises(TypeError, match="a network of skprune.*not LogisticRegression"):
        unreliable_rows(LogisticRegression(), [[0.0]], [0])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        unreliable_rows(PrunedMLPClassifier(), [[0.0]], [0, 1])
