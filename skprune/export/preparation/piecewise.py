"""Our encoding of numbers as curves."""

from collections.abc import Iterable
from itertools import pairwise

from skprune.export.preparation.expressions import Curve, Expression, Filled, Missing
from skprune.preprocessing.pieces import PiecewiseLinearEncoder


def pieces(step: PiecewiseLinearEncoder, x: list[Expression]) -> list[Expression]:
    """Return the score, the pieces and the flag of each number."""
    out: list[Expression] = []
    for j, one in enumerate(x):
        knots, filled = step.knots_[j], Filled(one, float(step.medians_[j]))
        if step.add_score and len(knots) > 1:
            out.append(_continuous(filled, knots, step.scores_[j]))
        for piece in pairwise(knots) if step.has_pieces_ else ():
            out.append(_continuous(filled, piece, (0.0, step.height)))
        if step.flagged_[j]:
            out.append(Missing(one))
    return out


def _continuous(
    x: Expression, knots: Iterable[float], heights: Iterable[float]
) -> Curve:
    """Return the curve without jumps that is level outside of its knots."""
    height = tuple(heights)
    return Curve.of(x, knots, height, height, height)
