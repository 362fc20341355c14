"""The prior's share of the loss, by how much noise a network leaves."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from instances import classifier
from numpy.testing import assert_allclose
from parts import MOST, Prior, blind_loss, get_loss, whole_noise
from scipy.optimize import minimize
from scipy.stats import entropy
from sklearn.datasets import load_digits
from sklearn.metrics import d2_pinball_score, log_loss

rng = np.random.default_rng(0)
N = 60
WEIGHT = rng.uniform(0.5, 2, N).astype(np.float32)
TARGETS = {
    "binary": (rng.random((N, 2)) < 0.3).astype(np.float32),
    "multiclass": rng.integers(0, 3, N),
    "squared_error": rng.normal(1, 2, (N, 2)).astype(np.float32),
    "poisson": rng.poisson(2.0, (N, 2)).astype(np.float32),
}


def outputs(name):
    return 3 if name == "multiclass" else 2


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["equal", "weighted"])
def test_no_constant_has_a_lower_loss(name, weight):
    loss, y = get_loss(name), TARGETS[name]
    targets = torch.from_numpy(y if y.ndim == 1 else y.astype(float))

    def of_constant(z):
        rows = loss.rows(torch.tensor(z, dtype=torch.float64).expand(N, -1), targets)
        return np.average(rows.numpy(), weights=weight)

    best = minimize(of_constant, np.zeros(outputs(name))).fun
    assert blind_loss(loss, y, weight) == pytest.approx(best, rel=1e-5)


@pytest.mark.parametrize("level", [0.05, 0.5, 0.9])
def test_the_constant_of_a_quantile_is_the_quantile(level):
    y = rng.exponential(size=(N, 1)).astype(np.float32)
    found = blind_loss(get_loss("quantile", quantile=level), y, None)
    z = np.quantile(y, level)
    expected = np.where(y > z, level * (y - z), (1 - level) * (z - y)).mean()
    assert found == pytest.approx(expected, rel=1e-5)
    constant = np.full_like(y, z)
    assert d2_pinball_score(y, constant, alpha=level) == pytest.approx(0, abs=1e-6)


def test_several_quantiles_have_each_its_own():
    y = rng.exponential(size=(N, 2)).astype(np.float32)
    levels = (0.1, 0.5, 0.8)
    each = [blind_loss(get_loss("quantile", quantile=q), y, None) for q in levels]
    found = blind_loss(get_loss("quantiles", quantile=levels), y, None)
    assert found == pytest.approx(np.mean(each), rel=1e-5)


def test_shares_of_classes_count_as_such():
    shares = rng.dirichlet(np.ones(3), N).astype(np.float32)
    found = blind_loss(get_loss("multiclass"), shares, None)
    mean = shares.mean(0)
    assert found == pytest.approx(-(mean * np.log(mean)).sum(), rel=1e-5)


def test_the_share_is_that_of_the_loss_left():
    prior = Prior.over(100, 0.5, 5.0, is_flattered=False)
    found = [prior.at(loss) for loss in (0.0, 0.05, 0.25, 0.5, 7.0, math.inf, math.nan)]
    assert_allclose(found, 0.05 * np.array([0, 0.1, 0.5, 1, 1, 1, 1]))


def test_a_flattered_loss_counts_by_its_root():
    prior = Prior.over(100, 0.5, 4.0, is_flattered=True)
    found = [prior.at(loss) for loss in (0.005, 0.125, 0.5, 7.0)]
    assert_allclose(found, 0.04 * np.array([0.1, 0.5, 1, 1]))


def test_there_is_no_less_noise_than_on_rows_held_out():
    prior = Prior.over(100, 0.5, 4.0, is_flattered=True)
    prior = replace(prior, held_out=0.2)
    found = [prior.at(loss) for loss in (0.0, 0.1, 0.2, 0.3, 7.0)]
    assert_allclose(found, 0.04 * np.array([0.4, 0.4, 0.4, 0.6, 1]))
    # Worse than the best constant, or no longer finite.
    for held_out in (0.6, math.inf, math.nan):
        assert replace(prior, held_out=held_out).at(0.1) == prior.whole


def test_a_flattered_network_of_few_weights_is_held_less():
    prior = Prior.over(160, math.log(2), 5.0, is_flattered=True)
    found = [prior.at(1.0, n_weights) for n_weights in (10, 160, 999)]
    assert_allclose(found, 5.0 / 160 * np.array([0.5, 1, 1]))
    unseen = Prior.over(160, math.log(2), 5.0, is_flattered=False)
    assert unseen.at(1.0, 10) == unseen.at(1.0)


def test_rare_classes_tell_less_a_row():
    share = 0.05
    in_nats = entropy([share, 1 - share])
    prior = Prior.over(1000, in_nats, 5.0, is_flattered=True)
    assert prior.n_told == pytest.approx(1000 * entropy([share, 1 - share], base=2))
    many_classes = Prior.over(1000, math.log(10), 5.0, is_flattered=True)
    assert many_classes.n_told == 1000


def test_few_rows_bear_less_of_it_where_they_flatter():
    for is_flattered, most in ((False, MOST), (True, 1 / 25)):
        many = Prior.over(1920, 1.0, is_flattered=is_flattered)
        assert many.whole == pytest.approx(1 / 40)
        few = Prior.over(100, 1.0, is_flattered=is_flattered)
        assert few.whole == pytest.approx(most)


@given(st.integers(1, 1000), st.floats(0.1, 100), st.floats(0, 10), st.booleans())
def test_it_is_never_more_than_few_rows_bear(n_rows, precision, loss, is_flattered):
    prior = Prior.over(n_rows, 1.0, precision, is_flattered=is_flattered)
    assert 0 <= prior.at(loss) <= min(MOST, precision / n_rows) * (1 + 1e-12)
    assert prior.at(loss) <= prior.at(loss + 0.1)


def test_equal_targets_are_all_noise():
    y = np.ones((5, 1), np.float32)
    blind = blind_loss(get_loss("squared_error"), y, None)
    assert Prior.over(5, blind, 1.0, is_flattered=False).at(0.0) == MOST


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("early_stopping", [True, False])
def test_pruning_does_not_blur_classes_that_are_easily_told(early_stopping):
    # Held as if labels were as noisy as defaults are, the log loss doubled.
    X, y = load_digits(return_X_y=True)
    X_train, X_test = (X[:1200] / 16, X[1200:] / 16)
    found = []
    for sparsity in (0.0, 0.8):
        network = classifier(
            hidden_layer_sizes=(64,),
            max_iter=100,
            sparsity=sparsity,
            early_stopping=early_stopping,
        )
        proba = network.fit(X_train, y[:1200]).predict_proba(X_test)
        found.append(log_loss(y[1200:], proba))
    dense, pruned = found
    assert pruned < 1.3 * dense


def test_a_pinball_loss_is_its_own_scale():
    """The scale of a Laplace density is the mean of its absolute errors."""
    y = np.random.default_rng(0).normal(size=(50, 1)).astype(np.float32)
    assert whole_noise(get_loss("quantile", quantile=0.2), y, None) == 1.0
    squared = get_loss("squared_error")
    assert whole_noise(squared, y, None) == blind_loss(squared, y, None)
