"""LSTM networks taken along: ONNX, torch and the scoring file, at any size."""

import sys
from subprocess import run

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import PrunedLSTMClassifier, PrunedLSTMRegressor
from skprune.export import onnx_model, to_numpy, to_onnx, to_sql, to_torch
from skprune.export.source import demand_equal
from skprune.time_series import sliding_windows

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SHORT = {"max_iter": 4, "prune_iter": 4, "random_state": 0, "sparsity": 0.6}
DRAWS = np.random.default_rng(0)
TABLE = pd.DataFrame(DRAWS.normal(size=(150, 3)), columns=list("abc"))
X, Y = sliding_windows(TABLE, 1e3 * TABLE["a"], window=6)
AHEAD = sliding_windows(TABLE, TABLE["a"], window=6, horizon=3)
UP = np.array(["down", "up"])[(Y > 0).astype(int)]


def regressor(cells=(8,), dense=(), y=Y, X=X, **params):
    net = PrunedLSTMRegressor(cells, dense_layer_sizes=dense, **{**SHORT, **params})
    return net.fit(X, y)


def classifier(y, **params):
    net = PrunedLSTMClassifier((6,), dense_layer_sizes=(4,), **{**SHORT, **params})
    return net.fit(X, y)


MODELS = {
    "weights": lambda: regressor((8, 5), (4,)),
    "cells": lambda: regressor((8, 6, 5), granularity="unit"),
    "channels": lambda: regressor(granularity="feature", n_keep=1, sparsity=0.9),
    "steps": lambda: regressor(granularity="lag"),
    "one step": lambda: regressor(granularity="lag", n_keep=1, sparsity=0.9),
    "names in disorder": lambda: regressor(X=X.iloc[:, DRAWS.permutation(18)]),
    "steps ahead": lambda: regressor(X=AHEAD[0], y=AHEAD[1]),
    "quantiles": lambda: regressor(
        X=AHEAD[0], y=AHEAD[1], loss="quantile", quantile=[0.1, 0.5, 0.9]
    ),
    "counts": lambda: regressor(y=np.arange(len(Y)) % 4, loss="poisson"),
    "bits": lambda: regressor(n_bits=8),
    "networks": lambda: regressor(n_networks=2, granularity="lag"),
    "gru": lambda: regressor((8, 5), (4,), cell="gru"),
    "gru, cells": lambda: regressor((8, 6, 5), granularity="unit", cell="gru"),
    "gru, steps and bits": lambda: regressor(granularity="lag", cell="gru", n_bits=8),
    "gru, classes": lambda: classifier(np.arange(len(Y)) % 3, cell="gru"),
    "binary": lambda: classifier(UP),
    "multiclass": lambda: classifier(np.arange(len(Y)) % 3, n_networks=2),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return MODELS[request.param]()


def rows_for(model, n):
    rows = np.random.default_rng(n).normal(size=(n, 18)).astype(np.float32)
    return pd.DataFrame(rows, columns=model.feature_names_in_)


def expected(model, rows):
    if hasattr(model, "predict_proba"):
        return model.predict_proba(rows)
    return model.predict(rows).reshape(len(rows), -1)


def close(given, wanted):
    assert_allclose(
        np.reshape(given, wanted.shape), wanted, atol=1e-5 * max(1, abs(wanted).max())
    )


def session_of(model):
    runtime = pytest.importorskip("onnxruntime")
    return runtime.InferenceSession(
        to_onnx(model).SerializeToString(), providers=["CPUExecutionProvider"]
    )


def test_onnx_is_right_whatever_sizes_come_one_after_another(model):
    session = session_of(model)
    for n in (64, 1, 500, 3, 64, 2, 1):
        rows = rows_for(model, n)
        *labels, score = session.run(None, {"X": rows.to_numpy()})
        close(score, expected(model, rows))
        if labels:
            assert_array_equal(labels[0], model.predict(rows))


def test_the_scoring_file_and_torch_are_right(model, tmp_path):
    to_numpy(model, tmp_path / "score.py")
    rows = rows_for(model, 70)
    np.savez(tmp_path / "rows.npz", rows=rows.to_numpy())
    # In a process of its own, which loads NumPy alone.
    program = (
        "import sys, numpy as np, score; X = np.load('rows.npz')['rows'];"
        "one = getattr(score, sys.argv[1]);"
        "np.save('found.npy', one(X)); np.save('first.npy', one(X[:1]));"
        "assert not {'skprune', 'torch', 'sklearn', 'scipy'} & sys.modules.keys()"
    )
    method = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    run([sys.executable, "-c", program, method], cwd=tmp_path, check=True)
    found = np.load(tmp_path / "found.npy")
    assert found.shape == getattr(model, method)(rows).shape
    close(found, expected(model, rows))
    close(np.load(tmp_path / "first.npy"), expected(model, rows[:1]))
    with torch.no_grad():
        given = to_torch(model)(torch.tensor(rows.to_numpy())).numpy()
    close(given, expected(model, rows))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_cells_that_are_gone_are_in_no_file(cell):
    model = regressor((20, 20), granularity="unit", sparsity=0.8, cell=cell)
    kept = sum(map(len, model.cells_))
    nodes = [n for n in to_onnx(model).graph.node if n.op_type == cell.upper()]
    sizes = [a.i for n in nodes for a in n.attribute if a.name == "hidden_size"]
    assert sum(sizes) == kept <= 10


def test_a_pipeline_takes_its_scaler_along(tmp_path):
    pytest.importorskip("skl2onnx")
    net = PrunedLSTMRegressor((6,), dense_layer_sizes=(), n_timesteps=6, **SHORT)
    pipeline = make_pipeline(StandardScaler(), net).fit(X.to_numpy(), Y)
    to_onnx(pipeline, X=X.to_numpy(np.float32))
    to_numpy(pipeline, tmp_path / "score.py")


def test_sql_has_no_steps_in_time():
    with pytest.raises(TypeError, match="not PrunedLSTMRegressor"):
        to_sql(MODELS["steps"](), "prices")


def test_a_model_for_one_size_of_a_batch_is_not_handed_out(monkeypatch):
    pytest.importorskip("onnxruntime")
    right = onnx_model.network_model

    def fixed(source, opset=onnx_model.OPSET):
        made = right(source, opset)
        for shape in (c for c in made.graph.initializer if c.dims == [3]):
            if (sizes := np.frombuffer(shape.raw_data, np.int64))[0] == -1:
                shape.raw_data = np.array([64, *sizes[1:]], np.int64).tobytes()
        return made

    monkeypatch.setattr(onnx_model, "network_model", fixed)
    with pytest.raises(Exception, match="reshape"):
        to_onnx(regressor())


def test_a_number_near_zero_is_as_exact_as_large_ones():
    wanted, among = np.array([[0.5]]), np.array([[0.5], [-300.0]])
    with pytest.raises(RuntimeError, match="differs from the estimator by 2.0e-05"):
        demand_equal(wanted + 2e-5, wanted, "ONNX")
    demand_equal(wanted + 2e-5, wanted, "ONNX", among)
    with pytest.raises(RuntimeError, match="differs from the estimator by 1.0e-04"):
        demand_equal(wanted + 0.03, wanted, "ONNX", among)
