"""Targets of any size, and of next to no spread, are learnt alike."""

import warnings

import numpy as np
import pytest
from instances import regressor
from sklearn.datasets import make_regression
from sklearn.metrics import r2_score

from skprune import PrunedLSTMRegressor
from skprune.export import to_numpy, to_torch

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = make_regression(120, 6, noise=1.0, random_state=0)
y /= y.std()
SIZES = [1e300, 1e100, 1e38, 1e-38, 1e-160, 1e-300]


def model(**parameters):
    return regressor(max_iter=60, prune_iter=10, sparsity=0.3, **parameters)


@pytest.fixture(scope="module")
def plain():
    return model().fit(X, y).predict(X)


@pytest.mark.parametrize("size", SIZES)
def test_the_unit_of_the_target_makes_no_difference(plain, size):
    assert r2_score(y, plain) > 0.8
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        found = model().fit(X, y * size).predict(X)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found / size, plain, atol=1e-4)


def test_subnormal_targets_are_as_good_as_their_digits():
    tiny = y * 1e-320
    found = model().fit(X, tiny).predict(X)
    # 1e-320 has some 11 bits left.
    assert r2_score(tiny * 1e300 * 1e20, found * 1e300 * 1e20) > 0.8


@pytest.mark.parametrize("size", [1.0, 1e100, 1e-100])
@pytest.mark.parametrize("spread", [1e-10, 1e-13, 1e-14])
def test_a_small_spread_around_a_large_centre(spread, size):
    targets = (1 + spread * y) * size
    found = model().fit(X, targets).predict(X)
    # In units of the spread: what float64 has kept of it.
    kept, predicted = (v / size - 1 for v in (targets, found))
    assert r2_score(kept / spread, predicted / spread) > 0.75


# Of scikit-learn's check that y is finite, by a sum.
@pytest.mark.filterwarnings("ignore:invalid value encountered in reduce")
def test_the_largest_numbers_that_there_are():
    largest = y / np.abs(y).max() * 1.5e308
    found = model().fit(X, largest).predict(X)
    kept = np.isfinite(found)
    assert kept.mean() > 0.95
    assert r2_score(largest[kept] / 1e308, found[kept] / 1e308) > 0.75


def test_columns_of_all_sizes(plain):
    sizes = np.array([1e100, 1.0, 1e-160, 0.0])
    found = model().fit(X, y[:, None] * sizes + [0, 0, 0, 3]).predict(X)
    for column, size in enumerate(sizes[:3]):
        assert r2_score(y, found[:, column] / size) > 0.7
    np.testing.assert_allclose(found[:, 3], 3.0)


@pytest.mark.parametrize("loss", ["quantile", "poisson"])
@pytest.mark.parametrize("size", [1e100, 1e-100])
def test_other_losses(loss, size):
    targets = np.exp(y)
    small, large = (
        model(loss=loss).fit(X, t).predict(X) for t in (targets, targets * size)
    )
    np.testing.assert_allclose(large / size, small, rtol=1e-3)


@pytest.mark.parametrize("size", [1e100, 1e-160])
def test_a_warm_start_and_several_networks(size):
    found = model(warm_start=True, n_networks=2).fit(X, y * size).fit(X, y * size)
    assert r2_score(y, found.predict(X) / size) > 0.8


def test_windows():
    lstm = PrunedLSTMRegressor(
        (6,), n_timesteps=3, max_iter=20, prune_iter=4, sparsity=0.2, random_state=0
    )
    plain = lstm.fit(X, y).predict(X)
    np.testing.assert_allclose(
        lstm.fit(X, y * 1e150).predict(X) / 1e150, plain, atol=1e-3
    )


@pytest.mark.parametrize("size", [1e100, 1e-160])
def test_an_export_of_them_is_refused(tmp_path, size):
    large = model().fit(X, y * size)
    with pytest.raises(ValueError, match="float32"):
        to_torch(large)
    with pytest.raises(ValueError, match="float32"):
        to_numpy(large, tmp_path / "scoring.py")


def test_an_export_of_ordinary_ones_agrees(tmp_path):
    found = model().fit(X, y * 1e6)
    module = to_torch(found)
    rows = X.astype(np.float32)
    torch = pytest.importorskip("torch")
    given = module(torch.from_numpy(rows)).detach().numpy().ravel()
    np.testing.assert_allclose(given, found.predict(rows), rtol=1e-4, atol=10)
