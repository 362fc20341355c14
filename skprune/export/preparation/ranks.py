"""Ranks among the numbers of fit, as curves."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import QuantileTransformer

from skprune.export.preparation.expressions import (
    Clipped,
    Curve,
    Expression,
    NormalQuantile,
)

Array = NDArray[Any]

MARGIN = 1e-7
"""So near to its ends ``QuantileTransformer`` takes numbers for the ends."""

LOWEST = MARGIN - np.spacing(1)
"""The lowest probability of which it takes a normal quantile."""


def quantiles(step: QuantileTransformer, x: list[Expression]) -> list[Expression]:
    """Return the rank of each number among those of fit, or its normal quantile."""
    ranked = _ranked if step.output_distribution == "uniform" else _normal
    return [
        ranked(one, step.quantiles_[:, j], step.references_) for j, one in enumerate(x)
    ]


def _ranked(x: Expression, quantiles: Array, references: Array) -> Curve:
    """Return the curve through the quantiles; its ends have ranks 0 and 1."""
    knots = np.unique(quantiles)
    left, at, right = _heights(knots, quantiles, references)
    at[-1], at[0] = 1.0, 0.0
    return Curve.of(x, knots, left, at, right)


def _normal(x: Expression, quantiles: Array, references: Array) -> NormalQuantile:
    """Return the normal quantile of the rank, numbers near to the ends moved there."""
    knots = np.unique(quantiles)
    lower, upper = knots[0] + MARGIN, knots[-1] - MARGIN
    within = knots[(lower < knots) & (knots < upper)]
    # The lower end is the one that counts where they have changed places.
    knots = np.array([lower, *within, upper] if lower <= upper else [lower])
    left, at, right = _heights(knots, quantiles, references)
    left[0], right[-1] = 0.0, 1.0
    if lower > upper:
        at[0] = 1.0
    rank = Curve.of(x, knots, left, at, right)
    return NormalQuantile(Clipped(rank, LOWEST, 1 - LOWEST))


def _heights(x: Array, quantiles: Array, references: Array) -> tuple[Array, ...]:
    """Return the limit from below, the rank, and the limit from above.

    Where quantiles coincide, ``np.interp`` takes the last, or the first of the mirrored
    ones; scikit-learn's rank is the mean of both.
    """
    right = np.interp(x, quantiles, references)
    left = -np.interp(-x, -quantiles[::-1], -references[::-1])
    return left, (left + right) / 2, right
