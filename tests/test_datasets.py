"""The shipped data: as documented, and in scikit-learn's manner."""

import subprocess
import sys
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal

from skprune.datasets import load_german_credit, load_sp500

LOADERS = [load_german_credit, load_sp500]
SHAPES = {load_german_credit: (1000, 20), load_sp500: (5026, 5)}


@pytest.mark.parametrize("load", LOADERS)
def test_arrays_without_as_frame(load):
    bunch = load()
    X, y = load(return_X_y=True)
    assert X.dtype == np.float64 and np.isfinite(X).all()
    assert X.shape == SHAPES[load] == (len(y), len(bunch.feature_names))
    assert_array_equal(bunch.data, X)
    assert_array_equal(bunch.target, y)
    assert bunch.frame is None


@pytest.mark.parametrize("load", LOADERS)
def test_frame_holds_data_and_target(load):
    bunch = load(as_frame=True)
    X, y = load(return_X_y=True, as_frame=True)
    assert list(X.columns) == bunch.feature_names
    assert_frame_equal(X, bunch.data)
    assert_series_equal(y, bunch.target)
    assert_frame_equal(bunch.frame, pd.concat([X, y], axis=1))
    assert_array_equal(y, load().target)


@pytest.mark.parametrize("load", LOADERS)
def test_bunch_names_its_file_provenance_and_licence(load):
    bunch = load()
    assert files(bunch.data_module).joinpath(bunch.filename).is_file()
    assert "**Provenance**" in bunch.DESCR
    assert "**Licence**" in bunch.DESCR
    assert all(name in bunch.DESCR for name in bunch.feature_names)


@pytest.mark.parametrize("load", LOADERS)
def test_each_call_loads_afresh(load):
    load().data[:] = 0
    assert load().data.any()


@pytest.mark.parametrize("load", LOADERS)
def test_flags_are_keyword_only_booleans(load):
    with pytest.raises(TypeError):
        load(True)
    with pytest.raises(ValueError, match="'as_frame' parameter of load_"):
        load(as_frame="yes")


@pytest.mark.parametrize("load", LOADERS)
def test_missing_pandas_is_named(load, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="as_frame=True requires pandas"):
        load(as_frame=True)


def test_loads_where_pandas_is_not_installed():
    program = (
        "import sys; sys.modules['pandas'] = None;"
        "from skprune.datasets import load_german_credit, load_sp500;"
        "load_german_credit(); load_sp500()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_german_credit_codes_are_positions_in_categories():
    bunch, frame = load_german_credit(), load_german_credit(as_frame=True).data
    for position, name in enumerate(bunch.feature_names):
        codes = bunch.data[:, position]
        if name in bunch.categories:
            assert isinstance(frame[name].dtype, pd.CategoricalDtype)
            assert list(frame[name].cat.categories) == bunch.categories[name]
            assert not frame[name].cat.ordered
            assert_array_equal(frame[name].cat.codes, codes)
        else:
            assert frame[name].dtype == np.int64
            assert_array_equal(frame[name], codes)
    assert len(bunch.categories) == 13


def test_german_credit_is_the_statlog_table():
    # The first row of the original file, A11 6 A34 A43 1169 A65 A75 4 A93 A101 4
    # A121 67 A143 A152 2 A173 1 A192 A201 1, and its counts of classes and A91-A94.
    frame = load_german_credit(as_frame=True).frame
    first = [0, 6, 4, 3, 1169, 4, 4, 4, 2, 0, 4, 0, 67, 2, 1, 2, 2, 1, 1, 0]
    assert_array_equal(load_german_credit().data[0], first)
    assert frame["bad"].sum() == 300
    status = frame["personal_status_and_sex"]
    assert status.value_counts(sort=False).tolist() == [50, 310, 548, 92]
    # Were the column sorted apart from the others, it would change thrice alone.
    assert (status.cat.codes.diff() != 0).sum() > 500


def test_sp500_target_is_the_volatility_of_the_next_five_days():
    X, y = load_sp500(return_X_y=True, as_frame=True)
    squared = np.log(X["close"]).diff() ** 2
    expected = squared.rolling(5).mean().shift(-5).pow(0.5)
    assert_allclose(y[:-5], expected.dropna(), rtol=1e-9)
    assert y.name == load_sp500().target_names[0] == "realised_volatility"


def test_sp500_last_target_uses_the_last_price():
    # 2018-12-21 to 2018-12-31, read off the file.
    close = [
        2416.620117,
        2351.100098,
        2467.699951,
        2488.830078,
        2485.73999,
        2506.850098,
    ]
    squared = np.diff(np.log(close)) ** 2
    assert_allclose(load_sp500().target[-1], np.sqrt(squared.mean()), rtol=1e-9)


def test_sp500_is_chronological_and_consistent():
    bunch = load_sp500(as_frame=True)
    X = bunch.data
    assert (np.diff(bunch.dates) > np.timedelta64(0, "D")).all()
    assert_array_equal(X.index.to_numpy(), bunch.dates)
    assert (X["low"] <= X[["open", "close"]].min(axis=1)).all()
    assert (X["high"] >= X[["open", "close"]].max(axis=1)).all()
    assert (bunch.target > 0).all()
