"""How far labels are trusted, by Bayes' rule and by noise of a known rate."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import rankdata

from skprune.estimator.doubt import Truth, Verdict
from skprune.estimator.trust import noise_rate, trusted, wrong


def noisy(n_rows, n_classes, rate, sharpness=4.0, seed=0):
    """Return what is said of rows, how likely that is, and where it is wrong."""
    rng = np.random.default_rng(seed)
    logits = sharpness * rng.normal(size=(n_rows, n_classes))
    own = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    codes = np.array([rng.choice(n_classes, p=p) for p in own])
    moved = rng.random(n_rows) < rate * (n_classes - 1)
    other = (codes + rng.integers(1, n_classes, n_rows)) % n_classes
    said = np.where(moved, other, codes)
    return (1 - n_classes * rate) * own + rate, said, moved


def verdict(told, asked=None):
    n_rows = len(told)
    asked = np.arange(n_rows) if asked is None else asked
    order = np.arange(float(n_rows))
    return Verdict(n_rows, asked, told[asked], order[asked], order[asked])


def own(told, codes):
    return told[np.arange(len(told)), codes]


@pytest.mark.parametrize(("n_classes", "rate"), [(2, 0.1), (3, 0.05), (4, 0.02)])
def test_labels_are_wrong_as_often_as_is_said(n_classes, rate):
    told, said, moved = noisy(20_000, n_classes, rate)
    found = wrong(own(told, said), rate, n_classes)
    assert found.min() >= 0
    assert found.max() <= 1
    assert_allclose(found.mean(), moved.mean(), atol=0.01)
    for low in (0.0, 0.2, 0.5):
        some = (found >= low) & (found < low + 0.3)
        assert_allclose(found[some].mean(), moved[some].mean(), atol=0.06)


def test_the_rate_is_bounded_by_what_is_least_likely():
    told, said, _ = noisy(20_000, 2, 0.1, seed=1)
    assert 0.07 < noise_rate(told, said) < 0.12
    clean, labels, _ = noisy(20_000, 2, 0.0)
    assert noise_rate(clean, labels) < 0.01
    # Of 200 rows chance explains what little there is.
    assert noise_rate(clean[:200], labels[:200]) == 0
    # Predictions that tell nothing put a bound to nothing.
    blind = np.full((1000, 2), 0.5)
    assert noise_rate(blind, labels[:1000]) > 0.2


def test_the_rate_by_hand():
    p = np.linspace(0.01, 0.99, 100)
    said = (np.arange(100) >= 50).astype(int)
    said[[0, 1, 2]] = 1
    said[95:] = 0
    # Three of ten of class 1, five of ten of class 0; two standard errors below.
    rate = noise_rate(np.column_stack([1 - p, p]), said)
    assert_allclose(rate, 0.3 - 2 * np.sqrt(0.3 * 0.7 / 10))


def test_where_the_rate_is_nought_all_is_trusted():
    assert_array_equal(wrong(np.array([0.0, 0.5, 1.0]), 0.0, 2), 0)
    told, said, _ = noisy(100, 2, 0.0)
    truth = Truth.of_targets(said, is_label=True)
    assert_array_equal(trusted(verdict(told), truth, 0.2), 1)
    one = Truth.of_targets(np.zeros(5, int), is_label=True)
    assert_array_equal(trusted(verdict(np.ones((5, 1))), one, 0.2), 1)


def test_no_more_is_wrong_than_the_share():
    told, said, _ = noisy(5000, 2, 0.2)
    truth = Truth.of_targets(said, is_label=True)
    assert_allclose(trusted(verdict(told), truth, 0.05).mean(), 0.95, atol=0.015)


def test_trust_of_labels_names_and_rows_that_nobody_judged():
    told, said, _ = noisy(2000, 3, 0.1)
    truth = Truth.of_targets(np.array(["no", "so", "yes"])[said], is_label=True)
    asked = np.arange(500, 2000)
    trust = trusted(verdict(told, asked), truth, 0.1)
    assert_array_equal(trust[:500], 1)
    rate = min(noise_rate(told[500:], said[500:]), 0.05)
    assert_allclose(trust[500:], 1 - wrong(own(told, said)[500:], rate, 3))


def test_several_labels_are_right_where_each_is():
    first, said, _ = noisy(2000, 2, 0.1, seed=1)
    second, also, _ = noisy(2000, 2, 0.1, seed=2)
    truth = Truth.of_targets(np.column_stack([said, also]), is_label=True)
    told = np.column_stack([first[:, 1], second[:, 1]])
    right = [1 - wrong(own(p, y), 0.02, 2) for p, y in ((first, said), (second, also))]
    assert_allclose(trusted(verdict(told), truth, 0.02), right[0] * right[1])


def test_of_numbers_the_share_most_in_doubt_goes():
    truth = Truth.of_targets(np.arange(10.0), is_label=False)
    losses = np.array([0.0, 9, 1, 2, 8, 3, 4, 5, 6, 7])
    found = Verdict(10, np.arange(10), np.zeros((10, 1)), losses, losses)
    assert_array_equal(np.flatnonzero(trusted(found, truth, 0.2) == 0), [1, 4])
    assert_allclose(found.doubt(), rankdata(losses) / 10)
    some = Verdict(12, np.arange(2, 12), np.zeros((10, 1)), losses, losses)
    assert_array_equal(np.flatnonzero(trusted(some, truth, 0.1) == 0), [3])
