"""Splines of degree 1 as curves."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import SplineTransformer

from skprune.export.preparation.asking import ask
from skprune.export.preparation.expressions import Curve, Expression, Filled

Array = NDArray[Any]

JUMP = 1e-9
"""So small a jump is the rounding of a height."""


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
        Curve.of(
            x,
            knots,
            _snapped(left[:, k], at[:, k]),
            at[:, k],
            _snapped(right[:, k], at[:, k]),
            below=float(below[k]),
            above=float(above[k]),
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
