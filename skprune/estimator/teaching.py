"""What a teacher makes of the rows: asked if fitted, cross-fitted if not.

References
----------
G. Hinton, O. Vinyals and J. Dean, "Distilling the knowledge in a neural network",
arXiv:1503.02531, 2015.

A. Menon, A. Rawat, S. Reddi, S. Kim and S. Kumar, "A statistical perspective on
distillation", ICML, 2021.
"""

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn import get_config
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import check_cv
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.validation import (
    check_is_fitted,
    check_memory,
    has_fit_parameter,
)

from skprune.estimator.synthetic import RowsBetween, joined, made_between
from skprune.training.rows import SyntheticRows

Array = NDArray[Any]
Folds = Sequence[tuple[Array, Array]]
Ask = Callable[[Array, Any], tuple[Any, Any]]
"""From rows to learn from and a table to be asked of to answers, and classes."""

N_FOLDS = 5
LARGEST_SEED = np.iinfo(np.int32).max


class AbsentTeacher(BaseEstimator):
    """Stands for a teacher that was left behind when its pupil was pickled.

    Parameters
    ----------
    name : str, default=""
        How the teacher was written.
    """

    def __init__(self, name: str = ""):
        self.name = name

    def fit(self, X: Any, y: Any) -> None:
        """Say what is missing."""
        raise ValueError(
            f"The teacher {self.name} was left out of the pickle, as a taught network "
            "predicts without it. To fit again, give it anew: set_params(teacher=...)."
        )


def is_estimator(teacher: Any) -> bool:
    """Return whether a parameter ``teacher`` is a model of its own."""
    return teacher is not None and not isinstance(teacher, str)


def opinion_of_teacher(
    estimator: Any,
    X: Any,
    y: Array,
    sample_weight: Any,
    used: Array | None,
    series: Array | None = None,
    seen: Any = None,
) -> tuple[Array | None, SyntheticRows | None]:
    """Return the teacher's opinion of each row, as targets of the network.

    Parameters
    ----------
    estimator : estimator
        That knows what its targets are like.
    X, y
        What ``fit`` was given.
    sample_weight : array-like of shape (n_rows,) or None
    used : ndarray of shape (n_rows,) or None
        Rows for which it is 0 are left out.
    series : ndarray of int of shape (n_rows,) or None
        Which series each row is of, if that is known.
    seen : {ndarray, CSR} of float32 of shape (n_rows, n_features) or None
        The rows as the network sees them, where others may be made from them.

    Returns
    -------
    opinion : ndarray of float32 of shape (n_rows, n_outputs) or None
        NaN where no teacher that has not seen the row can be asked; None where there
        is no model to ask.
    synthetic : SyntheticRows or None
        What it makes of rows between rows that it has not seen.
    """
    if estimator.teacher is not None:
        _check_loss(estimator)
    if not is_estimator(estimator.teacher):
        return None, None
    some = np.arange(len(y)) if used is None else np.flatnonzero(used)
    rows, targets = _safe_indexing(_table(X), some), y[some]
    weight, used, series = (
        None if part is None else np.asarray(part)[some]
        for part in (sample_weight, used, series)
    )
    draws = check_random_state(estimator.random_state)
    *seeds, made_seed = map(int, draws.randint(LARGEST_SEED, size=3))
    if _is_fitted(estimator.teacher):
        folds, ask = _asking_it(estimator, len(some))
    else:
        given = (rows, targets, weight, series)
        folds, ask = _asking_others(estimator, *given, *seeds)
    seen = None if seen is None else _safe_indexing(seen, some)
    asked = [test for _, test in folds]
    made = made_between(estimator, rows, seen, used, asked, made_seed)
    opinion = np.full((len(y), estimator.n_outputs_), np.nan, np.float32)
    opinion[some], synthetic = _mean_opinion(estimator, rows, folds, made, ask)
    return opinion, synthetic


def _table(X: Any) -> Any:
    """Return X in a form of which rows can be taken: a DataFrame, array or CSR."""
    if sparse.issparse(X):
        return X.tocsr()
    return X if hasattr(X, "shape") else np.asarray(X)


def _check_loss(estimator: Any) -> None:
    if getattr(estimator, "loss", None) == "quantile":
        raise ValueError(
            "loss='quantile' takes no teacher: teachers predict means, and between a "
            "label and a mean lies no quantile. Use another loss, or teacher=None."
        )


def _is_fitted(teacher: Any) -> bool:
    try:
        check_is_fitted(teacher)
    except NotFittedError:
        return False
    return True


def _mean_opinion(
    estimator: Any,
    rows: Any,
    folds: Folds,
    made: Sequence[RowsBetween | None],
    ask: Ask,
) -> tuple[Array, SyntheticRows | None]:
    """Return the mean opinion of the teachers that have not seen a row.

    Of synthetic rows, too, only that of a teacher that has seen no row which they lie
    between.
    """
    n_rows = rows.shape[0]
    total = np.zeros((n_rows, estimator.n_outputs_))
    n_asked = np.zeros((n_rows, 1))
    synthetic = []
    for (train, test), more in zip(folds, made, strict=True):
        others = _safe_indexing(rows, test)
        if more is not None:
            others = more.below(others)
        found = as_targets(estimator, *ask(train, others))
        total[test] += found[: len(test)]
        n_asked[test] += 1
        if more is not None:
            synthetic.append(more.judged(found[len(test) :]))
    with np.errstate(invalid="ignore"):
        return total / n_asked, joined(synthetic)


def _asking_it(estimator: Any, n_rows: int) -> tuple[Folds, Ask]:
    """Return what asks a fitted teacher of all rows at once."""

    def ask(train: Array, others: Any) -> tuple[Any, Any]:
        return told(estimator.teacher, others, _method(estimator))

    return [(np.arange(0), np.arange(n_rows))], ask


def _asking_others(
    estimator: Any,
    X: Any,
    y: Array,
    sample_weight: Array | None,
    series: Array | None,
    cut_seed: int,
    seed: int,
) -> tuple[Folds, Ask]:
    """Return folds, and what asks the teacher that has learnt from the others."""
    folds = _folds(estimator, X, y, series, cut_seed)
    teacher = seeded(clone(estimator.teacher), seed)
    params = _fit_params(estimator, teacher, sample_weight)
    if series is not None and has_fit_parameter(teacher, "series"):
        params["series"] = series
    cached = check_memory(estimator.memory).cache(told_of_others)

    def ask(train: Array, others: Any) -> tuple[Any, Any]:
        seen = _safe_indexing(X, train), y[train]
        some = {name: _safe_indexing(value, train) for name, value in params.items()}
        told_of = cached(teacher, *seen, some, others, _method(estimator))
        return told_of[0], told_of[1]

    return folds, ask


def told_of_others(
    teacher: Any, X: Any, y: Array, params: dict[str, Any], others: Any, method: str
) -> tuple[Any, Any]:
    """Return what a teacher that is fitted to X and y tells of other rows."""
    return told(clone(teacher).fit(X, y, **params), others, method)


def told(teacher: Any, X: Any, method: str) -> tuple[Any, Any]:
    """Return what a fitted teacher's method gives, and its classes if it has some."""
    if not hasattr(teacher, method):
        raise ValueError(
            f"The teacher is asked by {method}, which {type(teacher).__name__} does "
            "not have. CalibratedClassifierCV gives a classifier probabilities."
        )
    return getattr(teacher, method)(X), getattr(teacher, "classes_", None)


def _method(estimator: Any) -> str:
    return "predict_proba" if is_classifier(estimator) else "predict"


def seeded(teacher: Any, seed: int) -> Any:
    """Give the teacher a seed wherever it has ``random_state=None``.

    Examples
    --------
    >>> from sklearn.linear_model import SGDClassifier
    >>> seeded(SGDClassifier(), 7).random_state
    7
    """
    unset = {
        name: seed
        for name, value in teacher.get_params().items()
        if name.rpartition("__")[2] == "random_state" and value is None
    }
    return teacher.set_params(**unset) if unset else teacher


def _folds(estimator: Any, X: Any, y: Array, series: Array | None, seed: int) -> Folds:
    cv = estimator.teacher_cv
    if cv is None or isinstance(cv, Integral):
        n_folds = N_FOLDS if cv is None else int(cv)
        folds: Folds = estimator._layout.folds(estimator, y, n_folds, seed, series)
        return folds
    return list(check_cv(cv, y, classifier=is_classifier(estimator)).split(X, y))


def _fit_params(
    estimator: Any, teacher: Any, sample_weight: Array | None
) -> dict[str, Any]:
    """Return what the teacher's ``fit`` takes beside X and y."""
    if sample_weight is None:
        return {}
    if get_config()["enable_metadata_routing"]:
        routed = process_routing(estimator, "fit", sample_weight=sample_weight)
        return dict(routed.teacher.fit)
    takes = has_fit_parameter(teacher, "sample_weight")
    return {"sample_weight": sample_weight} if takes else {}


def as_targets(estimator: Any, found: Any, classes: Any) -> Array:
    """Return what a teacher tells in the form of the network's targets."""
    if is_classifier(estimator):
        return _class_shares(estimator, found, classes)
    means = np.asarray(found, np.float64).reshape(-1, estimator.n_outputs_)
    if estimator.loss == "poisson":
        means = np.maximum(means, 0.0)  # A rate is never negative.
    return np.asarray(estimator._scaling.apply(means))


def _class_shares(estimator: Any, found: Any, classes: Any) -> Array:
    if estimator._multilabel:
        return _label_shares(found, classes)
    shares = np.zeros((len(found), len(estimator.classes_)))
    shares[:, _places(np.asarray(classes), estimator.classes_)] = found
    # Of one or two classes the network has a single output: the last of two, or none.
    return shares if estimator.n_outputs_ > 1 else shares[:, 1:2].sum(1, keepdims=True)


def _places(classes: Array, known: Array) -> Array:
    """Return where a teacher's classes stand among those known."""
    if not np.isin(classes, known).all():
        raise ValueError(
            f"The teacher knows the classes {classes}, of which some are not among "
            f"those of y: {known}."
        )
    return np.searchsorted(known, classes)


def _label_shares(found: Any, classes: Any) -> Array:
    """Return the probability of each label, given as one array or as a list."""
    if not isinstance(found, list):
        return np.asarray(found)
    # Where all rows of a fold, or none, have a label, there is one class of it.
    pairs = zip(found, classes, strict=True)
    return np.column_stack([(p * (np.asarray(c) == 1)).sum(1) for p, c in pairs])
