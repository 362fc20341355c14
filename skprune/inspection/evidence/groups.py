"""The same comparison within segments and within periods."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing, column_or_1d
from sklearn.utils.validation import _num_samples

from skprune.inspection.evidence.comparison import MetricRow, compare
from skprune.inspection.evidence.flips import flip_share
from skprune.inspection.evidence.judging import judge_of
from skprune.inspection.evidence.task import Answers, Task
from skprune.metrics import population_stability_index

Array = NDArray[Any]
Floats = NDArray[np.float64]

MOST_GROUPS, FEW_ROWS = 100, 30
"""At most so many groups, and fewer rows than these tell little of a model."""

MISSING = "missing"


@dataclass(frozen=True)
class GroupRow:
    """The models on some of the rows.

    Attributes
    ----------
    name : str
    n_rows : int
    share : float
        Of all rows.
    target : float or None
        Share of the last of two classes, or the mean target.
    metrics : tuple of MetricRow
    flips : float or None
        Share of the decisions here that flip from dense to pruned.
    stability : float or None
        Population stability index of the pruned network's scores, where there are
        scores to compare with.
    """

    name: str
    n_rows: int
    share: float
    target: float | None
    metrics: tuple[MetricRow, ...]
    flips: float | None
    stability: float | None

    @property
    def strength(self) -> float:
        """The pruned network's first score: AUC or R2; NaN where it is undefined."""
        return self.metrics[0].pruned


def group_rows(
    task: Task,
    y: Array,
    answers: Mapping[str, Answers],
    labels: Array,
    n_bootstrap: int,
    draws: RandomState,
    reference: Floats | None = None,
) -> tuple[GroupRow, ...]:
    """Return a row for each label, in the order of the labels."""
    values, at = _coded(labels)

    def row(i: int, name: str) -> GroupRow:
        rows = np.flatnonzero(at == i)
        some = {model: _take(one, rows) for model, one in answers.items()}
        judges = {m: judge_of(task, y[rows], one) for m, one in some.items()}
        score = some["pruned"].score
        return GroupRow(
            name=name,
            n_rows=len(rows),
            share=len(rows) / len(y),
            target=mean_target(task, y[rows]),
            metrics=compare(judges, len(rows), n_bootstrap, draws),
            flips=(
                None
                if task.classes is None
                else flip_share(some["dense"], some["pruned"])
            ),
            stability=(
                None
                if reference is None
                else population_stability_index(reference, score)
            ),
        )

    return tuple(row(i, name) for i, name in enumerate(values))


def weakest_first(rows: tuple[GroupRow, ...]) -> tuple[GroupRow, ...]:
    """Return the rows by ascending strength.

    Groups of few rows come after the others, and those without a strength last: what
    is weakest by chance would else hide what is weak.
    """

    def order(row: GroupRow) -> tuple[bool, bool, float]:
        return np.isnan(row.strength), row.n_rows < FEW_ROWS, row.strength

    return tuple(sorted(rows, key=order))


def mean_target(task: Task, y: Array) -> float | None:
    """Return the share of the last of two classes, or the mean; None for several."""
    if task.classes is not None and not task.is_binary:
        return None
    return float(y.mean())


def labels_of(given: Any, X: Any, name: str) -> Array:
    """Return a label for each row, given as such or as the name of a column.

    Raises
    ------
    ValueError
        If there are not as many labels as rows, or too many different ones.
    """
    if isinstance(given, str):
        if given not in list(getattr(X, "columns", [])):
            raise ValueError(f"{name} must be labels or a column of X, got {given!r}.")
        given = _safe_indexing(X, given, axis=1)
    labels = column_or_1d(given)
    if len(labels) != _num_samples(X):
        raise ValueError(
            f"{name} has {len(labels)} labels, but X has {_num_samples(X)} rows."
        )
    return labels


def _coded(labels: Array) -> tuple[list[str], NDArray[np.intp]]:
    """Return the distinct labels as text, ascending, and the place of each row's."""
    if labels.dtype.kind in "mM":
        # Dates finer than Python's own would be written as numbers.
        labels = labels.astype(f"{labels.dtype.kind}8[us]")
    missing = np.array([one is None or bool(one != one) for one in labels])
    distinct = sorted(set(labels[~missing].tolist()), key=_sortable)
    if len(distinct) > MOST_GROUPS:
        raise ValueError(
            f"There are {len(distinct)} segments or periods, at most {MOST_GROUPS} can "
            "be told apart: cut numbers into intervals, as pandas.qcut does."
        )
    places = {value: i for i, value in enumerate(distinct)}
    names = [str(value) for value in distinct]
    if missing.any():
        names.append(MISSING)
    pairs = zip(labels.tolist(), missing, strict=True)
    at = [len(distinct) if gone else places[value] for value, gone in pairs]
    return names, np.array(at, dtype=np.intp)


def _sortable(value: Any) -> tuple[str, Any]:
    """Return a key by which numbers, texts and dates can stand in one list."""
    kind = "number" if isinstance(value, int | float) else type(value).__name__
    return kind, value


def _take(answers: Answers, rows: NDArray[np.intp]) -> Answers:
    decided = None if answers.decided is None else answers.decided[rows]
    return Answers(answers.values[rows], decided)
