"""What small noise in the inputs does to scores and decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from scipy import sparse

from skprune.inspection.evidence.flips import flip_share
from skprune.inspection.evidence.judging import judge_of
from skprune.inspection.evidence.task import Answers, Task

Array = NDArray[Any]
Floats = NDArray[np.float64]

LEVELS = (0.01, 0.05, 0.1)
"""Standard deviations of the noise, in those of the column."""

MOST_CODES = 10
"""A column of at most so many values is taken for a code, and left alone."""


@dataclass(frozen=True)
class NoiseRow:
    """A model on rows whose numbers are moved a little.

    Attributes
    ----------
    model : str
    level : float
        Standard deviation of the noise in those of the column.
    flips : float or None
        Share of the decisions that flip.
    mean_move : float
        Mean absolute change of the score.
    metric : str
    loss : float
        How far that metric falls.
    """

    model: str
    level: float
    flips: float | None
    mean_move: float
    metric: str
    loss: float


def noise_rows(
    task: Task,
    y: Array,
    X: Any,
    models: Mapping[str, Any],
    answers: Mapping[str, Answers],
    draws: RandomState,
) -> tuple[NoiseRow, ...]:
    """Return a row for each level and model, all models on the same noise."""
    rows = []
    for level in LEVELS:
        noisy = with_noise(X, level, draws)
        for name, model in models.items():
            found = task.ask(model, noisy, name)
            rows.append(_row(task, y, name, level, answers[name], found))
    return tuple(rows)


def _row(
    task: Task, y: Array, name: str, level: float, before: Answers, after: Answers
) -> NoiseRow:
    same = np.ones(len(y))
    metric, score = next(iter(judge_of(task, y, before)(same).items()))
    return NoiseRow(
        model=name,
        level=level,
        flips=None if task.classes is None else flip_share(before, after),
        mean_move=float(np.abs(after.values - before.values).mean()),
        metric=metric,
        loss=score - judge_of(task, y, after)(same)[metric],
    )


def with_noise(X: Any, level: float, draws: RandomState) -> Any:
    """Return X with Gaussian noise in its columns of numbers, in their own units.

    Whole numbers stay whole, and no value leaves the range of its column. Missing
    values stay, as do the zeros of sparse rows and columns of at most ten values.
    """
    if sparse.issparse(X):
        moved = sparse.csc_array(X).astype(np.float64)
        for i in range(moved.shape[1]):
            at = slice(moved.indptr[i], moved.indptr[i + 1])
            moved.data[at] = _moved(moved.data[at], level, draws)
        return moved.tocsr()
    if hasattr(X, "columns"):
        return _moved_frame(X, level, draws)
    rows = np.array(X)
    if rows.dtype.kind not in "iuf":
        return _moved_objects(rows, level, draws) if rows.dtype == object else rows
    flat = rows.reshape(len(rows), -1)
    columns = [_moved(column, level, draws) for column in flat.T]
    return np.column_stack(columns).reshape(rows.shape)


def _moved_frame(X: Any, level: float, draws: RandomState) -> Any:
    changed = {}
    for name in X.columns:
        dtype = X[name].dtype
        if getattr(dtype, "kind", "O") in "iuf" and isinstance(dtype, np.dtype):
            changed[name] = _moved(X[name].to_numpy(), level, draws)
    return X.assign(**changed) if changed else X


def _moved_objects(rows: Array, level: float, draws: RandomState) -> Array:
    moved = rows.copy()
    for i, column in enumerate(rows.T):
        try:
            numbers = column.astype(np.float64)
        except (TypeError, ValueError):
            continue
        moved[:, i] = _moved(numbers, level, draws)
    return moved


def _moved(column: Array, level: float, draws: RandomState) -> Array:
    """Return a column with noise, of its own dtype."""
    known = column[np.isfinite(column)].astype(np.float64)
    if len(np.unique(known)) <= MOST_CODES:
        return column
    noise = level * known.std() * draws.normal(size=len(column))
    if np.all(known == np.rint(known)):
        noise = np.rint(noise)
    moved = column + noise
    inside = np.clip(moved, known.min(), known.max())
    return np.where(np.isfinite(column), inside, column).astype(column.dtype)
