"""Weighted scores beside scikit-learn's, intervals beside a plain bootstrap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn import metrics

from skprune.inspection.evidence.comparison import compare
from skprune.inspection.evidence.judging import judge_of
from skprune.inspection.evidence.task import Answers, Task
from skprune.metrics import expected_calibration_error, ks_score

BINARY = Task(np.array([0, 1]), 0.4)
SEVERAL = Task(np.array([0, 1, 2]), 0.5)
NUMBERS = Task(None, 0.5)


def sklearn_binary(y, p, weight):
    """Return the scores of two classes as scikit-learn has them."""
    d, shared = (p > 0.4).astype(int), {"sample_weight": weight}
    undefined = {"zero_division": np.nan, **shared}
    auc = metrics.roc_auc_score(y, p, **shared)
    return {
        "AUC": auc,
        "Gini": 2 * auc - 1,
        "KS": ks_score(y, p, **shared),
        "Brier score": metrics.brier_score_loss(y, p, **shared),
        "accuracy": metrics.accuracy_score(y, d, **shared),
        "recall": metrics.recall_score(y, d, **undefined),
        "precision": metrics.precision_score(y, d, **undefined),
        "F1": metrics.f1_score(y, d, **undefined),
    }


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(3, 40))
def test_two_classes(seed, n):
    rng = np.random.default_rng(seed)
    y, p = rng.permutation(np.arange(n) % 2), rng.integers(0, 9, n) / 8
    weight = rng.integers(1, 4, n).astype(float)
    found = judge_of(BINARY, y, BINARY.answers(np.column_stack([1 - p, p])))(weight)
    expected = sklearn_binary(y, p, weight)
    assert found.keys() - expected.keys() == {"calibration error"}
    for name, value in expected.items():
        assert_allclose(found[name], value, atol=1e-12, err_msg=name)


def test_calibration_is_that_of_the_metric():
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 2, 200), rng.random(200)
    found = judge_of(BINARY, y, BINARY.answers(np.column_stack([1 - p, p])))
    expected = expected_calibration_error(y, p, strategy="quantile")
    assert_allclose(found(np.ones(200))["calibration error"], expected, rtol=1e-12)
    three = rng.dirichlet([1, 1, 1], 200)
    y = rng.integers(0, 3, 200)
    found = judge_of(SEVERAL, y, SEVERAL.answers(three))(np.ones(200))
    expected = expected_calibration_error(y, three, strategy="quantile")
    assert_allclose(found["calibration error"], expected, rtol=1e-12)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_several_classes(seed):
    rng = np.random.default_rng(seed)
    n = 40
    y, p = rng.permutation(np.arange(n) % 3), rng.dirichlet([1, 1, 1], n)
    weight = rng.integers(1, 4, n).astype(float)
    found = judge_of(SEVERAL, y, SEVERAL.answers(p))(weight)
    shared, d = {"sample_weight": weight}, p.argmax(1)
    macro = {"average": "macro", "zero_division": np.nan, **shared}
    expected = {
        "AUC": metrics.roc_auc_score(y, p, multi_class="ovr", **shared),
        "Brier score": metrics.brier_score_loss(y, p, **shared),
        "accuracy": metrics.accuracy_score(y, d, **shared),
        "recall": metrics.recall_score(y, d, **macro),
        "precision": metrics.precision_score(y, d, **macro),
        "F1": metrics.f1_score(y, d, **macro),
    }
    for name, value in expected.items():
        assert_allclose(found[name], value, atol=1e-12, err_msg=name)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_numbers(seed):
    rng = np.random.default_rng(seed)
    y, p, weight = rng.normal(size=20), rng.normal(size=20), rng.random(20) + 0.1
    found, shared = (
        judge_of(NUMBERS, y, Answers(p, None))(weight),
        {"sample_weight": weight},
    )
    expected = {
        "R2": metrics.r2_score(y, p, **shared),
        "RMSE": metrics.root_mean_squared_error(y, p, **shared),
        "MAE": metrics.mean_absolute_error(y, p, **shared),
        "mean error": np.average(p - y, weights=weight),
    }
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert_allclose(found[name], value, atol=1e-10, err_msg=name)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_intervals_are_those_of_a_plain_bootstrap():
    rng = np.random.default_rng(0)
    n, n_draws = 60, 40
    y = rng.integers(0, 2, n)
    p = {name: rng.random(n) for name in ("dense", "pruned", "challenger")}
    judges = {
        name: judge_of(BINARY, y, BINARY.answers(np.column_stack([1 - one, one])))
        for name, one in p.items()
    }
    found = {
        row.metric: row for row in compare(judges, n, n_draws, np.random.RandomState(3))
    }
    draws, rises = np.random.RandomState(3), []
    for _ in range(n_draws):
        at = draws.randint(n, size=n)
        each = {m: sklearn_binary(y[at], one[at], None) for m, one in p.items()}
        rises.append(
            [each["pruned"]["AUC"] - each[o]["AUC"] for o in ("dense", "challenger")]
        )
    low, high = np.quantile(rises, [0.025, 0.975], axis=0)
    apart = found["AUC"].to_dense, found["AUC"].to_challenger
    assert_allclose([one.low for one in apart], low, atol=1e-12)
    assert_allclose([one.high for one in apart], high, atol=1e-12)
    expected = sklearn_binary(y, p["pruned"], None)["AUC"]
    expected -= sklearn_binary(y, p["dense"], None)["AUC"]
    assert_allclose(found["AUC"].to_dense.value, expected, atol=1e-12)


def test_a_score_is_worse_where_its_interval_says_so():
    y = np.arange(200) % 2
    good, poor = np.where(y == 1, 0.9, 0.1), np.full(200, 0.45)
    judges = {
        name: judge_of(BINARY, y, BINARY.answers(np.column_stack([1 - p, p])))
        for name, p in (("dense", good), ("pruned", poor))
    }
    rows = compare(judges, 200, 30, np.random.RandomState(0))
    verdicts = {row.metric: row.verdict for row in rows}
    assert verdicts["AUC"] == verdicts["Brier score"] == "worse"
    assert verdicts["recall"] == ""
    swapped = {"dense": judges["pruned"], "pruned": judges["dense"]}
    rows = compare(swapped, 200, 30, np.random.RandomState(0))
    assert {r.metric: r.verdict for r in rows}["Brier score"] == "better"
    assert {r.verdict_to_challenger for r in rows} == {""}
    beside = {"dense": judges["pruned"], "pruned": judges["pruned"]}
    beside["challenger"] = judges["dense"]
    rows = compare(beside, 200, 30, np.random.RandomState(0))
    found = {r.metric: (r.verdict, r.verdict_to_challenger) for r in rows}
    assert found["AUC"] == found["Brier score"] == ("", "worse")
    assert found["recall"] == ("", "")
    none = compare(judges, 200, 0, np.random.RandomState(0))
    assert np.isnan(none[0].to_dense.low)
    assert none[0].verdict == ""


def test_what_one_class_cannot_tell_is_undefined():
    y, p = np.ones(5, int), np.linspace(0.1, 0.3, 5)
    found = judge_of(BINARY, y, BINARY.answers(np.column_stack([1 - p, p])))(np.ones(5))
    assert np.isnan(found["AUC"])
    assert np.isnan(found["precision"])
    assert found["recall"] == 0.0
