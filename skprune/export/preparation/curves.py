"""Steps that bend numbers, as curves."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import QuantileTransformer, SplineTransformer

from skprune.export.preparation.asking import ask
from skprune.export.preparation.expressions import (
    Clipped,
    Curve,
    Expression,
    Filled,
    Missing,
    NormalQuantile,
)
from skprune.preprocessing.pieces import PiecewiseLinearEncoder

Array = NDArray[Any]

MARGIN = 1e-7
"""So near to its ends ``QuantileTransformer`` takes numbers for the ends."""

JUMP = 1e-9
"""So small a jump is none."""

LOWEST = MARGIN - np.spacing(1)
"""The lowest probability of which it takes a normal quantile."""


def continuous(x: Expression, knots: Array, heights: Array, **slopes: float) -> Curve:
    """Return a curve without jumps."""
    height = _floats(heights)
    return Curve(x, _floats(knots), height, height, height, **slopes)


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
    return Curve(x, _floats(knots), _floats(left), _floats(at), _floats(right))


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
    rank = Curve(x, _floats(knots), _floats(left), _floats(at), _floats(right))
    return NormalQuantile(Clipped(rank, LOWEST, 1 - LOWEST))


def _heights(x: Array, quantiles: Array, references: Array) -> tuple[Array, ...]:
    """Return the limit from below, the rank, and the limit from above.

    Where quantiles coincide, ``np.interp`` takes the last, or the first of the mirrored
    ones; scikit-learn's rank is the mean of both.
    """
    right = np.interp(x, quantiles, references)
    left = -np.interp(-x, -quantiles[::-1], -references[::-1])
    return left, (left + right) / 2, right


def _floats(values: Array) -> tuple[float, ...]:
    return tuple(map(float, values))


def splines(step: SplineTransformer, x: list[Expression]) -> list[Expression]:
    """Return the hats of each number.

    Raises
    ------
    ValueError
        If they are no hats, or have no value outside of the range seen in fit.
    """
    if step.degree != 1 or step.extrapolation not in ("constant", "linear", "continue"):
        raise ValueError(
            f"SplineTransformer(degree={step.degree}, "
            f"extrapolation={step.extrapolation!r}) can't be exported in this form: "
            "the degree must be 1, and the extrapolation 'constant', 'linear' or "
            "'continue'."
        )
    out: list[Expression] = []
    for j, one in enumerate(x):
        for curve in _asked(step, j, one):
            zeros = step.handle_missing == "zeros"
            out.append(Filled(curve, 0.0) if zeros else curve)
    return out


def _asked(step: SplineTransformer, j: int, x: Expression) -> list[Expression]:
    """Return the curves of column j, of which the step tells two points of each line.

    Knots that coincide, as quantiles do, make them jump.
    """
    # Of degree 1 the first and the last of the knots lie outside of the range.
    knots = np.unique(step.bsplines_[j].t[1:-1])
    widths, reach = np.diff(knots), np.array([1.0, 2.0]) * max(np.ptp(knots), 1.0)
    points = [
        knots[0] - reach,
        knots[:-1] + widths / 4,
        knots[1:] - widths / 4,
        knots[-1] + reach,
        knots,
    ]
    heights = np.split(_hats(step, j, np.concatenate(points)), _ends(points))
    outside, early, late, behind, at = heights
    below, above = (
        (outside[0] - outside[1]) / reach[0],
        (behind[1] - behind[0]) / reach[0],
    )
    # Half of the width lies between the two points, and a quarter on either side.
    rise = (late - early) / 2
    left = np.vstack([outside[0] + below * reach[0], late + rise])
    right = np.vstack([early - rise, behind[0] - above * reach[0]])
    return [
        Curve(
            x,
            _floats(knots),
            _floats(_snapped(left[:, k], at[:, k])),
            _floats(at[:, k]),
            _floats(_snapped(right[:, k], at[:, k])),
            float(below[k]),
            float(above[k]),
        )
        for k in range(at.shape[1])
    ]


def _hats(step: SplineTransformer, j: int, points: Array) -> Array:
    """Return what the step makes of points in column j, (n_points, n_splines)."""
    rows = np.tile([basis.t[1] for basis in step.bsplines_], (len(points), 1))
    rows[:, j] = points
    return np.split(ask(step, rows), len(step.bsplines_), axis=1)[j]


def _ends(points: list[Array]) -> Array:
    return np.cumsum([len(part) for part in points])[:-1]


def _snapped(limit: Array, at: Array) -> Array:
    """Return a limit, without the rounding that would make it a jump."""
    return np.where(abs(limit - at) < JUMP, at, limit)


def pieces(step: PiecewiseLinearEncoder, x: list[Expression]) -> list[Expression]:
    """Return the score, the pieces and the flag of each number."""
    out: list[Expression] = []
    for j, one in enumerate(x):
        knots, filled = step.knots_[j], Filled(one, float(step.medians_[j]))
        if step.add_score and len(knots) > 1:
            out.append(continuous(filled, knots, step.scores_[j]))
        for piece in zip(knots[:-1], knots[1:], strict=True):
            out.append(continuous(filled, np.array(piece), np.array([0, step.height])))
        if step.flagged_[j]:
            out.append(Missing(one))
    return out
