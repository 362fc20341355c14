"""Output columns traced to the raw ones."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skprune.preprocessing import (
    PiecewiseLinearEncoder,
    column_groups,
    make_tabular_preprocessor,
)

TABLE = pd.DataFrame(
    {
        "a": [1.0, 2.0, np.nan, 4.0],
        "a_b": ["x", "y", "x", "z"],
        "a_b_c": ["y", "y", "x", "y"],
        "d": [1, 2, 3, 4],
    }
)


def groups(*blocks, **params):
    return column_groups(ColumnTransformer(list(blocks), **params).fit(TABLE))


def test_names_that_start_alike():
    preprocessor = make_tabular_preprocessor(n_pieces=2, min_frequency=None)
    expected = ["a"] * 4 + ["d"] * 3 + ["a_b"] * 3 + ["a_b_c"] * 2
    assert list(column_groups(preprocessor.fit(TABLE))) == expected


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["a_b", "a_b", "a_b", "a_b_c", "a_b_c"]),
        ({"drop": "first"}, ["a_b", "a_b", "a_b_c"]),
        ({"min_frequency": 2}, ["a_b", "a_b", "a_b_c", "a_b_c"]),
        ({"feature_name_combiner": lambda name, level: level}, ["a_b"] * 3),
    ],
)
def test_dummies(params, expected):
    columns = ["a_b", "a_b_c"][: len(set(expected))]
    assert list(groups(("c", OneHotEncoder(**params), columns))) == expected


def test_one_column_for_each():
    blocks = (
        ("s", make_pipeline(StandardScaler()), ["d", "a"]),
        ("p", "passthrough", [1]),
    )
    assert list(groups(*blocks)) == ["d", "a", "a_b"]


@pytest.mark.parametrize(
    "columns",
    [["a", "d"], [0, 3], [0, -1], [True, False, False, True], slice(0, None, 3)],
    ids=str,
)
def test_however_columns_are_chosen(columns):
    encoder = PiecewiseLinearEncoder(1)
    assert list(groups(("n", encoder, columns))) == ["a", "a", "d"]


def test_what_is_left_over():
    blocks = [("n", "drop", ["a"])]
    assert list(groups(*blocks, remainder="passthrough")) == ["a_b", "a_b_c", "d"]
    assert_array_equal(groups(*blocks), [])


def test_what_mixes_columns_is_refused():
    with pytest.raises(TypeError, match="columns of PCA can't be traced"):
        groups(("n", PCA(1), ["d"]))


def test_what_names_nothing_is_refused():
    with pytest.raises(TypeError, match="columns of FunctionTransformer can't"):
        groups(("n", FunctionTransformer(), ["d"]))


def test_before_fit():
    with pytest.raises(NotFittedError):
        column_groups(make_tabular_preprocessor())
