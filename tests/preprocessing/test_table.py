"""The recommended preparation of a raw table."""

import datetime
import decimal
import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from skprune import PrunedMLPClassifier, PruningTransformer
from skprune.preprocessing import (
    PiecewiseLinearEncoder,
    column_groups,
    make_tabular_preprocessor,
)

# Networks are trained for a few epochs only.
pytestmark = pytest.mark.filterwarnings("ignore:.*hasn't converged yet")

USELESS = ["empty", "blank", "same", "zero"]


def names_and_rows(table, **params):
    preprocessor = make_tabular_preprocessor(**params).set_output(transform="pandas")
    return preprocessor, preprocessor.fit_transform(table)


def test_every_raw_column_that_varies_comes_out(loans):
    preprocessor, out = names_and_rows(loans[0])
    assert set(column_groups(preprocessor)) == set(loans[0].columns) - set(USELESS)
    assert not out.isna().any().any()
    assert out.columns.is_unique


def test_names_start_with_the_raw_columns(loans):
    preprocessor, out = names_and_rows(loans[0])
    for name, group in zip(out.columns, column_groups(preprocessor), strict=True):
        assert name.startswith(f"{group}_")


def test_numbers_are_pieces_and_flags(loans):
    X = loans[0]
    _, out = names_and_rows(X, n_pieces=4)
    encoder = PiecewiseLinearEncoder(4, height=0.5, add_score=True)
    expected = encoder.fit_transform(X[["duration_in_month"]])
    assert_allclose(out.filter(like="duration_in_month"), expected)
    flags = out["duration_in_month_missing"]
    assert_array_equal(flags, X["duration_in_month"].isna())
    assert_array_equal(out["flag_piece1"], X["flag"] / 2)


@pytest.mark.parametrize("n_numbers", [40, 41])
def test_many_numbers_have_their_scores_alone(n_numbers):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(2000, n_numbers)))
    X = X.add_prefix("x").assign(code="a", gap=1.0)
    X.loc[:9, ["code", "gap"]] = [["b", np.nan]] * 10
    _, out = names_and_rows(X.drop(columns="gap"))
    assert any("_piece" in name for name in out) == (n_numbers == 40)
    _, unlimited = names_and_rows(X, max_pieces=None)
    _, alone = names_and_rows(X, max_pieces=0)
    assert_array_equal(alone, unlimited.filter(regex="score|missing|code"))


@pytest.mark.parametrize("column", ["purpose", "housing", "property"])
def test_categories_are_dummies_and_missing_is_a_level(loans, column):
    X = loans[0]
    _, out = names_and_rows(X, min_frequency=None)
    for level in X[column].dropna().unique():
        assert_array_equal(out[f"{column}_{level}"], X[column] == level)
    assert_array_equal(out[f"{column}_nan"], X[column].isna())


def test_rare_and_unseen_levels_are_one():
    town = ["A"] * 40 + ["B"] * 40 + ["C"] * 3 + ["D"] * 2
    preprocessor, out = names_and_rows(pd.DataFrame({"town": town}))
    assert list(out) == ["town_A", "town_B", "town_infrequent_sklearn"]
    new = preprocessor.transform(pd.DataFrame({"town": ["D", "Z", None, "A"]}))
    assert_array_equal(new, [[0, 0, 1], [0, 0, 1], [0, 0, 1], [1, 0, 0]])


def test_unseen_levels_are_none_where_no_level_is_rare():
    preprocessor, _ = names_and_rows(pd.DataFrame({"town": ["A"] * 40 + ["B"] * 40}))
    assert_array_equal(preprocessor.transform(pd.DataFrame({"town": ["Z"]})), [[0, 0]])


def test_categories_may_be_capped():
    town = pd.DataFrame({"town": list("AABBBCDEFG") * 20})
    _, out = names_and_rows(town, max_categories=3)
    assert list(out) == ["town_A", "town_B", "town_infrequent_sklearn"]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["a", "b", None] * 9, dtype="string"),
        pd.Series(["a", "b", None] * 9, dtype="str"),
        pd.Series(["a", "b", None] * 9, dtype="category"),
        pd.Series(["a", "b", None] * 9, dtype="string").astype("category"),
        pd.Series(["a", "b", None] * 9, dtype=object),
        pd.Series(["a", "b", np.nan] * 6 + ["a", "b", None] * 3, dtype=object),
        pd.Series(["a", "b", pd.NA] * 9, dtype=object),
    ],
    ids=lambda column: str(column.dtype),
)
def test_the_types_of_categories(column):
    _, out = names_and_rows(column.to_frame("c"), min_frequency=None)
    assert list(out) == ["c_a", "c_b", "c_nan"]
    assert_array_equal(out, np.tile(np.eye(3), (9, 1)))


def test_codes_of_a_categorical_are_no_numbers():
    codes = pd.DataFrame({"c": pd.Categorical([3, 1, 2] * 9)})
    _, out = names_and_rows(codes, min_frequency=None)
    assert list(out) == ["c_1", "c_2", "c_3"]


def test_levels_of_mixed_types():
    _, out = names_and_rows(pd.DataFrame({"c": ["a", 1, None] * 20}))
    assert list(out) == ["c_1", "c_a", "c_nan"]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, 2, 3]),
        pd.Series([1.0, 2.0, 3.0], dtype="float32"),
        pd.Series([1, 2, 3], dtype="Int64"),
        pd.Series([1.0, 2.0, 3.0], dtype="Float64"),
        pd.Series([1, 2, 3], dtype=object),
        pd.Series([decimal.Decimal(k) for k in (1, 2, 3)]),
    ],
    ids=lambda column: str(column.dtype),
)
def test_the_types_of_numbers(column):
    _, out = names_and_rows(column.to_frame("c"))
    assert_array_equal(out.filter(like="piece"), [[0, 0], [0.5, 0], [0.5, 0.5]])


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([True, False, True]),
        pd.Series([True, False, None], dtype="boolean"),
    ],
    ids=lambda column: str(column.dtype),
)
def test_booleans_are_numbers(column):
    _, out = names_and_rows(column.to_frame("c"))
    assert_array_equal(out["c_piece1"][:2], [0.5, 0])


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(pd.date_range("2020-01-01", periods=3)),
        pd.Series(pd.date_range("2020-01-01", periods=3, tz="UTC")),
        pd.Series(pd.period_range("2020-01", periods=3, freq="M")),
        pd.Series(pd.to_timedelta([1, 2, 3], unit="D")),
        pd.Series([datetime.date(2020, 1, day) for day in (1, 2, 3)]),
        pd.Series([datetime.datetime(2020, 1, day) for day in (1, 2)], dtype=object),
    ],
    ids=lambda column: str(column.dtype),
)
def test_dates_are_refused_with_advice(column):
    table = pd.DataFrame({"amount": range(len(column)), "opened": column})
    with pytest.raises(ValueError, match=r"Columns \['opened'\] hold dates.*days up"):
        make_tabular_preprocessor().fit(table)


@pytest.mark.parametrize("X", [np.eye(3), [[1, 2], [3, 4]], scipy.sparse.eye(3)])
def test_what_is_no_table_is_refused(X):
    with pytest.raises(TypeError, match="takes a pandas DataFrame, not"):
        make_tabular_preprocessor().fit(X)


@pytest.mark.parametrize("kind", ["number", "category"])
def test_a_table_of_one_kind(loans, kind):
    X = loans[0].select_dtypes(
        include="number" if kind == "number" else None,
        exclude=None if kind == "number" else "number",
    )
    preprocessor, out = names_and_rows(X)
    assert set(column_groups(preprocessor)) == set(X.columns) - set(USELESS)
    assert len(out) == len(X)


def test_dense_unless_asked_otherwise(loans):
    X = loans[0]
    dense = make_tabular_preprocessor().fit_transform(X)
    sparse = make_tabular_preprocessor(sparse_output=True).fit_transform(X)
    assert isinstance(dense, np.ndarray) and scipy.sparse.issparse(sparse)
    assert_allclose(sparse.toarray(), dense)


def test_new_rows_do_not_change_the_old(loans):
    X = loans[0]
    preprocessor = make_tabular_preprocessor().fit(X[:800])
    alone = preprocessor.transform(X[900:901])
    assert_array_equal(alone, preprocessor.transform(X[800:])[100:101])


def test_columns_in_another_order(loans):
    X = loans[0]
    preprocessor = make_tabular_preprocessor().fit(X)
    assert_array_equal(
        preprocessor.transform(X[X.columns[::-1]]), preprocessor.transform(X)
    )


def test_it_pickles_and_clones(loans):
    X = loans[0]
    preprocessor = make_tabular_preprocessor(n_pieces=5)
    fitted = pickle.loads(pickle.dumps(preprocessor.fit(X)))
    assert_array_equal(fitted.transform(X), preprocessor.transform(X))
    again = clone(preprocessor).fit(X)
    assert_array_equal(again.transform(X), preprocessor.transform(X))


def test_a_risk_model_is_three_lines(loans):
    X, y = loans
    network = PrunedMLPClassifier(early_stopping=True, random_state=0)
    model = make_pipeline(make_tabular_preprocessor(), network)
    assert cross_val_score(model, X, y, cv=3, scoring="roc_auc").mean() > 0.73


def test_its_parts_are_searched(loans):
    X, y = loans
    model = make_pipeline(
        make_tabular_preprocessor(),
        PrunedMLPClassifier((8,), max_iter=3, random_state=0),
    )
    grid = {"columntransformer__numbers__n_pieces": [2, 8]}
    search = GridSearchCV(model, grid, cv=2).fit(X, y)
    best = search.best_params_["columntransformer__numbers__n_pieces"]
    encoder = search.best_estimator_[0].named_transformers_["numbers"]
    assert max(map(len, encoder.knots_)) == best + 1


def test_groups_live_and_die_together(loans):
    X, y = loans
    preprocessor, out = names_and_rows(X)
    groups = column_groups(preprocessor)
    pruner = PruningTransformer(groups=groups, sparsity=0.7).fit(out, y)
    kept, dropped = set(groups[pruner.support_]), set(groups[~pruner.support_])
    assert kept and dropped and not kept & dropped
