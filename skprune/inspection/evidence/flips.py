"""Decisions that pruning changes, beside those that another seed changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skprune.inspection.evidence.task import Answers, Task

Array = NDArray[Any]


@dataclass(frozen=True)
class FlippedRow:
    """A row about which the dense and the pruned network decide differently.

    Attributes
    ----------
    row : int
        Its position in X.
    label : str
        Its label in the index of X; its position where X has none.
    target : str
        Its true class.
    dense, pruned : str
        The classes decided for.
    dense_score, pruned_score : float
        The probability of the last of two classes, or of the class decided for.
    """

    row: int
    label: str
    target: str
    dense: str
    pruned: str
    dense_score: float
    pruned_score: float


@dataclass(frozen=True)
class Flips:
    """Which decisions flip from the dense to the pruned network.

    Attributes
    ----------
    share : float
        Of all rows.
    corrected, spoilt : float
        Shares of all rows that were wrong and are right now, and the other way round.
    seeds_dense, seeds_pruned : tuple of float
        Shares that flip between two dense networks of different seeds, and between
        two pruned ones, for each pair; empty without other seeds.
    rows : tuple of FlippedRow
        All of them, those whose score moved most first.
    """

    share: float
    corrected: float
    spoilt: float
    seeds_dense: tuple[float, ...]
    seeds_pruned: tuple[float, ...]
    rows: tuple[FlippedRow, ...]


def find_flips(
    task: Task,
    y: Array,
    labels: Array,
    dense: Answers,
    pruned: Answers,
    other_dense: Sequence[Answers],
    other_pruned: Sequence[Answers],
) -> Flips:
    """Return the flips of decisions between networks.

    Parameters
    ----------
    labels : ndarray of shape (n_rows,)
        What rows are called.
    other_dense, other_pruned : sequence of Answers
        Of networks of different seeds, any two of which are compared.
    """
    before, after = _decided(dense), _decided(pruned)
    flipped = before != after
    return Flips(
        share=float(flipped.mean()),
        corrected=float((flipped & (after == y)).mean()),
        spoilt=float((flipped & (before == y)).mean()),
        seeds_dense=_pairs(other_dense),
        seeds_pruned=_pairs(other_pruned),
        rows=_rows(task, y, labels, dense, pruned),
    )


def flip_share(one: Answers, other: Answers) -> float:
    """Return the share of the rows about which two models decide differently."""
    return float((_decided(one) != _decided(other)).mean())


def _pairs(answers: Sequence[Answers]) -> tuple[float, ...]:
    return tuple(flip_share(one, other) for one, other in combinations(answers, 2))


def _decided(answers: Answers) -> NDArray[np.intp]:
    assert answers.decided is not None
    return answers.decided


def _rows(
    task: Task, y: Array, labels: Array, dense: Answers, pruned: Answers
) -> tuple[FlippedRow, ...]:
    assert task.classes is not None
    names = [str(name) for name in task.classes]
    before, after = _decided(dense), _decided(pruned)
    moves = np.abs(dense.values - pruned.values).max(1)
    flipped = np.flatnonzero(before != after)
    order = flipped[np.argsort(-moves[flipped], kind="stable")]
    return tuple(
        FlippedRow(
            row=int(i),
            label=str(labels[i]),
            target=names[y[i]],
            dense=names[before[i]],
            pruned=names[after[i]],
            dense_score=float(dense.score[i]),
            pruned_score=float(pruned.score[i]),
        )
        for i in order
    )
