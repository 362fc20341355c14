"""Credit-risk metrics against SciPy, scikit-learn and sums done by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.stats import ks_2samp
from sklearn.calibration import calibration_curve
from sklearn.datasets import load_iris
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    brier_score_loss,
    d2_brier_score,
    make_scorer,
    roc_auc_score,
)
from sklearn.model_selection import cross_val_score

from skprune.metrics import (
    brier_skill_score,
    brier_skill_scorer,
    characteristic_stability_index,
    expected_calibration_error,
    gini_score,
    gini_scorer,
    ks_score,
    ks_scorer,
    neg_expected_calibration_error_scorer,
    population_stability_index,
)

RANKING = [ks_score, gini_score]


@st.composite
def labelled_scores(draw):
    """Draw labels of both classes, scores with ties, and integer weights."""
    n = draw(st.integers(2, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y = rng.permutation(np.arange(n) % 2)
    score = rng.integers(0, draw(st.integers(1, 50)), n) / 8
    return y, score, rng.integers(1, 4, n)


# About the p-value, which isn't used.
@pytest.mark.filterwarnings("ignore:ks_2samp:RuntimeWarning")
@given(labelled_scores())
def test_ks_is_the_two_sample_statistic(case):
    y, score, _ = case
    expected = ks_2samp(score[y == 1], score[y == 0], method="exact").statistic
    assert_allclose(ks_score(y, score), expected, atol=1e-12)


@given(labelled_scores())
def test_gini_is_twice_the_area_less_one(case):
    y, score, weight = case
    expected = 2 * roc_auc_score(y, score, sample_weight=weight) - 1
    assert_allclose(gini_score(y, score, sample_weight=weight), expected, atol=1e-12)
    assert_allclose(gini_score(y, -score, sample_weight=weight), -expected, atol=1e-12)


@pytest.mark.parametrize("metric", RANKING)
@given(case=labelled_scores())
def test_weight_two_is_a_row_twice(metric, case):
    y, score, weight = case
    twice = metric(np.repeat(y, weight), np.repeat(score, weight))
    assert_allclose(metric(y, score, sample_weight=weight), twice, atol=1e-12)


@pytest.mark.parametrize("metric", RANKING)
def test_any_label_can_be_the_positive_one(metric):
    y, score = np.array([0, 1, 1, 0, 1]), [0.1, 0.2, 0.7, 0.4, 0.9]
    words = np.where(y == 1, "bad", "good")
    assert metric(words, score, pos_label="bad") == metric(y, score)
    with pytest.raises(ValueError, match="pos_label is not specified"):
        metric(words, score)


@pytest.mark.parametrize("metric", RANKING)
def test_one_class_is_undefined(metric):
    with pytest.warns(UndefinedMetricWarning):
        assert math.isnan(metric([1, 1], [0.1, 0.2]))


@pytest.mark.parametrize("metric", RANKING)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1, 2], [0.1, 0.2, 0.3]), "multiclass format is not supported"),
        (([0, 1], [0.1, 0.2, 0.3]), "inconsistent numbers of samples"),
        (([0, 1], [0.1, np.nan]), "contains NaN"),
        (([0, 1], [[0.1, 0.2], [0.3, 0.4]]), "should be a 1d array"),
        ((None, [0.1, 0.2]), "'y_true' parameter of"),
    ],
)
def test_bad_input_is_named(metric, arguments, message):
    with pytest.raises(ValueError, match=message):
        metric(*arguments)


def test_serves_as_a_scorer():
    X = np.linspace(-1, 1, 40)[:, None]
    y = (X.ravel() > 0).astype(int)
    scorer = make_scorer(ks_score, response_method="predict_proba")
    scores = cross_val_score(LogisticRegression(), X, y, scoring=scorer, cv=2)
    assert_allclose(scores, 1.0)


def psi(expected, actual):
    """Sum the index over shares that were counted by hand."""
    return sum((a - e) * math.log(a / e) for e, a in zip(expected, actual, strict=True))


def test_psi_by_hand_with_numbers():
    # Quartiles of 1..20 close bins at 5, 10 and 15.
    actual = [1, 5, 6, 10, 11, 12, 13, 15, 16, 99]
    expected = psi([0.25] * 4, [0.2, 0.2, 0.4, 0.2])
    index = population_stability_index(np.arange(1, 21), actual, n_bins=4)
    assert_allclose(index, expected, rtol=1e-12)


def test_psi_by_hand_with_categories():
    old = ["own"] * 5 + ["rent"] * 4 + ["free"]
    new = ["own"] * 2 + ["rent"] * 2 + ["boat"]
    expected = psi([0.5, 0.4, 0.1, 0.01], [0.4, 0.4, 0.01, 0.2])
    index = population_stability_index(old, new, min_share=0.01)
    assert_allclose(index, expected, rtol=1e-12)


def test_psi_bins_few_numbers_by_value():
    expected = psi([0.5, 0.5, 1e-4], [0.25, 0.5, 0.25])
    index = population_stability_index([0, 0, 1, 1], [0, 1, 1, 0.5])
    assert_allclose(index, expected, rtol=1e-12)


def test_psi_sees_a_move_away_from_a_constant():
    assert population_stability_index([3, 3, 3], [3, 3]) == 0.0
    assert population_stability_index([3, 3, 3], [2, 4]) > 9


def test_psi_keeps_two_bins_where_most_values_are_the_maximum():
    old = np.r_[np.arange(20), np.full(980, 20)]
    new = np.r_[np.arange(20), np.full(20, 20)]
    expected = psi([0.02, 0.98], [0.5, 0.5])
    assert_allclose(population_stability_index(old, new), expected, rtol=1e-12)


@given(
    st.lists(st.integers(-30, 30), min_size=1, max_size=60),
    st.lists(st.integers(-30, 30), min_size=1, max_size=60),
)
def test_psi_is_zero_for_itself_and_never_negative(old, new):
    assert population_stability_index(old, old) == 0.0
    assert population_stability_index(old, new) >= 0.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, np.nan], [1.0]), "Input expected contains NaN"),
        (([1.0], [np.inf]), "Input actual contains infinity"),
        (([1.0], []), "minimum of 1 is required"),
        (([[1.0, 2.0]], [1.0]), "should be a 1d array"),
        (([1.0], ["own"]), "both hold numbers or both hold categories"),
    ],
)
def test_psi_names_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        population_stability_index(*arguments)


@pytest.mark.parametrize("bad", [{"n_bins": 1}, {"min_share": 0.0}])
def test_psi_names_bad_parameters(bad):
    with pytest.raises(ValueError, match=f"'{next(iter(bad))}' parameter"):
        population_stability_index([1.0], [1.0], **bad)


@given(labelled_scores())
def test_psi_counts_a_row_of_weight_two_twice(case):
    y, score, weight = case
    twice = population_stability_index(
        np.repeat(score, weight), np.repeat(y, y + 1), n_bins=4
    )
    index = population_stability_index(
        score, y, n_bins=4, expected_weight=weight, sample_weight=y + 1
    )
    assert_allclose(index, twice, atol=1e-12)


def test_psi_does_not_see_rows_of_no_weight():
    old, weight = [1, 2, 3, 4, 9], [1, 1, 1, 1, 0]
    index = population_stability_index(old, [9, 1], n_bins=4, expected_weight=weight)
    assert_allclose(index, population_stability_index(old[:4], [9, 1], n_bins=4))
    with pytest.raises(ValueError, match="at least one non-zero"):
        population_stability_index(old, [1], sample_weight=[0])


def two_months():
    """Return two tables with numbers, categories, dates and gaps."""
    rng = np.random.default_rng(0)
    old, new = (
        pd.DataFrame(
            {
                "income": rng.normal(shift, 1, n),
                "home": rng.choice(["own", "rent", None], n, p=[0.5, 0.3, 0.2]),
                "kind": pd.Categorical(rng.choice(list("abc"), n)),
                "since": pd.Timestamp("2020-01-01")
                + pd.to_timedelta(rng.integers(0, 99, n), "D"),
            }
        )
        for n, shift in ((300, 0.0), (200, 0.4))
    )
    new.loc[:30, "income"] = np.nan
    return old, new


def test_csi_is_the_psi_of_each_column():
    old, new = two_months()
    index = characteristic_stability_index(old, new)
    assert index.shape == (4,)
    days = [t["since"].to_numpy().astype("int64") for t in (old, new)]
    assert_allclose(index[3], population_stability_index(*days), rtol=1e-12)
    kinds = [t["kind"].astype(str) for t in (old, new)]
    assert_allclose(index[2], population_stability_index(*kinds), rtol=1e-12)
    homes = [t["home"].fillna("missing").astype(str) for t in (old, new)]
    assert_allclose(index[1], population_stability_index(*homes), rtol=1e-12)


def test_csi_takes_missing_values_as_a_bin():
    old, new = [[0.0], [1.0], [1.0], [np.nan]], [[0.0], [np.nan], [np.nan], [1.0]]
    expected = psi([0.25, 0.5, 0.25], [0.25, 0.25, 0.5])
    assert_allclose(characteristic_stability_index(old, new), [expected], rtol=1e-12)
    gone = [[np.nan]] * 4
    assert characteristic_stability_index(gone, gone) == [0.0]
    expected = psi([1.0, 1e-4], [0.5, 0.5])
    assert_allclose(characteristic_stability_index(gone, new), [expected], rtol=1e-12)


def test_csi_of_sparse_rows_and_weights():
    rng = np.random.default_rng(0)
    old, new = rng.integers(0, 3, (2, 50, 4)) * 1.0
    weight = rng.integers(1, 4, 50)
    index = characteristic_stability_index(
        sparse.csr_array(old), sparse.csr_array(new), sample_weight=weight
    )
    twice = characteristic_stability_index(old, np.repeat(new, weight, axis=0))
    assert_allclose(index, twice, atol=1e-12)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (([[1.0]], [[1.0, 2.0]]), "expected has 1 columns, but actual has 2"),
        (([1.0], [[1.0]]), "Expected 2D array for expected"),
        (([[1.0]], [["own"]]), "both hold numbers or both hold categories"),
        (
            (pd.DataFrame({"a": [1], "b": [1]}), pd.DataFrame({"b": [1], "a": [1]})),
            "the same columns in order",
        ),
    ],
)
def test_csi_names_bad_input(tables, message):
    with pytest.raises(ValueError, match=message):
        characteristic_stability_index(*tables)


@given(labelled_scores())
def test_brier_skill_is_sklearns_d2(case):
    y, score, weight = case
    p = score / 8
    expected = d2_brier_score(y, p, sample_weight=weight)
    assert_allclose(brier_skill_score(y, p, sample_weight=weight), expected, atol=1e-12)


def test_brier_skill_of_three_classes_and_of_other_labels():
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 3, 30), rng.dirichlet([1, 1, 1], 30)
    assert_allclose(brier_skill_score(y, p), d2_brier_score(y, p), rtol=1e-12)
    words = np.array(["bad", "fine", "good"])[y]
    assert_allclose(brier_skill_score(words, p), d2_brier_score(y, p), rtol=1e-12)
    two = np.where(y == 1, "bad", "good")
    expected = d2_brier_score(y == 1, p[:, 0])
    assert_allclose(brier_skill_score(two, p[:, 0], pos_label="bad"), expected)


def test_brier_skill_beside_a_model():
    y, p, champion = [0, 1, 1, 0], [0.2, 0.7, 0.9, 0.4], [0.3, 0.5, 0.6, 0.6]
    expected = 1 - brier_score_loss(y, p) / brier_score_loss(y, champion)
    assert_allclose(brier_skill_score(y, p, y_reference=champion), expected)
    with pytest.warns(UndefinedMetricWarning, match="The reference is perfect"):
        assert math.isnan(brier_skill_score([0, 0], [0.1, 0.2]))


@given(labelled_scores(), st.integers(1, 12))
def test_calibration_error_by_the_calibration_curve(case, n_bins):
    y, score, _ = case
    p = score / score.max() if score.any() else score
    happened, meant = calibration_curve(y, p, n_bins=n_bins)
    inner = np.linspace(0, 1, n_bins + 1)[1:-1]
    n_rows = np.unique(np.searchsorted(inner, p), return_counts=True)[1]
    expected = n_rows @ np.abs(happened - meant) / len(y)
    error = expected_calibration_error(y, p, n_bins=n_bins)
    assert_allclose(error, expected, atol=1e-12)


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
@given(case=labelled_scores())
def test_calibration_error_counts_a_row_of_weight_two_twice(strategy, case):
    y, score, weight = case
    p, shared = score / 8, {"strategy": strategy, "n_bins": 4}
    twice = expected_calibration_error(
        np.repeat(y, weight), np.repeat(p, weight), **shared
    )
    error = expected_calibration_error(y, p, sample_weight=weight, **shared)
    assert_allclose(error, twice, atol=1e-12)


def test_calibration_error_by_hand():
    # Quantile bins: {.1, .2} and {.3, .9}.
    y, p = [0, 1, 0, 1], [0.1, 0.2, 0.3, 0.9]
    error = expected_calibration_error(y, p, n_bins=2, strategy="quantile")
    assert_allclose(error, (abs(0.3 - 1) + abs(1.2 - 1)) / 4)
    words = ["good", "bad", "good", "bad"]
    kwargs = {"n_bins": 2, "strategy": "quantile", "pos_label": "bad"}
    assert_allclose(expected_calibration_error(words, p, **kwargs), error)


def test_calibration_error_of_three_classes_is_that_of_the_likeliest():
    p = [[0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.0, 0.65, 0.35]]
    error = expected_calibration_error(["a", "c", "a"], p, labels=["a", "b", "c"])
    # Bins (.5, .6] with .6 of a hit and (.6, .7] with 1.35 of one hit.
    assert_allclose(error, (0.4 + 0.35) / 3)
    with pytest.raises(ValueError, match="y_proba has 3 columns, but there are 2"):
        expected_calibration_error(["a", "c", "a"], p)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1], [0.1, 1.2]), r"must be in \[0, 1\]"),
        (([0, 1, 2], [0.1, 0.2, 0.3]), "a column each"),
        (([0, 1], [0.1, np.nan]), "contains NaN"),
        (([0, 1], [0.1]), "inconsistent numbers of samples"),
        ((["a", "b"], [0.1, 0.2]), "pos_label is not specified"),
    ],
)
def test_calibration_error_names_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        expected_calibration_error(*arguments)


def test_scorers_score_as_their_metrics():
    X, y = load_iris(return_X_y=True)
    X, y = X[50:, :2], y[50:] - 1
    clf = LogisticRegression().fit(X, y)
    p = clf.predict_proba(X)[:, 1]
    assert ks_scorer(clf, X, y) == ks_score(y, p)
    assert gini_scorer(clf, X, y) == gini_score(y, p)
    assert brier_skill_scorer(clf, X, y) == brier_skill_score(y, p)
    error = expected_calibration_error(y, p)
    assert neg_expected_calibration_error_scorer(clf, X, y) == -error
    weight = np.arange(100)
    expected = gini_score(y, p, sample_weight=weight)
    assert_allclose(gini_scorer(clf, X, y, sample_weight=weight), expected)
