"""A prepared table and a network as one ONNX graph, from raw columns on."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from skprune import PrunedMLPClassifier
from skprune.export import to_onnx
from skprune.preprocessing import PiecewiseLinearEncoder, make_tabular_preprocessor

pytest.importorskip("skl2onnx")
runtime = pytest.importorskip("onnxruntime")

# Networks are trained for a few epochs only.
pytestmark = pytest.mark.filterwarnings("ignore:.*hasn't converged yet")


def network():
    return PrunedMLPClassifier((8,), max_iter=8, sparsity=0.5, random_state=0)


def run(exported, table):
    """Feed raw columns as a scoring service does, without our code."""
    session = runtime.InferenceSession(
        exported.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    feed = {}
    for wanted in session.get_inputs():
        column = table[wanted.name]
        if wanted.type == "tensor(string)":
            values = [["nan" if pd.isna(v) else str(v)] for v in column]
            feed[wanted.name] = np.array(values, dtype=object)
        else:
            kind = np.float32 if wanted.type == "tensor(float)" else np.int64
            feed[wanted.name] = column.to_numpy(kind).reshape(-1, 1)
    return session.run(None, feed)


def assert_equal(exported, model, table):
    labels, probabilities = run(exported, table)
    assert_allclose(probabilities, model.predict_proba(table), atol=1e-5)
    assert_array_equal(labels, model.predict(table))


@pytest.mark.parametrize("min_frequency", [10, None])
def test_german_credit_from_its_raw_columns(loans, min_frequency):
    X, y = loans
    preprocessor = make_tabular_preprocessor(min_frequency=min_frequency)
    model = make_pipeline(preprocessor, network()).fit(X[:800], y[:800])
    new = X[800:].copy()
    new.loc[new.index[:9], "purpose"] = "a boat"
    new.loc[new.index[9:20], "age_in_years"] = 1000
    new.loc[new.index[20:50], ["credit_amount", "purpose"]] = np.nan
    assert_equal(to_onnx(model, X=new), model, new)


@pytest.mark.parametrize("kind", ["number", "category"])
def test_a_table_of_one_kind(loans, kind):
    X, y = loans
    names = {"number": ["flag", "credit_amount"], "category": ["purpose", "housing"]}
    X = X[names[kind]]
    model = make_pipeline(make_tabular_preprocessor(), network()).fit(X, y)
    assert_equal(to_onnx(model, X=X), model, X)


def test_a_column_alone(loans):
    X, y = loans
    for name in ("purpose", "credit_amount"):
        model = make_pipeline(make_tabular_preprocessor(), network()).fit(X[[name]], y)
        assert_equal(to_onnx(model, X=X[[name]]), model, X[[name]])


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"add_score": True, "height": 0.25},
        {"add_score": True, "max_pieces": 0},
    ],
)
def test_numbers_of_an_array(params):
    X = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
    y = X[:, 0] > 0
    X[::7, 1] = np.nan
    X[:, 2] = 1
    model = make_pipeline(PiecewiseLinearEncoder(5, **params), network()).fit(X, y)
    session = runtime.InferenceSession(
        to_onnx(model, X=X).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    assert_allclose(session.run(None, {"X": X})[1], model.predict_proba(X), atol=1e-5)


def test_other_encoders_and_functions_are_left_to_skl2onnx(loans):
    X, y = loans
    X = X[["foreign_worker", "flag"]].dropna().astype({"flag": int})
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["foreign_worker"]),
        (FunctionTransformer(), ["flag"]),
        sparse_threshold=0,
    )
    model = make_pipeline(columns, network()).fit(X, y[X.index])
    assert_equal(to_onnx(model, X=X), model, X)
