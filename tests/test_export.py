import importlib.util
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris, make_classification
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

from skprune import PrunedMLPClassifier, PrunedMLPRegressor, PruningTransformer
from skprune.export import to_numpy, to_onnx, to_torch

# Networks are trained for a few epochs only.
pytestmark = pytest.mark.filterwarnings("ignore:.*hasn't converged yet")

SHORT = {"max_iter": 8, "random_state": 0}
X, Y = make_classification(200, 8, n_informative=5, random_state=0)
IRIS = load_iris(return_X_y=True)
BOTH = np.c_[Y, X[:, 0] > 0].astype(int)

MODELS = {
    "binary": lambda: PrunedMLPClassifier((16,), **SHORT).fit(X, Y),
    "strings": lambda: PrunedMLPClassifier(
        (16, 8), "tanh", granularity="unit", sparsity=0.5, **SHORT
    ).fit(X, np.array(["no", "yes"])[Y]),
    "objects": lambda: PrunedMLPClassifier((16,), **SHORT).fit(
        X, np.array(["no", "yes"], object)[Y]
    ),
    "booleans": lambda: PrunedMLPClassifier((16,), **SHORT).fit(X, Y == 1),
    "floats": lambda: PrunedMLPClassifier((16,), **SHORT).fit(X, Y + 0.0),
    "multiclass": lambda: PrunedMLPClassifier((16,), "logistic", **SHORT).fit(*IRIS),
    "multilabel": lambda: PrunedMLPClassifier((16,), **SHORT).fit(X, BOTH),
    "few columns": lambda: PrunedMLPClassifier(
        (16,), granularity="feature", sparsity=0.5, **SHORT
    ).fit(X, Y),
    "regressor": lambda: PrunedMLPRegressor((16,), **SHORT).fit(X, 1e4 * X[:, 0]),
    "networks": lambda: PrunedMLPClassifier(
        (16,), n_networks=3, sparsity=0.98, **SHORT
    ).fit(X, Y),
    "regressors": lambda: PrunedMLPRegressor((16,), n_networks=2, **SHORT).fit(
        X, 1e4 * X[:, 0]
    ),
    "outputs": lambda: PrunedMLPRegressor((16,), "identity", **SHORT).fit(X, X[:, :3]),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return MODELS[request.param]()


@pytest.fixture
def rows(model):
    return np.random.default_rng(1).normal(size=(33, model.n_features_in_))


def scores(model, rows):
    if hasattr(model, "predict_proba"):
        return model.predict_proba(rows)
    return model.predict(rows).reshape(len(rows), -1)


def run_onnx(onnx_model, feed):
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(
        onnx_model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, feed), strict=True))


def close(given, expected):
    assert_allclose(given, expected, atol=1e-5 * max(1, np.abs(expected).max()))


def test_onnx_equals_the_estimator(model, rows):
    pytest.importorskip("onnx")
    out = run_onnx(to_onnx(model), {"X": rows.astype(np.float32)})
    if not hasattr(model, "predict_proba"):
        close(out["variable"], scores(model, rows))
        return
    close(out["probabilities"], scores(model, rows))
    labels = out["label"].astype(model.predict(rows).dtype)
    assert_array_equal(labels, model.predict(rows))


def test_torch_equals_the_estimator(model, rows):
    with torch.no_grad():
        given = to_torch(model)(torch.from_numpy(rows).float())
    close(given.numpy(), scores(model, rows))


def test_the_scoring_file_equals_the_estimator(model, rows, tmp_path):
    path = to_numpy(model, tmp_path / "score.py")
    spec = importlib.util.spec_from_file_location("score", path)
    written = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(written)
    if hasattr(model, "predict_proba"):
        close(written.predict_proba(rows), scores(model, rows))
        assert_array_equal(written.predict(rows), model.predict(rows))
    else:
        close(written.predict(rows), model.predict(rows))
        with pytest.raises(TypeError, match="regressor"):
            written.predict_proba(rows)
    for bad in (rows[0], rows[:, 1:], rows * np.nan):
        with pytest.raises(ValueError, match="X "):
            written.predict(bad)


def test_the_scoring_file_is_short_and_needs_numpy_alone(tmp_path):
    model = MODELS["binary"]()
    path = to_numpy(model, tmp_path / "score.py")
    assert len(path.read_text().splitlines()) <= 100
    program = (
        "import sys, numpy, score; score.predict(numpy.zeros((2, 8)));"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    run = [sys.executable, "-c", program]
    out = subprocess.run(run, cwd=tmp_path, check=True, capture_output=True, text=True)
    loaded = set(out.stdout.split())
    assert "numpy" in loaded
    assert not {"torch", "sklearn", "scipy", "skprune", "skorch"} & loaded
    weights = path.with_suffix(".npz").stat().st_size
    assert weights < 4 * len(pickle.dumps(model))


def test_a_pipeline_takes_its_steps_along(tmp_path):
    pytest.importorskip("skl2onnx")
    X, y = IRIS
    model = make_pipeline(StandardScaler(), PrunedMLPClassifier((8,), **SHORT))
    exported = to_onnx(model.fit(X, y), tmp_path / "model.onnx", X=X)
    out = run_onnx(exported, {"X": X.astype(np.float32)})
    close(out["probabilities"], model.predict_proba(X))
    assert (tmp_path / "model.onnx").read_bytes() == exported.SerializeToString()


def test_a_pipeline_that_picks_columns_by_name():
    pytest.importorskip("skl2onnx")
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X[:, :3], columns=list("abc"))
    frame["kind"] = np.array(["u", "v", "w"])[np.arange(len(X)) % 3]
    columns = make_column_transformer(
        (StandardScaler(), ["a", "b", "c"]),
        (OneHotEncoder(sparse_output=False), ["kind"]),
    )
    model = make_pipeline(columns, PrunedMLPClassifier((8,), **SHORT)).fit(frame, Y)
    exported = to_onnx(model, X=frame)
    names = [given.name for given in exported.graph.input]
    assert names == ["a", "b", "c", "kind"]


@pytest.mark.parametrize("columns", [["b", "n"], ["n", "b"], ["n"]])
def test_imputed_whole_numbers_go_to_onnx_as_floats_alone(columns):
    pytest.importorskip("skl2onnx")
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"b": X[:, 0], "n": (5 * X[:, 1]).astype(int)})
    frame.loc[::7, "b"] = np.nan
    frame = frame[columns]
    steps = SimpleImputer(), StandardScaler(), PrunedMLPClassifier((8,), **SHORT)
    model = make_pipeline(*steps).fit(frame, Y)
    with pytest.raises(RuntimeError, match=r"astype\(dict.fromkeys\(\['n'\], float"):
        to_onnx(model, X=frame)
    exported = to_onnx(model, X=frame.astype(dict.fromkeys(["n"], float)))
    assert [given.name for given in exported.graph.input] == columns


def test_a_step_that_skl2onnx_does_not_know_is_another_error():
    pytest.importorskip("skl2onnx")
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"n": (5 * X[:, 1]).astype(int)})
    steps = SplineTransformer(), PrunedMLPClassifier((8,), **SHORT)
    model = make_pipeline(*steps).fit(frame, Y)
    with pytest.raises(RuntimeError) as raised:
        to_onnx(model, X=frame)
    assert "astype" not in str(raised.value)


@pytest.mark.parametrize("n_keep", [1, 3])
def test_a_pipeline_that_prunes_its_inputs(n_keep):
    pytest.importorskip("skl2onnx")
    # The column that says most comes first: alone, it is at position 0.
    rows = np.c_[Y + 0.1 * X[:, 0], X]
    chosen = PruningTransformer(method="l1", n_features_to_select=n_keep)
    model = make_pipeline(
        StandardScaler(), chosen, PrunedMLPClassifier((8,), **SHORT)
    ).fit(rows, Y)
    assert model[1].get_support()[0] and model[1].get_support().sum() == n_keep
    out = run_onnx(to_onnx(model), {"X": rows.astype(np.float32)})
    close(out["probabilities"], model.predict_proba(rows.astype(np.float32)))


def test_what_differs_is_not_handed_out(tmp_path, monkeypatch):
    model = MODELS["binary"]()
    monkeypatch.setattr(
        type(model), "predict_proba", lambda self, X: np.full((len(X), 2), 0.5)
    )
    exports = [to_onnx, to_torch, lambda m: to_numpy(m, tmp_path / "score.py")]
    for export in exports:
        with pytest.raises(RuntimeError, match="differs from the estimator"):
            export(model)


@pytest.mark.parametrize(
    "export", [to_onnx, to_torch, lambda model: to_numpy(model, "score.py")]
)
def test_what_cannot_be_exported(export):
    with pytest.raises(NotFittedError):
        export(PrunedMLPClassifier())
    with pytest.raises(TypeError, match="not LogisticRegression"):
        export(LogisticRegression().fit(X, Y))


def test_a_scoring_file_is_a_python_file():
    with pytest.raises(ValueError, match=r"must end in \.py"):
        to_numpy(MODELS["binary"](), "score.txt")


def test_the_extra_is_named_where_it_is_missing(monkeypatch):
    model = MODELS["binary"]()
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"pip install 'skprune\[onnx\]'"):
        to_onnx(model)
