"""Windows scaled by themselves: nothing of the future, and predictions put back."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skprune import PrunedLSTMRegressor
from skprune.time_series import WindowScaledRegressor, sliding_windows

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

WINDOW, HORIZON = 6, 2


@parametrize_with_checks([WindowScaledRegressor(LinearRegression())])
def test_scikit_learn_accepts_it(estimator, check):
    check(estimator)


class Recorder(LinearRegression):
    """Keeps what it was fitted to."""

    def fit(self, X, y, sample_weight=None):
        self.X_, self.y_ = X, y
        return super().fit(X, y, sample_weight)


def table(n=40):
    draws = np.random.default_rng(0)
    values = draws.normal([5.0, -100.0], [1.0, 30.0], size=(n, 2)).cumsum(axis=0)
    days = pd.date_range("2020-01-01", periods=n, name="date")
    return pd.DataFrame(values, days, ["close", "volume"])


def windows(frame, **how):
    how = {"window": WINDOW, "horizon": HORIZON, **how}
    return sliding_windows(frame, frame["volume"], **how)


def test_each_channel_of_a_window_is_standardised_and_the_target_with_its_own():
    X, y = windows(table())
    seen = WindowScaledRegressor(Recorder(), target="volume").fit(X, y).regressor_
    for row, ahead, scaled, scaled_ahead in zip(
        X.to_numpy(), y.to_numpy(), seen.X_.to_numpy(), seen.y_.to_numpy(), strict=True
    ):
        steps = row.reshape(WINDOW, 2)
        mean, spread = steps.mean(axis=0), steps.std(axis=0)
        np.testing.assert_allclose(scaled, ((steps - mean) / spread).ravel())
        np.testing.assert_allclose(scaled_ahead, (ahead - mean[1]) / spread[1])
    pd.testing.assert_index_equal(seen.X_.index, X.index)
    assert list(seen.X_) == list(X) and list(seen.y_) == list(y)


@pytest.mark.parametrize("at", [8, 20, 39])
def test_what_comes_after_a_row_changes_nothing_in_it(at):
    before, after = table(), table()
    after.iloc[at:] *= 50.0
    fits = []
    for frame in (before, after):
        X, y = windows(frame)
        fits.append(WindowScaledRegressor(Recorder(), target="volume").fit(X, y))
    seen = np.arange(WINDOW - 1, 40 - HORIZON) < at
    known = np.arange(WINDOW - 1, 40 - HORIZON) + HORIZON < at
    one, other = (model.regressor_ for model in fits)
    np.testing.assert_array_equal(one.X_[seen], other.X_[seen])
    np.testing.assert_array_equal(one.y_[known], other.y_[known])
    model, rows = fits[0], windows(before)[0]
    there, changed = model.predict(rows), model.predict(windows(after)[0])
    np.testing.assert_array_equal(there[seen], changed[seen])


def test_level_and_spread_of_a_series_come_back_in_its_forecasts():
    X, y = windows(table())
    model = WindowScaledRegressor(LinearRegression(), target="volume").fit(X, y)
    moved = WindowScaledRegressor(LinearRegression(), target="volume")
    moved.fit(1e4 * X + 7.0, 1e4 * y + 7.0)
    there = 1e4 * model.predict(X) + 7.0
    np.testing.assert_allclose(model.predict(1e4 * X + 7.0), there)
    np.testing.assert_allclose(moved.predict(1e4 * X + 7.0), there)


def test_columns_may_come_in_any_order():
    X, y = windows(table())
    shuffled = X[np.random.default_rng(1).permutation(list(X))]
    one, other = (
        WindowScaledRegressor(LinearRegression(), target="volume").fit(rows, y)
        for rows in (X, shuffled)
    )
    np.testing.assert_allclose(one.predict(X), other.predict(shuffled))


def test_a_window_that_stands_still_is_centred_and_no_more():
    X = np.array([[3.0, 3.0, 3.0], [0.1, 0.1, 0.1], [1.0, 2.0, 3.0]])
    seen = WindowScaledRegressor(Recorder()).fit(X, [4.0, 0.1, 3.0]).regressor_
    np.testing.assert_allclose(seen.X_[:2], 0.0, atol=1e-12)
    np.testing.assert_allclose(seen.y_[:2], [1.0, 0.0], atol=1e-12)


def test_a_panel_says_at_whose_end_to_validate():
    panel = pd.concat({"a": table(), "b": 1e3 * table()}, names=["series"])
    X, y = windows(panel)
    assert X.index.names == ["series", "date"]
    few = {"max_iter": 2, "prune_iter": 2, "random_state": 0, "early_stopping": True}
    lstm = PrunedLSTMRegressor((4,), n_timesteps=WINDOW, **few)
    model = make_pipeline(WindowScaledRegressor(lstm, target="volume")).fit(X, y)
    labels = X.index.get_level_values("series")
    bare = WindowScaledRegressor(lstm, target="volume", n_timesteps=WINDOW)
    bare.set_params(target=1).fit(X.to_numpy(), y.to_numpy(), series=labels)
    found, known = model.predict(X), bare.predict(X.to_numpy())
    assert found.shape == (len(X), HORIZON)
    np.testing.assert_allclose(found, known)
    a, b = np.split(found, 2)
    np.testing.assert_allclose(1e3 * a, b, rtol=1e-4)


def test_several_quantiles_are_put_back():
    X, y = windows(table(), horizon=1)
    lstm = PrunedLSTMRegressor(
        (4,), loss="quantile", quantile=[0.1, 0.9], max_iter=2, prune_iter=2
    )
    bands = WindowScaledRegressor(lstm, target="volume").fit(X, y).predict(X)
    assert bands.shape == (len(X), 2) and (np.diff(bands) >= 0).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "target=None, but the channels are"),
        ({"target": "open"}, "target='open', but"),
        ({"target": 2}, "target=2, but"),
        ({"target": 0, "n_timesteps": 5}, "tell of 6 lags, but n_timesteps=5"),
    ],
)
def test_what_does_not_tell_the_channel_is_refused(parameters, message):
    X, y = windows(table())
    with pytest.raises(ValueError, match=message):
        WindowScaledRegressor(LinearRegression(), **parameters).fit(X, y)


def test_columns_that_are_no_whole_steps_are_refused():
    with pytest.raises(ValueError, match="n_timesteps=2 steps"):
        WindowScaledRegressor(LinearRegression(), n_timesteps=2).fit(
            np.ones((4, 3)), np.ones(4)
        )
