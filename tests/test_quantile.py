"""Forecasts of a quantile: the share of targets below them is what was asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.base import clone
from sklearn.metrics import mean_pinball_loss

from skprune import PrunedLSTMRegressor, PrunedMLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

TRAINED = {"learning_rate_init": 0.01, "max_iter": 40, "prune_iter": 20}
TRAINED |= {"sparsity": 0.5, "random_state": 0, "loss": "quantile"}
FORECASTERS = {
    "mlp": PrunedMLPRegressor((20,), **TRAINED),
    "lstm": PrunedLSTMRegressor((8,), dense_layer_sizes=(), **TRAINED),
}


def noisy_rows(seed, n=1500):
    """Rows whose noise grows with the first column; and what a quantile is."""
    draws = np.random.default_rng(seed)
    X = draws.uniform(-1, 1, size=(n, 4))
    centre, spread = 50 + 10 * X[:, -1], 4 * (1.2 + X[:, 0])
    y = centre + spread * draws.standard_normal(n)
    return X, y, lambda q: centre + spread * norm.ppf(q)


@pytest.fixture(scope="module", params=sorted(FORECASTERS))
def fitted(request):
    X, y, _ = noisy_rows(0)
    net = FORECASTERS[request.param]
    return {q: clone(net).set_params(quantile=q).fit(X, y) for q in (0.1, 0.5, 0.9)}


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
def test_the_share_below_is_the_quantile(fitted, q):
    X, y, _ = noisy_rows(1)
    assert np.mean(y <= fitted[q].predict(X)) == pytest.approx(q, abs=0.04)


@pytest.mark.parametrize("q", [0.1, 0.9])
def test_the_band_follows_the_noise(fitted, q):
    X, y, quantile = noisy_rows(1)
    loss = mean_pinball_loss(y, fitted[q].predict(X), alpha=q)
    best = mean_pinball_loss(y, quantile(q), alpha=q)
    constant = np.quantile(y, q)
    flat = mean_pinball_loss(y, np.full(len(y), constant), alpha=q)
    assert best < loss < best + 0.15 * (flat - best)


def test_the_loss_is_pinball_in_the_units_of_the_target(fitted):
    X, y, _ = noisy_rows(0)
    net = fitted[0.9]
    loss = mean_pinball_loss(y, net.predict(X), alpha=0.9)
    assert net.pruning_report_.pruned.loss == pytest.approx(loss, rel=1e-4)


@given(
    q=st.floats(0.01, 0.99),
    shift=st.floats(-100, 100),
    scale=st.floats(0.01, 100),
)
def test_the_loss_is_smallest_at_the_quantile_of_the_sample(q, shift, scale):
    import torch

    from skprune.losses.regression import Quantile

    y = shift + scale * np.random.default_rng(0).standard_normal((101, 1))
    target = torch.from_numpy(y)
    candidates = torch.sort(target[:, 0]).values
    losses = [Quantile(q).mean(c.expand_as(target), target) for c in candidates]
    best = candidates[int(torch.stack(losses).argmin())]
    share = float((target < best).double().mean())
    assert share <= q + 1e-9 <= share + 1 / 101 + 1e-6


@pytest.mark.parametrize("wrong", [0.0, 1.0, -0.1, "median"])
def test_quantiles_lie_between_0_and_1(wrong):
    X, y, _ = noisy_rows(0, n=20)
    for net in FORECASTERS.values():
        with pytest.raises(ValueError, match="quantile"):
            clone(net).set_params(quantile=wrong).fit(X, y)
