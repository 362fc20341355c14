"""Piecewise linear functions in SQL."""

from typing import NamedTuple

from skprune.export.preparation.expressions import Curve
from skprune.export.sql.dialects import number


class Stretch(NamedTuple):
    """A line, and where it ends.

    Attributes
    ----------
    text : str
    end : str
        What is true of x up to its end; empty for the last one.
    """

    text: str
    end: str


def curve(x: str, part: Curve) -> str:
    """Write a curve of the column x as a tree of cases, its stretches in order."""
    stretches = _joined(_stretches(x, part))
    return f"CASE WHEN {x} IS NOT NULL THEN {_tree(stretches)} END"


def _stretches(x: str, part: Curve) -> list[Stretch]:
    """List the lines between knots; where the curve jumps, the knot is one too."""
    out: list[Stretch] = []
    # The line that comes up to the next knot: by a point of it and its slope.
    knot, height, slope = part.knots[0], part.left[0], part.below
    for i, end in enumerate(part.knots):
        left, at, right = part.left[i], part.at[i], part.right[i]
        line = _line(x, knot, height, slope)
        if left == at == right:
            out.append(Stretch(line, f"{x} <= {number(end)}"))
        else:
            out.append(Stretch(line, f"{x} < {number(end)}"))
            out.append(Stretch(number(at), f"{x} <= {number(end)}"))
        knot, height, slope = end, right, part.above
        if i + 1 < len(part.knots):
            slope = (part.left[i + 1] - right) / (part.knots[i + 1] - end)
    out.append(Stretch(_line(x, knot, height, slope), ""))
    return out


def _line(x: str, knot: float, height: float, slope: float) -> str:
    if slope == 0:
        return number(height)
    rise = f"({x} - {number(knot)}) * {number(slope)}"
    return rise if height == 0 else f"{number(height)} + {rise}"


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    """Make one of neighbours that are the same line."""
    out = [stretches[0]]
    for stretch in stretches[1:]:
        if stretch.text == out[-1].text:
            out.pop()
        out.append(stretch)
    return out


def _tree(stretches: list[Stretch]) -> str:
    if len(stretches) == 1:
        return stretches[0].text
    half = len(stretches) // 2
    left, right = stretches[:half], stretches[half:]
    return f"CASE WHEN {left[-1].end} THEN {_tree(left)} ELSE {_tree(right)} END"
