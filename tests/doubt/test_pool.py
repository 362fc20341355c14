"""The pool of judges, beside logistic regressions, SciPy and judges of known worth."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import expit, logit, softmax
from sklearn.linear_model import LogisticRegression

from skprune.estimator.pool import likeliest_exponents, parts, pooled
from skprune.estimator.truth import Truth

N = 2000
ROWS = np.arange(N)


def shares(p):
    return np.stack([1 - p, p], -1)


def two_classes(seed=0):
    """Return three judges of two classes, the last of no skill, and labels."""
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(3, N))
    y = (rng.random(N) < expit(1.5 * own[0] + 0.5 * own[1])).astype(int)
    return expit(0.5 * own), y


def test_two_classes_are_a_logistic_regression_without_a_constant():
    p, y = two_classes()
    found = likeliest_exponents(shares(p)[:2], Truth.of_targets(y, is_label=True), ROWS)
    line = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-8)
    line.fit(logit(p[:2]).T, y)
    assert_allclose(found, line.coef_[0], rtol=1e-3)
    truth = Truth.of_targets(y, is_label=True)
    assert_allclose(
        pooled(shares(p)[:2], found, truth),
        line.predict_proba(logit(p[:2]).T),
        atol=1e-3,
    )


def test_judges_who_are_too_cautious_are_together_as_sure_as_they_are_right():
    p, y = two_classes()
    truth = Truth.of_targets(y, is_label=True)
    found = likeliest_exponents(shares(p), truth, ROWS)
    # Labels were drawn with these.
    assert_allclose(found, [3, 1, 0], atol=0.3)
    said = pooled(shares(p), found, truth)[:, 1]
    for low in (0.0, 0.25, 0.5, 0.75):
        some = (said >= low) & (said < low + 0.25)
        assert_allclose(said[some].mean(), y[some].mean(), atol=0.06)


def test_who_has_no_skill_or_is_wrong_has_no_say():
    p, y = two_classes()
    truth = Truth.of_targets(y, is_label=True)
    against = np.stack([shares(p[0]), shares(1 - p[0]), np.full((N, 2), 0.5)])
    found = likeliest_exponents(against, truth, ROWS)
    assert found[1] < 1e-3
    alone = likeliest_exponents(against[:1], truth, ROWS)
    assert_allclose(
        pooled(against, found, truth), pooled(against[:1], alone, truth), atol=1e-3
    )
    # Where all are wrong nobody has a say, and all count alike.
    none = likeliest_exponents(against[1:2], truth, ROWS)
    assert_allclose(none, 0, atol=1e-6)
    assert_allclose(pooled(against[1:2], none, truth), 0.5, atol=1e-6)
    assert_allclose(parts(np.zeros(4)), 0.25)
    assert_allclose(parts(np.array([3.0, 1, 0])), [0.75, 0.25, 0])


def test_three_classes_by_scipy():
    rng = np.random.default_rng(1)
    own = rng.normal(size=(3, N, 3))
    drawn = softmax(1.2 * own[0] + 0.4 * own[1], axis=1)
    y = np.array([rng.choice(3, p=p) for p in drawn])
    told = softmax(own, axis=2)
    words = np.array(["a", "b", "c"])[y]
    truth = Truth.of_targets(words, is_label=True)

    def loss(a):
        together = np.prod(told ** a[:, None, None], axis=0)
        together /= together.sum(1, keepdims=True)
        return -np.log(together[ROWS, y]).mean()

    bounds = [(0, None)] * 3
    expected = minimize(loss, np.ones(3), bounds=bounds, method="Nelder-Mead", tol=1e-8)
    found = likeliest_exponents(told, truth, ROWS)
    assert_allclose(found, expected.x, atol=2e-3)
    assert_allclose(found[:2], [1.2, 0.4], atol=0.15)
    assert_allclose(
        truth.losses(pooled(told, found, truth), ROWS).mean(), expected.fun, atol=1e-6
    )


def test_several_labels_are_that_many_choices():
    p, y = two_classes()
    q, z = two_classes(seed=2)
    both = Truth.of_targets(np.column_stack([y, z]), is_label=True)
    told = np.stack([p, q], -1)
    found = likeliest_exponents(told, both, ROWS)
    one = Truth.of_targets(np.r_[y, z], is_label=True)
    told_one = shares(np.hstack([p, q]))
    expected = likeliest_exponents(told_one, one, np.arange(2 * N))
    assert_allclose(found, expected, rtol=1e-6)
    assert_allclose(
        pooled(told, found, both).T.ravel(),
        pooled(told_one, expected, one)[:, 1],
    )


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_numbers_by_least_squares(n_outputs):
    rng = np.random.default_rng(0)
    y = rng.normal(size=(N, n_outputs))
    noise = (
        rng.normal(size=(4, N, n_outputs)) * np.array([0.5, 1, 2, 0.5])[:, None, None]
    )
    told = y + noise
    # Judge 3 errs as judge 0 does, and more: it has nothing to add.
    told[3] = y + 1.5 * noise[0]
    units = 10.0 ** np.arange(n_outputs)
    truth = Truth.of_targets((y * units).squeeze(), is_label=False)
    found = likeliest_exponents(told * units, truth, ROWS)

    def squares(w):
        return (((np.tensordot(w, told, axes=1) - y) / y.std(0)) ** 2).mean()

    whole = {"type": "eq", "fun": lambda w: w.sum() - 1}
    expected = minimize(
        squares, np.full(4, 0.25), bounds=[(0, 1)] * 4, constraints=whole, tol=1e-10
    )
    assert_allclose(found, expected.x, atol=1e-4)
    assert_allclose(found.sum(), 1)
    # Errors that are independent count by their precisions.
    assert_allclose(found, np.array([4, 1, 0.25, 0]) / 5.25, atol=0.03)
    together = pooled(told * units, found, truth)
    assert_allclose(together, np.tensordot(found, told * units, axes=1))


def test_some_rows_and_judges_who_are_never_wrong():
    p, y = two_classes()
    truth = Truth.of_targets(y, is_label=True)
    some = np.arange(0, N, 2)
    half = Truth.of_targets(y[some], is_label=True)
    told = shares(p)[:, some]
    assert_allclose(
        likeliest_exponents(told, truth, some),
        likeliest_exponents(told, half, np.arange(N // 2)),
    )
    sure = shares(y.astype(float))[None]
    found = likeliest_exponents(sure, truth, ROWS)
    assert_allclose(pooled(sure, found, truth), sure[0], atol=1e-3)
    numbers = Truth.of_targets(p[0], is_label=False)
    exact = np.stack([p[0], p[1]])[:, :, None]
    assert_allclose(likeliest_exponents(exact, numbers, ROWS), [1, 0], atol=1e-6)
    constant = Truth.of_targets(np.full(N, 2.0), is_label=False)
    assert np.isfinite(likeliest_exponents(exact, constant, ROWS)).all()
