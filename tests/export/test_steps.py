"""Each step's expressions, computed by NumPy and by SQL, beside its ``transform``."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.stats import norm
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)
from sql_engines import run

from skprune import PruningTransformer
from skprune.export.numpy_file import as_json
from skprune.export.preparation.expressions import parts
from skprune.export.preparation.steps import preparation_of
from skprune.export.scoring_file.records import _normal_quantile, prepared
from skprune.export.sql.columns import Columns
from skprune.export.sql.dialects import DIALECTS
from skprune.export.sql.query import Query
from skprune.preprocessing import PiecewiseLinearEncoder

pandas = pytest.importorskip("pandas")

# What is not known, or had no value, is meant to be met here.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Found unknown categories:UserWarning"),
    pytest.mark.filterwarnings("ignore:Skipping features without:UserWarning"),
    pytest.mark.filterwarnings("ignore:X does not have valid feature:UserWarning"),
]


def numbers(seed=0, n_rows=60, gaps=True):
    """A normal column, one with ties, a narrow one, a large one, and a constant."""
    draws = np.random.default_rng(seed)
    X = np.c_[
        draws.normal(size=n_rows),
        draws.poisson(0.7, n_rows),
        1e-8 * draws.integers(0, 9, n_rows),
        1e9 + draws.integers(0, 5, n_rows),
        np.full(n_rows, 2.5),
    ]
    if gaps:
        X[draws.random(X.shape) < 0.2] = np.nan
    return pandas.DataFrame(
        X, columns=["normal", "ties", "narrow", "large", "constant"]
    )


def beyond(table):
    """The rows, and some outside of their range."""
    ends = [table.min() - 1, table.max() + 1, table.min(), table.max()]
    near = [table.min() - 1e-8, table.min() + 1e-8, table.max() - 1e-8]
    return pandas.concat([table, pandas.DataFrame([*ends, *near])], ignore_index=True)


def words(seed=0, n_rows=80, gaps=True):
    draws = np.random.default_rng(seed)
    table = pandas.DataFrame(
        {
            "few": draws.choice(["a", "b"], n_rows),
            "many": draws.choice(["x", "y", "it's", "", 'q"', "é\n"], n_rows),
            "rare": draws.choice(
                ["u", "v", "w", "z"], n_rows, p=[0.5, 0.4, 0.05, 0.05]
            ),
        },
        dtype=object,
    )
    return table.mask(draws.random(table.shape) < 0.1) if gaps else table


def unseen(table):
    strange = pandas.DataFrame({name: ["new", "nan", "'; --"] for name in table})
    return pandas.concat([table, strange], ignore_index=True)


NUMBERS = {
    "median": SimpleImputer(strategy="median"),
    "indicator": SimpleImputer(add_indicator=True),
    "constant": SimpleImputer(strategy="constant", fill_value=-7),
    "standard": StandardScaler(),
    "mean alone": StandardScaler(with_std=False),
    "spread alone": StandardScaler(with_mean=False),
    "robust": RobustScaler(),
    "robust, centre alone": RobustScaler(with_scaling=False),
    "robust, scale alone": RobustScaler(with_centering=False),
    "range": MinMaxScaler((-1, 3)),
    "range, clipped": MinMaxScaler(clip=True),
    "largest": MaxAbsScaler(),
    "ranks": QuantileTransformer(n_quantiles=20),
    "normal quantiles": QuantileTransformer(
        n_quantiles=20, output_distribution="normal"
    ),
    "pieces": PiecewiseLinearEncoder(4),
    "pieces and scores": PiecewiseLinearEncoder(4, add_score=True, height=0.5),
    "scores alone": PiecewiseLinearEncoder(4, add_score=True, max_pieces=0),
    "splines": make_pipeline(SimpleImputer(), SplineTransformer(5, degree=1)),
    "splines of quantiles": make_pipeline(
        SimpleImputer(), SplineTransformer(5, degree=1, knots="quantile")
    ),
    "splines, gaps": SplineTransformer(4, degree=1, handle_missing="zeros"),
    "splines, lines": SplineTransformer(
        4, degree=1, handle_missing="zeros", extrapolation="linear", include_bias=False
    ),
    "splines, sparse": make_pipeline(
        SimpleImputer(),
        SplineTransformer(4, degree=1, extrapolation="continue", sparse_output=True),
    ),
    "levels": OneHotEncoder(handle_unknown="ignore"),
    "codes": OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    "nothing": FunctionTransformer(),
    "chain": make_pipeline(
        SimpleImputer(add_indicator=True),
        StandardScaler(),
        QuantileTransformer(n_quantiles=9, output_distribution="normal"),
        MinMaxScaler(),
        "passthrough",
        None,
        VarianceThreshold(1e-12),
    ),
}
WORDS = {
    "dummies": OneHotEncoder(handle_unknown="ignore"),
    "first dropped": OneHotEncoder(handle_unknown="ignore", drop="first"),
    "binary": OneHotEncoder(handle_unknown="ignore", drop="if_binary"),
    "dropped by name": OneHotEncoder(handle_unknown="ignore", drop=["b", "", "v"]),
    "rare": OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=10),
    "rare and dropped": OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=2, drop="first"
    ),
    "rare, warned of": OneHotEncoder(handle_unknown="warn", min_frequency=10),
    "given": OneHotEncoder(
        categories=[["b", "a"], ["x", "y"], ["u"]],
        handle_unknown="ignore",
        sparse_output=False,
    ),
    "codes": OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    "rare codes": OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=-2,
        encoded_missing_value=-1,
        min_frequency=10,
    ),
    "codes, filled": make_pipeline(
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
        SimpleImputer(strategy="most_frequent"),
    ),
    "filled": make_pipeline(
        SimpleImputer(strategy="most_frequent", add_indicator=True),
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore", sparse_output=False), [0, 1, 2]),
            remainder="passthrough",
        ),
    ),
}


def by_numpy(step, table):
    preparation, _ = preparation_of(step)
    return prepared(json.loads(as_json(preparation)), table)


def by_sql(step, table, dialect="sqlite"):
    preparation, _ = preparation_of(step)
    spelling, query = DIALECTS[dialect], Query()
    quoted = {i: f't."{name}"' for i, name in enumerate(preparation.names)}
    columns = Columns(query, quoted, spelling)
    names = [columns.named(x) for x in preparation.outputs]
    query.keep(names)
    selected = [f"{name} AS o{i}" for i, name in enumerate(names)]
    written = query.write('"loans"', "step", spelling.materialized, selected)
    return np.array(run(dialect, written, table)[1], dtype=float)


def transformed(step, table):
    out = step.transform(table)
    return out.toarray() if sparse.issparse(out) else np.asarray(out, dtype=float)


def fitted(step, table):
    """Fit a step in front of one that stands for the network."""
    return make_pipeline(step, "passthrough").fit(table)


@pytest.mark.parametrize("compute", [by_numpy, by_sql], ids=["numpy", "sql"])
@pytest.mark.parametrize("step", NUMBERS.values(), ids=NUMBERS)
def test_numbers(step, compute):
    table = numbers()
    pipeline, new = fitted(step, table), beyond(table)
    assert_allclose(compute(pipeline, new), transformed(pipeline, new), atol=1e-12)


@pytest.mark.parametrize("compute", [by_numpy, by_sql], ids=["numpy", "sql"])
@pytest.mark.parametrize("step", WORDS.values(), ids=WORDS)
def test_words(step, compute):
    table = words()
    pipeline, new = fitted(step, table), unseen(table)
    assert_array_equal(compute(pipeline, new), transformed(pipeline, new))


@pytest.mark.parametrize("dialect", ["duckdb", "ansi"])
@pytest.mark.parametrize("name", ["chain", "indicator", "splines, lines"])
def test_other_dialects(name, dialect):
    table = numbers()
    pipeline, new = fitted(NUMBERS[name], table), beyond(table)
    given = by_sql(pipeline, new, dialect)
    assert_allclose(given, transformed(pipeline, new), atol=1e-12)


@given(
    st.lists(
        st.integers(-3, 3).map(float) | st.floats(-1e3, 1e3), min_size=2, max_size=30
    ),
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=10),
    st.integers(2, 12),
    st.sampled_from(["uniform", "normal"]),
)
def test_ranks_of_any_numbers(seen, new, n_quantiles, distribution):
    step = QuantileTransformer(
        n_quantiles=min(n_quantiles, len(seen)),
        output_distribution=distribution,
    )
    pipeline = fitted(step, pandas.DataFrame({"a": seen}))
    table = pandas.DataFrame({"a": [*seen, *new]})
    expected = transformed(pipeline, table)
    assert_allclose(by_numpy(pipeline, table), expected, atol=1e-9)
    assert_allclose(by_sql(pipeline, table), expected, atol=1e-9)


def test_normal_quantiles_to_the_last_digits():
    p = np.concatenate([np.linspace(1e-7, 1 - 1e-7, 10_001), 10.0 ** -np.arange(1, 8)])
    assert_allclose(_normal_quantile({}, p), norm.ppf(p), rtol=1e-13, atol=1e-15)


def test_blocks_of_columns():
    table = numbers().join(words(n_rows=60))
    columns = ColumnTransformer(
        [
            ("by name", make_pipeline(SimpleImputer(), StandardScaler()), ["ties"]),
            ("gone", "drop", ["normal"]),
            ("by mask", SimpleImputer(), [False] * 3 + [True] + [False] * 4),
            ("nothing", StandardScaler(), []),
            ("words", OneHotEncoder(handle_unknown="ignore"), slice("few", "rare")),
            ("twice", "passthrough", lambda X: [1]),
        ],
        remainder=MaxAbsScaler(),
    )
    pipeline = fitted(columns, table)
    assert_allclose(by_numpy(pipeline, table), transformed(pipeline, table))
    assert_allclose(by_sql(pipeline, table), transformed(pipeline, table))


@pytest.mark.parametrize(
    "selector", [PruningTransformer(sparsity=0.5), SelectKBest(k=2)]
)
def test_selected_columns(selector):
    table = numbers(gaps=False)[["normal", "ties", "large"]]
    pipeline = make_pipeline(StandardScaler(), selector, "passthrough")
    pipeline.fit(table, table["ties"] > 0)
    assert_allclose(by_numpy(pipeline, table), transformed(pipeline, table))
    preparation, _ = preparation_of(pipeline)
    assert len(preparation.outputs) + len(preparation.dropped) == 3


def test_steps_without_names():
    X = numbers(gaps=False).to_numpy()
    pipeline = make_pipeline(StandardScaler(), "passthrough").fit(X)
    assert preparation_of(pipeline)[0].names == ("x0", "x1", "x2", "x3", "x4")
    assert_allclose(by_numpy(pipeline, X), transformed(pipeline, X))


def test_a_part_that_columns_share_is_there_once():
    step = fitted(PiecewiseLinearEncoder(4), numbers()[["normal"]])
    outputs = preparation_of(step)[0].outputs
    # A number, that number filled, four pieces and a flag.
    assert len(outputs) == 5
    assert len(list(parts(outputs))) == 7


@pytest.mark.parametrize(
    ("step", "named"),
    [
        (PCA(2), "PCA"),
        (PowerTransformer(), "PowerTransformer"),
        (KBinsDiscretizer(3, strategy="uniform"), "KBinsDiscretizer"),
        (KNNImputer(), "KNNImputer"),
        (type("Mine", (StandardScaler,), {})(), "Mine"),
    ],
)
def test_other_steps_are_refused_by_name(step, named):
    pipeline = fitted(step, numbers(gaps=False)[["normal", "large"]])
    with pytest.raises(TypeError, match=f"^{named} can't be .* OneHotEncoder, "):
        preparation_of(pipeline)


@pytest.mark.parametrize(
    "step",
    [
        SplineTransformer(4, degree=3),
        SplineTransformer(4, degree=1, extrapolation="periodic"),
        SplineTransformer(4, degree=1, extrapolation="error"),
        SimpleImputer(missing_values=0),
        FunctionTransformer(np.abs),
    ],
    ids=str,
)
def test_other_parameters_are_refused_by_name(step):
    with pytest.raises(ValueError, match=f"^{type(step).__name__}.* must be"):
        preparation_of(fitted(step, numbers(gaps=False)))


def test_levels_that_are_dates_are_refused():
    table = pandas.DataFrame({"a": pandas.to_datetime(["2020-01-01", "2021-01-01"])})
    with pytest.raises(TypeError, match="text, numbers or booleans, not "):
        preparation_of(fitted(OrdinalEncoder(), table))


def test_levels_missing_in_two_ways_are_refused():
    table = pandas.DataFrame({"a": ["x", None, np.nan]}, dtype=object)
    with pytest.raises(ValueError, match="several kinds of missing"):
        preparation_of(fitted(OneHotEncoder(), table))


def test_an_imputer_that_fills_with_none_is_refused():
    table = pandas.DataFrame({"a": ["x", None, None]}, dtype=object)
    with pytest.raises(ValueError, match="set missing_values=None"):
        preparation_of(fitted(SimpleImputer(strategy="most_frequent"), table))
