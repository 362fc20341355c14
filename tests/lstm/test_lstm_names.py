"""Columns that are named as lags are read as such, in whatever order they come."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from skprune import PrunedLSTMClassifier, PrunedLSTMRegressor
from skprune.time_series import sliding_windows
from skprune.time_series.names import axes_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SMALL = {"dense_layer_sizes": (3,), "max_iter": 3, "prune_iter": 2, "random_state": 0}
NET = PrunedLSTMRegressor((5, 4), sparsity=0.5, **SMALL)


def rows_and_target():
    draws = np.random.default_rng(0)
    table = pd.DataFrame(draws.normal(size=(90, 3)), columns=["a", "b", "c"])
    return sliding_windows(table, table["a"], window=4)


def shuffled(X):
    """Channel by channel, and each one's steps in disorder."""
    draws = np.random.default_rng(1)
    order = [draws.permutation(4) * 3 + channel for channel in range(3)]
    return X.iloc[:, np.concatenate(order)]


@given(
    lags=st.lists(st.integers(0, 30), min_size=1, max_size=5, unique=True),
    channels=st.lists(
        st.sampled_from(["x", "y_lag", "lag_z", "a_1"]), max_size=3, unique=True
    ),
    apart=st.sampled_from(["lag", "lag_"]),
    seed=st.integers(0, 99),
)
def test_names_tell_step_and_channel(lags, channels, apart, seed):
    cells = [(lag, channel) for lag in lags for channel in channels or ["value"]]
    order = np.random.default_rng(seed).permutation(len(cells))
    cells = [cells[i] for i in order]
    names = [f"{c}_{apart}{lag}" if channels else f"{apart}{lag}" for lag, c in cells]
    axes = axes_of(names)
    assert list(axes.lags) == sorted(lags, reverse=True)
    assert set(axes.channels) == set(channels or ["value"])
    by_step = [cells[i] for i in axes.order or range(len(cells))]
    assert by_step == [(lag, c) for lag in axes.lags for c in axes.channels]


@pytest.mark.parametrize("granularity", ["weight", "unit", "feature", "lag"])
def test_the_order_of_columns_changes_nothing(granularity):
    X, y = rows_and_target()
    net = clone(NET).set_params(granularity=granularity, criterion="fisher")
    sorted_, mixed = net.fit(X, y), clone(net).fit(shuffled(X), y)
    assert list(mixed.feature_names_in_) == list(shuffled(X))
    assert (mixed.n_timesteps_, mixed.n_channels_) == (4, 3)
    expected = sorted_.predict(X)
    np.testing.assert_allclose(mixed.predict(shuffled(X)), expected, rtol=1e-6)
    importances = pd.Series(mixed.feature_importances_, mixed.feature_names_in_)
    np.testing.assert_allclose(
        importances[list(X)], sorted_.feature_importances_, rtol=1e-4, atol=1e-7
    )
    assert mixed.lags_.tolist() == sorted_.lags_.tolist()
    assert set(mixed.channels_) == set(sorted_.channels_)
    rows = shuffled(X).to_numpy(np.float32)
    np.testing.assert_allclose(mixed.net_.predict(rows), expected, rtol=1e-4)
    again = pickle.loads(pickle.dumps(mixed))
    np.testing.assert_array_equal(
        again.predict(shuffled(X)), mixed.predict(shuffled(X))
    )
    mixed.set_params(warm_start=True).fit(shuffled(X), y)
    sorted_.set_params(warm_start=True).fit(X, y)
    np.testing.assert_allclose(
        mixed.predict(shuffled(X)), sorted_.predict(X), rtol=1e-4
    )


def test_what_stayed_is_named():
    X, y = rows_and_target()
    net = clone(NET).set_params(granularity="lag", sparsity=None, n_keep=2)
    net.set_params(sparsity=0.9).fit(shuffled(X), y)
    kept = [int(lag) for lag in (4, 3, 2, 1) if net.masks_["lags"][4 - lag]]
    assert net.lags_.tolist() == kept
    net = clone(NET).set_params(granularity="feature", n_keep=2, sparsity=0.9).fit(X, y)
    mask = net.masks_["layers.0.weight_ih_l0"][0]
    assert net.channels_.tolist() == np.array(["a", "b", "c"])[mask].tolist()
    net = clone(NET).set_params(granularity="unit", n_keep=4, sparsity=0.9).fit(X, y)
    assert [len(cells) for cells in net.cells_] == [
        layer.hidden_size for layer in net.module_.network.recurrent
    ]
    for cells, width in zip(net.cells_, (5, 4), strict=True):
        assert (np.diff(cells) > 0).all() and cells.max() < width


def test_without_names_lags_are_counted_back_and_channels_up():
    X, y = rows_and_target()
    net = clone(NET).set_params(n_timesteps=4, sparsity=0.0).fit(X.to_numpy(), y)
    assert net.lags_.tolist() == [4, 3, 2, 1]
    assert net.channels_.tolist() == [0, 1, 2]
    with pytest.raises(AttributeError, match="before fit"):
        getattr(clone(NET), "lags_")  # noqa: B009


def test_several_networks_and_classifiers_read_names_too():
    X, y = rows_and_target()
    several = clone(NET).set_params(n_networks=2, granularity="feature").fit(X, y)
    each = [set(one.channels_) for one in several.estimators_]
    assert set(several.channels_) == each[0] | each[1]
    net = PrunedLSTMClassifier((4,), **SMALL).fit(shuffled(X), y > 0)
    assert net.n_timesteps_ == 4


def test_a_stream_reads_names_too():
    X, y = rows_and_target()
    one, other = clone(NET), clone(NET)
    for _ in range(3):
        one.partial_fit(X, y)
        other.partial_fit(shuffled(X), y)
    np.testing.assert_allclose(
        one.predict(X), other.predict(shuffled(X)), rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize(
    ("names", "n_timesteps", "message"),
    [
        (["a_lag2", "a_lag1", "b_lag2", "b_lag1"], 4, "tell of 2 time steps"),
        (["a_lag2", "a_lag1", "b_lag3", "b_lag1"], None, "there is no b_lag2|a_lag3"),
        (["lag_1", "lag1", "lag2", "lag_3"], None, "Two columns are the same lag"),
        (["lag_3", "lag_2", "lag_1", "weekday"], None, "but weekday not"),
    ],
)
def test_names_that_contradict_are_refused(names, n_timesteps, message):
    X = pd.DataFrame(np.zeros((20, 4)), columns=names)
    net = clone(NET).set_params(n_timesteps=n_timesteps)
    with pytest.raises(ValueError, match=message):
        net.fit(X, np.arange(20.0))


def test_names_that_tell_in_part_give_way_to_what_is_said():
    X = pd.DataFrame(np.zeros((20, 4)), columns=["lag_2", "lag_1", "x_2", "x_1"])
    net = clone(NET).set_params(n_timesteps=2).fit(X, np.arange(20.0))
    assert (net.n_timesteps_, net.n_channels_) == (2, 2)
