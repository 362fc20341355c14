"""Windows of several series: each as if it were alone, and with its name."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skprune.time_series import sliding_windows

lengths = st.lists(st.integers(1, 12), min_size=1, max_size=4)


@given(
    lengths=lengths,
    window=st.integers(1, 4),
    horizon=st.integers(1, 3),
    stride=st.integers(1, 4),
    seed=st.integers(0, 99),
)
def test_each_series_gives_the_windows_that_it_has_alone(
    lengths, window, horizon, stride, seed
):
    draws = np.random.default_rng(seed)
    labels = draws.permutation(np.repeat(np.arange(len(lengths)) * 7 % 5, lengths))
    X = draws.normal(size=(len(labels), 2))
    y = draws.normal(size=len(labels))
    alone = []
    for label in dict.fromkeys(labels.tolist()):
        rows, ahead = X[labels == label], y[labels == label]
        for i in range(0, len(rows) - window - horizon + 1, stride):
            seen, then = rows[i : i + window], ahead[i + window : i + window + horizon]
            alone.append((seen.ravel(), then))
    how = {"window": window, "horizon": horizon, "series": labels, "stride": stride}
    if not alone:
        with pytest.raises(ValueError, match="too few for a window"):
            sliding_windows(X, y, **how)
        return
    rows, ahead = sliding_windows(X, y, **how)
    np.testing.assert_array_equal(rows, [seen for seen, _ in alone])
    ahead = ahead.reshape(len(ahead), -1)
    np.testing.assert_array_equal(ahead, [then for _, then in alone])


def prices():
    """Three stocks, day by day, one of which comes later."""
    days = pd.date_range("2020-01-01", periods=6, name="date")
    rows = [
        (name, day, 100 * k + i, 1000 * k + i)
        for i, day in enumerate(days)
        for k, name in enumerate(["MSFT", "AAPL", "NEW"], 1)
        if name != "NEW" or i >= 3
    ]
    return pd.DataFrame(rows, columns=["ticker", "date", "close", "volume"])


def test_an_index_of_series_and_days_says_it_all():
    table = prices().set_index(["ticker", "date"])
    rows, ahead = sliding_windows(table, table["close"], window=2, horizon=2)
    assert rows.index.names == ["ticker", "date"]
    assert rows.index.equals(ahead.index)
    tickers = rows.index.get_level_values(0)
    assert list(tickers) == ["MSFT"] * 3 + ["AAPL"] * 3
    at = ("AAPL", pd.Timestamp("2020-01-03"))
    assert rows.loc[at].tolist() == [201, 2001, 202, 2002]
    assert ahead.loc[at].tolist() == [203, 204]


def test_labels_beside_days_make_that_index():
    table = prices()
    indexed = table.set_index(["ticker", "date"])
    by_day = table.set_index("date")
    for labels in (by_day["ticker"], by_day["ticker"].to_numpy()):
        columns = by_day[["close", "volume"]]
        rows = sliding_windows(columns, window=2, series=labels)
        expected = sliding_windows(indexed, window=2)
        assert rows.index.equals(expected.index)
        pd.testing.assert_frame_equal(rows, expected, check_names=False)
    assert rows.index.names == ["series", "date"]


def test_the_position_of_the_last_row_seen_can_be_asked_for():
    labels = prices()["ticker"].to_numpy()
    last = sliding_windows(np.arange(len(labels)), window=3, series=labels)[:, -1]
    assert labels[last].tolist() == ["MSFT"] * 4 + ["AAPL"] * 4 + ["NEW"]


@given(at=st.integers(0, 5))
def test_what_a_series_does_later_is_in_no_window_before(at):
    table = prices().set_index(["ticker", "date"])
    day = pd.Timestamp("2020-01-01") + pd.Timedelta(days=at)
    later = table.index.get_level_values("date") >= day
    apple = table.index.get_level_values("ticker") == "AAPL"
    before = sliding_windows(table, window=2)
    after = sliding_windows(table + 7 * (later & apple)[:, None], window=2)
    ticker, last = (before.index.get_level_values(i) for i in (0, 1))
    changed = (before != after).any(axis=1)
    np.testing.assert_array_equal(changed, (ticker == "AAPL") & (last >= day))


def test_types_of_numbers_stay():
    rows = sliding_windows(
        np.arange(4, dtype=np.float32), window=2, series=[0, 0, 1, 1]
    )
    assert rows.dtype == np.float32


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (list("ab"), "a label for each of 4 rows"),
        ([["a"], ["a"], ["b"], ["b"]], "a label for each of 4 rows"),
        (["a", "a", None, "b"], "series has missing values"),
        ([1.0, 1.0, np.nan, 2.0], "series has missing values"),
    ],
)
def test_series_that_say_nothing_are_refused(series, message):
    with pytest.raises(ValueError, match=message):
        sliding_windows(np.zeros(4), window=1, series=series)


def test_what_the_index_contradicts_is_refused():
    table = prices()
    with pytest.raises(ValueError, match="not both"):
        indexed = table.set_index(["ticker", "date"])
        sliding_windows(indexed, window=2, series=table["ticker"])
    with pytest.raises(ValueError, match="days first.*swaplevel"):
        sliding_windows(table.set_index(["date", "ticker"]), window=2)
    with pytest.raises(ValueError, match="in the series AAPL, is not sorted"):
        backwards = table.set_index(["ticker", "date"]).iloc[::-1].loc[["AAPL"]]
        sliding_windows(backwards, window=2)
    with pytest.raises(ValueError, match="in the series MSFT, has duplicates"):
        twice = pd.concat([table, table[:1]]).set_index(["ticker", "date"])
        sliding_windows(twice, window=2)
    with pytest.raises(ValueError, match="stride must be a positive whole number"):
        sliding_windows(np.zeros(4), window=1, stride=0)


def test_windows_are_the_only_large_array_made():
    draws = np.random.default_rng(0)
    table = draws.normal(size=(20_000, 3)).astype(np.float32)
    labels = np.repeat(np.arange(40), 500)
    tracemalloc.start()
    try:
        rows, _ = sliding_windows(table, table[:, 0], window=20, series=labels)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.3 * rows.nbytes
