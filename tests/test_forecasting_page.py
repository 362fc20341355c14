"""The page on forecasting does what it says, and its pipeline reads no future."""

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

PAGE = Path(__file__).parents[1] / "docs" / "forecasting.md"

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def names():
    """Run the page's code from top to bottom."""
    found = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S):
        exec(compile(block, str(PAGE), "exec"), found)
    return found


def test_the_code_runs(names):
    assert {"search", "conformal"} <= names.keys()


def test_the_future_never_changes_a_forecast(names):
    table, windows = names["table"], names["sliding_windows"]
    split, pipeline = names["search"].cv, names["pipeline"]

    def forecasts(known):
        X, y = windows(known, known["close"], window=10, horizon=5)
        pipelines = [
            (clone(pipeline).fit(X.iloc[train], y.iloc[train]), test)
            for train, test in split.split(X)
        ]
        return X, [(test, fitted.predict(X.iloc[test])) for fitted, test in pipelines]

    X, before = forecasts(table)
    for fold, (test, predicted) in enumerate(before):
        today = X.index[test[0]]
        changed = table.copy()
        changed.loc[changed.index > today] += 0.5
        after = forecasts(changed)[1][fold][1]
        np.testing.assert_array_equal(after[0], predicted[0])
        assert not np.array_equal(after[1:], predicted[1:])
