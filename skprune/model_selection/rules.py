"""Which level to take, given how all of them scored.

References
----------
T. Hastie, R. Tibshirani and J. Friedman, "The Elements of Statistical Learning",
Springer, 2009, section 7.10: the one-standard-error rule.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Results = dict[str, Any]
Rule = str | float | Callable[[Results], int]

ONE_SE, BEST = "one_se", "best"


def chosen(results: Results, sparsities: Array, rule: Rule, metric: str) -> int:
    """Return the position of the candidate that a rule takes.

    A fold in which every candidate failed says nothing of any, and is left out; a
    candidate that failed in another fold is passed over. Where all are, the first is
    taken.

    Parameters
    ----------
    results : dict
        Of the form of ``cv_results_``.
    sparsities : ndarray of shape (n_candidates,)
    rule : 'best', 'one_se', float or callable
        The best candidate; the sparsest that is within one standard error of the best
        (of the best one's scores over folds, ddof 1; of one fold there is none, so
        that only ties count); the sparsest within a difference; or whatever a function
        of ``results`` says. Of equally good ones the sparsest is the best; of equally
        sparse ones the better is taken.
    metric : str
        As ``results`` name it: ``'score'``, or that of a scorer.

    Returns
    -------
    index : int

    Raises
    ------
    TypeError
        If a function returns no integer.
    IndexError
        If it returns one that is out of range.

    Examples
    --------
    >>> scores = {"split0_test_score": [0.9, 0.8], "split1_test_score": [0.7, 0.75]}
    >>> chosen(scores, np.array([0.0, 0.9]), "one_se", "score")
    1
    """
    if callable(rule):
        return _checked_index(rule(results), len(sparsities))
    scores = fold_scores(results, metric)
    scores = scores[:, ~np.isnan(scores).all(axis=0)]
    means = scores.mean(axis=1) if scores.shape[1] else np.full(len(scores), np.nan)
    if np.isnan(means).all():
        return 0
    means = np.where(np.isnan(means), -np.inf, means)
    # The last key counts most.
    best = int(np.lexsort((sparsities, means))[-1])
    if rule == BEST:
        return best
    slack = standard_error(scores[best]) if rule == ONE_SE else float(rule)
    good = np.flatnonzero(means >= means[best] - slack)
    order = np.lexsort((-good, means[good], sparsities[good]))
    return int(good[order[-1]])


def fold_scores(results: Results, metric: str) -> Array:
    """Return the scores of candidates, (n_candidates, n_folds)."""
    n_folds = 0
    while f"split{n_folds}_test_{metric}" in results:
        n_folds += 1
    names = [f"split{i}_test_{metric}" for i in range(n_folds)]
    return np.stack([np.asarray(results[name], float) for name in names], axis=1)


def standard_error(scores: Array) -> float:
    """Return the standard error of a mean over folds (ddof 1); 0 for one fold.

    Examples
    --------
    >>> standard_error(np.array([0.7, 0.8, 0.9]))
    0.0577...
    """
    if len(scores) < 2:
        return 0.0
    return float(np.std(scores, ddof=1) / math.sqrt(len(scores)))


def _checked_index(index: Any, n_candidates: int) -> int:
    if not isinstance(index, int | np.integer):
        raise TypeError(f"rule must return an integer, got {index!r}.")
    if not 0 <= index < n_candidates:
        raise IndexError(
            f"rule returned {index}, but there are {n_candidates} candidates."
        )
    return int(index)
