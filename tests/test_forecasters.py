"""Networks within other packages' forecasters: time runs forward in what they read.

In each case the network that a package has fitted is the one that is fitted to windows
made here, to the last bit, and it is asked about the same windows.
"""

import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skprune import PrunedLSTMRegressor
from skprune.time_series import sliding_windows

PAGE = Path(__file__).parents[1] / "docs" / "forecasters.md"
LAGS = 5
NET = PrunedLSTMRegressor(
    (4,), dense_layer_sizes=(), sparsity=0.5, max_iter=3, prune_iter=2, random_state=0
)

# What other packages warn of is not ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore")


def walk(n=60):
    draws = np.random.default_rng(0).normal(size=n).cumsum()
    return pd.Series(draws, pd.date_range("2024-01-01", periods=n, freq="D"), name="y")


def fitted_by_hand(series):
    values = series.to_numpy()
    return clone(NET).fit(*sliding_windows(values, values, window=LAGS))


def recursive_by_hand(net, series, steps):
    """Forecast step by step, each forecast being the next one's newest lag."""
    known = series.tolist()
    for _ in range(steps):
        known.append(net.predict(np.array([known[-LAGS:]]))[0])
    return known[-steps:]


def test_skforecast_recursive_turned_round():
    skforecast = pytest.importorskip("skforecast.recursive")
    series = walk()
    turned = make_pipeline(FunctionTransformer(np.fliplr), NET)
    forecaster = skforecast.ForecasterRecursive(estimator=turned, lags=LAGS)
    forecaster.fit(series)
    found = forecaster.predict(steps=4)
    expected = recursive_by_hand(fitted_by_hand(series), series, 4)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_skforecast_direct_turned_round():
    skforecast = pytest.importorskip("skforecast.direct")
    series = walk()
    turned = make_pipeline(FunctionTransformer(np.fliplr), NET)
    forecaster = skforecast.ForecasterDirect(estimator=turned, lags=LAGS, steps=2)
    forecaster.fit(series)
    found, values = forecaster.predict(), series.to_numpy()
    rows, ahead = sliding_windows(values, values, window=LAGS, horizon=2)
    for step in (0, 1):
        net = clone(NET).fit(rows, ahead[:, step])
        expected = net.predict(values[None, -LAGS:])[0]
        assert found.iloc[step] == pytest.approx(expected, rel=1e-6)


def test_skforecast_tells_the_lags_of_several_series_by_name():
    skforecast = pytest.importorskip("skforecast.recursive")
    table = pd.DataFrame({"a": walk(), "b": -walk()})
    make = skforecast.ForecasterRecursiveMultiSeries
    forecaster = make(NET, lags=LAGS, encoding=None, transformer_series=None)
    forecaster.fit(table)
    net = forecaster.estimator
    assert list(net.feature_names_in_) == [f"lag_{k}" for k in range(1, LAGS + 1)]
    assert net.lags_.tolist() == list(range(LAGS, 0, -1))
    found = forecaster.predict(steps=1).set_index("level")["pred"]
    for name in table:
        newest = table[name].iloc[: -LAGS - 1 : -1]
        row = pd.DataFrame([newest.to_numpy()], columns=net.feature_names_in_)
        assert found[name] == pytest.approx(net.predict(row)[0], rel=1e-6)
    with pytest.raises(ValueError, match="_level_skforecast not"):
        make(NET, lags=LAGS).fit(table)


@pytest.mark.parametrize("strategy", ["recursive", "direct", "multioutput"])
def test_sktime_has_the_oldest_first(strategy):
    compose = pytest.importorskip("sktime.forecasting.compose")
    series = walk()
    forecaster = compose.make_reduction(NET, window_length=LAGS, strategy=strategy)
    found = forecaster.fit(series, fh=[1, 2]).predict().tolist()
    values = series.to_numpy()
    if strategy == "recursive":
        expected = recursive_by_hand(fitted_by_hand(series), series, 2)
    else:
        rows, ahead = sliding_windows(values, values, window=LAGS, horizon=2)
        each = [ahead] if strategy == "multioutput" else ahead.T
        nets = [clone(NET).fit(rows, target) for target in each]
        expected = np.ravel([net.predict(values[None, -LAGS:]) for net in nets])
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("lags", [range(1, LAGS + 1), [LAGS, 1, 3, 2, 4]])
def test_mlforecast_tells_the_lags_by_name(lags):
    mlforecast = pytest.importorskip("mlforecast")
    series = walk()
    table = pd.DataFrame({"unique_id": "a", "ds": series.index, "y": series.to_numpy()})
    forecaster = mlforecast.MLForecast(models={"net": NET}, freq="D", lags=list(lags))
    found = forecaster.fit(table).predict(3)["net"]
    net = forecaster.models_["net"]
    assert net.lags_.tolist() == list(range(LAGS, 0, -1))
    expected = recursive_by_hand(fitted_by_hand(series), series, 3)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("package", ["skforecast", "sktime", "mlforecast"])
def test_the_page_does_what_it_says(package):
    if find_spec(package) is None:
        pytest.skip(f"{package} is not here")
    _, first, *sections = re.split(r"(?m)^(?=## |# )", PAGE.read_text("utf-8"))
    section = next(part for part in sections if part.startswith(f"## {package}"))
    names = {}
    for block in re.findall(r"```python\n(.*?)```", first + section, re.S):
        exec(compile(block, str(PAGE), "exec"), names)
    assert {"lstm", "mlp"} < names.keys()
