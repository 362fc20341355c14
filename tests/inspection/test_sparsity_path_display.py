"""The picture of a path shows what the table says."""

import matplotlib
import numpy as np
import pytest
from instances import classifier
from numpy.testing import assert_allclose
from sklearn.datasets import make_classification
from sklearn.metrics import roc_auc_score

from skprune import SparsitySearchCV
from skprune.inspection import SparsityPathDisplay

matplotlib.use("Agg")

X, y = make_classification(150, 10, random_state=0)
LEVELS = [0.0, 0.5, 0.8]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def search():
    parameters = {"cv": 3, "scoring": "roc_auc", "param_grid": {"alpha": [0.001, 1.0]}}
    return SparsitySearchCV(classifier(), sparsities=LEVELS, **parameters).fit(X, y)


def test_the_curve_is_that_of_the_folds(search):
    display = SparsityPathDisplay.from_estimator(search)
    table = search.cv_results_
    rows = [
        i
        for i, params in enumerate(table["params"])
        if params["alpha"] == search.best_params_["alpha"]
    ]
    scores = np.array([table[f"split{i}_test_score"] for i in range(3)])[:, rows]
    line, _, (bars,) = display.errorbar_
    assert_allclose(line.get_xdata(), table["mean_n_nonzero"][rows])
    assert_allclose(line.get_ydata(), scores.mean(0))
    heights = [np.ptp(segment[:, 1]) / 2 for segment in bars.get_segments()]
    assert_allclose(heights, scores.std(0, ddof=1) / np.sqrt(3))
    assert_allclose(display.dense_line_.get_ydata(), scores.mean(0)[0])
    mark = display.chosen_point_.get_offsets()[0]
    assert_allclose(mark[1], search.best_score_)
    assert_allclose(display.bytes_line_.get_ydata(), table["mean_n_bytes"][rows])
    assert display.ax_.get_xscale() == "log" == display.bytes_ax_.get_yscale()


def test_a_table_alone(search):
    display = SparsityPathDisplay.from_cv_results(search.cv_results_)
    best = search.cv_results_["mean_test_score"].max()
    assert display.chosen_point_ is None and display.score.max() == best


def test_other_rows(search):
    display = SparsityPathDisplay.from_estimator(search, X[:80], y[:80])
    expected = [
        roc_auc_score(y[:80], search.at(level).predict_proba(X[:80])[:, 1])
        for level in LEVELS
    ]
    assert_allclose(display.score, expected)
    assert_allclose(display.sparsities[display.chosen], search.best_sparsity_)


def test_axes_that_are_given(search):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    display = SparsityPathDisplay.from_estimator(search, ax=ax, color="C4")
    assert display.ax_ is ax and display.errorbar_[0].get_color() == "C4"
    plt.close("all")
