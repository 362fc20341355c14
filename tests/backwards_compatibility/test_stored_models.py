"""Models that earlier releases, and this one, have stored still load and predict."""

import json
import pickle
import re
import runpy
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.utils.validation import check_is_fitted

import skprune

pytestmark = [
    # scikit-learn notes its own version in each pickle; what is stored is ours.
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning"),
]

HERE = Path(__file__).parent
RELEASES = sorted(path.parent for path in HERE.glob("*/models.json"))


def stored(suffix):
    """Return, as parameters, the files of all releases that end in a suffix."""
    found = [path for folder in RELEASES for path in sorted(folder.glob(f"*{suffix}"))]
    ids = [f"{path.parent.name}-{path.name}" for path in found]
    return pytest.mark.parametrize("path", found, ids=ids)


def known(path, suffix):
    """Return the inputs and outputs beside a file."""
    name = path.name.removesuffix(suffix)
    with np.load(path.with_name(f"{name}.npz"), allow_pickle=False) as stored:
        arrays = {key: stored[key] for key in stored}
    if arrays["X"].dtype.names:
        arrays["X"] = pd.DataFrame(arrays["X"])
    return arrays


def skip_where_scikit_learn_differs(path):
    """Skip a Pipeline stored with another scikit-learn, which need not load it."""
    if "pipeline" in path.name:
        names = json.loads((path.parent / "models.json").read_text("utf-8"))
        if names["scikit-learn"] != sklearn.__version__:
            pytest.skip(f"stored with scikit-learn {names['scikit-learn']}")


def assert_gives(model, arrays):
    X = arrays.pop("X")
    assert arrays
    for method, expected in arrays.items():
        given = np.asarray(getattr(model, method)(X))
        if expected.dtype.kind == "f":
            assert_allclose(given, expected, rtol=1e-5, atol=1e-6)
        else:
            assert_array_equal(given, expected)


def test_this_version_has_stored_its_models():
    folder = HERE / skprune.__version__
    names = json.loads((folder / "models.json").read_text("utf-8"))["models"]
    assert len(names) >= 10
    assert all((folder / f"{name}.npz").exists() for name in names)


@stored(".pickle")
def test_pickles(path):
    skip_where_scikit_learn_differs(path)
    model = pickle.loads(path.read_bytes())
    check_is_fitted(model)
    assert_gives(model, known(path, ".pickle"))
    assert re.search("Pruned|Pruning|PiecewiseLinear", repr(model))


@stored(".skops")
def test_skops_files(path):
    skip_where_scikit_learn_differs(path)
    skops_io = pytest.importorskip("skops.io")
    types = skops_io.get_untrusted_types(file=path)
    assert_gives(skops_io.load(path, trusted=types), known(path, ".skops"))


@stored("_stream.pickle")
def test_a_stored_stream_goes_on(path):
    model = pickle.loads(path.read_bytes())
    arrays = known(path, ".pickle")
    before = model.n_iter_
    model.partial_fit(arrays["X"], arrays["predict"])
    assert model.n_iter_ == before + 1


@pytest.mark.parametrize("name", ["mlp_classifier", "lstm_regressor"])
@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_the_report_of_a_stored_model(release, name):
    model = pickle.loads((release / f"{name}.pickle").read_bytes())
    assert "removed" in str(model.pruning_report_)
    assert model.n_nonzero_ == sum(np.count_nonzero(w) for w in model.coefs_)


@stored("_scoring.py")
def test_scoring_files(path):
    arrays = known(path, "_scoring.py")
    scoring = runpy.run_path(str(path))
    X = arrays.pop("X")
    for method, expected in arrays.items():
        assert_close(scoring[method](X), expected)


@stored(".onnx")
def test_onnx(path):
    runtime = pytest.importorskip("onnxruntime")
    arrays = known(path, ".onnx")
    session = runtime.InferenceSession(path.read_bytes())
    label, *rest = session.run(None, inputs(session, arrays["X"]))
    assert_close(label.reshape(arrays["predict"].shape), arrays["predict"])
    if rest:
        assert_close(rest[0], arrays["predict_proba"])


def inputs(session, X):
    """Return what a graph takes: all columns together, or each as an input."""
    names = [node.name for node in session.get_inputs()]
    if not hasattr(X, "columns"):
        return dict.fromkeys(names, X)
    return {name: X[[name]].to_numpy() for name in names}


@stored(".sql")
def test_sql(path):
    arrays = known(path, ".sql")
    table = arrays["X"]
    if not hasattr(table, "columns"):
        table = pd.DataFrame(table).add_prefix("x")
    with closing(sqlite3.connect(":memory:")) as connection:
        table.to_sql("rows", connection, index_label="row")
        found = sorted(connection.execute(path.read_text("utf-8")).fetchall())
    *scores, last = list(zip(*found, strict=True))[1:]
    assert_close(np.array(last), arrays["predict"])
    if scores:
        assert_close(np.array(scores).T, arrays["predict_proba"])


def assert_close(given, expected):
    if expected.dtype.kind == "f":
        assert_allclose(given, expected, rtol=1e-4, atol=1e-5)
    else:
        assert_array_equal(given, expected)
