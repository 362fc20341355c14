"""Scoring files that give reasons: equal to `reason_codes`, of NumPy alone."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.pipeline import make_pipeline
from sql_engines import load

from skprune import PrunedLSTMClassifier, PrunedMLPClassifier, PrunedMLPRegressor
from skprune.datasets import load_german_credit
from skprune.export import to_numpy
from skprune.inspection import reason_codes
from skprune.preprocessing import make_tabular_preprocessor

pandas = pytest.importorskip("pandas")

pytestmark = pytest.mark.filterwarnings("ignore:.*hasn't converged yet")

DRAWS = np.random.default_rng(0)
X = DRAWS.normal(size=(80, 5)).astype(np.float32)
SETTINGS = {"max_iter": 5, "prune_iter": 5, "sparsity": 0.5, "random_state": 0}


def credit():
    """Return German credit's raw table, and a Pipeline fitted to some of it."""
    table, y = load_german_credit(return_X_y=True, as_frame=True)
    network = PrunedMLPClassifier((8, 4), n_networks=2, **SETTINGS)
    model = make_pipeline(make_tabular_preprocessor(), network)
    return table, model.fit(table[:300], y[:300])


def test_reasons_of_raw_records(tmp_path):
    table, model = credit()
    written = load(to_numpy(model, tmp_path / "score.py", reasons=True))
    codes = reason_codes(model, table, n_reasons=3)
    assert_allclose(written.contributions(table), codes.contributions, atol=1e-5)
    names, strengths = written.reasons(table, n_reasons=3)
    # Where two columns contribute the same, rounding decides which is named first.
    assert (names == codes.reasons).mean() > 0.99
    assert_allclose(strengths, codes.strengths, atol=1e-5)
    assert_array_equal(written.fields(), table.columns)


@pytest.mark.parametrize(
    "network",
    [
        PrunedMLPClassifier((4,), activation="tanh", **SETTINGS),
        PrunedMLPClassifier((4,), activation="logistic", **SETTINGS),
        PrunedMLPClassifier((), **SETTINGS),
        PrunedMLPRegressor((4, 3), n_bits=8, **SETTINGS),
        PrunedMLPRegressor((4, 3), loss="poisson", **SETTINGS),
        PrunedMLPClassifier((4, 3), granularity="feature", **SETTINGS),
    ],
    ids=lambda network: repr(network)[6:60],
)
def test_reasons_of_a_network_alone(network, tmp_path):
    network.fit(X, X[:, 0] > 0)
    written = load(to_numpy(network, tmp_path / "score.py", reasons=True))
    codes = reason_codes(network, X)
    assert_allclose(written.contributions(X), codes.contributions, atol=1e-5)
    assert_array_equal(written.fields(), [f"x{i}" for i in range(5)])


def test_they_need_numpy_alone(tmp_path):
    to_numpy(
        PrunedMLPClassifier((4,), **SETTINGS).fit(X, X[:, 0] > 0),
        tmp_path / "score.py",
        reasons=True,
    )
    program = (
        "import sys, score; score.reasons([[0, 1, 2, 3, 4]]);"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    run = [sys.executable, "-c", program]
    out = subprocess.run(run, cwd=tmp_path, check=True, capture_output=True)
    packages = set(out.stdout.decode().split())
    assert "numpy" in packages
    assert not {"torch", "sklearn", "scipy", "skprune", "pandas"} & packages


@pytest.mark.parametrize(
    ("network", "y", "message"),
    [
        (PrunedMLPClassifier((4,), **SETTINGS), np.arange(80) % 3, "one score"),
        (
            PrunedMLPClassifier((4, 4), activation="tanh", **SETTINGS),
            np.arange(80) % 2,
            "closed form alone",
        ),
    ],
    ids=["three classes", "two smooth layers"],
)
def test_what_has_no_reasons_in_a_file(network, y, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        to_numpy(network.fit(X, y), tmp_path / "score.py", reasons=True)
    assert not list(tmp_path.iterdir())


def test_a_file_without_reasons_has_none(tmp_path):
    network = PrunedMLPClassifier((4,), **SETTINGS).fit(X, X[:, 0] > 0)
    path = to_numpy(network, tmp_path / "score.py")
    assert "closed_form" not in path.read_text()


def test_recurrent_networks_are_refused(tmp_path):
    network = PrunedLSTMClassifier((3,), dense_layer_sizes=(), **SETTINGS)
    with pytest.raises(TypeError, match="can be explained, not PrunedLSTM"):
        to_numpy(network.fit(X, X[:, 0] > 0), tmp_path / "score.py", reasons=True)
