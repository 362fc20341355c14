"""Which level a rule takes, on tables written by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skprune.model_selection.rules import chosen, standard_error

NAN = np.nan


def table(*folds, metric="score"):
    """Return results as `cv_results_` has them, from the scores of folds."""
    return {f"split{i}_test_{metric}": np.array(f) for i, f in enumerate(folds)}


def taken(folds, rule, sparsities=(0.0, 0.5, 0.9, 0.99), metric="score"):
    return chosen(table(*folds, metric=metric), np.array(sparsities), rule, metric)


# Means .80, .84, .82, .70. The best one's scores are .78, .84, .90: their standard
# deviation (ddof 1) is .06, their standard error .06 / sqrt(3) = .0346.
FOLDS = [(0.8, 0.78, 0.76, 0.7), (0.8, 0.84, 0.82, 0.7), (0.8, 0.9, 0.88, 0.7)]


@pytest.mark.parametrize(
    "rule, index",
    [("best", 1), ("one_se", 2), (0.0, 1), (0.0199, 1), (0.0201, 2), (0.15, 3)],
)
def test_the_rules(rule, index):
    assert taken(FOLDS, rule) == index


def test_the_standard_error_is_the_best_ones_with_ddof_1():
    assert_allclose(standard_error(np.array([0.78, 0.84, 0.9])), 0.06 / np.sqrt(3))
    # .84 less .0346 is .8054: with ddof 0 it would be .8117.
    just = [(0.8, 0.78, 0.8055, 0.7), (0.8, 0.84, 0.8055, 0.7), (0.8, 0.9, 0.8055, 0.7)]
    assert taken(just, "one_se") == 2
    beyond = [(0.8, 0.78, 0.805, 0.7), (0.8, 0.84, 0.805, 0.7), (0.8, 0.9, 0.805, 0.7)]
    assert taken(beyond, "one_se") == 1


@pytest.mark.parametrize("rule", ["best", "one_se", 0.0])
def test_of_equals_the_sparsest(rule):
    flat = [(0.8, 0.8, 0.8, 0.7)] * 3
    assert taken(flat, rule) == 2
    assert taken(flat, rule, sparsities=(0.9, 0.5, 0.0, 0.99)) == 0


@pytest.mark.parametrize("rule", ["one_se", 0.1])
def test_of_equally_sparse_the_better(rule):
    folds = [(0.8, 0.79, 0.81)] * 2
    assert taken(folds, 0.1, sparsities=(0.5, 0.9, 0.9)) == 2
    assert taken(folds, rule, sparsities=(0.5, 0.9, 0.9)) == 2


def test_one_fold_has_no_standard_error():
    assert taken([(0.8, 0.84, 0.8399, 0.7)], "one_se") == 1
    assert taken([(0.8, 0.84, 0.84, 0.7)], "one_se") == 2


@pytest.mark.parametrize("rule, index", [("best", 1), ("one_se", 2), (0.0, 1)])
def test_a_fold_that_failed_throughout_is_left_out(rule, index):
    assert taken([*FOLDS, (NAN,) * 4], rule) == index
    assert taken([(NAN,) * 4, *FOLDS], rule) == index


@pytest.mark.parametrize("rule, index", [("best", 2), ("one_se", 2), (0.0, 2)])
def test_a_candidate_that_failed_in_a_fold_is_passed_over(rule, index):
    folds = [list(fold) for fold in FOLDS]
    folds[1][1] = NAN
    assert taken(folds, rule) == index


@pytest.mark.parametrize("rule", ["best", "one_se", 0.1])
def test_where_all_failed_the_first_is_taken(rule):
    assert taken([(NAN,) * 4] * 2, rule) == 0


def test_a_callable_is_handed_the_results():
    results = table(*FOLDS)
    seen = []
    index = chosen(results, np.zeros(4), lambda found: seen.append(found) or 3, "score")
    assert index == 3 and seen == [results]


@pytest.mark.parametrize("index, error", [("a", TypeError), (1.0, TypeError)])
def test_a_callable_that_returns_no_index(index, error):
    with pytest.raises(error, match="rule must return an integer"):
        taken(FOLDS, lambda results: index)


@pytest.mark.parametrize("index", [-1, 4])
def test_a_callable_whose_index_is_out_of_range(index):
    with pytest.raises(IndexError, match="there are 4 candidates"):
        taken(FOLDS, lambda results: index)


def test_the_metric_named_is_read():
    good, bad = [(0.9, 0.8)] * 2, [(0.1, 0.2)] * 2
    both = {**table(*good, metric="auc"), **table(*bad, metric="f1")}
    assert chosen(both, np.array([0.0, 0.5]), "best", "auc") == 0
    assert chosen(both, np.array([0.0, 0.5]), "best", "f1") == 1
