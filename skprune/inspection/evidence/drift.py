"""How far scores and inputs have moved from a reference sample."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from skprune.inspection.evidence.task import Answers
from skprune.metrics import (
    characteristic_stability_index,
    population_stability_index,
)

Floats = NDArray[np.float64]


def score_drift(
    before: Mapping[str, Answers], now: Mapping[str, Answers]
) -> dict[str, float]:
    """Return the population stability index of each model's scores."""
    return {
        name: population_stability_index(before[name].score, answers.score)
        for name, answers in now.items()
    }


def input_drift(before: Any, now: Any) -> Floats:
    """Return the characteristic stability index of each column that goes in."""
    return characteristic_stability_index(_flat(before), _flat(now))


def _flat(X: Any) -> Any:
    """Return rows with two axes: windows of several channels side by side."""
    if issparse(X) or hasattr(X, "columns") or np.ndim(X) == 2:
        return X
    return np.asarray(X).reshape(len(X), -1)
