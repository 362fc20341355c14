"""What a search is about to do: found out before it changes anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sklearn.base import is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import indexable
from sklearn.utils.validation import _check_method_params

from skprune.model_selection.candidates import Candidate, candidates_of, splits_of
from skprune.model_selection.folds import (
    Fold,
    Scoring,
    rows_to_lend,
    training_rows,
)
from skprune.model_selection.last_step import network_of


@dataclass(frozen=True)
class Plan:
    """Rows, folds and candidates of a search.

    Attributes
    ----------
    X, y : array-like
    splits : list of (train, test)
    candidates : list of Candidate
    scoring : Scoring
    metric : str
        What the choice goes by, unless a callable for scoring names it later.
    known : dict
        What scikit-learn's callbacks are handed.
    """

    X: Any
    y: Any
    splits: list[Any]
    candidates: list[Candidate]
    scoring: Scoring
    metric: Any
    known: dict[str, Any]

    @classmethod
    def of_search(cls, search: Any, X: Any, y: Any, params: dict[str, Any]) -> "Plan":
        """Return the plan of a search over some rows.

        Raises
        ------
        TypeError, ValueError
            If the estimator, its parameters or the splits are unusable.
        """
        network_of(search.estimator)
        scorer, metric = search._get_scorers()
        X, y = indexable(X, y)
        params = _check_method_params(X, params=params)
        routed = search._get_routed_params_for_fit(params)
        scoring = Scoring(
            scorer,
            routed.estimator.fit,
            routed.scorer.score,
            search.error_score,
            search.memory,
            int(search.verbose),
        )
        cv = check_cv(search.cv, y, classifier=is_classifier(search.estimator))
        splits = splits_of(cv, X, y, routed.splitter.split)
        lent = rows_to_lend(search.estimator, X)
        rows = training_rows(
            search.estimator, (X, y, lent), splits[0][0], scoring.fit_params
        )
        candidates = candidates_of(
            search.estimator,
            search.param_grid,
            search.sparsities,
            rows,
            search.error_score,
        )
        weight = params.get("sample_weight")
        metadata = None if weight is None else {"sample_weight": weight}
        known = {"estimator": search, "X": X, "y": y, "metadata": metadata}
        return cls(X, y, splits, candidates, scoring, metric, known)

    def groups(self) -> Iterator[tuple[Candidate, list[Fold]]]:
        """Yield which folds are trained together, of one candidate after the other."""
        for one in self.candidates:
            for group in one.groups(len(self.splits)):
                yield one, [self._fold(i, one.levels) for i in group]

    def _fold(self, number: int, levels: tuple[float, ...]) -> Fold:
        train, test = self.splits[number]
        return Fold(number, train, test, levels)

    @property
    def n_groups(self) -> int:
        """How many tasks that makes."""
        return sum(1 for _ in self.groups())

    def each_level(self) -> list[dict[str, Any]]:
        """Return the parameters of each level of all candidates, as tables do."""
        return [one for candidate in self.candidates for one in candidate.each_level()]

    def candidate_at(self, index: int) -> Candidate:
        """Return the candidate of a row of the table."""
        owners = [one for one in self.candidates for _ in one.levels]
        return owners[index]
