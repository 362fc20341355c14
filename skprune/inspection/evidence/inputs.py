"""Which columns a network reads, and how far they have moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skprune.inspection.evidence.drift import input_drift
from skprune.inspection.evidence.sizes import last_step
from skprune.inspection.subject import Subject


@dataclass(frozen=True)
class InputRow:
    """A column that goes in.

    Attributes
    ----------
    column : str
    read : bool
        Whether the network reads it.
    read_by_seeds : float or None
        Share of the pruned networks of all seeds that read it, this one included.
    importance : float
        The sum of ``feature_importances_`` over what the network sees of it.
    stability : float or None
        Characteristic stability index beside the reference.
    """

    column: str
    read: bool
    read_by_seeds: float | None
    importance: float
    stability: float | None


def input_rows(
    subject: Subject, others: Sequence[Any], samples: tuple[Any, Any] | None
) -> tuple[InputRow, ...]:
    """Return a row for each column that goes in, as far as steps can be traced.

    Parameters
    ----------
    subject : Subject
    others : sequence of estimator
        The same pruned network from other seeds.
    samples : tuple of (reference, X), or None
        Rows whose distributions are compared.
    """
    names, origins = subject.columns()
    n_columns = len(names)

    def of_raw(network: Any) -> NDArray[np.bool_]:
        return np.bincount(origins[network._columns_read()], minlength=n_columns) > 0

    read = of_raw(subject.network)
    each = [of_raw(last_step(model)) for model in others]
    shares = np.mean([read, *each], axis=0) if each else None
    weight = subject.network.feature_importances_
    importance = np.bincount(origins, weights=weight, minlength=n_columns)
    moved = None if samples is None else input_drift(*samples)
    if moved is not None and len(moved) != n_columns:
        # The rows have other columns than what the network reads, which a step mixes.
        moved = None

    def row(i: int) -> InputRow:
        return InputRow(
            column=names[i],
            read=bool(read[i]),
            read_by_seeds=None if shares is None else float(shares[i]),
            importance=float(importance[i]),
            stability=None if moved is None else float(moved[i]),
        )

    return tuple(map(row, range(n_columns)))
