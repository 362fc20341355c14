"""Credit-risk metrics against SciPy, scikit-learn and sums done by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import ks_2samp
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer, roc_auc_score
from sklearn.model_selection import cross_val_score

from skprune.metrics import gini_score, ks_score, population_stability_index

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
