"""Models side by side, with intervals of their paired differences."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from skprune.inspection.evidence.judging import LOWER_IS_BETTER, Judge

Floats = NDArray[np.float64]

LEVEL = 0.95
"""Of the intervals."""


@dataclass(frozen=True)
class Difference:
    """How much higher the pruned network's score is than another model's.

    Attributes
    ----------
    value : float
    low, high : float
        Ends of the bootstrap interval of 95 %; NaN without a bootstrap.
    """

    value: float
    low: float
    high: float

    def verdict(self, *, higher_is_better: bool) -> str:
        """``'better'`` or ``'worse'`` where the interval excludes 0, else ``''``."""
        if not (self.low > 0 or self.high < 0):
            return ""
        return "better" if (self.low > 0) == higher_is_better else "worse"


@dataclass(frozen=True)
class MetricRow:
    """One score of each model.

    Attributes
    ----------
    metric : str
    higher_is_better : bool
    dense, pruned : float
    challenger : float or None
    to_dense : Difference
    to_challenger : Difference or None
    """

    metric: str
    higher_is_better: bool
    dense: float
    pruned: float
    challenger: float | None
    to_dense: Difference
    to_challenger: Difference | None

    @property
    def verdict(self) -> str:
        """What chance does not explain of the difference to the dense network."""
        return self.to_dense.verdict(higher_is_better=self.higher_is_better)

    @property
    def verdict_to_challenger(self) -> str:
        """The same of the difference to the challenger; ``''`` without one."""
        if self.to_challenger is None:
            return ""
        return self.to_challenger.verdict(higher_is_better=self.higher_is_better)


def compare(
    judges: Mapping[str, Judge], n_rows: int, n_bootstrap: int, draws: RandomState
) -> tuple[MetricRow, ...]:
    """Return a row for each score of the models ``dense``, ``pruned``, ``challenger``.

    The rows are drawn anew ``n_bootstrap`` times, with replacement, and all models
    are scored on the same draws: what makes a draw easy or hard cancels out of the
    differences [1]_. An interval reaches from the 2.5th to the 97.5th percentile.

    References
    ----------
    .. [1] Efron, B., Tibshirani, R., "An Introduction to the Bootstrap", Chapman and
       Hall, 1993.
    """
    whole = {name: judge(np.ones(n_rows)) for name, judge in judges.items()}
    drawn: dict[str, list[list[float]]] = {name: [] for name in judges}
    for _ in range(n_bootstrap):
        weight = np.bincount(draws.randint(n_rows, size=n_rows), minlength=n_rows)
        for name, judge in judges.items():
            drawn[name].append(list(judge(weight.astype(float)).values()))
    table = {name: np.array(rows) for name, rows in drawn.items()}

    def difference(i: int, metric: str, other: str) -> Difference:
        value = whole["pruned"][metric] - whole[other][metric]
        if not n_bootstrap:
            return Difference(value, np.nan, np.nan)
        return Difference(value, *_interval(table["pruned"][:, i] - table[other][:, i]))

    challenged = "challenger" in judges
    return tuple(
        MetricRow(
            metric=metric,
            higher_is_better=metric not in LOWER_IS_BETTER,
            dense=whole["dense"][metric],
            pruned=value,
            challenger=whole["challenger"][metric] if challenged else None,
            to_dense=difference(i, metric, "dense"),
            to_challenger=difference(i, metric, "challenger") if challenged else None,
        )
        for i, (metric, value) in enumerate(whole["pruned"].items())
    )


def _interval(differences: Floats) -> tuple[float, float]:
    known = differences[~np.isnan(differences)]
    if not len(known):
        return np.nan, np.nan
    tail = (1.0 - LEVEL) / 2
    low, high = np.quantile(known, [tail, 1.0 - tail])
    return float(low), float(high)
