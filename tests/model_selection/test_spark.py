"""Spark scores by the page on clusters, in worker processes of its own."""

import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from instances import classifier
from numpy.testing import assert_allclose
from sklearn.datasets import make_classification

sql = pytest.importorskip("pyspark.sql")

PAGE = Path(__file__).parents[2] / "docs" / "clusters.md"
FEATURES = ["age", "income", "amount", "rate"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark runs in Java"),
    # What Spark warns of is not ours to mend.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module")
def spark():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        # Workers take code by value, as from a notebook; skprune they import.
        patch.setenv("PYTHONPATH", ":".join(filter(None, sys.path)))
        session = (
            sql.SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate()
        )
        yield session
        session.stop()


def code_of_the_page():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    (code,) = [block for block in blocks if "pandas_udf" in block]
    return compile(code, str(PAGE), "exec")


def test_scores_are_those_of_one_process(spark):
    X, y = make_classification(400, 4, n_redundant=0, random_state=0)
    frame = pd.DataFrame(X, columns=FEATURES)
    model = classifier().fit(X, y)
    found = {
        "__name__": "__main__",
        "FEATURES": FEATURES,
        "model": model,
        "loans": spark.createDataFrame(frame),
    }
    exec(code_of_the_page(), found)
    scored = found["scored"].toPandas()
    expected = model.predict_proba(scored[FEATURES].to_numpy())[:, 1]
    assert_allclose(np.sort(scored["age"]), np.sort(X[:, 0]))
    # Sums of fewer rows may be added up in another order.
    assert_allclose(scored["score"], expected, rtol=1e-6)


def test_scoring_needs_no_torch(spark):
    X, y = make_classification(60, 4, n_redundant=0, random_state=0)
    model = classifier().fit(X, y)

    def loaded(batches):
        for batch in batches:
            model.predict_proba(batch[FEATURES].to_numpy())
            yield pd.DataFrame({"torch": ["torch" in sys.modules] * len(batch)})

    rows = spark.createDataFrame(pd.DataFrame(X, columns=FEATURES))
    found = rows.mapInPandas(loaded, "torch boolean").toPandas()
    assert len(found) == 60 and not found["torch"].any()
