"""Windows hold the past alone, and say what they hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit

from skprune.time_series import sliding_windows


@given(
    n=st.integers(1, 30),
    n_channels=st.integers(1, 3),
    window=st.integers(1, 6),
    horizon=st.integers(1, 4),
    n_targets=st.integers(1, 2),
)
def test_rows_are_slices(n, n_channels, window, horizon, n_targets):
    X = np.random.default_rng(n).normal(size=(n, n_channels))
    y = np.random.default_rng(n + 1).normal(size=(n, n_targets))
    if n < window + horizon:
        with pytest.raises(ValueError, match="too few"):
            sliding_windows(X, y, window=window, horizon=horizon)
        return
    rows, targets = sliding_windows(X, y, window=window, horizon=horizon)
    assert len(rows) == len(targets) == n - window - horizon + 1
    for i, row in enumerate(rows):
        np.testing.assert_array_equal(row, X[i : i + window].ravel())
        ahead = y[i + window : i + window + horizon].ravel()
        np.testing.assert_array_equal(np.ravel(targets[i]), ahead)


def test_without_targets_the_latest_window_is_there():
    rows = sliding_windows(np.arange(5.0), window=2)
    np.testing.assert_array_equal(rows[-1], [3, 4])


def test_windows_may_be_written_to_without_touching_the_table():
    X = np.arange(5.0)
    rows, targets = sliding_windows(X, X, window=2)
    rows[:], targets[:] = -1, -1
    np.testing.assert_array_equal(X, np.arange(5.0))
    assert rows.flags.c_contiguous


@given(at=st.integers(0, 19))
def test_no_window_holds_what_comes_later(at):
    X = np.random.default_rng(0).normal(size=(20, 2))
    before = sliding_windows(X, window=4)
    changed = X.copy()
    changed[at:] += 100
    after = sliding_windows(changed, window=4)
    last_seen = np.arange(3, 20)
    same = (before == after).all(axis=1)
    np.testing.assert_array_equal(same, last_seen < at)


def table(n=8):
    days = pd.date_range("2020-01-01", periods=n, name="date")
    return pd.DataFrame({"close": np.arange(n), "volume": np.arange(n) * 10.0}, days)


def test_frames_keep_names_and_the_last_date_seen():
    frame = table()
    rows, targets = sliding_windows(frame, frame["close"], window=2, horizon=3)
    assert list(rows) == ["close_lag2", "volume_lag2", "close_lag1", "volume_lag1"]
    assert list(targets) == ["close_step1", "close_step2", "close_step3"]
    assert rows.index.equals(frame.index[1:5])
    assert targets.index.equals(rows.index)
    assert rows.loc["2020-01-03"].tolist() == [1, 10, 2, 20]
    assert targets.loc["2020-01-03"].tolist() == [3, 4, 5]


def test_one_target_one_step_ahead_is_a_series():
    frame = table()
    _, target = sliding_windows(frame, frame["close"], window=2)
    assert isinstance(target, pd.Series)
    assert target.name == "close"
    assert target.loc["2020-01-02"] == 2


def test_labels_may_be_words():
    _, labels = sliding_windows(np.arange(4), np.array(list("abcd")), window=2)
    assert labels.tolist() == ["c", "d"]


def shuffled(frame):
    return frame.iloc[::-1]


def doubled(frame):
    return frame.set_axis(frame.index[[0, 0, *range(2, len(frame))]])


def of_three_levels(frame):
    return pd.concat({("A", "x"): frame, ("B", "y"): frame})


def with_gap(frame):
    return frame.assign(volume=frame["volume"].where(frame["close"] != 3))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (shuffled, "is not sorted"),
        (doubled, "has duplicates, the first 2020-01-01"),
        (of_three_levels, "has 3 levels"),
        (with_gap, "missing or infinite values, the first in row 3"),
    ],
)
def test_tables_that_would_mislead_are_refused(spoil, message):
    with pytest.raises(ValueError, match=message):
        sliding_windows(spoil(table()), window=2)
    with pytest.raises(ValueError, match=message):
        spoilt = spoil(table())
        sliding_windows(np.zeros(len(spoilt)), spoilt, window=2)


def test_targets_of_other_days_are_refused():
    frame = table()
    with pytest.raises(ValueError, match="different indices"):
        sliding_windows(frame, frame["close"].set_axis(range(8)), window=2)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        sliding_windows(frame, frame["close"][:-1], window=2)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "3"])
def test_lengths_are_positive_whole_numbers(wrong):
    with pytest.raises(ValueError, match="window must be a positive whole number"):
        sliding_windows(np.zeros(9), window=wrong)
    with pytest.raises(ValueError, match="horizon must be a positive whole number"):
        sliding_windows(np.zeros(9), np.zeros(9), window=2, horizon=wrong)


@pytest.mark.parametrize("horizon", [1, 3, 5])
def test_the_gap_keeps_targets_out_of_the_test_span(horizon):
    time = np.arange(60)
    rows, targets = sliding_windows(time, time, window=4, horizon=horizon)
    targets = targets.reshape(len(targets), -1)
    for gap, clean in ((horizon - 1, True), (horizon - 2, False)):
        if gap < 0:
            continue
        for train, test in TimeSeriesSplit(4, gap=gap).split(rows):
            last_known_at_the_first_forecast = rows[test[0], -1]
            assert (targets[train].max() <= last_known_at_the_first_forecast) == clean
