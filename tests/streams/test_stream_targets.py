"""The scale of a target that is learnt row by row."""

import pickle

import numpy as np
import pytest

from skprune import PrunedLSTMRegressor, PrunedMLPRegressor
from skprune.estimator.targets import ENOUGH_ROWS, AffineScaling, LogScaling

rng = np.random.default_rng(0)
X = rng.normal(size=(600, 4))
LINEAR = X @ [3.0, -2.0, 0.0, 0.0]


def regressor(**params):
    known = {"random_state": 0, "learning_rate_init": 0.01, "sparsity": 0.0}
    return PrunedMLPRegressor((16,), **{**known, **params})


def row_by_row(model, X, y, *, through_pickle=False):
    for i in range(len(X)):
        model.partial_fit(X[i : i + 1], y[i : i + 1])
        if through_pickle:
            model = pickle.loads(pickle.dumps(model))
    return model


def passes(model, X, y, n_passes, size=50):
    for _ in range(n_passes):
        for i in range(0, len(X), size):
            model.partial_fit(X[i : i + size], y[i : i + size])
    return model


@pytest.mark.parametrize("size", [1, 10])
@pytest.mark.parametrize("n_constant", [1, 50, 300])
def test_learns_a_target_that_is_constant_at_first(n_constant, size):
    y = LINEAR + 7.0
    y[:n_constant] = 7.0
    model = passes(regressor(), X[:n_constant], y[:n_constant], 1, size)
    np.testing.assert_allclose(model.predict(X), 7.0)
    assert model.loss_ == 0.0
    passes(model, X[n_constant:], y[n_constant:], 1, size)
    assert model.loss_ > 0.0
    passes(model, X[n_constant:], y[n_constant:], 8)
    assert model.score(X[n_constant:], y[n_constant:]) > 0.9


def test_learns_counts_of_which_most_are_zero():
    y = np.where(X[:, 0] > 1.0, 10.0 * X[:, 0], 0.0)
    assert y[0] == 0.0
    model = passes(row_by_row(regressor(), X, y), X, y, 15)
    assert model.score(X, y) > 0.9


@pytest.mark.parametrize("cls", [PrunedMLPRegressor, PrunedLSTMRegressor])
def test_one_constant_column_among_several_learns_once_it_varies(cls):
    Y = np.stack([LINEAR, LINEAR - 3.0], axis=1)
    first = Y[:200].copy()
    first[:, 1] = 5.0
    more = {"n_timesteps": 2} if cls is PrunedLSTMRegressor else {}
    model = cls((16,), sparsity=0.0, random_state=0, learning_rate_init=0.01, **more)
    passes(model, X[:200], first, 2)
    np.testing.assert_allclose(model.predict(X)[:, 1], 5.0)
    passes(model, X[200:], Y[200:], 30)
    assert model.score(X[200:], Y[200:]) > 0.9


def test_a_warm_start_learns_after_a_constant():
    model = regressor(warm_start=True, max_iter=60, n_iter_no_change=np.inf)
    with pytest.warns(Warning, match="Maximum iterations"):
        model.fit(X, np.full(len(X), 3.0))
    np.testing.assert_allclose(model.predict(X), 3.0)
    with pytest.warns(Warning, match="Maximum iterations"):
        model.fit(X, LINEAR)
    assert model.score(X, LINEAR) > 0.95


# As scikit-learn's own test of a perceptron loaded from joblib goes on.
@pytest.mark.parametrize("through_pickle", [False, True])
def test_a_pickled_fit_goes_on_row_by_row(through_pickle):
    target = LINEAR[:1] * 0 + 2.0
    model = regressor(learning_rate_init=0.05).partial_fit(X[:1], target)
    y = np.full(60, 9.0)
    model = row_by_row(model, X[:60], y, through_pickle=through_pickle)
    for _ in range(60):
        model.partial_fit(X[:60], y)
    np.testing.assert_allclose(model.predict(X[:60]), 9.0, rtol=0.05)


@pytest.mark.parametrize("through_pickle", [False, True])
@pytest.mark.parametrize("gap", [1e-9, 1e-3])
def test_two_targets_that_hardly_differ_do_no_harm(gap, through_pickle):
    y = LINEAR.copy()
    y[1] = y[0] + gap
    model = row_by_row(regressor(), X[:120], y[:120], through_pickle=through_pickle)
    assert model.loss_ < 100.0 * y.var()
    assert passes(model, X[2:], LINEAR[2:], 5).score(X[2:], LINEAR[2:]) > 0.9


@pytest.mark.parametrize("kind", ["mlp", "lstm"])
# In the dense stage, and when pruning is over.
@pytest.mark.parametrize("n_calls", [2, 9])
def test_predictions_stay_where_the_scale_is_learnt_anew(kind, n_calls):
    # With hardly a rate, all that changes is how the output layer is expressed.
    known = {
        "learning_rate_init": 1e-12,
        "random_state": 0,
        "max_iter": 5,
        "prune_iter": 3,
    }
    if kind == "lstm":
        model = PrunedLSTMRegressor((5,), n_timesteps=2, sparsity=0.5, **known)
    else:
        model = PrunedMLPRegressor((8,), sparsity=0.5, **known)
    Y = np.stack([LINEAR, 100.0 * LINEAR + 5.0], axis=1)
    for i in range(n_calls):
        model.partial_fit(X[5 * i : 5 * i + 5], Y[5 * i : 5 * i + 5])
    for factor in (100.0, 1e4):
        # Once as it is, once through a pickle.
        before, scale = model.predict(X), model._scaling.scale
        model.partial_fit(factor * X[50:60], factor * Y[50:60])
        assert np.all(model._scaling.scale > 1.5 * scale)
        off = np.abs(model.predict(X) - before) / model._scaling.scale
        assert off.max() < 1e-5
        model = pickle.loads(pickle.dumps(model))


def test_the_dense_stage_is_not_over_for_a_loss_in_another_unit():
    model = regressor(max_iter=1000, n_iter_no_change=5, sparsity=0.5)
    y = np.concatenate([np.full(30, 1.0), LINEAR[30:]])
    row_by_row(model, X[:60], y[:60])
    assert model.sparsity_ == 0.0
    pickled = regressor(max_iter=1000, n_iter_no_change=5, sparsity=0.5)
    row_by_row(pickled, X[:60], y[:60], through_pickle=True)
    assert pickled.sparsity_ == 0.0


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("scaling", [AffineScaling, LogScaling])
def test_centre_and_scale_are_those_of_all_rows(scaling, weighted):
    y = np.abs(rng.normal(size=(80, 2))) * [1.0, 1e5] + 1.0
    weight = rng.uniform(0.5, 2.0, 80) if weighted else None
    if weighted:
        # Rows of each call count as many, so that their mean weight is the same.
        weight = weight.reshape(8, 10) / weight.reshape(8, 10).mean(1, keepdims=True)
        weight = weight.ravel()
    found = scaling.fit(y[:10], None if weight is None else weight[:10])
    for i in range(10, 80, 10):
        at = slice(i, i + 10)
        found = found.taking_in(y[at], None if weight is None else weight[at])
    whole = scaling.fit(y, weight)
    np.testing.assert_allclose(found.centre, whole.centre, rtol=1e-10)
    np.testing.assert_allclose(found.scale, whole.scale, rtol=1e-10)
    np.testing.assert_array_equal(found.n_rows, 80)


@pytest.mark.parametrize("size", [1e-160, 1.0, 1e100])
def test_targets_of_extreme_size_are_taken_in(size):
    y = rng.normal(size=(60, 1)) * size
    found = AffineScaling.fit(y[:1], None)
    for row in y[1:]:
        found = found.taking_in(row[None], None)
    # Squares of such targets are no numbers.
    np.testing.assert_allclose(found.scale / size, (y / size).std(), rtol=1e-8)


def test_from_enough_rows_on_the_scale_stays():
    y = rng.normal(size=(ENOUGH_ROWS, 1))
    found = AffineScaling.fit(y, None)
    assert found.taking_in(100.0 * y, None) is found
    few = AffineScaling.fit(y[:-1], None)
    assert few.taking_in(100.0 * y, None).scale > 10.0 * few.scale


def test_a_layer_predicts_by_another_scale_what_it_did():
    size = [1.0, 1e120]
    y = rng.uniform(1.0, 2.0, size=(50, 2))
    weight, bias = rng.normal(size=(2, 3)), rng.normal(size=2)
    for cls in (AffineScaling, LogScaling):
        before, after = cls.fit(y * size, None), cls.fit(y**3 * size, None)
        was = before.into_layer(weight, bias)
        now = after.into_layer(*after.layer_from(before, weight, bias))
        if cls is LogScaling:
            was, now = ((w, np.exp(b)) for w, b in (was, now))
        else:
            was, now = (
                (w * one.unit[:, None], b)
                for one, (w, b) in ((before, was), (after, now))
            )
        np.testing.assert_allclose(now[0], was[0])
        np.testing.assert_allclose(now[1] * after.unit, was[1] * before.unit)
