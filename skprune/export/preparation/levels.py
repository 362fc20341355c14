"""Encoders of categories, as a number for each level."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from skprune.export.preparation.asking import ask
from skprune.export.preparation.expressions import (
    Expression,
    Level,
    Lookup,
    as_number,
    as_text,
)
from skprune.export.scoring_file.records import is_missing
from skprune.preprocessing.groups import column_origins

Array = NDArray[Any]


def one_hot(step: OneHotEncoder, x: list[Expression]) -> list[Expression]:
    """Return the dummies of each category."""
    return _encoded(step, x, column_origins(step))


def ordinal(step: OrdinalEncoder, x: list[Expression]) -> list[Expression]:
    """Return the number of each category's level."""
    return _encoded(step, x, np.arange(len(x)))


def _encoded(step: Any, x: list[Expression], origins: Array) -> list[Expression]:
    """Return the encoder's outputs, each of the column of its origin."""
    tables = [_Table(step, j) for j in range(len(x))]
    return [tables[j].column(x[j], column) for column, j in enumerate(origins.tolist())]


class _Table:
    """What an encoder makes of each level of its column j, as it says itself."""

    def __init__(self, step: Any, j: int):
        levels = list(step.categories_[j])
        gaps = [i for i, level in enumerate(levels) if is_missing(level)]
        if len(gaps) > 1:
            raise ValueError(
                f"{type(step).__name__} was fitted with several kinds of missing "
                f"levels, {[levels[i] for i in gaps]}: fill them with one beforehand."
            )
        out = _outputs(step, j, levels)
        self.levels = [_plain(level) for level in levels if not is_missing(level)]
        self.values = np.delete(out, gaps, axis=0)
        self.missing = out[gaps[0]] if gaps else None
        self.other = None
        if step.handle_unknown != "error":
            self.other = _outputs(step, j, [_unknown(self.levels)])[0]

    def column(self, x: Expression, column: int) -> Lookup:
        """Return one output."""
        is_text = any(isinstance(level, str) for level in self.levels)
        other = None if self.other is None else float(self.other[column])
        missing = other if self.missing is None else float(self.missing[column])
        return Lookup(
            as_text(x) if is_text else as_number(x),
            tuple(self.levels),
            tuple(map(float, self.values[:, column])),
            missing,
            other,
        )


def _outputs(step: Any, j: int, levels: list[Any]) -> Array:
    """Return what the encoder makes of levels in its column j: (levels, outputs)."""
    rows = np.empty((len(levels), len(step.categories_)), dtype=object)
    rows[:] = [known[0] for known in step.categories_]
    rows[:, j] = levels
    return ask(step, rows)


def _plain(level: Any) -> Level:
    if isinstance(level, str):
        return str(level)
    if isinstance(level, bool | int | float | np.number | np.bool_):
        return float(level)
    raise TypeError(
        "Categories can be exported in this form if they are text, numbers or booleans,"
        f" not {type(level).__name__}."
    )


def _unknown(levels: list[Level]) -> Level:
    """Return what is none of the levels."""
    texts = [level for level in levels if isinstance(level, str)]
    if texts or not levels:
        return max(texts, key=len, default="") + "?"
    return max(float(level) for level in levels) + 1
