"""From what the folds came to, to the rows of a table: a level of a candidate each."""

from collections.abc import Sequence
from typing import Any

from sklearn.model_selection._validation import (
    _insert_error_scores,
    _warn_or_raise_about_fit_failures,
)

from skprune.model_selection.candidates import Candidate
from skprune.model_selection.folds import Result

Found = Sequence[Sequence[Sequence[Result]]]
"""For each group of folds that trained together, its folds, and for each its levels."""

Table = list[list[Result]]
"""For each level of each candidate, its folds."""

OF_SKLEARN = "fit_time", "score_time", "test_scores"
"""What scikit-learn's searches make their table from."""


def table_of(candidates: Sequence[Candidate], found: Found, n_folds: int) -> Table:
    """Return the results by level and fold.

    Parameters
    ----------
    candidates : sequence of Candidate
    found : sequence
        One candidate's folds after the other's.
    n_folds : int
    """
    folds = iter([results for group in found for results in group])
    table: Table = []
    for candidate in candidates:
        of_candidate = [next(folds) for _ in range(n_folds)]
        table.extend(
            [results[i] for results in of_candidate]
            for i in range(len(candidate.levels))
        )
    return table


def settle_failures(table: Table, scoring: Any, error_score: Any) -> None:
    """Warn of fits that failed, and give them scores where these are several.

    Raises
    ------
    ValueError
        If all have failed.
    """
    flat = [result for row in table for result in row]
    _warn_or_raise_about_fit_failures(flat, error_score)
    # What a callable returns is known only once it has been called.
    if callable(scoring):
        _insert_error_scores(flat, error_score)


def for_sklearn(table: Table) -> list[dict[str, Any]]:
    """Return the results as scikit-learn's searches take them, row after row."""
    return [
        {name: result[name] for name in OF_SKLEARN} for row in table for result in row
    ]
