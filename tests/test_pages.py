"""The Python of the documentation's pages runs, from top to bottom of each.

Pages on clusters and on other people's forecasters have tests of their own, which start
a cluster, and skip where a forecaster is not installed.
"""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skprune import PrunedMLPClassifier
from skprune.datasets import load_german_credit

ROOT = Path(__file__).parents[1]
ELSEWHERE = {"clusters", "forecasters", "forecasting", "from_mlp", "skorch"}
SAME = {"index", "getting_started"}
"""Pages whose figures are those that come out, to the digit."""

PAGES = [
    page.stem
    for page in sorted((ROOT / "docs").glob("*.md"))
    if "```python" in page.read_text("utf-8") and page.stem not in ELSEWHERE
]

spec = importlib.util.spec_from_file_location("pages", ROOT / "tools" / "pages.py")
pages = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pages)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),
]


def applicants(n_rows=200):
    """Return a small table of applicants, and who defaulted."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.uniform(18, 80, n_rows).round(),
            "amount": rng.lognormal(8, 1, n_rows),
            "purpose": rng.choice(["car", "house", "other"], n_rows),
        }
    )
    return frame, (rng.random(n_rows) < 0.3).astype(int)


def for_deployment(path):
    """Return what the page on deployment takes as given, some of it on files."""
    frame, y = applicants()
    return {
        "frame": frame,
        "records": frame.to_dict("records"),
        "rows": frame[["age", "amount"]].to_numpy("float32"),
        "y": y,
        "model": PrunedMLPClassifier((8,), max_iter=5, prune_iter=5).fit(
            frame[["age", "amount"]].to_numpy(), y
        ),
        "PrunedMLPClassifier": PrunedMLPClassifier,
        "OneHotEncoder": OneHotEncoder,
        "SimpleImputer": SimpleImputer,
        "StandardScaler": StandardScaler,
        "make_column_transformer": make_column_transformer,
        "make_pipeline": make_pipeline,
    }


def for_streams(path):
    """Return what the page on streams takes as given, a Parquet file among it."""
    dask, parquet = (
        pytest.importorskip(m) for m in ("dask.dataframe", "pyarrow.parquet")
    )
    rng = np.random.default_rng(0)
    features = ["income", "debt"]
    table = pd.DataFrame(rng.normal(size=(500, 2)), columns=features)
    table.to_parquet(path / "loans.parquet")

    def batches():
        for _ in range(40):
            rows = rng.normal(size=(50, 2))
            yield rows, (rows[:, 0] + rng.normal(size=50) > 0).astype(int)

    return {
        "PrunedMLPClassifier": PrunedMLPClassifier,
        "FEATURES": features,
        "batches": batches,
        "dd": dask,
        "path": path / "loans.parquet",
        "pd": pd,
        "pq": parquet,
        "scaler": StandardScaler().fit(table.to_numpy()),
    }


def for_getting_started(path):
    """Write the table of one's own, with gaps, and classes that are words."""
    frame, y = load_german_credit(return_X_y=True, as_frame=True)
    frame["credit_amount"] = frame["credit_amount"].mask(frame.index % 9 == 0)
    frame["purpose"] = frame["purpose"].mask(frame.index % 7 == 0)
    frame.assign(bad=y.map({0: "no", 1: "yes"})).to_csv(path / "loans.csv", index=False)
    return {}


GIVEN = {
    "deployment": for_deployment,
    "getting_started": for_getting_started,
    "streams": for_streams,
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_runs_and_prints_where_it_says_so(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    given = GIVEN.get(name, lambda path: {})(tmp_path)
    text = (ROOT / "docs" / f"{name}.md").read_text("utf-8")
    again = pages.reprinted(text, name, **given)
    assert not re.search(r"```text\n```", again)
    if name in SAME:
        assert again == text
