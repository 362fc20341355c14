"""The report prints, shows in a notebook, gives a frame, and says what was lost."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from skprune import PrunedMLPClassifier
from skprune.estimator.layouts import Columns
from skprune.estimator.report import NetworkSummary, PruningReport
from skprune.estimator.summary import _rise
from skprune.exceptions import PruningWarning
from skprune.losses import get_loss
from skprune.training.batches import Batch

SCORES = {"accuracy": 0.75, "AUC": 0.8, "Brier score": 0.2}


@pytest.fixture
def report():
    dense = NetworkSummary(SCORES, 0.5, 10, 4, 2000, 2000, 8000)
    pruned = NetworkSummary(SCORES | {"accuracy": 0.7512}, 0.48, 5, 3, 200, 250, 1000)
    return PruningReport(
        dense, pruned, 0.9, "weights", "validation", -0.02, 0.01, {"<a>": 0.1}, ("<a>",)
    )


def test_prints_dense_beside_pruned(report):
    lines = str(report).splitlines()
    assert lines[0].split() == ["dense", "pruned", "ratio"]
    assert lines[1].split() == ["accuracy", "0.7500", "0.7512"]
    assert lines[4].split() == ["log", "loss", "0.5000", "0.4800"]
    assert lines[7].split() == ["weights", "2,000", "200", "0.100"]
    assert len({len(line) for line in lines[:10]}) == 1, "columns are aligned"
    assert lines[10:] == [
        "90.0% of the weights removed; validation rows",
        "near the floor: <a>",
    ]


def test_shows_as_html_and_escapes(report):
    html = report._repr_html_()
    assert html.startswith("<table>")
    assert html.count("<tr>") == 10
    assert "2,000" in html
    assert "&lt;a&gt;" in html and "<a>" not in html


def test_frame_holds_the_figures(report):
    frame = report.to_frame()
    assert list(frame.index) == ["dense", "pruned"]
    assert frame.loc["pruned", "nonzeros"] == 200
    assert frame.loc["dense", "score"] == frame.loc["dense", "accuracy"] == 0.75


def test_a_network_without_weights_has_a_ratio_to_itself_of_nothing():
    empty = NetworkSummary({"R2": 0.5}, 0.7, 0, 0, 0, 0, 4)
    report = PruningReport(empty, empty, 0.0, "weights", "training", 0.0, 0.0)
    assert str(report).splitlines()[5].split() == ["weights", "0", "0"]


@pytest.mark.parametrize(
    ("rise", "rows", "worse"),
    [
        (0.03, "validation", True),
        (0.01, "validation", False),
        (0.03, "training", False),
    ],
)
def test_is_worse_by_more_than_the_error_of_rows_set_aside(report, rise, rows, worse):
    assert replace(report, loss_rise=rise, evaluated_on=rows).is_worse == worse


def held_out(estimator, X, y):
    """Return the rows that a fit with this seed sets aside."""
    draws = np.random.RandomState(estimator.random_state)
    _, valid = Columns().split(estimator, y[:, None], draws)
    return X[valid], y[valid]


def test_figures_are_those_of_scikit_learn():
    X, y = make_classification(600, 8, flip_y=0.2, random_state=0)
    model = PrunedMLPClassifier(
        (8,), sparsity=0.5, early_stopping=True, max_iter=30, random_state=0
    ).fit(X, y)
    X_valid, y_valid = held_out(model, X, y)
    proba = model.predict_proba(X_valid)[:, 1]
    found = model.pruning_report_.pruned
    assert found.score == pytest.approx(model.score(X_valid, y_valid))
    assert found.scores["AUC"] == pytest.approx(roc_auc_score(y_valid, proba))
    brier = brier_score_loss(y_valid, proba)
    assert found.scores["Brier score"] == pytest.approx(brier, rel=1e-5)
    assert found.loss == pytest.approx(log_loss(y_valid, proba), rel=1e-5)


def test_figures_of_several_classes_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    z, codes = rng.normal(size=(90, 3)), rng.integers(0, 3, 90)
    weight = rng.uniform(0.5, 2, 90)
    found = get_loss("multiclass").figures(
        torch.from_numpy(z), torch.from_numpy(codes), weight
    )
    proba = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    expected = np.mean(
        [roc_auc_score(codes == k, proba[:, k], sample_weight=weight) for k in range(3)]
    )
    assert found["AUC"] == pytest.approx(expected)
    squares = ((proba - np.eye(3)[codes]) ** 2).sum(1)
    assert found["Brier score"] == pytest.approx(np.average(squares, weights=weight))


def test_a_fit_that_loses_warns_once_and_says_so_in_the_report():
    # Parity of two columns: a network of two weights cannot have it.
    X = np.random.default_rng(0).normal(size=(2000, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    model = PrunedMLPClassifier(
        (16,), sparsity=0.95, early_stopping=True, learning_rate_init=0.02,
        prune_iter=10, random_state=0,
    )  # fmt: skip
    with pytest.warns(PruningWarning, match="of the weights made") as caught:
        model.fit(X, y)
    assert len(caught) == 1 and caught[0].filename == __file__
    report = model.pruning_report_
    assert report.is_worse and "worse than the dense one" in report.warnings[0]


def test_the_rise_of_the_loss_and_its_error():
    loss = get_loss("squared_error")
    y, before = torch.zeros(4, 1), torch.tensor([[0.0], [2.0], [0.0], [2.0]])
    after = torch.tensor([[2.0], [2.0], [4.0], [0.0]])
    sample = Batch(torch.zeros(4, 1), y, None)
    rises = np.array([2.0, 0.0, 8.0, -2.0])
    assert _rise(loss, before, after, sample) == pytest.approx(
        (rises.mean(), rises.std(ddof=1) / 2)
    )
