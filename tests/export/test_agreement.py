"""SQL, the scoring file, ONNX and the estimator, on real tables with gaps."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler
from sql_engines import labels, load, run, scores

from skprune import PrunedMLPClassifier
from skprune.datasets import load_german_credit, load_sp500
from skprune.export import to_numpy, to_onnx, to_sql
from skprune.preprocessing import make_tabular_preprocessor
from skprune.preprocessing.table import as_levels

pandas = pytest.importorskip("pandas")

# Networks are trained for a few epochs only.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*hasn't converged yet"),
    pytest.mark.filterwarnings("ignore:Found unknown categories:UserWarning"),
]

SHARED = Path(__file__).parents[3] / "shared" / "data"
FILES = {
    "taiwan_default": "default",
    "polish_bankruptcy_1year": "bankrupt",
    "spanish_credit": "Bad",
    "telecom_churn": "Bad",
    "attrition": "Bad",
    "stackoverflow": "Bad",
}


def german_credit():
    return load_german_credit(return_X_y=True, as_frame=True)


def sp500():
    """Prices and volume, and whether the days after are wilder than half of all."""
    X, y = load_sp500(return_X_y=True, as_frame=True)
    return X, (y > y.median()).to_numpy()


def from_file(name):
    path = SHARED / f"{name}.csv.gz"
    if not path.exists():
        pytest.skip(f"{name} is not here")
    table = pandas.read_csv(path)
    table = pandas.read_csv(path)
    table = table.sample(min(len(table), 2000), random_state=0)
    return table, table.pop(FILES[name]).to_numpy()


@pytest.fixture(scope="module", params=["german_credit", "sp500", *FILES])
def rows(request):
    """A table to learn from; its target; 1,000 rows with gaps and unseen levels."""
    name = request.param
    own = {"german_credit": german_credit, "sp500": sp500}
    table, y = own[name]() if name in own else from_file(name)
    draws = np.random.default_rng(0)
    table = table.mask(draws.random(table.shape) < 0.03)
    table = table.astype({c: float for c in table.select_dtypes("number")})
    new = table.sample(1000, random_state=1, ignore_index=True)
    for column in new.select_dtypes(exclude="number"):
        new[column] = new[column].astype(object)
        new.loc[draws.random(len(new)) < 0.03, column] = "never seen; 'so'"
    return table, y, new


def usual_steps():
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        QuantileTransformer(
            n_quantiles=50, output_distribution="normal", random_state=0
        ),
        StandardScaler(),
    )
    codes = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="none"),
        OneHotEncoder(handle_unknown="ignore", min_frequency=5),
    )
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (codes, make_column_selector(dtype_exclude="number")),
    )


@pytest.fixture(
    scope="module",
    params=[usual_steps, make_tabular_preprocessor],
    ids=lambda f: f.__name__,
)
def model(request, rows):
    table, y, _ = rows
    network = PrunedMLPClassifier(
        (16,), max_iter=5, prune_iter=3, sparsity=0.8, random_state=0
    )
    return make_pipeline(request.param(), network).fit(table, y)


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_sql_agrees(rows, model, dialect):
    new = rows[2]
    found = run(dialect, to_sql(model, "loans", dialect=dialect), new)
    assert_allclose(scores(found), model.predict_proba(new), atol=1e-5)
    assert_array_equal(labels(found), model.predict(new))


def test_the_scoring_file_agrees(rows, model, tmp_path):
    new = rows[2]
    written = load(to_numpy(model, tmp_path / "score.py"))
    assert_allclose(written.predict_proba(new), model.predict_proba(new), atol=1e-5)
    assert_array_equal(written.predict(new), model.predict(new))


def test_onnx_agrees(rows, model):
    """It has no normal quantiles, so that not all Pipelines are exported."""
    runtime = pytest.importorskip("onnxruntime")
    new = rows[2]
    if "numbers" not in model[0].named_transformers_:
        pytest.skip("skl2onnx converts no QuantileTransformer")
    exported = to_onnx(model, X=new)
    session = runtime.InferenceSession(
        exported.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    text = as_levels(new)
    feed = {
        one.name: (
            text[[one.name]].to_numpy(object)
            if one.type == "tensor(string)"
            else new[[one.name]].to_numpy(np.float32)
        )
        for one in session.get_inputs()
    }
    found, proba = session.run(None, feed)
    assert_allclose(proba, model.predict_proba(new), atol=1e-5)
    assert_array_equal(found, model.predict(new))
