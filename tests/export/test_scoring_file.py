"""Scoring files of Pipelines: what they take, hold and leave behind."""

import pickle
import subprocess
import sys
from copy import copy
from datetime import date
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sql_engines import load

from skprune import PrunedMLPClassifier, PrunedMLPRegressor
from skprune.export import to_numpy, to_onnx
from skprune.preprocessing import make_tabular_preprocessor

pandas = pytest.importorskip("pandas")

# Networks are trained for a few epochs only.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*hasn't converged yet"),
    pytest.mark.filterwarnings("ignore:Found unknown categories:UserWarning"),
]

N = 200
DRAWS = np.random.default_rng(0)
TABLE = pandas.DataFrame(
    {
        "age": DRAWS.integers(18, 80, N).astype(float),
        "home; --": DRAWS.choice(["own", "rent", 'a "flat"'], N),
        "amount": DRAWS.lognormal(8, 1, N),
        "noise": DRAWS.normal(size=N),
    }
).mask(DRAWS.random((N, 4)) < 0.1)
Y = (TABLE["amount"].fillna(0) > 3000).to_numpy().astype(int)
NEW = [
    {"age": 30, "home; --": "own", "amount": 1e3, "noise": 0.5},
    {"age": None, "home; --": None, "amount": float("nan"), "noise": 1},
    {"age": 200.0, "home; --": "a boat", "amount": 5e3, "noise": None},
]


@cache
def fitted():
    network = PrunedMLPClassifier((8,), max_iter=5, sparsity=0.5, random_state=0)
    return make_pipeline(make_tabular_preprocessor(), network).fit(TABLE, Y)


def named(classes):
    """Return the network alone, its classes called so."""
    X = np.random.default_rng(0).normal(size=(60, 2))
    network = PrunedMLPClassifier((3,), max_iter=5, sparsity=0, random_state=0)
    network.fit(X, X[:, 0] > 0).classes_ = classes
    return network, X


@pytest.mark.parametrize(
    "form",
    {
        "frame": pandas.DataFrame(NEW),
        "records": NEW,
        "columns": {name: [one[name] for one in NEW] for name in NEW[0]},
        "arrays": {name: np.array([one[name] for one in NEW]) for name in NEW[0]},
        "rows": [list(one.values()) for one in NEW],
        "array": np.array([list(one.values()) for one in NEW], dtype=object),
        "nullable": pandas.DataFrame(NEW).convert_dtypes(),
    }.items(),
    ids=lambda pair: pair[0],
)
def test_records_of_any_form(form, tmp_path):
    written = load(to_numpy(fitted(), tmp_path / "score.py"))
    expected = fitted().predict_proba(pandas.DataFrame(NEW))
    assert_allclose(written.predict_proba(form[1]), expected, atol=1e-5)
    assert written.predict(form[1]).dtype == Y.dtype


def test_one_record_and_none(tmp_path):
    written = load(to_numpy(fitted(), tmp_path / "score.py"))
    assert written.predict_proba(NEW[:1]).shape == (1, 2)
    assert written.predict_proba(TABLE[:0]).shape == (0, 2)


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([{"age": 30}], "has no column 'home; --'|has no column 'amount'"),
        ({"age": [30]}, "has no column"),
        (np.zeros((2, 3)), r"shape \(2, 3\)"),
        (np.zeros(4), r"shape \(4,\)"),
        ([{**NEW[0], "amount": np.inf}], "infinity"),
        ([{**NEW[0], "amount": "much"}], "could not convert"),
    ],
)
def test_records_that_are_refused(records, message, tmp_path):
    written = load(to_numpy(fitted(), tmp_path / "score.py"))
    with pytest.raises(ValueError, match=message):
        written.predict(records)


def test_levels_and_gaps_that_the_estimator_refuses(tmp_path):
    words = TABLE[["home; --"]].dropna()
    network = PrunedMLPClassifier((4,), max_iter=5, sparsity=0, random_state=0)
    model = make_pipeline(OneHotEncoder(), network).fit(words, Y[words.index])
    written = load(to_numpy(model, tmp_path / "words.py"))
    for strange in ("a boat", None):
        with pytest.raises(ValueError, match=f"unknown categories .*{strange}"):
            written.predict([{"home; --": "own"}, {"home; --": strange}])
    numbers = TABLE[["age"]].dropna()
    model = make_pipeline(StandardScaler(), network).fit(numbers, Y[numbers.index])
    written = load(to_numpy(model, tmp_path / "numbers.py"))
    with pytest.raises(ValueError, match="NaN"):
        written.predict([{"age": None}])


def test_columns_that_are_not_read_need_not_be_there(tmp_path):
    network = PrunedMLPClassifier(
        (4,), granularity="feature", sparsity=0.6, max_iter=5, random_state=0
    )
    numbers = TABLE[["age", "amount", "noise"]]
    model = make_pipeline(SimpleImputer(), StandardScaler(), network).fit(numbers, Y)
    (read,) = network._predictor.columns_read
    written = load(to_numpy(model, tmp_path / "score.py"))
    alone = written.predict_proba(numbers.iloc[:, [read]])
    assert_allclose(alone, model.predict_proba(numbers), atol=1e-5)


def test_regressors(tmp_path):
    network = PrunedMLPRegressor((8,), max_iter=5, n_networks=2, random_state=0)
    model = make_pipeline(make_tabular_preprocessor(), network).fit(TABLE, 1e4 * Y)
    written = load(to_numpy(model, tmp_path / "score.py"))
    expected = model.predict(TABLE)
    assert_allclose(written.predict(TABLE), expected, atol=1e-5 * abs(expected).max())


def test_a_pipeline_of_a_network_alone(tmp_path):
    network, X = named(np.array([0, 1]))
    written = load(to_numpy(make_pipeline(network), tmp_path / "score.py"))
    assert_allclose(written.predict_proba(X), network.predict_proba(X), atol=1e-5)


def test_it_is_written_without_torch_and_read_with_numpy_alone(tmp_path):
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(fitted()))
    loaded = "print(*{name.split('.')[0] for name in sys.modules})"
    write = (
        "import sys, pickle; model = pickle.load(open('model.pkl', 'rb'));"
        f"from skprune.export import to_numpy; to_numpy(model, 'score.py'); {loaded}"
    )
    read = f"import sys, score; score.predict({NEW[:1]!r}); {loaded}"
    packages = []
    for program in (write, read):
        run = [sys.executable, "-c", program]
        out = subprocess.run(run, cwd=tmp_path, check=True, capture_output=True)
        packages.append(set(out.stdout.decode().split()))
    assert "skprune" in packages[0] and not {"torch", "skorch"} & packages[0]
    unwanted = {"torch", "skorch", "sklearn", "scipy", "skprune", "pandas"}
    assert "numpy" in packages[1] and not unwanted & packages[1]


LABELS = {
    "dates": np.array(["2020-01-01", "2021-01-01"], "datetime64[D]"),
    "moments": np.array(["2020-01-01T00:00:01", "2021-01-01"], "datetime64[ns]"),
    "spans": np.array([1, 2], "timedelta64[s]"),
    "bytes": np.array([b"a", b"b"]),
    "texts": np.array(["no", "it's"]),
    "large": np.array([3, 2**63 + 5], np.uint64),
    "small": np.array([1, 2], np.int8),
    "booleans": np.array([False, True]),
    "float32": np.array([0.1, 0.2], np.float32),
    "objects": np.array(["a", "a\0"], object),
    "half of a pair": np.array(["a", "\ud800"], object),
    "numbers as objects": np.array([1, 2**70], object),
    "booleans as objects": np.array([False, True], object),
}


@pytest.mark.parametrize("classes", LABELS.values(), ids=LABELS)
def test_labels_are_read_back_as_they_are(classes, tmp_path):
    network, X = named(classes)
    found = load(to_numpy(network, tmp_path / "score.py")).predict(X)
    assert found.dtype == classes.dtype
    assert_array_equal(found, network.predict(X))
    assert [type(one) for one in found.tolist()[:9]] == [
        type(one) for one in network.predict(X).tolist()[:9]
    ]


def test_labels_that_need_pickle_are_refused(tmp_path):
    network, _ = named(np.array([date(2020, 1, 1), date(2021, 1, 1)], object))
    with pytest.raises(TypeError, match="dtype object .* not date"):
        to_numpy(network, tmp_path / "score.py")
    assert not list(tmp_path.iterdir())


IN_ONNX = ("texts", "large", "small", "booleans", "float32", "booleans as objects")


@pytest.mark.parametrize("name", LABELS)
def test_labels_in_onnx_are_right_or_refused(name):
    runtime = pytest.importorskip("onnxruntime")
    network, X = named(LABELS[name])
    if name not in IN_ONNX:
        with pytest.raises((TypeError, ValueError), match="can't be exported to ONNX"):
            to_onnx(network)
        return
    session = runtime.InferenceSession(
        to_onnx(network).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    found = session.run(["label"], {"X": X.astype(np.float32)})[0]
    assert found.tolist() == network.predict(X).tolist()


def test_classes_read_back_otherwise_are_not_handed_out(tmp_path, monkeypatch):
    network, _ = named(np.array(["no", "yes"]))
    swapped = {"classes": np.array(["no", "Yes"])}
    monkeypatch.setattr("skprune.export.numpy_file._labels", lambda classes: swapped)
    monkeypatch.setattr("skprune.export.numpy_file.demand_labels", lambda *_: None)
    with pytest.raises(RuntimeError, match="not read back"):
        to_numpy(network, tmp_path / "score.py")


def onnx_file(model, folder):
    to_onnx(model, folder / "model.onnx")


def numpy_files(model, folder):
    to_numpy(model, folder / "score.py")


@pytest.mark.parametrize("export", [onnx_file, numpy_files])
def test_files_are_written_whole_or_not_at_all(export, tmp_path):
    network, _ = named(np.array([0, 1]))
    export(network, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(before) in (["model.onnx"], ["score.npz", "score.py"])
    wrong = copy(network)
    wrong.predict_proba = lambda X: np.full((len(X), 2), 0.5)
    with pytest.raises(RuntimeError, match="differs from the estimator"):
        export(wrong, tmp_path)
    # The same bytes, and no draft beside them.
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("export", [onnx_file, numpy_files])
def test_an_interrupted_write_leaves_what_was_there(export, tmp_path, monkeypatch):
    network, _ = named(np.array([0, 1]))
    export(network, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("skprune.export.files.os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export(network, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
