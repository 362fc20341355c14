"""Rows between rows: what they are, and who is asked of them."""

import math

import numpy as np
import pandas as pd
import pytest
from instances import classifier, regressor
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression

from skprune import PrunedLSTMRegressor
from skprune.estimator.jobs import make_job
from skprune.estimator.synthetic import EACH, ENOUGH
from skprune.training.batches import Batches

N = 150
draws = np.random.default_rng(0)
LEVELS = np.eye(3)[draws.integers(3, size=N)]
X = np.column_stack([draws.normal(size=(N, 2)), draws.poisson(2, N), LEVELS])
NAMES = ["a", "b", "count", "red", "green", "blue"]
y = (X[:, 0] + X[:, 2] > 2).astype(int)


def synthetic(estimator, X, y, sample_weight=None):
    """Return the synthetic rows as `fit` gets them."""
    return estimator._read(X, y, sample_weight, reset=True)[0].synthetic


class Ranges(RegressorMixin, BaseEstimator):
    """Remembers what it has learnt from; predicts how far a row is from that."""

    def fit(self, X, y):
        self.rows_ = np.asarray(X)
        return self

    def predict(self, X):
        apart = np.abs(np.asarray(X)[:, None] - self.rows_[None]).max(2)
        return apart.min(1)


@pytest.mark.parametrize("form", ["array", "frame"])
def test_they_are_rows_that_might_be(form):
    given = X if form == "array" else pd.DataFrame(X, columns=NAMES)
    made = synthetic(classifier(teacher=LogisticRegression()), given, y)
    assert len(made) == EACH * N
    assert (made.X >= X.min(0) - 1e-6).all() and (made.X <= X.max(0) + 1e-6).all()
    # Counts are counts, and each row has one of three levels.
    assert_array_equal(made.X[:, 2:], np.round(made.X[:, 2:]))
    assert_array_equal(made.X[:, 3:].sum(1), 1)
    # They are others than those that there are.
    assert not np.isin(made.X[:, 0], X[:, 0].astype(np.float32)).any()


def test_each_lies_on_the_way_from_a_row_to_another():
    two = X[:, :2]
    for row in synthetic(classifier(teacher=LogisticRegression()), two, y).X[:20]:
        # Both rows are in line with it, on either side.
        to = two - row
        cross = to[:, None, 0] * to[None, :, 1] - to[:, None, 1] * to[None, :, 0]
        facing = (to[:, None] * to[None]).sum(2) <= 0
        assert np.abs(cross[facing]).min() < 1e-5


def test_the_teacher_says_what_it_would_of_any_row():
    linear = LinearRegression().fit(X, 3 * X[:, 0] + X[:, 2])
    est = regressor(teacher=FrozenEstimator(linear))
    made = synthetic(est, X, 3 * X[:, 0] + X[:, 2])
    said = est._scaling.apply(linear.predict(made.X.astype(float)).reshape(-1, 1))
    assert_allclose(made.opinion, said, rtol=1e-4, atol=1e-5)


def test_a_teacher_is_asked_of_rows_between_those_that_it_has_not_seen():
    # Two rows of a fold that is asked about are 1 apart; others are 100 away.
    pairs = 100.0 * np.arange(10)[:, None] + np.array([0.25, 0.75])
    rows = pairs.reshape(-1, 1)
    cv = [
        (np.delete(np.arange(20), [2 * i, 2 * i + 1]), [2 * i, 2 * i + 1])
        for i in range(10)
    ]
    est = regressor(teacher=Ranges(), teacher_cv=cv)
    made = synthetic(est, rows, np.arange(20.0))
    apart = np.asarray(made.opinion) * est._scaling.scale + est._scaling.centre
    assert len(made) == EACH * 20
    assert apart.min() > 90
    assert_array_equal(np.abs(made.X % 100 - 0.5) <= 0.25, True)


def test_whole_numbers_of_a_frame_keep_their_type():
    class Typed(LogisticRegression):
        def predict_proba(self, X):
            assert X.dtypes.tolist() == frame.dtypes.tolist()
            return super().predict_proba(X)

    frame = pd.DataFrame(X, columns=NAMES).astype({"count": "int32", "red": bool})
    assert synthetic(classifier(teacher=Typed()), frame, y) is not None


def test_levels_that_are_fractions_stay_levels():
    halves = pd.Categorical(0.5 + (np.arange(N) % 40 == 0))
    frame = pd.DataFrame({"a": X[:, 0], "half": halves})
    boosting = HistGradientBoostingClassifier(max_iter=5)
    made = synthetic(classifier(teacher=boosting), frame, y)
    assert set(made.X[:, 1]) == {0.5, 1.5}
    assert len(set(made.X[:, 0])) > N


def test_they_weigh_as_the_rows_do():
    weight = np.where(X[:, 3] > 0, 5.0, 1.0)
    weight[:10] = 0
    made = synthetic(classifier(teacher=LogisticRegression()), X, y, weight)
    assert len(made) == EACH * (N - 10)
    # Two for each row weigh as much as it does.
    assert set(made.weight) == {0.5, 2.5}
    # Neighbours are mostly of the same level.
    assert made.weight[made.X[:, 3] > 0].mean() > 2


@pytest.mark.parametrize("n_rows", [ENOUGH - 300, ENOUGH, ENOUGH + 300])
def test_many_rows_want_few(n_rows):
    linear = FrozenEstimator(LogisticRegression().fit(X[:, :1], y))
    many = np.tile(X[:, :1], (n_rows // N + 1, 1))[:n_rows]
    labels = np.tile(y, n_rows // N + 1)[:n_rows]
    made = synthetic(classifier(teacher=linear), many, labels)
    assert (0 if made is None else len(made)) == max(0, ENOUGH - n_rows)


def test_where_there_are_none():
    teacher = LogisticRegression()
    assert synthetic(classifier(), X, y) is None
    assert synthetic(classifier(teacher=teacher), sparse.csr_array(X), y) is None
    balanced = classifier(teacher=teacher, class_weight="balanced")
    assert synthetic(balanced, X, y) is None
    lstm = PrunedLSTMRegressor(n_timesteps=6, teacher=LinearRegression())
    assert synthetic(lstm, X, X[:, 0]) is None


def test_an_epoch_has_as_many_steps_as_without_them():
    asked = classifier(teacher=LogisticRegression(), alpha=2.0, prune_alpha=3.0)
    asked.set_params(batch_size=40, n_iter_no_change=12)
    rows, targets = asked._read(X, y, None, reset=True)
    job = make_job(asked, rows, targets, None)
    taught = job.taught(0.5)
    assert taught.n_train == 3 * N
    assert Batches(taught.rows, taught.plan.batch_size).n_batches == math.ceil(N / 40)
    # Of a step neither penalty changes; an epoch tells three times as much.
    assert taught.plan.alpha / taught.plan.batch_size == asked.alpha / 40
    assert taught.prune.alpha / taught.plan.batch_size == asked.prune_alpha / 40
    assert taught.plan.n_iter_no_change == 4
    assert job.taught(0.0).plan == job.plan


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("mask", [None, 0.1])
def test_they_are_learnt_from_with_masks_and_rows_set_aside(early_stopping, mask):
    taught = classifier(
        teacher=LogisticRegression(),
        teacher_weight=0.5,
        early_stopping=early_stopping,
        mask_unreliable=mask,
        max_iter=200,
    )
    first = taught.fit(X, y).predict_proba(X)
    assert_array_equal(taught.fit(X, y).predict_proba(X), first)
    others = taught.set_params(random_state=1).fit(X, y).predict_proba(X)
    assert not np.array_equal(others, first)
