"""The folds of a cross-validated path: some trained together, all levels scored."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from traceback import format_exc
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection._validation import _score
from sklearn.utils import _safe_indexing
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params, _num_samples, check_memory

from skprune.estimator.borrowed import Borrowed, lendable
from skprune.estimator.callback_tree import PathProgress, Unwatched, say_nothing
from skprune.model_selection.last_step import Prepared, network_of, prepare
from skprune.model_selection.path import bytes_of

if TYPE_CHECKING:
    from skprune.training.loop import Progress

Array = NDArray[Any]
Result = dict[str, Any]
"""What a model scored, and how large it was."""


@dataclass(frozen=True)
class Scoring:
    """What is asked of each fold.

    Attributes
    ----------
    scorer : callable
    fit_params, score_params : dict
        Of all rows.
    error_score : float or 'raise'
    memory : object with ``cache``, str or None
    verbose : int
    """

    scorer: Any
    fit_params: dict[str, Any]
    score_params: dict[str, Any]
    error_score: Any
    memory: Any
    verbose: int


@dataclass
class Fold:
    """One fold on its way from rows to scores.

    Attributes
    ----------
    number : int
    train, test : ndarray of int
    levels : tuple of float
    prepared : Prepared or None
    start : Start or None
    names : list of str
        Of the columns that reach the network.
    error : str or None
        Why it failed.
    results : list of dict
        One a level, as scikit-learn's searches collect them.
    """

    number: int
    train: Array
    test: Array
    levels: tuple[float, ...]
    prepared: Prepared | None = None
    start: Any = None
    names: list[str] = field(default_factory=list)
    error: str | None = None
    results: list[Result] = field(default_factory=list)


def score_folds(
    estimator: Any,
    rows: tuple[Any, Any],
    folds: Sequence[Fold],
    scoring: Scoring,
    context: Any = None,
    known: dict[str, Any] | None = None,
) -> list[list[Result]]:
    """Train the paths of some folds together, and score each level of each.

    Parameters
    ----------
    estimator : estimator
        One of ours, or a Pipeline that ends in one; it is left as it is.
    rows : tuple of (X, y)
        All of them. As one argument, so that they travel with the task: what joblib
        would leave with one worker of a cluster is gone if that worker is.
    folds : sequence of Fold
    scoring : Scoring
    context : CallbackContext, optional
        Of the task that this is.
    known : dict, optional
        What callbacks are handed.

    Returns
    -------
    results : list of list of dict
        For each fold, one a level.
    """
    if context is None or known is None:
        return _scored(estimator, *rows, folds, scoring, Unwatched())
    context.call_on_fit_task_begin(**known)
    progress = PathProgress(context, known)
    results = _scored(estimator, *rows, folds, scoring, progress)
    context.call_on_fit_task_end(**known)
    return results


def _scored(
    estimator: Any,
    X: Any,
    y: Any,
    folds: Sequence[Fold],
    scoring: Scoring,
    progress: "Progress",
) -> list[list[Result]]:
    began = time.perf_counter()
    lent = rows_to_lend(estimator, X)
    for fold in folds:
        with _guarded(fold, scoring):
            _begin(fold, estimator, (X, y, lent), scoring)
    del lent
    alive = [fold for fold in folds if fold.error is None]
    courses = _trained(alive, scoring, network_of(estimator).memory, progress)
    n_fits = max(1, sum(len(fold.levels) for fold in folds))
    fit_time = (time.perf_counter() - began) / n_fits
    for fold in folds:
        if fold.number in courses:
            with _guarded(fold, scoring):
                _score_levels(fold, courses[fold.number], X, y, scoring)
        if fold.error is not None:
            fold.results = _failed(fold, scoring)
        for result in fold.results:
            result["fit_time"] = fit_time
        _report(fold, scoring)
        # The rows are not held until the last fold is done.
        fold.prepared = fold.start = None
    return [fold.results for fold in folds]


@contextmanager
def _guarded(fold: Fold, scoring: Scoring) -> Iterator[None]:
    """Note why the work for a fold failed, unless that is to be raised."""
    try:
        yield
    except Exception:
        if scoring.error_score == "raise":
            raise
        fold.error = format_exc()


def rows_to_lend(estimator: Any, X: Any) -> Any:
    """Return rows that all folds can learn from where they are; None if they can't.

    A Pipeline, a teacher and a network's callbacks see rows of a fold alone.
    """
    network = network_of(estimator)
    followed = network.teacher is not None or network.callbacks is not None
    return None if network is not estimator or followed else lendable(X)


def training_rows(
    estimator: Any, rows: tuple[Any, Any, Any], train: Array, params: dict[str, Any]
) -> tuple[Any, Any, dict[str, Any]]:
    """Return X, y and parameters of ``fit`` of a split; X borrowed where it is lent.

    Parameters
    ----------
    estimator : estimator
    rows : tuple of (X, y, lent)
        All of them, and what :func:`rows_to_lend` returns.
    train : ndarray of int or bool
    params : dict
        Of all rows.
    """
    X, y, lent = rows
    params = _check_method_params(X, params=params, indices=train)
    if lent is None:
        return *_safe_split(estimator, X, y, train), params
    at = np.arange(len(lent))[train]
    return Borrowed(lent, at), _safe_indexing(y, train), params


def _begin(
    fold: Fold, estimator: Any, rows: tuple[Any, Any, Any], scoring: Scoring
) -> None:
    from skprune.estimator.path import Start

    own = training_rows(estimator, rows, fold.train, scoring.fit_params)
    fold.prepared = prepare(estimator, *own)
    fold.start = Start.of_data(
        network_of(estimator),
        fold.prepared.X,
        fold.prepared.y,
        fold.levels,
        **fold.prepared.params,
    )
    fold.names = fold.prepared.column_names(fold.start.estimator.n_features_in_)
    # What the network needs of them it has.
    fold.prepared = fold.prepared._replace(X=None, y=None, params={})


def _trained(
    folds: Sequence[Fold], scoring: Scoring, own_memory: Any, progress: "Progress"
) -> dict[int, Any]:
    """Return the courses of the folds that don't fail, together or one by one."""
    from skprune.estimator.path import train_starts

    memory = check_memory(own_memory if scoring.memory is None else scoring.memory)
    log = print if scoring.verbose > 2 else say_nothing
    if not folds:
        return {}
    try:
        starts = [fold.start for fold in folds]
        found = train_starts(starts, memory, progress, log)
        return {fold.number: c for fold, c in zip(folds, found, strict=True)}
    except Exception:
        if scoring.error_score == "raise":
            raise
        if len(folds) == 1:
            folds[0].error = format_exc()
            return {}
    # One of them has failed: which, they tell alone.
    courses: dict[int, Any] = {}
    for fold in folds:
        courses.update(_trained([fold], scoring, own_memory, progress))
    return courses


def _score_levels(fold: Fold, courses: Any, X: Any, y: Any, scoring: Scoring) -> None:
    assert fold.prepared is not None
    estimator = fold.prepared.pipeline or fold.start.estimator
    X_test, y_test = _safe_split(estimator, X, y, fold.test, fold.train)
    params = _check_method_params(X, params=scoring.score_params, indices=fold.test)
    names = fold.names
    for model in fold.start.models(courses):
        began = time.perf_counter()
        whole = fold.prepared.whole(model)
        scores = _score(
            whole, X_test, y_test, scoring.scorer, params, scoring.error_score
        )
        fold.results.append(
            {
                "test_scores": scores,
                "score_time": time.perf_counter() - began,
                "fit_error": None,
                "n_test_samples": _num_samples(X_test),
                "n_nonzero": model.n_nonzero_,
                "n_bytes": bytes_of(model),
                "columns": [names[i] for i in model._columns_read()],
                "column_names": names,
            }
        )


def _failed(fold: Fold, scoring: Scoring) -> list[Result]:
    """Return the results of a fold that has failed, for every level."""
    score = getattr(scoring.scorer, "_scorers", None)
    scores: Any = scoring.error_score
    if score is not None:
        scores = dict.fromkeys(score, scoring.error_score)
    failed = {
        "test_scores": scores,
        "score_time": 0.0,
        "fit_error": fold.error,
        "n_test_samples": len(fold.test),
        "n_nonzero": np.nan,
        "n_bytes": np.nan,
        "columns": None,
        "column_names": [],
    }
    return [dict(failed) for _ in fold.levels]


def _report(fold: Fold, scoring: Scoring) -> None:
    if scoring.verbose <= 1:
        return
    for sparsity, result in zip(fold.levels, fold.results, strict=True):
        print(
            f"[CV] fold {fold.number + 1}, sparsity={sparsity:.4g}: "
            f"{result['n_nonzero']} non-zeros, score={result['test_scores']}"
        )
