"""The same rows in PostgreSQL, where it is installed."""

import csv
import glob
import io
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer
from sql_engines import declared, quoted, records

from skprune import PrunedMLPClassifier, PrunedMLPRegressor
from skprune.datasets import load_german_credit
from skprune.export import to_sql
from skprune.preprocessing import make_tabular_preprocessor

pandas = pytest.importorskip("pandas")

# Networks are trained for a few epochs only.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*hasn't converged yet"),
    pytest.mark.filterwarnings("ignore:Found unknown categories:UserWarning"),
]


def program(name):
    """Return where a program of PostgreSQL is; Debian leaves some off the path."""
    found = [
        shutil.which(name),
        *sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}")),
    ]
    return next(filter(None, reversed(found)), None)


@pytest.fixture(scope="module")
def server():
    """Start a server of its own, as its user where root runs the tests."""
    if not all(map(program, ("initdb", "pg_ctl", "psql"))):
        pytest.skip("PostgreSQL is not installed")
    user = {"user": "postgres"} if os.geteuid() == 0 else {}
    folder = tempfile.mkdtemp(prefix="pg", dir="/tmp")
    if user:
        shutil.chown(folder, "postgres")

    def call(name, *arguments):
        command = [program(name), "-D", f"{folder}/data", *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **user)

    try:
        call("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8")
        # A log of its own: it would keep open what is captured here.
        options = ["-l", f"{folder}/log", "-o", f"-k {folder} -h '' -F"]
        call("pg_ctl", *options, "-w", "start")
        yield folder
    finally:
        with suppress(subprocess.CalledProcessError):
            call("pg_ctl", "-m", "fast", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def run(server, model, table):
    """Return the names and rows of a model's query over a DataFrame, as text."""
    query = to_sql(model, "loans", key="n", dialect="postgres")
    # Its tables have no order of their own.
    table = table.assign(n=np.arange(len(table)))
    rows = ", ".join(
        "(" + ", ".join(_value(value) for value in row) + ")" for row in records(table)
    )
    name = quoted("loans")
    script = (
        f"BEGIN; CREATE TABLE {name} ({declared(table)});"
        f"INSERT INTO {name} VALUES {rows};\n{query};\nROLLBACK;"
    )
    command = [program("psql"), "-h", server, "-U", "postgres", "-Xq", "--csv"]
    out = subprocess.run(
        [*command, "-v", "ON_ERROR_STOP=1", "-P", "null=NULL", "-f", "-"],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not out.stderr, out.stderr[:2000]
    names, *found = csv.reader(io.StringIO(out.stdout))
    return names[1:], [row[1:] for row in sorted(found, key=lambda row: int(row[0]))]


def _value(value):
    doubled = str(value).replace("'", "''")
    return "NULL" if value is None else f"'{doubled}'"


def test_german_credit(server):
    X, y = load_german_credit(return_X_y=True, as_frame=True)
    X = X.mask(np.random.default_rng(0).random(X.shape) < 0.05)
    network = PrunedMLPClassifier((16, 8), max_iter=5, sparsity=0.8, random_state=0)
    model = make_pipeline(make_tabular_preprocessor(), network).fit(X[:800], y[:800])
    new = X.astype({c: float for c in X.select_dtypes("number")})
    new["purpose"] = new["purpose"].astype(object)
    new.loc[:9, "purpose"] = "a boat"
    names, rows = run(server, model, new)
    assert names == ["probability_0", "probability_1", "label"]
    found = np.array(rows, dtype=float)
    assert_allclose(found[:, :2], model.predict_proba(new), atol=1e-5)
    assert_array_equal(found[:, 2], model.predict(new))


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_activations_and_numbers_far_away(server, activation):
    """It raises an error where an exponential is too large, or too small."""
    X = np.random.default_rng(0).normal(size=(100, 3))
    network = PrunedMLPClassifier((8,), activation, max_iter=5, random_state=0)
    classes = np.array(["a", "it's", 'q"'])[np.arange(100) % 3]
    model = network.fit(X, classes)
    far = np.concatenate([X, 1e6 * X, 1e30 * X])
    table = pandas.DataFrame(far, columns=["x0", "x1", "x2"])
    names, rows = run(server, model, table)
    assert names == ["probability_a", "probability_it's", 'probability_q"', "label"]
    found = np.array([row[:3] for row in rows], dtype=float)
    assert_allclose(found, model.predict_proba(far), atol=1e-5)
    assert [row[3] for row in rows] == model.predict(far).tolist()


def test_normal_quantiles_and_refused_rows(server):
    X = np.random.default_rng(0).normal(size=(100, 2))
    ranks = QuantileTransformer(n_quantiles=20, output_distribution="normal")
    network = PrunedMLPRegressor((8,), max_iter=5, sparsity=0, random_state=0)
    model = make_pipeline(SimpleImputer(), ranks, network).fit(X, X[:, 0] * 100)
    table = pandas.DataFrame(X, columns=["x0", "x1"])
    table.loc[[1, 2], "x0"] = [np.nan, 1e6]
    names, rows = run(server, model, table)
    assert names == ["prediction"]
    expected = model.predict(table.to_numpy())
    found = np.array(rows, dtype=float)[:, 0]
    assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())
    table.loc[[3, 4], "x1"] = [np.nan, np.inf]
    _, rows = run(server, model, table)
    assert [row == ["NULL"] for row in rows[:6]] == [False] * 4 + [True, False]
